"""The potential index: how a customer's activity, growth, breadth and engagement compare with other buyers'.

Each part is a percentile rank among the customers who bought in the window; the index is the mean of the parts that
are known for the customer. It orders customers, it does not forecast.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from crm_lib.engine import Engine

PARTS = ("activity", "growth", "breadth", "engagement", "spend")
_FOLDER = Path(__file__).parent


def potential(
    engine: Engine,
    scored: pd.DataFrame,
    as_of: date,
    window_start: date,
    recent_days: int,
    half_days: int,
    predicted_spend: pd.Series | None = None,
) -> pd.DataFrame:
    """`scored` (metrics.rfm with the same days) with the parts, their ranks `<part>_rank` and `potential` (0..1, NaN where none is known).

    activity: purchases of the last `recent_days` against the customer's own rhythm, one added to both sides;
    growth: (last - earlier) / (|last| + |earlier|) of the spend of the last two spans of `half_days`, for customers
    who had bought before the last one; breadth: categories bought in the window, ranked among buyers with the same
    frequency score; engagement: campaigns and interactions answered in the window; spend: what a model of lifetime value expects the
    customer to spend (by customer_id), where there is one.
    """
    days = {"as_of": as_of, "window_start": window_start}
    frame = scored.copy()
    frame["activity"] = _activity(frame, as_of, window_start, recent_days)
    frame["growth"] = _growth(frame, as_of - timedelta(days=half_days - 1))
    frame["breadth"] = _count(engine, frame, "breadth.sql", "categories", ("order_lines",), days)
    frame["engagement"] = _count(engine, frame, "engagement.sql", "answers", ("campaign_members", "interactions"), days)
    frame.loc[frame["last_on"].isna(), "breadth"] = np.nan
    frame["spend"] = np.nan if predicted_spend is None else frame["customer_id"].map(predicted_spend).astype("float64")
    buyers = frame["frequency"].to_numpy() > 0
    for part in PARTS:
        rank = partial(_rank_among_peers, frame["f_score"].to_numpy()) if part == "breadth" else _rank
        frame[f"{part}_rank"] = rank(frame[part].to_numpy("float64"), buyers)
    frame["potential"] = frame[[f"{part}_rank" for part in PARTS]].mean(axis=1)
    return frame.drop(columns=["last_spend", "earlier_spend"])


def parts_used(frame: pd.DataFrame) -> tuple[str, ...]:
    """The parts for which there are data."""
    return tuple(part for part in PARTS if frame[f"{part}_rank"].notna().any())


def _activity(frame: pd.DataFrame, as_of: date, window_start: date, recent_days: int) -> pd.Series:
    opened = pd.Timestamp(window_start)
    seen = frame["first_on"].where(frame["first_on"].isna() | (frame["first_on"] >= opened), opened)
    seen_days = ((pd.Timestamp(as_of) - seen).dt.days + 1).clip(lower=recent_days)
    expected = frame["frequency"] * recent_days / seen_days
    return (frame["recent_purchases"] + 1) / (expected + 1)


def _growth(frame: pd.DataFrame, half_start: date) -> pd.Series:
    size = frame["last_spend"].abs() + frame["earlier_spend"].abs()
    comparable = (size > 0) & (frame["first_on"] < pd.Timestamp(half_start))
    return ((frame["last_spend"] - frame["earlier_spend"]) / size.where(size > 0)).where(comparable)


def _count(
    engine: Engine, frame: pd.DataFrame, file: str, column: str, tables: tuple[str, ...], days: dict[str, date]
) -> pd.Series:
    """Counts of a query by customer, 0 where it has no row; NaN for all where it has none at all."""
    found = engine.run(_FOLDER / file, **days) if any(engine.has(table) for table in tables) else pd.DataFrame()
    if found.empty:
        return pd.Series(np.nan, index=frame.index)
    return frame["customer_id"].map(found.set_index("customer_id")[column]).fillna(0).astype("float64")


def _rank(values: np.ndarray, buyers: np.ndarray) -> np.ndarray:
    return rank_among(values, values[buyers])


def _rank_among_peers(peers: np.ndarray, values: np.ndarray, buyers: np.ndarray) -> np.ndarray:
    ranks = np.full(len(values), np.nan)
    for peer in np.unique(peers):
        group = peers == peer
        ranks[group] = _rank(values[group], buyers[group])
    return ranks


def rank_among(values: np.ndarray, base: np.ndarray) -> np.ndarray:
    """Share of `base` below each value, those equal counted half; NaN for NaN or without a base."""
    known = np.sort(base[~np.isnan(base)])
    found = np.full(len(values), np.nan)
    if not len(known):
        return found
    asked = np.flatnonzero(~np.isnan(values))
    asked = asked[np.argsort(values[asked])]  # in their order a search costs a fraction of what it does at random
    ascending = values[asked]
    found[asked] = (np.searchsorted(known, ascending, "left") + np.searchsorted(known, ascending, "right")) / (
        2 * len(known)
    )
    return found
