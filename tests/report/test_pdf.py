"""The PDF: standards, structure, words, figures, and what data may do to it."""

import base64
import io
import re
from dataclasses import replace
from itertools import pairwise

import pikepdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_lib.errors import Defect
from crm_lib.language import Catalogue, Finding, Message, Value, catalogue, literal, msg
from crm_lib.report import blocks as b
from crm_lib.report import pdf
from crm_lib.report._typst_pictures import printed_width
from crm_lib.report.brand import load_brand
from crm_lib.report.charts import is_empty
from crm_lib.report.render import draw_charts
from tests.report import sample
from tests.report.poppler import pages

BRAND = load_brand()
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="360pt" height="200pt" viewBox="0 0 360 200"><path d="M0 0H9"/></svg>'


def document(*parts: b.Block) -> b.Document:
    return b.Document(sample.cover(), parts)


def render(shown: b.Document, language: str = "en", brand=BRAND) -> bytes:
    charts = {block.id: SVG for block in shown.blocks if isinstance(block, b.Chart)}
    return pdf.render(shown, catalogue(language), brand, charts)


def words(*parts: b.Block, language: str = "en") -> str:
    """Text of a document of these blocks, its spaces and line breaks made single spaces."""
    return " ".join("".join(pages(render(document(*parts), language))).split())


@pytest.fixture(scope="module", params=["zh", "en"])
def whole(request) -> tuple[str, bytes]:
    shown, said = sample.document(), catalogue(request.param)
    return request.param, pdf.render(shown, said, BRAND, draw_charts(shown, said, BRAND))


def elements(opened: pikepdf.Pdf) -> list[pikepdf.Dictionary]:
    """Every structure element, in reading order."""
    found, todo = [], [opened.Root.StructTreeRoot]
    while todo:
        node = todo.pop()
        if isinstance(node, pikepdf.Array):
            todo += reversed(list(node))
        elif isinstance(node, pikepdf.Dictionary) and "/K" in node:
            found.append(node)
            todo.append(node.K)
    return found


def kinds(opened: pikepdf.Pdf) -> list[str]:
    return [str(node.S) for node in elements(opened) if "/S" in node]


def test_it_declares_both_standards_its_language_and_its_title(whole):
    language, data = whole
    with pikepdf.open(io.BytesIO(data)) as opened, opened.open_metadata() as xmp:
        assert (xmp["pdfuaid:part"], xmp["pdfaid:part"], xmp["pdfaid:conformance"]) == ("1", "2", "A")
        assert opened.Root.MarkInfo.Marked
        assert str(opened.Root.Lang) == {"zh": "zh-CN", "en": "en-GB"}[language]
        assert opened.Root.ViewerPreferences.DisplayDocTitle
        assert xmp["dc:title"] == catalogue(language).word("deliverable.diagnosis.1")


def test_chapters_are_bookmarks_and_heading_levels_never_skip(whole):
    language, data = whole
    said = catalogue(language)
    with pikepdf.open(io.BytesIO(data)) as opened:
        with opened.open_outline() as outline:
            chapters = [str(item.title) for item in outline.root]
        wanted = [said.text(x.text) for x in sample.document().blocks if isinstance(x, b.Heading) and x.level == 1]
        assert chapters == wanted
        levels = [int(kind[2]) for kind in kinds(opened) if kind[:2] == "/H" and kind[2:].isdigit()]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_tables_lists_and_figures_are_tagged_and_every_figure_has_words(whole):
    _, data = whole
    with pikepdf.open(io.BytesIO(data)) as opened:
        found = kinds(opened)
        assert {"/Table", "/TH", "/TD", "/THead", "/L", "/LI", "/TOC", "/Caption"} <= set(found)
        figures = [node for node in elements(opened) if node.get("/S") == "/Figure"]
        charts = [x for x in sample.document().blocks if isinstance(x, (b.Chart, b.Image))]
        charts = [x for x in charts if isinstance(x, b.Image) or not is_empty(x)]
        assert len(figures) == len(charts)
        assert all(len(str(node.Alt)) > 10 for node in figures)


