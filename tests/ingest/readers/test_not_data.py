"""Rows that are no data are told apart, by kind, and are neither customers nor money."""

import openpyxl
import pytest

from crm_lib.ingest.load import parse
from crm_lib.ingest.readers.not_data import KINDS
from crm_lib.language import LANGUAGES, catalogue
from crm_lib.run.data_checks import check_data
from crm_lib.run.prepare import inventory
from tests.ingest.folder import MEMBERS, ORDERS, account, canonical, engagement, rows, set_aside, write_csv

HEADER = ["order_id", "product_name", "ordered_on", "amount", "quantity"]
DATA = [["A1", "soap", "2026-01-05", "10", "1"], ["A2", "Total", "2026-01-06", "20", "2"]]


def kinds(made):
    frame = inventory(made)["non_data"]
    return dict(zip(frame["kind"], frame["rows"], strict=True))


@pytest.mark.parametrize(
    "total",
    [
        ["合计", "", "", "30.00", "3"],
        ["", "总计：", "", "￥30.00", "3"],
        ["上海店小计", "", "", "30", ""],
        ["Grand Total", "", "", "30", "3"],
        ["Total:", "2", "", "30", "3"],
        ["subtotal", "", "", "(30)", "3"],
        ["合计", "30"],
        ["共计 2 笔"],
        ["合计: 30.00 元", "", "", "", ""],
        ["Sub-total The Montpellier, Harrogate", "", "", "£30.00", "3"],
        ["Total for Bath", "", "", "30", ""],
        ["The Montpellier Total", "", "", "30", "3"],
        ["Zwischensumme Filiale Nord", "", "", "30", ""],
        ["Total", "EUR", "", "30", "3"],
        ["Grand Totals (1,234 records)"],
        ["总计（2 笔）"],
        ["", "Zwischensumme", "", "30", "3 Alpina"],
        ["", "小计", "", "30.00", "东区"],
        ["小计", "", "2026年1月", "30.00", "3"],
        ["小计", "", "2026-01", "30.00", "3"],
        ["本月小计", "", "第一季度", "30.00", "3"],
        ["Subtotal", "", "January 2026", "30", "3"],
    ],
)
def test_a_row_of_totals_is_no_money_and_not_set_aside(tmp_path, total):
    write_csv(tmp_path / "pos.csv", [HEADER, *DATA, total])
    made = canonical(tmp_path, ORDERS)
    file = account(made).iloc[0]
    assert (file["rows_read"], file["accepted"], file["quarantined"], file["non_data"]) == (3, 2, 0, 1)
    assert (file["amount_read"], file["amount_accepted"], file["amount_quarantined"]) == (30, 30, 0)
    assert kinds(made) == {"total": 1}
    assert rows(made / "trail", "SELECT line, kind FROM {non_data}") == [(4, "total")]


@pytest.mark.parametrize(
    "row",
    [
        ["A3", "Total", "2026-01-07", "5", "1"],
        ["Total", "bar", "2026-01-07", "5", "1"],
        ["Total", "24 fl oz", "", "5", "1"],
        ["综合计划", "", "", "5", "1"],
        ["", "会计", "", "5", "1"],
        ["Summit", "", "", "5", ""],
        ["Total Repair", "", "2026-01-07", "5", "1"],
        ["", "Total Repair", "", "5", "1"],
        ["Total Repair", "bar", "", "5", "1"],
        ["Total Repair", "", "", "", ""],
        ["Totally Bath", "", "", "5", "1"],
    ],
)
def test_a_row_that_names_something_is_data_whatever_its_words(tmp_path, row):
    write_csv(tmp_path / "pos.csv", [HEADER, *DATA, row])
    assert kinds(canonical(tmp_path, ORDERS)) == {}


def test_a_product_called_total_in_the_first_column_is_data(tmp_path):
    write_csv(tmp_path / "pos.csv", [["product", "no", "day", "amount"], ["Total", "17", "20260105", "30"]])
    source = ORDERS | {"columns": {"order_id": "no", "ordered_on": "day", "product_name": "product"}}
    made = canonical(tmp_path, source)
    assert account(made).iloc[0]["accepted"] == 1


