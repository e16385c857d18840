import zipfile
from datetime import date, datetime

import openpyxl
import pytest

from crm_lib.ingest import read_excel
from crm_lib.ingest.read_excel import Ahead, UnreadableWorkbook, parse_excel, sheet_rows


@pytest.fixture
def book(tmp_path):
    def write(*rows, sheet="Sheet1", cells=()):
        workbook = openpyxl.Workbook()
        page = workbook.active
        page.title = sheet
        for row in rows:
            page.append(row)
        for place, value in cells:
            page[place] = value
        path = tmp_path / "book.xlsx"
        workbook.save(path)
        return path

    return write


def test_cells_come_as_text(book):
    path = book(
        ["id", "day", "amount", "yes"],
        [13800138000, date(2026, 3, 1), 12.5, True],
        ["007", datetime(2026, 3, 1, 12, 30), 3.0, None],
    )
    parsed = parse_excel(path)
    assert parsed.headers == ("id", "day", "amount", "yes")
    assert parsed.rows == [["13800138000", "2026-03-01", "12.5", "true"], ["007", "2026-03-01 12:30:00", "3", ""]]


def test_blank_rows_and_titles_are_no_data(book):
    parsed = parse_excel(book(["Members of June"], [], ["id", "name"], [1, "a"], [None, None], [2, "b"]), header_row=3)
    assert (parsed.rows, parsed.lines, len(parsed.skipped)) == ([["1", "a"], ["2", "b"]], [4, 6], 1)


def test_a_remark_beside_the_table_does_not_cost_the_row(book):
    parsed = parse_excel(book(["id", "name"], [1, "a", None, "call her"], [2, "b"]))
    assert [row[:2] for row in parsed.rows] == [["1", "a"], ["2", "b"]]
    assert not parsed.rejected


def test_sheets_are_found_by_name(book):
    path = book(["id"], [1], sheet="会员")
    assert parse_excel(path, "会员").rows == [["1"]]
    with pytest.raises(UnreadableWorkbook) as error:
        parse_excel(path, "Members")
    assert (error.value.reason, error.value.sheets) == ("no_sheet", ("会员",))


def test_formulas_are_not_run(book):
    assert parse_excel(book(["id"], ["=1+1"], ["x"])).rows == [["x"]]


def test_a_sparse_sheet_ends_its_reader_and_not_us(book):
    with pytest.raises(UnreadableWorkbook) as error:
        parse_excel(book(["id"], cells=[("XFD1048576", "far away")]))
    assert error.value.reason == "too_large"


def test_a_workbook_that_unpacks_to_too_much_is_refused_unread(tmp_path, monkeypatch):
    monkeypatch.setattr(read_excel, "_LARGEST_UNPACKED", 1000)
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", "0" * 2000)
    with pytest.raises(UnreadableWorkbook) as error:
        parse_excel(path)
    assert error.value.reason == "too_large"


def test_other_files_are_no_workbook(tmp_path):
    path = tmp_path / "book.xlsx"
    path.write_text("id,name\n1,a\n")
    with pytest.raises(UnreadableWorkbook) as error:
        parse_excel(path)
    assert error.value.reason == "no_workbook"


def test_sheets_read_ahead_are_those_that_are_read_when_asked_for(book, tmp_path):
    first, broken = book(["id"], [1]), tmp_path / "broken.xlsx"
    broken.write_bytes(b"PK\x03\x04 no archive")
    with Ahead([(first, ""), (broken, ""), (first, "")]) as ahead:
        with pytest.raises(UnreadableWorkbook):
            ahead.rows(broken, "")
        assert ahead.rows(first, "") == ahead.rows(first, "") == sheet_rows(first, "") == [["id"], ["1"]]
