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
    if len(values) and (whole == values).all() and whole.min() >= 0 and whole.max() < 1 << 20:
        seen = np.bincount(whole) > 0
        return np.flatnonzero(seen).astype("float64"), (np.cumsum(seen) - 1)[whole]
    known, place = np.unique(values, return_inverse=True)
    return known, place


def log_likelihood(parameters: np.ndarray, given: Histories, kind: Kind) -> tuple[float, np.ndarray]:
    """Log-likelihood (eq. 6) and its gradient in (r, alpha, a, b)."""
    return _Likelihood(given, kind)(parameters)


class _Likelihood:
    """The parts that no parameter changes, computed once; what hangs on repeats alone once for each number of them."""

    def __init__(self, given: Histories, kind: Kind) -> None:
        self.given, self.first = given, int(kind == "mbg_nbd")
        self.known, self.place = np.unique(given.repeats, return_inverse=True)
        self.counts = np.bincount(self.place, given.customers, minlength=len(self.known))

    def __call__(self, parameters: np.ndarray) -> tuple[float, np.ndarray]:
        from scipy.special import digamma, gammaln

        r, alpha, a, b = parameters
        given, counts, known = self.given, self.counts, self.known
        weight, total, chances = given.customers, given.total, known + self.first
        opened, closed = alpha + given.age_weeks, alpha + given.recency_weeks
        open_logs, silence = np.log(opened), np.log(opened / closed)
        exponent, losing = r + given.repeats, _losing(a, b, chances)[self.place]
        odds = np.exp(np.minimum(losing + exponent * silence, 700))
        lost = weight * odds / (1 + odds)
        value = (
            counts @ (gammaln(r + known) - gammaln(r) + gammaln(b + chances) - gammaln(b))
            + counts @ (gammaln(a + b) - gammaln(a + b + chances))
            + total * r * np.log(alpha)
            + weight @ (np.log1p(odds) - exponent * open_logs)
        )
        shared = digamma(a + b) - digamma(a + b + chances)
        lost_by_x = np.bincount(self.place, lost, minlength=len(known))
        gradient = [
            counts @ (digamma(r + known) - digamma(r)) + total * np.log(alpha) - weight @ open_logs + lost @ silence,
            total * r / alpha - (weight * exponent) @ (1 / opened) + (lost * exponent) @ (1 / opened - 1 / closed),
            counts @ shared + lost.sum() / a,
            counts @ (shared + digamma(b + chances) - digamma(b))
            - lost_by_x @ (1 / np.maximum(b + chances - 1, _NUDGE)),
        ]
        return float(value), np.array(gradient)


def _losing(a: float, b: float, chances: np.ndarray) -> np.ndarray:
    """Log of a / (b + k - 1), the odds of the last chance to be lost; none where there was no chance."""
    with np.errstate(divide="ignore"):
        return np.where(chances > 0, np.log(a / np.maximum(b + chances - 1, _NUDGE)), -np.inf)


def lost_odds(parameters: np.ndarray, given: Histories, kind: Kind) -> np.ndarray:
    """Odds of being lost by now: the second term of eq. 6 over its first."""
    r, alpha, a, b = parameters
    silence = np.log((alpha + given.age_weeks) / (alpha + given.recency_weeks))
    losing = _losing(a, b, given.repeats + (kind == "mbg_nbd"))
    return np.exp(np.minimum(losing + (r + given.repeats) * silence, 700))


def fit(given: Histories, kind: Kind, start: np.ndarray | None = None) -> Fit:
    """Maximum likelihood; parameters r, alpha (weeks), a, b. `start` saves steps where a similar fit is known."""
    weeks = max(float(given.customers @ given.age_weeks / given.total), 1e-9)
    if start is None:
        rate = float(given.customers @ given.repeats) / max(float(given.customers @ given.age_weeks), 1e-9)
        alpha = 0.5 / rate if rate > 0 else weeks
        start = np.array([0.5, min(max(alpha, weeks / 100), weeks * 100), 1.0, 2.0])
    scales = np.array([1.0, weeks, 1.0, 1.0])
    return maximise(_Likelihood(given, kind), start, NAMES, scales, given.total)


def p_alive(parameters: np.ndarray, given: Histories, kind: Kind) -> np.ndarray:
    """Probability that a customer of each history is not lost yet."""
    return 1 / (1 + lost_odds(parameters, given, kind))


def expected_purchases(parameters: np.ndarray, given: Histories, kind: Kind, weeks: float) -> np.ndarray:
    """Purchase days expected in the next `weeks` of a customer of each history (eq. 10).

    Of the two forms that Euler's transformation gives, the one whose power is smaller: the other may overflow.
    """
    from scipy.special import hyp2f1

    r, alpha, a, b = parameters
    a = a + _NUDGE if abs(a - 1) < _NUDGE else a
    chances = given.repeats + (kind == "mbg_nbd")
    top = a + b + chances - 1
    top = np.where(np.abs(top) < _NUDGE, _NUDGE, top)
    part = weeks / (alpha + given.age_weeks + weeks)
    exponent = r + given.repeats
    by_loss = a - 1 <= exponent
    power = np.where(by_loss, a - 1, exponent)
    series = hyp2f1(power, np.where(by_loss, top - exponent, b + chances), top, part)
    kept = 1 - np.exp(power * np.log1p(-part)) * series
    return np.maximum(top / (a - 1) * kept, 0.0) * p_alive(parameters, given, kind)
