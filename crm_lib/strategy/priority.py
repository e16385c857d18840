"""Who is contacted first: bands of value at risk, and how often one customer would hear from us."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crm_lib.engagement import OPERATING_CLASSES
from crm_lib.strategy.queries import MONTH_DAYS

RANKED = ["value_at_risk", "customer_id"]  # the greatest first
BANDS = ("a", "b", "c", "none", "gone", "unknown")
BAND_UP_TO = {"a": 0.5, "b": 0.8, "c": 1.0}  # of the value at risk of all reachable customers, the greatest first


def bands(customers: pd.DataFrame) -> pd.DataFrame:
    """Reachable customers by class and band: operating_class, band, customers, value_at_risk.

    Band a holds the customers who, the greatest first, make up the first half of the value at risk, b those up to
    80 %, c the others with any, 'none' those who are within their own rhythm, 'gone' the dormant ones beyond it, 'unknown' those with too few purchases to
    show one. Every class and band has a row.
    """
    ranked = customers[customers["reachable"]].sort_values(RANKED, ascending=[False, True])
    total = ranked["value_at_risk"].sum()
    before = (ranked["value_at_risk"].cumsum() - ranked["value_at_risk"]) / total if total > 0 else 0.0
    band = np.select(
        [
            ~ranked["own_rhythm"].astype(bool),
            ranked["gone"].astype(bool),
            ranked["value_at_risk"] <= 0,
            before < BAND_UP_TO["a"],
            before < BAND_UP_TO["b"],
        ],
        ["unknown", "gone", "none", "a", "b"],
        "c",
    )
    counted = ranked.assign(band=band).groupby(["operating_class", "band"])["value_at_risk"].agg(["size", "sum"])
    grid = pd.MultiIndex.from_product([OPERATING_CLASSES, BANDS], names=["operating_class", "band"])
    frame = counted.reindex(grid).fillna(0).reset_index()
    return frame.rename(columns={"size": "customers", "sum": "value_at_risk"}).astype({"customers": "int64"})


def reach(customers: pd.DataFrame) -> pd.DataFrame:
    """Customers by class: operating_class, customers, excluded (the others), reachable, unverified (of these without
    known consent)."""
    flags = customers.assign(unverified=customers["reachable"] & customers["consent_unknown"])
    groups = flags.groupby("operating_class")
    found = groups[["reachable", "unverified"]].sum().assign(customers=groups.size())
    found = found.reindex(list(OPERATING_CLASSES)).fillna(0).astype("int64").reset_index()
    found["excluded"] = found["customers"] - found["reachable"]
    return found[["operating_class", "customers", "excluded", "reachable", "unverified"]]


def fatigue(plan: pd.DataFrame, members: pd.DataFrame, customers: pd.DataFrame, limit: float) -> pd.DataFrame:
    """How many strategies reach a customer, and contacts a month planned and had: one row a number of strategies.

    Those set off by an event count for nobody: whom they reach is not known beforehand.

    Columns: strategies, customers, planned_contacts (mean in 30 days), most_contacts, past_contacts (mean in the 30
    days before the baseline), above (customers planned more than `limit` contacts a month).
    """
    regular = plan[plan["trigger"] == "schedule"].set_index("strategy")
    a_month = MONTH_DAYS / regular["every_days"].astype("float64")
    touched = members[members["strategy"].isin(regular.index)]
    touched = touched.assign(contacts=touched["strategy"].map(a_month).astype("float64"))
    each = touched.groupby("customer_id")["contacts"].agg(["size", "sum"])
    each = each.join(customers.set_index("customer_id")["month_contacts"])
    each = each.assign(above=each["sum"] > limit + 1e-9)
    found = each.groupby("size").agg(
        customers=("sum", "size"),
        planned_contacts=("sum", "mean"),
        most_contacts=("sum", "max"),
        past_contacts=("month_contacts", "mean"),
        above=("above", "sum"),
    )
    return found.rename_axis("strategies").reset_index().astype({"strategies": "int64", "above": "int64"})
