"""A few rows of many columns stand upright: their rows become columns."""

from crm_lib.language import catalogue, literal
from crm_lib.report import blocks as b
from crm_lib.report._typst_grids import table
from crm_lib.report._typst_words import Printer
from crm_lib.report.cells import cell_text
from tests.report import sample

WORDS = catalogue("en")
COLUMNS = [
    sample.col("metric", "指标", "Metric"),
    *(sample.col(f"c{i}", "金额", f"A column of amounts {i}", "money") for i in range(10)),
    sample.col("status", "状态", "Status", "status"),
]


def made(count: int) -> dict:
    rows = [[f"Row of figures {k}", *(1234567.0 * i for i in range(10)), "bad"] for k in range(count)]
    return next(table(b.Table("t.t", literal("Amounts"), COLUMNS, rows), Printer(WORDS, {})))


def test_three_rows_of_twelve_columns_become_columns():
    found = made(3)
    assert not found["landscape"]
    assert found["head"] == ["Metric", *(f"Row of figures {k}" for k in range(3))]
    assert [row[0] for row in found["rows"]] == [WORDS.text(column.label) for column in COLUMNS[1:]]
    assert found["rows"][3][1:] == [cell_text(WORDS, COLUMNS[4], 1234567.0 * 3)] * 3
    assert found["keys"][-1] == ["", "bad", "bad", "bad"]
    assert len(found["widths"]) == len(found["right"]) == 4


def test_many_rows_keep_their_columns():
    found = made(12)
    assert len(found["head"]) == len(COLUMNS)
    assert len(found["rows"]) == 12


def test_a_narrow_table_of_few_rows_is_left_alone():
    rows = [["a", 1.0], ["b", 2.0]]
    found = next(table(b.Table("t.t", literal("T"), COLUMNS[:2], rows), Printer(WORDS, {})))
    assert [row[0] for row in found["rows"]] == ["a", "b"]


def test_one_row_of_many_columns_becomes_pairs():
    found = made(1)
    assert not found["landscape"]
    assert found["head"] == ["Metric", "Row of figures 0"]
    assert len(found["rows"]) == len(COLUMNS) - 1
