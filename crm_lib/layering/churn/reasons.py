"""Why a customer's probability differs from the typical customer's, by what is known of the customer."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crm_lib.language import Message, Value, msg, term_or_text
from crm_lib.layering.churn.features import REASONS
from crm_lib.layering.churn.models import Fitted
from crm_lib.metrics.intervals import wilson

MOST = 3  # reasons a customer
FEWEST = 30  # customers with a reason, and without it
LEAST = 0.1  # log odds: a reason raises the odds of leaving by a tenth at least
# Which side of the typical customer is the worse one, as anybody would expect it; a reason is told on that side only.
WORSE = {
    "recency": 1,
    "overdue": 1,
    "purchases": -1,
    "spend": -1,
    "trend": -1,
    "breadth": -1,
    "complaints": 1,
    "poor_scores": 1,
    "answers": -1,
    "redemptions": -1,
    "cover_left": -1,
    "visit_gap": 1,
}
_COUNTS = {"breadth": "breadth", "complaints": "complaints", "answers": "answers", "loyalty": "redemptions"}
_UNITS = (
    *("recency_days", "gap_days", "orders", "revenue", "discount_share", "tenure", "visit_gap"),
    *_COUNTS.values(),
)


def contributions(model: Fitted, matrix: np.ndarray) -> pd.DataFrame:
    """One column a reason: log odds of the customer less those of the same customer who is typical in it.

    Typical is the median of the rows of `matrix` (of the model's design); of words (channels) the mean.
    """
    plain = np.array([word is None for _, word in model.design.columns])
    typical = np.where(plain, np.median(matrix, axis=0), matrix.mean(axis=0)) if len(matrix) else np.zeros(len(plain))
    if model.weights is not None:
        weighed = (matrix - typical) * model.weights
        return pd.DataFrame({reason: weighed[:, places].sum(axis=1) for reason, places in model.design.groups.items()})
    whole, found = model.score_of(matrix), {}
    for reason, places in model.design.groups.items():
        changed = matrix.copy()
        changed[:, places] = typical[places]
        found[reason] = whole - model.score_of(changed)
    return pd.DataFrame(found)


def borne_out(found: pd.DataFrame, left: np.ndarray) -> list[str]:
    """The reasons that may be told: of the customers who have one, more left than of the others, beyond chance.

    A model that weighs much at once can count for leaving what goes with staying; nobody could make use of that.
    """
    kept = []
    for name in found.columns:
        has = (found[name] >= LEAST).to_numpy()
        with_it, without = left[has], left[~has]
        if len(with_it) < FEWEST or len(without) < FEWEST:
            continue
        low, _ = wilson(with_it.sum(), len(with_it))
        if low > without.mean():
            kept.append(str(name))
    return kept


def plausible(frame: pd.DataFrame) -> pd.DataFrame:
    """reason -> whether the customer stands on its worse side: beyond the median in one of its features in `WORSE`.

    Reasons without such a feature (channel, time as a customer, discounts) have no worse side and hold for everyone.
    Silence is one only where it is longer than the gap to be expected of the customer.
    """
    found = {}
    for reason in dict.fromkeys(REASONS.values()):
        names = [name for name in WORSE if REASONS[name] == reason]
        sides = [(WORSE[name] * (frame[name] - frame[name].median()) > 0).to_numpy() for name in names]
        found[reason] = np.any(sides, axis=0) if sides else np.ones(len(frame), dtype=bool)
    found["silence"] = found["silence"] & (frame["silent_days"] > frame["gap_days"]).to_numpy()
    return pd.DataFrame(found, index=frame.index)


def strongest(found: pd.DataFrame) -> list[tuple[str, ...]]:
    """For each row up to `MOST` reasons of at least `LEAST`, the strongest first, equal ones in the order of columns."""
    names, values = np.array(found.columns, dtype=object), found.to_numpy("float64")
    if not len(names):
        return [()] * len(found)
    order = np.argsort(-values, axis=1, kind="stable")[:, :MOST]
    strong = np.take_along_axis(values, order, axis=1) >= LEAST
    return [tuple(names[row[keep]]) for row, keep in zip(order, strong, strict=True)]


def typical(frame: pd.DataFrame) -> dict[str, float]:
    """Medians of what the reasons tell, in plain units."""
    return {name: float(frame[name].median()) for name in _UNITS}


def in_words(reason: str, row: pd.Series, usual: dict[str, float]) -> Message:
    """The reason as a fact about the customer beside the typical one. `usual` is `typical`."""
    if reason == "channel":
        word = row["join_channel"] if isinstance(row["join_channel"], str) else row["channel"]
        return msg("churn.told.channel", channel=term_or_text("channel", word if isinstance(word, str) else None))
    if reason == "silence":
        kind = "silence" if row["gaps"] else "silence_once"
        return msg(
            f"churn.told.{kind}", has=Value("days", row["recency_days"]), usual=Value("days", round(row["gap_days"]))
        )
    if reason == "trend":
        last, earlier = (Value("money", row[name]) for name in ("last_spend", "earlier_spend"))
        return msg("churn.told.trend", has=last, usual=earlier)
    if reason == "cover":
        left = row["days_covered"]
        return msg("churn.told.cover_none") if np.isnan(left) else msg("churn.told.cover", has=Value("days", left))
    kind, name, exact = {
        "frequency": ("int", "orders", False),
        "spend": ("money", "revenue", False),
        "discount": ("percent", "discount_share", False),
        "tenure": ("days", "tenure", True),
        "visits": ("days", "visit_gap", True),
    }.get(reason, ("int", _COUNTS.get(reason, reason), True))
    pair = [np.expm1(value) if exact else value for value in (row[name], usual[name])]
    has, common = (Value(kind, round(value) if exact else value) for value in pair)  # type: ignore[arg-type]
    return msg(f"churn.told.{reason}", has=has, usual=common)


def by_class(warned: pd.DataFrame) -> pd.DataFrame:
    """One row a reason that any of the warned has: reason, customers, share, and of each operating class how many.

    `warned` has reasons (tuples) and operating_class. The most frequent first, ties in the order of `REASONS`.
    """
    names = list(dict.fromkeys(REASONS.values()))
    classes = ("core", "potential", "ordinary", "dormant")
    rows = []
    for name in names:
        has = np.array([name in reasons for reasons in warned["reasons"]], dtype=bool)
        counts = {one: int((has & (warned["operating_class"] == one).to_numpy()).sum()) for one in classes}
        rows.append({"reason": name, "customers": int(has.sum()), **counts})
    table = pd.DataFrame(rows)
    table["share"] = table["customers"] / max(len(warned), 1)
    return table[table["customers"] > 0].sort_values("customers", ascending=False, kind="stable").reset_index(drop=True)
