"""Quality by column, before and after."""

from datetime import date

import pytest

from crm_lib.run.prepare import inventory
from tests.ingest.folder import ORDERS, canonical, write_csv

MEMBERS = {"name": "members", "table": "customers", "file": "members.csv", "key_space": "m"}
CARDS = {"name": "cards", "table": "customers", "file": "cards.csv", "key_space": "m"}
TICKETS = {"name": "tickets", "table": "tickets", "file": "t.csv"}


@pytest.fixture
def made(tmp_path):
    head = ["customer_key", "phone", "city", "joined_on"]
    write_csv(
        tmp_path / "members.csv",
        [
            head,
            ["1", "13800138000", "上海", "2026-06-29"],
            ["2", "13800138000", "-", "2026-06-01"],
            ["3", "12", "", "2026-01-05"],
            ["3", "+8613900139000", "北京市", ""],
        ],
    )
    write_csv(tmp_path / "cards.csv", [head, ["1", "", "Shanghai", "2026-01-01"], ["3", "", "天津", ""]])
    write_csv(
        tmp_path / "t.csv",
        [["ticket_id", "opened_at", "closed_at"], ["1", "2026-01-05 10:00", "2026-01-04 10:00"], ["1", "", ""]],
    )
    return canonical(tmp_path, MEMBERS, CARDS, TICKETS)


def quality(made, source, column, day=None):
    frame = inventory(made, day)["quality"].set_index(["source", "column"])
    return frame.loc[(source, column)]


def test_shares_before_and_after(made):
    phone = quality(made, "members", "phone")
    assert phone[["complete_before", "complete", "valid_before", "valid"]].tolist() == [1, 0.75, 0.75, 1]
    assert phone["standard_before"] == 0.25
    assert phone["unique_before"] == 0.75
    assert phone["unique"] == pytest.approx(2 / 3)
    city = quality(made, "members", "city")
    assert city[["complete_before", "complete"]].tolist() == [0.75, 0.5]


def test_sources_that_say_something_else_of_a_customer_do_not_agree(made):
    assert quality(made, "cards", "city")[["consistent", "compared"]].tolist() == [0.5, 2]
    assert quality(made, "members", "city")["consistent"] == 1


def test_what_a_customer_is_called_by_does_not_speak_against_the_name(tmp_path):
    head = ["customer_key", "name", "phone"]
    people = [["张丽", "13800138000"], ["李伟", "13900139000"], ["韩怡珊", "13700137000"]]
    write_csv(tmp_path / "members.csv", [head, *([f"m{i}", *one] for i, one in enumerate(people))])
    called = [["张姐", "13800138000"], ["小李", "13900139000"], ["怡珊", "13700137000"]]
    write_csv(tmp_path / "cards.csv", [head, *([f"k{i}", *one] for i, one in enumerate(called))])
    found = canonical(tmp_path, MEMBERS, MEMBERS | {"name": "cards", "file": "cards.csv"})
    assert quality(found, "cards", "name")[["consistent", "compared"]].tolist() == [0, 1]


def test_dates_that_contradict_each_other(made):
    closed = quality(made, "tickets", "closed_at")
    assert closed["consistent_before"] == 0


def test_a_source_is_timely_by_the_weeks_in_which_it_says_something(made):
    joined = quality(made, "members", "joined_on", date(2026, 6, 30))
    assert joined["age_days"] == 1
    assert joined["timely"] == pytest.approx(2 / 13)
    assert quality(made, "members", "joined_on", date(2026, 6, 28))["age_days"] == 27
    assert quality(made, "members", "city", date(2026, 6, 30)).isna()["timely"]
    assert quality(made, "tickets", "opened_at", date(2026, 6, 30))["timely"] == 0


def test_a_file_of_headers_has_no_shares(tmp_path):
    write_csv(tmp_path / "pos.csv", [["order_id", "ordered_on", "amount"]])
    frame = inventory(canonical(tmp_path, ORDERS), date(2026, 6, 30))["quality"]
    assert frame[["complete", "complete_before", "valid", "timely"]].isna().all(axis=None)


def test_a_text_counts_in_each_file_of_its_source(tmp_path):
    head = ["order_id", "ordered_on", "amount", "customer_key"]
    for name in ("a", "b"):
        lines = [[f"{name}{i}", "2026-01-05", amount, "m"] for i, amount in enumerate(["1,200.00", "1200", "1200.00"])]
        write_csv(tmp_path / f"{name}.csv", [head, *lines])
    made = canonical(tmp_path, ORDERS | {"file": "?.csv"})
    amount = quality(made, "pos", "amount")
    assert (amount["complete_before"], amount["standard_before"]) == (1, pytest.approx(4 / 6))


def test_a_cell_that_several_rules_changed_counts_once(tmp_path):
    head = ["order_id", "ordered_on", "amount", "customer_key"]
    write_csv(tmp_path / "pos.csv", [head, ["1", "2026-01-05", "¥1.2万", "m"], ["2", "2026-01-05", "12000", "m"]])
    assert quality(canonical(tmp_path, ORDERS), "pos", "amount")["standard_before"] == 0.5


def test_a_value_that_stands_as_its_mapping_says_is_not_counted_as_changed(tmp_path):
    lines = [[f"o{i}", "m1", "2026-01-05", "5", word] for i, word in enumerate(["Kfz", "KFZ", "Kfz"])]
    write_csv(tmp_path / "pos.csv", [["order_id", "customer_key", "ordered_on", "amount", "category"], *lines])
    made = canonical(tmp_path, ORDERS | {"values": {"category": {"KFZ": "Kfz"}}})
    changed = inventory(made)["standardised"].query("column == 'category'")
    assert dict(zip(changed["rule"], changed["changed"], strict=True)) == {"mapped": 1}