def test_cover_contents_heads_and_feet(whole):
    language, data = whole
    said, shown = catalogue(language), pages(data)
    assert "".join(said.word("deliverable.diagnosis.1").split()) in "".join(shown[0].split())
    assert said.text(sample.cover().client) in shown[0]
    assert said.word("report.contents") in shown[1]
    for number, page in enumerate(shown[1:], 2):
        foot = said.text("report.pdf.page", page=number, pages=len(shown)).replace(" ", "")
        assert foot in page.replace(" ", "")
        assert said.text(sample.cover().client) in page
    assert 8 <= len(shown) <= 24


def test_figures_stand_in_it_as_the_catalogue_writes_them(whole):
    language, data = whole
    said = catalogue(language)
    text = "".join("".join(pages(data)).split())
    for metric in sample.metrics(headline=True).items:
        assert "".join(said.value(metric.value).split()) in text
    for finding in sample.findings(summary=True).items:
        assert "".join(said.text(finding.headline).split()) in text


def test_same_document_same_bytes_and_its_date_is_the_documents():
    first, second = (render(document(b.Heading(literal("One")), sample.kpi_table())) for _ in range(2))
    assert first == second
    with pikepdf.open(io.BytesIO(first)) as opened:
        assert str(opened.docinfo.CreationDate).startswith("D:20260331")


def test_a_document_of_nothing_but_a_cover():
    assert len(pages(render(document()))) == 1


def test_a_long_table_repeats_its_header_on_every_page_and_keeps_all_rows():
    columns = [sample.col("name", "姓名", "Name of row"), sample.col("n", "数量", "Count", "int")]
    rows = [[f"row {i}", i * 1000] for i in range(300)]
    table = b.Table("t.long", literal("Long"), columns, rows, show=300)
    shown = pages(render(document(b.Heading(literal("One")), table)))[1:]
    assert len(shown) > 4
    assert all("Name of row" in page for page in shown)
    text = "".join(shown)
    assert all(f"row {i} " in text and f"{i * 1000:,}" in text for i in range(300))


def test_only_the_first_rows_are_printed_and_the_rest_is_counted():
    columns = [sample.col("n", "数量", "Count", "int")]
    text = words(b.Table("t.cut", literal("Cut"), columns, [[1000 + i] for i in range(60)], show=40))
    assert "1,039" in text
    assert "1,040" not in text
    assert catalogue("en").text("report.table.more", n=20) in text


def test_a_wide_table_turns_the_page_and_what_follows_stands_upright():
    sentence = "Each of these sentences is long enough to need a good deal of room in its column. " * 2
    columns = [sample.col(f"c{i}", f"列{i}", f"Column {i}") for i in range(10)]
    wide = b.Table("t.wide", literal("Wide"), columns, [[sentence] * 10] * 6)
    data = render(document(b.Heading(literal("One")), wide, b.Heading(literal("Two")), b.Text(literal("Upright."))))
    with pikepdf.open(io.BytesIO(data)) as opened:
        boxes = [page.mediabox for page in opened.pages]
    turned = [float(box[2]) > float(box[3]) for box in boxes]
    assert turned == [False, False, *[True] * (len(turned) - 3), False]
    assert any(turned)
    assert "One" in pages(data)[2]


def test_hidden_columns_stay_out_and_intervals_stand_under_their_value():
    columns = [
        sample.col("name", "名", "Name"),
        sample.col("rate", "率", "Rate", "percent", low="low", high="high"),
        sample.col("low", "下", "Least", "percent", hidden=True),
        sample.col("high", "上", "Most", "percent", hidden=True),
    ]
    text = words(b.Table("t.interval", literal("T"), columns, [["a", 0.412, 0.39, 0.431], ["b", 0.2, None, None]]))
    assert "41.2%" in text
    assert "39.0% to 43.1%" in text
    assert "Least" not in text


