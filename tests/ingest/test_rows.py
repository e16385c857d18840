"""What becomes of each row, through real files."""

from datetime import date, datetime
from decimal import Decimal

import pytest

from tests.ingest.folder import MEMBERS, ORDERS, account, canonical, rows, set_aside, table, write_csv

HEADER = ["order_id", "line_no", "ordered_on", "amount", "kind", "customer_key", "category", "cost", "quantity"]


def write(folder, *lines, file="pos.csv"):
    write_csv(folder / file, [HEADER, *lines])


def line(order="A1", no="1", day="2026-01-05", amount="10", kind="", key="m1", category="x", cost="4", quantity="1"):
    return [order, no, day, amount, kind, key, category, cost, quantity]


def test_each_row_set_aside_says_why(tmp_path):
    write(
        tmp_path,
        line(),
        line("A2", day="2026-02-30"),
        line("A3", amount="ten"),
        line("", "1"),
        line("A5", amount=""),
        line("A6", kind="gift"),
    )
    made = canonical(tmp_path, ORDERS)
    assert [(row["line"], row["reason"], row["column"]) for row in set_aside(made, "pos")] == [
        ("3", "invalid_value", "ordered_on"),
        ("4", "invalid_value", "amount"),
        ("5", "required_missing", "order_id"),
        ("6", "required_missing", "amount"),
        ("7", "not_allowed", "kind"),
    ]
    assert set_aside(made, "pos")[1]["row"] == dict(zip(HEADER, line("A3", amount="ten"), strict=True))
    assert list(table(made, "order_lines")["order_id"]) == ["A1"]


def test_a_bad_value_that_is_not_required_costs_only_itself(tmp_path):
    write_csv(
        tmp_path / "members.csv",
        [
            ["customer_key", "name", "gender", "phone", "email", "birth_date"],
            ["1", "NULL", "F", "12", "x", "tomorrow"],
        ],
    )
    write(tmp_path, line(cost="?", quantity="few"))
    made = canonical(tmp_path, MEMBERS, ORDERS)
    assert rows(made, "SELECT name, gender, phone, email, birth_date FROM {customers} WHERE name IS NOT NULL") == [
        ("NULL", "female", None, None, None)
    ]
    assert rows(made, "SELECT cost, quantity FROM {order_lines}") == [(None, None)]
    assert list(account(made)["quarantined"]) == [0, 0]


def test_a_repeated_row_is_dropped_and_a_contradicting_one_set_aside(tmp_path):
    write(tmp_path, line(), line(no="2", amount="5"), line(), line(amount="11"))
    made = canonical(tmp_path, ORDERS)
    files = account(made).iloc[0]
    assert (files["accepted"], files["duplicates"], files["quarantined"]) == (2, 1, 1)
    assert (files["amount_accepted"], files["amount_duplicates"], files["amount_quarantined"]) == (15, 10, 11)
    assert [row["reason"] for row in set_aside(made, "pos")] == ["key_conflict"]


REVERSED = [line("A", "1"), line("A", "2", amount="5"), line("A", "1", "2026-01-09", "-10", quantity="-1")]


@pytest.mark.parametrize("kind", ["", "refund"])
@pytest.mark.parametrize("large", [False, True])
def test_a_reversal_under_the_number_of_its_line_is_money_given_back(tmp_path, monkeypatch, kind, large):
    if large:
        monkeypatch.setattr("crm_lib.ingest.load.LARGE_BYTES", 1)
    *sold, back = REVERSED
    back = [kind if name == "kind" else cell for name, cell in zip(HEADER, back, strict=True)]
    write(tmp_path, *sold, back, back)
    made = canonical(tmp_path, ORDERS)
    files = account(made).iloc[0]
    assert (files["accepted"], files["duplicates"], files["quarantined"]) == (3, 1, 0)
    assert rows(made, "SELECT line_no, amount FROM {order_lines} ORDER BY ALL") == [(1, 10), (2, 5), (3, -10)]
    assert rows(made, "SELECT kind, ordered_on, amount FROM {orders} ORDER BY ALL") == [
        ("refund", date(2026, 1, 9), -10),
        ("sale", date(2026, 1, 5), 15),
    ]


