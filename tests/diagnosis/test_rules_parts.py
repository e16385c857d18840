"""A store that falls is found though the whole does not; parts that only vary by chance are not named."""

from datetime import date, datetime, time, timedelta

import numpy as np
import pandas as pd
import pytest

from crm_lib import diagnosis
from crm_lib.diagnosis.fallen import dimension_first
from crm_lib.diagnosis.rules_goods import goods_fall
from crm_lib.diagnosis.rules_parts import ends, part_orders, parts
from crm_lib.language import catalogue
from crm_lib.metrics.ended_owners import ended_sellers
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
    why = catalogue("en").text(found.check("part_falls").pain.evidence)
    assert "The total hides it" in why
    assert "no other store that can be compared has fewer" in why
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
        if not (row["store"] in empty and row["ordered_on"] >= date(2026, 1, 1) and i % 9)
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
    group = parts(measured).query("dimension == 'store'")
    fewer = (group["orders_before"] - group["orders_now"]).clip(lower=0)
    here = fewer[group["fell"].astype(bool)].sum() / fewer.sum()
    why = catalogue("en").text(first.evidence)
    assert f"has fewer, {fewer.sum():,.1f} purchases a month are gone" in why  # the whole of which the share is
    assert f"in all, {here:.1%} of them here" in why


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


def goods(stop: float) -> dict[str, list[dict]]:
    """Of the customers who buy lenses `stop` leave in January; before that they report what is wrong with them."""
    lines, tickets = [], []
    for row in s.orders(wave=None):
        lens = int(row["customer_id"][1:]) % 4 == 0
        leaves = lens and int(row["customer_id"][1:]) % 40 < 40 * stop
        if leaves and row["ordered_on"] >= date(2026, 1, 1):
            continue
        lines.append(row | {"line_no": 1, "product_name": "lens" if lens else f"nozzle {len(lines) % 3}"})
    for i in range(120):
        opened = datetime.combine(date(2025, 12, 1) + timedelta(days=i % 28), time(9))
        reason = "quality" if i % 4 == 0 else ("setup", "broken")[i % 2]
        tickets.append(
            {"ticket_id": f"t{i}", "customer_id": f"c{i:03d}", "opened_at": opened, "kind": "request", "reason": reason}
        )
    return {"orders": lines, "order_lines": lines, "tickets": tickets}


def test_a_product_whose_buyers_leave_is_found_with_who_left_and_what_they_reported():
    given = goods(0.8)
    measured = diagnosis.measure(s.shop(**given), s.engagement(), s.BASELINE)
    pain = goods_fall(measured).pain
    assert (pain.event, pain.since) == (("product", ("lens",)), "2026-01")
    assert pain.revenue == pytest.approx(12 * parts_lost(measured), rel=0.02)
    listed = diagnosis.handoffs.key_customer_list(measured, diagnosis.find_pain_points(measured)).query(
        "pain_point == 'goods_fall'"
    )
    assert {int(id[1:]) % 40 for id in listed["customer_id"]} <= set(range(0, 32, 4))
    assert pain.customers == len(listed) == 24
    assert (listed["spent"] > 0).all()
    said = catalogue("en").text(pain.evidence)
    assert "Of the 30 customers who bought them" in said
    assert "80.0%" in said
    assert "“quality” makes up 100.0%" in said
    assert catalogue("zh").text(pain.headline).startswith("商品“lens”自2026年1月起购买单数减少")


def parts_lost(measured):
    """Net revenue a month of lenses a year earlier and now."""
    lines = measured.engine.sql("SELECT ordered_on, amount FROM order_lines WHERE product_name = 'lens'")
    day = pd.to_datetime(lines["ordered_on"])
    spans = (("2025-01-01", "2025-03-31"), ("2026-01-01", "2026-03-31"))
    before, now = (float(lines["amount"][day.between(*span)].sum()) / 3 for span in spans)
    return before - now


def test_goods_that_hold_are_not_named_and_a_list_without_goods_says_so():
    measured = diagnosis.measure(s.shop(**goods(0.0)), s.engagement(), s.BASELINE)
    assert goods_fall(measured).state == "clear"
    assert goods_fall(found_in(s.orders())).state == "absent"


def test_an_owner_is_told_before_the_region_in_which_he_is_one_of_several():
    row = {"amount": 10.0, "z": -9.0, "fell": True}
    region = row | {
        "dimension": "store",
        "part": "west",
        "orders_before": 73,
        "orders_now": 47,
        "rest_before": 500,
        "rest_now": 510,
    }
    owner = row | {
        "dimension": "owner",
        "part": "zhou",
        "orders_before": 33,
        "orders_now": 11,
        "rest_before": 540,
        "rest_now": 546,
    }
    others = [owner | {"part": f"o{i}", "orders_before": 50, "orders_now": 45, "fell": False} for i in range(4)]
    assert dimension_first(pd.DataFrame([region, owner, *others])) == "owner"
    wide = owner | {"orders_before": 70, "orders_now": 48}
    assert dimension_first(pd.DataFrame([region, wide, *others])) == "store"


