"""Merged cells among the rows of a sheet give their value to each row, and nothing else is filled down."""

import openpyxl
import pyarrow as pa
import pytest
import xlsxwriter

from crm_lib.ingest.readers.merged_cells import unmerged
from crm_lib.ingest.readers.raw import LINE
from crm_lib.run.prepare import inventory
from tests.ingest.folder import account, canonical, rows, set_aside

CONTACTS = {"name": "contacts", "table": "customers", "file": "crm.xlsx", "header_row": 2}
LINES = {"name": "pos", "table": "order_lines", "file": "crm.xlsx"}


def sheet(path, given, merged):
    book = openpyxl.Workbook()
    for row in given:
        book.active.append(row)
    for span in merged:
        book.active.merge_cells(span)
    book.save(path)


def said(made):
    return {row.kind: row.cells for row in inventory(made)["reading"].itertuples()}


def test_contacts_of_a_merged_company_are_the_companys(tmp_path):
    given = [["联系人明细"], ["customer_key", "name", "phone"], ["K1", "甲公司", "13800138000"], [None, None, "13800138001"],
             [None, None, None], ["K2", "乙公司", "13800138002"], [None, None, "13800138003"]]  # fmt: skip
    sheet(tmp_path / "crm.xlsx", given, ["A1:C1", "A3:A5", "B3:B5"])
    made = canonical(tmp_path, CONTACTS)
    found = rows(made, "SELECT name, record_count FROM {customers} ORDER BY name NULLS LAST")
    assert found == [("乙公司", 1), ("甲公司", 2), (None, 1)]  # the last row is merged with none
    assert said(made) == {"merged": 2}
    assert (account(made)["rows_read"].item(), account(made)["non_data"].item()) == (5, 1)


def test_money_of_a_merged_region_counts_once(tmp_path):
    given = [["order_id", "ordered_on", "product_name", "amount"], ["A", "2026-01-05", "x", 90], [None, None, "y", None], ["B", "2026-01-06", "z", 5]]  # fmt: skip
    sheet(tmp_path / "crm.xlsx", given, ["A2:A3", "B2:B3", "D2:D3"])
    made = canonical(tmp_path, LINES)
    assert account(made)["amount_read"].item() == 95
    assert said(made) == {"merged": 2, "merged_left": 1}
    assert [row["reason"] for row in set_aside(made, "pos")] == ["required_missing"]


def test_a_value_within_a_region_stays(tmp_path):
    with xlsxwriter.Workbook(tmp_path / "crm.xlsx") as book:
        page = book.add_worksheet()
        for row, cells in enumerate(
            (["", "", ""], ["customer_key", "name", "phone"], ["", "", "13800138000"], ["", "丙", "13800138001"])
        ):
            page.write_row(row, 0, cells)
        page.merge_range(2, 1, 3, 1, "甲")
        page.write(3, 1, "丙")
    assert rows(canonical(tmp_path, CONTACTS), "SELECT name FROM {customers} ORDER BY name") == [("丙",), ("甲",)]


@pytest.mark.parametrize("spans", [None, (), (((0, 0), (0, 1)),), (((9, 0), (12, 0)),), (((1, 7), (2, 7)),)])
def test_nothing_is_filled_where_no_region_is_among_the_rows(spans):
    table = pa.table({LINE: [2, 3], "a": ["x", ""], "b": ["", "y"]})
    found = unmerged(table, 1, spans, frozenset())
    assert (found.table.to_pydict(), found.filled) == (table.to_pydict(), 0)


def test_regions_that_lie_over_each_other_cost_no_more_than_their_rows():
    table = pa.table({LINE: range(2000), "a": ["x", *[""] * 1999], "b": ["y"] * 2000})
    found = unmerged(table, 0, [((0, 0), (1 << 20, 0))] * 20_000, frozenset())
    assert (found.filled, set(found.table["a"].to_pylist())) == (1999, {"x"})
