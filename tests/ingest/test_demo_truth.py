"""The demo as it was planted: every fault is found in its row, and nothing else is."""

import csv
import json
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest

from crm_lib.engagement import load
from crm_lib.paths import DATA
from crm_lib.run.prepare import inventory, prepare
from tests.ingest.folder import rows, set_aside

DEMO = DATA / "demo"
FIRST_ROW = {"nps_survey.xlsx": 4}  # two titles and a header above; elsewhere a header
LEVELS = {"row": "quarantined", "duplicate": "duplicates"}


@cache
def truth():
    return json.loads((DEMO / "truth.json").read_text(encoding="utf-8"))


@cache
def engagement():
    return load(DEMO)


@cache
def made() -> Path:
    return prepare(DEMO, engagement())


def source_of(file):
    return next(source for source in engagement().sources if source.file == f"raw/{file}")


@pytest.mark.parametrize("file", sorted(truth()["rows"]))
def test_rows_are_accounted_for_as_planted(file):
    planted = defaultdict(int)
    for fault in truth()["faults"].get(file, {}).values():
        planted[LEVELS.get(fault["level"], "kept")] += fault["count"]
    found = inventory(made())["files"].set_index("source").loc[source_of(file).name]
    assert found["rows_read"] == truth()["rows"][file]
    assert found["quarantined"] == planted["quarantined"]
    assert found["duplicates"] == planted["duplicates"]
    assert found["accepted"] == found["rows_read"] - found["quarantined"] - found["duplicates"]


@pytest.mark.parametrize("file", sorted(truth()["faults"]))
def test_the_very_rows_are_set_aside(file):
    faults = [f for f in truth()["faults"][file].values() if f["level"] == "row"]
    first = FIRST_ROW.get(file, 2)
    planted = sorted(row + first - 1 for fault in faults for row in fault["rows"])
    found = sorted(int(row["line"]) for row in set_aside(made(), source_of(file).name))
    assert found == planted


@pytest.mark.parametrize("file", sorted(truth()["faults"]))
def test_values_that_cannot_be_read_are_counted(file):
    source = source_of(file)
    ours = {theirs: name for name, theirs in source.columns.items()}
    columns = inventory(made())["columns"].set_index(["source", "column"])["invalid"]
    rules = inventory(made())["standardised"].query("rule == 'missing'").set_index(["source", "column"])["changed"]
    for name, fault in truth()["faults"][file].items():
        if fault["level"] == "value":
            key = (source.name, ours[fault["column"]])
            assert columns[key] + rules.get(key, 0) == fault["count"], name  # 无 is no address, but says so


def test_nobody_is_merged_with_somebody_else():
    customers, people = matches()
    assert {id: sorted(them) for id, them in customers.items() if len(them) > 1} == {}
    families = {person for pair in truth()["families"] for person in pair}
    assert all(len(people[person]) == 1 for person in families & people.keys())


def test_people_are_split_only_where_nothing_joins_them():
    """Two customers of one person share no key, no phone and no e-mail."""
    _, people = matches()
    by_customer = defaultdict(set)
    for customer, space, key, phone, email in rows(
        made() / "trail", "SELECT customer_id, key_space, customer_key, phone, email FROM {records}"
    ):
        by_customer[customer] |= {("key", space, key)} if key else set()
        by_customer[customer] |= {(phone,)} if phone else set()
        by_customer[customer] |= {(email,)} if email else set()
    split = [sorted(them) for them in people.values() if len(them) > 1]
    assert len(split) < 0.04 * len(people)
    for one, *others in split:
        assert all(not by_customer[one] & by_customer[other] for other in others)


def test_a_member_who_registered_twice_is_one_customer():
    keys = dict(rows(made() / "trail", "SELECT customer_key, customer_id FROM {records} WHERE source = 'members'"))
    twice = defaultdict(set)
    for number, person in truth()["records"]["members.xlsx"].items():
        if person in truth()["registered_twice"]:
            twice[person].add(keys[number])
    reunited = sum(len(customers) == 1 for customers in twice.values())
    assert reunited >= 0.9 * len(truth()["registered_twice"])


def test_walk_ins_are_nobody():
    ((count,),) = rows(made(), "SELECT COUNT(*) FROM {orders} WHERE customer_id IS NULL")
    walk_ins = truth()["walk_in_orders"]
    unreadable = truth()["faults"]["pos_orders.csv"]["short_phone"]["count"]
    assert 0.98 * walk_ins <= count <= walk_ins + unreadable


KEYS = {
    "pos_orders.csv": "SELECT order_id, customer_id FROM {orders}",
    "tickets.csv": "SELECT ticket_id, customer_id FROM {tickets}",
    "interactions.csv": "SELECT interaction_id, customer_id FROM {interactions}",
    "nps_survey.xlsx": "SELECT survey_id, customer_id FROM {surveys}",
}
LISTS = {"members.xlsx": "members", "store_customers.csv": "store_customers"}


@cache
def matches():
    """customer -> people, person -> customers, over every record of which the person is known."""
    customers, people = defaultdict(set), defaultdict(set)
    for file, known in truth()["records"].items():
        if file in KEYS:
            found = dict(rows(made(), KEYS[file]))
        else:
            query = f"SELECT customer_key, customer_id FROM {{records}} WHERE source = '{LISTS[file]}'"
            found = dict(rows(made() / "trail", query))
        for key, person in known.items():
            if (customer := found.get(key)) is not None:
                customers[customer].add(person)
                people[person].add(customer)
    return customers, people


def test_money_agrees_with_the_file():
    with (DEMO / "raw" / "pos_orders.csv").open(encoding="gbk", newline="") as stream:
        lines = list(csv.DictReader(stream))
    aside = {int(row["line"]) for row in set_aside(made(), "pos_orders")}
    seen, total = set(), 0
    for number, line in enumerate(lines, 2):
        key = (line["单号"].strip(), line["行号"])
        if number not in aside and key not in seen:
            seen.add(key)
            total += round(float(line["实收金额"].replace("¥", "").replace("￥", "").replace(",", "")) * 100)
    ((revenue,),) = rows(made(), "SELECT SUM(amount) FROM {orders}")
    assert round(revenue * 100) == total
