"""Each rule finds what is planted, names its cause, and keeps silent where nothing is."""

import dataclasses
from datetime import date, timedelta

import pandas as pd
import pytest

from crm_lib import diagnosis, layering
from crm_lib.diagnosis import reasons
from crm_lib.diagnosis.measured import top
from crm_lib.diagnosis.pain_points import OF_SOME_TRADES, OF_TERMS
from crm_lib.diagnosis.rules_key_customers import _calls
from crm_lib.diagnosis.rules_revenue import factors
from crm_lib.diagnosis.words import level
from crm_lib.language import catalogue
from crm_lib.layering.shares import top_share
from tests.diagnosis import shop as s


def found_in(engagement=None, **tables):
    engagement = engagement or s.engagement()
    measured = diagnosis.measure(s.shop(**tables), engagement, s.BASELINE)
    return measured, diagnosis.find_pain_points(measured)


@pytest.fixture(scope="module")
def struck():
    return found_in(orders=s.orders(), customers=s.customers(), tickets=s.tickets())


@pytest.fixture(scope="module")
def calm():
    return found_in(orders=s.orders(wave=None), customers=s.customers(), tickets=s.tickets(after=2))


def test_the_order_is_severity_then_revenue(struck):
    points = struck[1].points
    places = [("high", "medium", "low").index(p.severity) for p in points]
    assert places == sorted(places)
    assert [p.rank for p in points] == list(range(1, len(points) + 1))
    assert [check.rule for check in struck[1].checks] == [
        name for name in diagnosis.RULES if name not in OF_SOME_TRADES and name not in OF_TERMS
    ]


def test_a_wave_of_churn_is_found_with_its_group_and_its_month(struck):
    _, found = struck
    check = found.check("churn_rise")
    assert check.state == "found"
    assert next(p for p in found.points if p.rule == "churn_rise").severity == "high"
    assert "2025-08" <= check.pain.since <= "2025-10"  # months that look 60 days ahead into the wave
    named = check.reasons[check.reasons["named"].astype(bool)]
    assert ("join_channel", "app") in set(zip(named["dimension"], named["part"], strict=True))
    assert "“App”" in catalogue("en").text(check.pain.evidence)


def test_contributions_of_each_dimension_add_up_to_the_change(struck):
    measured, found = struck
    for rule, metric in (("churn_rise", "churn_rate"), ("active_fall", "active_customers")):
        change = measured.trend(metric)["change"]
        for _, rows in found.check(rule).reasons.groupby("dimension"):
            assert rows["contribution"].sum() == pytest.approx(change, abs=1e-9)


def test_active_customers_fall_by_those_who_left(struck):
    measured, found = struck
    pain = found.check("active_fall").pain
    assert pain.customers == 60
    monthly = measured.trend("revenue_per_customer")["value"]
    assert pain.revenue == pytest.approx(60 * monthly * 12)


def test_complaints_name_the_reason_and_the_place(struck):
    _, found = struck
    pain = found.check("complaints_rise").pain
    assert pain.since == "2025-10"
    words = catalogue("en").text(pain.evidence)
    assert "“late”" in words
    assert "All 36 of these arose at store “north”" in words


def test_parts_of_the_complaints_add_up(struck):
    _, found = struck
    parts = found.check("complaints_rise").reasons
    sums = parts.groupby("dimension")["contribution"].sum()
    assert sums.max() == pytest.approx(sums.min())


def test_late_answers_miss_the_standard_without_being_worse(struck):
    _, found = struck
    pain = found.check("response_slow").pain
    assert not pain.worse
    assert found.check("closing_slow").state == "clear"  # 20 hours of 24


def test_a_calm_shop_has_no_trend_pains(calm):
    _, found = calm
    for rule in ("churn_rise", "repurchase_fall", "active_fall", "key_leaving", "complaints_rise", "one_time"):
        assert found.check(rule).state in ("clear", "few"), rule


def test_tables_that_are_missing_are_said(calm):
    _, found = calm
    assert found.check("nps_low").state == "absent"
    assert found.check("key_uncontacted").state == "absent"
    assert found.check("campaign_weak").state == "absent"


