"""The rules that warn without a model, and what they would have found beside it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from crm_lib.engagement import Churn
from crm_lib.layering.churn.record import highest
from crm_lib.metrics.intervals import wilson

RULES = ("no_order", "overdue", "plan_ending")
OVERDUE = 2  # times the own gap
SUBSCRIPTION = frozenset({"saas", "fitness", "education"})  # trades whose rule needs logins and ends of plans


def flags(frame: pd.DataFrame, settings: Churn) -> dict[str, np.ndarray]:
    """Rule -> whom it warns of. `frame` has silent_days and gap_days.

    no_order: silent for `rule_days`; overdue: the silence is `OVERDUE` times the customer's own gap.
    plan_ending, where `frame` has login_days and any is known: no login or visit for `login_days`, and covered for
    `expiry_days` at most.
    """
    silent = frame["silent_days"].to_numpy("float64")
    found = {
        "no_order": silent >= settings.rule_days,
        "overdue": silent >= OVERDUE * frame["gap_days"].to_numpy("float64"),
    }
    if "login_days" not in frame or not (frame["login_days"].notna().any() and frame["days_covered"].notna().any()):
        return found
    return found | {
        "plan_ending": ((frame["login_days"] >= settings.login_days) & ends_soon(frame, settings)).to_numpy()
    }


def ends_soon(frame: pd.DataFrame, settings: Churn) -> pd.Series:
    """Who is covered, and for `expiry_days` at most."""
    return frame["days_covered"] <= settings.expiry_days


def methods(frame: pd.DataFrame, settings: Churn, chosen: np.ndarray | None = None) -> dict[str, np.ndarray]:
    """Method -> whom it warns of: the rules; with a model (`chosen`: for whom a contact pays, `frame` has
    churn_probability) as many by its order as by the first rule, and the chosen."""
    found = flags(frame, settings)
    if chosen is None:
        return found
    same = np.zeros(len(frame), dtype=bool)
    same[highest(frame["churn_probability"].to_numpy("float64"), int(found["no_order"].sum()))] = True
    return found | {"model_same": same, "model_pays": chosen}


def compare(past: pd.DataFrame, flagged: Mapping[str, np.ndarray]) -> pd.DataFrame:
    """One row a method, for all buyers and for the active ones: group, method, customers, flagged, left, precision, low,
    high (NaN where nobody is flagged), recall (NaN where nobody left), lift.

    `past` has churned and active; `flagged` is `methods` of it.
    """
    groups = {"all": np.ones(len(past), dtype=bool), "active": past["active"].to_numpy(dtype=bool)}
    churned = past["churned"].to_numpy(dtype=bool)
    rows = [
        {"group": group, "method": method, "customers": int(within.sum()), **_counts(chosen & within, churned, within)}
        for group, within in groups.items()
        for method, chosen in flagged.items()
    ]
    table = pd.DataFrame(rows)
    low, high = wilson(table["left"], table["flagged"])
    return table.assign(low=low, high=high)


def _counts(chosen: np.ndarray, churned: np.ndarray, within: np.ndarray) -> dict[str, float]:
    n, hits, leavers = int(chosen.sum()), int((chosen & churned).sum()), int((churned & within).sum())
    precision = hits / n if n else np.nan
    base = leavers / within.sum() if leavers else np.nan
    return {
        "flagged": n,
        "left": hits,
        "precision": precision,
        "recall": hits / leavers if leavers else np.nan,
        "lift": precision / base,
    }
