"""Files of every kind through the whole of prepare: what is accepted, left out, set aside and told."""

import datetime as dt
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
import xlsxwriter

from crm_lib.engagement import Source
from crm_lib.errors import UserError
from crm_lib.ingest import sql
from crm_lib.ingest.load import load
from crm_lib.ingest.remarks import remarks
from crm_lib.run.prepare import inventory
from tests.ingest import hostile
from tests.ingest.folder import ORDERS, account, canonical, engagement, rows, set_aside, text_of

HEADER = ["order_id", "customer_key", "ordered_on", "amount"]
DATA = [[f"A{i}", f"m{i}", f"2026-01-{i + 10}", f"{i}.5"] for i in range(5)]


def as_csv(path):
    path.write_text(text_of([HEADER, *DATA]))


def as_tsv(path):
    path.write_text("\n".join("\t".join(row) for row in [HEADER, *DATA]))


def as_xlsx(path):
    with xlsxwriter.Workbook(path) as workbook:
        page = workbook.add_worksheet()
        day = workbook.add_format({"num_format": "yyyy-mm-dd"})
        page.write_row(0, 0, HEADER)
        for i, (order, member, on, amount) in enumerate(DATA, 1):
            page.write_row(i, 0, [order, member])
            page.write_datetime(i, 2, dt.datetime.fromisoformat(on), day)
            page.write_number(i, 3, float(amount))


def as_ods(path):
    lines = ["".join(hostile.ods_text(cell) for cell in HEADER)]
    for order, member, on, amount in DATA:
        texts = hostile.ods_text(order) + hostile.ods_text(member)
        lines.append(texts + hostile.ods_value("date", on) + hostile.ods_value("currency", amount))
    hostile.ods(path, hostile.ods_table("a", *lines))


def as_xls(path):
    """Nothing that is installed writes these: the file holds DATA in its second sheet, the first is hidden."""
    path.write_bytes((Path(__file__).parent / "files" / "orders.xls").read_bytes())


def as_parquet(path):
    pd.DataFrame(DATA, columns=HEADER).to_parquet(path)


def as_jsonl(path):
    pd.DataFrame(DATA, columns=HEADER).to_json(path, orient="records", lines=True)


WAYS = {"csv": as_csv, "tsv": as_tsv, "xlsx": as_xlsx, "ods": as_ods, "xls": as_xls, "parquet": as_parquet}
WAYS["jsonl"] = as_jsonl


@pytest.mark.parametrize("declared", [True, False])
@pytest.mark.parametrize("form", WAYS)
def test_the_same_rows_from_every_format(tmp_path, form, declared):
    WAYS[form](tmp_path / "export.dat")
    made = canonical(tmp_path, ORDERS | {"file": "export.dat"} | ({"format": form} if declared else {}))
    found = rows(made, "SELECT order_id, CAST(ordered_on AS VARCHAR), amount FROM {orders} ORDER BY ALL")
    assert found == [(order, on, float(amount)) for order, _, on, amount in DATA]
    file = account(made).iloc[0]
    assert (file["rows_read"], file["accepted"]) == (5, 5)
    assert file["format"] == (form if declared or form != "tsv" else "csv")


def test_sheets_of_one_workbook_are_files_of_one_source(tmp_path):
    with xlsxwriter.Workbook(tmp_path / "year.xlsx") as workbook:
        for month in (1, 2, 3):
            page = workbook.add_worksheet(f"{month}月")
            page.write_row(0, 0, HEADER)
            page.write_row(1, 0, [f"A{month}", "m1", f"2026-0{month}-01", month])
            page.write_row(2, 0, ["合计", "", "", month])
        workbook.worksheets()[2].hide()
        workbook.add_worksheet("说明").write(0, 0, "about")
    made = canonical(tmp_path, ORDERS | {"file": "year.xlsx", "sheet": "*月"})
    files = account(made)
    assert list(files["file"]) == ["year.xlsx [1月]", "year.xlsx [2月]"]
    assert list(files["accepted"]) == [1, 1]
    assert list(files["non_data"]) == [1, 1]
    unread = [(m.args["file"].value, m.args["what"].value) for m in told_of(made) if m.id.endswith("hidden_unread")]
    assert unread == [("year.xlsx", "3月")]


def told_of(made):
    return [m for m in remarks(inventory(made), dt.date(2026, 6, 30)) if m.id.startswith("ingest.remark.read.")]


