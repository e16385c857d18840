from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_lib.ingest.values.numbers import parse_integer, parse_number


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("¥1,234.50", "1234.50"),
        ("￥99", "99.00"),
        ("(50.00)", "-50.00"),
        ("(¥1,050.00)", "-1050.00"),
        ("１２３．４５", "123.45"),
        ("-¥5", "-5.00"),
        ("¥-5", "-5.00"),
        ("\u22125", "-5.00"),
        ("50.00-", "-50.00"),
        ("99元", "99.00"),
        ("1.5万", "15000.00"),
        ("CNY 12", "12.00"),
        ("1.234,56", "1234.56"),
        ("1.234,50 €", "1234.50"),
        ("1,234.50$", "1234.50"),
        ("12,50", "12.50"),
        ("1.2E+3", "1200.00"),
        ("0.005", "0.01"),
        ("-0.004", "0.00"),
    ],
)
def test_written_amounts_are_read(text, amount):
    found = parse_number(text)
    assert found == Decimal(amount)
    assert str(found) == amount


@pytest.mark.parametrize(
    "text", ["12O", "1,23,4", "--5", "NaN", "inf", "1e99", "五十", "1 2", "12.3.4", "", "-", "1234,567,8"]
)
def test_what_is_no_amount_is_refused(text):
    assert parse_number(text) is None


def test_the_unit_scales_before_rounding():
    assert parse_number("1.23456", unit=10000) == Decimal("12345.60")


def test_whole_numbers():
    assert [parse_integer(t) for t in ("4", "4.0", "９分", "1,200", "-500", "4.5", "many")] == [
        4,
        4,
        9,
        1200,
        -500,
        None,
        None,
    ]


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=2))
def test_every_way_of_writing_an_amount_means_the_same(amount):
    sign = "-" if amount < 0 else ""
    size = abs(amount)
    ways = [f"{amount}", f"{sign}¥{size:,}", f"{amount:,}", f"{sign}{size}元"]
    ways.append(f"({size})" if amount < 0 else f"+{size}")
    assert {parse_number(way) for way in ways} == {amount}
