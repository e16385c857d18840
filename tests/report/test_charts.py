import dataclasses
import itertools
import math
import re
from importlib import import_module
from typing import get_args
from xml.etree import ElementTree

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_lib.language import catalogue, literal
from crm_lib.report import blocks as b
from crm_lib.report.brand import load_brand
from crm_lib.report.charts import FORMS, alt_text, draw
from crm_lib.report.charts.bars import bar, stacked
from crm_lib.report.charts.canvas import WIDTH, Canvas, series_style
from crm_lib.report.charts.data import Data
from crm_lib.report.charts.density import _corners
from crm_lib.report.charts.fonts import LINE, SIZE, font
from crm_lib.report.charts.frame import spread
from crm_lib.report.charts.lines import _runs, line, pareto
from crm_lib.report.charts.rows import SMALL, _beside, barh, fitting
from crm_lib.report.charts.scales import inside, short_words, thinned, tick_words, value_ticks, widened
from crm_lib.report.colour import contrast, luminance
from tests.report import sample

BRAND = load_brand()
WORDS = {language: catalogue(language) for language in ("zh", "en")}
SAMPLES = {chart.id: chart for chart in sample.charts()}
ODD = [None, math.nan, 0.0, -0.4, 1e9, -1e9, 1e-9, 3]


def chart_of(form: str, rows: list[list], kind: str = "percent", x_kind: str = "", **options) -> b.Chart:
    times = form in ("line", "calendar")
    x_kind = x_kind or {"scatter": "float", "density": "float", "pareto": "percent"}.get(
        form, "date" if times else "text"
    )
    columns = [
        b.Column("x", literal("x"), x_kind),
        b.Column("s", literal("s")),
        *(b.Column(name, literal(name), kind) for name in ("y", "z", "low", "high")),
    ]
    options.setdefault("y", ["y", "z"] if form in ("dumbbell", "pyramid") else ["y"])
    options.setdefault("series", "" if form in ("dumbbell", "funnel", "pareto", "pyramid") else "s")
    options.setdefault("low", "low" if form in ("line", "interval", "bar") else "")
    options.setdefault("high", "high" if options["low"] else "")
    marks = (
        b.Mark("y", 0.1, literal("mark")),
        b.Mark("x", "2026-01-02", literal("mark")),
        b.Mark("y", None, literal("")),
    )
    return b.Chart(
        "t.x",
        form,
        literal("T"),
        columns,
        rows,
        "x",
        options.pop("y"),
        literal("x"),
        literal("y"),
        marks=marks,
        **options,
    )


def rows_of(form: str, count: int, values: list) -> list[list]:
    def x(i: int):
        if form in ("scatter", "density", "pareto"):
            return i / max(count, 1)
        return f"2026-01-{i % 28 + 1:02d}" if form in ("line", "calendar") else f"category {i}"

    def value(i: int):
        return values[i % len(values)]

    return [[x(i), f"s{i % 3}", value(i), value(i + 1), value(i + 2), value(i + 3)] for i in range(count)]


def test_every_form_of_the_document_model_can_be_drawn():
    assert set(FORMS) == set(get_args(b.Form))
    assert {chart.form for chart in SAMPLES.values()} == set(FORMS)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("id", SAMPLES)
def test_charts_are_svg_in_the_brands_colours_only(id, language):
    svg = draw(SAMPLES[id], WORDS[language], BRAND)
    ElementTree.fromstring(svg)
    assert set(re.findall(r"#[0-9a-f]{6}\b", svg)) <= set(BRAND.colours.named.values())
    assert "<text" not in svg, "words are outlines, safe in every viewer"
    assert not re.search(r"<style|<script|<image|http(?!://www\.w3\.org)", svg)
    assert len(svg) < 120_000


@pytest.mark.parametrize("id", ["sample.churn", "sample.mix", "sample.quadrant", "sample.calendar"])
def test_the_same_chart_is_the_same_bytes(id):
    assert draw(SAMPLES[id], WORDS["zh"], BRAND) == draw(SAMPLES[id], WORDS["zh"], BRAND)


