import copy

import pytest

from crm_lib.errors import UserError
from crm_lib.language import catalogue
from crm_lib.report import blocks as b
from crm_lib.report.collect import collect, is_finished
from crm_lib.report.display import fill
from tests.report import sample
from tests.report.notebooks import CELLS, executed, notebook


@pytest.fixture(scope="module")
def plain():
    return executed(plain=True)


@pytest.fixture(scope="module")
def open_in_lab():
    return executed(plain=False)


def test_blocks_come_back_in_the_order_of_cells_and_outputs(plain):
    document = collect(plain)
    assert document.cover == b.block_from_json(sample.cover().to_json())
    kinds = [block.type_name for block in document.blocks]
    assert kinds == [
        "heading", "findings", "metrics", "chart", "markdown", "preformatted", "table", "image", "preformatted",
        "chart", "heading", "definitions",
    ]  # fmt: skip
    assert document.blocks[1].to_json() == sample.findings(summary=True).to_json()
    assert document.blocks[3].to_json() == sample.charts()[0].to_json()


def test_what_an_analyst_added_is_in_its_place(plain):
    *_, markdown, printed, table, image, result, again, _, _ = collect(plain).blocks
    assert markdown.source == "## 分析师补充\n\n这里多看一眼。"
    assert printed.text == "printed red", "stdout without colour codes; stderr stays out"
    assert [list(row) for row in table.rows] == [["甲", 1], ["乙", 2]]
    assert image.alt == "分析师补充", "the nearest heading above"
    assert image.png.replace("\n", "") == sample.png()
    assert result.text == "42"
    assert again.id == "sample.churn-2", "ids stay unique"


def test_a_notebook_shows_the_same_document_in_the_lab_and_under_the_runner(plain, open_in_lab):
    assert collect(plain).to_json() == collect(open_in_lab).to_json()


def test_blocks_show_in_the_lab_and_carry_only_data_under_the_runner(plain, open_in_lab):
    def shown(notebook):
        outputs = [out for cell in notebook.cells for out in cell.get("outputs", [])]
        return [bool(out.data.get("text/html")) for out in outputs if b.MIME in out.get("data", {})]

    assert shown(plain) == [False, False, False, False, True, False, False, False], "pandas shows its own frame"
    assert shown(open_in_lab) == [True] * 7 + [False], "the end of a playbook shows nothing"


def test_filling_shows_every_block_and_leaves_the_input(plain):
    before = copy.deepcopy(plain)
    drawn = '<svg xmlns="http://www.w3.org/2000/svg"><g/></svg>'
    filled = fill(plain, "en", charts={"sample.churn": drawn})
    assert plain == before
    shown = [
        out.data["text/html"]
        for cell in filled.cells
        for out in cell.get("outputs", [])
        if b.MIME in out.get("data", {})
    ]
    assert len(shown) == 8
    assert "Churn has risen" in shown[3]
    assert len(shown[3]) < len(shown[5]), "the drawn chart is taken, the other one is drawn"
    assert collect(filled).to_json() == collect(plain).to_json()


def test_charts_in_notebooks_are_images_with_words(open_in_lab):
    html = next(out.data["text/html"] for out in open_in_lab.cells[3].outputs if out.output_type == "execute_result")
    assert '<img src="data:image/svg+xml;base64,' in html
    assert "折线图" in html
    assert "<script" not in html
    assert "<svg" not in html


def test_a_playbook_is_finished_only_when_its_last_cell_says_so(plain):
    assert is_finished(plain)
    assert not is_finished(notebook())
    cut = copy.deepcopy(plain)
    cut.cells[-1].outputs = []
    assert not is_finished(cut)
    cut = copy.deepcopy(plain)
    cut.cells.append(notebook([("code", "1")]).cells[0])
    assert not is_finished(cut)


def test_a_failed_cell_is_refused():
    found = executed(True, [CELLS[1], ("code", "raise ValueError('customer 4711')")], allow_errors=True)
    with pytest.raises(UserError) as caught:
        collect(found)
    assert "ValueError" in str(caught.value)
    assert "4711" not in str(caught.value), "what an error says may be a customer's data"


def test_a_notebook_without_a_cover_is_refused():
    with pytest.raises(UserError, match="cover"):
        collect(notebook())


def test_pictures_attached_to_markdown_come_along(plain):
    found = copy.deepcopy(plain)
    cell = found.cells[4]
    cell.source = "before ![the shelf](attachment:a.png) after ![lost](attachment:b.png)"
    cell["attachments"] = {"a.png": {"image/png": sample.png()}}
    blocks = [block for block in collect(found).blocks if isinstance(block, (b.Markdown, b.Image))]
    assert [type(block).__name__ for block in blocks[:3]] == ["Markdown", "Image", "Markdown"]
    assert blocks[1] == b.Image(sample.png(), "the shelf")


def test_a_heading_before_the_summary_is_kept(plain):
    found = copy.deepcopy(plain)
    found.cells.insert(2, notebook([("markdown", "# 摘要")]).cells[0])
    assert [block.type_name for block in collect(found).blocks[:2]] == ["markdown", "findings"]


def test_a_large_frame_is_cut_and_says_so():
    import pandas as pd

    from crm_lib.report.display import MOST_ROWS, _frame_bundle

    block = b.block_from_json(_frame_bundle(pd.DataFrame({"n": range(MOST_ROWS + 5)}))[b.MIME])
    assert len(block.rows) == MOST_ROWS
    assert catalogue("en").text(block.note) == "The first 1,000 of 1,005 rows are included."


def test_what_a_call_returns_beside_its_figure_and_objects_without_words_stay_out():
    def result(words: str) -> dict:
        return {"output_type": "execute_result", "data": {"text/plain": words}, "metadata": {}, "execution_count": 1}

    figure = {
        "output_type": "display_data",
        "data": {"image/png": sample.png(), "text/plain": "<Figure>"},
        "metadata": {},
    }
    cells = [
        [result("Text(0.5, 1.0, 'Orders')"), {"output_type": "stream", "name": "stdout", "text": "said"}, figure],
        [result("[<matplotlib.lines.Line2D at 0x7fe700293a90>]")],
        [result("Measured(engine=<crm_lib.engine.duck.DuckEngine object at 0x7fe720a5edd0>, rows=3)")],
        [result("<IPython.core.display.HTML object>")],
        [result("1 < 2 and 3 > 2")],
    ]
    code = [{"cell_type": "code", "source": "", "metadata": {}, "outputs": outputs} for outputs in cells]
    cover = {"output_type": "display_data", "data": {b.MIME: sample.cover().to_json()}, "metadata": {}}
    shown = {"cells": [{"cell_type": "code", "source": "", "metadata": {}, "outputs": [cover]}, *code]}
    kinds = [(block.type_name, getattr(block, "text", "")) for block in collect(shown).blocks]
    assert kinds == [("preformatted", "said"), ("image", ""), ("preformatted", "1 < 2 and 3 > 2")]