def test_a_reversal_of_the_same_day_lowers_its_order(tmp_path):
    write(tmp_path, line("A", "1"), line("A", "2", amount="5"), line("A", "1", amount="-10", quantity="-1"))
    made = canonical(tmp_path, ORDERS)
    assert rows(made, "SELECT amount FROM {orders}") == [(5,)]


def test_a_reversal_in_two_exports_counts_once(tmp_path):
    write(tmp_path, *REVERSED, file="pos.csv")
    write(tmp_path, *REVERSED, file="erp.csv")
    made = canonical(tmp_path, ORDERS, ORDERS | {"name": "erp", "file": "erp.csv"})
    assert list(account(made)["duplicates"]) == [0, 3]
    assert rows(made, "SELECT SUM(amount) FROM {orders}") == [(5,)]


def test_money_given_back_twice_under_one_number_is_given_back_twice(tmp_path):
    write(tmp_path, line(), line(day="2026-01-09", amount="-4"), line(day="2026-01-11", amount="-6"))
    assert rows(canonical(tmp_path, ORDERS), "SELECT SUM(amount) FROM {orders}") == [(0,)]


def test_of_two_versions_the_fuller_one_stays(tmp_path):
    head = ["ticket_id", "opened_at", "closed_at", "customer_key"]
    write_csv(
        tmp_path / "t.csv",
        [head, ["T1", "2026-01-01 10:00", "", "m"], ["T1", "2026-01-01 10:00", "2026-01-02 9:00", "m"]],
    )
    made = canonical(tmp_path, {"name": "tickets", "table": "tickets", "file": "t.csv"})
    assert rows(made, "SELECT closed_at FROM {tickets}") == [(datetime(2026, 1, 2, 9),)]


def test_lines_without_number_are_numbered_within_their_order(tmp_path):
    head = ["order_id", "ordered_on", "amount", "product_id"]
    lines = [
        ["A", "2026-01-01", "5", "p"],
        ["A", "2026-01-01", "5", "p"],
        ["A", "2026-01-01", "3", "q"],
        ["B", "2026-01-01", "1", "p"],
    ]
    write_csv(tmp_path / "pos.csv", [head, *lines])
    write_csv(tmp_path / "again/pos.csv", [head, *reversed(lines)])
    made = canonical(tmp_path, ORDERS)
    assert rows(made, "SELECT order_id, line_no, product_id FROM {order_lines}") == [
        ("A", 1, "p"),
        ("A", 2, "p"),
        ("A", 3, "q"),
        ("B", 1, "p"),
    ]
    again = canonical(tmp_path / "again", ORDERS)
    assert (made / "order_lines.parquet").read_bytes() == (again / "order_lines.parquet").read_bytes()


def test_an_order_in_two_exports_counts_once(tmp_path):
    head = ["order_id", "ordered_on", "amount"]
    lines = [["A", "2026-01-31", "5"], ["A", "2026-01-31", "5"], ["A", "2026-01-31", "3"]]
    write_csv(tmp_path / "pos-01.csv", [head, *lines, ["B", "2026-01-31", "7"]])
    write_csv(tmp_path / "pos-02.csv", [head, *lines, ["C", "2026-02-01", "9"]])
    made = canonical(tmp_path, ORDERS | {"file": "pos-*.csv"})
    assert rows(made, "SELECT order_id, amount FROM {orders}") == [("A", 13), ("B", 7), ("C", 9)]
    assert list(account(made)["duplicates"]) == [0, 3]