def test_records_name_the_worst_field_and_channel(calm):
    measured, found = calm
    pain = found.check("profile_incomplete").pain
    assert pain.customers == 60  # no birth date; those without a phone are among them
    people = measured.customers
    unreachable = people[(people["has_phone"] == 0)]
    assert pain.revenue == pytest.approx(unreachable["revenue_year"].sum())
    words = catalogue("en").text(pain.evidence)
    assert "Date of birth" in words
    assert "50.0%" in words


@pytest.mark.parametrize("owner", [None, "ann"])
def test_entry_is_published_by_owner_only_where_customers_have_one(owner):
    people = [row | {"owner": owner if i < 40 else None} for i, row in enumerate(s.customers())]
    _, found = found_in(orders=s.orders(wave=None), customers=people)
    said = catalogue("en").text(found.check("profile_incomplete").pain.action)
    assert ("Publish completeness of entry by owner every month." in said) == (owner is not None)
    assert ("Publish completeness of entry every month." in said) == (owner is None)


def test_of_key_customers_who_left_the_part_that_rose_is_named_and_not_the_one_that_always_was_highest():
    """A fifth buys nothing in either window, whatever it joined by; seven tenths of the app's stop in the last one."""
    rows, last = [], s.BASELINE - timedelta(days=60)
    for row in s.orders(600, wave=None):
        who, day = int(row["customer_id"][1:]), row["ordered_on"]
        rare = who % 5 == 0 and (s.BASELINE - day).days < 120
        gone = who % 2 == 0 and who % 20 < 14 and day > last
        if not rare and not gone:
            rows.append(row)
    people = [row | {"tier": "rare" if i % 5 == 0 else "usual"} for i, row in enumerate(s.customers(600))]
    _, found = found_in(orders=rows, customers=people)
    pain = found.check("key_leaving").pain
    why = catalogue("en").text(pain.evidence)
    assert pain.worse
    assert "“rare”" not in why
    assert pain.event[0] in ("join_channel", "channel")
    assert "so a season may play a part" in why


def test_key_customers_who_left_are_counted_against_the_window_before():
    rows = [
        r
        for r in s.orders(wave=None)
        if not (int(r["customer_id"][1:]) % 7 >= 5 and r["ordered_on"] > s.BASELINE - timedelta(days=60))
    ]
    measured, found = found_in(orders=rows)
    key = top(measured.customers, "spend_now", 0.2)
    pain = found.check("key_leaving").pain
    assert pain.customers == int((key["bought_now"] == 0).sum()) > 0
    assert pain.worse
    assert pain.revenue == pytest.approx(key.loc[key["bought_now"] == 0, "spend_now"].sum())


def test_key_customers_without_contact():
    talk = [{"interaction_id": "i", "customer_id": "c006", "happened_at": s.BASELINE, "direction": "out"}]
    _, found = found_in(orders=s.orders(wave=None), interactions=talk)
    assert found.check("key_uncontacted").state == "absent"  # who was contacted before the only record is not known
    talk.append(talk[0] | {"interaction_id": "old", "happened_at": s.BASELINE - timedelta(days=300)})
    measured, found = found_in(orders=s.orders(wave=None), interactions=talk)
    pain = found.check("key_uncontacted").pain
    assert "c006" in set(measured.key_customers["customer_id"])
    assert pain.customers == len(measured.key_customers) - 1


def test_concentration_discounts_and_one_time_buyers():
    rows = [r | {"discount": 5} for r in s.orders(wave=None)]
    rows += [
        s._order(90_000 + i, f"new{i}", s.BASELINE - timedelta(days=100 + i), 1, "shop") | {"discount": 0}
        for i in range(60)
    ]
    rows += [s._order(99_000 + i, f"whale{i}", s.BASELINE - timedelta(days=9), 9_000, "shop") for i in range(30)]
    _, found = found_in(orders=rows)
    assert found.check("concentrated").pain.customers == 42  # a fifth of 210 buyers
    assert found.check("one_time").pain.customers == 60
    assert found.check("discount_deep").state == "clear"  # against 270,000 of the whales
    _, found = found_in(orders=[r | {"discount": 5} for r in s.orders(wave=None)])
    pain = found.check("discount_deep").pain
    assert pain.customers == 120
    assert "Of the 120 customers who bought three times or more in the year, 120 (100.0%) used one" in catalogue(
        "en"
    ).text(pain.evidence)


