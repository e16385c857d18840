"""A club whose members renew less is named though the whole does not fall; chance names none."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta

import numpy as np
import pandas as pd
import pytest

from crm_lib import diagnosis
from crm_lib.diagnosis.checks import PainPoint
from crm_lib.diagnosis.events import grouped
from crm_lib.diagnosis.renewals import clearest, compared, paid_on, renewals, standing
from crm_lib.language import catalogue, msg
from tests.diagnosis import shop as s

CLUBS = ("north", "south", "east", "west")
FALL = date(2025, 11, 1)


def months(
    fall: date | None,
    seed: int = 5,
    members: int = 400,
    kept: tuple[float, float] = (0.8, 0.4),
    until: date = date.max,
) -> tuple[list[dict], list[dict]]:
    """Cards of thirty days, of which the first share is renewed; in the south only the second from `fall` on, `until` it is over."""
    random, orders, people = np.random.default_rng(seed), [], []
    for i in range(members):
        club, day = CLUBS[i % 4], s.FIRST + timedelta(days=int(random.integers(400)))
        people.append(s.customers(1)[0] | {"customer_id": f"m{i:03d}", "owner": f"{club}-{i % 8 // 4}"})
        while day <= s.BASELINE:
            row = s._order(len(orders), f"m{i:03d}", day, 300, "shop") | {"store": club}
            orders.append(row | {"paid_until": day + timedelta(days=29)})
            day += timedelta(days=30)
            fell = fall and club == "south" and fall <= day < until
            if random.random() > (kept[1] if fell else kept[0]):
                day += timedelta(days=int(random.integers(70, 120)))
    return orders, people


def found_in(fall: date | None, **more):
    orders, people = months(fall, **more)
    settings = s.engagement(client={"name": "Club", "industry": "fitness"})
    return diagnosis.measure(s.shop(orders=orders, customers=people), settings, s.BASELINE)


def test_a_club_whose_members_renew_less_is_named_with_the_month_and_not_its_advisers():
    measured = found_in(FALL)
    found = diagnosis.find_pain_points(measured)
    pain = found.check("renewal_falls").pain
    assert (pain.event, pain.since) == (("store", ("south",)), "2025-11")
    assert dict(pain.within)["owner"] == ("south-0", "south-1")
    said = diagnosis.summary(measured, found, diagnosis.targets(measured))
    told = [catalogue("en").text(finding.headline) for finding in said]
    assert sum("south" in headline for headline in told) == 1
    assert any(headline.startswith("Store “south”: renewals from ") for headline in told)


@pytest.mark.parametrize(("until", "left"), [(FALL, True), (s.BASELINE, False)])
def test_of_an_owner_who_has_left_it_is_said_and_another_has_to_be_named(until, left):
    orders, people = months(FALL)
    people = [row | {"owner": row["owner"].split("-")[0]} for row in people]
    talks = [
        {"customer_id": "m002", "owner": owner, "happened_at": datetime.combine(last, time(9)) - timedelta(days=ago)}
        for owner, last in (("south", until), ("north", s.BASELINE))
        for ago in range(100)
    ]
    shop = s.shop(orders=[row | {"store": None} for row in orders], customers=people, interactions=talks)
    measured = diagnosis.measure(shop, s.engagement(client={"name": "Club", "industry": "fitness"}), s.BASELINE)
    pain = diagnosis.find_pain_points(measured).check("renewal_falls").pain
    assert pain.event == ("owner", ("south",))
    why, what = (catalogue("en").text(words) for words in (pain.evidence, pain.action))
    assert ("The last contact on record of south is of 1 Nov 2025" in why) == left
    assert ("now that the contacts of south have ended" in what) == left
    assert ("Go there first" in what) != left
    beside = PainPoint("nps_low", msg("class.core"), None, msg("class.core"), msg("class.core"), event=pain.event)
    twice = replace(pain, rule="part_falls")
    (told,) = grouped([beside, pain, twice], measured.engagement)
    assert catalogue("en").text(told.evidence).count("The last contact on record of south") == left
    assert catalogue("en").text(told.action).count("looks after the customers of south") == left


def test_those_whom_the_finding_counts_are_a_list():
    measured = found_in(FALL)
    found = diagnosis.find_pain_points(measured)
    listed = diagnosis.handoffs.key_customer_list(measured, found).query("pain_point == 'renewal_falls'")
    assert len(listed) == found.check("renewal_falls").pain.customers > 0
    assert all(int(id[1:]) % 4 == CLUBS.index("south") for id in listed["customer_id"])
    assert (listed["spent"] >= 300).all()
    calm = found_in(None)
    left = diagnosis.handoffs.key_customer_list(calm, diagnosis.find_pain_points(calm))
    assert "renewal_falls" not in set(left["pain_point"])


def test_the_counts_are_those_of_the_terms():
    row = compared(renewals(found_in(FALL)), 20).query("part == 'south'").iloc[0]
    assert row["renewed_before"] / row["due_before"] > 0.7
    assert row["renewed_now"] / row["due_now"] < 0.5
    terms = renewals(found_in(FALL)).terms
    assert row["due_now"] + row["rest_due_now"] == terms["now"].sum()


def test_a_monthly_plan_that_loses_three_times_as_many_is_named():
    """From 96 to 88 of 100 a month is 8 % fewer renewals, and a fifth of a year's."""
    found = diagnosis.find_pain_points(found_in(FALL, members=1200, kept=(0.96, 0.88)))
    assert found.check("renewal_falls").pain.event == ("store", ("south",))


