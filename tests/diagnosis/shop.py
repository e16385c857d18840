"""A small shop with a planted story, as frames: from `wave` on, customers who joined by the app buy no more."""

from datetime import date, datetime, timedelta
from typing import Any

import pandas as pd

from crm_lib.engagement import Engagement, validate
from crm_lib.engine import Engine, connect_frames

BASELINE = date(2026, 3, 31)
FIRST = date(2024, 10, 1)
WAVE = date(2025, 10, 1)

GIVEN: dict[str, Any] = {
    "id": "shop",
    "client": {"name": "Shop", "industry": "retail"},
    "as_of": "2026-03-31",
    "cycles": [{"number": 1, "baseline": "2026-03-31", "start": "2026-04-01"}],
    "sources": [{"name": "till", "table": "order_lines", "file": "till.csv"}],
    "definitions": {
        "active_window_days": 60,
        "churn_window_days": 60,
        "repurchase_window_days": 30,
        "smallest_base": 20,
    },
    "scope": [
        {"id": "big", "label": "Big", "measure": "spend", "at_least": 400},
        {"id": "quiet", "label": "Quiet", "measure": "recency_days", "at_least": 90},
    ],
    "teams": [
        {
            "id": "service",
            "label": {"zh": "客服组", "en": "Service"},
            "owners": [{"id": "ann", "label": "Ann", "contacts_per_week": 10}],
        }
    ],
    "links": [{"id": "follow_up", "label": {"zh": "回访", "en": "Follow-up"}, "team": "service"}],
}


def engagement(**more: Any) -> Engagement:
    return validate(GIVEN | more)


def orders(customers: int = 120, wave: date | None = WAVE) -> list[dict]:
    """Every customer buys each 20 days; half joined by the app. In the second half of a day's list, never twice a day."""
    rows = []
    for i in range(customers):
        app = i % 2 == 0
        day = FIRST + timedelta(days=i % 20)
        while day <= BASELINE:
            if not (app and wave and day >= wave):
                amount = 10 + i % 7
                rows.append(_order(len(rows), f"c{i:03d}", day, amount, "app" if app else "shop"))
            day += timedelta(days=20)
    return rows


def _order(number: int, who: str | None, day: date, amount: float, channel: str, kind: str = "sale") -> dict:
    row = {"order_id": f"o{number}", "customer_id": who, "ordered_on": day, "amount": amount, "kind": kind}
    return row | {"items": 1, "discount": 0, "channel": channel, "store": "north" if number % 3 else "south"}


def customers(count: int = 120) -> list[dict]:
    return [
        {
            "customer_id": f"c{i:03d}",
            "name": "N",
            "phone": "1" if i % 4 else None,
            "gender": "female",
            "birth_date": date(1990, 1, 1) if i % 2 else None,
            "city": "X",
            "joined_on": FIRST,
            "join_channel": "app" if i % 2 == 0 else "store",
        }
        for i in range(count)
    ]


def tickets(before: int = 2, after: int = 14) -> list[dict]:
    """So many complaints a month before and since the wave; since then nearly all are late deliveries in the north."""
    rows = []
    month = FIRST
    while month <= BASELINE:
        many = after if month >= WAVE else before
        for i in range(many):
            opened = datetime(month.year, month.month, 1 + i, 10)
            late = month >= WAVE and i > 1
            row = {"ticket_id": f"t{len(rows)}", "customer_id": f"c{len(rows) % 120:03d}", "kind": "complaint"}
            row |= {"opened_at": opened, "first_response_at": opened + timedelta(minutes=5 if i % 2 else 50)}
            row |= {"closed_at": opened + timedelta(hours=20), "reason": "late" if late else "other"}
            rows.append(row | {"store": "north" if late else "south", "channel": "phone", "owner": "ann", "csat": 3})
        month = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    return rows


def shop(**tables: list[dict]) -> Engine:
    return connect_frames({name: pd.DataFrame(rows) for name, rows in tables.items() if rows}, BASELINE)
