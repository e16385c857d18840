"""What stays on one line of a page, and what stays on one page."""

import pytest

from crm_lib.language import Value, catalogue, literal, msg
from crm_lib.report import blocks as b
from crm_lib.report._typst_blocks import make
from crm_lib.report._typst_pages import kept
from crm_lib.report._typst_tables import INSET, PORTRAIT, Fit, breakable, fit, set_in, width_em
from crm_lib.report._typst_words import Printer
from crm_lib.report.cells import joined
from crm_lib.report.views import Isolating
from tests.report import sample


@pytest.mark.parametrize(
    ("language", "text", "held"),
    [
        ("en", "(n = 1,234)", "(n_=_1,234)"),
        ("en", "p < 0.05, AUC ≥ 0.75", "p_<_0.05, AUC_≥_0.75"),
        ("en", "spend ≥ US$500 a year", "spend ≥_US$500 a year"),
        ("en", "a margin = revenue - cost", "a margin = revenue - cost"),
        ("en", "within 72 hours, by +4.0 points", "within 72_hours, by +4.0_points"),
        ("en", "12 daytime visits, 12 of 30", "12 daytime visits, 12 of 30"),
        ("en", "31 Mar 2026", "31_Mar 2026"),
        ("zh", "-8.7 个百分点，n = 91", "-8.7_个百分点，n_=_91"),
        ("zh", "近 90 天内 VIP 客户", "近 90_天内 VIP 客户"),
    ],
)
def test_a_number_stays_with_its_unit_and_what_it_is_the_value_of(language, text, held):
    assert joined(catalogue(language), text) == held.replace("_", "\u00a0")


def test_a_range_is_not_parted_after_its_dash():
    assert joined(catalogue("en"), "3–5 and US$1–US$2") == "3–\u20605 and US$1–\u2060US$2"
    assert joined(catalogue("en"), "Theil–Sen") == "Theil–Sen"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_page_and_print_hold_the_same_words_together(language):
    said = msg("common.with_interval")
    assert said.id in catalogue(language)
    message = literal("n = 12")
    printer, page = Printer(catalogue(language), {}), Isolating(catalogue(language))
    assert printer.text(message) == page.text(message) == "n\u00a0=\u00a012"
    metric = b.Metric(literal("Rate"), Value("percent", 0.4, base=12, low=0.3, high=0.5))
    (made,) = make(b.Metrics([metric]), printer)
    assert made["items"][0]["interval"][-1] == "n\u00a0=\u00a012"


def test_an_id_breaks_at_its_joints_and_a_number_at_none():
    assert breakable("campaign_members.csv", room=7) == "campaign_\u200bmembers.\u200bcsv"
    assert breakable("2026-06-30_export/rows", room=7) == "2026-06-30_\u200bexport/\u200brows"
    assert breakable("2026-0630-12_export", room=5) == "2026-\u200b0630-\u200b12_\u200bexport"
    assert breakable("householdIncomeBand", room=7) == "household\u200bIncome\u200bBand"
    assert breakable("1,234,567.89", room=20) == "1,234,567.89"
    assert "567.\u200b89" not in breakable("1,234,567.89", room=4)
    assert breakable("12,345.67\u00a0points", room=5) == "12,345.67 points"


def test_a_column_of_statuses_holds_the_longest_on_one_line():
    columns = [sample.col("state", "状态", "State", "message"), sample.col("why", "原因", "Reason", "message")]
    long = literal("Reached because most customers came back. " * 6).to_json()
    states = ["■ far behind", "▲ watch", "○ Not judged"]
    rows = [[literal(state).to_json(), long] for state in states]
    (made,) = make(b.Table("t.state", literal("T"), columns, rows), Printer(catalogue("en"), {}))
    assert [row[0] for row in made["rows"]] == ["■\u00a0far behind", "▲\u00a0watch", "○\u00a0Not judged"]
    assert made["widths"][0] - 2 * INSET >= 1.06 * width_em("○ Not judged") * made["size"]
    assert made["keys"][0] == ["bad", ""]


def test_short_cells_come_before_headings_on_one_line():
    head = ["Class", "Customers", "Median recency", "Median frequency", "Median net revenue", "Top category"]
    head += ["Its share", "Stands out", "Multiple"]
    rows = [["Potential customers", "633", "48 days", "1.0", "CN¥397", "Skin", "37.4%", "Make-up", "1.47"]] * 4
    found = fit(head, rows, [False] + [True] * 4 + [False, True, False, True])
    assert sum(found.widths) <= PORTRAIT + 1e-6
    assert found.widths[0] - 2 * INSET >= width_em(rows[0][0]) * found.size


def test_a_sentence_with_a_colon_at_its_end_stays_with_what_follows():
    parts = [
        {"t": "table"},
        {"t": "text", "text": "To be noted:"},
        {"t": "bullets", "items": ["a"]},
        {"t": "text", "text": "其余如下："},
        {"t": "paragraph", "runs": [{"s": "As "}, {"s": "follows:", "b": True}]},
        {"t": "text", "text": "Nothing else."},
        {"t": "chart"},
    ]
    assert [part.get("sticky") for part in kept(parts)] == [None, True, False, True, True, False, None]


@pytest.mark.parametrize(("text", "sticky"), [("One line. ", True), ("Two lines. " * 14, False)])
def test_a_long_introduction_may_end_a_page_without_its_chart(text, sticky):
    parts = [{"t": "heading"}, {"t": "text", "text": text}, {"t": "chart"}]
    assert kept(parts)[1]["sticky"] is sticky
    listed = [parts[0], {"t": "bullets", "items": text.split(". ")[: 1 if sticky else 2]}, parts[2]]
    assert kept(listed)[1]["sticky"] is sticky


def test_words_of_a_squeezed_column_part_where_a_no_break_space_held_them():
    fitted = fit(["A"] * 14, [["1,234,567 points"] * 14], [False] * 14)
    held = set_in(fitted, ["1,234,567\u00a0points"] * 14)
    room = (min(fitted.widths) - 2 * INSET) / fitted.size
    assert ("\u00a0" in held[0]) is (width_em("1,234,567 points") <= room)


@pytest.mark.parametrize(
    ("text", "room", "lines"),
    [
        ("执行前样本", 4.2, ["执行前", "样本"]),
        ("执行前样本", 5.0, ["执行前样本"]),
        ("执行前样本", 2.2, ["执行前样本"]),  # three lines: left as they are
        ("这些行已隔离，不计入任何结果", 13.0, ["这些行已隔离，", "不计入任何结果"]),
        ("目标（基线）", 5.4, ["目标", "（基线）"]),
        ("CSV, utf-8", 4.0, ["CSV, utf-8"]),
    ],
)
def test_no_chinese_character_stands_alone_on_the_second_line_of_a_cell(text, room, lines):
    size = 9.0
    fitted = Fit(size, [room * size + 2 * INSET], False, 0.0, False)
    assert set_in(fitted, [text])[0].replace("\u200b", "").split("\n") == lines
