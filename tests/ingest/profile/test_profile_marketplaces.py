"""Orders of marketplaces, registers of complaints and files of practices: what stands once, who a row is about, which sum."""

import tomllib

import pytest

from crm_lib.engagement import load
from crm_lib.ingest.profile.notes import notes
from crm_lib.ingest.profile.values import evidence_of_cells
from crm_lib.language import LANGUAGES, catalogue
from crm_lib.run.data_checks import check_data
from crm_lib.run.prepare import prepare
from crm_lib.run.profile import look_at, write_draft
from tests.ingest.folder import account
from tests.ingest.profile.test_profile import mapping, one, said, text

TMALL_HEAD = [
    "订单编号", "买家会员名", "买家应付货款", "买家应付邮费", "总金额", "买家实际支付金额", "订单状态", "收货人姓名", "联系手机",
    "订单创建时间", "宝贝标题", "宝贝总数量", "退款金额",
]  # fmt: skip
STATES = ("交易成功", "卖家已发货，等待买家确认", "交易成功", "交易关闭", "退款成功", "交易成功")


def tmall(rows=60):
    def row(i):
        state = STATES[i % len(STATES)]
        paid = "0.00" if state == "交易关闭" else f"{i}.50"
        back = paid if state == "退款成功" else "0.00"
        day = f"2026-01-{1 + i % 28:02d} 10:{i % 60:02d}:00"
        who = f"宝妈{i % 23}"
        return [
            f"21{i:017d}",
            who,
            f"{i}.50",
            "0.00",
            f"{i}.50",
            paid,
            state,
            "张**",
            f"138****{i:04d}",
            day,
            "奶粉",
            "1",
            back,
        ]

    return [TMALL_HEAD, *map(row, range(rows))]


def drafted(folder, name, rows, industry="retail"):
    (folder / name).write_bytes(text(rows))
    found, problems = look_at([folder / name])
    assert problems == []
    path = write_draft(found, folder, catalogue("en"), "x", industry)
    return found[0], tomllib.loads(path.read_text("utf-8"))["sources"][0]


def test_a_marketplace_order_stands_once_with_what_was_paid(tmp_path):
    found, source = drafted(tmp_path, "天猫订单.csv", tmall())
    assert source["columns"]["amount"] == "买家实际支付金额"
    assert source["columns"]["customer_key"] == "买家会员名"
    assert not {"name", "phone"} & set(source["columns"])
    assert source["not_data"] == {"订单状态": ["交易关闭", "退款成功"]}
    assert "refund" not in source["values"]["kind"].values()
    assert {"profile.note.given_back", "profile.note.masked", "profile.note.back_amount"} <= said(found)
    assert check_data(tmp_path, load(tmp_path)) == []
    kept = account(prepare(tmp_path, load(tmp_path))).iloc[0]
    paid = [float(row[5]) for row in tmall()[1:] if row[6] not in ("交易关闭", "退款成功")]
    assert (kept["accepted"], kept["non_data"], kept["amount_accepted"]) == (len(paid), 60 - len(paid), sum(paid))


HEAD = ["订单编号", "交易状态", "下单时间", "实付金额"]


def receipts(state, amount, own=True):
    """Sales, of every fifth of which something comes back: as a row of its own, or as the word in its only row."""
    rows = [
        [f"A{i}", "销售" if own or i % 5 else state, f"2026-01-{1 + i % 28:02d} 10:00", f"{i + 1}.00"]
        for i in range(40)
    ]
    back = [[f"A{i}", state, "2026-02-01 10:00", amount.format(f"{i + 1}.00")] for i in range(0, 40, 5)] if own else []
    return [HEAD, *rows, *back]


@pytest.mark.parametrize("state", ["退款成功", "退货"])
@pytest.mark.parametrize("amount", ["-{}", "({})", "{}"])
def test_a_refund_with_a_row_of_its_own_stays_a_refund(tmp_path, state, amount):
    found, source = drafted(tmp_path, "订单.csv", receipts(state, amount))
    assert "not_data" not in source
    assert "profile.note.given_back" not in said(found)
    assert check_data(tmp_path, load(tmp_path)) == []


def test_a_refund_that_names_its_order_stays_a_refund(tmp_path):
    rows = receipts("退款成功", "{}")
    body = [
        [f"T{row[0]}" if row[1] == "退款成功" else row[0], *row[1:], row[0] if row[1] == "退款成功" else ""]
        for row in rows[1:]
    ]
    _, source = drafted(tmp_path, "订单.csv", [[*HEAD, "原单号"], *body])
    assert source["columns"]["refund_of"] == "原单号"
    assert "not_data" not in source


@pytest.mark.parametrize(
    ("header", "state"), [("订单状态", "退货"), ("交易类型", "已退款"), ("Order Status", "Refunded")]
)
def test_a_state_of_an_order_that_stands_once_is_no_refund(tmp_path, header, state):
    rows = receipts(state, "", own=False)
    _, source = drafted(tmp_path, "订单.csv", [[HEAD[0], header, *HEAD[2:]], *rows[1:]])
    assert source["not_data"] == {header: [state]}