def newcomers(channels):
    """Sixty new buyers by each of the channels, of whom so many in ten come again."""
    rows, people = s.orders(wave=None), []
    for channel, again in channels.items():
        for i in range(60):
            who, day = f"{channel}{i:02d}", s.BASELINE - timedelta(days=100 + i)
            people.append({"customer_id": who, "joined_on": day, "join_channel": channel})
            days = [day, *([day + timedelta(days=25)] if i % 10 < again else [])]
            rows += [s._order(90_000 + len(rows) + k, who, on, 50, "shop") for k, on in enumerate(days)]
    return rows, people


def test_new_buyers_of_one_source_who_stay_away_are_found_though_the_others_come_again():
    rows, people = newcomers({"voucher": 1, "deal": 2, "friend": 8, "street": 8, "app": 8})
    _, found = found_in(orders=rows, customers=people)
    check = found.check("one_time")
    pain = check.pain
    assert check.measured.args["whole"].value == pytest.approx(138 / 300)
    assert check.measured.args["value"].value == pytest.approx(102 / 120)  # the row shows what it was found by
    assert (pain.customers, pain.named) == (102, (("join_channel", ("voucher", "deal")),))
    headline, evidence, action = (catalogue("en").text(part) for part in (pain.headline, pain.evidence, pain.action))
    assert "whose join channel is voucher, deal, 102 have bought only once: 85.0%" in headline
    assert "Of the other new customers it is 20.0%" in evidence
    assert "voucher 90.0%" in evidence
    assert "by itself" in action


def test_sources_that_do_not_differ_are_not_named():
    rows, people = newcomers({"voucher": 5, "friend": 6, "street": 6})
    assert found_in(orders=rows, customers=people)[1].check("one_time").state == "clear"


def test_refunds_that_rise():
    rows = s.orders(wave=None)
    back = [
        s._order(80_000 + i, r["customer_id"], r["ordered_on"], -r["amount"], "shop", "refund")
        for i, r in enumerate(rows)
        if (i % 40 == 0) or (r["ordered_on"] > s.BASELINE - timedelta(days=80) and i % 3 == 0)
    ]
    measured, found = found_in(orders=rows + back)
    pain = found.check("refunds_rise").pain
    row = measured.trend("refund_rate")
    assert pain.revenue == pytest.approx(row["change"] * measured.revenue_year / (1 - row["value"]))


def test_nps_that_fell_and_satisfaction_that_is_low():
    months = pd.date_range(s.FIRST, s.BASELINE, freq="MS")
    answers = [
        {
            "survey_id": f"{month:%m%y}{i}",
            "customer_id": f"c{i:03d}",
            "answered_on": month.date(),
            "nps": 2 if month.date() >= s.WAVE and i % 2 == 0 else 10,
            "csat": 3,
        }
        for month in months
        for i in range(60)
    ]
    _, found = found_in(orders=s.orders(wave=None), customers=s.customers(), surveys=answers)
    pain = found.check("nps_low").pain
    assert pain.worse
    assert pain.customers == round(0.5 * 120)
    assert "“App”" in catalogue("en").text(pain.evidence)
    assert found.check("csat_low").pain.headline.id == "diagnosis.finding.csat_low.level"


