"""Groups picked for being low rise by themselves: nothing is claimed that the same rule a cycle earlier shows too."""

from datetime import date, timedelta

import pandas as pd
import pytest

from crm_lib.engine import connect_frames
from crm_lib.language import catalogue
from crm_lib.review.drift import COLUMNS, VERDICTS, _as_one, drift
from crm_lib.review.findings import _beyond, _core
from crm_lib.review.groups import fixed_groups, picked
from crm_lib.review.remarks import drift_words, strategy_words
from crm_lib.review.strategies import COLUMNS as STRATEGIES
from crm_lib.review.titles import beyond_title, rise_title, with_words
from crm_lib.review.windows import windows
from tests.review.shop import AS_OF, BASELINE, engagement, orders

SHOP = engagement()
WINDOWS = windows(SHOP.cycle, AS_OF)
EARLIER = WINDOWS.placebo.baseline


def groups(ids, group="class:dormant"):
    return pd.DataFrame({"group_id": group, "customer_id": ids})


def people(prefix, count):
    return [f"{prefix}{i:03d}" for i in range(count)]


def data(now_back, then_back, first=date(2025, 1, 1)):
    """100 dormant people of now and 100 of a cycle earlier; so many of them buy again after their baseline."""
    rows = [(who, first) for who in people("n", 100) + people("e", 100)]
    rows += [(who, BASELINE + timedelta(days=20)) for who in people("n", now_back)]
    rows += [(who, EARLIER + timedelta(days=20)) for who in people("e", then_back)]
    return connect_frames({"orders": orders(rows)})


def measured(engine, earlier=True):
    then = groups(people("e", 100)) if earlier else None
    return drift(engine, SHOP, WINDOWS, groups(people("n", 100)), then)


def active(found):
    return found[found["measure"] == "active_share"].iloc[0]


def test_a_rise_that_was_to_be_expected_is_no_improvement():
    row = active(measured(data(20, 20)))
    assert row["change"] == pytest.approx(0.2)
    assert row["change_low"] > 0
    assert row["expected"] == pytest.approx(0.2)
    assert row["verdict"] == "unclear"


def test_what_goes_beyond_it_is_named():
    found = measured(data(60, 20))
    assert active(found)["beyond"] == pytest.approx(0.4)
    assert active(found)["verdict"] == "better"
    assert beyond_title(SHOP, found).id == "review.title.beyond"


def test_without_history_it_is_said_that_nothing_can_be_said():
    for found in (measured(data(60, 20), earlier=False), measured(data(60, 20, first=date(2026, 3, 1)))):
        assert active(found)["verdict"] == "none"
        assert [said.id for said in drift_words(SHOP, found, WINDOWS)] == ["review.drift.unknown"]
        assert rise_title(SHOP, found).id == "review.title.rise.none"
        assert beyond_title(SHOP, found).id == "review.title.beyond.unknown"


def test_where_only_other_groups_have_a_reference_the_title_is_of_these():
    found = measured(data(60, 20)).assign(group_id="class:core", picked="high")
    title = catalogue("en").text(rise_title(SHOP, found))
    assert title.startswith("Core customers: the share who bought went from 0.0%")
    low = measured(data(30, 20))
    told = catalogue("en").text(rise_title(SHOP, pd.concat([found, low], ignore_index=True)))
    assert told.startswith("Dormant customers: ")


def test_low_groups_are_never_shown_without_the_remark():
    said = drift_words(SHOP, measured(data(60, 20)), WINDOWS)
    assert "review.drift.low" in [one.id for one in said]
    assert "rise by themselves" in catalogue("en").text(said[-1])


def test_high_groups_that_fell_are_never_shown_without_the_remark():
    row = {"group_id": "class:potential", "measure": "active_share", "picked": "high", "verdict": "unlike"}
    row |= {"elsewhere": "active_share", "earlier_before": 0.871}
    moved = pd.DataFrame([row | {"before": 0.834, "after": 0.286, "change": -0.548}])
    said = catalogue("en").text(drift_words(SHOP, moved, WINDOWS)[-1])
    assert "83.4% to 28.6%" in said
    assert "fall by themselves" in said
    beyond = drift_words(SHOP, moved.assign(verdict="worse"), WINDOWS)  # more than such groups fall by themselves
    assert "review.drift.high" not in [one.id for one in beyond]