def test_where_a_row_is_an_order_it_counts_once(tmp_path):
    head = ["order_id", "ordered_on", "amount"]
    twice = [["A", "2026-01-31", "5"], ["A", "2026-01-31", "5"]]
    write_csv(tmp_path / "pos-01.csv", [head, *twice, ["B", "2026-01-31", "7"]])
    write_csv(tmp_path / "pos-02.csv", [head, *twice, ["C", "2026-02-01", "9"]])
    made = canonical(tmp_path, ORDERS | {"file": "pos-*.csv"})
    assert rows(made, "SELECT order_id, amount FROM {orders}") == [("A", 5), ("B", 7), ("C", 9)]
    assert list(account(made)["duplicates"]) == [1, 2]


def test_refunds_take_money_back_however_they_are_written(tmp_path):
    write(
        tmp_path,
        line("S", amount="100", cost="40"),
        line("R1", amount="100", cost="40", kind="refund"),
        line("R2", amount="-100", cost="-40", quantity="-1"),
        line("R3", amount="(100)", cost="40", kind="退货"),
    )
    made = canonical(tmp_path, ORDERS)
    assert rows(made, "SELECT order_id, kind, amount, margin, items FROM {orders}") == [
        ("R1", "refund", Decimal(-100), Decimal(-60), Decimal(-1)),
        ("R2", "refund", Decimal(-100), Decimal(-60), Decimal(-1)),
        ("R3", "refund", Decimal(-100), Decimal(-60), Decimal(-1)),
        ("S", "sale", Decimal(100), Decimal(60), Decimal(1)),
    ]


def test_a_discount_line_does_not_make_a_refund(tmp_path):
    write(
        tmp_path,
        line("A", "1", amount="30"),
        line("A", "2", amount="-5", quantity="1", cost="0"),
        line("B", "1", amount="-30"),
    )
    made = canonical(tmp_path, ORDERS)
    assert rows(made, "SELECT order_id, kind, amount, items FROM {orders}") == [
        ("A", "sale", 25, 2),
        ("B", "refund", -30, -1),
    ]


def test_an_order_is_summed_from_its_lines(tmp_path):
    write(
        tmp_path,
        line("A", "1", amount="30.10", cost="10", category="x"),
        line("A", "2", amount="-0.10", cost="0", category="y", kind="sale"),
        line("A", "3", amount="5", cost="", category=""),
        line("B", "1", amount="1.005", cost="1"),
    )
    made = canonical(tmp_path, ORDERS)
    assert rows(made, "SELECT order_id, amount, margin, items, categories, kind FROM {orders}") == [
        ("A", Decimal("35.00"), None, Decimal(3), 2, "sale"),
        ("B", Decimal("1.01"), Decimal("0.01"), Decimal(1), 1, "sale"),
    ]


def test_amounts_in_ten_thousands(tmp_path):
    write(tmp_path, line(amount="1.5", cost="0.5"))
    made = canonical(tmp_path, ORDERS | {"amount_unit": 10000})
    assert rows(made, "SELECT amount, cost FROM {order_lines}") == [(15000, 5000)]


def test_values_constants_and_the_day_of_a_moment(tmp_path):
    write_csv(
        tmp_path / "pos.csv",
        [["单号", "时间", "金额", "渠道"], ["1", "2026/3/1 9:05", "¥2", " 小程序"], ["2", "2026/3/1", "2", "-"]],
    )
    source = ORDERS | {
        "columns": {"order_id": "单号", "ordered_at": "时间", "amount": "金额", "channel": "渠道"},
        "values": {"channel": {"小程序": "mini_program", "-": ""}},
        "constants": {"store": "总店"},
    }
    made = canonical(tmp_path, source)
    assert rows(made, "SELECT ordered_on, ordered_at, channel, store FROM {order_lines}") == [
        (date(2026, 3, 1), datetime(2026, 3, 1, 9, 5), "mini_program", "总店"),
        (date(2026, 3, 1), datetime(2026, 3, 1), None, "总店"),
    ]