def test_weak_campaigns_name_the_weakest_and_the_strongest():
    def sent(campaign: str, i: int, answered: bool) -> dict:
        on = s.BASELINE - timedelta(days=60)
        row = {"campaign_id": campaign, "customer_id": f"c{i:03d}", "sent_on": on}
        return row | {"responded_on": on + timedelta(days=2) if answered else None}

    rows = [sent("A", i, i < 2) for i in range(100)] + [sent("B", i, i < 14) for i in range(100)]
    _, found = found_in(orders=s.orders(wave=None), campaign_members=rows)
    words = catalogue("en").text(found.check("campaign_weak").pain.evidence)
    assert words.index("“A”") < words.index("“B”")
    strong = [sent("A", i, i < 50) for i in range(100)]
    assert found_in(orders=s.orders(wave=None), campaign_members=strong)[1].check("campaign_weak").state == "clear"


def test_a_part_that_makes_more_than_the_whole_change_is_said_as_it_is(struck):
    """The chart's title and the table of parts hold the same number."""
    measured, found = struck
    check = found.check("churn_rise")
    parts = check.reasons.assign(
        contribution_share=check.reasons["contribution_share"].where(~check.reasons["named"].astype(bool), 1.426)
    )
    title = catalogue("en").text(diagnosis.figures.reason_title(measured, dataclasses.replace(check, reasons=parts)))
    assert "142.6%" in title
    assert "the others moved the other way" in title


def test_falling_revenue_is_taken_apart_by_its_factors(struck, calm):
    """Half of the customers left, the others buy as before: all of the fall is customers."""
    measured, found = struck
    check = found.check("revenue_fall")
    assert check.state == "found"
    row = measured.trend("revenue")
    assert check.pain.revenue == pytest.approx(-12 * row["change"])
    parts = factors(measured, row).set_index("factor")["part"]
    assert parts.sum() == pytest.approx(1)
    assert parts.idxmax() == "customers"
    assert calm[1].check("revenue_fall").state == "clear"


def test_what_became_better_is_said_where_there_is_room():
    growing = [
        r
        for i, r in enumerate(s.orders(wave=None))
        if r["ordered_on"].year > 2024 and (i % 4 == 0 or r["ordered_on"] > s.WAVE)
    ]
    measured, found = found_in(orders=growing)
    said = diagnosis.summary(measured, found, diagnosis.targets(measured))
    words = [catalogue("en").text(finding.headline) for finding in said]
    assert any(text.startswith("Metrics proven to be better") for text in words)


def test_the_top_share_is_that_of_the_layers():
    """01 and 02 count the same buyers, round the same way and divide by the same revenue."""
    orders = [
        s._order(i, f"c{i % 31:03d}", s.BASELINE - timedelta(days=i % 300), 5 + (i % 31) ** 2, "shop")
        for i in range(400)
    ]
    orders += [s._order(900, "c001", s.BASELINE, -2000, "shop", "refund")]
    engine, engagement = s.shop(orders=orders), s.engagement()
    measured = diagnosis.measure(engine, engagement, s.BASELINE)
    layers = layering.layer(engine, s.BASELINE, engagement.layering, engagement.definitions)
    assert len(measured.key_customers) == 7  # 31 x 20 %, rounded up
    assert measured.key_share == pytest.approx(top_share(layers))


def test_a_list_longer_than_two_weeks_of_calls_says_how_long_it_takes(struck):
    team = struck[0].engagement.teams[0]
    assert sum(owner.contacts_per_week for owner in team.owners) == 10
    words = catalogue("en")
    assert "Within two weeks" in words.text(_calls(struck[0], 20))
    assert "about 3 weeks" in words.text(_calls(struck[0], 21))


def test_what_is_missing_is_told_by_where_its_customers_buy():
    """Buyers of a marketplace have no join channel, and telephones that it masks."""
    bare = {"city": None, "gender": None, "birth_date": s.FIRST}
    own = [{k: v for k, v in c.items() if k != "join_channel"} | bare for c in s.customers()]
    own = [c | {"phone": None if i % 2 == 0 else "1"} for i, c in enumerate(own)]  # the even ones buy by the app
    _, found = found_in(customers=own, orders=s.orders(wave=None))
    words = catalogue("en").text(found.check("profile_incomplete").pain.evidence)
    assert "customers who usually buy through “App”" in words
    scattered = [c | {"phone": None if i % 4 < 2 else "1"} for i, c in enumerate(own)]
    _, found = found_in(customers=scattered, orders=s.orders(wave=None))
    assert "usually buy" not in catalogue("en").text(found.check("profile_incomplete").pain.evidence)


