"""What a warning is worth: the spend at risk, and what contacting from a threshold on would save less what it costs."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from crm_lib.engagement import Churn
from crm_lib.metrics.intervals import Z

FEWEST = 30  # customers who stayed at the test, to learn from what they spent
STEPS = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)


def worth(frame: pd.DataFrame, churn_days: int) -> np.ndarray:
    """Revenue of each customer in a churn window at the customer's own pace; never below zero.

    `frame` has revenue and observed_days (from the first purchase of the look-back on).
    """
    seen = np.maximum(frame["observed_days"].to_numpy("float64"), churn_days)
    return np.asarray(np.maximum(frame["revenue"].to_numpy("float64"), 0.0) * churn_days / seen)


def of_stayers(past: pd.DataFrame) -> tuple[float, float]:
    """(fixed, slope) of what customers spend in a window if they stay, by `worth`: least squares over the active of the
    test who stayed (worth, churned, spent), 0 <= slope <= 1, both >= 0. (0, 1) where fewer than FEWEST stayed.

    The own pace of a few purchases is partly chance; a single large basket is no pace at all.
    """
    stayed = past[past["active"] & ~past["churned"].astype(bool)]
    if len(stayed) < FEWEST:
        return 0.0, 1.0
    pace, came = stayed["worth"].to_numpy("float64"), np.maximum(stayed["spent"].to_numpy("float64"), 0.0)
    spread = float(((pace - pace.mean()) ** 2).sum())
    slope = float((pace - pace.mean()) @ came) / spread if spread > 0 else 0.0
    slope = min(max(slope, 0.0), 1.0)
    fixed = float(came.mean() - slope * pace.mean())
    return (fixed, slope) if fixed >= 0 else (0.0, float(came.mean() / pace.mean()))


def break_even(worth: float, margin_rate: float, settings: Churn) -> float:
    """Lowest probability of leaving at which a contact of such a customer pays: cost / (win-back rate x margin).

    Above 1 no contact pays; NaN where nothing is spent.
    """
    gain = settings.win_back_rate * worth * margin_rate
    return settings.contact_cost / gain if gain > 0 else math.nan


def pays(frame: pd.DataFrame, margin_rate: float, settings: Churn) -> np.ndarray:
    """Whose probability reaches the customer's own break-even. `frame`: churn_probability, worth."""
    gain = settings.win_back_rate * margin_rate * frame["worth"].to_numpy("float64")
    expected = frame["churn_probability"].to_numpy("float64") * gain
    return np.asarray((expected >= settings.contact_cost) & (expected > 0))


def at_risk(probability: np.ndarray, worth: np.ndarray) -> tuple[float, float, float]:
    """Expected revenue of who leaves, with its 95 % interval from chance alone (sum of independent losses)."""
    expected = float((probability * worth).sum())
    half = Z * math.sqrt(float((probability * (1 - probability) * worth**2).sum()))
    return expected, max(expected - half, 0.0), min(expected + half, float(worth.sum()))


def thresholds(past: pd.DataFrame, now: pd.DataFrame, margin_rate: float, settings: Churn) -> pd.DataFrame:
    """One row a way to choose whom to contact: the own break-even first (threshold NaN), then probabilities from a
    threshold on (those that anybody reaches). What it would have brought at the test, if the two assumptions hold.

    Columns: threshold, contacted, left, precision, cost, saved (margin of a window of the leavers, times the win-back
    rate), net, now (customers chosen today). Both frames: churn_probability, worth; `past`: churned.
    """
    ways = [(math.nan, pays(past, margin_rate, settings), pays(now, margin_rate, settings))]
    ways += [(at, *_reached(past, now, at)) for at in STEPS]
    told = [way for way in ways if np.isnan(way[0]) or way[1].any() or way[2].any()]
    return pd.DataFrame([_step(past[then], int(today.sum()), at, margin_rate, settings) for at, then, today in told])


def _reached(past: pd.DataFrame, now: pd.DataFrame, at: float) -> tuple[np.ndarray, np.ndarray]:
    then, today = ((frame["churn_probability"] >= at).to_numpy(dtype=bool) for frame in (past, now))
    return then, today


def _step(chosen: pd.DataFrame, now: int, at: float, margin_rate: float, settings: Churn) -> dict[str, float]:
    left = chosen[chosen["churned"].astype(bool)]
    saved = settings.win_back_rate * margin_rate * float(left["worth"].sum())
    cost = settings.contact_cost * len(chosen)
    return {
        "threshold": at,
        "contacted": len(chosen),
        "left": len(left),
        "precision": len(left) / len(chosen) if len(chosen) else math.nan,
        "cost": cost,
        "saved": saved,
        "net": saved - cost,
        "now": now,
    }