def test_a_document_of_a_return_is_a_refund(tmp_path):
    rows = receipts("退货单", "", own=False)
    _, source = drafted(tmp_path, "单据.csv", [["单据编号", "单据类型", *HEAD[2:]], *rows[1:]])
    assert source["values"]["kind"] == {"退货单": "refund"}
    assert "not_data" not in source


def test_what_came_back_may_stand_in_a_column_beside_the_status(tmp_path):
    rows = [["主订单编号", "订单状态", "售后状态", "订单提交时间", "订单应付金额", "商品数量"]]
    rows += [
        [f"A{i}", "已完成", "退款成功" if i % 8 == 3 else "无售后", f"2026-01-{1 + i % 28:02d} 10:00", "9.00", "1"]
        for i in range(40)
    ]
    _, source = drafted(tmp_path, "抖店订单.csv", rows)
    assert source["columns"]["kind"] == "订单状态"
    assert source["not_data"] == {"售后状态": ["退款成功"]}
    assert account(prepare(tmp_path, load(tmp_path))).iloc[0]["accepted"] == 35


def test_a_masked_buyer_is_no_customer_number(tmp_path):
    rows = tmall()
    found = one(
        tmp_path / "淘宝订单.csv",
        text([rows[0], *([r[0], f"{r[1][0]}**{i % 3}", *r[2:]] for i, r in enumerate(rows[1:]))]),
    )
    assert "customer_key" not in mapping(found)


@pytest.mark.parametrize(
    ("cells", "masked"),
    [
        (["138****1234", "'139****0000"], 1),
        (["张*", "李**"], 1),
        (["a***@qq.com"], 1),
        (["500ml*2", "18*18"], 0),
        (["张三"], 0),
    ],
)
def test_masks_are_told_from_what_has_a_star(cells, masked):
    assert evidence_of_cells("x", cells).share("masked") == masked


@pytest.mark.parametrize(
    "header", ["宝宝生日", "宝宝出生日期", "孩子生日", "Child DOB", "Baby's birthday", "宠物生日", "Spouse birth date"]
)
def test_a_childs_birthday_is_not_the_customers(tmp_path, header):
    rows = [
        ["会员号", "姓名", "注册日期", header],
        *([f"m{i}", "张丽", "2026-01-05", f"2025-0{1 + i % 9}-11"] for i in range(30)),
    ]
    found = one(tmp_path / "会员.csv", text(rows))
    assert "birth_date" not in mapping(found)
    assert "profile.note.dependants" in said(found)
    rows[0].append("会员生日")
    found = one(tmp_path / "会员.csv", text([rows[0], *([*row, "1990-02-03"] for row in rows[1:])]))
    assert mapping(found)["birth_date"] == "会员生日"


def test_a_register_of_complaints(tmp_path):
    head = ["客诉编号", "登记时间", "会员手机", "问题类型", "原因", "首次响应时间", "结案时间", "责任人"]
    rows = [
        head,
        *([f"K{i}", f"2026/1/{i + 1} 9:05", f"138001380{i:02d}", "投诉", "缺货", "", "", "周"] for i in range(25)),
    ]
    got = mapping(one(tmp_path / "客诉登记.csv", text(rows)))
    assert (got["ticket_id"], got["opened_at"], got["owner"]) == ("客诉编号", "登记时间", "责任人")


def test_receipts_that_name_what_they_take_back_and_members_who_allow_messages(tmp_path):
    rows = [["小票号", "交易时间", "实收金额", "交易类型", "原小票号"]]
    rows += [[f"X{i}", f"2026-01-{1 + i % 28:02d} 09:00", "5", "销售", ""] for i in range(30)] + [
        ["T1", "2026-02-01 09:00", "5", "退货", "X3"]
    ]
    assert mapping(one(tmp_path / "POS.csv", text(rows)))["refund_of"] == "原小票号"
    rows = [["会员号", "注册时间", "是否允许推送"], *([f"m{i}", "2026-01-05 10:00", "是否"[i % 2]] for i in range(30))]
    assert mapping(one(tmp_path / "会员.csv", text(rows)))["may_contact"] == "是否允许推送"


INVOICES = [
    "Invoice No",
    "Invoice Date",
    "Patient #",
    "Provider",
    "CDT Code",
    "Total Fee",
    "Insurance Portion",
    "Patient Portion",
    "Type",
]


def test_a_practices_invoices(tmp_path):
    rows = [
        [
            f"I{i}",
            f"2026-01-{i + 1:02d}",
            f"P1{i % 9:04d}",
            "Dr. Wu",
            "D1110",
            f"{i}5.00",
            "4.00",
            "1.00",
            "Charge" if i % 6 else "Write-off",
        ]
        for i in range(28)
    ]
    found = one(tmp_path / "invoices.csv", text([INVOICES, *rows]))
    got = mapping(found)
    assert (got["amount"], got["kind"], got["customer_key"], got["product_id"]) == (
        "Total Fee",
        "Type",
        "Patient #",
        "CDT Code",
    )
    assert found.values["kind"].known == {"Charge": "sale", "Write-off": "refund"}
    assert "profile.note.portions" in said(found)


