"""What several files of one client tell of each other, and of its place and currency."""

import sqlite3
import tomllib

import pytest

from crm_lib.engagement import load
from crm_lib.ingest.profile.values import evidence_of_cells
from crm_lib.language import catalogue
from crm_lib.run.data_checks import check_data
from crm_lib.run.profile import look_at, write_draft
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


def test_a_column_of_codes_tells_the_currency_and_the_default_needs_no_saying(tmp_path):
    head = [*ORDERS[0], "Currency"]
    codes = [head, *([f"A{i}", f"FT{i:04d}", "2026-01-05", "9", "USD" if i % 4 else "CNY"] for i in range(20))]
    assert drafted(tmp_path, {"orders.csv": codes})[1]["report"] == {"currency": "USD"}
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