def test_ids_in_a_chart_are_its_own():
    one, other = (draw(SAMPLES[id], WORDS["en"], BRAND) for id in ("sample.churn", "sample.weekly"))
    ids = [re.findall(r' id="([^"]+)"', svg) for svg in (one, other)]
    assert ids[0]
    assert len(set(ids[0])) == len(ids[0])
    assert not set(ids[0]) & set(ids[1])
    assert set(re.findall(r'href="#([^"]+)"', one)) <= set(ids[0])


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("count", [0, 1, 2, 70])
@pytest.mark.parametrize("kind", ["percent", "int", "money", "points"])
def test_forms_take_few_many_odd_and_missing_values(form, count, kind):
    ElementTree.fromstring(draw(chart_of(form, rows_of(form, count, ODD), kind), WORDS["zh"], BRAND))


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("values", [[0.0], [None], [-5.0], [math.inf], [7.0]])
def test_forms_take_the_same_value_throughout(form, values):
    ElementTree.fromstring(draw(chart_of(form, rows_of(form, 5, values), "ratio"), WORDS["en"], BRAND))


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", sample.HOSTILE)
def test_forms_take_hostile_names(form, name):
    rows = [
        [row[0] if form in ("line", "calendar", "scatter", "density", "pareto") else name, name, *row[2:]]
        for row in rows_of(form, 2, [1.0, 2.0])
    ]
    svg = draw(chart_of(form, rows), WORDS["en"], BRAND)
    ElementTree.fromstring(svg)
    assert "alert" not in svg


@settings(max_examples=40)
@given(
    st.sampled_from(sorted(FORMS)),
    st.lists(st.one_of(st.none(), st.floats(-1e12, 1e12)), min_size=1, max_size=9),
    st.integers(1, 40),
)
def test_any_numbers_can_be_drawn(form, values, count):
    ElementTree.fromstring(draw(chart_of(form, rows_of(form, count, values)), WORDS["en"], BRAND))


@pytest.mark.parametrize("form", FORMS)
def test_a_chart_without_data_says_so(form):
    empty = chart_of(form, rows_of(form, 3, [None]))
    assert 'height="72pt"' in draw(empty, WORDS["en"], BRAND)
    assert "No data to draw." in alt_text(empty, WORDS["en"])


@pytest.mark.parametrize("form", ["pareto", "stacked", "stacked_h"])
def test_shares_that_come_to_a_hair_more_than_one_end_at_100_percent(form):
    assert value_ticks(0.0, 1.0000000000000002, "percent", from_zero=True)[-1] == 1.0
    assert value_ticks(0.0, 1.01, "percent", from_zero=True)[-1] > 1.0, "real excess is shown"


@given(st.lists(st.floats(20, 90), min_size=2, max_size=30), st.floats(1, 40))
def test_labels_moved_into_the_page_never_touch(widths, step):
    centres = [step * (i + 1) for i in range(len(widths))]
    right = centres[-1] + 10
    places = inside(centres, widths, max(right, max(widths) + 2))
    shown = thinned(places, widths)
    for i, j in itertools.pairwise(shown):
        assert places[j] - places[i] >= (widths[i] + widths[j]) / 2 + 8


@pytest.mark.parametrize(
    ("kind", "high"), [("money", 0.9), ("money", 1.0), ("price", 0.9), ("int", 1.0), ("money_short", 2.0)]
)
def test_ticks_are_told_apart_by_their_words(kind, high):
    for language in WORDS.values():
        words = tick_words(language, kind, value_ticks(0.0, high, kind, from_zero=True))
        assert len(set(words)) == len(words)


def test_short_words_of_shares_have_no_decimals():
    assert [short_words(WORDS["en"], "percent", n / 1000) for n in (105, 290, 999)] == ["10%", "29%", "100%"]


@pytest.mark.parametrize(("kind", "value"), [("float", 0.3), ("percent", 0.004), ("points", -0.004), ("hours", 0.4)])
def test_short_words_of_something_are_not_a_zero(kind, value):
    assert re.search("[1-9]", short_words(WORDS["en"], kind, value))
    assert not re.search("[1-9]", short_words(WORDS["en"], kind, 0.0))


