"""What is compared with what."""

from datetime import date

import pytest

from crm_lib.engagement import Cycle, Definitions
from crm_lib.metrics import METRICS
from crm_lib.review.windows import spans, windows

CYCLE = Cycle(number=1, baseline=date(2026, 3, 31), start=date(2026, 4, 1), end=date(2026, 6, 30))
SETTINGS = Definitions(repurchase_window_days=60)


def test_both_sides_are_equally_long_and_do_not_meet():
    found = windows(CYCLE, date(2026, 6, 30))
    assert (found.before.starts_on, found.before.ends_on) == (date(2025, 12, 31), date(2026, 3, 31))
    assert found.before.days == found.after.days == 91


def test_the_planned_end_bounds_the_cycle():
    assert windows(CYCLE, date(2026, 9, 1)).after.ends_on == date(2026, 6, 30)
    assert windows(CYCLE, date(2026, 4, 20)).days == 20


def test_before_the_start_there_is_a_day_to_look_at():
    assert windows(CYCLE, date(2026, 3, 31)).days == 1


def test_what_looks_ahead_ends_earlier_on_both_sides():
    found = spans(windows(CYCLE, date(2026, 6, 30)), "repurchase_rate", SETTINGS)
    assert found["after"].ends_on == date(2026, 4, 30)  # not 1 May: the target is held against April
    assert found["before"].ends_on == date(2026, 1, 30)
    assert found["before"].days == found["after"].days == 30


def test_a_span_without_a_whole_month_keeps_its_days():
    late = Cycle(number=1, baseline=date(2026, 3, 31), start=date(2026, 4, 2), end=date(2026, 6, 30))
    found = spans(windows(late, date(2026, 6, 30)), "repurchase_rate", SETTINGS)
    assert found["after"].ends_on == date(2026, 5, 1)
    short = spans(windows(CYCLE, date(2026, 6, 20)), "repurchase_rate", SETTINGS)
    assert short["after"].ends_on == date(2026, 4, 21)


def test_the_span_of_churn_begins_so_early_that_its_window_ends_at_the_baseline():
    found = spans(windows(CYCLE, date(2026, 5, 15)), "churn_rate", SETTINGS)
    assert (CYCLE.baseline - found["before"].starts_on).days + 1 == SETTINGS.churn_window_days


def test_too_short_a_cycle_measures_nothing_that_looks_ahead():
    assert spans(windows(CYCLE, date(2026, 5, 31)), "repurchase_rate", SETTINGS) == {}


@pytest.mark.parametrize("metric", METRICS)
def test_no_window_before_reaches_into_the_cycle(metric):
    for day in (date(2026, 4, 10), date(2026, 6, 30)):
        found = spans(windows(CYCLE, day), metric, SETTINGS)
        if found:
            assert found["before"].ends_on <= CYCLE.baseline
            assert found["after"].ends_on <= day


def test_a_year_ago_of_a_leap_day_is_the_28th():
    cycle = Cycle(number=1, baseline=date(2024, 1, 31), start=date(2024, 2, 1))
    found = spans(windows(cycle, date(2024, 2, 29)), "revenue", SETTINGS)
    assert found["year_ago"].ends_on == date(2023, 2, 28)


def test_the_placebo_is_the_same_comparison_a_cycle_earlier():
    found = windows(CYCLE, date(2026, 6, 30))
    assert found.placebo.after == found.before
    assert found.placebo.before.ends_on == found.placebo.baseline
    assert found.placebo.days == found.days
