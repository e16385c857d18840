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
from crm_lib.metrics.cover import covered_until, says_cover, silent_days
from crm_lib.metrics.cuts import fixed_scores, kmeans_scores, quantile_scores

DIMENSIONS = ("r", "f", "m")
MEASURES = {"r": "recency_days", "f": "frequency", "m": "monetary"}
_SQL = Path(__file__).with_name("rfm.sql")


def rfm(
    engine: Engine, as_of: date, settings: Layering, recent_days: int = 90, half_days: int | None = None
) -> pd.DataFrame:
    """Every customer known at the end of `as_of`, one row each, sorted by customer_id.

    Columns: customer_id, joined_on, first_on, last_on (first and last purchase ever), recency_days (since the last
    purchase ever or, if that is later, the end of cover, 0 for who is covered; Int64, NA without a purchase), frequency (purchases in the window), monetary (net revenue in the window),
    margin (NaN where unknown), margin_revenue (the part of monetary whose margin is known), r_score, f_score,
    m_score (1 worst .. settings.scores best), score (their mean by the settings' weights); recent_purchases (of the last
    `recent_days`), last_spend and earlier_spend (net, of the last two spans of `half_days`: half the window), covered_until (NaT where no
    payment says). The window is the settings.window_days days that end with `as_of`. Without a purchase in it all three
    scores are 1, but for r_score where recency lies within it: who is covered has the best.
    """
    half = half_days or max(settings.window_days // 2, 1)
    starts = {"recent_start": recent_days, "half_start": half, "earlier_start": 2 * half}
    days = {name: as_of - timedelta(days=length - 1) for name, length in starts.items()}
    frame = engine.run(_SQL, as_of=as_of, window_start=window_start(as_of, settings), **days)
    frame["covered_until"] = covered_until(engine, frame["customer_id"], as_of)
    since = frame["recency_days"].astype("Int64")
    if says_cover(engine):
        since = silent_days(frame["last_on"], frame["covered_until"], as_of).astype("Int64")
    return score(frame.assign(recency_days=since), settings)


def window_start(as_of: date, settings: Layering) -> date:
    """First day of the window that ends with `as_of`."""
    return as_of - timedelta(days=settings.window_days - 1)


def score(frame: pd.DataFrame, settings: Layering) -> pd.DataFrame:
    """The frame with r_score, f_score, m_score and score, from recency_days, frequency and monetary (covered_until)."""
    buyers = frame["frequency"].to_numpy() > 0
    scores = {
        "r_score": _recency_scores(frame, settings),
        "f_score": _scores(frame["frequency"].to_numpy(), buyers, settings, settings.f_cuts),
        "m_score": _scores(frame["monetary"].to_numpy(), buyers, settings, settings.m_cuts),
    }
    weights = np.array([settings.r_weight, settings.f_weight, settings.m_weight])
    weights = weights if weights.sum() > 0 else np.ones(3)
    mean = np.vstack(list(scores.values())).T @ weights / weights.sum()
    return frame.assign(**scores, score=mean)


def _recency_scores(frame: pd.DataFrame, settings: Layering) -> np.ndarray:
    """Where payments say until when they pay, who is covered has the best score and the others are compared with each
    other, from the most recent down: many silent since one day, a term's last, then have its better score, not its worse.
    """
    days = frame["recency_days"].astype("float64").to_numpy()
    cuts = [-cut for cut in reversed(settings.r_cuts)]
    if not _says_cover(frame):
        return _scores(-days, frame["frequency"].to_numpy() > 0, settings, cuts)
    counted = (days > 0) & recent(frame, settings)
    if settings.cut == "quantile":
        found = settings.scores + 1 - quantile_scores(days, counted, settings.scores)
    else:
        found = _scores(-days, counted, settings, cuts)
    return np.select([days == 0, counted], [settings.scores, found], 1)


def recent(frame: pd.DataFrame, settings: Layering) -> np.ndarray:
    """Who has a score in recency: buyers of the window, and whose cover ended in it or has not."""
    buyers = frame["frequency"].to_numpy() > 0
    if not _says_cover(frame):
        return buyers
    return buyers | (frame["recency_days"].astype("float64") < settings.window_days).to_numpy()


def _says_cover(frame: pd.DataFrame) -> bool:
    return "covered_until" in frame and bool(frame["covered_until"].notna().any())


def _scores(values: np.ndarray, buyers: np.ndarray, settings: Layering, cuts: Sequence[float]) -> np.ndarray:
    if settings.cut == "fixed":
        return fixed_scores(values, buyers, cuts)
    return (kmeans_scores if settings.cut == "kmeans" else quantile_scores)(values, buyers, settings.scores)


def cut_points(frame: pd.DataFrame, dimension: str, settings: Layering) -> pd.DataFrame:
    """What each score of 'r', 'f' or 'm' means, best score first, and last the customers without a purchase.

    Columns: score, from, to (least and greatest value among the buyers; NaN where ties leave a score empty),
    customers, share (of all customers), revenue; `bought` says whether the row is of buyers.
    """
    counted = recent(frame, settings) if dimension == "r" else frame["frequency"].to_numpy() > 0
    buyers = frame[counted]
    values = buyers[MEASURES[dimension]].astype("float64")
    groups = values.groupby(buyers[f"{dimension}_score"])
    order = pd.RangeIndex(settings.scores, 0, -1)
    table = pd.DataFrame({"from": groups.min(), "to": groups.max(), "customers": groups.size()}).reindex(order)
    table["revenue"] = buyers.groupby(f"{dimension}_score")["monetary"].sum()
    table = table.rename_axis("score").reset_index().assign(bought=True)
    others = frame[~counted]
    last = {"score": 1, "customers": len(others), "revenue": others["monetary"].sum(), "bought": False}
    table = pd.concat([table, pd.DataFrame([last])], ignore_index=True)
    table["customers"] = table["customers"].fillna(0).astype("int64")
    table["revenue"] = table["revenue"].fillna(0.0)
    table["share"] = table["customers"] / max(len(frame), 1)
    return table[["score", "from", "to", "customers", "share", "revenue", "bought"]]