def test_one_person_in_both_arms_tells_nothing(tmp_path):
    head = ["campaign_id", "phone", "sent_on", "arm"]
    lines = [
        ["C", "13800138000", "2026-01-01", "实验组"],
        ["C", "+86 13800138000", "2026-01-01", "对照组"],
        ["C", "13900139000", "2026-01-01", "对照组"],
    ]
    write_csv(tmp_path / "c.csv", [head, *lines])
    made = canonical(tmp_path, {"name": "sent", "table": "campaign_members", "file": "c.csv"})
    assert rows(made, "SELECT arm, COUNT(*) FROM {campaign_members} GROUP BY arm") == [("holdout", 1)]
    assert [row["reason"] for row in set_aside(made, "sent")] == ["both_arms", "both_arms"]


def test_answers_without_number_get_one_of_their_own(tmp_path):
    head = ["phone", "answered_on", "nps"]
    write_csv(
        tmp_path / "s.csv",
        [
            head,
            ["13800138000", "2026-01-01", "9"],
            ["13900139000", "2026-01-01", "9"],
            ["13900139000", "2026-01-01", "11"],
        ],
    )
    made = canonical(tmp_path, {"name": "nps", "table": "surveys", "file": "s.csv"})
    ids = [id for (id,) in rows(made, "SELECT survey_id FROM {surveys}")]
    assert len(set(ids)) == 2
    assert all(id.startswith("nps-") for id in ids)
    assert [row["column"] for row in set_aside(made, "nps")] == ["nps"]


def test_a_row_of_nobody_counts_but_is_no_customer(tmp_path):
    write(tmp_path, line("A", key=""), line("B", key="m1"))
    made = canonical(tmp_path, ORDERS)
    assert rows(made, "SELECT order_id, customer_id IS NULL FROM {orders}") == [("A", True), ("B", False)]
    assert rows(made, "SELECT COUNT(*) FROM {customers}") == [(1,)]


def test_what_tills_write_for_an_unknown_customer_is_nobody(tmp_path):
    keys = ["0", "000", "散客", "-", "walk-in", "0100", "M1", "10023.0", "'10023"]
    write(tmp_path, *(line(f"A{i}", key=key) for i, key in enumerate(keys)))
    made = canonical(tmp_path, ORDERS)
    assert rows(made / "trail", "SELECT DISTINCT customer_key FROM {records} ORDER BY ALL NULLS FIRST") == [
        (None,),
        ("0100",),
        ("10023",),
        ("M1",),
    ]


@pytest.mark.parametrize("width", [1, 500, 40_000])
def test_strange_words_stay_data(tmp_path, width):
    words = [
        "=cmd|' /C calc'!A0",
        "<script>alert(1)</script>",
        "{{7*7}}",
        "\u202eevil",
        "👩‍👩‍👧",
        "'; DROP TABLE x; --",
        "长" * width,
    ]
    head = ["order_id", "ordered_on", "amount", "product_name"]
    write_csv(tmp_path / "pos.csv", [head, *([f"A{i}", "2026-01-01", "1", word] for i, word in enumerate(words))])
    made = canonical(tmp_path, ORDERS)
    assert [word for (word,) in rows(made, "SELECT product_name FROM {order_lines} ORDER BY order_id")] == words


def test_headers_with_quotes_and_braces(tmp_path):
    write_csv(tmp_path / "pos.csv", [['单"号', "日'期", "{金额}"], ["A", "2026-01-01", "1"], ["B", "?", "1"]])
    source = ORDERS | {"columns": {"order_id": '单"号', "ordered_on": "日'期", "amount": "{金额}"}}
    made = canonical(tmp_path, source)
    assert rows(made, "SELECT order_id FROM {order_lines}") == [("A",)]
    assert set_aside(made, "pos")[0]["row"] == {'单"号': "B", "日'期": "?", "{金额}": "1"}