def test_an_earlier_group_that_began_elsewhere_is_no_reference():
    rows = [(who, date(2025, 1, 1)) for who in people("n", 100)]
    rows += [(who, EARLIER - timedelta(days=5)) for who in people("e", 100)]
    found = measured(connect_frames({"orders": orders(rows)}))
    assert active(found)["verdict"] == "unlike"
    assert active(found)[["expected", "expected_after", "beyond", "beyond_low"]].isna().all()
    assert "review.drift.unknown" not in [said.id for said in drift_words(SHOP, found, WINDOWS)]
    row = {"verdict": "no_holdout", "basis": "before_after", "owner": "bob", "change": 0.1, "members": 9}
    effect = pd.DataFrame([dict.fromkeys(STRATEGIES, float("nan")) | row])
    said = strategy_words(SHOP, effect)["says"].iloc[0]
    assert said.id == "review.says.before_after_alone"
    assert beyond_title(SHOP, found).id == "review.title.beyond.unknown"


def test_too_few_are_not_compared():
    found = drift(data(5, 5), SHOP, WINDOWS, groups(people("n", 100)), groups(people("e", 9)))
    assert active(found)["verdict"] == "few"
    said = drift_words(SHOP, found, WINDOWS)
    assert [one.id for one in said] == ["review.drift.few"]  # the history is there, the customers are not
    assert "do not reach" not in catalogue("en").text(said[0])
    assert set(found["verdict"]) <= set(VERDICTS)


def test_no_groups_no_rows():
    empty = groups([])
    assert len(drift(data(1, 1), SHOP, WINDOWS, empty, empty)) == 0
    assert drift_words(SHOP, drift(data(1, 1), SHOP, WINDOWS, empty, empty), WINDOWS) == []


@pytest.mark.parametrize(
    ("group", "how"),
    [
        ("class:dormant", "low"),
        ("class:ordinary", "low"),
        ("class:core", "high"),
        ("scope:quiet", "low"),
        ("scope:big", "high"),
        ("scope:unhappy", "low"),
        ("scope:loud", "neither"),
        ("all", "neither"),
    ],
)
def test_how_a_group_was_picked(group, how):
    assert picked(SHOP, group) == how


def test_groups_come_from_both_handoffs_or_either():
    layers = pd.DataFrame({"customer_id": ["b", "a"], "operating_class": ["core", "dormant"]})
    scope = pd.DataFrame({"group_id": ["scope:big", "scope:big"], "customer_id": ["a", "a"]})
    before = layers.copy(), scope.copy()
    found = fixed_groups(layers, scope)
    assert found.values.tolist() == [["class:core", "b"], ["class:dormant", "a"], ["scope:big", "a"]]
    assert len(fixed_groups(None, None)) == 0
    pd.testing.assert_frame_equal(layers, before[0])
    pd.testing.assert_frame_equal(scope, before[1])


def test_a_reference_that_began_elsewhere_in_one_measure_is_none_in_the_other():
    rows = [(who, EARLIER - timedelta(days=5), 500.0) for who in people("e", 50)]
    rows += [(who, BASELINE - timedelta(days=5), 50.0) for who in people("n", 50)]
    rows.append(("first", date(2025, 1, 1), 1.0))
    found = measured(connect_frames({"orders": orders(rows)}))
    assert found["verdict"].tolist() == ["unlike", "unlike"]
    assert found["elsewhere"].tolist() == ["spend", "spend"]  # half of both had bought
    assert found[["expected", "beyond"]].isna().all().all()
    shown = with_words(SHOP, found)["verdict_words"].map(catalogue("en").text)
    assert set(shown) == {"not comparable (net revenue)"}
    warned = next(said for said in drift_words(SHOP, found, WINDOWS) if said.id == "review.drift.elsewhere")
    assert "net revenue CN¥25.00, CN¥250.00" in catalogue("en").text(warned)
    assert "50.0%" not in catalogue("en").text(warned)