def test_an_interval_said_in_a_cell_stands_small_at_its_end_or_in_brackets_within():
    rate = Value("percent", 0.412, base=1234, low=0.39, high=0.431)
    said = Catalogue("en", {"x.full": "{rate:full}", "x.more": "now {rate:full} of all"} | _english())
    columns = [sample.col("full", "甲", "A", "message"), sample.col("more", "乙", "B", "message")]
    row = [msg("x.full", rate=rate).to_json(), msg("x.more", rate=rate).to_json()]
    data = pdf.render(document(b.Table("t.said", literal("T"), columns, [row])), said, BRAND, {})
    text = "".join(pages(data))
    assert re.search(r"41\.2% +now 41\.2% \(39\.0% to 43\.1%; n = 1,234\) of all", text)
    assert re.search(r"\n +39\.0% to 43\.1%; n = 1,234\n", text)
    assert catalogue("en").word("report.pdf.intervals") in text


def _english() -> dict[str, str]:
    return {id: catalogue("en").word(id) for id in catalogue("en").ids}


def test_an_empty_table_says_so():
    columns = [sample.col("n", "数量", "Count", "int")]
    assert catalogue("en").word("report.table.empty") in words(b.Table("t.none", literal("None here"), columns, []))


def test_columns_that_no_page_can_hold_are_counted_and_those_printed_can_be_read():
    columns = [sample.col(f"c{i}", f"列{i}", f"Column {i}") for i in range(70)]
    text = words(b.Table("t.many", literal("Many"), columns, [[f"v{i}x" for i in range(70)]]))
    printed = [i for i in range(70) if f"v{i}x" in text]
    assert printed == list(range(len(printed)))
    assert 12 < len(printed) < 70
    assert catalogue("en").text("report.pdf.more_columns", n=70 - len(printed)) in text


def test_a_table_of_hidden_columns_only_and_one_without_columns():
    hidden = b.Table("t.hidden", literal("Hidden"), [sample.col("a", "甲", "A", hidden=True)], [["x"], ["y"]])
    assert "Hidden" in words(hidden, b.Table("t.none", literal("None"), [], []))


def test_words_that_need_more_than_a_page_go_on_over_the_next():
    long = literal("Many words are said here. " * 400)
    blocks = [b.Callout(long, "watch"), b.Findings([Finding(long, long, long)])]
    blocks += [b.Definitions([b.Definition(literal("Term"), long)])]
    assert words(*blocks).count("Many") == 2000


def test_a_picture_is_never_higher_than_its_page():
    tall = SVG.replace("0 0 360 200", "0 0 360 2000")
    chart = sample.charts()[6]
    data = pdf.render(document(chart), catalogue("en"), BRAND, {chart.id: tall})
    assert len(pages(data)) == 2
    assert printed_width(400, 300, 100) == 400
    assert printed_width(400, 300, 3000) == 60


def test_the_running_head_names_the_chapter_that_the_page_begins_in():
    long = [b.Text(literal("So it goes on and on. " * 60)) for _ in range(5)]
    shown = document(b.Heading(literal("First chapter")), *long, b.Heading(literal("Second chapter")), *long)
    heads = [" ".join(page.split())[:60] for page in pages(render(shown))[1:]]
    found = ["First" if "First" in head else "Second" for head in heads]
    assert found == sorted(found)
    assert {"First", "Second"} <= set(found)
    begins = next(i for i, page in enumerate(pages(render(shown))[2:], 2) if "Second chapter" in page)
    assert "First chapter" in pages(render(shown))[begins][:200], "the second begins further down"


@pytest.mark.parametrize("tone", ["info", "good", "watch", "bad"])
def test_a_callout_has_a_shape_and_a_title_besides_its_colour(tone):
    word = catalogue("zh").word(f"report.tone.{tone}")
    for title in (literal("Decide"), None):
        text = words(b.Callout(literal("Mind this."), tone, title), language="zh")
        assert any(shape in text for shape in "◆●▲■")
        assert "Decide" in text if title else word in text
        assert not (title and tone == "good" and word in text), "as on the page"
        assert "Mind this." in text


