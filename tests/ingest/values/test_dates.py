from datetime import datetime

import pytest

from crm_lib.ingest.values.dates import DateForm, likely_order, parse_datetime

YMD = DateForm("YMD", zone="Asia/Shanghai")


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026/3/1", datetime(2026, 3, 1)),
        ("2026-03-01 12:30:00", datetime(2026, 3, 1, 12, 30)),
        ("2026-03-01T12:30:05.250", datetime(2026, 3, 1, 12, 30, 5)),
        ("20260301", datetime(2026, 3, 1)),
        ("20260301123005", datetime(2026, 3, 1, 12, 30, 5)),
        ("2026年3月1日", datetime(2026, 3, 1)),
        ("2026年3月1日 下午2:05", datetime(2026, 3, 1, 14, 5)),
        ("2026年3月1日 14时05分", datetime(2026, 3, 1, 14, 5)),
        ("２０２６－０３－０１", datetime(2026, 3, 1)),
        ("2026.03.01", datetime(2026, 3, 1)),
        ("26/3/1", datetime(2026, 3, 1)),
        ("1 Mar 2026", datetime(2026, 3, 1)),
        ("Mar 1, 2026 2:05 PM", datetime(2026, 3, 1, 14, 5)),
        ("01-Mar-26", datetime(2026, 3, 1)),
        ("2026-03-01 周日", datetime(2026, 3, 1)),
        ("2026-03-01T04:30:00Z", datetime(2026, 3, 1, 12, 30)),
        ("2026-03-01T04:30:00+00:00", datetime(2026, 3, 1, 12, 30)),
        ("1772339400", datetime(2026, 3, 1, 12, 30)),
        ("1772339400000", datetime(2026, 3, 1, 12, 30)),
        ("2026-03-01 12:00 AM", datetime(2026, 3, 1)),
        ("2024-02-29", datetime(2024, 2, 29)),
    ],
)
def test_common_forms_are_read(text, moment):
    found = parse_datetime(text, YMD)
    assert found is not None
    assert found.replace(microsecond=0) == moment


@pytest.mark.parametrize(
    "text",
    [
        "2026-02-30",
        "2026-13-01",
        "31/12/2026",
        "2026",
        "yesterday",
        "1826-03-01",
        "2026-03-01 25:00",
        "3/1",
        "0000-00-00",
    ],
)
def test_what_is_no_day_or_could_be_two_is_refused(text):
    assert parse_datetime(text, YMD) is None


def test_the_declared_order_decides():
    assert parse_datetime("3/4/2026", DateForm("DMY")) == datetime(2026, 4, 3)
    assert parse_datetime("3/4/2026", DateForm("MDY")) == datetime(2026, 3, 4)
    assert parse_datetime("31/12/65", DateForm("DMY")) == datetime(1965, 12, 31)
    assert parse_datetime("2026-03-04", DateForm("DMY")) == datetime(2026, 3, 4)


def test_a_year_of_one_digit_is_none():
    assert parse_datetime("5.1.26", YMD) is None
    assert parse_datetime("05.1.26", YMD) == datetime(2005, 1, 26)
    assert parse_datetime("5.1.26", DateForm("DMY")) == datetime(2026, 1, 5)
    assert likely_order(["5.1.26", "05.01.26"]) == ""


def test_excel_serials_only_where_the_source_has_them():
    assert parse_datetime("46082.5", DateForm(serials=True)) == datetime(2026, 3, 1, 12)
    assert parse_datetime("46082", YMD) is None
