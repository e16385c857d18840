import itertools
import re
from dataclasses import replace

import pytest

from crm_lib.language import Finding, Value, catalogue, literal, msg
from crm_lib.report import _typst_blocks
from crm_lib.report import blocks as b
from crm_lib.report._typst_words import Printer
from crm_lib.report.brand import load_brand
from crm_lib.report.charts import is_empty
from crm_lib.report.html import render
from crm_lib.report.render import draw_charts, render_all
from crm_lib.report.views import Views, card_heads, table_view
from tests.report import sample
from tests.report.page import Node, parse

BRAND = load_brand()
LOADS = {
    "img": "src",
    "script": "src",
    "link": "href",
    "iframe": "src",
    "object": "data",
    "source": "src",
    "use": "href",
}


@pytest.fixture(scope="module", params=["zh", "en"])
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def html(language: str) -> str:
    return render(sample.document(), catalogue(language), BRAND)


@pytest.fixture(scope="module")
def tree(html: str) -> Node:
    return parse(html)


def page_of(*blocks: b.Block) -> Node:
    return parse(render(b.Document(sample.cover(), blocks), catalogue("en"), BRAND))


def test_language_and_title_are_said(tree, language):
    root = next(tree.all("html"))
    assert root.attrs["lang"] == {"zh": "zh-Hans", "en": "en"}[language]
    assert next(tree.all("title")).text.strip()


def test_headings_go_down_one_level_at_a_time_from_one_first(tree):
    levels = [int(node.tag[1]) for node in tree.all("h1", "h2", "h3", "h4", "h5", "h6")]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


def test_landmarks_and_a_way_to_skip(tree):
    for tag in ("header", "nav", "main", "footer"):
        assert len(list(tree.all(tag))) == 1, tag
    first = next(tree.all("a"))
    assert first.attrs["href"] == "#main"
    assert next(tree.all("main")).attrs["id"] == "main"
    assert next(tree.all("nav")).attrs["aria-label"]


def test_contents_lead_to_every_chapter(tree):
    targets = {node.attrs["id"] for node in tree.all("h2", "h3")}
    links = [node.attrs["href"].lstrip("#") for node in next(tree.all("nav")).all("a")]
    assert targets == set(links)
    assert len(links) == len(set(links))


def test_ids_are_unique(tree):
    ids = [node.attrs["id"] for node in tree.all() if "id" in node.attrs]
    assert len(ids) == len(set(ids))


def test_pictures_have_words(tree):
    for node in tree.all("img"):
        assert node.attrs["alt"].strip()
    pictures = list(tree.all("svg"))
    assert len(pictures) == sum(not is_empty(chart) for chart in sample.charts())
    for node in pictures:
        assert node.attrs["role"] == "img"
        assert len(node.attrs["aria-label"]) > 20


def test_every_figure_has_its_conclusion_and_its_data(tree):
    for figure in tree.all("figure"):
        if next(figure.all("svg"), None):
            assert next(figure.all("figcaption")).text.strip()
            assert list(figure.all("details"))
            assert list(figure.all("table"))


@pytest.mark.parametrize("kind", ["table", "chart"])
def test_where_there_are_no_data_a_sentence_stands(kind):
    columns = [sample.col("a", "甲", "A"), sample.col("n", "数", "N", "int")]
    empty = (
        b.Table("t.none", literal("Overdue tasks"), columns, [])
        if kind == "table"
        else b.Chart(
            "t.none", "bar", literal("Overdue tasks"), columns, [["x", None]], "a", ["n"], literal(""), literal("")
        )
    )
    tree = parse(render(b.Document(sample.cover(), [empty]), catalogue("en"), BRAND))
    assert not list(tree.all("figure"))
    assert not list(tree.all("table"))
    assert not list(tree.all("svg"))
    (said,) = [node for node in tree.all("p") if node.attrs.get("id") == "t-none"]
    assert " ".join(said.text.split()) == f"Overdue tasks {catalogue('en').word(f'report.{kind}.empty')}"


def test_nothing_is_loaded_from_anywhere(html, tree):
    for node in tree.all():
        for tag, attribute in LOADS.items():
            if node.tag == tag and attribute in node.attrs:
                assert node.attrs[attribute].startswith(("data:", "#")), node
        assert not [name for name in node.attrs if name.startswith("on")], node
    style = "".join(node.text for node in tree.all("style"))
    assert "url(" not in style
    assert "@import" not in style
    assert all(
        address.startswith("http://www.w3.org/")
        for address in re.findall(r'https?://[^"\s<]+', html.replace("https://example.com", ""))
    )


