"""Recency, frequency and monetary value of every known customer, scored by cut points of the values (`cuts`).

Quantile scores count how many of `scores` equal parts of the buyers lie strictly below the value (the inverse of the
empirical distribution, no interpolation), so equal values always get equal scores and no order of rows can change them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from crm_lib.engagement import Layering
from crm_lib.engine import Engine
from crm_lib.metrics.cuts import fixed_scores, kmeans_scores, quantile_scores

DIMENSIONS = ("r", "f", "m")
MEASURES = {"r": "recency_days", "f": "frequency", "m": "monetary"}
_SQL = Path(__file__).with_name("rfm.sql")


def rfm(
    engine: Engine, as_of: date, settings: Layering, recent_days: int = 90, half_days: int | None = None
) -> pd.DataFrame:
    """Every customer known at the end of `as_of`, one row each, sorted by customer_id.

    Columns: customer_id, joined_on, first_on, last_on (first and last purchase ever), recency_days (since the last
    purchase ever, Int64, NA without one), frequency (purchases in the window), monetary (net revenue in the window),
    margin (NaN where unknown), margin_revenue (the part of monetary whose margin is known), r_score, f_score,
    m_score (1 worst .. settings.scores best), score (their mean by the settings' weights); recent_purchases (of the last
    `recent_days`), last_spend and earlier_spend (net, of the last two spans of `half_days`: half the window). The window is the
    settings.window_days days that end with `as_of`. Without a purchase in it all three scores are 1.
    """
    half = half_days or max(settings.window_days // 2, 1)
    starts = {"recent_start": recent_days, "half_start": half, "earlier_start": 2 * half}
    days = {name: as_of - timedelta(days=length - 1) for name, length in starts.items()}
    frame = engine.run(_SQL, as_of=as_of, window_start=window_start(as_of, settings), **days)
    frame["recency_days"] = frame["recency_days"].astype("Int64")
    return score(frame, settings)


def window_start(as_of: date, settings: Layering) -> date:
    """First day of the window that ends with `as_of`."""
    return as_of - timedelta(days=settings.window_days - 1)


def score(frame: pd.DataFrame, settings: Layering) -> pd.DataFrame:
    """The frame with r_score, f_score, m_score and score, from recency_days, frequency and monetary."""
    buyers = frame["frequency"].to_numpy() > 0
    recency = -frame["recency_days"].astype("float64").to_numpy()
    scores = {
        "r_score": _scores(recency, buyers, settings, [-cut for cut in reversed(settings.r_cuts)]),
        "f_score": _scores(frame["frequency"].to_numpy(), buyers, settings, settings.f_cuts),
        "m_score": _scores(frame["monetary"].to_numpy(), buyers, settings, settings.m_cuts),
    }
    weights = np.array([settings.r_weight, settings.f_weight, settings.m_weight])
    weights = weights if weights.sum() > 0 else np.ones(3)
    mean = np.vstack(list(scores.values())).T @ weights / weights.sum()
    return frame.assign(**scores, score=mean)


def _scores(values: np.ndarray, buyers: np.ndarray, settings: Layering, cuts: Sequence[float]) -> np.ndarray:
    if settings.cut == "fixed":
        return fixed_scores(values, buyers, cuts)
    return (kmeans_scores if settings.cut == "kmeans" else quantile_scores)(values, buyers, settings.scores)


def cut_points(frame: pd.DataFrame, dimension: str, settings: Layering) -> pd.DataFrame:
    """What each score of 'r', 'f' or 'm' means, best score first, and last the customers without a purchase.

    Columns: score, from, to (least and greatest value among the buyers; NaN where ties leave a score empty),
    customers, share (of all customers), revenue; `bought` says whether the row is of buyers.
    """
    buyers = frame[frame["frequency"] > 0]
    values = buyers[MEASURES[dimension]].astype("float64")
    groups = values.groupby(buyers[f"{dimension}_score"])
    order = pd.RangeIndex(settings.scores, 0, -1)
    table = pd.DataFrame({"from": groups.min(), "to": groups.max(), "customers": groups.size()}).reindex(order)
    table["revenue"] = buyers.groupby(f"{dimension}_score")["monetary"].sum()
    table = table.rename_axis("score").reset_index().assign(bought=True)
    others = frame[frame["frequency"] <= 0]
    last = {"score": 1, "customers": len(others), "revenue": others["monetary"].sum(), "bought": False}
    table = pd.concat([table, pd.DataFrame([last])], ignore_index=True)
    table["customers"] = table["customers"].fillna(0).astype("int64")
    table["revenue"] = table["revenue"].fillna(0.0)
    table["share"] = table["customers"] / max(len(frame), 1)
    return table[["score", "from", "to", "customers", "share", "revenue", "bought"]]
