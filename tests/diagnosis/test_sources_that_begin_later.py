"""Months before a source begins are not held against those after."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from crm_lib import diagnosis
from crm_lib.engine import connect_frames
from crm_lib.ingest.late_sources import COLUMNS
from crm_lib.language import LANGUAGES, catalogue
from tests.diagnosis import shop as s

BEGIN = date(2025, 9, 1)
LATE = pd.DataFrame([("order_lines", "app", {"zh": "小程序", "en": "App shop"}, BEGIN, s.FIRST, 0.5)], columns=COLUMNS)


def measured(late: pd.DataFrame | None) -> diagnosis.Measured:
    """Orders of a till, and as many of an app from BEGIN on."""
    rows = [row for row in s.orders(wave=None) if row["channel"] == "shop" or row["ordered_on"] >= BEGIN]
    frames = {"orders": pd.DataFrame(rows), "customers": pd.DataFrame(s.customers())}
    return diagnosis.measure(connect_frames(frames, s.BASELINE), s.engagement(), s.BASELINE, late=late)


def test_growth_that_a_source_brings_is_not_judged():
    assert measured(None).trend("revenue")["trend"] == "better"
    known = measured(LATE)
    row = known.trend("revenue")
    assert (row["trend"], row["compared"], row["since"]) == ("unknown", "", "")
    assert np.isnan(row["slope"])
    assert row["value"] == measured(None).trend("revenue")["value"]
    for language, word in zip(LANGUAGES, ("小程序", "App shop"), strict=True):
        told = [catalogue(language).text(message) for message in diagnosis.missing(known)]
        assert len([text for text in told if word in text]) == 1
    checks = {one.rule: one for one in diagnosis.find_pain_points(known).checks}
    assert checks["revenue_fall"].measured.id == "diagnosis.check.late_source"
    assert checks["active_fall"].measured.id == "diagnosis.check.late_source"


def test_months_after_it_are_compared():
    early = LATE.assign(first_on=s.FIRST + timedelta(days=40))
    assert measured(early).trend("revenue")["compared"] == "year"


def test_other_tables_are_not_touched():
    other = LATE.assign(table="tickets")
    assert measured(other).trend("revenue")["trend"] == "better"


@pytest.mark.parametrize("kind", ["inquiry", "complaint"])
def test_complaints_before_their_records_begin_are_unknown(kind: str):
    days = pd.date_range("2024-10-01", "2026-03-31", freq="3D")
    tickets = [
        {"ticket_id": str(n), "opened_at": day, "kind": "complaint" if day >= pd.Timestamp("2025-03-10") else kind}
        for n, day in enumerate(days)
    ]
    engine = connect_frames({"orders": pd.DataFrame(s.orders()), "tickets": pd.DataFrame(tickets)}, s.BASELINE)
    series = diagnosis.measure(engine, s.engagement(), s.BASELINE).series("complaints").set_index("period")["value"]
    if kind == "complaint":
        assert series["2024-10"] == 11
    else:  # March is recorded from its tenth day on: no whole month either
        assert series[:"2025-03"].isna().all()
        assert series["2025-04"] == 10


def test_few_complaints_in_the_first_month_are_few_though_many_come_later():
    days = [pd.Timestamp("2024-10-20"), *pd.date_range("2024-11-05", "2025-09-30", freq="20D")]
    days += list(pd.date_range("2025-10-01", "2026-03-31", freq="D"))
    tickets = [{"ticket_id": str(n), "opened_at": day, "kind": "complaint"} for n, day in enumerate(days)]
    engine = connect_frames({"orders": pd.DataFrame(s.orders()), "tickets": pd.DataFrame(tickets)}, s.BASELINE)
    series = diagnosis.measure(engine, s.engagement(), s.BASELINE).series("complaints").set_index("period")["value"]
    assert series["2024-10"] == 1