def test_what_a_workbook_does_not_show_is_told(tmp_path):
    with xlsxwriter.Workbook(tmp_path / "pos.xlsx") as workbook:
        workbook.add_worksheet("first").write(0, 0, "about")
        page = workbook.add_worksheet("orders")
        page.hide()
        page.write_row(0, 0, [*HEADER, "quantity", "product_id"])
        for i, row in enumerate(DATA, 1):
            page.write_row(i, 0, row)
        page.write_formula(1, 4, "=NA()", None, "#N/A")
        page.write_formula(2, 4, "=1+1", None, "")
        page.write_number(3, 5, 110101199001011234)
    made = canonical(tmp_path, ORDERS | {"file": "pos.xlsx", "sheet": "orders"})
    assert [(m.id.rpartition(".")[2], m.args["n"].value, m.args["what"].value) for m in told_of(made)] == [
        ("error", 1, ""),
        ("uncached", 1, ""),
        ("lost_digits", 1, ""),
        ("hidden", 0, "orders"),
    ]
    assert account(made).iloc[0]["accepted"] == 5


def test_serial_numbers_without_a_date_format_follow_the_workbook(tmp_path):
    for name, old in (("a", False), ("b", True)):
        with xlsxwriter.Workbook(tmp_path / f"{name}.xlsx", {"date_1904": old}) as workbook:
            page = workbook.add_worksheet()
            page.write_row(0, 0, HEADER)
            page.write_row(1, 0, [name, "m1", 46054 - 1462 * old, 1])
    made = canonical(tmp_path, ORDERS | {"file": "?.xlsx"})
    days = rows(made, "SELECT order_id, CAST(ordered_on AS VARCHAR) FROM {orders} ORDER BY ALL")
    assert days == [("a", "2026-02-01"), ("b", "2026-02-01")]


def test_a_hidden_sheet_of_an_old_workbook_is_not_read(tmp_path):
    as_xls(tmp_path / "pos.xls")
    told = told_of(canonical(tmp_path, ORDERS | {"file": "pos.xls"}))
    assert [(m.id.rpartition(".")[2], m.args["what"].value) for m in told] == [("hidden_unread", "old")]


def test_headers_of_two_rows(tmp_path):
    workbook = openpyxl.Workbook()
    page = workbook.active
    for row in (["订单", None, "金额", None], ["单号", "日期", "应付", "实付"], ["A1", "2026-01-05", 9, 8]):
        page.append(row)
    page.merge_cells("A1:B1")
    page.merge_cells("C1:D1")
    workbook.save(tmp_path / "pos.xlsx")
    columns = {"order_id": "订单 / 单号", "ordered_on": "订单 / 日期", "amount": "金额 / 实付"}
    made = canonical(
        tmp_path,
        ORDERS | {"file": "pos.xlsx", "header_rows": 2, "columns": columns, "constants": {"customer_key": "m1"}},
    )
    assert rows(made, "SELECT order_id, amount FROM {orders}") == [("A1", 8)]
    assert rows(made / "inventory", "SELECT header_rows FROM {files}") == [(2,)]


def test_header_rows_of_text_are_refused(tmp_path):
    as_csv(tmp_path / "pos.csv")
    with pytest.raises(UserError, match="header_rows"):
        canonical(tmp_path, ORDERS | {"header_rows": 2})


def test_files_over_which_a_query_runs_may_be_of_any_kind(tmp_path):
    as_xlsx(tmp_path / "lines.xlsx")
    (tmp_path / "stores.csv").write_text("order_id,city\nA1,上海\n")
    query = "SELECT l.* FROM lines AS l JOIN stores AS s USING (order_id)"
    source = {"name": "pos", "table": "order_lines", "files": {"lines": "lines.xlsx", "stores": "stores.csv"}}
    assert rows(canonical(tmp_path, source | {"query": query}), "SELECT order_id FROM {orders}") == [("A1",)]


JOINED = {
    "name": "pos",
    "table": "order_lines",
    "query": "SELECT l.*, s.city AS store FROM lines AS l JOIN stores AS s USING (order_id) ORDER BY order_id",
}


