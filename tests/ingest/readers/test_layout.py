"""A file that was read in the wrong way is told of once, with what to declare instead, and never with its rows."""

import openpyxl
import pytest

from crm_lib.errors import UserError
from crm_lib.ingest.readers.file_kind import file_kind
from crm_lib.language import LANGUAGES, catalogue
from crm_lib.run.data_checks import check_data
from tests.ingest.folder import ORDERS, account, canonical, engagement, rows, text_of

HEADER = ["单号", "会员号", "日期", "金额"]
DATA = [[f"A{i}", "13800138000", f"2026-01-{i + 10}", "5"] for i in range(9)]
COLUMNS = {"order_id": "单号", "customer_key": "会员号", "ordered_on": "日期", "amount": "金额"}
SOURCE = ORDERS | {"columns": COLUMNS}
PLACE = "engagement.toml [[sources]] #1 (pos)"


def problems(folder, **more):
    return check_data(folder, engagement(SOURCE | more))


def settings(folder, **more):
    """The one thing that is said: where and which settings."""
    (problem,) = problems(folder, **more)
    assert problem.message.id == "errors.data.misread"
    assert problem.message.args["here"].value <= 1
    assert problem.message.args["found"].value == 4
    return problem.where.removeprefix(PLACE).strip(), problem.message.args["settings"].value


@pytest.mark.parametrize(
    ("encoding", "declared", "told"),
    [
        ("utf-8", {"delimiter": ";"}, ("delimiter", 'delimiter = ","')),
        ("gb18030", {"encoding": "utf-8"}, ("encoding", 'encoding = "gb18030"')),
        ("utf-8", {"encoding": "gbk"}, ("encoding", 'encoding = "utf-8"')),
        ("utf-16", {"encoding": "utf-8"}, ("encoding", 'encoding = "utf-16"')),
        ("utf-8", {"header_row": 3}, ("header_row", "header_row = 1")),
    ],
)
def test_what_to_declare_instead(tmp_path, encoding, declared, told):
    (tmp_path / "pos.csv").write_bytes(text_of([HEADER, *DATA]).encode(encoding))
    assert settings(tmp_path, **declared) == told


def test_a_header_below_titles_is_found(tmp_path):
    (tmp_path / "pos.csv").write_text(text_of([["六月报表"], ["店长", "张丽"], HEADER, *DATA]), encoding="utf-8")
    assert settings(tmp_path) == ("header_row", "header_row = 3")


def test_another_sheet_is_found(tmp_path):
    workbook = openpyxl.Workbook()
    workbook.active.append(["说明"])
    for row in (["订单"], HEADER, *DATA):
        (workbook["订单"] if "订单" in workbook else workbook.create_sheet("订单")).append(row)
    workbook.save(tmp_path / "pos.xlsx")
    told = settings(tmp_path, file="pos.xlsx", format="xlsx")
    assert told == ("sheet, header_row", 'sheet = "订单", header_row = 2')


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("header_row", [2, 5])
def test_rows_of_customers_are_not_shown_as_headers(tmp_path, language, header_row):
    (tmp_path / "pos.csv").write_text(text_of([["a", "b", "c", "d"], *DATA]), encoding="utf-8")
    found = problems(tmp_path, header_row=header_row)
    assert [p.message.id for p in found] == ["errors.data.no_mapped_header"]
    text = UserError(found).text(catalogue(language))
    assert "13800138000" not in text
    assert "***" in text


def test_the_headers_of_another_file_are_shown(tmp_path):
    (tmp_path / "pos.csv").write_text("no,client,day,paid\n1,2,3,4\n", encoding="utf-8")
    (problem,) = problems(tmp_path)
    assert problem.message.args["headers"].value == "no, client, day, paid"


def test_single_slips_are_told_of_one_by_one(tmp_path):
    (tmp_path / "pos.csv").write_text(text_of([["单号", "会员号", "下单日期", "实付金额"], *DATA]), encoding="utf-8")
    assert [p.where for p in problems(tmp_path)] == [f"{PLACE} columns.ordered_on", f"{PLACE} columns.amount"]


def test_a_mapped_header_that_stands_twice_has_to_be_chosen(tmp_path):
    (tmp_path / "pos.csv").write_text(text_of([[*HEADER, "金额"], *([*row, "7"] for row in DATA)]), encoding="utf-8")
    (problem,) = problems(tmp_path)
    assert (problem.message.id, problem.where) == ("errors.data.header_twice", f"{PLACE} columns.amount")
    for header, amount in (("金额 (1)", 5), ("金额（2）", 7)):
        made = canonical(tmp_path, SOURCE | {"columns": COLUMNS | {"amount": header}})
        assert rows(made, "SELECT DISTINCT amount FROM {orders}") == [(amount,)]


def test_a_header_that_stands_twice_and_is_not_mapped_does_not_matter(tmp_path):
    (tmp_path / "pos.csv").write_text(
        text_of([[*HEADER, "备注", "备注"], *([*r, "", ""] for r in DATA)]), encoding="utf-8"
    )
    assert account(canonical(tmp_path, SOURCE)).iloc[0]["accepted"] == 9


@pytest.mark.parametrize(("data", "id"), [(b"", "empty_file"), (b"\n\n", "no_header"), (b"a,b\n", "no_mapped_header")])
def test_files_with_nothing_in_them(tmp_path, data, id):
    (tmp_path / "pos.csv").write_bytes(data)
    assert [p.message.id for p in problems(tmp_path)] == [f"errors.data.{id}"]


def test_a_file_of_another_format_is_named(tmp_path):
    workbook = openpyxl.Workbook()
    workbook.active.append(HEADER)
    workbook.save(tmp_path / "book.xlsx")
    (tmp_path / "pos.csv").write_bytes((tmp_path / "book.xlsx").read_bytes())
    (tmp_path / "pos.xlsx").write_text(text_of([HEADER, *DATA]), encoding="gb18030")
    for more, actual in (({"format": "csv"}, "xlsx"), ({"file": "pos.xlsx", "format": "xlsx"}, "csv")):
        (problem,) = problems(tmp_path, **more)
        assert (problem.message.id, problem.message.args["actual"].value) == ("errors.data.other_format", actual)
    assert [file_kind(tmp_path / name) for name in ("pos.csv", "pos.xlsx")] == ["xlsx", "csv"]
