"""Holders who stay away and do not renew, and a practice where appointments are missed, are found; chance finds neither."""

from datetime import date, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from crm_lib import diagnosis
from crm_lib.diagnosis import handoffs
from crm_lib.diagnosis.absences import absences, away_now
from crm_lib.diagnosis.missed import missed
from crm_lib.language import LANGUAGES, catalogue
from tests.diagnosis import shop as s

AWAY = 45  # days without a visit before the end of the term
RENEWS = {True: 0.26, False: 0.76}  # of who stayed away, of who came
PRACTICES = ("north", "south", "east", "west")
RISE = date(2025, 11, 1)


def visit(rows: list[dict], who: str | None, day: date, **more: object) -> None:
    row = {"visit_id": f"v{len(rows)}", "customer_id": who, "visited_at": datetime(day.year, day.month, day.day, 18)}
    rows.append({**row, "status": None, "store": None, "channel": None, "owner": None, **more})


def gym(tells: bool, seed: int = 3, members: int = 500, more_from: date | None = None) -> dict[str, list[dict]]:
    """Cards of 180 days; a third of the holders of a card do not come for the last AWAY days and more, or a tenth and from
    the cards that end in `more_from` on half."""
    random, orders, visits = np.random.default_rng(seed), [], []
    for i in range(members):
        who, day = f"m{i:03d}", s.FIRST + timedelta(days=int(random.integers(170)))
        while day <= s.BASELINE:
            end = day + timedelta(days=179)
            orders.append(s._order(len(orders), who, day, 900, "shop") | {"store": "x", "paid_until": end})
            stays_away = bool(random.random() < ((0.5 if end >= more_from else 0.1) if more_from else 1 / 3))
            last = end - timedelta(days=int(random.integers(AWAY, 100) if stays_away else random.integers(0, 10)))
            for on in range(int(random.integers(3)), 180, 9):
                if day + timedelta(days=on) < last and day + timedelta(days=on) <= s.BASELINE:
                    visit(visits, who, day + timedelta(days=on))
            if last <= s.BASELINE:
                visit(visits, who, last)
            if stays_away and end <= s.BASELINE:
                visit(visits, who, end, status="missed")  # nobody came
            if random.random() > (RENEWS[stays_away] if tells else 0.6):
                break
            day = end + timedelta(days=1)
    return {"orders": orders, "visits": visits}


def practice(rise: date | None, seed: int = 3, each_day: int = 16) -> dict[str, list[dict]]:
    """Four practices with appointments each day, 6 of 100 of them missed; in the south 14 of 100 from `rise` on."""
    random, visits = np.random.default_rng(seed), []
    day = s.FIRST
    while day <= s.BASELINE:
        for i in range(each_day):
            store = PRACTICES[i % 4]
            chance = 0.14 if rise and store == "south" and day >= rise else 0.06
            status = "missed" if random.random() < chance else "cancelled" if random.random() < 0.1 else "kept"
            who, staff = f"c{int(random.integers(120)):03d}", f"{store}-{int(random.integers(2))}"
            visit(visits, who, day, status=status, store=store, owner=staff)
        day += timedelta(days=1)
    return {"orders": s.orders(wave=None), "visits": visits}


def found_in(tables: dict[str, list[dict]], industry: str = "fitness"):
    settings = s.engagement(client={"name": "Club", "industry": industry})
    measured = diagnosis.measure(s.shop(**tables), settings, s.BASELINE)
    return measured, diagnosis.find_pain_points(measured)


def test_holders_who_stay_away_are_told_with_both_rates_and_who_is_away_now():
    measured, found = found_in(gym(True))
    told = absences(measured).told
    assert told["days"] in (30, 45)  # nobody was away for 10 to 45 days, so that either parts the two
    assert told["away_renewed"] / told["away"] == pytest.approx(RENEWS[True], abs=0.08)
    assert told["came_renewed"] / told["came"] == pytest.approx(RENEWS[False], abs=0.08)
    pain = found.check("absent_holders").pain
    now = away_now(measured, int(told["days"]))
    assert pain.customers == len(now) > 0
    listed = handoffs.key_customer_list(measured, found).query("pain_point == 'absent_holders'")
    assert set(listed["customer_id"]) == set(now["customer_id"])
    for language in LANGUAGES:
        finding = pain.finding
        said = [catalogue(language).text(part) for part in (finding.headline, finding.evidence, finding.action)]
        assert str(int(told["days"])) in said[0]
        assert str(len(now)) in said[2]


