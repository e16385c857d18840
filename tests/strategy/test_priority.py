"""Who is contacted first, and how often one customer hears from us."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_lib import strategy
from tests.strategy import shop


def risks(values: list[float], classes: list[str] | None = None, reachable: list[bool] | None = None) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "customer_id": [f"c{i:03d}" for i in range(len(values))],
            "operating_class": classes or ["core"] * len(values),
            "reachable": pd.Series(reachable or [True] * len(values), dtype="bool"),
            "value_at_risk": pd.Series(values, dtype="float64"),
            "month_contacts": 0,
            "own_rhythm": True,
            "gone": False,
        }
    )


def test_bands_end_at_half_and_at_four_fifths_of_the_value_at_risk():
    found = strategy.bands(risks([50, 25, 5, 10, 10, 0], reachable=[True] * 6)).set_index(["operating_class", "band"])
    assert found.loc["core", "customers"].to_dict() == {"a": 1, "b": 2, "c": 2, "none": 1, "gone": 0, "unknown": 0}
    assert found.loc["core", "value_at_risk"].to_dict() == {
        "a": 50,
        "b": 35,
        "c": 15,
        "none": 0,
        "gone": 0,
        "unknown": 0,
    }
    assert found.loc["dormant", "customers"].sum() == 0


def test_who_shows_no_rhythm_is_not_said_to_keep_it():
    found = strategy.bands(risks([50, 0, 0]).assign(own_rhythm=[True, True, False]))
    core = found[found["operating_class"] == "core"].set_index("band")["customers"]
    assert core.to_dict() == {"a": 1, "b": 0, "c": 0, "none": 1, "gone": 0, "unknown": 1}


def test_who_is_gone_stands_apart_from_who_is_at_risk():
    found = strategy.bands(risks([50, 0]).assign(gone=[False, True]))
    core = found[found["operating_class"] == "core"].set_index("band")["customers"]
    assert core.to_dict() == {"a": 1, "b": 0, "c": 0, "none": 0, "gone": 1, "unknown": 0}


@given(st.lists(st.tuples(st.floats(0, 1e6), st.sampled_from(["core", "dormant"]), st.booleans()), max_size=30))
def test_bands_keep_every_reachable_customer_and_all_value(customers: list[tuple[float, str, bool]]):
    values, classes, reachable = (list(part) for part in zip(*customers, strict=True)) if customers else ([], [], [])
    found = strategy.bands(risks(values, classes, reachable))
    assert found["customers"].sum() == sum(reachable)
    kept = sum(value for value, _, ok in customers if ok)
    assert found["value_at_risk"].sum() == pytest.approx(kept)
    if kept > 0:
        assert found.loc[found["band"] == "a", "value_at_risk"].sum() >= kept / 2 - 1e-6


def test_contacts_of_several_strategies_add_up():
    lines = [shop.strategy("a", "core", "ann", every_days=15), shop.strategy("b", "core", "bob", every_days=10)]
    engagement = shop.engagement(strategies=lines)
    members = pd.DataFrame({"strategy": ["a", "b", "a"], "customer_id": ["c000", "c000", "c001"]})
    plan = pd.DataFrame([(one.id, one.every_days, "schedule") for one in engagement.strategies])
    plan.columns = ["strategy", "every_days", "trigger"]
    found = strategy.fatigue(plan, members, risks([1, 1]), 4).set_index("strategies")
    assert found.loc[1, ["customers", "planned_contacts", "above"]].tolist() == [1, 2, 0]
    assert found.loc[2, ["customers", "planned_contacts", "above"]].tolist() == [1, 5, 1]
    assert strategy.fatigue(plan, members, risks([1, 1]), 5)["above"].sum() == 0
