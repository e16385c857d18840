"""What several files of one client tell of each other, and of its place and currency."""

import sqlite3
import tomllib

import pytest

from crm_lib.engagement import load, validate
from crm_lib.ingest.profile.notes import are_people, is_table
from crm_lib.ingest.profile.values import evidence_of_cells
from crm_lib.language import catalogue
from crm_lib.run.data_checks import check_data
from crm_lib.run.profile import look_at, write_draft
from crm_lib.run.profile_draft import open_heads
from tests.ingest.profile.test_profile import mapping, one, text

MEMBERS = [["会员卡号", "姓名", "卡种", "开户日期"], *([f"FT{i:04d}", "张丽", "年卡", "2025-01-05"] for i in range(60))]
ORDERS = [
    ["订单编号", "会员卡号", "消费日期", "金额"],
    *([f"A{i}", f"FT{i % 40:04d}", "2026-01-05", "9"] for i in range(80)),
]


def drafted(folder, files, industry="fitness"):
    for name, rows in files.items():
        (folder / name).write_bytes(text(rows))
    found, problems = look_at([folder / name for name in files])
    assert problems == []
    path = write_draft(found, folder, catalogue("en"), "x", industry)
    return path.read_text("utf-8"), tomllib.loads(path.read_text("utf-8"))


def test_files_that_share_their_customer_numbers_share_a_key_space(tmp_path):
    other = [
        ["会员卡号", "投诉单号", "投诉日期", "投诉类型"],
        *([f"Z{i:04d}", f"T{i}", "2026-01-05", "教练"] for i in range(30)),
    ]
    said, draft = drafted(tmp_path, {"会员档案.csv": MEMBERS, "消费流水2025.csv": ORDERS, "投诉记录.csv": other})
    assert [source.get("key_space") for source in draft["sources"]] == ["client", "client", None]
    assert said.count("one numbering") == 2


def test_large_files_are_compared_by_the_same_sample(tmp_path):
    many = [ORDERS[0], *([f"A{i}", f"FT{i:05d}", "2026-01-05", "9"] for i in range(4000))]
    people = [MEMBERS[0], *([f"FT{i:05d}", "张丽", "年卡", "2025-01-05"] for i in range(3000))]
    _, draft = drafted(tmp_path, {"members.csv": people, "orders.csv": many})
    assert [source["key_space"] for source in draft["sources"]] == ["client", "client"]
    strangers = [MEMBERS[0], *([f"FT{i:05d}", "张丽", "年卡", "2025-01-05"] for i in range(2000, 9000))]
    (tmp_path / "b").mkdir()
    _, draft = drafted(tmp_path / "b", {"members.csv": strangers, "orders.csv": many})
    assert not any("key_space" in source for source in draft["sources"])


def test_files_of_one_layout_are_one_source_with_the_words_of_all(tmp_path):
    head = ["Order ID", "Order Date", "Amount", "Order Status"]
    half = {
        name: [head, *([f"{name}{i}", f"2025-{month:02d}-05", "9", word] for i in range(40))]
        for name, month, word in (("orders_2025H1.csv", 2, "Cancelled"), ("orders_2025H2.csv", 8, "Shipped"))
    }
    said, draft = drafted(tmp_path, half, "retail")
    (source,) = draft["sources"]
    assert (source["file"], source["name"]) == ("orders_2025H*.csv", "orders_2025h")
    assert source["not_data"] == {"Order Status": ["Cancelled"]}
    assert source["values"]["kind"] == {"Shipped": "sale"}
    assert "2 files of one layout" in said


def test_a_pattern_that_would_take_in_another_file_is_none(tmp_path):
    (tmp_path / "orders_staff.csv").write_text("a,b\n1,2\n")
    head = ["Order ID", "Order Date", "Amount"]
    rows = [head, *([f"A{i}", "2025-02-05", "9"] for i in range(40))]
    _, draft = drafted(tmp_path, {"orders_2024.csv": rows, "orders_2025.csv": rows}, "retail")
    assert [source["file"] for source in draft["sources"]] == ["orders_2024.csv", "orders_2025.csv"]


