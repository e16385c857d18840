"""The page in a real browser: nothing wider than a phone, sorting works, the policy lets our script run."""

import html as escaping
import json
import os
import re
import shutil
import subprocess
import warnings
from dataclasses import replace

import pytest

from crm_lib.language import catalogue
from crm_lib.report import blocks as b
from crm_lib.report.brand import load_brand
from crm_lib.report.html import render
from crm_lib.report.views import FEW, STACKED
from tests.report import sample
from tests.report.poppler import pages
from tests.report.test_index import index_html

BROWSER = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
)
PROBE = r"""
const page = document.querySelector("iframe").contentDocument;
const root = page.documentElement;
const hidden = (node) => node.closest(".frame, .pan, pre, .markdown table, svg, .skip, details:not([open])");
const wide = [...page.body.querySelectorAll("*")].filter((node) => {
  const box = node.getBoundingClientRect();
  return box.width && (box.right > WIDTH + 1 || box.left < -1) && !hidden(node);
}).map((node) => node.outerHTML.slice(0, 120));
const clipped = [...page.querySelectorAll(".value, .headline, figcaption, h1, h2, h3")]
  .filter((node) => node.scrollWidth > node.clientWidth + 1).map((node) => node.textContent.slice(0, 80));
const torn = [...page.querySelectorAll("tbody .w:not(.long) bdi, thead bdi")].filter((node) => {
  const [range, text] = [page.createRange(), node.firstChild];
  if (!text || !/^[\x20-\x7e]+$/.test(text.data)) return false;
  return [...text.data.matchAll(/[\w]+/g)].some((word) => {
    range.setStart(text, word.index);
    range.setEnd(text, word.index + word[0].length);
    return range.getClientRects().length > 1;
  });
}).map((node) => node.textContent);
const broken = [...page.querySelectorAll("tbody tr > :not(.w) bdi")]
  .filter((node) => new Set([...node.getClientRects()].map((box) => Math.round(box.top))).size > 1).map((node) => node.textContent).concat(torn);
const table = page.querySelector("#sample-kpi table");
const column = () => [...table.tBodies[0].rows].map((row) => row.cells[2].textContent);
const sorted = {};
if (table) {
  const button = table.tHead.rows[0].cells[2].querySelector("button");
  for (const way of ["ascending", "descending"]) {
    button.click();
    sorted[way] = [table.tHead.rows[0].cells[2].getAttribute("aria-sort"), ...column()];
  }
}
const paged = [...page.querySelectorAll(".frame.paged")];
const cut = paged.flatMap((frame) => {
  const [heads, place] = [[...frame.querySelectorAll("thead th")], frame.getBoundingClientRect()];
  const edges = heads.map((head) => head.getBoundingClientRect().right - place.left);
  return edges.some((edge) => Math.abs(edge - frame.clientWidth - 1) < 2) ? [] : [edges.join(" ")];
});
const row = page.querySelector("#sample-strategies tbody tr");
const contents = page.querySelector("details.contents");
const seen = () => [...table.tBodies[0].rows].filter((line) => line.offsetHeight).length;
const cards = table ? [getComputedStyle(table).display, getComputedStyle(table.tHead.rows[0]).display, seen()] : [];
if (table) { page.querySelector("#sample-kpi .all").click(); cards.push(seen()); }
const jumped = [...page.querySelectorAll(".stack tbody tr")].filter((line) => {
  const boxes = [...line.cells].filter((cell) => cell.offsetHeight).map((cell) => cell.getBoundingClientRect());
  return boxes.some((box, i) => i && (box.top < boxes[i - 1].top - 1 || (box.top < boxes[i - 1].top + 1 && box.left < boxes[i - 1].left)));
}).length;
const ranked = [...(page.querySelector(".stack tbody tr")?.cells ?? [])]
  .map((cell) => [cell.getBoundingClientRect(), cell.textContent.trim(), page.defaultView.getComputedStyle(cell, "::before").display])
  .sort(([x], [y]) => x.top - y.top || x.left - y.left).map(([, text, label]) => [text, label]);
const result = { jumped, ranked, cards, scroll: root.scrollWidth, wide, cut, paged: paged.length, clipped, broken, sorted, row: row ? [row.offsetWidth, getComputedStyle(row).display] : null, open: contents ? contents.open : null,
  dots: page.querySelectorAll(".pan + .dots i").length,
  tiles: [...page.querySelectorAll(".metrics > li")].map((tile) => Math.round(tile.getBoundingClientRect().right)),
  columns: getComputedStyle(page.querySelector(".columns") || page.body).display };
document.title = "done";
document.querySelector("pre").textContent = JSON.stringify(result);
"""


