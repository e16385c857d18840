"""Masked telephones, e-mails, numbers and names name nobody; they are counted and told."""

from datetime import date

import pytest

from crm_lib.ingest.values.masked import is_masked
from crm_lib.run.data_checks import set_aside as told_of
from crm_lib.run.prepare import inventory
from tests.ingest.folder import MEMBERS, ORDERS, canonical, rows, table, write_csv


@pytest.mark.parametrize(
    ("column", "text"),
    [
        *(
            ("phone", text)
            for text in ("138****1234", "138＊＊＊＊1234", "138XXXX1234", "+86 138●●●●1234", "******1234")
        ),
        *(("phone", text) for text in ("'138****1234", '="138****1234"')),
        *(("email", text) for text in ("a***@qq.com", "***@qq.com", "z@****.com", "xxxx@qq.com")),
        *(("customer_key", text) for text in ("t**1", "6222****1234")),
        ("id_number", "310***********123X"),
        ("address", "浙江省杭州市****"),
        *(("name", text) for text in ("张**", "张*", "J*** S***", "张某某", "○○")),
    ],
)
def test_what_is_masked(column, text):
    assert is_masked(text, column)


@pytest.mark.parametrize(
    ("column", "text"),
    [
        ("phone", "13812341234"), ("phone", "010-88886666 x12"), ("email", "max@xx.com"), ("customer_key", "A*12"),
        ("id_number", "31010119900101123X"), ("name", "让•保罗"), ("name", "A×B Ltd"), ("city", "**"),
    ],
)  # fmt: skip
def test_what_is_not(column, text):
    assert not is_masked(text, column)


def test_customers_who_share_a_masked_value_are_not_one(tmp_path):
    head = ["customer_key", "phone", "email", "name", "id_number", "address", "city"]
    same = ["138****1234", "a***@qq.com", "张某某", "310***********1234", "浙江省杭州市****", "杭州"]
    write_csv(tmp_path / "members.csv", [head, *([str(i), *same] for i in range(1, 6))])
    made = canonical(tmp_path, MEMBERS)
    people = table(made, "customers")
    assert len(people) == 5
    assert not people[["phone", "email", "id_number", "address"]].notna().any(axis=None)
    assert set(people["name"]) == {"张某某"}
    frames = inventory(made)
    counted = frames["standardised"].set_index(["column", "rule"])["changed"]
    assert [counted[name, "masked"] for name in ("phone", "email", "id_number", "address")] == [5] * 4
    assert counted["name", "masked_name"] == 5
    assert frames["unread"].empty
    assert {"ingest.remark.masked", "ingest.remark.masked_name"} <= {m.id for m in told_of(made, date(2026, 6, 30))}
    assert len(inventory(made)["review"]) == 0


def test_orders_of_masked_buyers_are_nobodys(tmp_path):
    head = ["order_id", "ordered_on", "amount", "customer_key", "phone", "name"]
    lines = [[str(i), "2026-01-05", "10", "t***1", "138****1234", "张**"] for i in range(3)]
    write_csv(tmp_path / "pos.csv", [head, *lines])
    made = canonical(tmp_path, ORDERS)
    assert rows(made, "SELECT COUNT(*), COUNT(customer_id) FROM {orders}") == [(3, 0)]
