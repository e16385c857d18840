"""Tables on paper: widths, type size, turning the page; and how blocks are spread over sections."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_lib.language import catalogue, msg
from crm_lib.report import blocks as b
from crm_lib.report._typst_grids import SMALL, _remarks
from crm_lib.report._typst_pages import sections
from crm_lib.report._typst_tables import (
    CLIP,
    INSET,
    LANDSCAPE,
    PORTRAIT,
    _longest_word,
    breakable,
    clipped,
    fit,
    set_in,
    shortened,
    width_em,
)
from crm_lib.report._typst_words import Printer

CELLS = st.lists(st.lists(st.text(st.sampled_from("ab 12长度,.%"), max_size=80), min_size=4, max_size=4), max_size=5)


@given(CELLS, st.lists(st.booleans(), min_size=4, max_size=4))
def test_a_table_is_never_wider_than_its_page(rows, whole):
    found = fit(["a", "Head of it", "列", ""], rows, whole)
    assert sum(found.widths) <= (LANDSCAPE if found.landscape else PORTRAIT) + 1e-6
    assert all(width > 0 for width in found.widths)


def test_numbers_and_dates_stay_on_one_line_while_text_gives_way():
    rows = [["¥1,234,567,890.12", "31 Mar 2026", "words " * 60]]
    found = fit(["Money", "Date", "Text"], rows, [True, True, False])
    for i in (0, 1):
        assert found.widths[i] - 2 * INSET >= width_em(rows[0][i]) * found.size
    assert not found.landscape
    assert found.size >= 8


@given(st.integers(3, 9), st.integers(1, 14))
def test_a_number_is_never_broken_where_some_page_can_hold_it(columns, rows):
    money = "-¥1,117.70"
    found = fit(["变化"] * columns, [[money] * columns] * rows, [True] * columns)
    assert all(width - 2 * INSET >= width_em(money) * found.size for width in found.widths)


def test_small_tables_are_set_at_the_full_size_and_stay_narrow():
    found = fit(["a", "b"], [["1", "2"]], [True, True])
    assert found.size == 9
    assert sum(found.widths) < PORTRAIT / 3


@pytest.mark.parametrize(("columns", "rows", "turned"), [(6, 30, False), (12, 30, True), (9, 3, False)])
def test_many_columns_turn_the_page_unless_a_few_rows_would_leave_it_empty(columns, rows, turned):
    cells = [["some words that want room"] * columns] * rows
    assert fit(["Heading"] * columns, cells, [False] * columns).landscape is turned


def test_only_words_too_wide_for_their_column_may_break():
    assert width_em("\u200b") == 0
    address = "somebody@example.com"
    assert breakable(f"see {address}", room=20) == f"see {address}"
    assert breakable(address, room=5).replace("\u200b", "") == address
    assert all(width_em(piece) <= 5 for piece in breakable(address, room=5).split("\u200b"))
    assert breakable("长" * 100, room=5) == "长" * 100
    found = fit(["a"] * 6, [["x" * 150] * 6], [False] * 6)
    assert all("\u200b" in cell for cell in set_in(found, ["x" * 150] * 6))


def test_long_cells_are_cut():
    assert clipped("长" * 500) == "长" * (CLIP - 1) + "…"
    assert clipped("长" * CLIP) == "长" * CLIP


def part(kind: str, landscape: bool = False) -> dict:
    return {"t": kind, "landscape": landscape}


def shape(parts: list[dict]) -> list[tuple[bool, list[str]]]:
    return [(section["landscape"], [block["t"] for block in section["blocks"]]) for section in sections(parts)]


def test_a_turned_table_takes_its_heading_and_sentence_along():
    wide = part("table", landscape=True)
    assert shape([part("chart"), part("heading"), part("heading"), part("text"), wide, part("chart")]) == [
        (False, ["chart"]),
        (True, ["heading", "heading", "text", "table"]),
        (False, ["chart"]),
    ]
    assert shape([part("text"), wide]) == [(False, ["text"]), (True, ["table"])]


def test_no_page_stands_between_two_turned_tables_for_a_sentence_only():
    wide = part("table", landscape=True)
    assert shape([wide, part("heading"), part("text"), wide]) == [(True, ["table", "heading", "text", "table"])]
    assert shape([wide, wide]) == [(True, ["table", "table"])]
    assert shape([wide, part("chart"), wide]) == [(True, ["table"]), (False, ["chart"]), (True, ["table"])]


def test_long_sentences_share_the_page_so_that_no_row_is_a_tower():
    row = [
        "Core customers",
        "12",
        "Buys one category only, and had a complaint. " * 9,
        "SMS",
        "A call after closing. " * 3,
    ]
    found = fit(["Class", "Customers", "Needs", "Channel", "Mode"], [row] * 8, [False, True, False, False, False])
    rooms = [(width - 2 * INSET) / found.size for width in found.widths]
    lines = [width_em(text) / room for text, room in zip(row, rooms, strict=True)]
    assert lines[2] < 2 * max(1.0, lines[4])
    assert sum(found.widths) <= (LANDSCAPE if found.landscape else PORTRAIT) + 1e-6


def test_a_page_on_its_side_counts_whole():
    """A turned page is used up: a little less type is better than a second one with two rows."""
    cells = [["some words that want room", "1,234", "a sentence of about sixty characters in all, no more " * 2]] * 9
    found = fit(["Heading"] * 3, cells, [False, True, False])
    assert not found.landscape


@given(st.text(max_size=200), st.floats(4, 40))
def test_a_running_head_is_one_line_that_fits(text, room):
    found = shortened(text, room)
    assert width_em(found) <= room
    assert found == " ".join(text.split()) or found.endswith("…")


def test_a_table_speaks_of_the_base_in_small_type_only_where_it_stands_there():
    printer = Printer(catalogue("en"), {})
    empty = b.Table("sample.small", msg("report.summary"), [], [[]])
    said = [
        list(_remarks(empty, [[text]], [[text]], 0, printer))
        for text in (f"5%{SMALL}1% to 9%", f"5%{SMALL}n\u00a0=\u00a040")
    ]
    assert said == [["In small type: the 95% interval."], ["In small type: the 95% interval and the base n."]]


def test_the_minus_of_money_stays_with_its_amount():
    assert breakable("（-¥39.82～-¥0.40）") == "（-\u2060¥39.82\u2060～-\u2060¥0.40）"
    assert breakable("(-US$0.76 to US$0.23)") == "(-\u2060US$0.76 to US$0.23)"
    for whole in ("-¥39.82", "(-0.4 to 3.1)", "utf-8-sig", "a - b", "2025-13-45"):
        assert breakable(whole) == whole  # nothing to hold together: it copies as it is
    assert width_em("（-\u2060¥39.82）") == width_em("（-¥39.82）")


def test_headings_on_one_line_leave_the_text_beside_them_its_room():
    head = ["Quadrant", "Customers", "Share of customers", "Net revenue", "Share of revenue"]
    head += ["Median recency", "Median frequency", "Median net revenue"]
    names = ["High value, high potential: maintain", "High value, low potential: cross-sell"]
    rows = [[name, "1,615", "57.8%", "CN¥550,431", "35.6%", "129.5 days", "6.0", "CN¥2,069"] for name in names]
    found = fit(head, rows, [False] + [True] * 7)
    assert width_em(names[1]) < 2.5 * (found.widths[0] - 2 * INSET) / found.size


def test_a_narrow_column_breaks_before_a_bracket_and_keeps_what_begins_no_line():
    words = "78.7%（60.6%\u2060～75.3%）"
    fitted = fit(["基线"], [[words]], [False])
    assert set_in(fitted, [words]) == [words.replace("%（6", "%\u200b（6")]
    assert _longest_word("60.6%～75.3%") == pytest.approx(width_em("60.6%～"))