def test_two_curves_have_a_key():
    rows = [[i / 5, name, i / 5, None, None, None] for i in range(6) for name in ("Revenue", "Margin")]
    one = draw(chart_of("pareto", rows[::2], series="s"), WORDS["en"], BRAND)
    two = draw(chart_of("pareto", rows, series="s"), WORDS["en"], BRAND)
    assert two.count("<use") >= one.count("<use") + len("RevenueMargin")


def test_bars_are_scaled_to_those_that_are_drawn():
    rows = [[f"c{i}", "", float(i), None, None, None] for i in range(60)]
    svg = draw(chart_of("barh", rows, "int", series=""), WORDS["en"], BRAND)
    bars = re.findall(f'<path d="([^"]+)" style="fill: {BRAND.colours.accent}', svg)
    assert max(float(x) for bar in bars for x in re.findall(r"L (\d+\.?\d*) ", bar)) > 280


def test_twelve_series_differ_without_their_markers():
    looks = [series_style(BRAND.colours, i, 12) for i in range(12)]
    assert len({(look.colour, look.hatch) for look in looks}) == 12
    assert len({(look.colour, look.marker, look.dash) for look in looks}) == 12


def test_a_line_without_values_has_no_name_on_the_axis():
    def names(value: float | None) -> int:
        rows = [
            [f"2026-01-{i + 1:02d}", name, y, None, None, None]
            for i in range(3)
            for name, y in (("a", 0.5), ("b", value))
        ]
        return draw(chart_of("line", rows), WORDS["en"], BRAND).count('<g style="fill: ')

    assert names(None) == names(0.5) - 1


def test_alt_text_tells_the_course_of_each_series():
    words = alt_text(SAMPLES["sample.weekly"], WORDS["en"])
    assert words.startswith("Line chart: Complaints did not fall in the last 12 weeks.")
    assert "Opened: first 40 (5 Jan 2026), last 64 (23 Mar 2026); highest 64 (23 Mar 2026), lowest 40" in words
    assert "Closed: first 38" in words, "a gap does not end the course"
    assert "最高为 企业微信一对一 31.2%" in alt_text(SAMPLES["sample.channels"], WORDS["zh"])


def test_a_line_breaks_where_a_value_is_missing():
    rows = [[f"2026-01-0{i}", "s", y, None, None, None] for i, y in enumerate([1.0, 2.0, None, 4.0, 5.0], 1)]
    whole = [[*row[:2], 3.0 if row[2] is None else row[2], *row[3:]] for row in rows]
    strokes = [draw(chart_of("line", part), WORDS["en"], BRAND).count("stroke-width: 2") for part in (rows, whole)]
    assert strokes == [2, 1]


def test_a_line_breaks_at_a_month_without_a_row():
    rows = [[f"2026-{month:02d}", "a", 0.5, None, None, None] for month in (1, 2, 3, 5, 6)]
    series = Data(chart_of("line", rows, x_kind="month", series=""), WORDS["en"]).series[0]
    at = lambda x: float(x[-2:])  # noqa: E731
    assert _runs(series, at, stepped=True) == [[0, 1, 2], [3, 4]]
    assert _runs(series, at) == [[0, 1, 2, 3, 4]]


def test_parts_of_a_stack_that_never_occur_have_no_entry_in_its_key():
    rows = [["x", name, y, None, None, None] for name, y in (("a", 0.5), ("never", 0.0), ("b", None), ("c", 0.1))]
    assert [one.key for one in Data(chart_of("stacked", rows), WORDS["en"]).series] == ["a", "c"]
    assert [one.key for one in Data(chart_of("heatmap", rows), WORDS["en"]).series] == ["a", "never", "b", "c"]


def test_a_narrow_part_of_a_stack_takes_smaller_type_before_it_stays_without_a_figure():
    data = Data(chart_of("stacked", [["x", "a", 128, None, None, None]], kind="int"), WORDS["en"])
    canvas = Canvas(BRAND, 100)
    room = canvas.font.width("128")
    assert [fitting(canvas, data, 128, wide) for wide in (room + 5, room - 1, 5)] == [
        ("128", SIZE),
        ("128", SMALL),
        None,
    ]