def test_a_lost_plan_is_worth_what_it_would_have_paid_within_a_year():
    rates, times = pd.Series([0.5, 1.0, 0.9, 0.0]), pd.Series([2.0, 12.0, 1.0, 12.0])
    assert paid_on(rates, times).tolist() == pytest.approx([1.5, 12, 1, 1])  # a year's plan is worth its price
    measured = found_in(FALL)
    pain = diagnosis.find_pain_points(measured).check("renewal_falls").pain
    found, table = measured.clearest_renewals
    row = table.query("part == 'south'").iloc[0]
    usual = row["renewed_before"] / row["due_before"]
    once = (row["due_now"] * usual - row["renewed_now"]) * row["amount"] / found.width * 12
    terms = (1 - usual ** row["times_a_year"]) / (1 - usual)
    assert terms > 2
    assert pain.revenue == pytest.approx(once * terms)
    assert f"× {terms:.1f}, the terms" in catalogue("en").text(pain.basis)


def test_renewals_are_reckoned_once():
    measured = found_in(FALL)
    assert measured.clearest_renewals is measured.clearest_renewals
    found, table = clearest(measured)
    assert found.width == measured.clearest_renewals[0].width
    pd.testing.assert_frame_equal(table, measured.clearest_renewals[1])


def test_a_plan_whose_customers_renew_less_is_named_by_the_line_that_pays_for_the_term():
    """In the south only the gold plan is sold; an extra beside it, of another category, pays for no term."""
    orders, people = months(FALL)
    lines = [
        {**row, "line_no": i, "category": category, "amount": amount, "paid_until": until}
        for row in orders
        for plan in ["gold" if row.pop("store") == "south" else "basic"]
        for i, category, amount, until in ((1, plan, 100, row["paid_until"]), (2, "extra", 200, None))
    ]
    settings = s.engagement(client={"name": "Soft", "industry": "saas"})
    shop = s.shop(orders=[row | {"store": None} for row in orders], order_lines=lines, customers=people)
    pain = diagnosis.find_pain_points(diagnosis.measure(shop, settings, s.BASELINE)).check("renewal_falls").pain
    assert (pain.event, pain.since) == (("category", ("gold",)), "2025-11")
    assert catalogue("en").text(pain.headline).startswith("Category “gold”: renewals from ")
    assert "price, contents" in catalogue("en").text(pain.action)


