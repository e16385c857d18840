"""A store that falls is found though the whole does not; parts that only vary by chance are not named."""

from datetime import date, timedelta

import numpy as np

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
    assert "store “south”" in words
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
