"""What was known of each buyer at the end of a day, and what the buyer did after it."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from crm_lib.engine import Engine
from crm_lib.metrics.cover import covered_until, says_cover, silent_days
from crm_lib.metrics.last_seen import first_visit

_FOLDER = Path(__file__).parent
_BREADTH = _FOLDER.with_name("breadth.sql")
_SPEND = _FOLDER / "halves.sql"

# Feature -> the reason it belongs to. Features of one reason say the same in several ways and are told as one.
REASONS: dict[str, str] = {
    "recency": "silence",
    "overdue": "silence",
    "purchases": "frequency",
    "rhythm": "frequency",
    "spend": "spend",
    "trend": "trend",
    "pace": "trend",
    "breadth": "breadth",
    "discount_share": "discount",
    "complaints": "complaints",
    "poor_scores": "complaints",
    "answers": "answers",
    "sent": "answers",
    "redemptions": "loyalty",
    "tenure": "tenure",
    "channel": "channel",
    "join_channel": "channel",
    "cover_left": "cover",
    "visit_gap": "visits",
    "visit_pace": "visits",
}
VISIT_DAYS = 180  # that the features of visits look back on
_VISITS = ("visit_gap", "visit_pace")
_NEEDS = {
    "breadth": ("order_lines",),
    "complaints": ("tickets",),
    "poor_scores": ("surveys",),
    "answers": ("campaign_members", "interactions"),
    "sent": ("campaign_members",),
    "redemptions": ("loyalty",),
    "join_channel": ("customers",),
}
CATEGORIES = ("channel", "join_channel")


def features(engine: Engine, cut: date, lookback_days: int) -> pd.DataFrame:
    """One row a customer with a purchase in the `lookback_days` up to `cut`, sorted by customer_id.

    Everything counts within the look-back only, so that every cut-off sees as much as any other. Columns: customer_id,
    those of `REASONS` (counts, days and money as logarithms of one plus; shares as they are; channels as words), and in
    plain units recency_days, silent_days (since the last purchase or, if later, the end of cover), days_covered (to that
    end; NaN for who is not covered), gap_days (own mean gap, drawn to all buyers' by the weight of one gap: the gap to be
    expected), gaps (own), orders, revenue, last_spend and earlier_spend (of its halves), observed_days (to the end of cover where that lies ahead). Columns for which there is no data are 0.
    """
    days = {"cut": cut, "since": cut - timedelta(days=lookback_days - 1)}
    found = engine.run(_FOLDER / "purchases.sql", **days)
    ids = pd.Index(found["customer_id"])
    spend = _aligned(engine.run(_SPEND, **_halves(cut, lookback_days)), ids)
    signals = _aligned(engine.run(_FOLDER / "signals.sql", **days), ids)
    joined = _aligned(engine.run(_FOLDER / "joined.sql", **days), ids)
    breadth = _aligned(engine.run(_BREADTH, as_of=cut, window_start=days["since"]), ids)
    until = covered_until(engine, found["customer_id"], cut)
    frame = _in_units(found, spend, joined, until, cut, lookback_days)
    frame["breadth"] = np.log1p(breadth["categories"].fillna(0.0).to_numpy("float64"))
    for name in ("complaints", "poor_scores", "answers", "sent", "redemptions"):
        frame[name] = np.log1p(signals[name].fillna(0.0).to_numpy("float64"))
    return frame.assign(**_visits(engine, ids, cut))


def _visits(engine: Engine, ids: pd.Index, cut: date) -> dict[str, np.ndarray]:
    """visit_gap: days since the last visit, at most VISIT_DAYS, as logarithm of one plus; visit_pace: visits of the later
    half of these days less those of the earlier one, by the chance deviation of their sum."""
    if not engine.has("visits"):
        return dict.fromkeys(_VISITS, np.zeros(len(ids)))
    days = {"since": cut - timedelta(days=VISIT_DAYS // 2 - 1), "before_since": cut - timedelta(days=VISIT_DAYS - 1)}
    found = _aligned(engine.run(_FOLDER / "visits.sql", cut=cut, **days), ids)
    gap = (pd.Timestamp(cut) - found["last_on"]).dt.days.fillna(VISIT_DAYS).to_numpy("float64")
    recent, earlier = (found[name].fillna(0.0).to_numpy("float64") for name in ("recent", "earlier"))
    return {"visit_gap": np.log1p(gap), "visit_pace": (recent - earlier) / np.sqrt(np.maximum(recent + earlier, 1.0))}


def known(engine: Engine, earliest: date | None = None) -> tuple[list[str], list[str]]:
    """(features that the data carry, those that they do not). `earliest` is the first day that they are asked for."""
    lacking = [name for name, tables in _NEEDS.items() if not any(engine.has(table) for table in tables)]
    beside = [] if says_cover(engine) else ["cover_left"]  # of a trade without terms, or visits, nothing is missing
    visited = first_visit(engine)
    reached = visited is not None and (earliest is None or (earliest - visited).days >= VISIT_DAYS - 1)
    beside += [] if reached else [*_VISITS]
    return [name for name in REASONS if name not in lacking and name not in beside], lacking


def outcomes(engine: Engine, ids: pd.Series, cut: date, churn_days: int, repurchase_days: int) -> pd.DataFrame:
    """(churned, repurchased, spent) of `ids` in the windows that begin the day after `cut`.

    Churned: no purchase in the window, and not covered on its last day. Spent: net, in the window of churning.
    """
    last = cut + timedelta(days=churn_days)
    covered = (covered_until(engine, ids, last) >= pd.Timestamp(last)).to_numpy()
    until = cut + timedelta(days=max(churn_days, repurchase_days))
    found = _aligned(engine.run(_FOLDER / "next_purchase.sql", cut=cut, until=until, spent_until=last), pd.Index(ids))
    days = (found["next_on"] - pd.Timestamp(cut)).dt.days.to_numpy("float64")
    spent = found["spent"].fillna(0.0).to_numpy("float64")
    left = ~(days <= churn_days) & ~covered
    return pd.DataFrame({"churned": left, "repurchased": days <= repurchase_days, "spent": spent})


def _halves(cut: date, lookback_days: int) -> dict[str, date]:
    half = lookback_days // 2
    return {
        "as_of": cut,
        "recent_start": cut,
        "half_start": cut - timedelta(days=half - 1),
        "earlier_start": cut - timedelta(days=2 * half - 1),
    }


def _aligned(found: pd.DataFrame, ids: pd.Index) -> pd.DataFrame:
    return found.set_index("customer_id").reindex(ids).reset_index(drop=True)


def _in_units(
    found: pd.DataFrame, spend: pd.DataFrame, joined: pd.DataFrame, until: pd.Series, cut: date, lookback_days: int
) -> pd.DataFrame:
    day = pd.Timestamp(cut)
    recency = (day - found["last_on"]).dt.days.to_numpy("float64")
    silent = silent_days(found["last_on"], until, cut).to_numpy("float64")
    covered = (until - day).dt.days.where(until >= day).to_numpy("float64")
    seen = (day - found["first_on"]).dt.days.to_numpy("float64") + 1 + np.nan_to_num(covered)
    gap = _own_gap(found, lookback_days)
    last, earlier = (spend[name].fillna(0.0).to_numpy("float64") for name in ("last_spend", "earlier_spend"))
    revenue, size = last + earlier, np.abs(last) + np.abs(earlier)
    gaps, early = found["gaps"].to_numpy("float64"), found["early_repeats"].to_numpy("float64")
    paid, discount = found["paid"].to_numpy("float64"), found["discount"].to_numpy("float64")
    tenure = (day - joined["joined_on"].fillna(found["first_on"])).dt.days.to_numpy("float64")
    return pd.DataFrame(
        {
            "customer_id": found["customer_id"],
            "recency_days": recency,
            "silent_days": silent,
            "days_covered": covered,
            "gap_days": gap,
            "gaps": gaps,
            "orders": found["purchases"].to_numpy("float64"),
            "revenue": revenue,
            "last_spend": last,
            "earlier_spend": earlier,
            "observed_days": seen,
            "recency": np.log1p(silent),
            "overdue": np.log1p(silent / gap),
            "purchases": np.log1p(found["purchases"].to_numpy("float64")),
            "rhythm": np.log1p(gap),
            "spend": np.log1p(np.maximum(revenue, 0.0)),
            "trend": np.divide(last - earlier, size, out=np.zeros_like(size), where=size > 0),
            "pace": (gaps - 2 * early) / np.sqrt(np.maximum(gaps, 1.0)),
            "discount_share": discount / (paid + discount),
            "tenure": np.log1p(np.maximum(tenure, 0.0)),
            "channel": found["channel"],
            "join_channel": joined["join_channel"],
            "cover_left": np.log1p(np.nan_to_num(covered)),
        }
    )


def _own_gap(found: pd.DataFrame, lookback_days: int) -> np.ndarray:
    """Mean days between purchase days, with one gap of all buyers' mean added: who bought once takes that mean."""
    gaps = found["gaps"].to_numpy("float64")
    total = (found["last_on"] - found["first_on"]).dt.days.to_numpy("float64")
    everyone = total.sum() / gaps.sum() if gaps.sum() else float(lookback_days)
    return np.asarray((total + everyone) / (gaps + 1))
