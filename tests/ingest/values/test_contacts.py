import pytest

from crm_lib.ingest.values.contacts import parse_email, parse_phone


@pytest.mark.parametrize(
    "text",
    [
        "13800138000",
        "13800138000.0",
        "１３８００１３８０００",
        "+86 138-0013-8000",
        "86 13800138000",
        "0086-138 0013 8000",
        "(+86)13800138000",
        "'13800138000",
        "手机：13800138000",
        "138\u200b0013\u200b8000",
    ],
)
def test_one_number_has_one_form(text):
    assert parse_phone(text, "CN") == "+8613800138000"


@pytest.mark.parametrize(
    "text", ["1380013800", "138****8000", "1.38E+10", "12345", "无", "138001380001", "00000000000"]
)
def test_what_cannot_be_dialled_is_refused(text):
    assert parse_phone(text, "CN") is None


def test_other_lines_and_regions():
    assert parse_phone("010-8888 6666", "CN") == "+861088886666"
    assert parse_phone("(415) 555-2671", "US") == "+14155552671"
    assert parse_phone("+44 20 7946 0958", "CN") == "+442079460958"


@pytest.mark.parametrize(
    ("text", "address"),
    [
        (" Zhang.Li@Example.COM ", "zhang.li@example.com"),
        ("ｚｌ@example.com", "zl@example.com"),
        ("mailto:a+b@mail.example.cn", "a+b@mail.example.cn"),
        ("a..b@example.com", None),
        ("no-at.example.com", None),
        ("two@@example.com", None),
        ("a@b", None),
        ("有空 格@example.com", None),
    ],
)
def test_addresses_are_checked_and_lower_case(text, address):
    assert parse_email(text) == address


@pytest.mark.parametrize(
    ("text", "region", "number"),
    [
        ("4915110031676", "DE", "+4915110031676"),
        ("015110031676", "DE", "+4915110031676"),
        ("12125551234", "US", "+12125551234"),
        ("2125551234", "US", "+12125551234"),
    ],
)
def test_a_number_that_lost_its_plus_sign_keeps_its_country(text, region, number):
    assert parse_phone(text, region) == number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("010-88886666转8", "+861088886666;ext=8"),
        ("010-88886666 分机 12", "+861088886666;ext=12"),
        ("010-88886666-8", "+861088886666;ext=8"),
        ("13800138000(微信同号)", "+8613800138000"),
        ("13800138000/13900139000", "+8613800138000"),
        ("12345、13900139000", "+8613900139000"),
        ("13800138000 13900139000", "+8613800138000"),
        ("13800138000；010-88886666转8", "+8613800138000"),
    ],
)
def test_extensions_stay_and_of_several_numbers_the_first_counts(text, number):
    assert parse_phone(text, "CN") == number


def test_two_people_behind_one_switchboard_are_not_one():
    assert parse_phone("010-88886666转8", "CN") != parse_phone("010-88886666转9", "CN")