def test_fields_that_were_never_delivered_are_told_from_empty_ones():
    bare = [{k: v for k, v in c.items() if k in ("customer_id", "name", "joined_on")} for c in s.customers()]
    bare = [
        c | {"phone": "1" if i % 2 else None, "gender": None, "birth_date": None, "city": None}
        for i, c in enumerate(bare)
    ]
    measured, found = found_in(customers=bare)
    words = catalogue("en").text(found.check("profile_incomplete").pain.evidence)
    assert "No record has a value in Gender, Date of birth, City" in words
    assert "the emptiest is “Phone”" in words
    nothing = [{"customer_id": c["customer_id"], "name": None, "joined_on": s.FIRST} for c in bare]
    measured, found = found_in(customers=nothing, orders=s.orders())
    assert found.check("profile_incomplete").state == "absent"
    figures = [catalogue("en").text(one["label"]) for one in diagnosis.headline(measured, diagnosis.targets(measured))]
    assert "Profile completeness" not in figures


def test_a_line_that_ends_early_says_why(struck):
    note = diagnosis.figures.line_note(struck[0], "churn_rate")
    assert note is not None
    assert "window has not passed" in catalogue("en").text(note)
    assert diagnosis.figures.line_note(struck[0], "active_customers") is None


def test_only_what_we_began_is_a_contact():
    """Bookings and calls that customers began are none; a campaign message is one, as in the strategy document."""
    came = [
        {"interaction_id": f"i{i}", "customer_id": f"c{i:03d}", "happened_at": s.BASELINE, "direction": "in"}
        for i in range(120)
    ]
    _, found = found_in(orders=s.orders(wave=None), interactions=came)
    assert found.check("key_uncontacted").state == "absent"
    assert "cannot be checked" in catalogue("en").text(found.check("key_uncontacted").measured)
    old = came[0] | {"interaction_id": "old", "direction": "out", "happened_at": s.BASELINE - timedelta(days=300)}
    ours = [came[0] | {"direction": "out"}, *came[1:], old]
    measured, found = found_in(orders=s.orders(wave=None), interactions=ours)
    alone = found.check("key_uncontacted").pain.customers
    key = measured.key_customers["customer_id"].iloc[0]
    sent = [{"campaign_id": "A", "customer_id": key, "sent_on": s.BASELINE - timedelta(days=3), "responded_on": None}]
    assert found_in(orders=s.orders(wave=None), interactions=ours, campaign_members=sent)[1].check(
        "key_uncontacted"
    ).pain.customers == alone - (key != "c000")


def test_the_largest_factor_alone_is_advised(struck):
    words = catalogue("en").text(struck[1].check("revenue_fall").pain.action)
    assert "fewer active customers, the largest factor" in words
    assert "less an order" not in words


def test_all_whole_months_of_the_data_are_counted():
    rows = [r | {"ordered_on": r["ordered_on"] - timedelta(days=120)} for r in s.orders(wave=None)] + s.orders(
        wave=None
    )
    rows = [row | {"order_id": f"x{i}"} for i, row in enumerate(rows)]
    measured, _ = found_in(orders=rows)
    assert "Jun 2024 to Mar 2026" in catalogue("en").text(diagnosis.history(measured)).replace("Jul 2024", "Jun 2024")
    assert " 18 whole" not in catalogue("en").text(diagnosis.history(measured))


def test_the_curve_is_marked_where_its_title_was_read(struck):
    figures, measured = diagnosis.figures, struck[0]
    (_, at, _), *_ = figures.pareto_marks(measured)
    curve = figures.pareto(measured)
    assert curve.loc[curve["customer_share"] == at, "revenue_share"].iloc[0] == pytest.approx(measured.key_share)


def test_parts_of_a_mean_count_have_a_decimal(struck):
    assert diagnosis.figures.reason_kinds(struck[1].check("active_fall")) == ("float", "float", "")


