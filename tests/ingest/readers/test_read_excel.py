"""Workbooks as columns of text: what their cells say, and what Excel does not tell."""

import datetime as dt

import openpyxl
import pytest
import xlsxwriter

from crm_lib.ingest.children.in_child import UnreadableFile
from crm_lib.ingest.readers.not_data import NotData
from crm_lib.ingest.readers.read_excel import Ahead, read_sheets, sheet_names
from crm_lib.ingest.readers.text_columns import under_header
from tests.ingest import hostile


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


@pytest.fixture
def made(tmp_path):
    """A workbook of one column, each value with its number format; return its cells as read, and the sheet."""

    def write(*cells, **options):
        path = tmp_path / "made.xlsx"
        with xlsxwriter.Workbook(path, options) as workbook:
            page = workbook.add_worksheet()
            for row, (value, form) in enumerate(cells):
                page.write(row, 0, value, workbook.add_format({"num_format": form}))
        (sheet,) = read_sheets(path)
        return [row[0] for row in sheet.rows(len(cells))], sheet

    return write


def read(path, wanted=None, header_row=1, header_rows=1, rule=None):
    """Headers, rows, lines of the first sheet that is read, and the lines left out."""
    sheet = read_sheets(path, wanted)[0]
    table, skipped = under_header(sheet.columns, header_row, header_rows, rule or NotData(), sheet.spans)
    rows = [list(row.values()) for row in table.drop_columns(["_crm_line"]).to_pylist()]
    return table.column_names[1:], rows, table.column("_crm_line").to_pylist(), skipped


def refused(path, wanted=None):
    with pytest.raises(UnreadableFile) as error:
        read_sheets(path, wanted)
    return error.value.reason


def test_cells_come_as_text(book):
    path = book(
        ["id", "day", "amount", "yes"],
        [13800138000, dt.date(2026, 3, 1), 12.5, True],
        ["007", dt.datetime(2026, 3, 1, 12, 30), 3.0, None],
    )
    names, rows, lines, _ = read(path)
    assert names == ["id", "day", "amount", "yes"]
    assert rows == [["13800138000", "2026-03-01", "12.5", "true"], ["007", "2026-03-01 12:30:00", "3", ""]]
    assert lines == [2, 3]


def test_forms_of_numbers_days_and_times(made):
    cells = {
        (0.155, "0.0%"): "0.155",
        (45351, "yyyy-mm-dd"): "2024-02-29",
        (45351.75, "yyyy-mm-dd hh:mm"): "2024-02-29 18:00:00",
        (45351, 'yyyy"年"m"月"d"日"'): "2024-02-29",
        (45351, '0 "days"'): "45351",
        (0.573, "hh:mm:ss"): "13:45:07.200000",
        (1.75, "[h]:mm:ss"): "42:00:00",
        (59, "yyyy-mm-dd"): "1900-02-28",
        (61, "yyyy-mm-dd"): "1900-03-01",
        (1e-7, "General"): "1e-07",
        (-3.0, "General"): "-3",
        ("  x ", "@"): "  x ",
        ("0013", "@"): "0013",
    }
    assert made(*cells)[0] == list(cells.values())


def test_the_29_february_1900_is_no_day_to_be_mended_in_silence(made):
    assert made((60, "yyyy-mm-dd"), (59, "yyyy-mm-dd"))[0] == ["1900-02-29", "1900-02-28"]


def test_days_that_begin_in_1904(made):
    cells, sheet = made((0, "yyyy-mm-dd"), (60, "yyyy-mm-dd"), (43889, "yyyy-mm-dd"), date_1904=True)
    assert (cells[1:], sheet.from_1904) == (["1904-03-01", "2024-02-29"], True)
    assert not made((1, "0"))[1].from_1904