def test_users_of_software_come_to_no_store():
    _, found = found_in(gym(True), "saas")
    check = found.check("absent_holders")
    said = [check.limit, check.measured, check.pain.headline, check.pain.evidence, check.pain.action, check.pain.basis]
    for language, foreign in (("en", ("come", "visit", "adviser")), ("zh", ("到店", "顾问"))):
        told = " ".join(catalogue(language).text(one) for one in said)
        assert not [word for word in foreign if word in told]
    assert "had not used the product for" in catalogue("en").text(check.pain.headline)


def test_that_more_stay_away_is_dated():
    pain = found_in(gym(True, members=1200, more_from=date(2025, 10, 1)))[1].check("absent_holders").pain
    assert (pain.since, pain.worse) == ("2025-10", True)


def test_the_list_holds_who_is_away_and_due_soon():
    measured, _ = found_in(gym(True))
    now = away_now(measured, AWAY)["customer_id"]
    visits = measured.engine.sql(
        "SELECT customer_id, MAX(visited_at) AS last FROM visits WHERE status IS NULL GROUP BY customer_id"
    ).set_index("customer_id")["last"]
    ends = measured.engine.sql("SELECT customer_id, MAX(paid_until) AS until FROM orders GROUP BY customer_id")
    ends = ends.set_index("customer_id")["until"]
    day = np.datetime64(s.BASELINE)
    right = [
        who
        for who in ends.index
        if (day - visits[who].to_datetime64().astype("datetime64[D]")).astype(int) >= AWAY
        and 0 <= (ends[who].to_datetime64() - day) / np.timedelta64(1, "D") <= AWAY
    ]
    assert sorted(now) == sorted(right)


def test_staying_away_that_tells_nothing_is_not_told():
    told = [absences(found_in(gym(False, seed=seed))[0]).told is not None for seed in range(6)]
    assert sum(told) == 0


def test_terms_that_the_log_does_not_reach_are_not_judged():
    tables = gym(True)
    late = [row for row in tables["visits"] if row["visited_at"].date() > s.BASELINE - timedelta(days=150)]
    measured, _ = found_in(tables | {"visits": late})
    first = min(row["visited_at"].date() for row in late if row["status"] is None)
    found = absences(measured)
    for _, step in found.steps.iterrows():
        reached = found.terms[found.terms["due_on"] >= np.datetime64(first) + np.timedelta64(int(step["days"]), "D")]
        assert step["away"] + step["came"] <= len(reached)


def test_a_practice_where_more_is_missed_is_named_with_its_month_and_not_its_staff():
    measured, found = found_in(practice(RISE, each_day=40), "service")
    pain = found.check("missed_rise").pain
    assert (pain.event, pain.since) == (("store", ("south",)), "2025-11")
    assert dict(pain.within)["owner"] == ("south-0", "south-1")
    levels = [pain.headline.args[when].value for when in ("before", "now")]
    assert levels == pytest.approx([0.06, 0.14], abs=0.02)  # before and since the month that is told
    row = missed(measured).parts.query("part == 'south'").iloc[0]
    assert row["missed_now"] / row["due_now"] == pytest.approx(0.14, abs=0.04)
    assert row["missed_before"] / row["due_before"] == pytest.approx(0.06, abs=0.02)
    first = RISE
    assert row["months"] == 5
    counted = measured.engine.sql(
        "SELECT COUNT(*) AS n FROM visits WHERE store = 'south' AND status <> 'cancelled' AND visited_at >= $first",
        first=first,
    )
    assert row["due_now"] == counted["n"].iloc[0]
    said = diagnosis.summary(measured, found, diagnosis.targets(measured))
    assert any(
        catalogue("en").text(one.headline).startswith("Store “south”: missed appointments rose from ") for one in said
    )
    assert any("门店“south”自" in catalogue("zh").text(one.headline) for one in said)


def test_one_site_of_a_small_clinic_is_found_half_a_year_later():
    """Four appointments a day at each site."""
    found = [found_in(practice(RISE, seed=seed), "service")[1].check("missed_rise").pain for seed in range(6)]
    assert sum(pain is not None and pain.event == ("store", ("south",)) for pain in found) >= 5


