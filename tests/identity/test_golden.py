"""Which value of many records survives, through real files."""

from datetime import date

import pytest

from tests.ingest.folder import canonical, rows, table, write_csv

MEMBERS = {"name": "members", "table": "customers", "file": "members.csv", "key_space": "member"}
CARDS = {"name": "cards", "table": "customers", "file": "cards.csv", "key_space": "card"}
TICKETS = {"name": "tickets", "table": "tickets", "file": "tickets.csv", "key_space": "member"}
SALES = {"name": "sales", "table": "order_lines", "file": "sales.csv", "key_space": "member"}
HEADER = ["customer_key", "name", "phone", "city", "joined_on", "may_contact", "tier"]
P = "13800138000"


def test_the_first_declared_source_wins_and_the_next_fills_the_gaps(tmp_path):
    write_csv(tmp_path / "members.csv", [HEADER, ["m1", "张丽", P, "", "2026-01-01", "是", "gold"]])
    write_csv(tmp_path / "cards.csv", [HEADER, ["k9", "张丽女士", P, "临江", "2025-05-01", "", "vip"]])
    made = canonical(tmp_path, MEMBERS, CARDS)
    (row,) = table(made, "customers").to_dict("records")
    assert (row["name"], row["city"], row["tier"], row["record_count"]) == ("张丽", "临江市", "gold", 2)
    other = canonical(tmp_path, CARDS, MEMBERS)
    assert rows(other, "SELECT tier FROM {customers}") == [("vip",)]


def test_of_one_source_the_newest_row_wins(tmp_path):
    write_csv(
        tmp_path / "members.csv",
        [
            HEADER,
            ["m1", "张丽", P, "东城", "2025-01-01", "", ""],
            ["m2", "张丽", P, "西城", "2026-01-01", "", ""],
            ["m3", "张丽", P, "", "2026-02-01", "", ""],
        ],
    )
    made = canonical(tmp_path, MEMBERS)
    assert rows(made, "SELECT city, record_count FROM {customers}") == [("西城", 3)]


@pytest.mark.parametrize("vague", ["张*", "张姐", "丽姐", "🌸丽", "丽"])
def test_a_whole_name_is_better_than_a_newer_vague_one(tmp_path, vague):
    write_csv(tmp_path / "members.csv", [HEADER, ["m1", vague, P, "", "2026-01-01", "", ""]])
    write_csv(tmp_path / "cards.csv", [HEADER, ["k1", "张丽", P, "", "2020-01-01", "", ""]])
    assert rows(canonical(tmp_path, MEMBERS, CARDS), "SELECT name FROM {customers}") == [("张丽",)]


@pytest.mark.parametrize("whole", ["张丽娟", "欧阳丽娟"])
def test_a_given_name_alone_does_not_stand_before_the_whole_name(tmp_path, whole):
    write_csv(tmp_path / "members.csv", [HEADER, ["m1", "丽娟", P, "", "2026-01-01", "", ""]])
    write_csv(tmp_path / "cards.csv", [HEADER, ["k1", whole, P, "", "2020-01-01", "", ""]])
    assert rows(canonical(tmp_path, MEMBERS, CARDS), "SELECT name FROM {customers}") == [(whole,)]


def test_one_no_is_a_no(tmp_path):
    write_csv(
        tmp_path / "members.csv",
        [HEADER, ["m1", "张丽", P, "", "2026-01-01", "是", ""], ["m2", "李伟", "", "", "", "", ""]],
    )
    write_csv(tmp_path / "cards.csv", [HEADER, ["k1", "张丽", P, "", "2020-01-01", "否", ""]])
    made = canonical(tmp_path, MEMBERS, CARDS)
    assert rows(made, "SELECT name, may_contact FROM {customers} ORDER BY name") == [("张丽", False), ("李伟", None)]


def test_a_customer_is_known_from_the_first_sign_on(tmp_path):
    write_csv(
        tmp_path / "members.csv",
        [
            HEADER,
            ["m1", "a", "", "", "2026-02-01", "", ""],
            ["m2", "b", "", "", "2026-02-01", "", ""],
            ["m3", "c", "", "", "", "", ""],
        ],
    )
    orders = [
        ["order_id", "ordered_on", "amount", "customer_key"],
        ["A", "2026-01-10", "1", "m1"],
        ["B", "2026-03-10", "1", "m2"],
        ["C", "2026-03-11", "1", "m4"],
    ]
    write_csv(tmp_path / "sales.csv", orders)
    write_csv(
        tmp_path / "tickets.csv",
        [["ticket_id", "opened_at", "customer_key"], ["T", "2026-01-05 09:00", "m5"], ["U", "2026-01-05 09:00", "m2"]],
    )
    made = canonical(tmp_path, MEMBERS, SALES, TICKETS)
    keys = dict(rows(made / "trail", "SELECT customer_key, customer_id FROM {records}"))
    joined = dict(rows(made, "SELECT customer_id, joined_on FROM {customers}"))
    assert {key: joined[id] for key, id in keys.items()} == {
        "m1": date(2026, 1, 10),
        "m2": date(2026, 2, 1),
        "m3": None,
        "m4": date(2026, 3, 11),
        "m5": date(2026, 1, 5),
    }


def test_those_known_from_their_orders_only_are_customers_with_what_orders_say(tmp_path):
    head = ["order_id", "ordered_on", "amount", "phone", "name"]
    write_csv(
        tmp_path / "sales.csv", [head, ["A", "2026-01-10", "1", P, "张女士"], ["B", "2026-02-10", "1", P, "张丽"]]
    )
    made = canonical(tmp_path, SALES)
    assert rows(made, "SELECT name, phone, record_count FROM {customers}") == [("张丽", "+86" + P, 2)]
    assert rows(made, "SELECT COUNT(DISTINCT customer_id) FROM {orders}") == [(1,)]


def test_a_head_offices_name_stands_before_its_branchs(tmp_path):
    head, branch = "上海润讯贸易有限公司", "上海润讯贸易有限公司深圳分公司"
    write_csv(
        tmp_path / "members.csv", [HEADER, ["m1", head, P, "", "2020-01-01", "", ""], ["m2", branch, P, "", "2026-01-01", "", ""]]
    )  # fmt: skip
    together = canonical(tmp_path, MEMBERS, identity={"kind": "company", "branches": "together"})
    assert rows(together, "SELECT name FROM {customers}") == [(head,)]
    separate = canonical(tmp_path, MEMBERS, identity={"kind": "company"})
    assert rows(separate, "SELECT name FROM {customers} ORDER BY name") == [(head,), (branch,)]