def test_a_query_sees_the_files_of_a_pattern_as_one_table_and_each_name_by_what_is_said_of_it(tmp_path):
    head = "order_id,customer_key,ordered_on,amount\n"
    (tmp_path / "lines_1.csv").write_text(f"{head}A1,C1,2026-01-05,9\n")
    (tmp_path / "lines_2.csv").write_text(f"{head}A2,C1,2026-02-05,9\n")
    (tmp_path / "stores.csv").write_bytes("店铺表\norder_id;city\nA1;上海\nA2;杭州\n".encode("gbk"))
    stores = {"file": "stores.csv", "header_row": 2, "encoding": "gbk", "delimiter": ";"}
    made = canonical(tmp_path, JOINED | {"encoding": "utf-8", "files": {"lines": "lines_*.csv", "stores": stores}})
    assert rows(made, "SELECT order_id, store FROM {order_lines} ORDER BY 1") == [("A1", "上海"), ("A2", "杭州")]
    assert list(account(made)["file"]) == ["lines_*.csv + stores.csv"]
    with pytest.raises(UserError, match=r"lines_9\*\.csv"):
        canonical(tmp_path, JOINED | {"files": {"lines": "lines_9*.csv", "stores": stores}})
    with pytest.raises(UserError, match=r"\[\[sources\]\] #1 \(pos\) files.lines.header"):
        canonical(tmp_path, JOINED | {"files": {"lines": {"file": "lines_*.csv", "header": 2}}})


@pytest.mark.parametrize(("encoding", "told"), [("latin-1", True), ("gbk", False), (None, False)])
def test_a_query_that_fails_tells_what_it_sees_and_a_wrong_encoding(tmp_path, encoding, told):
    (tmp_path / "lines.csv").write_bytes("订单号,金额\nA1,9\n".encode("gbk"))
    source = {"name": "pos", "table": "order_lines", "files": {"lines": "lines.csv"}, "encoding": encoding}
    with pytest.raises(UserError) as caught:
        canonical(tmp_path, source | {"query": "SELECT 单号 FROM lines"})
    words = str(caught.value)
    assert "lines, which is lines.csv" in words
    assert ('by its bytes it is gb18030: set encoding = "gb18030"' in words) is told
    assert ("订单号, 金额" in words) is not told


def test_a_query_for_everything_gives_the_columns_of_the_file_and_no_other(tmp_path):
    as_csv(tmp_path / "pos.csv")
    source = Source(name="pos", table="order_lines", files={"lines": "pos.csv"}, query="SELECT * FROM lines")
    with sql.connect() as connection:
        (file,) = load(source, tmp_path, connection)
    header = (tmp_path / "pos.csv").read_text(encoding="utf-8").splitlines()[0]
    assert list(file.types) == ["_crm_line", *header.split(",")]


def test_quotes_and_delimiters_as_declared_reach_the_tables(tmp_path):
    (tmp_path / "pos.csv").write_text("order_id||ordered_on||amount||customer_key\n'A||1'||2026-01-05||9||m1\n")
    made = canonical(tmp_path, ORDERS | {"delimiter": "||", "quote": "'"})
    assert rows(made, "SELECT order_id, amount FROM {orders}") == [("A||1", 9)]


@pytest.mark.parametrize(
    "given", [{"quote": '"', "escape": '"'}, {"delimiter": "'", "quote": "'"}, {"quote": "''"}, {"delimiter": "a\nb"}]
)
def test_marks_that_cannot_be_told_apart_are_refused(given):
    with pytest.raises(UserError):
        engagement(ORDERS | given)


def test_a_format_that_is_none_is_told():
    with pytest.raises(UserError):
        engagement(ORDERS | {"format": "docx"})


def test_a_sheet_is_named_wherever_its_file_is(tmp_path):
    with xlsxwriter.Workbook(tmp_path / "pos.xlsx") as workbook:
        for name in ("orders", "more"):
            page = workbook.add_worksheet(name)
            for i, row in enumerate([HEADER, *DATA, [*DATA[0][:3], "?"]]):
                page.write_row(i, 0, row)
    for sheet, called in ({}, "pos.xlsx [orders]"), ({"sheet": "more"}, "pos.xlsx [more]"):
        source = ORDERS | {"file": "pos.xlsx"} | sheet
        made = canonical(tmp_path, source, data={"most_set_aside": 1})
        assert list(account(made)["file"]) == [called]
        assert {row["file"] for row in set_aside(made, "pos")} == {called}
        with pytest.raises(UserError) as caught:
            canonical(tmp_path, source | {"columns": {"store": "nowhere"}})
        assert called in str(caught.value)
