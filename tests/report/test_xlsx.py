"""The workbook: typed cells, formats of the language, nothing live from data, every quoted figure, same bytes."""

import io
import math
import re
import zipfile
from dataclasses import replace
from datetime import datetime

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.worksheet.worksheet import Worksheet

from crm_lib.language import Finding, Value, catalogue, literal, local, msg
from crm_lib.report import blocks as b
from crm_lib.report import xlsx
from crm_lib.report._xlsx_formats import LONGEST, fitting
from crm_lib.report._xlsx_sheets import HEADER, NAME_LENGTH, sheet_names
from crm_lib.report.brand import load_brand
from tests.report import sample

BRAND = load_brand()


def render(shown: b.Document, language: str = "en", **options) -> bytes:
    return xlsx.render(shown, catalogue(language), BRAND, **options)


def document(*parts: b.Block) -> b.Document:
    return b.Document(sample.cover(), parts)


def opened(data: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(data))


def table(*columns: b.Column, rows: list[list], **options) -> b.Table:
    return b.Table("t.one", literal("One"), columns, rows, **options)


def sheet_of(*columns: b.Column, rows: list[list], language: str = "en") -> Worksheet:
    return opened(render(document(table(*columns, rows=rows)), language)).worksheets[-1]


def cells(sheet: Worksheet) -> list[list]:
    """Values under the header."""
    return [[cell.value for cell in row] for row in sheet.iter_rows(min_row=HEADER + 2)]


@pytest.fixture(scope="module", params=["zh", "en"])
def whole(request) -> tuple[str, bytes, openpyxl.Workbook]:
    data = render(sample.document(), request.param)
    return request.param, data, opened(data)


def test_a_sheet_for_each_table_and_chart_after_contents_and_figures(whole):
    language, _, book = whole
    shown, said = sample.document(), catalogue(language)
    parts = [block for block in shown.blocks if isinstance(block, (b.Table, b.Chart))]
    assert book.sheetnames[:2] == [said.word("report.contents"), said.word("report.xlsx.figures")]
    assert [sheet["A1"].value for sheet in book.worksheets[2:]] == [said.text(part.title) for part in parts]
    for part, sheet in zip(parts, book.worksheets[2:], strict=True):
        heads = [cell.value for cell in sheet[HEADER + 1]]
        assert heads == [said.text(column.label) for column in part.columns], "hidden columns are in the workbook"
        assert sheet.max_row == HEADER + 1 + len(part.rows)
        assert sheet.freeze_panes.startswith(("A", "B"))
        assert sheet.freeze_panes[1:] == str(HEADER + 2)
        assert sheet.auto_filter.ref.startswith(f"A{HEADER + 1}:")
        assert sheet.print_title_rows == f"${HEADER + 1}:${HEADER + 1}"
        assert sheet.page_setup.fitToHeight == 0


def test_names_are_legal_and_unlike(whole):
    _, _, book = whole
    assert all(len(name) <= NAME_LENGTH and not re.search(r"[\[\]:*?/\\]", name) for name in book.sheetnames)
    assert len({name.lower() for name in book.sheetnames}) == len(book.sheetnames)


def test_nothing_is_a_formula_and_every_link_stays_inside(whole):
    _, data, book = whole
    links = [cell.hyperlink for sheet in book for row in sheet.iter_rows() for cell in row if cell.hyperlink]
    assert len(links) == 2 * (len(book.sheetnames) - 1)
    for link in links:
        assert link.target is None
        assert link.location.rpartition("!")[0].strip("'").replace("''", "'") in book.sheetnames
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        sheets = [archive.read(name).decode() for name in archive.namelist() if "worksheets/" in name]
        assert not [name for name in archive.namelist() if "externalLink" in name or "vba" in name.lower()]
    assert len(sheets) == len(book.sheetnames)
    assert not any("<f>" in sheet or "<f " in sheet for sheet in sheets)


