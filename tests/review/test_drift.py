"""Groups picked for being low rise by themselves: nothing is claimed that the same rule a cycle earlier shows too."""

from datetime import date, timedelta

import pandas as pd
import pytest

from crm_lib.engine import connect_frames
from crm_lib.language import catalogue
from crm_lib.review.drift import VERDICTS, drift
from crm_lib.review.groups import fixed_groups, picked
from crm_lib.review.remarks import drift_words, strategy_words
from crm_lib.review.strategies import COLUMNS as STRATEGIES
from crm_lib.review.titles import beyond_title, rise_title
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


def test_low_groups_are_never_shown_without_the_remark():
    said = drift_words(SHOP, measured(data(60, 20)), WINDOWS)
    assert "review.drift.low" in [one.id for one in said]
    assert "rise by themselves" in catalogue("en").text(said[-1])


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
