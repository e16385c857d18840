"""People of accounts: they belong to customers, make none and join none."""

from datetime import date

from crm_lib.ingest.remarks import remarks
from crm_lib.run.prepare import inventory
from tests.ingest.folder import MEMBERS, ORDERS, canonical, rows, table, write_csv

PEOPLE = {
    "name": "people",
    "table": "customers",
    "file": "people.csv",
    "people": True,
    "columns": {"name": "company", "contact": "person"},
}
COMPANY = {"identity": {"kind": "company"}}
HEAD = ["customer_key", "company", "person", "phone", "email", "role", "is_primary", "decides"]


def accounts(folder, *people, head=HEAD):
    lines = [
        ["customer_key", "name", "phone"],
        ["1", "杭州云帆软件有限公司", ""],
        ["2", "宁波润通贸易有限公司", "13800138000"],
    ]
    write_csv(folder / "members.csv", lines)
    write_csv(
        folder / "pos.csv", [["order_id", "ordered_on", "amount", "customer_key"], ["1", "2026-01-05", "10", "1"]]
    )
    write_csv(folder / "people.csv", [head, *people])
    shared = {"key_space": "crm"}
    return canonical(folder, ORDERS | shared, MEMBERS | shared, PEOPLE | shared, **COMPANY)


def test_people_belong_to_their_account_by_number_or_by_its_name(tmp_path):
    made = accounts(
        tmp_path,
        ["1", "杭州云帆软件有限公司", "李丽", "13900000001", "", "行政", "否", ""],
        ["1", "杭州云帆软件有限公司", "王强", "13900000002", "w@a.com", "总经理", "是", "是"],
        ["", "宁波润通贸易有限公司", "赵敏", "13900000001", "", "采购", "", ""],
        ["9", "宁波润通贸易有限公司", "孙一", "13900000003", "", "", "", ""],
        ["", "没有这家公司", "钱二", "13900000004", "", "", "", ""],
    )
    people = table(made, "customers").set_index("name")
    assert len(people) == 2  # one telephone of two people joins no accounts
    first, second = people.loc["杭州云帆软件有限公司"], people.loc["宁波润通贸易有限公司"]
    assert (first["phone"], first["email"], first["decision_maker"]) == ("+8613900000002", "w@a.com", "王强 总经理")
    assert second["phone"] == "+8613800138000"
    assert rows(made, "SELECT COUNT(decision_maker) FROM {customers}") == [(1,)]
    assert [first["record_count"], second["record_count"]] == [2, 1]  # the list and the order
    frames = inventory(made)
    assert frames["people"].to_dict("records") == [
        {"source": "people", "rows": 5, "nobodys": 2, "accounts": 2, "deciders": 1}
    ]
    assert "people" not in set(frames["records"]["source"])
    totals = frames["totals"].set_index("name")["value"]
    assert totals["records"] == totals["customers"] + totals["merged"] + totals["unnamed"]
    told = {message.id for message in remarks(frames, date(2026, 6, 30))}
    assert {"ingest.remark.people", "ingest.remark.people_of_nobody"} <= told


def test_a_name_that_two_accounts_have_is_no_address(tmp_path):
    lines = [["customer_key", "name"], ["1", "杭州云帆软件有限公司"], ["2", "杭州云帆软件有限公司"]]
    write_csv(tmp_path / "members.csv", lines)
    write_csv(tmp_path / "people.csv", [HEAD, ["", "杭州云帆软件有限公司", "李丽", "13900000001", "", "", "", "是"]])
    made = canonical(tmp_path, MEMBERS, PEOPLE, identity={"kind": "none"})
    assert rows(made, "SELECT COUNT(*), COUNT(phone), COUNT(decision_maker) FROM {customers}") == [(2, 0, 0)]


def test_the_order_of_rows_does_not_matter(tmp_path):
    lines = [[str(1 + i % 2), "", f"P{i}", f"1390000000{i}", "", "", "是", "是"] for i in range(6)]
    one = table(accounts(tmp_path / "a", *lines), "customers")
    other = table(accounts(tmp_path / "b", *reversed(lines)), "customers")
    assert one.equals(other)