def test_a_rise_that_is_over_is_no_finding():
    tables = practice(date(2025, 6, 1), each_day=40)
    calm = practice(None, each_day=40)["visits"]
    over = date(2026, 1, 1)
    visits = [row for row in tables["visits"] if row["visited_at"].date() < over]
    visits += [row | {"visit_id": f"x{i}"} for i, row in enumerate(calm) if row["visited_at"].date() >= over]
    assert found_in(tables | {"visits": visits}, "service")[1].check("missed_rise").state == "clear"


def test_sign_ins_beside_appointments_are_none_that_could_be_missed():
    tables = practice(RISE, each_day=40)
    signed = [row | {"visit_id": f"s{i}", "status": None} for i, row in enumerate(tables["visits"])]
    alone, beside = (
        missed(found_in(tables | {"visits": visits}, "service")[0]).table
        for visits in (tables["visits"], tables["visits"] + signed)
    )
    pd.testing.assert_frame_equal(alone, beside)
    only_missed = [row | {"status": None if row["status"] == "kept" else row["status"]} for row in tables["visits"]]
    pd.testing.assert_frame_equal(alone, missed(found_in(tables | {"visits": only_missed}, "service")[0]).table)


def test_where_all_miss_more_the_whole_is_told():
    tables = practice(None)
    random = np.random.default_rng(1)
    for row in tables["visits"]:
        if row["visited_at"].date() >= RISE and row["status"] == "kept" and random.random() < 0.1:
            row["status"] = "missed"
    pain = found_in(tables, "service")[1].check("missed_rise").pain
    assert (pain.event, pain.since) == (("", ()), "2025-11")


def test_chance_alone_names_no_practice():
    states = [found_in(practice(None, seed=seed), "service")[1].check("missed_rise").state for seed in range(8)]
    assert states.count("found") <= 1


def test_customers_who_often_miss_are_not_taken_for_a_change():
    """Whole weeks of a closed road: months differ by more than chance has it, and no month stands for a new level."""
    found = 0
    for seed in range(6):
        tables, random = practice(None, seed=seed), np.random.default_rng(seed)
        bad = {month: random.random() * 0.25 for month in range(40)}
        for row in tables["visits"]:
            month = row["visited_at"].year * 12 + row["visited_at"].month - 24200
            if row["store"] == "south" and row["status"] == "kept" and random.random() < bad[month % 40]:
                row["status"] = "missed"
        found += found_in(tables, "service")[1].check("missed_rise").state == "found"
    assert found <= 1


def test_the_document_shows_the_months_and_the_lengths_that_the_findings_tell():
    measured, found = found_in(practice(RISE, each_day=40), "service")
    shown = diagnosis.figures_visits
    months = shown.missed_months(found, measured.engagement)
    south = months[[catalogue("en").text(name) == "south" for name in months["series"]]]
    assert months["base"].sum() == found.check("missed_rise").detail.cells["due"].sum()
    assert (
        south.loc[south["period"] >= "2025-11", "value"].mean()
        > 2 * south.loc[south["period"] < "2025-11", "value"].mean()
    )
    assert [mark[1] for mark in shown.missed_marks(found)] == ["2025-11"]
    calm = found_in(gym(False))[1]
    away = shown.away_table(calm)
    assert len(away)
    assert not away["told"].any()
    assert shown.away_title(calm).id == "visits.title.away"
    without = found_in({"orders": s.orders()}, "retail")
    assert shown.missed_months(without[1], without[0].engagement).empty
    assert shown.away_table(without[1]).empty


def test_what_is_not_there_is_said_and_without_visits_nothing_is_asked():
    plain = found_in({"orders": s.orders()}, "retail")[1]
    assert not {"absent_holders", "missed_rise"} & {check.rule for check in plain.checks}
    tables = gym(True)
    signed = [row | {"status": None} for row in tables["visits"]]
    checks = found_in(tables | {"visits": signed})[1]
    assert checks.check("missed_rise").state == "absent"
    assert found_in(practice(None), "service")[1].check("absent_holders").state == "absent"
    nobody = [row | {"customer_id": None} for row in tables["visits"]]
    assert found_in(tables | {"visits": nobody})[1].check("absent_holders").state == "absent"
    late = [row for row in practice(None)["visits"] if row["visited_at"].date() > s.BASELINE - timedelta(days=120)]
    assert found_in({"orders": s.orders(), "visits": late}, "service")[1].check("missed_rise").state == "few"
