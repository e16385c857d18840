"""Files that nobody has seen: their layout, table and columns, and a draft that `check` accepts."""

import csv
import io
import tomllib
from datetime import date

import duckdb
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from crm_lib.engagement import examine, load
from crm_lib.errors import UserError
from crm_lib.ingest.profile.files import profile
from crm_lib.ingest.profile.match import SURE
from crm_lib.ingest.profile.notes import notes, reads_as
from crm_lib.ingest.profile.values import evidence_of_cells, masked
from crm_lib.language import LANGUAGES, catalogue
from crm_lib.run.data_checks import check_data
from crm_lib.run.prepare import prepare
from crm_lib.run.profile import look_at, tell, write_draft
from crm_lib.tables import SOURCE_TABLES
from tests.corpus.workbook import workbook
from tests.ingest import exports
from tests.ingest.folder import account

PEOPLE = [
    ["姓名", "手机号", "注册日期"],
    *([f"张{c}", f"1380013800{i}", f"2026-01-0{i + 1}"] for i, c in enumerate("一二三四五六")),
]
ORDER = [["订单编号", "下单日期", "实付金额"], *([f"A{i}", f"2026-01-{i + 10}", f"{i}9.5"] for i in range(12))]


def text(rows, delimiter=",", encoding="utf-8"):
    stream = io.StringIO()
    csv.writer(stream, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return stream.getvalue().encode(encoding)


def one(path, data):
    path.write_bytes(data)
    (found,) = profile(path)
    return found


def mapping(found):
    return {pair.column: pair.header for pair in found.mapping}


def said(found):
    return {note.id for note in notes(found)}


def scored(export, folder):
    """Whether the table is right; columns that are right, of how many; columns that are wrong."""
    found = one(folder / f"{export.name}.csv", text(export.rows()))
    known = {column: header for column, header in export.expected.items() if has(export.table, column)}
    got = mapping(found) if found.guess.table == export.table else {}
    right = sum(got.get(column) == header for column, header in known.items())
    return (
        found.guess.table == export.table,
        right,
        len(known),
        sum(known.get(c) != h for c, h in got.items() if c not in USED_UP),
    )


# Of headers that the list of expected ones does not speak of: a tax is rightly found.
USED_UP = {"tax_rate", "tax_amount"}


def has(table, column):
    return column in SOURCE_TABLES[table].names or column in ("customer_key", "phone", "email", "name")


@pytest.mark.parametrize(
    ("group", "tables", "columns", "wrong"),
    [(exports.KNOWN, 1, 0.95, 0), (exports.UNSEEN, 1, 0.9, 0.02), (exports.HELD_OUT, 0.8, 0.6, 0.03)],
)
def test_exports_of_many_systems_are_told_apart(tmp_path, group, tables, columns, wrong):
    scores = [scored(export, tmp_path) for export in group]
    every = sum(score[2] for score in scores)
    assert sum(score[0] for score in scores) >= tables * len(group)
    assert sum(score[1] for score in scores) >= columns * every
    assert sum(score[3] for score in scores) <= wrong * every


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_draft_lacks_only_what_nobody_can_know(tmp_path, language):
    (tmp_path / "raw").mkdir()
    chosen = [
        e
        for e in (*exports.KNOWN, *exports.UNSEEN)
        if e.name in ("有赞订单", "微盟客户", "抖店售后单", "企微跟进记录", "POS积分变动明细")
    ]
    for export in chosen:
        (tmp_path / "raw" / f"{export.name}.csv").write_bytes(text(export.rows(), encoding="gb18030"))
    found, problems = look_at(sorted((tmp_path / "raw").iterdir()))
    path = write_draft(found, tmp_path, catalogue(language), "", "")
    examined = examine(tomllib.loads(path.read_text(encoding="utf-8")))
    assert problems == []
    assert {p.where for p in examined.problems} == {"engagement.toml client.name", "engagement.toml client.industry"}
    path.unlink()
    write_draft(found, tmp_path, catalogue(language), 'A & B "店"', "retail")
    engagement = load(tmp_path)
    assert {source.table for source in engagement.sources} == {export.table for export in chosen}
    assert check_data(tmp_path, engagement) == []
    files = account(prepare(tmp_path, engagement)).set_index("table")
    assert (files["quarantined"] == 0).all()
    assert files.loc["order_lines", "non_data"] == sum(
        row[1] in ("待付款", "交易关闭", "已退款") for row in exports.KNOWN[0].rows()
    )


INVOICES = [
    ["Invoice No", "Invoice Date", "Customer No", "Total", "Status"],
    *([f"A{i}", f"2026-01-{i + 10}", f"C{i % 7}", "9.5", "Overdue" if i % 10 == 5 else "Paid"] for i in range(20)),
]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_column_with_a_word_that_nobody_knows_is_offered_not_mapped(tmp_path, language):
    found = one(tmp_path / "invoices.csv", text(INVOICES))
    pair = next(pair for pair in found.mapping if pair.column == "kind")
    assert (pair.confidence < SURE, pair.reason) == (True, "doubtful")
    path = write_draft([found], tmp_path, catalogue(language), "x", "b2b")
    assert "kind" not in tomllib.loads(path.read_text("utf-8"))["sources"][0]["columns"]
    assert '\n# kind = "Status"' in path.read_text("utf-8")
    engagement = load(tmp_path)
    assert check_data(tmp_path, engagement) == []
    assert account(prepare(tmp_path, engagement))["accepted"].tolist() == [20]


def test_a_word_that_sets_many_rows_aside_is_refused_with_what_it_costs(tmp_path):
    found = one(tmp_path / "invoices.csv", text(INVOICES))
    path = write_draft([found], tmp_path, catalogue("en"), "x", "b2b")
    plain = path.read_text("utf-8")
    for line in ("kind = ", "[sources.values.kind]", '"Paid" = '):
        plain = plain.replace(f"# {line}", line)
    path.write_text(plain, encoding="utf-8")
    (problem,) = check_data(tmp_path, load(tmp_path))
    told = problem.text(catalogue("en"))
    assert problem.where.endswith("values.kind")
    assert all(part in told for part in ("Overdue (2)", "2 of 20", "10.0%", "19.0 of 190.0", "not_data"))
    path.write_text(
        plain.replace("[sources.columns]", 'not_data = { Status = ["Overdue"] }\n[sources.columns]'), "utf-8"
    )
    assert check_data(tmp_path, load(tmp_path)) == []


def test_a_draft_is_not_written_over_an_engagement(tmp_path):
    (tmp_path / "engagement.toml").write_text("", encoding="utf-8")
    with pytest.raises(UserError):
        write_draft([], tmp_path, catalogue("en"), "", "")


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_value_of_a_customer_is_shown(tmp_path, language):
    rows = [
        [*PEOPLE[0], "邮箱", "备注"],
        *([*row, f"{i}x@example.com", "欠款未还"] for i, row in enumerate(PEOPLE[1:])),
    ]
    for name, table in (("会员.csv", rows), ("无表头.csv", rows[1:])):
        (tmp_path / name).write_bytes(text(table))
    found, _ = look_at(sorted(tmp_path.glob("*.csv")))
    console = Console(file=io.StringIO(), width=250)
    tell(found, catalogue(language), console)
    path = write_draft(found, tmp_path, catalogue(language), "", "")
    shown = console.file.getvalue() + path.read_text(encoding="utf-8")
    assert [cell for row in rows[1:] for cell in row if cell[:2] != "20" and cell in shown] == []
    assert "手机号" in shown


def test_phones_are_phones_whatever_the_header(tmp_path):
    rows = [["会员号", "x17"], *([f"m{i}", f"139{i:08d}"] for i in range(40))]
    found = one(tmp_path / "members.csv", text(rows))
    assert mapping(found) == {"customer_key": "会员号", "phone": "x17"}
    assert {pair.column: pair.reason for pair in found.mapping}["phone"] == "values"
    found = one(tmp_path / "members.csv", text([["会员号", "等级"], *([f"139{i:08d}", "金"] for i in range(40))]))
    assert mapping(found)["phone"] == "会员号"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", "^"])
def test_any_encoding_and_delimiter(tmp_path, encoding, delimiter):
    found = one(tmp_path / "x.csv", text(ORDER, delimiter, encoding))
    assert found.guess.table == "order_lines"
    assert mapping(found) == {"order_id": "订单编号", "ordered_on": "下单日期", "amount": "实付金额"}
    assert dict(found.settings) == ({"delimiter": "^"} if delimiter == "^" else {})
    assert found.rows == 12


def test_a_wrong_byte_costs_its_row_only(tmp_path):
    found = one(tmp_path / "x.csv", text(ORDER, encoding="gbk").replace(b"A7", b"\xff7"))
    assert (found.guess.table, found.rows, dict(found.rejected)) == ("order_lines", 12, {"undecodable": 1})


def test_titles_totals_and_units(tmp_path):
    rows = [["销售明细"], ["2026年1月", "单位：元"], [*ORDER[0][:2], "金额（万元）"], *ORDER[1:], ["合计", "", "999"]]
    found = one(tmp_path / "x.csv", text(rows))
    assert (found.header_row, dict(found.not_data), found.amount_unit) == (3, {"total": 1}, 10000)
    assert {"profile.note.titles", "ingest.non_data.total", "profile.note.amount_unit"} <= said(found)


@pytest.mark.parametrize(
    ("form", "order", "sure"),
    [("%d/%m/%Y", "DMY", True), ("%m/%d/%Y", "MDY", True), ("%Y-%m-%d", "", True), ("%Y%m%d", "", True)],
)
def test_the_order_of_dates_is_found_in_the_dates(tmp_path, form, order, sure):
    days = [date(2026, 1 + i % 3, 1 + i).strftime(form) for i in range(28)]
    found = one(tmp_path / "x.csv", text([ORDER[0], *([f"A{i}", day, "5"] for i, day in enumerate(days))]))
    assert (found.date_order, found.order_sure) == (order, sure)


def test_an_order_of_dates_that_nobody_can_know_is_asked_for(tmp_path):
    found = one(tmp_path / "x.csv", text([ORDER[0], *([f"A{i}", f"0{i + 1}/02/2026", "5"] for i in range(9))]))
    assert not found.order_sure
    assert "profile.note.date_order_open" in said(found)
    assert "check this" in write_draft([found], tmp_path / "new", catalogue("en"), "x", "retail").read_text("utf-8")


def test_sheets_are_told_apart_and_hidden_ones_flagged(tmp_path):
    data = workbook({"说明": [["本表由系统导出"]], "会员": PEOPLE, "旧订单": ORDER}, hidden=["旧订单"])
    (tmp_path / "x.xlsx").write_bytes(data)
    about, people, orders = profile(tmp_path / "x.xlsx")
    assert (people.guess.table, people.sheet, people.hidden) == ("customers", "会员", False)
    assert (orders.guess.table, orders.hidden) == ("order_lines", True)
    path = write_draft([about, people, orders], tmp_path, catalogue("en"), "x", "retail")
    assert [source["sheet"] for source in tomllib.loads(path.read_text("utf-8"))["sources"]] == ["会员"]
    assert path.read_text("utf-8").count("# Not used: x.xlsx") == 2


def test_a_header_of_two_rows_is_seen(tmp_path):
    rows = [["", "", "本月", "", "上月", ""], ["订单编号", "下单日期", "实付金额", "数量", "实付金额", "数量"]]
    body = [[f"A{i}", f"2026-01-{i + 10}", "5.5", "1", "4.5", "2"] for i in range(9)]
    found = one(tmp_path / "x.csv", text([*rows, *body]))
    assert (found.header_row, found.upper) == (2, True)
    assert "profile.note.two_headers" in said(found)


def test_a_header_of_two_rows_of_a_workbook_is_drafted(tmp_path):
    top = ["", "", "本月", "", "上月", ""]
    rows = [["销售明细"], top, ["订单编号", "下单日期", "实付金额", "数量", "实付金额", "数量"]]
    body = [[f"A{i}", f"2026-01-{i + 10}", 5.5, 1, 4.5, 2] for i in range(9)]
    with xlsxwriter.Workbook(tmp_path / "x.xlsx") as book:
        page = book.add_worksheet()
        for at, row in enumerate([*rows, *body]):
            page.write_row(at, 0, row)
    (found,) = profile(tmp_path / "x.xlsx")
    assert dict(found.settings) == {"header_row": 2, "header_rows": 2}
    assert "profile.note.header_rows" in said(found)
    mapped = {one.column: one.header for one in found.mapping}
    assert (mapped["order_id"], mapped["ordered_on"]) == ("订单编号", "下单日期")
    assert mapped["amount"] in ("本月 / 实付金额", "上月 / 实付金额")
    written = write_draft([found], tmp_path, catalogue("zh"), "x", "retail").read_text("utf-8")
    assert tomllib.loads(written)["sources"][0]["header_rows"] == 2


@pytest.mark.parametrize("merged", [False, True])
@pytest.mark.parametrize(
    ("below", "rows"),
    [(["", "", "应收", "实收"], 2), (["A0", "2026-01-09", "应收", "实收"], 1), (["", "", "8", "9"], 1)],
)
def test_names_of_parts_below_a_header_belong_to_it(tmp_path, merged, below, rows):
    with xlsxwriter.Workbook(tmp_path / "x.xlsx") as book:
        page = book.add_worksheet()
        for at, row in enumerate([["订单编号", "下单日期", "金额", ""], below]):
            page.write_row(at, 0, row)
        if merged and not below[0]:
            page.merge_range(0, 0, 1, 0, "订单编号")
            page.merge_range(0, 1, 1, 1, "下单日期")
            page.merge_range(0, 2, 0, 3, "金额")
        for i in range(9):
            page.write_row(2 + i, 0, [f"A{i}", f"2026-01-{i + 10}", 5.5, 4.5])
    (found,) = profile(tmp_path / "x.xlsx")
    assert found.settings.get("header_rows", 1) == rows
    if rows == 2:
        last = "金额 / 实收" if merged else "实收"  # only what is merged is said of both
        assert [column.header for column in found.columns] == ["订单编号", "下单日期", "金额 / 应收", last]
        assert (found.settings["header_row"], found.rows) == (1, 9)


def test_a_file_without_a_header_is_told(tmp_path):
    assert "profile.note.headless" in said(one(tmp_path / "x.csv", text(PEOPLE[1:])))


def test_parquet_with_its_types(tmp_path):
    path = tmp_path / "orders.parquet"
    duckdb.sql(
        "SELECT 'A' || i AS order_id, DATE '2026-01-01' + CAST(i AS INTEGER) AS ordered_on, i * 1.5 AS amount"
        " FROM range(30) AS t(i)"
    ).write_parquet(str(path))
    (found,) = profile(path)
    assert (found.guess.table, found.rows) == ("order_lines", 30)
    assert mapping(found) == {"order_id": "order_id", "ordered_on": "ordered_on", "amount": "amount"}
    assert [column.header for column in found.columns if column.is_key] == ["order_id", "ordered_on", "amount"]


def test_what_cannot_be_read_is_told_and_the_rest_is_looked_at(tmp_path):
    (tmp_path / "bad.xlsx").write_bytes(workbook({"S": ORDER})[:500])
    (tmp_path / "empty.csv").write_bytes(b"")
    (tmp_path / "good.csv").write_bytes(text(ORDER))
    found, problems = look_at([tmp_path / name for name in ("bad.xlsx", "none.csv", "good.csv", "empty.csv")])
    assert [one.path.name for one in found] == ["good.csv"]
    ids = [problem.message.id for problem in problems]
    assert ids[0] in ("errors.data.no_workbook", "errors.data.no_table")
    assert ids[1:] == ["errors.data.no_file", "errors.data.empty_file"]
    assert UserError(problems).text(catalogue("zh"))


def test_what_values_read_as():
    def kind(*cells):
        return reads_as(evidence_of_cells("x", cells))

    assert kind("13800138000", "139 0013 9000") == "phone"
    assert kind("a@example.com", "b@example.org") == "email"
    assert kind("2026-01-05", "2026年1月6日") == "date"
    assert kind("2026-01-05 10:00", "2026/1/6 9:30") == "datetime"
    assert (kind("1", "25"), kind("1.5", "￥2,000"), kind("A-1", "B-2")) == ("integer", "number", "id")
    assert (kind("", " "), kind("好", "好", "坏", "坏")) == ("empty", "words")
    assert kind("None", "NULL of nothing") == "text"


@given(st.text(max_size=40))
def test_masks_say_nothing_but_the_form(value):
    shown = masked(value)
    assert not any(character.isdigit() and character != "9" for character in shown)
    assert not any(character.isalpha() and character not in "Aa某" for character in shown)


@given(st.lists(st.lists(st.text(max_size=8), max_size=5), max_size=12))
def test_any_rows_can_be_looked_at(rows):
    from crm_lib.ingest.profile.layout import find_header

    header = find_header(rows)
    assert header is None or 1 <= header.row <= len(rows)


@pytest.mark.parametrize(
    ("header", "yes", "no"), [("拒绝营销", "是", "否"), ("是否不接受营销短信", "Y", "N"), ("Do Not Call", "1", "0")]
)
def test_a_header_of_refusal_says_who_may_not_be_contacted(tmp_path, header, yes, no):
    head = ["会员编号", "姓名", "手机号", "性别", "入会日期", header]
    rows = [[f"M{i:03}", f"王{i % 9}", f"138{i:08}", "女", "2026-01-05", yes if i % 5 == 0 else no] for i in range(40)]
    path = write_draft([one(tmp_path / "members.csv", text([head, *rows]))], tmp_path, catalogue("zh"), "x", "fitness")
    drafted = tomllib.loads(path.read_text("utf-8"))["sources"][0]
    assert drafted["columns"]["may_contact"] == header
    assert drafted["values"]["may_contact"] == {yes: "false", no: "true"}


def test_a_header_of_consent_is_not_turned(tmp_path):
    head = ["会员编号", "姓名", "手机号", "性别", "入会日期", "是否接受营销"]
    rows = [[f"M{i:03}", "王五", f"138{i:08}", "女", "2026-01-05", "是" if i % 5 else "否"] for i in range(40)]
    path = write_draft([one(tmp_path / "members.csv", text([head, *rows]))], tmp_path, catalogue("zh"), "x", "fitness")
    drafted = tomllib.loads(path.read_text("utf-8"))["sources"][0]
    assert drafted["columns"]["may_contact"] == "是否接受营销"
    assert "may_contact" not in drafted.get("values", {})


def test_card_sales_of_a_gym_and_a_list_with_a_holdout_are_drafted(tmp_path):
    head = ["合同编号", "签约日期", "业务类型", "卡种", "会员编号", "开始日期", "到期日期", "实收金额", "原合同号"]
    kinds = ["新办", "续费", "转卡", "退卡"]
    cards = [
        [f"HT{i:05}", f"2026-01-{i % 28 + 1:02}", kinds[i % 4], "月卡", f"M{i:03}", "2026-02-01", "2026-03-01",
         "-200" if i % 4 == 3 else "498", f"HT{i - 1:05}" if i % 4 == 3 else ""] for i in range(60)
    ]  # fmt: skip
    arms = [["老会员续卡", f"M{i:03}", "对照组" if i % 3 else "活动组", "2026-02-01 10:00"] for i in range(60)]
    sales = one(tmp_path / "销售明细.csv", text([head, *cards]))
    sent = one(tmp_path / "老会员续卡_名单.csv", text([["活动名称", "会员编号", "组别", "发送时间"], *arms]))
    drafted = {pair.column: pair.header for pair in sales.mapping}
    assert (sales.guess.table, sent.guess.table) == ("order_lines", "campaign_members")
    assert (drafted["ordered_on"], drafted["kind"]) == ("签约日期", "业务类型")
    assert (drafted["paid_until"], drafted["refund_of"]) == ("到期日期", "原合同号")
    assert sales.values["kind"].known == {"新办": "sale", "续费": "sale", "转卡": "sale", "退卡": "refund"}
    assert sent.guess.confidence >= 0.8


def test_a_header_of_our_name_that_is_not_used_is_not_read(tmp_path):
    """Else its words, none of ours, would set every row aside."""
    said = ["left voicemail 3", "wants a quote 7", "n/a - moved", "call back later 12"]
    calls = [["call_id", "customer_id", "call_time", "channel", "Outcome"]]
    calls += [[f"K{i}", f"C{i}", f"2026-01-{i % 28 + 1:02d} 10:00:00", "phone", f"{said[i % 4]}{i}"] for i in range(60)]
    found = one(tmp_path / "calls.csv", text(calls))
    path = write_draft([found], tmp_path / "new", catalogue("en"), "x", "retail")
    (source,) = tomllib.loads(path.read_text("utf-8"))["sources"]
    assert source["columns"]["outcome"] == ""
    engagement = examine(tomllib.loads(path.read_text("utf-8"))).engagement
    assert account(prepare(tmp_path / "new", engagement))["accepted"].tolist() == [60]


def test_the_number_of_who_asks_is_not_the_tickets(tmp_path):
    head = ["ID", "Requester id", "Requester email", "Created at", "Solved at", "Subject"]
    rows = [
        [f"{i}", f"{9_000_000 + 7 * i}", f"a{i % 9}@x.io", "2026-01-05 10:00", "2026-01-06 10:00", "Late"]
        for i in range(40)
    ]
    assert mapping(one(tmp_path / "tickets.csv", text([head, *rows])))["ticket_id"] == "ID"


@pytest.mark.parametrize(
    "question",
    [
        "How likely is it that you would recommend Hearth & Bean to a friend or colleague?",
        "您向朋友推荐某某咖啡的可能性有多大？",
    ],
)
def test_the_question_of_the_nps_may_name_the_client(tmp_path, question):
    head = ["#", question, "email", "Submit Date (UTC)"]
    rows = [[f"r{i}", str(i % 11), f"a{i}@x.io", "2026-01-05 10:00:00"] for i in range(44)]
    found = one(tmp_path / "responses.csv", text([head, *rows]))
    assert (found.guess.table, mapping(found)["nps"]) == ("surveys", question)


DESK = [
    ["工单号", "登记日期", "客户编号", "问题描述", "首响时长(分钟)", "处理时长"],
    *([f"T{i}", f"2026-01-{i + 10}", f"C{i % 7}", "漏水", str(i), f"{i * 2.5}"] for i in range(1, 20)),
]


def test_durations_are_mapped_and_a_unit_that_no_header_names_is_left_open(tmp_path):
    found = one(tmp_path / "tickets.csv", text(DESK))
    assert mapping(found) | {"first_response_in": "首响时长(分钟)", "closed_in": "处理时长"} == mapping(found)
    drafted = write_draft([found], tmp_path, catalogue("en"), "x", "retail").read_text("utf-8")
    assert '# duration_units = { closed_in = "?" }' in drafted


@pytest.mark.parametrize(
    ("header", "cells", "column"),
    [
        ("Full resolution time (hrs)", ["2.5", "30", "1"], "closed_in"),
        ("Resolution time", ["2026-01-02 10:00", "2026-01-03 11:30", "2026-02-01 09:00"], "closed_at"),
        ("首次响应时间", ["0:05", "1:20", "12分钟"], "first_response_in"),
        ("首次响应时间", ["2026-01-02 10:00", "2026-01-03 11:30", "2026-02-01 09:00"], "first_response_at"),
    ],
)
def test_the_values_tell_a_duration_from_a_moment(tmp_path, header, cells, column):
    rows = [["Ticket", "Opened at", "Customer", "Subject", header]]
    rows += [[f"T{i}", f"2026-01-0{i + 1} 08:00", f"C{i}", "leak", cell] for i, cell in enumerate(cells)]
    assert mapping(one(tmp_path / "tickets.csv", text(rows))).get(column) == header


@pytest.mark.parametrize(
    ("opened", "closed", "line"),
    [
        ("Created (UTC)", "Resolved UTC", '\ntime_zone = "UTC"'),
        ("created_at_utc", "Resolved at", '\n# time_zone = "UTC"'),
        ("Created", "Resolved at", ""),
    ],
)
def test_a_zone_that_headers_name_is_drafted(tmp_path, opened, closed, line):
    rows = [["Ticket", opened, closed, "Subject"]]
    rows += [[f"T{i}", f"2026-01-0{i} 08:00", f"2026-01-0{i} 09:30", "leak"] for i in range(1, 8)]
    drafted = write_draft([one(tmp_path / "tickets.csv", text(rows))], tmp_path, catalogue("en"), "x", "retail")
    told = drafted.read_text("utf-8").split("[[sources]]")[1]
    assert line in told
    assert ("time_zone" in told) == bool(line)


ERP = [
    ["单据编号", "单据日期", "客户编码", "客户分类", "业务员", "产品大类", "价税合计", "合同号", "源单号", "单据状态"],
    *(
        [
            f"XS{i:03d}",
            "2026-01-05",
            f"KH{i % 9:03d}",
            ("企业", "高校")[i % 2],
            "周敏",
            ("耗材", "试剂")[i % 3 % 2],
            f"{'-' if i % 10 == 3 else ''}9.5",
            f"KJ{i % 4}",
            f"XS{i - 2:03d}" if i % 10 == 3 else "",
            "已作废" if i % 10 == 5 else "已审核",
        ]
        for i in range(40)
    ),
]


def test_an_erps_own_status_and_the_class_of_its_customers(tmp_path):
    """Void documents are no orders; a class of customers is no category of goods, a contract no sale given back."""
    found = one(tmp_path / "销售订单.csv", text(ERP))
    got = mapping(found)
    assert (got["category"], got["refund_of"]) == ("产品大类", "源单号")
    assert "kind" not in got
    assert found.values["单据状态"].not_data == ("已作废",)
    path = write_draft([found], tmp_path, catalogue("zh"), "x", "b2b")
    assert tomllib.loads(path.read_text("utf-8"))["sources"][0]["not_data"] == {"单据状态": ["已作废"]}


SURVEY = [
    ["提交时间", "单位名称", "总体满意度", "推荐意愿"],
    *(
        ["2026-01-05", f"测试{c}有限公司", ("非常满意", "满意", "一般", "不满意", "非常不满意")[i % 5], str(i % 11)]
        for i, c in enumerate("甲乙丙丁戊己庚辛壬癸子丑寅卯辰")
    ),
]


def test_words_of_satisfaction_are_drafted_as_numbers(tmp_path):
    found = one(tmp_path / "满意度调查.csv", text(SURVEY))
    assert mapping(found)["csat"] == "总体满意度"
    write_draft([found], tmp_path, catalogue("zh"), "x", "b2b")
    engagement = load(tmp_path)
    assert engagement.sources[0].values["csat"]["非常不满意"] == "1"
    assert check_data(tmp_path, engagement) == []
    assert account(prepare(tmp_path, engagement))["accepted"].tolist() == [15]


def test_a_list_of_contacts_names_the_person_not_the_persons_number(tmp_path):
    rows = [["联系人编号", "客户编号", "客户名称", "姓名", "职务", "手机"]]
    rows += [
        [f"LX{i:03d}", f"A{i:03d}", f"测试{i % 7}有限公司", f"张{c}", "采购", f"1380013800{i}"]
        for i, c in enumerate("一二三四五六")
    ]
    got = mapping(one(tmp_path / "联系人.csv", text(rows)))
    assert (got["name"], got["contact"]) == ("客户名称", "姓名")