def test_the_policy_allows_our_script_only(tree):
    policy = next(
        node.attrs["content"] for node in tree.all("meta") if "Content-Security-Policy" in node.attrs.values()
    )
    assert policy.startswith("default-src 'none'")
    assert "script-src 'sha256-" in policy
    assert "unsafe-inline" not in policy.split("script-src")[1]
    assert len(list(tree.all("script"))) == 1


def test_hostile_words_come_out_as_text(tree):
    cells = {node.text for node in tree.all("bdi")}
    for name in sample.HOSTILE:
        assert name in cells or name.strip() in cells, name[:40]
    assert not [node for node in tree.all("img") if node.attrs.get("src") == "x"]


@pytest.mark.parametrize("name", sample.HOSTILE)
def test_hostile_words_in_every_kind_of_block(name):
    said = literal(name)
    columns = [b.Column("c", said)]
    tree = page_of(
        b.Heading(said), b.Text(said), b.Bullets([said]), b.Callout(said, "bad", said), b.Preformatted(name),
        b.Findings([sample.Finding(said, said, said)]), b.Table("t.t", said, columns, [[name]], note=said),
        b.Definitions([b.Definition(said, said)]), b.Markdown(name), b.Image(sample.png(), name),
        b.Metrics([b.Metric(said, sample.Value("text", name), None, said)]),
        b.Chart("t.c", "bar", said, [*columns, b.Column("n", said, "int")], [[name, 1]], "c", ["n"], said, said),
    )  # fmt: skip
    assert len(list(tree.all("script"))) == 1
    assert not [node for node in tree.all() if any(key.startswith("on") for key in node.attrs)]
    assert [node.text for node in tree.all("pre")] == [name]


def test_directions_of_the_data_stay_inside_their_words():
    sentence = msg("report.footer", brand="\u202eevil", client="c", date="d")
    assert "\u2068\u202eevil\u2069" in next(page_of(b.Text(sentence)).all("main")).text


def test_wide_tables_scroll_in_a_frame_that_the_keyboard_reaches(tree):
    for table in tree.all("table"):
        holders = [node for node in tree.all("div") if table in node.children]
        frame = holders[0].attrs if holders else {}
        if frame.get("class") == "markdown":
            continue
        assert frame["tabindex"] == "0"
        assert frame["role"] == "region"
        assert frame["aria-label"].strip()


def test_tables_sort_by_typed_keys(tree):
    table = next(node for node in tree.all("div") if node.attrs.get("id") == "sample-kpi")
    assert len(list(next(table.all("thead")).all("button"))) == 10, "hidden columns are in the workbook only"
    row = list(table.all("tr"))[2]
    assert next(row.all("th")).attrs["scope"] == "row"
    assert [node.attrs.get("data-key") for node in row.all("td")][1:8] == [
        "0.20333333333333334", "0.35", "-0.02", "120000.0", "1", "2026-03-31", "2026-02"
    ]  # fmt: skip


def test_a_change_of_money_keeps_its_sign_and_copies_as_it_is():
    """'-' and 'CN¥279.47' stood on two lines: browsers break between a hyphen and what is no digit."""
    change = b.Column("c", literal("Change"), "message")
    page = page_of(
        b.Table("t", literal("T"), [change], [[literal("-CN¥279.47").to_json()], [literal("a-b").to_json()]])
    )
    cells = [(cell.text, "whole" in cell.attrs.get("class", "")) for cell in page.all("bdi") if "-" in cell.text]
    assert cells == [("-CN¥279.47", True), ("a-b", False)]


def test_rows_left_out_are_counted(tree, language):
    table = next(node for node in tree.all("div") if node.attrs.get("id") == "sample-kpi")
    assert len(list(table.all("tr"))) == 41
    assert catalogue(language).text("report.table.more", n=17) in table.text.replace("\u00a0", " ")


def test_a_status_has_a_shape_and_a_word(tree, language):
    words = catalogue(language)
    found = {node.text for node in tree.all("span") if "status" in node.attrs.get("class", "").split()}
    assert found == {words.format("status", name).replace(" ", "", 1) for name in ("good", "watch", "bad", "unknown")}


