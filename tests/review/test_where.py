"""A rate that became worse than a year ago is laid to the store whose customers made it so."""

from datetime import timedelta

import pandas as pd
import pytest

from crm_lib.engine import connect_frames
from crm_lib.language import catalogue
from crm_lib.review.compare import compare
from crm_lib.review.contributions import attributes
from crm_lib.review.where import where, where_words
from crm_lib.review.windows import windows
from tests.review.shop import AS_OF, START, engagement, orders

SHOP = engagement()
WINDOWS = windows(SHOP.cycle, AS_OF)


def coming_again(north, south, year_ago=(60, 60), n=100):
    """`n` buyers of each store this cycle and a year before, of whom so many come again ten days later."""
    frames = []
    for years, shares in ((0, (north, south)), (1, year_ago)):
        for store, again in zip(("North", "South"), shares, strict=True):
            first = START + timedelta(days=10 - 365 * years)
            rows = [(f"{store}{years}-{i}", first) for i in range(n)]
            rows += [(f"{store}{years}-{i}", first + timedelta(days=10)) for i in range(again)]
            frames.append(pd.DataFrame(orders(rows)).assign(store=store))
    early = pd.DataFrame(orders([("early", START - timedelta(days=500))])).assign(store="North")
    found = pd.concat([early, *frames], ignore_index=True)
    return connect_frames({"orders": found.assign(order_id=[f"o{i}" for i in range(len(found))])}, AS_OF)


def parts_of(engine):
    changes = compare(engine, WINDOWS, SHOP.definitions)
    return where(engine, WINDOWS, SHOP.definitions, changes, attributes(engine))


def test_the_store_that_fell_is_named_with_its_levels_and_the_others():
    found = parts_of(coming_again(20, 60))
    assert list(found.loc[found["named"].astype(bool), "part"]) == ["North"]
    (said,) = where_words(found)
    words = catalogue("en").text(said)
    assert "North (50.0% of 200 now) makes up 100.0% of the change: from 60.0% to 20.0%" in words
    assert "all others went from 60.0% to 60.0%" in words
    assert "North" in catalogue("zh").text(said)


@pytest.mark.parametrize("again", [(30, 30), (60, 60), (59, 61)])
def test_a_change_of_all_or_none_names_no_store(again):
    assert where_words(parts_of(coming_again(*again))) == []
