"""UpSet plots, and headings of heat maps that run upwards."""

import re
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_lib.language import catalogue, literal, local
from crm_lib.report import blocks as b
from crm_lib.report.brand import load_brand
from crm_lib.report.charts import alt_text, draw
from crm_lib.report.charts.data import Data
from crm_lib.report.charts.fonts import font
from crm_lib.report.charts.sets import MOST_SETS, _counts, _fitting, _names

BRAND, EN, ZH = load_brand(), catalogue("en"), catalogue("zh")


def names(count):
    return [local({"zh": f"来源{i}", "en": f"Source number {i}"}).to_json() for i in range(count)]


def chart(pairs, kind="int"):
    columns = [b.Column("sets", literal("Sources"), "list"), b.Column("n", literal("Customers"), kind)]
    return b.Chart(
        "t.u", "upset", literal("T"), columns, pairs, "sets", ["n"], literal("Sources"), literal("Customers")
    )


def height(svg):
    return float(re.search(r'height="([\d.]+)pt"', svg)[1])


def test_each_set_is_a_row_and_each_combination_a_bar():
    one, two, three = names(3)
    made = chart([[[one, two], 60], [[three], 5], [[two], 100]])
    data = Data(made, EN)
    assert [n for _, n in _counts(data)] == [100, 60, 5]
    assert list(_names(data).values()) == ["Source number 0", "Source number 1", "Source number 2"]
    svg = draw(made, EN, BRAND)
    ElementTree.fromstring(svg)
    bars = re.findall(f'style="fill: {BRAND.colours.accent}"', svg)
    assert len(bars) >= 3


def test_the_same_combination_twice_is_one_whatever_the_order_of_its_sets():
    one, two = names(2)
    data = Data(chart([[[one, two], 60], [[two, one], 5]]), EN)
    assert [n for _, n in _counts(data)] == [65]


def test_what_has_no_room_is_said():
    all = names(9)
    few = [[[all[i]], 1000 - i] for i in range(9)]
    many = [[[a, c], 10 * i + j] for i, a in enumerate(all) for j, c in enumerate(all) if i < j]
    data = Data(chart(few + many), EN)
    found = _fitting(data, font(), _names(data), _counts(data), 240.0)
    assert 8 <= len(found.columns) < 45
    assert found.left_out == 45 - len(found.columns)
    assert found.columns[0][1] == 1000
    assert height(draw(chart(few + many), EN, BRAND)) == pytest.approx(height(draw(chart(few), EN, BRAND)) + 16)


def test_sets_beyond_the_limit_do_not_break_the_page():
    all = names(MOST_SETS + 6)
    svg = draw(chart([[[name], 5] for name in all]), ZH, BRAND)
    ElementTree.fromstring(svg)
    assert height(svg) < 700


def test_alt_text_names_the_largest_combination():
    one, two = names(2)
    words = alt_text(chart([[[one, two], 60], [[two], 5]]), EN)
    assert words.startswith("UpSet plot: T")
    assert "highest 60 (Source number 0, Source number 1)" in words


@settings(max_examples=30)
@given(
    st.lists(
        st.tuples(
            st.lists(st.integers(0, 30), min_size=1, max_size=12, unique=True),
            st.one_of(st.none(), st.integers(0, 10**9)),
        ),
        min_size=1,
        max_size=40,
    ),
    st.sampled_from(["int", "percent", "money"]),
)
def test_any_sets_can_be_drawn(given_sets, kind):
    all = names(31)
    ElementTree.fromstring(draw(chart([[[all[i] for i in sets], n] for sets, n in given_sets], kind), ZH, BRAND))


def heatmap(labels):
    columns = [
        b.Column("x", literal("Source")),
        b.Column("s", literal("Field")),
        b.Column("y", literal("Share"), "percent"),
    ]
    rows = [[label, "Phone", 0.5] for label in labels]
    return b.Chart(
        "t.h", "heatmap", literal("T"), columns, rows, "x", ["y"], literal("Source"), literal("Share"), series="s"
    )


def test_headings_run_upwards_only_where_their_words_would_be_cut():
    short = draw(heatmap(["Till", "Desk", "Survey"]), EN, BRAND)
    long = draw(heatmap([f"Customer cards of the stores {i}" for i in range(9)]), EN, BRAND)
    chinese = draw(heatmap([f"门店客户档案{i}" for i in range(9)]), ZH, BRAND)
    assert "rotate(-90)" not in short
    assert long.count("rotate(-90)") >= 9
    assert "rotate(-90)" not in chinese, "Chinese may break anywhere"
    assert height(long) > height(short)


@pytest.mark.parametrize("form", ["heatmap", "barh", "upset"])
def test_only_the_row_of_a_name_of_two_lines_is_higher(form):
    def tall(names):
        columns = [b.Column("x", literal("X")), b.Column("s", literal("S")), b.Column("y", literal("Y"), "int")]
        rows = [["a" if form == "heatmap" else name, name, 5] for name in names]
        rows += [["b", name, 5] for name in names if form == "heatmap"]
        series = "s" if form == "heatmap" else ""
        chart = b.Chart("t.r", form, literal("T"), columns, rows, "x", ["y"], literal("X"), literal("Y"), series=series)
        return height(draw(chart, EN, BRAND))

    short = [f"City {i}" for i in range(10)]
    long = "A name that asks for two lines"
    higher = tall([long, *short]) - tall(["City", *short])
    assert 0 < higher < 15
    assert tall([long, long + "s", *short[1:]]) - tall(["City", *short]) == pytest.approx(2 * higher)