def test_words_that_begin_with_a_shape_have_its_colour():
    column = b.Column("state", literal("State"), "message")
    rows = [
        [msg("monitoring.task.overdue").to_json()],
        [msg("monitoring.task.partly").to_json()],
        [literal("■").to_json()],
    ]
    found = page_of(b.Table("t.x", literal("T"), [column], rows)).all("span")
    shown = [node.attrs["class"] for node in found if "status" in node.attrs.get("class", "").split()]
    assert shown == ["status bad", "status watch"]


def test_a_long_name_of_a_file_may_break_at_its_joints_only_and_stays_text():
    column = b.Column("file", literal("File"), "text")
    rows = [["campaign_members_2026.csv"], ["short_name.csv"], ["<b>_households_and_members</b>"]]
    page = render(b.Document(sample.cover(), [b.Table("t.x", literal("T"), [column], rows)]), catalogue("en"), BRAND)
    assert "campaign_<wbr>members_<wbr>2026.<wbr>csv" in page
    assert ">short_name.csv<" in page
    assert "&lt;b&gt;_<wbr>households_<wbr>and_<wbr>members&lt;/<wbr>b&gt;" in page


def test_print_keeps_dates_whole_and_a_colon_with_what_follows():
    columns = [b.Column("month", literal("Month"), "month"), b.Column("name", literal("Name"), "text")]
    table = b.Table("t.x", literal("T"), columns, [["2026-03", "a"]])
    found = page_of(b.Text(literal("To be noted:")), b.Text(literal("Nothing else.")), table)
    assert [node.text for node in found.all("p") if node.attrs.get("class") == "leads"] == ["To be noted:"]
    assert [node.text for node in found.all("th") if node.attrs.get("class") == "t"] == ["Month", "Mar 2026"]


def test_markdown_of_the_analyst_fits_in_and_can_do_nothing():
    source = (
        "# Own chapter\n\n#### deep\n\n<script>alert(1)</script><b onclick=x>b</b>\n\n[bad](javascript:alert(1)) "
        "![pixel](https://example.com/p.png) [good](https://example.com)"
    )
    main = next(page_of(b.Markdown(source)).all("main"))
    assert [(node.tag, node.text) for node in main.all("h2", "h3", "h4")] == [("h2", "Own chapter"), ("h3", "deep")]
    assert [node.attrs["href"] for node in main.all("a")] == ["https://example.com/p.png", "https://example.com"]
    assert not list(main.all("img", "script", "b"))


def test_the_same_document_is_the_same_bytes_with_charts_given_or_drawn():
    document, words = sample.document(), catalogue("en")
    assert render(document, words, BRAND) == render(document, words, BRAND, draw_charts(document, words, BRAND))


def test_a_brand_changes_the_page_and_its_charts(tmp_path):
    logo = tmp_path / "logo.svg"
    logo.write_text('<svg xmlns="http://www.w3.org/2000/svg"/>')
    brand = BRAND.model_copy(
        update={"name": "Other & Co", "logo": logo, "colours": BRAND.colours.model_copy(update={"accent": "#5b2a86"})}
    )
    html = render_all(sample.document(), "en", ["html"], brand)["html"].decode()
    assert "#5b2a86" in html
    assert "Other &amp; Co" in html
    assert "data:image/svg+xml;base64," in html
    assert "var(--accent)" in html


def test_an_empty_document_is_a_page():
    assert not list(page_of().all("h2"))


def test_the_input_stays_as_it_was():
    document = sample.document()
    before = document.to_json()
    render(document, catalogue("en"), BRAND)
    assert document.to_json() == before


def test_a_document_survives_the_notebook(language):
    document = sample.document()
    again = b.Document.from_json(document.to_json())
    assert render(again, catalogue(language), BRAND) == render(document, catalogue(language), BRAND)


def test_headings_never_jump():
    tree = page_of(b.Heading(literal("deep first"), 2), b.Heading(literal("chapter")), b.Heading(literal("section"), 2))
    assert [node.tag for node in tree.all("h2", "h3", "h4")] == ["h2", "h2", "h3"]


def test_a_long_metric_is_set_smaller():
    item = b.Metric(literal("m"), sample.Value("text", "a very long value"))
    tree = page_of(b.Metrics([item, replace(item, value=sample.Value("int", 3))]))
    sizes = [node.attrs["class"] for node in tree.all("p") if node.attrs.get("class", "").startswith("value")]
    assert sizes == ["value long words", "value"], "words may break, a number stays whole"