def test_sources_are_named_in_our_letters(tmp_path):
    _, draft = drafted(tmp_path, {"消费流水2025.csv": ORDERS, "会员档案.csv": MEMBERS, "2024消费.csv": ORDERS})
    assert [source["name"] for source in draft["sources"]] == ["order_lines_2025", "customers", "order_lines_2024"]


def test_names_of_cards_accounts_and_complaints(tmp_path):
    assert mapping(one(tmp_path / "会员.csv", text(MEMBERS)))["tier"] == "卡种"
    assert mapping(one(tmp_path / "会员.csv", text(MEMBERS)))["joined_on"] == "开户日期"
    accounts = [
        ["Account No", "Company", "Account opened"],
        *([f"A-{i}", f"Firm {i}x", "2024-02-03"] for i in range(9)),
    ]
    assert mapping(one(tmp_path / "accounts.csv", text(accounts)))["joined_on"] == "Account opened"


@pytest.mark.parametrize(("values", "column"), [(("教练服务", "环境卫生"), "reason"), (("投诉", "咨询"), "kind")])
def test_a_type_of_complaint_is_what_its_values_say(tmp_path, values, column):
    rows = [["投诉单号", "投诉日期", "办结日期", "投诉类型"]]
    rows += [[f"T{i}", "2026-01-05", "2026-01-06", values[i % 2]] for i in range(20)]
    assert mapping(one(tmp_path / "投诉.csv", text(rows)))[column] == "投诉类型"


def test_another_file_s_order_of_dates_is_proposed_not_set(tmp_path):
    open_ = [ORDERS[0], *([f"A{i}", f"FT{i:04d}", f"0{i % 9 + 1}/02/2026", "9"] for i in range(20))]
    sure = [MEMBERS[0], *([f"FT{i:04d}", "张丽", "年卡", f"{i + 1}/01/2026"] for i in range(20))]
    said, draft = drafted(tmp_path, {"orders.csv": open_, "members.csv": sure})
    assert ["date_order" in source for source in draft["sources"]] == [False, True]
    assert '\n# date_order = "DMY"' in said
    assert "members.csv are so" in said
    assert check_data(tmp_path, load(tmp_path)) != []


@pytest.mark.parametrize("amount", ["£9.50", "9.5 GBP"])
def test_the_currency_of_most_amounts_is_drafted(tmp_path, amount):
    rows = [ORDERS[0], *([f"A{i}", f"FT{i:04d}", "2026-01-05", amount if i else "$9"] for i in range(20))]
    said, draft = drafted(tmp_path, {"orders.csv": rows})
    assert draft["report"] == {"currency": "GBP"}
    assert '# time_zone = "Europe/London"' in said


@pytest.mark.parametrize("code", [str.upper, str.lower])
def test_a_column_of_codes_tells_the_currency_and_the_default_needs_no_saying(tmp_path, code):
    head = [*ORDERS[0], "Currency"]
    codes = [head, *([f"A{i}", f"FT{i:04d}", "2026-01-05", "9", code("USD" if i % 4 else "CNY")] for i in range(20))]
    draft = drafted(tmp_path, {"orders.csv": codes})[1]
    assert draft["report"] == {"currency": "USD"}
    assert draft["sources"][0]["columns"]["currency"] == "Currency"
    (tmp_path / "b").mkdir()
    assert "report" not in drafted(tmp_path / "b", {"orders.csv": ORDERS})[1]
    assert evidence_of_cells("x", ["￥9", "¥8"]).currencies == {"CNY": 1.0}