def test_a_value_stands_beyond_the_line_of_a_level_that_would_cross_it():
    canvas = Canvas(BRAND, 100)
    placed = []
    canvas.text = lambda x, *_, **options: placed.append((x, options["ha"]))
    for levels in ([], [112.0], [300.0]):
        _beside(canvas, 50, 100, 20, "33.1%", levels)
    assert placed == [(105, "left"), (117.0, "left"), (105, "left")]


def test_a_heat_map_of_one_column_is_drawn_as_bars():
    rows = [["all", name, y, None, None, None] for name, y in (("age", 0.33), ("income", 0.5))]
    one = chart_of("heatmap", rows)
    grids = import_module("crm_lib.report.charts.grids")
    bars = grids.barh(Data(dataclasses.replace(one, x="s", x_label=literal("s"), series=""), WORDS["en"]), BRAND)
    assert grids.heatmap(Data(one, WORDS["en"]), BRAND).height == bars.height


def test_long_names_are_given_their_own_rows_or_lie_down():
    rows = [[f"A long category name number {i}", "s", 1.0, None, None, None] for i in range(8)]
    upright = chart_of("bar", rows, low="", high="", series="")
    assert draw(upright, WORDS["en"], BRAND) == draw(
        chart_of("barh", rows, low="", high="", series=""), WORDS["en"], BRAND
    )


def test_rows_that_are_not_drawn_are_said():
    many, few = (chart_of("barh", rows_of("barh", n, [1.0])) for n in (60, 24))
    heights = [float(re.search(r'height="([\d.]+)pt"', draw(part, WORDS["en"], BRAND))[1]) for part in (many, few)]
    assert heights[0] == heights[1] + 16, "one line more, for the remark"


@given(
    st.floats(-1e9, 1e9),
    st.one_of(st.just(0.0), st.floats(1e-3, 1e9)),
    st.sampled_from(["percent", "int", "money", "points", "ratio"]),
)
def test_ticks_enclose_the_values_and_differ(low, extent, kind):
    ticks = value_ticks(low, low + extent, kind, from_zero=True)
    assert ticks == sorted(set(ticks))
    assert ticks[0] <= min(low, 0) + 1e-6 * max(1, abs(low))
    assert ticks[-1] >= max(low + extent, 0) - 1e-6 * max(1, abs(low + extent))
    assert 2 <= len(ticks) <= 12
    if kind != "money":  # money is written in short
        assert len(set(tick_words(WORDS["zh"], kind, ticks))) == len(ticks)


@given(st.lists(st.floats(1, 90), min_size=1, max_size=40), st.floats(3, 60))
def test_shown_labels_never_touch(widths, step):
    centres = [i * step for i in range(len(widths))]
    shown = thinned(centres, widths)
    assert shown
    assert shown[-1] == len(widths) - 1
    for a, c in itertools.pairwise(shown):
        assert centres[a] + widths[a] / 2 < centres[c] - widths[c] / 2


@given(st.lists(st.floats(0, 100), min_size=1, max_size=5))
def test_names_of_lines_are_moved_apart(wanted):
    places = sorted(spread(wanted, 12.0, 0.0, 100.0))
    assert all(c - a >= 12.0 - 1e-6 for a, c in itertools.pairwise(places))


@given(st.text(max_size=80), st.floats(12, 300), st.integers(1, 4))
def test_wrapped_words_stay_in_their_room(text, width, most):
    face = font()
    lines = face.wrap(face.drawable(text), width, most)
    assert 1 <= len(lines) <= most
    assert all(face.width(line.strip()) <= width + 10 for line in lines)


def test_the_palette_survives_grey_print():
    greys = sorted(luminance(colour) ** (1 / 3) for colour in BRAND.colours.palette)
    assert all(c - a > 0.03 for a, c in itertools.pairwise(greys))


def test_colours_read_on_light_and_dark_paper():
    for colours in (BRAND.colours, BRAND.dark):
        for name in ("ink", "muted", "accent", "good", "watch", "bad"):
            assert contrast(getattr(colours, name), colours.paper) >= 4.5, name
    assert all(contrast(colour, BRAND.dark.paper) >= 4.4 for colour in BRAND.dark.palette)


