"""A small shop for the tests of the strategy phase."""

from datetime import date, timedelta
from typing import Any

import pandas as pd

from crm_lib.engagement import Engagement, validate
from crm_lib.engine import Engine, connect_frames

ORDER_COLUMNS = ["order_id", "customer_id", "ordered_on", "kind", "amount", "discount", "channel"]
BASELINE = date(2026, 3, 31)


def engagement(**changes: Any) -> Engagement:
    given: dict[str, Any] = {
        "id": "shop",
        "client": {"name": "Shop", "industry": "retail"},
        "as_of": "2026-06-30",
        "cycles": [{"number": 1, "baseline": "2026-03-31", "start": "2026-04-01", "end": "2026-06-30"}],
        "sources": [{"name": "till", "table": "order_lines", "file": "till.csv"}],
        "definitions": {"smallest_base": 2},
        "teams": [
            {
                "id": "sales",
                "label": "Sales",
                "owners": [
                    {"id": "ann", "label": "Ann", "contacts_per_week": 10},
                    {"id": "bob", "label": "Bob", "contacts_per_week": 40},
                ],
            }
        ],
        "strategies": [strategy("visit", "core", "ann"), strategy("bundle", "potential", "bob", every_days=7)],
    }
    return validate(given | changes)


def strategy(id: str, operating_class: str, owner: str, **changes: Any) -> dict[str, Any]:
    return {
        "id": id,
        "label": id,
        "operating_class": operating_class,
        "mode": "talk",
        "channels": ["sms", "phone"],
        "every_days": 14,
        "owner": owner,
        "metric": "average_order_value",
    } | changes


def layers(classes: dict[str, int], **columns: Any) -> pd.DataFrame:
    """Customers core-00, core-01, ... as the layering phase hands them over (only the columns that are read)."""
    names = [(f"{name}-{i:02d}", name) for name, n in classes.items() for i in range(n)]
    frame = pd.DataFrame(names, columns=["customer_id", "operating_class"])
    return frame.assign(frequency=1, monetary=100.0, recency_days=30, **columns)


def layer_profile(layers: pd.DataFrame) -> pd.DataFrame:
    found = layers.groupby("operating_class").agg(
        customers=("customer_id", "size"),
        revenue=("monetary", "sum"),
        median_recency_days=("recency_days", "median"),
        mean_frequency=("frequency", "mean"),
        mean_monetary=("monetary", "mean"),
    )
    return found.assign(revenue_share=found["revenue"] / found["revenue"].sum()).reset_index()


def day(before: int) -> date:
    return BASELINE - timedelta(days=before)


def order(customer: str | None, days_before: int, amount: float = 100.0, **more: Any) -> dict[str, Any]:
    base = {"customer_id": customer, "ordered_on": day(days_before), "kind": "sale", "amount": amount}
    return base | {"channel": "store"} | more


def orders(rows: list[dict[str, Any]]) -> pd.DataFrame:
    return pd.DataFrame([{"order_id": f"o{i}"} | row for i, row in enumerate(rows)], columns=ORDER_COLUMNS)


def engine(known_until: date | None = BASELINE, **frames: pd.DataFrame) -> Engine:
    return connect_frames(frames, known_until)


def everyone(layers: pd.DataFrame, **columns: Any) -> pd.DataFrame:
    return pd.DataFrame({"customer_id": layers["customer_id"], "joined_on": day(400)}).assign(**columns)


NO_TARGETS = pd.DataFrame(
    {
        **{name: pd.Series(dtype="str") for name in ("target_id", "metric", "group_id")},
        **{name: pd.Series(dtype="float64") for name in ("baseline", "baseline_low", "baseline_high", "target")},
        "due": pd.Series(dtype="datetime64[us]"),
    }
)