def test_hostile_names_are_text_as_they_stand(whole):
    _, _, book = whole
    sheet = next(sheet for sheet in book if sheet["A5"].value == sample.HOSTILE[0])
    assert [row[0] for row in cells(sheet)] == list(sample.HOSTILE)
    assert all(cell.data_type == "s" for cell in sheet["A"][HEADER + 1 :])
    assert sheet["A5"].quotePrefix, "it stays text also when someone edits the cell"


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "http://a.b/c", "mailto:a@b.c", "007", "1e5", "TRUE"])
def test_text_stays_text(text):
    cell = sheet_of(sample.col("a", "甲", "A"), rows=[[text]])["A5"]
    assert (cell.value, cell.data_type, cell.hyperlink) == (text, "s", None)


TYPED = [  # kind, value, stored, format in zh, format in en
    ("int", 1234, 1234, "#,##0", "#,##0"),
    ("float", 1.25, 1.25, "#,##0.0", "#,##0.0"),
    ("ratio", 1.254, 1.254, "#,##0.00", "#,##0.00"),
    ("percent", 0.412, 0.412, "0.0%", "0.0%"),
    ("points", 0.08, 8, '+0.0" 个百分点";-0.0" 个百分点";0.0" 个百分点"', '+0.0" points";-0.0" points";0.0" points"'),
    ("money", 1182000.5, 1182000.5, '"¥"#,##0;-"¥"#,##0', '"CN¥"#,##0;-"CN¥"#,##0'),
    ("money_short", 1182000, 1182000, '"¥"#,##0;-"¥"#,##0', '"CN¥"#,##0;-"CN¥"#,##0'),
    ("price", 9.5, 9.5, '"¥"#,##0.00;-"¥"#,##0.00', '"CN¥"#,##0.00;-"CN¥"#,##0.00'),
    ("days", 12.5, 12.5, '#,##0.0" 天"', '#,##0.0" days"'),
    ("date", "2026-03-31", datetime(2026, 3, 31), 'yyyy"年"m"月"d"日"', "[$-809]d mmm yyyy"),
    ("week", "2026-03-30", datetime(2026, 3, 30), 'yyyy"年"m"月"d"日"', "[$-809]d mmm yyyy"),
    ("month", "2026-03", datetime(2026, 3, 1), 'yyyy"年"m"月"', "[$-809]mmm yyyy"),
    (
        "datetime",
        "2026-03-31T09:30:00",
        datetime(2026, 3, 31, 9, 30),
        'yyyy"年"m"月"d"日" hh:mm',
        "[$-809]d mmm yyyy hh:mm",
    ),
]


@pytest.mark.parametrize(("kind", "value", "stored", "zh", "en"), TYPED, ids=[row[0] for row in TYPED])
def test_numbers_and_dates_are_typed_with_the_format_of_the_language(kind, value, stored, zh, en):
    for language, wanted in (("zh", zh), ("en", en)):
        cell = sheet_of(sample.col("a", "甲", "A", kind), rows=[[value]], language=language)["A5"]
        assert cell.value == stored
        assert cell.number_format == wanted


WORDED = [
    ("status", "bad", "■ 未达标", "■ off track"),
    ("bool", True, "是", "yes"),
    ("local", {"zh": "甲店", "en": "Shop A"}, "甲店", "Shop A"),
    ("message", msg("common.base", n=12).to_json(), "n = 12", "n = 12"),
    ("list", [Value("percent", 0.5).to_json(), msg("common.yes").to_json()], "50.0%、是", "50.0%, yes"),
    ("date", "1850-01-01", "1850年1月1日", "1 Jan 1850"),
]


@pytest.mark.parametrize(("kind", "value", "zh", "en"), WORDED, ids=[row[0] for row in WORDED])
def test_other_kinds_are_the_words_of_the_language(kind, value, zh, en):
    for language, wanted in (("zh", zh), ("en", en)):
        assert sheet_of(sample.col("a", "甲", "A", kind), rows=[[value]], language=language)["A5"].value == wanted


def test_terms_are_translated():
    column = sample.col("a", "甲", "A", "term", prefix="class.")
    assert sheet_of(column, rows=[["core"]], language="zh")["A5"].value == "核心客户"