def test_a_mark_at_no_value_is_left_out():
    frame = pd.DataFrame({"x": [1.0], "y": [2.0]})
    marks = [b.Mark("x", None, literal("none")), b.Mark("y", 1.0, literal("one")), b.Mark("x", 0.0, literal("zero"))]
    made = b.chart(
        "scatter", "report.x", literal("t"), frame, "x:float y:float", "x", "y", literal("x"), literal("y"), marks=marks
    )
    assert [mark.at for mark in made.marks] == [1.0, 0.0]
    assert b.block_from_json(made.to_json()).marks == made.marks


def test_groups_of_a_density_have_corners_of_their_own():
    found = _corners([(0.1, 0.9), (0.5, 0.9), (0.2, -0.1), (0.6, -0.1)])  # all to the right of the middle
    assert found == [(False, True), (True, True), (False, False), (True, False)]
    assert _corners([(0.5, 0.5), (0.5, -0.5), (-1.0, 0.0)])[:2] == [(True, True), (True, False)]
    assert len(_corners([(1.0, 1.0)] * 6)) == 6


@pytest.mark.parametrize("form", ["density", "alluvial"])
def test_names_beside_a_picture_stay_on_the_page(form):
    names = ["Low value and potential: nurture", "Potential customers", "B", "C"]
    rows = [[name, other, 10.0**-i, 1.0, 1.0, 1.0] for i, name in enumerate(names) for other in names]
    if form == "density":
        rows = [[(i % 7) / 7, names[i % 4], (i % 5) / 5, 3.0, 1.0, 1.0] for i in range(60)]
    chart = chart_of(form, rows, size="z" if form == "density" else "")
    canvas = getattr(import_module(f"crm_lib.report.charts.{form}"), form)(Data(chart, WORDS["en"]), BRAND)
    for left, y, words, _, _, _ in canvas._words:
        assert 0 <= left <= WIDTH - canvas.font.width(words) + 0.5, words
        assert 0 < y < canvas.height - 1, words
    said = " ".join(words for _, _, words, *_ in canvas._words)
    assert "nurture" in said
    assert "…" not in said
    assert sum("·" in words for _, _, words, *_ in canvas._words) == (4 if form == "density" else 0)


def test_a_curve_of_shares_ends_at_everything():
    rows = [[x, "s", x**0.5, 1, 1, 1] for x in (0.0, 0.3, 0.6, 1.0)]
    canvas = pareto(Data(chart_of("pareto", rows), WORDS["en"]), BRAND)
    assert [words for _, _, words, *_ in canvas._words if "%" in words].count("100%") == 2


@pytest.mark.parametrize("day", ["2026-01-01", "2026-01-05", "2026-01-09"])
def test_a_long_mark_is_whole_and_covers_no_line(day):
    """At either end and in the middle: 'vent between Jun 2024 and' had lost its head."""
    said = "event between June 2024 and January 2025"
    rows = [[f"2026-01-{i:02d}", "s", 0.9, 0.1, 0.8, 1.0] for i in range(1, 10)]
    chart = dataclasses.replace(chart_of("line", rows), marks=(b.Mark("x", day, literal(said)),))
    canvas = line(Data(chart, WORDS["en"]), BRAND)
    ((left, y, words, *_),) = [word for word in canvas._words if word[2].startswith("event")]
    assert words == said
    assert left >= 0
    assert left + canvas.font.width(words) <= WIDTH
    highest = min(word[1] for word in canvas._words if "%" in word[2])  # the topmost number of the value axis
    assert y < highest


def test_all_bars_of_a_group_tell_their_value():
    """'100.7' of the bar that the title spoke of was left out, '90.0' beside it was not."""
    pairs = [(100.7, 90.0), (66.0, 60.0), (90.8, 240.0), (52.4, 160.0), (4.7, 60.0), (0.0, 30.0)]
    rows = [[f"c{i}", s, y, None, None, None] for i, pair in enumerate(pairs) for s, y in zip("st", pair, strict=True)]
    canvas = bar(Data(chart_of("bar", rows, "float", low=""), WORDS["en"]), BRAND)
    told = {words for _, _, words, *_ in canvas._words}
    assert {f"{y:.1f}" for pair in pairs for y in pair} <= told


