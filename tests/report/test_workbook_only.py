"""A table that is in the workbook only is one line on the page and whole in the workbook."""

import io

import openpyxl

from crm_lib.language import catalogue, literal
from crm_lib.report import blocks as b
from crm_lib.report._typst_grids import table
from crm_lib.report._typst_words import Printer
from crm_lib.report.brand import load_brand
from crm_lib.report.html import render
from crm_lib.report.xlsx import render as workbook
from tests.report import sample

BRAND, EN = load_brand(), catalogue("en")
ROWS = [[f"row {i}"] for i in range(7)]
BLOCK = b.Table("t.x", literal("All the pairs"), [b.Column("a", literal("A"))], ROWS, show=0)
DOCUMENT = b.Document(sample.cover(), [BLOCK])


def test_the_page_says_where_it_is():
    page = render(DOCUMENT, EN, BRAND)
    assert "7 rows, in the workbook." in page
    assert "row 3" not in page


def test_so_does_the_print():
    (made,) = table(BLOCK, Printer(EN, {}))
    assert made == {"t": "nothing", "title": "All the pairs", "text": "7 rows, in the workbook."}


def test_the_workbook_has_all_rows():
    book = openpyxl.load_workbook(io.BytesIO(workbook(DOCUMENT, EN, BRAND)))
    values = [cell.value for sheet in book for row in sheet.iter_rows() for cell in row]
    assert {row[0] for row in ROWS} <= set(values)


def test_it_travels_in_the_notebook():
    assert b.block_from_json(BLOCK.to_json()).show == 0