def test_what_is_not_known_is_empty():
    columns = [sample.col("a", "甲", "A", "float"), sample.col("b", "乙", "B"), sample.col("c", "丙", "C", "date")]
    rows = [[math.nan, None, None], [math.inf, "", ""], [-math.inf, " ", None], [None, "x", None]]
    assert cells(sheet_of(*columns, rows=rows)) == [[None] * 3, [None] * 3, [None] * 3, [None, "x", None]]


def test_every_figure_of_prose_findings_and_metrics_is_listed_as_written_and_as_number():
    rate = Value("percent", 0.412, base=1234, low=0.39, high=0.431, name="churn_rate.2026-03")
    lost = Value("money", 88000)
    nested = msg("common.local", text=Value("list", [msg("common.base", n=506), lost]))
    headline = msg("common.local", text=rate)
    shown = document(
        b.Heading(literal("Chapter one")),
        b.Findings([Finding(headline, nested)]),
        b.Metrics([b.Metric(literal("Rate"), rate, Value("points", -0.02, name="churn_change"), literal("on May"))]),
        b.Heading(literal("Two")),
        b.Text(nested),
        b.Text(literal("no figure")),
    )
    listed = cells(opened(render(shown)).worksheets[1])
    assert [row[0] for row in listed] == ["Chapter one"] * 5 + ["Two"] * 2
    assert listed[0][2:] == ["41.2%", "41.2%", 0.412, 0.39, 0.431, 1234]
    assert [row[4] for row in listed] == [0.412, 506, 88000, 0.412, -2, 506, 88000]
    assert not any("churn" in str(cell) for row in listed for cell in row), "names of ours are not for the client"
    for row in listed:
        assert row[3] in row[2] or row[1] == "Headline metric"


@pytest.mark.parametrize(
    ("id", "shown", "stored"), [("relative_down", "-7.2%", -0.072), ("relative_up", "+7.2%", 0.072)]
)
def test_a_sign_that_the_sentence_writes_is_the_figures(id, shown, stored):
    said = msg("common.local", text=msg(f"monitoring.{id}", value=Value("percent", 0.072)))
    listed = cells(opened(render(document(b.Text(said)))).worksheets[1])
    assert [(row[3], row[4]) for row in listed] == [(shown, stored)]


def test_a_rise_of_a_headline_metric_is_shown_with_its_sign():
    card = b.Metric(literal("Orders"), Value("int", 12), Value("int", 8))
    assert [row[3] for row in cells(opened(render(document(b.Metrics([card])))).worksheets[1])] == ["12", "+8"]


@pytest.mark.parametrize(
    ("wished", "name"),
    [
        ("Chart 3 Churn rate rose from 41.3% to 55%", "Chart 3 Churn rate rose from…"),
        (
            "图4 “折扣依赖”涉及年销售额最多的门店：US$61.6万，占 18.1%",
            "图4 “折扣依赖”涉及年销售额最多的门店：US$61.6万…",
        ),
        ("图4 “折扣依赖”涉及年销售额最多的两店客户：超 US$61.6万", "图4 “折扣依赖”涉及年销售额最多的两店客户：超…"),
        ("a" * 40, "a" * 30 + "…"),
    ],
)
def test_a_sheets_name_is_not_cut_within_a_number_or_a_word(wished, name):
    assert xlsx.sheet_names([wished]) == [name]


def test_the_header_has_the_height_of_its_lines_and_wide_sheets_print_on_several_pages():
    long = sample.col("a", "基线月份的数值与样本量", "Share of the months of the baseline that were counted", "int")
    row = sheet_of(long, rows=[[1]]).row_dimensions[HEADER + 1]
    assert row.height >= 3 * 13.5
    assert sheet_of(sample.col("a", "甲", "A"), rows=[["x"]]).row_dimensions[HEADER + 1].height < 2 * 13.5
    wide = sheet_of(*(sample.col(f"c{i}", "列", "Column") for i in range(12)), rows=[["x" * 50] * 12])
    assert (wide.page_setup.fitToWidth, wide.print_title_cols) == (3, "$A:$A")


def test_figures_that_no_sentence_says_are_not_listed():
    unsaid = msg("common.base", n=506, other=7)
    assert [row[4] for row in cells(opened(render(document(b.Text(unsaid)))).worksheets[1])] == [506]