def several(fall: date | None, south: bool = False) -> diagnosis.Measured:
    """Everybody pays each month for a phone plan of one of two brands and for the internet of one of two; from `fall` on
    phone plans of the brand red are renewed less, and in the `south` everything."""
    random, orders, lines = np.random.default_rng(3), [], []
    for i in range(400):
        things = {"phone": ("red", "blue")[i % 2], "internet": ("red", "blue")[i // 2 % 2]}
        for category, brand in things.items():
            day = s.FIRST + timedelta(days=int(random.integers(400)))
            while day <= s.BASELINE:
                row = s._order(len(orders), f"m{i:03d}", day, 30, "shop") | {"store": CLUBS[i // 4 % 4]}
                orders.append(row | {"paid_until": day + timedelta(days=29)})
                lines.append(orders[-1] | {"line_no": 1, "category": category, "brand": brand})
                fell = fall and day >= fall and (category, brand) == ("phone", "red")
                leaves = fall and south and day >= fall and row["store"] == "south"
                if random.random() > (0.6 if leaves else 0.8 if fell else 0.96):
                    day += timedelta(days=int(random.integers(70, 120)))
                day += timedelta(days=30)
    people = [s.customers(1)[0] | {"customer_id": f"m{i:03d}", "owner": "o"} for i in range(400)]
    settings = s.engagement(client={"name": "Tel", "industry": "saas"})
    return diagnosis.measure(s.shop(orders=orders, order_lines=lines, customers=people), settings, s.BASELINE)


def test_of_who_pays_for_several_things_each_is_renewed_by_itself():
    measured = several(FALL)
    pain = diagnosis.find_pain_points(measured).check("renewal_falls").pain
    assert catalogue("en").text(pain.headline).startswith("phone of red: renewals from 9")
    assert pain.since in ("2025-11", "2025-12")  # a term sold from November on ends from the last day of it on
    assert not clearest(several(None))[1]["fell"].any()
    found = measured.clearest_renewals[0]
    assert found.things["renewed"].mean() < found.terms["renewed"].mean()  # what else is paid for hides what ended


def test_another_fall_is_told_beside_the_clearest():
    measured = several(FALL, south=True)
    found = diagnosis.find_pain_points(measured)
    pains = {rule: found.check(rule).pain for rule in ("renewal_falls", "renewal_falls_apart")}
    told = sorted(catalogue("en").text(pain.headline).split(":")[0] for pain in pains.values())
    assert told == ["Store “south”", "phone of red"]
    listed = diagnosis.handoffs.key_customer_list(measured, found)
    for rule, pain in pains.items():
        assert listed["pain_point"].eq(rule).sum() == pain.customers > 0
    alone = diagnosis.find_pain_points(found_in(FALL))
    assert alone.check("renewal_falls_apart").state == "clear"


def test_a_club_that_fell_half_a_year_ago_and_stayed_low_is_named_against_the_months_before():
    measured = found_in(date(2025, 6, 1), kept=(0.8, 0.62))
    assert not compared(renewals(measured), 20)["fell"].any()  # three months beside twelve that had mostly fallen, too
    pain = diagnosis.find_pain_points(measured).check("renewal_falls").pain
    assert pain.event == ("store", ("south",))
    found, table = clearest(measured)
    assert found.width > 3
    assert table["due_now"].iloc[0] + table["rest_due_now"].iloc[0] == found.terms["now"].sum()
    late = found.terms[found.terms["month"].isin(found.months[-3:]) & found.terms["store"].eq("south")]
    assert pain.customers == late.loc[late["renewed"].eq(0), "customer_id"].nunique()


def test_a_fall_that_is_over_is_no_finding():
    measured = found_in(date(2025, 6, 1), until=date(2025, 11, 1))
    assert not clearest(measured)[1]["fell"].any()


def test_chance_alone_names_no_club():
    named = sum(compared(renewals(found_in(None, seed=seed, members=200)), 20)["fell"].sum() for seed in range(8))
    assert named <= 1
    assert sum(clearest(found_in(None, seed=seed, members=200))[1]["fell"].sum() for seed in range(8)) <= 1


def test_without_terms_or_with_few_months_nothing_is_said():
    for industry, rules in (("fitness", ["absent"]), ("retail", [])):  # a shop renews nothing: the rule is not shown
        engagement = s.engagement(client={"name": "Shop", "industry": industry})
        found = diagnosis.find_pain_points(diagnosis.measure(s.shop(orders=s.orders()), engagement, s.BASELINE))
        assert [check.state for check in found.checks if check.rule == "renewal_falls"] == rules
    late = [row for row in months(None)[0] if row["ordered_on"] > s.BASELINE - timedelta(days=120)]
    short = diagnosis.measure(s.shop(orders=late), s.engagement(), s.BASELINE)
    assert diagnosis.find_pain_points(short).check("renewal_falls").state == "few"


def advised(low: float, seed: int = 5, members: int = 400) -> diagnosis.Measured:
    """Four advisers: of north's members all, of the others' a third hold cards of 30 days (of which 80 of 100 are renewed),
    the others of 180 days (95 of 100); of west's `low` as many."""
    random, orders, people = np.random.default_rng(seed), [], []
    for i in range(members):
        who, day = CLUBS[i % 4], s.FIRST + timedelta(days=int(random.integers(300)))
        days = 30 if who == "north" or i % 3 == 0 else 180
        people.append(s.customers(1)[0] | {"customer_id": f"m{i:03d}", "owner": who})
        while day <= s.BASELINE:
            row = s._order(len(orders), f"m{i:03d}", day, 300, "shop") | {"store": None}
            orders.append(row | {"paid_until": day + timedelta(days=days - 1)})
            day += timedelta(days=days)
            if random.random() > (0.8 if days == 30 else 0.95) * (low if who == "west" else 1.0):
                day += timedelta(days=int(random.integers(70, 120)))
    settings = s.engagement(client={"name": "Club", "industry": "fitness"})
    return diagnosis.measure(s.shop(orders=orders, customers=people), settings, s.BASELINE)


def test_an_adviser_whose_members_renew_less_all_along_is_named_and_not_one_who_sells_short_cards():
    found = diagnosis.find_pain_points(advised(0.75))
    pain = found.check("renewal_low").pain
    assert (pain.event, pain.worse, pain.since) == (("owner", ("west",)), False, "")
    assert found.check("renewal_falls").state == "clear"
    said = catalogue("en").text(pain.headline)
    assert said.startswith("Customers of west: ")
    alike = standing(renewals(advised(1.0)), 20).set_index("part").loc["north"]
    assert abs(alike["renewed"] - alike["expected"]) < 0.02 * alike["due"]
    plain = renewals(advised(0.75)).terms.groupby("owner")["renewed"].mean()
    assert plain["north"] < plain.drop(["north", "west"]).min()  # fewer renewals, for the cards are short


def test_chance_names_no_adviser_and_a_club_that_fell_is_not_told_twice():
    assert sum(standing(renewals(advised(1.0, seed, 240)), 20)["low"].sum() for seed in range(20)) <= 2
    found = diagnosis.find_pain_points(found_in(FALL))
    low = found.check("renewal_low").pain
    assert low is None or low.event[0] != "store"
