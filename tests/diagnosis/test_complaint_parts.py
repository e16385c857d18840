"""Complaints of one reason or place that rise while all together do not."""

from datetime import timedelta

import numpy as np
import pandas as pd

from crm_lib import diagnosis
from crm_lib.diagnosis.complaint_parts import part_rises
from crm_lib.diagnosis.rules_complaints import complaints_rise
from crm_lib.engine import connect_frames
from crm_lib.language import catalogue
from tests.diagnosis import shop as s
from tests.diagnosis.test_causes_and_periods import measured_of

WORDS = catalogue("en")
MONTHS = pd.period_range("2024-04", "2026-03", freq="M").astype(str)
ORDERS = pd.Series(1800.0, MONTHS)


def cells(late, others=(4, 3, 4)):
    """[period, reason, complaints]: `late` a month beside three steady reasons."""
    rows = [(month, "late", n) for month, n in zip(MONTHS, late, strict=True) if n]
    rows += [(m, f"r{j}", n + (i + j) % 3 - 1) for i, m in enumerate(MONTHS) for j, n in enumerate(others)]
    return pd.DataFrame(rows, columns=["period", "reason", "complaints"])


def test_the_rise_is_told_over_the_months_since_it_began():
    rises = part_rises(cells([3, 4, 3] * 6 + [12, 13, 14, 11, 9, 10]), ORDERS, ["reason"])
    assert rises["part"].tolist() == ["late"]
    row = rises.iloc[0]
    assert (row["months"], row["n"], row["months_before"], row["n_before"]) == (6, 69, 18, 60)


def test_what_comes_every_year_is_no_rise():
    year = [3, 4, 3] * 2 + [12, 13, 14, 11, 9, 10]
    assert part_rises(cells(year * 2), ORDERS, ["reason"]).empty


def test_what_is_over_or_is_a_new_word_is_not_told():
    over = [3, 4, 3] * 5 + [14, 15, 14, 13, 14, 13, 3, 3, 3]
    assert part_rises(cells(over), ORDERS, ["reason"]).empty
    assert part_rises(cells([0] * 18 + [12] * 6), ORDERS, ["reason"]).empty


def test_complaints_that_grow_with_the_orders_are_no_rise():
    grown = pd.Series(np.where(MONTHS >= "2025-10", 7200.0, 1800.0), MONTHS)
    assert part_rises(cells([3, 4, 3] * 6 + [12, 13, 14, 11, 9, 10]), grown, ["reason"]).empty


def test_chance_alone_names_a_part_in_few_of_many_clients():
    rng = np.random.default_rng(5)
    named = 0
    for _ in range(60):
        drawn = pd.DataFrame(
            [(m, f"r{j}", f"s{rng.integers(5)}", 1.0) for m in MONTHS for j in range(4) for _ in range(rng.poisson(4))],
            columns=["period", "reason", "store", "complaints"],
        )
        named += len(part_rises(drawn, ORDERS, ["reason", "store"])) > 0
    assert named <= 6


def ticket(number, day, reason, store):
    opened = pd.Timestamp(day) + timedelta(hours=9)
    return {
        "ticket_id": f"t{number}",
        "customer_id": f"c{number % 40:03d}",
        "kind": "complaint",
        "opened_at": opened,
        "first_response_at": opened + timedelta(minutes=5),
        "closed_at": opened + timedelta(hours=5),
        "reason": reason,
        "store": store,
    }


def test_the_rule_names_reason_place_and_month_though_the_whole_does_not_rise():
    rows = []
    for month in pd.period_range("2024-10", "2026-03", freq="M"):
        late = month.start_time.date() >= s.WAVE
        reasons = ["late"] * (9 if late else 2) + ["broken"] * (3 if late else 9)
        for i, reason in enumerate(reasons):
            store = "north" if reason == "late" and i % 4 else "south"
            rows.append(ticket(len(rows), month.start_time.date() + timedelta(days=2 * i), reason, store))
    check = complaints_rise(measured_of(orders=s.orders(wave=None), tickets=rows))
    assert check.state == "found"
    said = WORDS.text(check.pain.headline)
    assert said == (
        "Complaints of reason “late” rose from 2.0 a month (Oct 2024 to Sep 2025) to 9.0 (Oct 2025 to Mar 2026);"
        " all others went from 9.0 to 3.0"
    )
    evidence = WORDS.text(check.pain.evidence)
    assert "begins in Oct 2025" in evidence
    assert "arose at store “north”" in evidence
    assert check.pain.worse
    assert check.pain.since == "2025-10"


def test_the_situation_speaks_of_the_months_shown():
    engine = connect_frames({"orders": pd.DataFrame(s.orders(wave=None))}, s.BASELINE)
    for shown in (9, 18):
        told = diagnosis.measure(engine, s.engagement(), s.BASELINE, shown)
        assert diagnosis.situation(told).args["months"].value == shown