def no_browser() -> None:
    if BROWSER is None:
        if not os.environ.get("CI"):
            warnings.warn("no chromium: the pages were not looked at in a browser", stacklevel=2)
        pytest.skip("no chromium: apt-get install chromium")


def in_browser(html: str, width: int, tmp_path) -> dict:
    """What the page measures in a frame of `width` pixels."""
    no_browser()
    probe = f'addEventListener("load", () => setTimeout(() => {{ {PROBE.replace("WIDTH", str(width))} }}, 300));'
    wrapper = tmp_path / "wrapper.html"
    wrapper.write_text(
        f'<!doctype html><meta charset="utf-8"><pre></pre><script>{probe}</script>'
        f'<iframe style="width:{width}px;height:900px;border:0" srcdoc="{escaping.escape(html)}"></iframe>',
        encoding="utf-8",
    )
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--window-size=1400,1000"]
    command = [BROWSER, *flags, f"--user-data-dir={tmp_path / 'profile'}", "--virtual-time-budget=20000", "--dump-dom"]
    done = subprocess.run([*command, wrapper.as_uri()], capture_output=True, check=True, timeout=120)
    return json.loads(escaping.unescape(re.search(r"<pre>(.*?)</pre>", done.stdout.decode(), re.DOTALL)[1]))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_report_on_a_phone(language, tmp_path):
    found = in_browser(render(sample.document(), catalogue(language), load_brand()), 360, tmp_path)
    assert (found["scroll"], found["wide"], found["clipped"], found["broken"]) == (360, [], [], [])
    assert found["row"] == [328, "grid"], "rows with sentences are cards"
    assert found["open"] is False, "the contents are folded on a phone"
    numbers = [text for text in found["sorted"]["ascending"][1:] if text != "–"]
    assert found["sorted"]["ascending"][0] == "ascending"
    assert found["sorted"]["ascending"][-1] == found["sorted"]["descending"][-1] == "–", "missing values stay last"
    assert numbers == sorted(numbers, key=lambda text: float(text.rstrip("%")))
    assert found["sorted"]["descending"][1] == numbers[-1]


@pytest.mark.parametrize("columns", [3, 4, 9, 16])
def test_a_table_wider_than_a_phone_ends_with_a_whole_column(columns, tmp_path):
    head = [sample.col("month", "月份", "Month", "month")]
    head += [sample.col(f"c{i}", f"第 {i} 项金额", f"A heading of column {i}", "money") for i in range(columns)]
    rows = [["2026-01", *[10.0 ** (i % 8) for i in range(columns)]]] * 3
    table = b.Table("sample.wide", sample.t("宽表", "A wide table"), head, rows)
    found = in_browser(render(b.Document(sample.cover(), (table,)), catalogue("en"), load_brand()), 360, tmp_path)
    assert (found["scroll"], found["wide"], found["cut"], found["broken"]) == (360, [], [], [])
    assert found["paged"] == (columns < STACKED), "the rows of wider ones are cards"
    assert found["jumped"] == 0, "a card tells its figures in the order of the columns"


def test_rows_of_a_wide_table_on_a_phone_are_folded_cards_that_sort(tmp_path):
    found = in_browser(render(sample.document(), catalogue("en"), load_brand()), 360, tmp_path)
    assert found["cards"] == ["block", "flex", FEW, 40], "all rows after the button"
    wide = in_browser(render(sample.document(), catalogue("en"), load_brand()), 1280, tmp_path)
    assert wide["cards"] == ["table", "table-row", 40, 40]


@pytest.mark.parametrize(
    ("second", "first_cells"),
    [("text", [["Lost customers", "none"], ["1", "block"]]), ("int", [["1", "inline"], ["7", "block"]])],
)
def test_a_card_is_headed_by_the_name_after_its_rank_or_by_the_rank_with_its_label(second, first_cells, tmp_path):
    head = [sample.col("rank", "优先级", "Rank", "int"), sample.col("next", "痛点", "Pain point", second)]
    head += [sample.col(f"c{i}", f"金额 {i}", f"Amount {i}", "int") for i in range(STACKED)]
    row = [1, "Lost customers" if second == "text" else 7, *range(10, 10 + STACKED)]
    table = b.Table("sample.ranked", sample.t("痛点", "Pain points"), head, [row])
    found = in_browser(render(b.Document(sample.cover(), (table,)), catalogue("en"), load_brand()), 360, tmp_path)
    assert found["ranked"][:2] == first_cells


