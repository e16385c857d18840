import pytest

from crm_lib.ingest.values.places import parse_place


@pytest.mark.parametrize(
    "text", ["上海市", "上海", "沪", "Shanghai", "SHANGHAI CITY", " 上海市浦东新区", "中国上海", "上海－上海市"]
)
def test_one_city_has_one_form(text):
    assert parse_place(text, "city") == "上海市"


@pytest.mark.parametrize(
    ("text", "city"),
    [
        ("江苏省苏州市姑苏区", "苏州市"),
        ("江苏 苏州", "苏州市"),
        ("广东省深圳市南山区科技园", "深圳市"),
        ("昆山", "昆山市"),
        ("恩施", "恩施土家族苗族自治州"),
        ("恩施市", "恩施市"),
        ("Xi'an", "西安市"),
        ("Hohhot", "呼和浩特市"),
    ],
)
def test_cities_are_found_in_addresses_and_in_latin_letters(text, city):
    assert parse_place(text, "city") == city


@pytest.mark.parametrize("text", ["Suzhou", "Yichun", "吉林", "海南", "云川市", "New York", "上海滩酒店", "河北"])
def test_what_names_no_city_or_two_stays_as_it_is(text):
    assert parse_place(text, "city") == text


@pytest.mark.parametrize("text", ["广西", "桂", "Guangxi", "广西壮族自治区", "广西桂林市"])
def test_one_province_has_one_form(text):
    assert parse_place(text, "province") == "广西壮族自治区"


def test_shaanxi_is_not_shanxi():
    assert [parse_place(t, "province") for t in ("Shaanxi", "Shanxi", "陕", "晋")] == [
        "陕西省",
        "山西省",
        "陕西省",
        "山西省",
    ]