def test_a_value_stays_at_its_bar_and_not_beyond_a_line_far_off():
    rows = [["a", "", -2.4, None, None, None], ["b", "", 0.331, None, None, None]]
    chart = dataclasses.replace(
        chart_of("barh", rows, "percent", series=""), marks=(b.Mark("y", 1.0, literal("Target")),)
    )
    canvas = barh(Data(chart, WORDS["en"]), BRAND)
    at = {words: left for left, _, words, *_ in canvas._words}
    target = at["Target"] + canvas.font.width("Target") / 2
    assert at["33.1%"] < target


@pytest.mark.parametrize("band", ["10–20", "10～20"])
def test_a_range_breaks_at_its_dash_and_not_within_a_number(band):
    """'10–2' / '0'"""
    face = font(BRAND.fonts.charts)
    assert face.wrap(band, face.width(band[:4]) + 0.5, 3) == [band[:3], "20"]


def test_a_name_in_a_key_is_whole_where_the_page_has_room():
    said = "No second contact in time after a complaint"
    rows = [["x", name, 1.0, None, None, None] for name in ("Owner behind", said)]
    canvas = stacked(Data(chart_of("stacked", rows), WORDS["en"]), BRAND)
    assert said in {words for _, _, words, *_ in canvas._words}


@pytest.mark.parametrize("form", ["dumbbell", "pyramid"])
def test_a_long_key_takes_rows_of_its_own(form):
    """'Pace needed (a month, of the baseline)' lay across the first name; 'Share of margin' was cut to 'Sh…'."""
    labels = {"y": "Past pace (a month, of the baseline)", "z": "Share of revenue", "low": "Share of margin"}
    labels |= {} if form == "pyramid" else {"z": "Pace needed (a month, of the baseline)"}
    chart = chart_of(form, rows_of(form, 3, [0.2, 0.4]), y=list(labels)[: 3 if form == "pyramid" else 2])
    columns = [dataclasses.replace(one, label=literal(labels.get(one.name, one.name))) for one in chart.columns]
    data = Data(dataclasses.replace(chart, columns=columns), WORDS["en"])
    module = import_module(f"crm_lib.report.charts.{'rows' if form == 'dumbbell' else form}")
    canvas = getattr(module, form)(data, BRAND)
    placed = {words: y for _, y, words, *_ in canvas._words}
    key = [words for words in labels.values() if words in placed]
    assert len(key) == 2
    first = min(y for words, y in placed.items() if words.startswith("category"))
    assert all(y < first - LINE / 2 for words, y in placed.items() if words in key)


@pytest.mark.parametrize(
    ("low", "high", "kind", "found"),
    [
        (0.9990, 0.9998, "percent", (0.9500, 0.9999)),
        (0.50, 0.505, "percent", (0.4899, 0.5151)),
        (0.002, 0.004, "percent", (0.002, 0.004)),
        (1000.0, 1001.0, "money", (975.475, 1025.525)),
        (0.0, 0.0, "percent", (0.0, 0.0)),
    ],
)
def test_differences_of_nothing_look_like_nothing(low, high, kind, found):
    assert widened(low, high, kind) == pytest.approx(found, abs=1e-3)
    assert widened(low, high, kind)[0] <= low
    assert widened(low, high, kind)[1] >= high


@pytest.mark.parametrize(
    ("words", "first", "second"), [("率2017年10月1", "率2017年10月", "1日起"), ("销售额约12", "销售额约", "12万元")]
)
def test_no_line_begins_with_the_unit_of_a_number(words, first, second):
    """'2017年10月1' / '日起'"""
    face = font()
    assert face.wrap(first + second, face.width(words) + 0.5, 3) == [first, second]


def test_no_line_of_wrapped_words_is_one_chinese_character():
    face = font()
    assert face.wrap("客服工单", face.width("客服工") + 0.5, 5) == ["客服", "工单"]
    assert face.wrap("客服", face.width("客") + 0.5, 5) == ["客", "服"]