MOVED = date(2026, 1, 12)


def closing(share_lost: float) -> list[dict]:
    """From MOVED on the east store is closed; of its customers `share_lost` stop, the others buy in the new store."""
    rows = []
    for row in s.orders(240, wave=None):
        who = int(row["customer_id"][1:])
        store = f"s{who % 4}"
        if store == "s3" and row["ordered_on"] >= MOVED:
            if who % 40 < 40 * share_lost:
                continue
            store = "new"
        rows.append(row | {"store": store})
    return rows


def test_a_store_that_closed_and_one_that_opened_are_no_fall_of_the_others():
    """The closed one is told by itself, with how many of its customers still buy; 90 % of them do."""
    pain = diagnosis.find_pain_points(found_in(closing(0.1))).check("part_falls").pain
    assert parts(found_in(closing(0.1)))["part"].isin(["s0", "s1", "s2", "app", "shop"]).all()
    assert pain.event == ("store", ("s3",))
    words = catalogue("en").text(pain.headline), catalogue("en").text(pain.evidence)
    assert words[0].startswith("Purchases have ended in 1: Store “s3” (last purchase on 11 Jan 2026")
    assert "90.0%" in words[1]
    assert "Store “new” (first purchase on 15 Jan 2026" in words[1]
    assert catalogue("zh").text(pain.headline).startswith("1 处已没有订单：门店“s3”（最后一单在2026年1月11日")


def test_the_pace_of_a_store_that_opened_is_counted_from_its_first_day():
    rows = closing(0.1)
    days = [row["ordered_on"] for row in rows if row["store"] == "new"]
    pace = len(days) / ((s.BASELINE - min(days)).days + 1) * 365.25 / 12
    assert pace > 1.1 * len(days) / 3  # open for less than the three months compared
    why = catalogue("en").text(diagnosis.find_pain_points(found_in(rows)).check("part_falls").pain.evidence)
    assert f"Store “new” (first purchase on 15 Jan 2026, lately {pace:.1f} a month)" in why


def test_what_ended_is_told_beside_a_store_that_fell_and_not_counted_with_it():
    rows = [
        row
        for i, row in enumerate(closing(0.1))
        if not (row["store"] == "s1" and row["ordered_on"] >= date(2026, 1, 1) and i % 3)
    ]
    found = diagnosis.find_pain_points(found_in(rows)).check("part_falls")
    assert found.pain.event == ("store", ("s1",))
    assert "Not counted as falling" in catalogue("en").text(found.pain.evidence)
    row = parts(found_in(rows)).iloc[0]
    each = f"“s1” ({row['orders_before']:.1f} to {row['orders_now']:.1f})"
    assert f"By store, purchases a month: {each}" in catalogue("en").text(found.pain.evidence)
    assert "without purchases any more: 1" in catalogue("en").text(found.measured)


def sold(rows: list[dict], who) -> list[dict]:
    """Order lines of orders, each sold by `who(number of the order, order)`; no line where nobody is named."""
    people = [(who(i, row), row) for i, row in enumerate(rows)]
    names = ("order_id", "customer_id", "ordered_on", "amount", "kind", "channel", "store")
    return [{name: row[name] for name in names} | {"line_no": 1, "salesperson": person} for person, row in people]


def test_a_salesperson_who_sells_less_is_found_by_the_lines_they_sold():
    rows = s.orders(wave=None)
    fell = date(2026, 1, 1)
    lines = sold(rows, lambda i, row: ("Bo", "Cy")[i % 2] if i % 3 or (row["ordered_on"] >= fell and i % 5) else "Ann")
    measured = diagnosis.measure(s.shop(orders=rows, order_lines=lines), s.engagement(), s.BASELINE)
    assert parts(measured).query("fell")[["dimension", "part"]].values.tolist() == [["salesperson", "Ann"]]
    pain = diagnosis.find_pain_points(measured).check("part_falls").pain
    assert catalogue("en").text(pain.headline).startswith("Salesperson “Ann”: ")
    assert catalogue("zh").text(pain.headline).startswith("销售人员“Ann”")
    assert "colleagues who held" in catalogue("en").text(pain.action)