def test_tables_of_an_sqlite_file_are_looked_at_and_drafted(tmp_path):
    with sqlite3.connect(tmp_path / "pos.db") as connection:
        connection.execute('CREATE TABLE "order" (order_no TEXT, card_no TEXT, pay_time TEXT, amount REAL)')
        rows = [(f"A{i}", f"FT{i:04d}", f"2026-01-05 10:{i:02d}:00", 9.5) for i in range(30)]
        connection.executemany('INSERT INTO "order" VALUES (?, ?, ?, ?)', rows)
    connection.close()
    found, problems = look_at([tmp_path / "pos.db"])
    assert (problems, [(one.sheet, one.rows) for one in found]) == ([], [("order", 30)])
    folder = tmp_path / "shop"
    path = write_draft(found, folder, catalogue("en"), "x", "retail")
    (source,) = tomllib.loads(path.read_text("utf-8"))["sources"]
    assert source["columns"]["ordered_at"] == "pay_time"
    address = next(line for line in path.read_text("utf-8").splitlines() if line.startswith("url_file")).split()[-1]
    (tmp_path / "shop.url").write_text(address)
    (tmp_path / "shop.url").chmod(0o600)
    path.write_text(path.read_text("utf-8").replace(source["url_file"], str(tmp_path / "shop.url")), "utf-8")
    assert check_data(folder, load(folder)) == []


FAMILIES = [
    ["family_id", "email", "date_joined"],
    *([f"F1{i:04d}", f"a{i}@x.example", "05/09/2023"] for i in range(60)),
]
BILLS = [
    ["invoice_no", "family_id", "invoice_date", "gross amount"],
    *([f"INV-{i:05d}", f"F1{i % 50:04d}", "25/01/2026", "90.00"] for i in range(80)),
]
PAID = [
    ["payment_id", "invoice_no", "family_id", "paid_on", "amount"],
    *([f"PAY{i:06d}", f"INV-{i:05d}", f"F1{i % 50:04d}", "26/01/2026", "90.00"] for i in range(70)),
]


def test_a_number_that_files_share_is_the_customers(tmp_path):
    said, draft = drafted(tmp_path, {"families.csv": FAMILIES, "invoices.csv": BILLS, "payments.csv": PAID})
    assert [source["columns"]["customer_key"] for source in draft["sources"]] == ["family_id"] * 3
    assert {source["key_space"] for source in draft["sources"]} == {"client"}
    assert said.count("The same money twice? invoice_no holds order numbers of invoices.csv (70 compared)") == 1


def test_numbers_of_others_are_no_customers(tmp_path):
    other = [BILLS[0], *([f"INV-{i:05d}", f"G9{i:04d}", "25/01/2026", "90.00"] for i in range(80))]
    strange = [PAID[0], *([f"P{i}", f"XX-{i:05d}", f"F1{i % 50:04d}", "26/01/2026", "90.00"] for i in range(70))]
    said, draft = drafted(tmp_path, {"families.csv": FAMILIES, "invoices.csv": other, "payments.csv": strange})
    assert ["customer_key" in source["columns"] for source in draft["sources"]] == [True, False, True]
    assert "The same money twice?" not in said


def test_dates_and_campaigns_are_not_of_a_person(tmp_path):
    asked = [
        ["Enquiry ID", "Date", "Parent name", "Email"],
        *([f"E{i}", "25/01/2026", "Sarah Jones", f"a{i}@x.example"] for i in range(20)),
    ]
    found = one(tmp_path / "enquiries.csv", text(asked))
    assert "birth_date" not in mapping(found)
    sent = [
        ["Campaign", "Campaign name", "Date sent", "Email", "Group"],
        *(
            ["E25", "Easter revision", "10/03/2025", f"a{i}@x.example", "Control" if i % 3 else "Mailed"]
            for i in range(30)
        ),
    ]
    found = one(tmp_path / "campaigns.csv", text(sent))
    assert (mapping(found).get("name"), mapping(found)["arm"]) == (None, "Group")


def test_registration_numbers_tell_companies_apart(tmp_path):
    rows = [["客户编号", "客户名称", "统一社会信用代码", "签约日期"]]
    rows += [[f"K{i}", "上海华光科技有限公司", f"91310000MA{i:08d}", "2025-01-05"] for i in range(20)]
    assert mapping(one(tmp_path / "客户.csv", text(rows)))["id_number"] == "统一社会信用代码"