def test_a_new_level_on_the_chart_is_in_its_title(struck):
    measured = struck[0]
    stepped = dataclasses.replace(measured, trends=measured.trends.assign(trend="flat", since="2025-10"))
    said = {
        m: catalogue("en").text(diagnosis.figures.line_title(stepped, m)) for m in ("churn_rate", "active_customers")
    }
    assert "new level from Oct 2025" in said["active_customers"]
    assert "between Oct 2025 and 29 Nov 2025" in said["churn_rate"], "its month only names the customers"


@pytest.mark.parametrize(
    ("industry", "there", "absent"),
    [
        ("fitness", "still valid: no purchase is no loss", "account managers"),
        ("b2b", "Have the account managers fill", "small benefit"),
        ("retail", "small benefit", "still valid"),
    ],
)
def test_advice_fits_the_trade(industry: str, there: str, absent: str):
    settings = s.engagement(client={"name": "Shop", "industry": industry})
    _, found = found_in(settings, orders=s.orders(), customers=s.customers())
    words = " ".join(catalogue("en").text(point.action) for point in found.points)
    assert there in words
    assert absent not in words


def test_a_club_that_sells_terms_waits_longer_than_a_shop():
    from crm_lib.presets import preset

    assert preset("fitness", None)["definitions"]["churn_window_days"] >= 120


def test_a_reason_that_is_new_is_named_though_it_is_few():
    """From eight to eighteen complaints a month, of which six are of a reason that nobody gave before."""
    few = s.tickets(before=8, after=18)
    for i, row in enumerate(few):
        late = row["opened_at"].date() >= s.WAVE
        row |= {"reason": "coach left" if late and i % 3 == 0 else f"r{i % 4}", "store": f"s{i % 2}"}
    base = s.engagement(definitions=s.GIVEN["definitions"] | {"smallest_base": 30})
    found = diagnosis.find_pain_points(diagnosis.measure(s.shop(orders=s.orders(), tickets=few), base, s.BASELINE))
    pain = found.check("complaints_rise").pain
    assert "“coach left”" in catalogue("en").text(pain.evidence)
    same = [row | {"reason": f"r{i % 5}"} for i, row in enumerate(few)]
    found = diagnosis.find_pain_points(diagnosis.measure(s.shop(orders=s.orders(), tickets=same), base, s.BASELINE))
    assert "no part stands out" in catalogue("en").text(found.check("complaints_rise").pain.evidence)


def test_a_year_that_the_data_do_not_hold_is_no_base_of_losses():
    """Nine months of data: losses a month are counted over nine months, as the revenue that they are a share of."""
    first = date(2025, 7, 1)
    rows = [row for row in s.orders(wave=None) if row["ordered_on"] >= first]
    rows = [
        row
        for i, row in enumerate(rows)
        if not (row["store"] == "south" and row["ordered_on"] >= date(2026, 1, 1) and i % 4)
    ]
    measured, found = found_in(orders=rows)
    assert measured.year_months == 9
    pain = found.check("part_falls").pain
    a_month = float(pain.basis.args["lost"].value)
    assert pain.revenue == pytest.approx(9 * a_month)
    assert "× 9 months." in catalogue("en").text(pain.basis)


def test_times_are_no_customers_and_a_discount_is_no_revenue(struck):
    assert struck[1].check("churn_rise").pain.customers is None
    rows = [row | {"discount": 5} for row in s.orders(wave=None)]
    measured, found = found_in(orders=rows)
    pain = found.check("discount_deep").pain
    assert pain.revenue is None
    assert next(point for point in found.points if point.rule == "discount_deep").severity == "medium"
    assert "so it is the price" in catalogue("en").text(pain.action)
    table = diagnosis.pain_table(found, measured).set_index("severity")
    assert table["revenue"].isna().any()