def test_the_same_number_stands_in_prose_chart_and_workbook(whole):
    language, _, book = whole
    listed = cells(book.worksheets[1])
    said = catalogue(language)
    shown = [said.value(metric.value) for metric in sample.metrics(True).items if metric.value.value is not None]
    assert set(shown) <= {row[3] for row in listed}
    chart = sample.charts()[0]
    drawn = cells(next(sheet for sheet in book if sheet["A1"].value == said.text(chart.title)))
    assert [row[1] for row in drawn] == pytest.approx([row[1] for row in chart.rows], rel=1e-14)


def test_contents_name_the_document_its_facts_and_lead_to_each_sheet(whole):
    language, _, book = whole
    said, first = catalogue(language), book.worksheets[0]
    values = [cell.value for row in first.iter_rows() for cell in row]
    assert said.word("deliverable.diagnosis.1") in values
    assert datetime(2026, 3, 31) in values
    assert set(book.sheetnames[1:]) <= set(values)
    assert book.properties.title == said.word("deliverable.diagnosis.1")
    assert said.text(sample.cover().client) in book.properties.subject
    assert book.properties.created == datetime(2026, 3, 31)


def test_the_font_is_one_that_has_the_languages_letters(whole):
    language, _, book = whole
    font = {"zh": "Microsoft YaHei", "en": "Calibri"}[language]
    assert {cell.font.name for sheet in book for row in sheet.iter_rows() for cell in row if cell.value} == {font}


def test_a_brands_font_and_colour_are_taken():
    fonts = BRAND.fonts.model_copy(update={"sheet": "Brand Sans"})
    colours = BRAND.colours.model_copy(update={"accent": "#7a1fa2"})
    brand = BRAND.model_copy(update={"fonts": fonts, "colours": colours})
    data = xlsx.render(document(table(sample.col("a", "甲", "A"), rows=[["x"]])), catalogue("en"), brand)
    head = opened(data).worksheets[-1].cell(HEADER + 1, 1)
    assert (head.font.name, head.fill.fgColor.rgb) == ("Brand Sans", "FF7A1FA2")


def test_columns_are_as_wide_as_their_words_and_chinese_counts_twice():
    columns = [sample.col("a", "甲", "A"), sample.col("b", "乙", "B"), sample.col("c", "丙", "C")]
    widths = sheet_of(*columns, rows=[["客" * 12, "a" * 12, "x" * 500]]).column_dimensions
    assert widths["A"].width >= 24
    assert 12 <= widths["B"].width < 20
    assert widths["C"].width <= 62


def test_the_same_document_gives_the_same_bytes():
    assert render(sample.document()) == render(sample.document())


def test_a_cell_that_is_too_long_is_cut_and_says_so():
    cell = sheet_of(sample.col("a", "甲", "A"), rows=[["长" * 40_000]])["A5"].value
    assert len(cell) <= LONGEST
    assert cell.endswith(catalogue("en").text("report.xlsx.cut", n=40_000))


@given(st.text(st.sampled_from("a长😀"), min_size=1, max_size=9), st.integers(16_000, 40_000))
@settings(max_examples=20)
def test_cut_text_fits_excel_and_begins_as_it_was(part, times):
    text = (part * times)[: 3 * LONGEST]
    found = fitting(text, lambda n: "[cut]")
    assert len(found.encode("utf-16-le")) // 2 <= LONGEST
    assert text.startswith(found.removesuffix("[cut]"))


def test_more_rows_than_a_sheet_holds_go_on_in_further_sheets():
    long = table(sample.col("n", "数", "N", "int"), rows=[[i] for i in range(25)])
    book = opened(render(document(long), most_rows=10))
    parts = book.worksheets[2:]
    assert [row[0] for sheet in parts for row in cells(sheet)] == list(range(25))
    assert [sheet["A2"].value for sheet in parts] == [
        catalogue("en").text("report.xlsx.part", n=i, total=3) for i in (1, 2, 3)
    ]