@pytest.mark.parametrize(
    "header", ["Shipping fee", "Delivery Charges", "运费", "买家应付邮费", "Refund Amount", "Insurance Portion"]
)
def test_a_sum_that_is_no_sale_is_no_amount(tmp_path, header):
    rows = [["Order ID", "Order Date", header], *([f"A{i}", f"2026-01-{i + 1:02d}", f"{i}.50"] for i in range(20))]
    assert "amount" not in mapping(one(tmp_path / "orders.csv", text(rows)))


@pytest.mark.parametrize(("cell", "column"), [("P1{:04d}", "customer_key"), ("Anna Lee{}", "name")])
def test_a_patient_is_a_number_or_a_name(tmp_path, cell, column):
    letters = "abcdefghijklmnopqrstuvwxyz"
    people = [cell.format(i if column == "customer_key" else letters[i]) for i in range(26)]
    head = ["Reminder ID", "Patient", "Date Sent", "Channel", "Response"]
    found = one(
        tmp_path / "recall.csv",
        text([head, *([f"R{i}", who, "2026-01-05", "SMS", "Booked"] for i, who in enumerate(people))]),
    )
    assert found.guess.table == "interactions"
    assert mapping(found)[column] == "Patient"
    assert mapping(found)["happened_at"] == "Date Sent"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_file_like_no_table_is_told_what_it_lacks(tmp_path, language):
    head = ["Appt ID", "Chair", "Length", "Fee"]
    rows = [head, *([f"A{i}", f"C{i % 3}", f"{i % 7}", "x"] for i in range(20))]
    found = one(tmp_path / "ClinicDesk.csv", text(rows))
    assert "profile.note.appointments" in said(found)
    told = write_draft([found], tmp_path / "new", catalogue(language), "x", "service").read_text("utf-8")
    assert {"visits", "order_lines", "interactions"} <= set(told.replace("(", " ").replace("（", " ").split())
    other = one(tmp_path / "x.csv", text([["客户", "金额", "备用"], *(["张丽", f"{i}.5", "甲"] for i in range(20))]))
    (note,) = (note for note in notes(other) if note.id == "profile.note.nearest")
    assert "order_id" in catalogue(language).text(note)


def test_names_of_a_file_are_joined_as_the_note_says(tmp_path):
    rows = [
        ["Patient #", "First Name", "Last Name", "First Visit"],
        *([f"P{i}", "Ann", f"Lee{'abcdefgh'[i % 8]}", "2026-01-05"] for i in range(20)),
    ]
    found, _ = drafted(tmp_path, "people.csv", rows, "service")
    assert "profile.note.split_name" in said(found)
    path = tmp_path / "engagement.toml"
    plain = path.read_text("utf-8").replace(
        '\nfile = "people.csv"',
        "\nfiles = { people = \"people.csv\" }\nquery = '''SELECT *, \"First Name\" || ' ' || \"Last Name\" AS full_name FROM people'''",
    )
    plain = (
        plain.replace("# as_of = 2026-06-30", "as_of = 2026-06-30")
        .replace("# baseline", "baseline")
        .replace("# start", "start")
    )
    path.write_text(plain.replace('name = "First Name"', 'name = "full_name"'), "utf-8")
    assert "full_name FROM" in plain
    assert check_data(tmp_path, load(tmp_path)) == []


@pytest.mark.parametrize(("written", "read"), [("gb18030", "latin-1"), ("utf-8", "latin-1"), ("utf-8", "gb18030")])
def test_a_file_saved_in_the_wrong_encoding_is_told_by_what_its_header_was(tmp_path, written, read):
    rows = [
        ["会员编号", "会员手机", "注册日期", "会员等级"],
        *([f"m{i}", f"139{i:08d}", "2026-01-05", "金"] for i in range(20)),
    ]
    _, source = drafted(tmp_path, "会员.csv", rows)
    assert len(source["columns"]) == 4
    spoilt = text(rows).decode("utf-8").encode(written).decode(read, "replace")
    (tmp_path / "会员.csv").write_text(spoilt, encoding="utf-8")
    (found,), _ = look_at([tmp_path / "会员.csv"])
    assert "profile.note.mojibake" in said(found)
    path = tmp_path / "engagement.toml"
    plain = path.read_text("utf-8").replace("# as_of = 2026-06-30", "as_of = 2026-06-30")
    path.write_text(plain.replace("# baseline", "baseline").replace("# start", "start"), "utf-8")
    (problem,) = check_data(tmp_path, load(tmp_path))
    assert problem.message.id == "errors.data.mojibake_header"
    assert "会员编号" in problem.text(catalogue("zh"))


@pytest.mark.parametrize("header", ["Prénom", "Größe", "Ação", "客户编号"])
def test_what_was_saved_rightly_is_not_undone(tmp_path, header):
    found = one(
        tmp_path / "x.csv", text([[header, "注册日期", "会员等级"], *([f"m{i}", "2026-01-05", "金"] for i in range(9))])
    )
    assert "profile.note.mojibake" not in said(found)