def test_a_finding_says_what_why_and_what_to_do_with_its_severity():
    text = words(sample.findings(summary=True))
    said = catalogue("en")
    first = sample.findings(summary=True).items[0]
    parts = [said.text(part) for part in (first.headline, first.evidence, first.action)]
    labels = [said.word("report.finding.why"), said.word("report.finding.do"), "■ Severity: high"]
    assert all(part in text for part in parts + labels)


def test_a_metric_shows_interval_base_change_and_status():
    value = Value("percent", 0.412, base=1234, low=0.39, high=0.431)
    metric = b.Metric(literal("Rate"), value, Value("points", -0.049), literal("on last month"), "bad")
    text = words(b.Metrics([metric]))
    assert all(part in text for part in ("41.2%", "39.0% to 43.1%", "n = 1,234", "-4.9 points", "on last month"))
    assert "■ off track" in text


def test_an_analysts_markdown_keeps_its_parts():
    source = "# Chapter\n\nSome **bold** `code`, [a link](http://a.b).\n\n### Deep\n\n1. one\n2. two\n   - inner\n\n"
    source += "> said\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```\nx = 1\n```\n\n<script>alert(1)</script>\n"
    data = render(document(b.Markdown(source)))
    text = " ".join("".join(pages(data)).split())
    for part in (
        "Some bold code, a link (http://a.b).",
        "1. one",
        "inner",
        "said",
        "x = 1",
        "<script>alert(1)</script>",
    ):
        assert part in text
    with pikepdf.open(io.BytesIO(data)) as opened, opened.open_outline() as outline:
        assert [(str(item.title), [str(child.title) for child in item.children]) for item in outline.root] == [
            ("Chapter", ["Deep"])
        ]


def test_a_heading_of_a_table_ends_in_no_line_of_one_chinese_character():
    columns = [sample.col("n", "数量", "Count", "int")]
    tables = [b.Table(f"t.n{n}", literal("变" * n + "化"), columns, [[1]]) for n in range(40, 56)]
    lines = "".join(pages(render(document(*tables), "zh"))).split()
    assert "变化" in lines  # some titles take two lines
    assert "化" not in lines


def test_chinese_lines_of_a_source_join_without_a_space():
    assert "第一行第二行" in words(b.Markdown("第一行\n第二行"), language="zh")
    assert "one two" in words(b.Markdown("one\ntwo"))


def test_pictures_and_text_output():
    good, bad = b.Image(sample.png(), "A gradient"), b.Image("bm90IGEgcG5n", "Not a picture")
    data = render(document(good, bad, b.Preformatted("a   1\nb  22")))
    with pikepdf.open(io.BytesIO(data)) as opened:
        assert [str(node.Alt) for node in elements(opened) if node.get("/S") == "/Figure"] == ["A gradient"]
    text = "".join(pages(data))
    assert "[Not a picture]" in text
    assert re.search(r"a {2,}1\n *b {1,}22\n", text)


@pytest.mark.parametrize("kept", [40, 200])
def test_a_damaged_picture_does_not_stop_the_document(kept):
    data = base64.b64decode(sample.png())[:kept]
    text = words(b.Image(base64.b64encode(data).decode(), "Damaged"), b.Text(literal("goes on")))
    assert "goes on" in text


def test_a_wide_grid_inside_a_list_stays_on_its_page():
    row = "|" + " some words here |" * 14
    source = "- item\n\n" + "\n".join("  " + line for line in (row, "|" + "---|" * 14, row))
    data = render(document(b.Markdown(source)))
    with pikepdf.open(io.BytesIO(data)) as opened:
        assert [float(page.mediabox[2]) < float(page.mediabox[3]) for page in opened.pages] == [True, True]
        assert kinds(opened).count("/Table") == 1