def test_the_client_stands_once_at_the_top_and_a_base_stays_whole(language):
    words = catalogue(language)
    value = b.Metric(literal("Rate"), Value("percent", 0.4, base=1234))
    cover = sample.cover()
    page = render(
        b.Document(cover, [b.Metrics([value]), b.Text(msg("diagnosis.check.value", value=value.value))]), words, BRAND
    )
    (head,) = parse(page).all("header")
    assert head.text.count(words.text(cover.client)) == 1
    assert page.count("n\u00a0=\u00a01,234") == 2


def test_a_finding_s_title_has_no_full_stop_whoever_wrote_it():
    found = [Finding(literal(words), literal("Why.")) for words in ("Sales fell.", "销售额下降。", "and so on ...")]
    shown = b.Document(sample.cover(), [b.Findings(found, summary=True)])
    page = parse(render(shown, catalogue("en"), BRAND))
    titles = [node.text for node in page.all("p") if node.attrs.get("class") == "headline"]
    assert titles == ["Sales fell", "销售额下降", "and so on ..."]
    assert "Why." in page.text
    printed = next(iter(_typst_blocks._findings(shown.blocks[0], Printer(catalogue("en"), {}))))["items"]
    assert [item["headline"].replace("\u200b", "") for item in printed] == titles


def test_what_was_achieved_is_called_so_and_has_no_severity():
    shown = b.Document(sample.cover(), [b.Findings([Finding(literal("It works"), severity="good")], summary=True)])
    page = parse(render(shown, catalogue("en"), BRAND))
    assert [node.text for node in page.all("p") if node.attrs.get("class") == "severity"] == ["Achieved"]
    printed = next(iter(_typst_blocks._findings(shown.blocks[0], Printer(catalogue("en"), {}))))["items"]
    assert printed[0]["label"].endswith("Achieved")


def test_a_date_and_a_number_with_what_it_counts_stand_in_one_line_and_copy_as_they_are():
    said = b.Text(literal("2026年3月 +3.2 个百分点 <b> 4 个月，¥10.6万；2026年6月30日、30\u00a0Jun 2026、2025-13-45"))
    html = render(b.Document(sample.cover(), (said,)), catalogue("zh"), load_brand())
    held = [node.text.replace("\u00a0", " ") for node in parse(html).all("span") if node.attrs.get("class") == "whole"]
    dates = ["2026年6月30日", "30 Jun 2026", "2025-13-45"]
    assert held[-7:] == ["2026年3月", "+3.2 个百分点", "4 个月", "¥10.6万", *dates]
    assert "&lt;b&gt;" in html


@pytest.mark.parametrize(
    ("kinds", "rows", "heads"),
    [
        (["term", "text", "int"], [["a", "x", 1], ["a", "y", 2]], [0, 1]),
        (["term", "text", "int"], [["a", "x", 1], ["b", "x", 2]], [0]),
        (["text", "status", "week"], [["a", "good", "2026-06-01"], ["a", "bad", "2026-06-08"]], [0, 2]),
        (["int", "text", "text"], [[1, "q" * 80, "Core"], [2, "r" * 80, "Other"]], [2]),
        (["int", "text", "text"], [[1, "q" * 80, "Ask"], [2, "r" * 80, "Ask"]], [1]),
        (["int", "int", "int"], [[5, 1, 2], [5, 3, 4]], [0]),
    ],
)
def test_a_card_is_headed_by_what_tells_it_from_its_neighbours(kinds, rows, heads):
    columns = [b.Column(f"c{i}", literal(f"c{i}"), kind) for i, kind in enumerate(kinds)]
    body = [[{"words": str(value)} for value in row] for row in rows]
    assert card_heads(columns, body) == heads


def test_a_number_said_as_a_message_heads_no_card():
    columns = (
        b.Column("target", literal("Target"), "text"),
        b.Column("part", literal("Part"), "text"),
        b.Column("before", literal("Before"), "message"),
        b.Column("now", literal("Now"), "text"),
    )
    said = [msg("monitoring.value", value=Value("percent", share)) for share in (0.372, 0.511)]
    rows = [["Repurchase", "part " * 20, said[0], "a"], ["Repurchase", "other " * 20, said[1], "b"]]
    view = table_view(Views(catalogue("en"), BRAND, {}), columns, rows, 5)
    heads = [["k" in cell["class"].split() for cell in row] for row in view["body"]]
    assert view["cards"]
    assert heads == [[True, False, False, True]] * 2