def test_where_a_reference_began_elsewhere_is_told_of_every_measure():
    rows = [(who, EARLIER - timedelta(days=5), 500.0) for who in people("e", 100)]
    rows += [(who, BASELINE - timedelta(days=5), 50.0) for who in people("n", 40)]
    rows.append(("first", date(2025, 1, 1), 1.0))
    found = measured(connect_frames({"orders": orders(rows)}))
    assert found["elsewhere"].tolist() == ["both", "both"]
    warned = next(said for said in drift_words(SHOP, found, WINDOWS) if said.id == "review.drift.elsewhere")
    assert "40.0%, 100.0%; net revenue CN¥20.00, CN¥500.00" in catalogue("en").text(warned)


def test_no_group_is_expected_to_buy_for_less_than_nothing():
    found = pd.DataFrame([{"group_id": "class:core", "verdict": "better", "expected_after": -0.97}], columns=COLUMNS)
    assert _as_one(found)[["verdict", "elsewhere"]].to_numpy().tolist() == [["unlike", "less"]]


def test_only_low_groups_that_rose_are_said_to_rise_by_themselves():
    rows = [(who, first) for who in people("n", 100) + people("e", 100) for first in [date(2025, 1, 1)]]
    rows += [(who, day - timedelta(days=5)) for who, day in [("n000", BASELINE), ("e000", EARLIER)]]
    said = drift_words(SHOP, measured(connect_frames({"orders": orders(rows)})), WINDOWS)
    assert [one.id for one in said] == ["review.drift.how"]


def core(spend_after: float, expected: float | None) -> pd.DataFrame:
    """Core customers who spent 100 each before; `expected`: the change of their reference."""
    change = spend_after - 100
    verdict = "unlike" if expected is None else "worse" if change < expected else "better"
    row = dict.fromkeys(COLUMNS, float("nan")) | {"group_id": "class:core", "members": 50, "verdict": verdict}
    spend = row | {"measure": "spend", "before": 100.0, "after": spend_after}
    spend |= {"change": change, "change_low": change - 5, "change_high": change + 5}
    spend |= {"beyond": change - (expected or 0), "beyond_low": -1.0, "beyond_high": 1.0}
    return pd.DataFrame([row | {"measure": "active_share", "before": 0.7, "after": 0.4}, spend], columns=COLUMNS)


@pytest.mark.parametrize(
    ("after", "expected", "why"),
    [(60.0, None, "unknown"), (60.0, -20.0, "beyond"), (60.0, -50.0, ""), (98.0, None, "")],
)
def test_core_customers_who_spend_less_are_a_finding_unless_they_fall_back_as_expected(after, expected, why):
    found = list(_core(SHOP, core(after, expected)))
    assert [one.evidence.id for one in found] == ([f"review.finding.core.{why}"] if why else [])
    for language in ("zh", "en"):
        assert all("2,000" in catalogue(language).text(one.headline) for one in found)


def test_spend_beyond_the_expected_is_a_finding_and_the_title_names_its_own_measure():
    moved = core(110.0, 0.0)
    (finding,) = _beyond(SHOP, moved)
    assert "+CN¥10.00" in catalogue("en").text(finding.headline)
    assert not list(_beyond(SHOP, core(60.0, None)))
    assert "share who bought" in catalogue("en").text(beyond_title(SHOP, measured(data(20, 20))))


def test_spend_beyond_the_expected_says_what_changed_and_what_was_usual():
    (finding,) = _beyond(SHOP, core(60.0, -70.0))
    said = catalogue("en").text(finding.headline)
    assert "+CN¥30.00" in said
    assert said.endswith("(changed by -CN¥40.00, such groups by -CN¥70.00)")
