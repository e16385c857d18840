"""A gap has one cause, and a finding on complaints one period."""

from datetime import date, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from crm_lib import diagnosis
from crm_lib.diagnosis.rules_complaints import closing_slow, complaints_rise
from crm_lib.diagnosis.rules_surveys import csat_low, nps_low
from crm_lib.diagnosis.rules_trend import refunds_rise
from crm_lib.diagnosis.slow_tickets import late_tickets
from crm_lib.diagnosis.unmeasured import unmeasured
from crm_lib.engine import connect_frames
from crm_lib.language import catalogue, msg
from crm_lib.metrics import whole_days
from tests.diagnosis import shop as s

WORDS = catalogue("en")


def measured_of(**tables: list[dict]) -> diagnosis.Measured:
    frames = {name: pd.DataFrame(rows) for name, rows in tables.items()}
    return diagnosis.measure(connect_frames(frames, s.BASELINE), s.engagement(), s.BASELINE)


def complaint(number: int, opened: date, hours: float, clock: int = 10) -> dict:
    at = datetime(opened.year, opened.month, opened.day, clock)
    return {
        "ticket_id": f"t{number}",
        "customer_id": "c1",
        "kind": "complaint",
        "opened_at": at,
        "first_response_at": at + timedelta(minutes=5 if clock else 0),
        "closed_at": at + timedelta(hours=hours),
    }


def story(clock: int = 10) -> list[dict]:
    """40 complaints in December closed after 48 hours, 10 in March after 240."""
    early = [complaint(i, date(2025, 12, 1 + i % 28), 48, clock) for i in range(40)]
    return early + [complaint(100 + i, date(2026, 3, 1 + i), 240, clock) for i in range(10)]


SURVEY = {"survey_id": "1", "answered_on": s.BASELINE, "nps": 9}


@pytest.mark.parametrize(
    ("tables", "metric", "cause"),
    [
        ({"orders": s.orders()}, "refund_rate", f"none of the {len(s.orders()):,} orders in the data is a refund"),
        (
            {"orders": s.orders(), "tickets": [complaint(1, s.BASELINE, 1) | {"kind": "request"}]},
            "complaint_close_rate",
            "none of the 1 tickets",
        ),
        ({"orders": s.orders(), "surveys": [SURVEY]}, "csat", "is empty in all 1 rows"),
        ({"orders": [s._order(1, "a", date(2026, 2, 1), 9, "app")] * 40}, "churn_rate", "take 151 days"),
        ({"orders": [s._order(1, "a", s.BASELINE, 9, "app")]}, "revenue", "no whole month"),
        ({"orders": s.orders(), "tickets": story(0)}, "complaint_first_response_rate", "days without a time"),
    ],
)
def test_the_cause_that_holds_is_the_one_that_is_named(tables, metric, cause):
    assert cause in WORDS.text(unmeasured(measured_of(**tables), metric))


def test_a_finding_and_its_reason_are_of_one_period_and_later_months_are_told():
    pain = closing_slow(measured_of(orders=s.orders(), tickets=story())).pain
    said = WORDS.text(pain.evidence)
    assert "Dec 2025" in WORDS.text(pain.headline)
    assert "48 h" in said
    assert "240" not in said
    assert "No later three months reach 20 complaints" in said
    assert "Mar 2026, have 10 (0.0%)" in said


def test_the_time_to_close_of_a_quarter_is_one_figure():
    """Opened in December and closed in January: the finding says what the figures of the same months say."""
    late = [complaint(i, s.BASELINE - timedelta(days=2 * i + 3), 48) for i in range(43)]
    late += [complaint(100 + i, s.BASELINE.replace(month=1, day=1) - timedelta(days=1), 480) for i in range(3)]
    measured = measured_of(orders=s.orders(), tickets=late)
    kpi = measured.trend("complaint_close_hours")
    assert kpi["base"] == 43 + 3  # three of them opened in December
    assert f"n = {kpi['base']:.0f}" in WORDS.text(closing_slow(measured).pain.evidence)


def test_days_without_a_time_are_whole_days():
    measured = measured_of(orders=s.orders(), tickets=story(0))
    assert whole_days(measured.engine, "closed_at")
    assert pd.isna(measured.trend("complaint_first_response_rate")["value"])
    pain = closing_slow(measured).pain
    assert "within 1 calendar day " in WORDS.text(pain.headline)
    assert "in whole days, 2" in WORDS.text(pain.evidence)
    assert any("whole days of 24 h" in WORDS.text(sentence) for sentence in diagnosis.missing(measured))
    assert not whole_days(measured_of(tickets=story()).engine, "closed_at")


