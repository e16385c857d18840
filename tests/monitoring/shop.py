"""A small shop for the tests of the monitoring phase: the cycle starts on Wednesday 1 April 2026."""

from datetime import date
from typing import Any

import pandas as pd

from crm_lib.engagement import Engagement, validate
from crm_lib.engine import Engine, connect_frames

START, AS_OF = date(2026, 4, 1), date(2026, 4, 30)


def engagement(**changes: Any) -> Engagement:
    owners = [{"id": id, "label": id.title(), "contacts_per_week": 50} for id in ("ann", "bob")]
    given: dict[str, Any] = {
        "id": "shop",
        "client": {"name": "Shop", "industry": "retail"},
        "as_of": AS_OF.isoformat(),
        "cycles": [{"number": 1, "baseline": "2026-03-31", "start": "2026-04-01", "end": "2026-06-30"}],
        "sources": [{"name": "till", "table": "order_lines", "file": "till.csv"}],
        "definitions": {"smallest_base": 2},
        "teams": [{"id": "sales", "label": "Sales", "owners": owners}],
        "strategies": [
            strategy("care", "core", "ann", ["phone", "wecom"], every_days=7),
            strategy("wake", "dormant", "bob", ["sms"], campaign_prefix="WAKE-"),
        ],
        "targets": [{"id": "aov", "metric": "average_order_value", "value": 150.0, "due": "2026-06-30"}],
        "scope": [{"id": "big", "label": "Big", "measure": "spend", "at_least": 1}],
    }
    return validate(given | changes)


def strategy(id: str, operating_class: str, owner: str, channels: list[str], **more: Any) -> dict[str, Any]:
    base = {"id": id, "label": id, "operating_class": operating_class, "mode": "talk", "channels": channels}
    return base | {"every_days": 14, "owner": owner, "metric": "average_order_value"} | more


def plan() -> pd.DataFrame:
    """Handoff strategy_plan with every_days and agreed, as `read_plan` gives it."""
    return pd.DataFrame(
        {
            "strategy": ["care", "wake"],
            "operating_class": ["core", "dormant"],
            "customers": [3, 2],
            "mode": ["{}", "{}"],
            "channels": ["phone,wecom", "sms"],
            "contacts_per_week": [3.0, 1.0],
            "owner": ["ann", "bob"],
            "target_metric": ["average_order_value"] * 2,
            "target_value": [None, None],
            "every_days": [7.0, 14.0],
            "agreed": [True, True],
        }
    )


MEMBERS = pd.DataFrame({"strategy": ["care"] * 3 + ["wake"] * 2, "customer_id": ["c1", "c2", "c3", "d1", "d2"]})
ANSWERING = MEMBERS.assign(
    owner=MEMBERS["strategy"].map({"care": "ann", "wake": "bob"}), worked=False, contacts=0, by_own=0
)
LAYERS = pd.DataFrame(
    {"customer_id": ["c1", "c2", "c3", "d1", "d2"], "operating_class": ["core"] * 3 + ["dormant"] * 2}
)
NO_SCOPE = pd.DataFrame({"group_id": pd.Series(dtype="str"), "customer_id": pd.Series(dtype="str")})


def contact_plan(rows: list[tuple[str, str, int]]) -> pd.DataFrame:
    """Rows of (strategy, Monday, contacts)."""
    owners = {"care": "ann", "wake": "bob"}
    frame = pd.DataFrame(rows, columns=["strategy", "week", "contacts"]).astype({"week": "datetime64[us]"})
    return frame.assign(owner=frame["strategy"].map(owners), due=frame["week"] + pd.Timedelta(days=6), overflow=0)


def contacts(rows: list[tuple[str, str, int]]) -> pd.DataFrame:
    """Rows of (strategy, day, contacts), by the strategy's owner."""
    frame = pd.DataFrame(rows, columns=["strategy", "day", "contacts"]).astype({"day": "datetime64[us]"})
    return frame.assign(owner=frame["strategy"].map({"care": "ann", "wake": "bob"}))


def interaction(id: str, customer: str | None, day: str, **more: Any) -> dict[str, Any]:
    base = {"interaction_id": id, "customer_id": customer, "happened_at": pd.Timestamp(f"{day} 10:00")}
    return base | {"channel": "phone", "direction": "out", "owner": "ann", "strategy": None} | more


def engine(known_until: date | None = AS_OF, **frames: pd.DataFrame) -> Engine:
    return connect_frames(frames, known_until)


def orders(rows: list[tuple[str | None, str, float]], **columns: Any) -> pd.DataFrame:
    """Rows of (customer, day, amount)."""
    frame = pd.DataFrame(rows, columns=["customer_id", "ordered_on", "amount"])
    frame["ordered_on"] = pd.to_datetime(frame["ordered_on"]).dt.date
    ids = [f"o{i}" for i in range(len(frame))]
    return frame.assign(order_id=ids, kind="sale", store="North", channel="store", **columns)