def test_errors_are_missing_and_counted(tmp_path):
    path = tmp_path / "errors.xlsx"
    with xlsxwriter.Workbook(path) as workbook:
        page = workbook.add_worksheet()
        page.write_column(0, 0, ["id", "#N/A", "#1 best", "Err:502"])
        page.write_formula(4, 0, "=1/0", None, "#DIV/0!")
        page.write_formula(5, 0, "=NA()", None, "#N/A")
    (sheet,) = read_sheets(path)
    assert [row[0] for row in sheet.rows(9)] == ["id", "", "#1 best", "", "", ""]
    assert sheet.notes == {"error": 4, "uncached": 0, "lost_digits": 0}


def test_formulas_without_a_result_are_counted_and_those_with_an_empty_one_are_not(tmp_path):
    rows = (
        f'<row r="1">{hostile.text("A1", "id")}</row><row r="2"><c r="A2"><f>1+1</f><v></v></c></row>'
        '<row r="3"><c r="A3"><f>1+1</f></c></row><row r="4"><c r="A4" t="str"><f>""</f><v></v></c></row>'
        '<row r="5"><c r="A5"><f>1+1</f><v>2</v></c></row><row r="6"><c r="A6" s="0"><f t="shared" si="0"/></c></row>'
    )
    (sheet,) = read_sheets(hostile.xlsx(tmp_path / "formulas.xlsx", rows))
    assert sheet.notes["uncached"] == 3
    assert [row[0] for row in sheet.rows(9)] == ["id", "", "", "", "2", ""][: sheet.columns.num_rows]


@pytest.mark.parametrize("prefix", ["", "x:"])
def test_long_numbers_are_exact_where_the_file_has_their_digits(tmp_path, prefix):
    digits = ["110101199001011234", "110101199001011000", "1.10101199001011E+17", "999999999999999", "6222021234567890"]
    cells = "".join(f'<row r="{i}"><c r="A{i}"><v>{d}</v></c></row>' for i, d in enumerate(digits, 1))
    sheet_xml = hostile.SHEET.format(rows=cells)
    if prefix:
        sheet_xml = sheet_xml.replace("</", "</x:").replace("<", "<x:").replace("<x:/x:", "</x:").replace("<x:?", "<?")
        sheet_xml = sheet_xml.replace("xmlns=", "xmlns:x=")
    path = hostile.xlsx(tmp_path / "long.xlsx", **{"xl/worksheets/sheet1.xml": sheet_xml})
    (sheet,) = read_sheets(path)
    assert [row[0] for row in sheet.rows(9)] == [*digits[:2], "1.10101199001011e+17", *digits[3:]]
    assert sheet.notes["lost_digits"] == 3  # whatever follows the 15th digit is 0, or is not in the file


def test_rich_text_is_its_words(tmp_path):
    path = tmp_path / "rich.xlsx"
    with xlsxwriter.Workbook(path) as workbook:
        page = workbook.add_worksheet()
        page.write_rich_string(0, 0, "客户", workbook.add_format({"bold": True}), "姓名", "(必填)")
    assert read_sheets(path)[0].rows(1) == [["客户姓名(必填)"]]


def test_blank_rows_and_titles_are_no_data(book):
    path = book(["Members of June"], [], ["id", "name"], [1, "a"], [None, None], [2, "b"])
    _, rows, lines, skipped = read(path, header_row=3)
    assert (rows, lines, [row.line for row in skipped]) == ([["1", "a"], ["2", "b"]], [4, 6], [5])


def test_a_remark_beside_the_table_does_not_cost_the_row(book):
    assert [row[:2] for row in read(book(["id", "name"], [1, "a", None, "call her"], [2, "b"]))[1]] == [
        ["1", "a"],
        ["2", "b"],
    ]


def test_a_table_may_begin_anywhere(book):
    path = book(cells=[("C4", "id"), ("D4", "name"), ("C5", 1), ("D5", "a")])
    names, rows, lines, _ = read(path, header_row=4)
    assert (names, rows, lines) == (["column 1", "column 2", "id", "name"], [["", "", "1", "a"]], [5])


def test_a_header_below_the_last_row_and_an_empty_sheet_give_nothing(book):
    assert read(book(["id"]), header_row=7)[:2] == ([], [])
    assert read(book(cells=[]))[:2] == ([], [])