@pytest.mark.parametrize(("mean", "said"), [(10 / 3, "3.3"), (62 / 3, "20.7"), (60.0, "60"), (355.67, "356")])
def test_a_mean_a_month_of_few_is_told_with_its_decimal(mean, said):
    row = pd.Series({"metric": "complaints", "group_id": "all", "value": mean, "low": None, "high": None, "base": 0})
    row["from_period"] = row["to_period"] = "2026-03"
    assert catalogue("en").value(level(row)) == said


def test_points_told_in_the_summary_are_not_told_again_and_all_others_are(struck):
    measured, found = struck
    told = diagnosis.summary(measured, found, diagnosis.targets(measured))
    headlines = [finding.headline for finding in found.findings(99, told)]
    assert headlines == [p.headline for p in found.points if p.headline not in [f.headline for f in told]]
    assert len(headlines) < len(found.points)


def arrivals(known_before: int) -> tuple[list[dict], list[dict]]:
    """Sixty new customers a month up to December, twenty from January on, beside those of `s.orders`; `known_before` of all
    joined before the data begin."""
    rows, people = s.orders(wave=None), s.customers()
    for i, month in enumerate(pd.period_range("2025-01", "2026-03", freq="M")):
        for j in range(20 if i >= 12 else 60):
            who, day = f"n{i:02d}{j:03d}", month.start_time.date() + timedelta(days=j % 27)
            rows.append(rows[0] | {"order_id": who, "customer_id": who, "ordered_on": day})
            people.append(people[0] | {"customer_id": who, "joined_on": day})
    early = [row | {"joined_on": s.FIRST - timedelta(days=30)} for row in people[:known_before]]
    return rows, [*early, *people[known_before:]]


def test_a_fall_of_new_customers_is_found_where_old_ones_are_known():
    rows, people = arrivals(120)
    measured, found = found_in(orders=rows, customers=people)
    assert measured.trend("new_customers")["change_high"] < 0
    pain = found.check("new_fall").pain
    assert catalogue("en").text(pain.headline) == "New customers a month fell from 60 to 20"
    assert pain.customers == 480


def test_new_customers_of_a_young_record_are_not_judged():
    """Without one who joined before the data begin, the earlier months count old customers as new."""
    rows = [row for row in arrivals(0)[0] if row["ordered_on"] >= date(2025, 7, 1)]
    people = [row | {"joined_on": None} for row in arrivals(0)[1]]
    measured, found = found_in(orders=rows, customers=people)
    assert measured.trend("new_customers")["trend"] == "unknown"
    assert found.check("new_fall").state == "few"
    assert "not judged" in catalogue("en").text(found.check("new_fall").measured)


def test_others_too_few_to_be_compared_are_said_to_be_so(struck):
    measured, found = struck
    check = found.check("churn_rise")
    dimension = reasons.best(check.reasons)["dimension"]
    others = ~check.reasons["named"].astype(bool) & check.reasons["dimension"].eq(dimension)
    assert "all others went from" in catalogue("en").text(reasons.why(measured, "churn_rate", check.reasons))
    small = check.reasons.assign(base=check.reasons["base"].mask(others, 3.0))
    said = catalogue("en").text(reasons.why(measured, "churn_rate", small))
    assert "the others are too few to be compared (n = 3)" in said
    assert "all others went from" not in said
    table = diagnosis.figures.reason_table(measured, dataclasses.replace(check, reasons=small))
    assert table.loc[others, "after"].isna().all()
    assert (table.loc[others, "base"] == 3).all()
    assert table.loc[~others & (small["base"] >= measured.smallest_base), "after"].notna().all()


def test_orders_are_told_by_what_they_are(calm):
    rows = s.orders(customers=10, wave=None)
    rows += [
        {**rows[0], "order_id": "free", "amount": 0},
        {**rows[0], "order_id": "back", "amount": -5, "kind": "refund"},
    ]
    measured, _ = found_in(orders=rows)
    told = {name: value.value for name, value in diagnosis.orders_note(measured.engine).args.items()}
    assert told == {"n": len(rows), "purchases": len(rows) - 2, "refunds": 1, "nothing": 1}
    assert diagnosis.orders_note(calm[0].engine) is None
