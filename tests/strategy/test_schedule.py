"""The calendar keeps every contact, and no week goes beyond an owner's capacity."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_lib import handoff, strategy
from crm_lib.strategy.schedule import last_day, weeks
from tests.strategy import shop

CLASSES = ("core", "potential", "ordinary", "dormant")


def plan_of(lines: list[tuple[str, float]]) -> pd.DataFrame:
    rows = [(f"s{i}", CLASSES[i % 4], owner, contacts) for i, (owner, contacts) in enumerate(lines)]
    return pd.DataFrame(rows, columns=["strategy", "operating_class", "owner", "contacts_per_week"])


lines = st.lists(st.tuples(st.sampled_from(["ann", "bob", "zoe"]), st.floats(0, 90)), min_size=1, max_size=5)


@settings(max_examples=25)
@given(lines, st.dates(date(2026, 4, 1), date(2026, 4, 12)), st.integers(1, 7))
def test_planned_and_overflow_are_what_is_due_and_capacity_is_kept(lines, start: date, working_days: int):
    cycle = {"number": 1, "baseline": "2026-03-31", "start": start.isoformat(), "end": "2026-05-20"}
    engagement, plan = shop.engagement(cycles=[cycle]), plan_of(lines)
    found = strategy.contact_plan(engagement, plan, working_days)
    calendar = weeks(start, date(2026, 5, 20), working_days)
    due = plan["contacts_per_week"].sum() * calendar["days"].sum() / working_days
    assert abs(found[["contacts", "overflow"]].to_numpy().sum() - due) <= 0.5 * len(plan) + 1e-6
    assert (found[["contacts", "overflow"]] >= 0).all(axis=None)
    limits = {"ann": 10, "bob": 40, "zoe": np.inf}
    sums = found.groupby(["owner", "week"])["contacts"].sum()
    assert all(contacts <= limits[owner] for (owner, _), contacts in sums.items())
    short = found[found["overflow"] > 0].merge(calendar, on="week")
    for owner, week, days in zip(short["owner"], short["week"], short["days"], strict=True):
        assert sums[owner, week] == np.floor(limits[owner] * days / working_days + 1e-9)


@settings(max_examples=25)
@given(lines, st.dates(date(2026, 4, 1), date(2026, 4, 12)), st.integers(1, 7))
def test_days_hold_the_weeks_contacts_and_differ_by_one_at_most(lines, start: date, working_days: int):
    cycle = {"number": 1, "baseline": "2026-03-31", "start": start.isoformat(), "end": "2026-05-20"}
    engagement, plan = shop.engagement(cycles=[cycle]), plan_of(lines)
    planned = strategy.contact_plan(engagement, plan, working_days)
    days = strategy.days(planned, start, working_days)
    first = sorted(planned["week"].unique())[:4]
    expected = planned[planned["week"].isin(first)].groupby(["strategy", "week"])["contacts"].sum()
    found = days.groupby(["strategy", "week"])["contacts"].sum().reindex(expected.index).fillna(0)
    assert (found == expected).all()
    assert (days["day"] >= pd.Timestamp(start)).all()
    assert (days["day"].dt.day_of_week < working_days).all()
    calendar = weeks(start, last_day(engagement), working_days).set_index("week")["days"]
    for (_, week), mine in days.groupby(["owner", "week"]):
        by_day = mine.groupby("day")["contacts"].sum().tolist()
        by_day += [0] * (calendar[week] - len(by_day))
        assert max(by_day) - min(by_day) <= 1


def test_weeks_begin_on_monday_and_the_first_is_cut_at_the_start():
    found = weeks(date(2026, 4, 1), date(2026, 4, 15), 5)
    assert found["week"].dt.strftime("%m-%d").tolist() == ["03-30", "04-06", "04-13"]
    assert found["due"].dt.strftime("%m-%d").tolist() == ["04-05", "04-12", "04-19"]
    assert found["days"].tolist() == [3, 5, 3]
    saturday = weeks(date(2026, 4, 4), date(2026, 4, 15), 5)
    assert saturday["week"].dt.strftime("%m-%d").tolist() == ["04-06", "04-13"]


def test_the_more_valuable_class_is_served_first():
    plan = plan_of([("ann", 8.0), ("ann", 8.0)])
    found = strategy.contact_plan(shop.engagement(), plan, 5).set_index("strategy")
    week = found[found["week"] == "2026-04-06"]
    assert week.loc["s0", "contacts"] == 8
    assert week.loc["s1", ["contacts", "overflow"]].tolist() == [2, 6]


def test_the_plan_ends_with_the_cycle_or_with_the_last_target():
    assert last_day(shop.engagement()) == date(2026, 6, 30)
    open_end = {"number": 1, "baseline": "2026-03-31", "start": "2026-04-01"}
    target = {"id": "t", "metric": "revenue", "value": 1.0, "due": "2026-08-31"}
    assert last_day(shop.engagement(cycles=[open_end], targets=[target])) == date(2026, 8, 31)
    assert last_day(shop.engagement(cycles=[open_end])) == date(2026, 9, 29)


@pytest.mark.parametrize("lines", [[], [("ann", 0.0)]])
def test_a_plan_without_contacts_gives_an_empty_calendar(lines, tmp_path):
    plan = plan_of(lines)
    found = strategy.contact_plan(shop.engagement(), plan, 5)
    assert found["contacts"].sum() == 0
    assert strategy.days(found, date(2026, 4, 1)).empty
    handoff.write(tmp_path, "contact_plan", found)
    weekly = strategy.week_table(shop.engagement(), found, 4)
    assert (
        strategy.calendar_title(weekly, date(2026, 4, 1), plan, 0, date(2026, 4, 1)).id
        == "strategy.title.calendar_none"
    )


def test_the_calendar_counts_the_working_days_that_it_shows():
    """1 April 2026 is a Wednesday: the first of four weeks is cut."""
    assert strategy.calendar_days(date(2026, 4, 1), date(2026, 6, 30), 5) == (18, date(2026, 4, 24))
    assert strategy.calendar_days(date(2026, 4, 1), date(2026, 4, 2), 5) == (2, date(2026, 4, 2))