def test_a_row_of_totals_in_a_workbook_is_no_customer(tmp_path):
    workbook = openpyxl.Workbook()
    for row in (
        ["会员导出"],
        ["会员号", "姓名", "手机", "积分"],
        ["m1", "张丽", "13800138000", 5],
        [None],
        ["m2", "李伟", None, 7],
        ["合计", "2人", None, 12],
        ["导出人：前台"],
    ):
        workbook.active.append(row)
    workbook.save(tmp_path / "members.xlsx")
    source = MEMBERS | {
        "file": "members.xlsx",
        "format": "xlsx",
        "header_row": 2,
        "footer_rows": 1,
        "columns": {"customer_key": "会员号", "name": "姓名", "phone": "手机"},
    }
    made = canonical(tmp_path, source)
    assert rows(made, "SELECT COUNT(*) FROM {customers}") == [(2,)]
    assert kinds(made) == {"blank": 1, "total": 1, "footer": 1}
    file = account(made).iloc[0]
    assert (file["rows_read"], file["accepted"], file["non_data"]) == (5, 2, 3)


def test_totals_may_be_kept_as_data(tmp_path):
    write_csv(tmp_path / "pos.csv", [HEADER, *DATA, ["合计", "", "", "30", "3"]])
    made = canonical(tmp_path, ORDERS | {"total_rows": "keep"})
    assert kinds(made) == {}
    assert [row["reason"] for row in set_aside(made, "pos")] == ["required_missing"]


def test_rows_are_declared_by_their_values(tmp_path):
    write_csv(tmp_path / "pos.csv", [HEADER, *DATA, ["A3", "测试 商品", "2026-01-07", "5", "1"]])
    made = canonical(tmp_path, ORDERS | {"not_data": {"Product_Name": ["测试商品", "soap"]}})
    assert kinds(made) == {"declared": 2}
    assert rows(made, "SELECT order_id FROM {orders}") == [("A2",)]
    problems = check_data(tmp_path, engagement(ORDERS | {"not_data": {"prodct_name": ["x"]}}))
    assert [(p.message.id, p.message.args["near"].value) for p in problems] == [
        ("errors.data.unknown_header_near", "product_name")
    ]


def test_the_footer_is_counted_from_the_last_row_that_is_not_blank(tmp_path):
    write_csv(tmp_path / "pos.csv", [HEADER, *DATA, [], ["exported 2026", "", "", "", ""], ["page 1"], [], []])
    parsed, _ = parse(engagement(ORDERS | {"footer_rows": 2}).sources[0], tmp_path / "pos.csv")
    assert [(row.line, row.kind) for row in parsed.skipped] == [
        (4, "blank"),
        (5, "footer"),
        (6, "footer"),
        (7, "blank"),
        (8, "blank"),
    ]
    assert len(parsed.rows) == 2


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_has_words(language):
    assert [kind for kind in KINDS if f"ingest.non_data.{kind}" not in catalogue(language)] == []


@pytest.mark.parametrize(
    "end",
    [
        [["Exported by", "Ann"], ["Exported on", "2026-03-31"]],
        [["导出人：", "王敏", "", "", ""], ["导出时间", "2026-03-31", "", "", ""]],
        [[""], ["Copyright 2026 Example"], ["Generated by:", "Ann Smith"]],
    ],
)
def test_a_footer_of_a_label_and_what_it_says_is_no_data(tmp_path, end):
    write_csv(tmp_path / "pos.csv", [HEADER, *DATA, *end])
    made = canonical(tmp_path, ORDERS)
    assert kinds(made)["note"] == 2
    assert account(made).iloc[0]["quarantined"] == 0


def test_a_row_before_the_end_or_of_another_word_is_still_looked_at(tmp_path):
    header = ["order_id", "ordered_on", "amount", "quantity"]
    for last in (["Source 12", "2026-03-31", "", ""], ["A7", "2026-03-31", "", ""]):
        write_csv(tmp_path / "pos.csv", [header, ["A1", "2026-01-05", "10", "1"], last])
        assert account(canonical(tmp_path, ORDERS)).iloc[0]["quarantined"] == 1
    write_csv(tmp_path / "pos.csv", [header, ["Exported on", "2026-03-31", "", ""], ["A1", "2026-01-05", "10", "1"]])
    assert account(canonical(tmp_path, ORDERS)).iloc[0]["quarantined"] == 1
