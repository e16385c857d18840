"""Subscriptions: how many of those who are active stay, by the age of the subscription, and what they then bring.

Kaplan-Meier's curve of new customers, month by month, conditional on the age; beyond the age that `smallest` customers
have reached, the loss a day of all who were watched after the churn window. Intervals hold 95 % and come from
resampled customers (bootstrap).
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from crm_lib.layering.lifetime_value.survival import at_days

DAYS_A_MONTH = 365.25 / 12
SAMPLES, SEED = 100, 19580601


def staying(durations: pd.DataFrame, smallest: int, ages: np.ndarray, months: int, lost_after_days: int) -> np.ndarray:
    """(ages, months): probability that who is active at an age in days is so 1..months later."""
    seen = np.sort(durations["days"].to_numpy("int64"))
    reached = int(seen[max(len(seen) - smallest, 0)]) if len(seen) else 0
    known, _, _ = at_days(durations, np.arange(reached + 1))
    exposed = np.maximum(seen - lost_after_days, 0).sum()
    a_day = float(durations["lost"].sum() / exposed) if exposed > 0 else 0.0
    later = ages[:, None] + np.arange(months + 1) * DAYS_A_MONTH
    inside = np.minimum(later, reached).astype("int64")
    at = np.maximum(known[inside], 1e-12) * np.exp(-a_day * np.maximum(later - reached, 0))
    staying: np.ndarray = at[:, 1:] / at[:, :1]
    return staying


def retained_values(
    active: pd.DataFrame, durations: pd.DataFrame, smallest: int, months: int, discount: float, lost_after_days: int
) -> pd.DataFrame:
    """`active` (age_days, monthly_purchases, monthly_value) with retained, purchases_*, clv_* (value, low, high)."""
    ages, of = np.unique(active["age_days"].to_numpy("float64"), return_inverse=True)
    worth_now = (1 + discount) ** -np.arange(1.0, months + 1)
    draw, samples = np.random.default_rng(SEED), []
    rows = durations.sort_values("customer_id").reset_index(drop=True)
    for i in range(SAMPLES + 1):
        chosen = rows.iloc[draw.integers(0, len(rows), len(rows))] if i else rows
        kept = staying(chosen, smallest, ages, months, lost_after_days)
        samples.append((kept[:, -1], kept.sum(axis=1), kept @ worth_now))
    found = {}
    for position, (name, rate) in enumerate(
        (("retained", None), ("expected_purchases", "monthly_purchases"), ("clv", "monthly_value"))
    ):
        drawn = np.array([sample[position] for sample in samples])
        ends = np.quantile(drawn[1:], [0.025, 0.975], axis=0)
        scale = active[rate].to_numpy("float64") if rate else np.ones(len(active))
        for part, values in (("", drawn[0]), ("_low", ends[0]), ("_high", ends[1])):
            found[name + part] = values[of] * scale
    return active.assign(**found)
