"""How good probabilities were: what they said against what came of it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from crm_lib.metrics.intervals import Z, wilson

TOP_SHARE = 0.1
BANDS = 10


@dataclass(frozen=True)
class Record:
    """Of `n` buyers `positives` had the outcome. `top_*` are of the tenth with the highest probabilities."""

    n: int
    positives: int
    auc: float
    auc_low: float
    auc_high: float
    brier: float
    brier_of_base: float  # of saying the share of all for everyone
    mean_probability: float
    top_n: int
    top_precision: float
    top_low: float
    top_high: float
    lift: float

    @property
    def base(self) -> float:
        return self.positives / self.n if self.n else math.nan


def record(probability: np.ndarray, outcome: np.ndarray) -> Record:
    """Record of probabilities in the order of customer_id, which breaks ties at the top."""
    outcome = np.asarray(outcome, dtype=bool)
    n, positives = len(outcome), int(outcome.sum())
    area, error = auc(probability, outcome)
    base = positives / n if n else math.nan
    top = highest(probability, math.ceil(n * TOP_SHARE))
    hits = int(outcome[top].sum())
    low, high = wilson(hits, len(top)) if n else (math.nan, math.nan)
    precision = hits / len(top) if n else math.nan
    return Record(
        n=n,
        positives=positives,
        auc=area,
        auc_low=max(area - Z * error, 0.0),
        auc_high=min(area + Z * error, 1.0),
        brier=float(np.mean((probability - outcome) ** 2)) if n else math.nan,
        brier_of_base=base * (1 - base),
        mean_probability=float(np.mean(probability)) if n else math.nan,
        top_n=len(top),
        top_precision=precision,
        top_low=float(low),
        top_high=float(high),
        lift=precision / base if base else math.nan,
    )


def highest(probability: np.ndarray, count: int) -> np.ndarray:
    """Positions of the `count` highest, the earlier row first among equals."""
    return np.argsort(-probability, kind="stable")[:count]


def auc(probability: np.ndarray, outcome: np.ndarray) -> tuple[float, float]:
    """Area under the ROC curve and its standard error; NaN where only one outcome is there.

    Eq. 5, DeLong, DeLong and Clarke-Pearson 1988, by midranks (Sun and Xu 2014).
    """
    found = _placements(probability, outcome)
    if found is None:
        return math.nan, math.nan
    of_positives, of_negatives = found
    return float(of_positives.mean()), math.sqrt(_variance(of_positives) + _variance(of_negatives))


def auc_difference(one: np.ndarray, other: np.ndarray, outcome: np.ndarray) -> tuple[float, float, float]:
    """AUC of `one` less that of `other` on the same rows, with its 95 % interval; NaN as in `auc`."""
    a, b = _placements(one, outcome), _placements(other, outcome)
    if a is None or b is None:
        return math.nan, math.nan, math.nan
    difference = float(a[0].mean() - b[0].mean())
    half = Z * math.sqrt(_variance(a[0] - b[0]) + _variance(a[1] - b[1]))
    return difference, difference - half, difference + half


def _placements(probability: np.ndarray, outcome: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
    """For each positive the share of negatives below it, for each negative the share of positives above it."""
    outcome = np.asarray(outcome, dtype=bool)
    positives, negatives = int(outcome.sum()), int((~outcome).sum())
    if not positives or not negatives:
        return None
    ranks = pd.Series(probability).rank().to_numpy()
    own = np.empty(len(outcome))
    own[outcome] = pd.Series(probability[outcome]).rank().to_numpy()
    own[~outcome] = pd.Series(probability[~outcome]).rank().to_numpy()
    return (ranks - own)[outcome] / negatives, 1 - (ranks - own)[~outcome] / positives


def _variance(values: np.ndarray) -> float:
    """Of the mean."""
    return float(values.var(ddof=1) / len(values)) if len(values) > 1 else 0.0


def calibration(probability: np.ndarray, outcome: np.ndarray) -> pd.DataFrame:
    """One row a band of about a tenth of the buyers, from the lowest probabilities on; equal ones share a band.

    Columns: band, customers, forecast (mean probability), observed (share), low, high.
    """
    band = np.ceil(pd.Series(probability).rank(method="max", pct=True) * BANDS).astype(int)
    frame = pd.DataFrame({"band": band, "forecast": probability, "observed": np.asarray(outcome, dtype="float64")})
    table = frame.groupby("band", as_index=False).agg(
        customers=("forecast", "size"), forecast=("forecast", "mean"), observed=("observed", "mean")
    )
    low, high = wilson(table["observed"] * table["customers"], table["customers"])
    return table.assign(low=low, high=high)


def gains(probability: np.ndarray, outcome: np.ndarray) -> pd.DataFrame:
    """customer_share, found_share: of those who had the outcome, the share among so many with the highest values."""
    order = np.asarray(outcome, dtype="float64")[highest(probability, len(probability))]
    found = np.concatenate([[0.0], np.cumsum(order)]) / max(order.sum(), 1.0)
    steps = np.arange(0, 101) / 100
    return pd.DataFrame({"customer_share": steps, "found_share": found[np.ceil(steps * len(order) - 1e-9).astype(int)]})