def test_an_empty_table_has_its_header():
    sheet = sheet_of(sample.col("a", "甲", "A"), rows=[])
    assert sheet.cell(HEADER + 1, 1).value == "A"
    assert cells(sheet) in ([], [[None]])


def test_reference_lines_of_a_chart_are_told():
    chart = sample.charts()[0]
    remark = opened(render(document(replace(chart, rows=())))).worksheets[-1]["A2"].value
    assert "15.0%" in remark
    assert "Dec 2025" in remark


@given(st.lists(st.text(max_size=50), max_size=8))
def test_any_titles_give_legal_names_no_two_alike(titles):
    names = sheet_names(titles, taken=["Contents"])
    assert len({name.lower() for name in [*names, "Contents", "History"]}) == len(titles) + 2
    for name in names:
        assert 0 < len(name.encode("utf-16-le")) // 2 <= NAME_LENGTH
        assert not re.search(r"[\[\]:*?/\\]", name)
        assert name[0] != "'"
        assert name[-1] != "'"


@settings(max_examples=25)
@given(st.lists(st.text(max_size=40), min_size=1, max_size=4))
def test_any_text_gives_a_workbook_that_opens(texts):
    column = sample.col("a", "甲", "A")
    title = local({"en": texts[0], "zh": texts[0]})
    book = opened(render(document(b.Table("t.any", title, [column], [[text] for text in texts]))))
    for i, text in enumerate(texts):
        cell = book.worksheets[-1].cell(HEADER + 2 + i, 1)
        assert cell.data_type in ("s", "n")
        assert (cell.value is None) == (not text.strip())


def said_of(share: float | None) -> dict:
    value = Value("percent", share, base=120, low=0.4, high=0.5)
    return msg("diagnosis.check.value", value=value).to_json() if share is not None else msg("diagnosis.none").to_json()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_numbers_in_words_are_numbers_with_the_words_beside_them(language):
    column, after = sample.col("a", "基线", "Baseline", "message"), sample.col("n", "数", "N", "int")
    sheet = sheet_of(column, after, rows=[[said_of(0.451), 1], [said_of(None), 2]], language=language)
    said = catalogue(language)
    label = said.text(column.label)
    assert [cell.value for cell in sheet[HEADER + 1]] == [
        label,
        said.text("report.xlsx.in_words", column=label),
        said.text(after.label),
    ]
    words = said.format("message", said_of(0.451))
    assert cells(sheet) == [[0.451, words, 1], [None, said.word("diagnosis.none"), 2]]
    assert sheet.cell(HEADER + 2, 1).number_format == "0.0%"


def test_bare_numbers_need_no_words_beside_them_and_a_sign_counts():
    rows = [[msg("monitoring.relative_down", value=Value("percent", -0.087)).to_json()]]
    assert cells(sheet_of(sample.col("a", "甲", "A", "message"), rows=rows)) == [[pytest.approx(-0.087)]]


def test_sentences_with_numbers_in_them_stay_sentences():
    ends = {"first": Value("percent", 0.1), "last": Value("percent", 0.2)}
    rows = [[msg("diagnosis.span", **ends).to_json()], [said_of(0.451)]]
    sheet = sheet_of(sample.col("a", "甲", "A", "message"), rows=rows)
    assert [row[0] for row in cells(sheet)] == [catalogue("en").format("message", row[0]) for row in rows]


def test_a_row_is_as_high_as_its_wrapped_words():
    column = sample.col("a", "甲", "A")
    sheet = sheet_of(column, rows=[["short"], ["words " * 60], ["长" * 5000]])
    heights = [sheet.row_dimensions[HEADER + 2 + i].height for i in range(3)]
    assert heights[0] is None
    assert 5 * 13 < heights[1] < 9 * 13
    assert heights[2] == pytest.approx(409, abs=0.5)


def test_whole_days_have_no_fraction():
    sheet = sheet_of(sample.col("d", "天", "Days", "days"), rows=[[90], [1.5]])
    assert [sheet.cell(HEADER + 2 + i, 1).number_format for i in range(2)] == [
        '[=1]0" day";#,##0" days"',
        '#,##0.0" days"',
    ]
