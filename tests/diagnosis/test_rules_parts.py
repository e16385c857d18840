"""A store that falls is found though the whole does not; parts that only vary by chance are not named."""

from datetime import date, datetime, time, timedelta

import numpy as np
import pytest

from crm_lib import diagnosis
from crm_lib.diagnosis.rules_parts import parts
from crm_lib.language import catalogue
from tests.diagnosis import shop as s


def moved(since: date):
    """From then on four of five purchases of the south store take place in the north."""
    return [
        row | ({"store": "north"} if row["ordered_on"] >= since and i % 5 else {})
        for i, row in enumerate(s.orders(wave=None))
    ]


def found_in(rows: list[dict]):
    return diagnosis.measure(s.shop(orders=rows), s.engagement(), s.BASELINE)


def test_a_store_that_falls_is_found_though_the_whole_does_not():
    measured = found_in(moved(date(2026, 1, 1)))
    found = diagnosis.find_pain_points(measured)
    assert found.check("active_fall").state == "clear"
    words = catalogue("en").text(found.check("part_falls").pain.headline)
    assert words == "Store “south”: 79.4% fewer purchases since Jan 2026"
    assert "The total hides it" in catalogue("en").text(found.check("part_falls").pain.evidence)
    assert list(parts(measured).query("fell")["part"]) == ["south"]


def test_the_parts_of_a_dimension_and_the_rest_add_up_to_all_purchases():
    measured = found_in(moved(date(2026, 1, 1)))
    row, whole = parts(measured).iloc[0], measured.trend("orders")
    assert abs(row["orders_now"] + row["rest_now"] - whole["value"]) < 1e-9


def test_chance_alone_names_no_part():
    random = np.random.default_rng(3)
    named = 0
    for _ in range(10):
        rows = [row | {"store": f"s{random.integers(8)}"} for row in s.orders(wave=None)]
        named += int(parts(found_in(rows))["fell"].sum())
    assert named <= 1


def test_few_months_or_one_store_say_that_nothing_can_be_compared():
    short = [row for row in s.orders(wave=None) if row["ordered_on"] > s.BASELINE - timedelta(days=90)]
    one = [row | {"store": "only", "channel": "only"} for row in s.orders(wave=None)]
    for rows in (short, one):
        assert diagnosis.find_pain_points(found_in(rows)).check("part_falls").state == "absent"


def test_a_city_of_few_accounts_is_left_to_their_list():
    towns = [row | {"city": f"t{i % 20}"} for i, row in enumerate(s.customers())]
    rows = [
        row
        for row in s.orders(wave=None)
        if not (int(row["customer_id"][1:]) % 20 == 3 and row["ordered_on"] >= date(2026, 1, 1))
    ]
    measured = diagnosis.measure(s.shop(orders=rows, customers=towns), s.engagement(), s.BASELINE)
    assert not parts(measured)["dimension"].eq("city").any()


def many_stores(empty: set[str], stores: int = 40) -> list[dict]:
    """Many stores, of which those named lose nine of ten purchases from January on."""
    rows = [row | {"store": f"s{int(row['customer_id'][1:]) % stores:02d}"} for row in s.orders(480, wave=None)]
    return [
        row
        for i, row in enumerate(rows)
        if not (row["store"] in empty and row["ordered_on"] >= date(2026, 1, 1) and i % 10)
    ]


EMPTY = {"s03", "s11", "s17", "s29", "s31", "s38"}


def test_stores_that_fall_together_are_one_finding_that_names_them_all_and_their_month():
    measured = found_in(many_stores(EMPTY))
    found = diagnosis.find_pain_points(measured)
    pain = found.check("part_falls").pain
    assert (pain.event[0], set(pain.event[1]), pain.since) == ("store", EMPTY, "2026-01")
    first = diagnosis.summary(measured, found, diagnosis.targets(measured))[0]
    for language, said in (("en", "6 stores: "), ("zh", "6 家门店自2026年1月起")):
        words = catalogue(language)
        assert said in words.text(first.headline)
        assert all(name in words.text(first.evidence) for name in EMPTY)


FEW = {"s03", "s11", "s17", "s19"}


def test_the_fall_of_active_customers_is_laid_to_those_stores_and_not_to_the_largest_category():
    rows = many_stores(FEW, 20)
    lines = [
        row | {"line_no": 1, "product_id": "p", "category": "large" if int(row["customer_id"][1:]) % 5 < 3 else "small"}
        for row in rows
    ]
    few = s.engagement(definitions=s.GIVEN["definitions"] | {"smallest_base": 10})
    measured = diagnosis.measure(s.shop(orders=rows, order_lines=lines), few, s.BASELINE)
    found = diagnosis.find_pain_points(measured)
    point = found.check("active_fall").pain
    assert (point.event[0], set(point.event[1])) == ("store", FEW)
    told = [
        catalogue("en").text(finding.headline)
        for finding in diagnosis.summary(measured, found, diagnosis.targets(measured))
    ]
    assert not any("Active customers" in headline for headline in told)  # told within the finding on the stores


def test_an_owner_whose_customers_leave_is_named():
    found = _owner_lost({})
    assert found.check("part_falls").pain.event == ("owner", ("o2",))
    assert found.check("churn_rise").pain.event == ("owner", ("o2",))


@pytest.mark.parametrize(("until", "ended"), [(date(2025, 11, 30), True), (s.BASELINE, False)])
def test_where_that_owners_contacts_have_ended_it_is_said_with_the_day_and_who_takes_over_comes_first(until, ended):
    days = {"o1": s.BASELINE, "o2": until}
    pain = _owner_lost(days).check("part_falls").pain
    why, what = (catalogue("en").text(words) for words in (pain.evidence, pain.action))
    assert ("The last contact on record of o2 is of 30 Nov 2025" in why) == ended
    assert ("now that the contacts of o2 have ended" in what) == ended
    assert "2025年11月30日" in catalogue("zh").text(pain.evidence) or not ended


def _owner_lost(contacts):
    """Pain points of a shop where owner o2's customers buy no more; owner -> day until which there is a contact a day."""
    people = [row | {"owner": f"o{i % 4}"} for i, row in enumerate(s.customers())]
    rows = [
        row
        for row in s.orders(wave=None)
        if not (int(row["customer_id"][1:]) % 4 == 2 and row["ordered_on"] >= date(2025, 12, 1))
    ]
    talks = [
        {"customer_id": "c002", "owner": owner, "happened_at": datetime.combine(until, time(9)) - timedelta(days=ago)}
        for owner, until in contacts.items()
        for ago in range(100)
    ]
    shop = s.shop(orders=rows, customers=people, interactions=talks)
    return diagnosis.find_pain_points(diagnosis.measure(shop, s.engagement(), s.BASELINE))