def test_a_salesperson_who_left_is_no_fall_and_goes_with_a_store_that_closed():
    rows, left = s.orders(wave=None), date(2025, 12, 1)
    lines = sold(rows, lambda i, row: "Ann" if not i % 3 and row["ordered_on"] < left else ("Bo", "Cy")[i % 2])
    measured = diagnosis.measure(s.shop(orders=rows, order_lines=lines), s.engagement(), s.BASELINE)
    pain = diagnosis.find_pain_points(measured).check("part_falls").pain
    assert catalogue("en").text(pain.headline).startswith("1 salesperson has stopped selling: Salesperson “Ann”")
    assert "successor" in catalogue("en").text(pain.action)
    assert "have bought since" in catalogue("en").text(pain.evidence)
    closed = [row | ({"store": "north"} if row["ordered_on"] >= left else {}) for row in rows]
    both = diagnosis.measure(s.shop(orders=closed, order_lines=lines), s.engagement(), s.BASELINE)
    words = catalogue("en").text(diagnosis.find_pain_points(both).check("part_falls").pain.headline)
    assert words.startswith("Purchases have ended in 1: Store “south”")


@pytest.mark.parametrize("paused", [False, True])
def test_who_has_paused_for_as_long_before_has_not_left_to_any_phase(paused):
    rows = s.orders(wave=None)
    away = [(date(2026, 1, 25), date(2026, 4, 1)), *([(date(2025, 9, 1), date(2025, 10, 20))] if paused else [])]

    def seller(i, row):
        at_work = not any(first <= row["ordered_on"] < end for first, end in away)
        return "Ann" if not i % 2 and at_work else "Bo"

    measured = diagnosis.measure(s.shop(orders=rows, order_lines=sold(rows, seller)), s.engagement(), s.BASELINE)
    moved = ends(measured, part_orders(measured))
    told = list(moved.loc[moved["dimension"].eq("salesperson") & moved["state"].eq("ended"), "part"])
    assert told == list(ended_sellers(measured.engine)["owner"]) == ([] if paused else ["Ann"])


@pytest.mark.parametrize("stays", [False, True])
def test_customers_who_fall_away_after_their_owner_stopped_selling_are_handed_over(stays):
    rows, left = s.orders(wave=None), date(2025, 12, 1)
    rows = [
        row for i, row in enumerate(rows) if not (row["customer_id"] < "c030" and row["ordered_on"] >= left and i % 4)
    ]
    people = [row | {"owner": ("ann", "bo", "cy", "di")[i // 30]} for i, row in enumerate(s.customers())]
    owners = {row["customer_id"]: row["owner"] for row in people}

    def seller(_, row):
        owner = owners[row["customer_id"]]
        if owner != "ann":
            return owner
        return "Ann" if row["ordered_on"] < left or stays else "bo"

    shop = s.shop(orders=rows, order_lines=sold(rows, seller), customers=people)
    pain = diagnosis.find_pain_points(diagnosis.measure(shop, s.engagement(), s.BASELINE)).check("part_falls").pain
    evidence, action = (catalogue("en").text(said) for said in (pain.evidence, pain.action))
    assert "Ann" in catalogue("en").text(pain.headline)
    assert ("Ann has sold nothing after 30 Nov 2025" in evidence) is not stays
    assert "as purchases have ended" not in evidence
    assert ("whether Ann left or changed posts" in action) is not stays


def test_the_same_person_is_told_by_one_column():
    rows, fell = s.orders(wave=None), date(2026, 1, 1)
    rows = [
        row for i, row in enumerate(rows) if not (row["customer_id"] < "c030" and row["ordered_on"] >= fell and i % 4)
    ]
    people = [row | {"owner": ("ann", "bo", "cy", "di")[i // 30]} for i, row in enumerate(s.customers())]
    owners = {row["customer_id"]: row["owner"] for row in people}
    lines = sold(rows, lambda _, row: {"ann": "Ann"}.get(owners[row["customer_id"]], owners[row["customer_id"]]))
    measured = diagnosis.measure(s.shop(orders=rows, order_lines=lines, customers=people), s.engagement(), s.BASELINE)
    assert set(parts(measured).query("fell")["dimension"]) == {"owner", "salesperson"}
    told = catalogue("en").text(diagnosis.find_pain_points(measured).check("part_falls").pain.evidence)
    assert "So did" not in told


def test_a_type_of_customers_that_buys_less_is_found_and_is_the_cause():
    rows, fell = s.orders(wave=None), date(2026, 1, 1)
    people = [row | {"customer_type": "dealer" if i % 4 < 2 else "end user"} for i, row in enumerate(s.customers())]
    dealers = {row["customer_id"] for row in people if row["customer_type"] == "dealer"}
    rows = [row for row in rows if row["customer_id"] not in dealers or row["ordered_on"] < fell]
    measured = diagnosis.measure(s.shop(orders=rows, customers=people), s.engagement(), s.BASELINE)
    assert ["customer_type", "dealer"] in parts(measured).query("fell")[["dimension", "part"]].values.tolist()
    pain = diagnosis.find_pain_points(measured).check("active_fall").pain
    assert "By customer type, the whole change comes from “dealer”" in catalogue("en").text(pain.evidence)
