from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from crm_lib import metrics

DAYS = st.dates(date(2000, 1, 1), date(2040, 12, 31))


def test_only_whole_months_count():
    frame = metrics.months(date(2025, 12, 2), date(2026, 2, 28))
    assert list(frame["period"]) == ["2026-01", "2026-02"]
    assert [f"{day:%F}" for day in frame["ends_on"]] == ["2026-01-31", "2026-02-28"]
    assert metrics.months(date(2026, 2, 1), date(2026, 2, 27)).empty


def test_only_whole_weeks_count_from_monday_to_sunday():
    frame = metrics.weeks(date(2026, 3, 3), date(2026, 3, 22))
    assert list(frame["period"]) == ["2026-03-09", "2026-03-16"]
    assert f"{frame['ends_on'].iloc[-1]:%F}" == "2026-03-22"
    assert metrics.weeks(date(2026, 3, 3), date(2026, 3, 8)).empty


@given(DAYS, st.integers(0, 900))
def test_periods_follow_each_other_without_gap_inside_the_span(first: date, days: int):
    last = first + timedelta(days=days)
    for frame in (metrics.months(first, last), metrics.weeks(first, last)):
        if len(frame):
            assert frame["starts_on"].iloc[0].date() >= first
            assert frame["ends_on"].iloc[-1].date() <= last
            gaps = frame["starts_on"].iloc[1:].to_numpy() - frame["ends_on"].iloc[:-1].to_numpy()
            assert all(gap.astype("timedelta64[D]").astype(int) == 1 for gap in gaps)


def test_empty_and_full_frames_have_the_same_types():
    full = metrics.window("before", date(2026, 1, 1), date(2026, 3, 31))
    assert len(full) == 1
    assert dict(full.dtypes) == dict(metrics.months(date(2026, 2, 2), date(2026, 2, 3)).dtypes)