def test_unpaid_bills_are_a_question_not_nothing(tmp_path):
    rows = [["账单号", "客户编号", "账单日期", "金额", "支付状态"]]
    rows += [[f"Z{i}", f"K{i % 9}", "2026-01-05", "9", ("已支付", "未支付", "已作废")[i % 3]] for i in range(30)]
    said, draft = drafted(tmp_path, {"账单流水.csv": rows})
    assert draft["sources"][0]["not_data"] == {"支付状态": ["已作废"]}
    assert '# "未支付" = "?"' in said
    assert "未支付 are not paid" in said


@pytest.mark.parametrize(("name", "open_"), [("eng", True), ("yunfan", False)])
def test_a_folders_general_name_is_no_clients(tmp_path, name, open_):
    (tmp_path / name).mkdir()
    said, _ = drafted(tmp_path / name, {"members.csv": MEMBERS})
    assert ("change me" in said) == open_
    assert ("id" in open_heads(tmp_path / name, "x", "retail")) == open_


def test_a_header_that_names_another_currency_is_never_summed_as_ours(tmp_path):
    abroad = [
        ["订单编号", "会员卡号", "消费日期", "金额(USD)"],
        *([f"E{i}", "FT0001", "2026-01-05", "9"] for i in range(20)),
    ]
    _, draft = drafted(tmp_path, {"a.csv": ORDERS, "外贸.csv": abroad, "会员.csv": MEMBERS})
    by_file = {source["file"]: source for source in draft["sources"]}
    assert [by_file[name].get("constants") for name in ("a.csv", "外贸.csv")] == [None, {"currency": "USD"}]
    draft["sources"] = [{k: v for k, v in source.items() if k != "constants"} for source in draft["sources"]]
    told = check_data(tmp_path, validate(draft))
    told = [one for one in told if one.message.id == "errors.data.header_currency"]
    assert len(told) == 1
    assert "constants" in told[0].where
    by_file["外贸.csv"].pop("constants", None)
    rest = [
        source | ({"constants": {"currency": "CNY"}} if source["file"] == "外贸.csv" else {})
        for source in draft["sources"]
    ]
    told = check_data(tmp_path, validate(draft | {"sources": rest}))
    assert "errors.data.header_currency" not in {one.message.id for one in told}


def test_the_region_is_that_of_most_telephones(tmp_path):
    mobiles = [["会员卡号", "姓名", "手机号"], *([f"FT{i:04d}", "张丽", f"138{i:08d}"] for i in range(900))]
    landlines = [
        ["会员卡号", "姓名", "电话"],
        *([f"FT{i:04d}", "张丽", f"0{21 + i % 9}-{20000000 + i}"] for i in range(300)),
    ]
    mixed = [mobiles[0], *mobiles[1:], *(landlines[1:])]
    _, draft = drafted(tmp_path, {"会员.csv": mobiles, "会员2.csv": landlines, "会员3.csv": mixed})
    assert "phone_region" not in draft.get("report", {})