def test_headers_of_two_rows_are_joined(tmp_path):
    path = tmp_path / "two.xlsx"
    with xlsxwriter.Workbook(path) as workbook:
        page = workbook.add_worksheet()
        page.write(0, 0, "Report")
        page.merge_range(1, 0, 2, 0, "Member")
        page.merge_range(1, 1, 1, 2, "Sales")
        page.write(1, 3, "Remark")
        page.write_row(2, 1, ["Amount", "Count"])
        page.write_row(3, 0, ["m1", 5, 2, "x"])
    names, rows, lines, _ = read(path, header_row=2, header_rows=2)
    assert names == ["Member", "Sales / Amount", "Sales / Count", "Remark"]
    assert (rows, lines) == ([["m1", "5", "2", "x"]], [4])


def test_sheets_are_found_by_name_pattern_and_list(tmp_path):
    path = tmp_path / "months.xlsx"
    with xlsxwriter.Workbook(path) as workbook:
        for name in ("2026-01", "2026-02", "说明", "2026-03"):
            workbook.add_worksheet(name).write(0, 0, name)
        workbook.get_worksheet_by_name("2026-03").hide()

    def names(wanted):
        return [sheet.name for sheet in read_sheets(path, wanted)]

    assert names("说明") == ["说明"]
    assert names("2026-*") == ["2026-01", "2026-02"]
    assert names(("说明", "2026-*", "2026-03")) == ["说明", "2026-01", "2026-02", "2026-03"]
    assert sheet_names(path) == {"2026-01": True, "2026-02": True, "说明": True, "2026-03": False}
    with pytest.raises(UnreadableFile) as error:
        read_sheets(path, "Members")
    assert (error.value.reason, error.value.details["sheets"]) == ("no_sheet", "2026-01, 2026-02, 说明, 2026-03")


def test_a_hidden_sheet_is_never_the_default(tmp_path):
    path = tmp_path / "hidden.xlsx"
    with xlsxwriter.Workbook(path) as workbook:
        old, new = workbook.add_worksheet("old"), workbook.add_worksheet("new")
        new.activate()
        new.set_first_sheet()
        old.hide()
    (sheet,) = read_sheets(path)
    assert (sheet.name, sheet.visible, sheet.others) == ("new", True, ("old",))
    (sheet,) = read_sheets(path, "old")
    assert (sheet.name, sheet.visible, sheet.others) == ("old", False, ())


def test_sheets_read_ahead_are_those_that_are_read_when_asked_for(book, tmp_path):
    first, broken = book(["id"], [1]), tmp_path / "broken.xlsx"
    broken.write_bytes(b"PK\x03\x04 no archive")
    with Ahead([(first, None), (broken, None), (first, None)]) as ahead:
        with pytest.raises(UnreadableFile):
            ahead.sheets(broken, None)
        for _ in range(2):
            assert ahead.sheets(first, None)[0].rows(9) == [["id"], ["1"]]


def test_open_document_spreadsheets(tmp_path):
    text, value = hostile.ods_text, hostile.ods_value
    path = hostile.ods(
        tmp_path / "book.ods",
        hostile.ods_table("隐藏", text("x"), hidden=True),
        hostile.ods_table(
            "会员",
            text("id") + text("day") + text("amount") + text("yes"),
            text("007") + value("date", "2026-03-01") + value("percentage", "0.155") + value("boolean", "true"),
            value("float", "13800138000")
            + value("date", "2026-03-01T12:30:00")
            + text("#N/A")
            + value("time", "PT13H45M07S"),
        ),
    )
    (sheet,) = read_sheets(path)
    assert (sheet.name, sheet.others, sheet.notes["error"]) == ("会员", ("隐藏",), 1)
    assert sheet.rows(9)[1:] == [
        ["007", "2026-03-01", "0.155", "true"],
        ["13800138000", "2026-03-01 12:30:00", "", "13:45:07"],
    ]
