"""A mean of the active customers that fell because rare ones came back is not worse."""

from datetime import timedelta

import pytest

from crm_lib.engine import connect_frames
from crm_lib.language import LANGUAGES, catalogue
from crm_lib.review.compare import compare
from crm_lib.review.same_customers import by_mix, mix_words, same_customers
from crm_lib.review.windows import windows
from tests.review.shop import AS_OF, BASELINE, START, engagement, orders

SHOP = engagement()
WINDOWS = windows(SHOP.cycle, AS_OF)


def judged(each_after, came_back, regulars=60):
    """`regulars` bought two or four times before and so many times since the start; `came_back` once, since then."""
    rows = [("first", BASELINE - timedelta(days=700))]
    for i in range(regulars):
        rows += [(f"r{i}", BASELINE - timedelta(days=5 + 3 * k)) for k in range(2 + 2 * (i % 2))]
        rows += [(f"r{i}", START + timedelta(days=5 + 3 * k)) for k in range(each_after[i % 2])]
    rows += [(f"b{i}", START + timedelta(days=7)) for i in range(came_back)]
    engine = connect_frames({"orders": orders(rows)}, AS_OF)
    found = compare(engine, WINDOWS, SHOP.definitions)
    same = same_customers(engine, WINDOWS, SHOP.definitions, found)
    return found, same, by_mix(found, same)


def verdict(changes):
    return changes.loc[changes["metric"].eq("purchase_frequency"), "verdict"].iloc[0]


@pytest.mark.parametrize(
    ("each_after", "came_back", "told"),
    [((4, 2), 80, "mix"), ((2, 2), 80, "worse"), ((1, 1), 80, "fewer"), ((1, 1), 0, "fewer"), ((4, 4), 0, "better")],
)
def test_those_who_bought_in_both_spans_decide(each_after, came_back, told):
    found, same, settled = judged(each_after, came_back)
    assert verdict(found) == ("better" if told == "better" else "worse")
    assert verdict(settled) == {"fewer": "worse"}.get(told, told)  # fewer purchases in all are worse whoever made them
    mine = same[same["metric"].eq("purchase_frequency") & same["against"].eq("before")]
    assert len(mine) == (told in ("mix", "worse"))
    if len(mine):
        row = mine.iloc[0]
        assert (row["active_then"], row["active_now"], row["customers"]) == (60, 60 + came_back, 60)
        assert (row["same_then"], row["same_now"]) == (3, sum(each_after) / 2)
        for language in LANGUAGES:
            said = catalogue(language).text(mix_words(mine)[0])
            assert "3.00" in said
            assert "140" in said
