from datetime import date

import pandas as pd

from crm_lib import diagnosis
from crm_lib.diagnosis.scope import scope_members
from crm_lib.engine import connect_frames
from tests.diagnosis import shop as s

KNOWN = date(2026, 3, 31)


def members(measure: str, window_days: int = 365, **bounds) -> list[str]:
    def order(id: str, who: str, on: str, amount: float, kind: str = "sale") -> dict:
        return {"order_id": id, "customer_id": who, "ordered_on": on, "amount": amount, "kind": kind}

    engine = connect_frames(
        {
            "customers": pd.DataFrame(
                {"customer_id": ["ann", "bob", "cat", "dan"], "joined_on": ["2026-03-01", None, "2020-01-01", None]}
            ),
            "orders": pd.DataFrame(
                [
                    order("1", "ann", "2026-03-30", 100),
                    order("2", "ann", "2026-03-31", -40, "refund"),
                    order("3", "bob", "2025-12-31", 100),
                    order("4", "bob", "2025-04-01", 5),
                    order("5", "cat", "2025-03-31", 500),
                ]
            ),
            "tickets": pd.DataFrame(
                {
                    "ticket_id": ["1", "2"],
                    "customer_id": ["bob", "ann"],
                    "kind": ["complaint", "inquiry"],
                    "opened_at": ["2026-03-31 23:00", "2026-03-01 10:00"],
                }
            ),
            "surveys": pd.DataFrame(
                {
                    "survey_id": ["1", "2", "3"],
                    "customer_id": ["ann", "ann", "cat"],
                    "answered_on": ["2026-01-01", "2026-02-01", "2026-01-05"],
                    "nps": [3, 9, 6],
                }
            ),
        },
        KNOWN,
    )
    engagement = s.engagement(
        scope=[{"id": "x", "label": "X", "measure": measure, "window_days": window_days, **bounds}]
    )
    found = scope_members(engine, engagement, KNOWN)
    assert set(found["group_id"]) <= {"scope:x"}
    return list(found["customer_id"])


def test_spend_is_net_and_of_the_window():
    assert members("spend", at_least=100) == ["bob"]
    assert members("spend", at_least=60, at_most=60) == ["ann"]
    assert members("spend", at_most=0) == ["cat", "dan"]  # cat's purchase is 366 days back, dan has none


def test_orders_are_purchases_of_the_window():
    assert members("orders", at_least=2) == ["bob"]
    assert members("orders", window_days=90, at_least=1) == ["ann"]


def test_recency_is_unknown_without_a_purchase():
    assert members("recency_days", at_least=90, at_most=90) == ["bob"]
    assert members("recency_days", at_least=0) == ["ann", "bob", "cat"]


def test_tenure_begins_with_joining_or_the_first_purchase():
    assert members("tenure_days", at_most=30) == ["ann"]
    assert members("tenure_days", at_least=364, at_most=364) == ["bob"]


def test_complaints_and_the_latest_score():
    assert members("complaints", window_days=1, at_least=1) == ["bob"]
    assert members("nps", at_most=6) == ["cat"]
    assert members("nps", at_least=9) == ["ann"]


def test_counts_shares_and_overlap():
    engine, engagement = s.shop(orders=s.orders(), customers=s.customers()), s.engagement()
    measured = diagnosis.measure(engine, engagement, s.BASELINE)
    groups = diagnosis.scope_groups(engagement, measured.members, measured.customers, measured.revenue_year)
    assert list(groups["customers"]) == [0, 60]
    assert groups["share"].iloc[1] == 0.5
    assert groups["revenue"].iloc[1] == measured.customers.loc[::2, "revenue_year"].sum()
    assert groups["revenue_share"].iloc[1] == groups["revenue"].iloc[1] / measured.revenue_year
    overlap = diagnosis.scope_overlap(engagement, measured.members)
    assert list(overlap["customers"]) == [0, 0]
    assert overlap["share"].isna().tolist() == [True, False]