def test_a_picture_wider_than_a_phone_shows_that_it_goes_on(tmp_path):
    head = [
        sample.col("x", "来源", "Source"),
        sample.col("s", "字段", "Field"),
        sample.col("y", "占比", "Share", "percent"),
    ]
    rows = [[f"Source {i}", field, 0.1 * i] for i in range(9) for field in ("Name", "City")]
    chart = b.Chart("sample.wide", "heatmap", sample.t("图", "Picture"), head, rows, "x", ["y"], head[0].label, head[2].label, series="s")  # fmt: skip
    page = render(b.Document(sample.cover(), (chart,)), catalogue("en"), load_brand())
    assert [in_browser(page, width, tmp_path)["dots"] for width in (360, 1280)] == [2, 0]


@pytest.mark.parametrize("width", [360, 1280])
def test_tiles_leave_no_empty_place_and_keep_their_numbers_whole(width, tmp_path):
    card = b.Metric(sample.t("净销售额", "Net revenue"), sample.Value("money", 1_195_556))
    page = render(b.Document(sample.cover(), (b.Metrics([card] * 5),)), catalogue("en", "USD"), load_brand())
    found = in_browser(page, width, tmp_path)
    assert (found["clipped"], found["tiles"][-1]) == ([], max(found["tiles"]))


def test_a_report_on_a_desktop(tmp_path):
    found = in_browser(render(sample.document(), catalogue("en"), load_brand()), 1280, tmp_path)
    assert (found["scroll"], found["wide"], found["clipped"], found["broken"]) == (1280, [], [], [])
    assert found["open"] is True
    assert found["row"][1] == "table-row"
    assert found["columns"] == "grid", "contents stand beside the text"


def test_a_table_of_sentences_wider_than_the_page_is_cards_on_a_desktop_too(tmp_path):
    few = sample.strategy_table()
    many = replace(few, columns=[*few.columns] * 3, rows=[[*row] * 3 for row in few.rows])
    found = in_browser(render(b.Document(sample.cover(), (many,)), catalogue("en"), load_brand()), 1280, tmp_path)
    assert (found["row"][1], found["wide"]) == ("grid", [])


@pytest.mark.parametrize("width", [360, 1280])
def test_the_index_page(width, tmp_path):
    found = in_browser(index_html(), width, tmp_path)
    assert (found["scroll"], found["wide"], found["clipped"]) == (width, [], [])


@pytest.mark.parametrize(("width", "paged"), [(1280, 0), (600, 1), (360, 0)])
def test_a_desktop_shows_all_columns_in_small_type_before_it_cuts_a_table(width, paged, tmp_path):
    names = ["Source", "Field", "Reason", "Rows", "Examples", "Difference", "Whose job"]
    head = [sample.col(f"c{i}", name, name, "int" if i in (3, 5) else "text") for i, name in enumerate(names)]
    words = ["Point-of-sale orders", "Likelihood to recommend", "A required value cannot be read"]
    row = [*words, 12, "line 333: 2025-13-45, line 5,407", 0, "keeper of the source"]
    table = b.Table("sample.aside", sample.t("隔离的行", "Rows set aside"), head, [row] * 5)
    found = in_browser(render(b.Document(sample.cover(), (table,)), catalogue("en"), load_brand()), width, tmp_path)
    assert (found["paged"], found["wide"], found["broken"]) == (paged, [], [])


def printed(html: str, tmp_path) -> list[str]:
    """Text of each page of the print."""
    no_browser()
    page, paper = tmp_path / "page.html", tmp_path / "page.pdf"
    page.write_text(html)
    command = [
        BROWSER,
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--no-pdf-header-footer",
        f"--user-data-dir={tmp_path / 'profile'}",
    ]
    subprocess.run([*command, f"--print-to-pdf={paper}", page.as_uri()], capture_output=True, check=True, timeout=120)
    return pages(paper.read_bytes())


def test_print_has_sentences_as_cards_dates_whole_and_no_foot(tmp_path):
    few = sample.strategy_table()
    many = replace(few, columns=[*few.columns] * 3, rows=[[*row] * 3 for row in few.rows])
    head = [sample.col("month", "月份", "Month", "month")]
    head += [sample.col(f"c{i}", f"第 {i} 项金额", f"Amount {i}", "money") for i in range(9)]
    months = b.Table("t.months", sample.t("月", "Months"), head, [["2025-12", *[123_456_789.0] * 9]])
    document = b.Document(sample.cover(), (many, months))
    text = "\n".join(printed(render(document, catalogue("en"), load_brand()), tmp_path))
    assert "Dec 2025" in text
    label = catalogue("en").text(few.columns[1].label)
    assert text.count(label) >= 3 * len(few.rows), "each row names its columns"
    cover = document.cover
    words = catalogue("en")
    foot = words.text(
        "report.footer",
        brand=load_brand().name,
        client=words.text(cover.client),
        date=words.format("date", cover.as_of),
    )
    assert foot not in text
