"""How often customers will buy: BG/NBD and MBG/NBD by maximum likelihood, time in weeks.

BG/NBD: Fader, Hardie and Lee 2005, "Counting Your Customers" the Easy Way, eq. 6 to 10. MBG/NBD: Batislam, Denizel
and Filiztekin 2007; Hoppe and Wagner 2007: a customer may also be lost right after the first purchase. Both are one
formula with k = x (BG) or k = x + 1 (MBG) chances so far to be lost.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from crm_lib.layering.lifetime_value.fitting import Fit, maximise

Kind = Literal["bg_nbd", "mbg_nbd"]
NAMES = ("r", "alpha", "a", "b")
_NUDGE = 1e-7  # off a removable singularity of the expectation


@dataclass(frozen=True)
class Histories:
    """Distinct (repeats, recency_weeks, age_weeks), how many customers share each, and which row is whose."""

    repeats: np.ndarray
    recency_weeks: np.ndarray
    age_weeks: np.ndarray
    customers: np.ndarray
    of_customer: np.ndarray

    @property
    def total(self) -> float:
        return float(self.customers.sum())


def histories(repeats: np.ndarray, recency_weeks: np.ndarray, age_weeks: np.ndarray) -> Histories:
    """Equal rows told once with their number, in an order that does not depend on that of the customers."""
    codes, parts = np.zeros(len(repeats), dtype="int64"), []
    for values in (repeats, recency_weeks, age_weeks):
        known, place = _distinct(np.asarray(values, dtype="float64"))
        parts.append(known)
        codes = codes * max(len(known), 1) + place
    keys, of_customer, counts = np.unique(codes, return_inverse=True, return_counts=True)
    ages = max(len(parts[2]), 1)
    recencies = max(len(parts[1]), 1)
    return Histories(
        parts[0][keys // (ages * recencies)],
        parts[1][keys // ages % recencies],
        parts[2][keys % ages],
        counts.astype("float64"),
        of_customer,
    )


def _distinct(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Sorted distinct values and the place of each; whole numbers are counted, which is faster than sorting."""
    whole = values.astype("int64")
    if len(values) and (whole == values).all() and 0 <= whole.min() and whole.max() < 1 << 20:
        seen = np.bincount(whole) > 0
        return np.flatnonzero(seen).astype("float64"), (np.cumsum(seen) - 1)[whole]
    known, place = np.unique(values, return_inverse=True)
    return known, place


def log_likelihood(parameters: np.ndarray, given: Histories, kind: Kind) -> tuple[float, np.ndarray]:
    """Log-likelihood (eq. 6) and its gradient in (r, alpha, a, b)."""
    from scipy.special import digamma, gammaln

    r, alpha, a, b = parameters
    x, weight = given.repeats, given.customers
    known, place = np.unique(x, return_inverse=True)
    counts = np.bincount(place, weight, minlength=len(known))
    chances = known + (kind == "mbg_nbd")
    open_log, closed_log = np.log(alpha + given.age_weeks), np.log(alpha + given.recency_weeks)
    odds = lost_odds(parameters, given, kind)
    lost = weight * odds / (1 + odds)
    exponent = r + x
    value = (
        counts @ (gammaln(r + known) - gammaln(r) + gammaln(b + chances) - gammaln(b))
        + counts @ (gammaln(a + b) - gammaln(a + b + chances))
        + given.total * r * np.log(alpha)
        + weight @ (np.log1p(odds) - exponent * open_log)
    )
    common = digamma(a + b) - digamma(a + b + chances)
    stays = np.maximum(x + (kind == "mbg_nbd") + b - 1, _NUDGE)
    gradient = [
        counts @ (digamma(r + known) - digamma(r)) + given.total * np.log(alpha) - weight @ open_log
        + lost @ (open_log - closed_log),
        given.total * r / alpha - (weight * exponent) @ (1 / (alpha + given.age_weeks))
        + (lost * exponent) @ (1 / (alpha + given.age_weeks) - 1 / (alpha + given.recency_weeks)),
        counts @ common + lost.sum() / a,
        counts @ (common + digamma(b + chances) - digamma(b)) - lost @ (1 / stays),
    ]  # fmt: skip
    return float(value), np.array(gradient)


def lost_odds(parameters: np.ndarray, given: Histories, kind: Kind) -> np.ndarray:
    """Odds of being lost by now: the second term of eq. 6 over its first."""
    r, alpha, a, b = parameters
    chances = given.repeats + (kind == "mbg_nbd")
    silence = np.log(alpha + given.age_weeks) - np.log(alpha + given.recency_weeks)
    logs = np.log(a) - np.log(np.maximum(b + chances - 1, _NUDGE)) + (r + given.repeats) * silence
    return np.where(chances > 0, np.exp(np.minimum(logs, 700)), 0.0)


def fit(given: Histories, kind: Kind) -> Fit:
    """Maximum likelihood; parameters r, alpha (weeks), a, b."""
    weeks = max(float(given.customers @ given.age_weeks / given.total), 1e-9)
    rate = max(float(given.customers @ given.repeats / (given.customers @ given.age_weeks or 1)), 1e-9)
    start = np.array([0.5, min(max(0.5 / rate, weeks / 100), weeks * 100), 1.0, 2.0])
    scales = np.array([1.0, weeks, 1.0, 1.0])
    return maximise(lambda p: log_likelihood(p, given, kind), start, NAMES, scales, given.total)


def p_alive(parameters: np.ndarray, given: Histories, kind: Kind) -> np.ndarray:
    """Probability that a customer of each history is not lost yet."""
    return 1 / (1 + lost_odds(parameters, given, kind))


def expected_purchases(parameters: np.ndarray, given: Histories, kind: Kind, weeks: float) -> np.ndarray:
    """Purchase days expected in the next `weeks` of a customer of each history (eq. 10, by Euler's transformation)."""
    from scipy.special import hyp2f1

    r, alpha, a, b = parameters
    a = a + _NUDGE if abs(a - 1) < _NUDGE else a
    chances = given.repeats + (kind == "mbg_nbd")
    top = a + b + chances - 1
    top = np.where(np.abs(top) < _NUDGE, _NUDGE, top)
    part = weeks / (alpha + given.age_weeks + weeks)
    series = hyp2f1(a - 1, top - r - given.repeats, top, part)
    kept = 1 - np.exp((a - 1) * np.log1p(-part)) * series
    return np.maximum(top / (a - 1) * kept, 0.0) * p_alive(parameters, given, kind)


def expected_from_new(parameters: np.ndarray, kind: Kind, weeks: np.ndarray) -> np.ndarray:
    """Repeat purchase days that a new customer is expected to make in so many weeks (eq. 9)."""
    none = np.zeros(len(weeks))
    new = Histories(none, none, none, none + 1, np.arange(len(weeks)))
    return np.array([expected_purchases(parameters, _one(new, i), kind, float(w))[0] for i, w in enumerate(weeks)])


def _one(given: Histories, i: int) -> Histories:
    return Histories(*(part[i : i + 1] for part in (
        given.repeats, given.recency_weeks, given.age_weeks, given.customers, given.of_customer
    )))  # fmt: skip