ODD = [
    *sample.HOSTILE,
    "\x07bell\x00",
    "a\u200bb",
    "\ue000private",
    "𠮷野家",
    "小美🌸👨\u200d👩",
    "Žižek 한국 я",
    "\ud800",
]


@pytest.mark.parametrize("odd", ODD, ids=range(len(ODD)))
def test_odd_data_come_out_as_text_wherever_they_stand(odd):
    column, message = sample.col("name", "名", "Name"), msg("common.local", text=Value("text", odd))
    blocks = [
        b.Heading(message),
        b.Text(message),
        b.Bullets([message]),
        b.Callout(message, "watch", message),
        b.Table("t.odd", message, [column, sample.col("m", "句", "M", "message")], [[odd, message.to_json()]]),
        replace(sample.charts()[6], title=message, note=message),
        b.Definitions([b.Definition(message, message)]),
        b.Markdown(odd),
        b.Preformatted(odd),
    ]
    cover = replace(sample.cover(), client=message, facts=[(message, Value("text", odd))])
    assert render(b.Document(cover, tuple(blocks)), "zh").startswith(b"%PDF")


def test_markup_of_typst_html_and_spreadsheets_is_only_text():
    columns = [sample.col("name", "名", "Name")]
    odd = ["=cmd|' /C calc'!A0", "<script>alert(1)</script>", "{{7*7}}", "#[set page](x) *bold* $x$ \\ @ref", "小美🌸"]
    text = words(b.Table("t.odd", literal("T"), columns, [[name] for name in odd]))
    assert all(name in text for name in odd[:4])
    assert "小美□" in text
    assert catalogue("en").word("report.pdf.substitute") in text


@settings(max_examples=25)
@given(st.text(max_size=60))
def test_no_text_whatever_stops_the_document(odd):
    columns = [sample.col("name", "名", "Name")]
    assert render(document(b.Text(literal(odd)), b.Table("t.any", literal(odd), columns, [[odd]])))


def test_a_cell_of_500_characters_is_cut_and_fits_the_page():
    columns = [sample.col("name", "名", "Name"), sample.col("n", "数", "N", "int")]
    text = words(b.Table("t.long", literal("T"), columns, [["x" * 500, 123456789], ["长" * 500, 2]]))
    assert "…" in text
    assert "123,456,789" in text
    assert "x" * 30 in text.replace("\u200b", "")
    assert catalogue("en").word("report.pdf.clipped") in text


class _Spoilt(Catalogue):
    def word(self, id: str) -> str:
        return "\ue123" if id == "report.contents" else super().word(id)


def test_a_missing_glyph_in_our_own_words_fails():
    spoilt = _Spoilt("en", _english())
    with pytest.raises(Defect, match="could not be displayed"):
        pdf.render(document(b.Heading(literal("One"))), spoilt, BRAND, {})


def test_the_brand_gives_name_colours_logo_and_font(tmp_path):
    plain = document(b.Heading(literal("One")), b.Text(Message("common.local", {"text": Value("text", "Żółw")})))
    logo = tmp_path / "logo.svg"
    logo.write_text(SVG)
    colours = BRAND.colours.model_copy(update={"accent": "#7a1fa2"})
    fonts = BRAND.fonts.model_copy(update={"print": ("DejaVu Sans",)})
    brand = BRAND.model_copy(update={"name": "Ours & Co", "logo": logo, "colours": colours, "fonts": fonts})
    data = render(plain, brand=brand)
    assert "Ours & Co" in pages(data)[1]
    with pikepdf.open(io.BytesIO(data)) as opened:
        assert [str(node.Alt) for node in elements(opened) if node.get("/S") == "/Figure"] == ["Ours & Co"]
        used = {str(font.BaseFont) for page in opened.pages for font in page.Resources.Font.values()}
    assert any("DejaVuSans" in name for name in used)
    assert data != render(plain)
