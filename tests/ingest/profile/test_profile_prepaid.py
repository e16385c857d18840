"""Money paid in ahead is no sale where what is bought from it is one: top-ups, and uses of packs that were sold."""

import tomllib

import pytest
import xlsxwriter

from crm_lib.ingest.profile.files import profile
from crm_lib.language import LANGUAGES, catalogue
from crm_lib.run.profile import write_draft
from tests.ingest.profile.test_profile import mapping, one, said, text

LINES = ["单据号", "营业日期", "会员卡号", "项目大类", "项目名称", "实收金额", "发型师", "单据类型"]
TOPUPS = ["充值单号", "充值日期", "门店", "会员卡号", "充值金额", "赠送金额"]
USES = ["核销流水", "售卡单号", "核销日期", "门店", "会员卡号", "核销次数"]


def lines(words):
    return [
        [f"X{i}", f"2026-01-{1 + i % 28:02d}", f"M{i % 20}", "烫染", "染发", "300", "阿杰", words[i % len(words)]]
        for i in range(60)
    ]


def numbered(header):
    return [header, *([f"N{i:05d}", f"2026-01-{1 + i % 28:02d}", "A", f"M{i % 20}", "300", "30"] for i in range(60))]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_top_up_beside_what_is_bought_from_it_is_proposed_as_no_data(tmp_path, language):
    found = one(tmp_path / "流水.csv", text([LINES, *lines(["消费", "充值"])]))
    assert "profile.note.prepaid" in said(found)
    assert "profile.note.no_orders" not in said(found)
    assert mapping(found)["salesperson"] == "发型师"
    told = tomllib.loads(write_draft([found], tmp_path / "new", catalogue(language), "x", "service").read_text("utf-8"))
    (source,) = told["sources"]
    assert source["not_data"] == {"单据类型": ["充值"]}
    assert "values" not in source


def test_a_top_up_stays_a_sale_where_nothing_else_is_sold(tmp_path):
    found = one(tmp_path / "流水.csv", text([LINES, *lines(["充值"])]))
    assert "profile.note.prepaid" not in said(found)
    assert found.values["kind"].known == {"充值": "sale"}


@pytest.mark.parametrize(("header", "note"), [(TOPUPS, "topups"), (USES, "uses")])
def test_a_list_of_top_ups_or_uses_is_told(tmp_path, header, note):
    assert f"profile.note.{note}" in said(one(tmp_path / "卡.csv", text(numbered(header))))


def test_a_list_of_top_ups_is_no_source_of_the_draft(tmp_path):
    found = one(tmp_path / "卡.csv", text(numbered([*TOPUPS[:4], "金额", "赠送金额"])))
    sales = one(tmp_path / "流水.csv", text([LINES, *lines(["消费", "退单"])]))
    draft = write_draft([found, sales], tmp_path / "new", catalogue("zh"), "x", "service").read_text("utf-8")
    assert [source["file"].split("/")[-1] for source in tomllib.loads(draft)["sources"]] == ["流水.csv"]
    assert "预收款" in draft


def test_orders_are_taken_for_neither(tmp_path):
    notes = said(one(tmp_path / "流水.csv", text([LINES, *lines(["消费", "充值"])])))
    assert not {"profile.note.topups", "profile.note.uses"} & {*notes}


def test_amounts_of_four_digits_in_a_workbook_are_no_days(tmp_path):
    with xlsxwriter.Workbook(tmp_path / "x.xlsx") as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["单号", "日期", "余额"])
        for i in range(1, 40):
            sheet.write_row(i, 0, [f"N{i:05d}", 45_000 + i, 1000 + 37.5 * i])
    (found,) = profile(tmp_path / "x.xlsx")
    assert (found.column("日期").share("date"), found.column("余额").share("date")) == (1, 0)