@pytest.mark.parametrize(("stores", "said"), [(1, "it cannot be told yet"), (2, "is proven slower")])
def test_no_place_is_cleared_that_had_too_few_complaints_to_compare(stores, said):
    """Forty late complaints: in one place there is none to compare with; halves of them can be."""
    late = [
        complaint(i, s.BASELINE - timedelta(days=i % 60), 200)
        | {"reason": "", "store": f"s{i % stores}", "channel": "", "owner": ""}
        for i in range(40)
    ]
    told = WORDS.text(closing_slow(measured_of(orders=s.orders(), tickets=late)).pain.evidence)
    assert said in told
    assert "process as a whole" not in told


def repairs(share_late: float, late_complain: float) -> list[dict]:
    """240 tickets of two stations: `share_late` of the north's are closed late, a tenth of the south's; of the late ones
    `late_complain` are complaints, of the others a tenth."""
    rows, drawn = [], np.random.default_rng(5)
    for i in range(240):
        north, turn = i % 2 == 0, (i // 2) % 20 / 20
        late = turn < (share_late if north else 0.1)
        kind = "complaint" if drawn.random() < (late_complain if late else 0.1) else "request"
        row = complaint(i, s.BASELINE - timedelta(days=5 + i % 80), 200 if late else 1)
        rows.append(
            row | {"kind": kind, "store": "north" if north else "south", "channel": "", "owner": "", "reason": ""}
        )
    return rows


def test_what_goes_with_late_closing_is_asked_of_all_tickets():
    tickets = repairs(0.8, 0.7)
    told = [WORDS.text(one) for one in late_tickets(measured_of(orders=s.orders(), tickets=tickets))]
    frame = pd.DataFrame(tickets)
    late = (frame["closed_at"] - frame["opened_at"]) > timedelta(hours=24)
    complaints = frame["kind"].eq("complaint")
    share, other = (100 * late[part].mean() for part in (complaints, ~complaints))
    assert f"Of the complaints of the last year, {share:.1f}%" in told[0]
    assert f"{other:.1f}%" in told[0]
    assert "“north” is late most often: 80.0%" in told[1]
    assert late_tickets(measured_of(orders=s.orders(), tickets=repairs(0.1, 0.1))) == []


def by_app() -> list[dict]:
    """Four complaints a month, all late deliveries; from the wave on 40 a month, nine of ten from customers of the app."""
    rows = []
    for month in pd.period_range("2024-10", "2026-03", freq="M"):
        more = month.start_time.date() >= s.WAVE
        for i in range(40 if more else 4):
            who = 2 * i + (i % 10 == 0) if more else i  # even customers came by the app
            opened = month.start_time.date() + timedelta(days=i % 27)
            rows.append(complaint(len(rows), opened, 5) | {"customer_id": f"c{who:03d}", "reason": "late"})
    return rows


def test_a_rise_of_one_reason_is_laid_to_the_customers_who_complain():
    """The reason held all complaints before, so it does not stand out; the customers' channel does."""
    measured = measured_of(orders=s.orders(wave=None), tickets=by_app(), customers=s.customers())
    pain = complaints_rise(measured).pain
    said = WORDS.text(pain.evidence)
    assert "The largest reason is “late”: 120 of these 120, from 4.0 a month to 40.0." in said
    assert pain.event[1] == ("app",)
    assert "(50.0% of the orders) makes up" in said
    assert "from 2.2% of its orders to 40.0%" in said
    assert "no part stands out" not in said


def test_the_base_of_a_refund_rate_is_orders_and_its_share_of_sales():
    """Refunds of the app rise: n counts its purchases, not its money."""
    refunds = [
        s._order(10_000 + i, f"c{2 * (i % 60):03d}", s.WAVE + timedelta(days=3 * (i % 60)), -9.0, "app", "refund")
        for i in range(150)
    ]
    measured = measured_of(orders=s.orders(wave=None) + refunds, customers=s.customers())
    pain = refunds_rise(measured).pain
    purchases = sum(
        o["channel"] == "app" and o["kind"] == "sale" and o["ordered_on"] >= date(2026, 1, 1)
        for o in s.orders(wave=None)
    )
    said = WORDS.text(pain.evidence)
    assert f"(n = {purchases:,})" in said
    assert "of the sales value) makes up" in said or "of the sales value):" in said


def test_ratings_of_tickets_are_told_where_no_survey_asks():
    """Half of 40 tickets are rated 1, half 5; with a survey that asks they are not told."""
    tickets = [complaint(i, date(2026, 1, 1 + i % 28), 5) | {"csat": 1 if i % 2 else 5} for i in range(40)]
    said = [WORDS.text(one) for one in diagnosis.missing(measured_of(orders=s.orders(), tickets=tickets))]
    assert any("rated 3.00 (95% interval" in one and "n = 40" in one for one in said)
    surveys = [SURVEY | {"csat": 4}]
    told = diagnosis.missing(measured_of(orders=s.orders(), tickets=tickets, surveys=surveys))
    assert "diagnosis.missing.ratings_of_tickets" not in [one.id for one in told]


def test_answers_that_became_late_are_held_against_the_year_before_there_and_elsewhere():
    days = [date(2024 + (9 + m) // 12, (9 + m) % 12 + 1, 3) for m in range(18)]
    rows = []
    for n, day in enumerate(days):
        for i in range(40):
            north = i % 2 == 1
            row = complaint(len(days) * i + n, day, 10) | {"channel": "", "owner": "", "reason": ""}
            slow = timedelta(hours=9 if north and day >= date(2026, 1, 1) else 0)
            row["first_response_at"] += slow
            rows.append(row | {"store": "north" if north else "south"})
    measured = measured_of(orders=s.orders(wave=None), tickets=rows)
    said = WORDS.text(diagnosis.find_pain_points(measured).check("response_slow").pain.evidence)
    assert said.startswith("In Jan 2025 to Mar 2025 it was 100.0%")
    assert "The new level begins in Jan 2026. By store, “north” is late most often: 100.0%" in said
    assert said.endswith("n = 60) there and in 0.0% elsewhere.")


def answers_of_a_store_that_got_worse() -> list[dict]:
    """30 answers of each of four stores a month, by customers of every store; those on "North" fall in the last quarter."""
    rows = []
    for k, day in enumerate(pd.date_range(end=s.BASELINE, periods=15, freq="MS")):
        for i in range(120):
            low = i % 4 == 0 and k >= 12
            rows.append(
                {
                    "survey_id": f"{k}-{i}",
                    "customer_id": f"c{i // 4}",
                    "answered_on": (day + timedelta(days=i % 28)).date(),
                    "nps": 3 + i // 8 % 3 if low else 8 + i // 4 % 3,
                    "csat": 2 + i // 4 % 2 if low else 4 + i // 4 % 2,
                    "store": ("North", "South", "East", "West")[i % 4],
                }
            )
    return rows


@pytest.mark.parametrize("rule", [csat_low, nps_low])
def test_a_score_that_fell_in_the_store_that_answers_name_is_laid_to_it(rule):
    pain = rule(measured_of(orders=s.orders(), surveys=answers_of_a_store_that_got_worse())).pain
    assert pain.worse
    assert pain.event == ("store", ("North",))
    assert "“North” (25.0% of the answers)" in WORDS.text(pain.evidence)
    assert "rated store “North”" in WORDS.text(pain.action)


def test_a_score_that_fell_among_answers_of_nobody_is_told_without_a_part():
    rows = [row | {"store": None, "customer_id": None} for row in answers_of_a_store_that_got_worse()]
    pain = csat_low(measured_of(orders=s.orders(), surveys=rows)).pain
    assert pain.worse
    assert pain.event == ("", ())
    assert WORDS.text(msg("diagnosis.why.no_dimension")) in WORDS.text(pain.evidence)


def test_the_team_that_answers_late_is_named():
    made = [row | {"team": "East" if i % 2 else "West", "owner": None} for i, row in enumerate(s.tickets(20, 20))]
    late = [
        row
        | {
            "store": "north",
            "reason": "other",
            "closed_at": row["opened_at"] + timedelta(hours=60 if row["team"] == "West" else 5),
        }
        for row in made
    ]
    pain = closing_slow(measured_of(orders=s.orders(), tickets=late)).pain
    assert "By team, “West” is late most often" in WORDS.text(pain.evidence)
    without = [{name: cell for name, cell in row.items() if name != "team"} for row in late]
    assert "West" not in WORDS.text(closing_slow(measured_of(orders=s.orders(), tickets=without)).pain.evidence)


def test_a_store_whose_score_one_of_its_advisers_pulls_down_is_told_without_the_adviser():
    """Two stores of two advisers each; of the north's customers those of ann recommend no more, and of bea's some."""
    people, orders, surveys = [], [], []
    for i in range(480):
        store, owner = ("north", ("ann", "bea")) if i % 2 else ("south", ("cid", "dan"))
        people.append(s.customers(1)[0] | {"customer_id": f"m{i:03d}", "owner": owner[i // 2 % 2]})
        orders.append(s._order(i, f"m{i:03d}", date(2024, 10, 5), 10, "shop") | {"store": store})
        for day in (date(2025, 3, 3), date(2026, 3, 3)):
            who = people[-1]["owner"]
            lost = day.year == 2026 and (who == "ann" or (who == "bea" and i // 4 % 5 < 2))
            surveys.append(SURVEY | {"survey_id": f"{i}{day.year}", "customer_id": f"m{i:03d}", "answered_on": day})
            surveys[-1]["nps"] = 2 if lost else (9, 10, 8, 5)[i // 4 % 4]
    measured = measured_of(customers=people, orders=orders, surveys=surveys)
    said = WORDS.text(nps_low(measured).pain.evidence)
    also, without = said.index("Proven to be worse too: owner “Ann”"), said.index("Without owner “Ann”, “north” went")
    assert said.index("“north”") < also < without
    assert "went from 25.0 to -25.0 (n = 120)." in said  # the half of it that is bea's, by hand