def test_exports_of_a_chinese_b2b_crm(tmp_path):
    people = [
        ["姓名", "客户名称", "手机", "职务"],
        *([f"张{i % 9}", f"苏州华鑫{i // 2}有限公司", f"138{i:08d}", "采购经理"] for i in range(60)),
    ]
    found = one(tmp_path / "联系人.csv", text(people))
    assert (mapping(found)["name"], mapping(found)["contact"], are_people(found)) == ("客户名称", "姓名", True)
    chances = [
        ["商机编号", "客户名称", "销售阶段", "预计成交金额(万元)", "创建时间", "负责人"],
        *([f"SJ{i}", f"苏州华鑫{i % 30}有限公司", "赢单", f"{i}", "2026-01-05", "王丽"] for i in range(60)),
    ]
    assert not is_table(one(tmp_path / "商机.csv", text(chances)))
    frames = [
        ["合同编号", "客户名称", "客户编号", "开始日期", "结束日期", "框架金额（万元）", "负责人"],
        *(
            [f"KJ{i}", f"苏州华鑫{i % 30}有限公司", f"KH{i}", "2025-01-05", "2026-01-04", f"{i}", "王丽"]
            for i in range(60)
        ),
    ]
    assert not is_table(one(tmp_path / "年度框架合同.csv", text(frames)))  # agreed, not sold: it would count twice
    tickets = [
        ["工单编号", "客户编号", "报修类型", "是否投诉", "问题描述", "报修时间", "完工时间", "服务工程师", "服务站"],
        *(
            [
                f"W{i}",
                f"KH{i}",
                "设备故障",
                "否是"[i % 2],
                "停机",
                "2026-01-05 09:00",
                "2026-01-06 09:00",
                "赵工",
                "华东站",
            ]
            for i in range(60)
        ),
    ]
    found = one(tmp_path / "售后工单.csv", text(tickets))
    told = mapping(found)
    assert found.values["kind"].known == {"是": "complaint", "否": "request"}
    expected = {
        "reason": "报修类型",
        "kind": "是否投诉",
        "closed_at": "完工时间",
        "owner": "服务工程师",
        "store": "服务站",
    }
    assert told.items() >= expected.items()
    staff = [
        ["姓名", "工号", "部门", "在职状态", "离职日期"],
        *([f"张{i}", f"G{i}", "华东", "离职", "2025-08-31"] for i in range(12)),
    ]
    assert not is_table(one(tmp_path / "销售人员.csv", text(staff)))


def test_ends_of_terms_without_an_amount_are_told_rather_than_left_without_effect(tmp_path):
    frames = [
        ["合同", "会员卡号", "开始", "结束"],
        *([f"K{i}", f"FT{i:04d}", "2025-03-01", "2026-02-28"] for i in range(20)),
    ]
    _, draft = drafted(tmp_path, {"a.csv": ORDERS, "会员.csv": MEMBERS})
    (tmp_path / "框架.csv").write_bytes(text(frames))
    columns = {"order_id": "合同", "customer_key": "会员卡号", "ordered_on": "开始", "paid_until": "结束"}
    terms = {
        "name": "terms",
        "table": "order_lines",
        "file": "框架.csv",
        "columns": columns,
        "constants": {"amount": 0},
    }
    draft["sources"].append(terms)
    assert "errors.data.terms_unpaid" in {one.message.id for one in check_data(tmp_path, validate(draft))}
    terms["constants"]["amount"] = 9
    assert "errors.data.terms_unpaid" not in {one.message.id for one in check_data(tmp_path, validate(draft))}


def test_the_second_number_of_a_list_of_customers_is_told_with_the_files_that_use_it(tmp_path):
    """A CRM's list has its own number, by which contacts name it, and the ERP's, by which orders do."""
    people = [
        ["CRM编号", "ERP编码", "客户名称", "城市", "建档日期"],
        *(
            [f"ACC-{i:04d}", f"KH{i:04d}" if i % 9 else "", f"测试{i}号有限公司", "上海", "2025-01-05"]
            for i in range(60)
        ),
    ]
    contacts = [
        ["客户编号", "客户名称", "姓名", "职务", "手机"],
        *([f"ACC-{i:04d}", f"测试{i}号有限公司", "张丽", "采购", f"138001380{i:02d}"] for i in range(60)),
    ]
    orders = [
        ["订单编号", "客户编码", "下单日期", "金额"],
        *([f"A{i}", f"KH{i % 60:04d}", "2026-01-05", "9"] for i in range(300) if i % 60 % 9),
    ]
    said, draft = drafted(tmp_path, {"客户.csv": people, "联系人.csv": contacts, "订单.csv": orders}, "b2b")
    assert draft["sources"][0]["columns"]["customer_key"] == "CRM编号"
    assert "“ERP编码” holds the customer numbers of 订单.csv" in said
    assert said.count("holds the customer numbers of") == 1
