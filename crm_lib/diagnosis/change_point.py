"""Since which month: the split of a monthly series into a level before and a level after that explains it best."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

SHORTEST = 3  # months on either side of a change
YOUNGER = 0.5  # of what is left within the levels, that a later month may leave to be the first of the new level
LEAST_F = 15.0  # of the split; about 3 % of ten months without a change reach it by chance


@dataclass(frozen=True)
class Change:
    """`period` is the first month of the new level."""

    period: str
    before: float
    after: float
    f: float


def change_point(periods: np.ndarray, values: np.ndarray, weights: np.ndarray) -> Change | None:
    """The clearest change of level in a series, or None where there is none. NaN and weight 0 are left out.

    One split by weighted least squares, found by trying all; F compares what lies between the two levels with what
    is left within them (one and n - 2 degrees of freedom). A slow rise or fall, which a straight line fits better, has
    no first month.
    """
    known = ~np.isnan(values) & (weights > 0)
    periods, values, weights = periods[known], values[known], weights[known]
    best = max(_splits(values, weights), key=lambda split: split[1], default=None)
    if best is None or best[1] < LEAST_F:
        return None
    at, f = best
    if _about_line(values, weights) < _within(values, weights, at):
        return None
    at = _later(values, weights, at)
    before, after = (float(np.average(values[s], weights=weights[s])) for s in (slice(at), slice(at, None)))
    return Change(str(periods[at]), before, after, f)


def _later(values: np.ndarray, weights: np.ndarray, at: int) -> int:
    """The split itself; where it is the last that leaves SHORTEST months after it, one of the later months if that halves
    what is left within the levels: the new level is then younger than SHORTEST months."""
    if at != len(values) - SHORTEST:
        return at
    within = {i: _within(values, weights, i) for i in range(at, len(values))}
    best = min(within, key=lambda i: (within[i], i))
    return best if within[best] < YOUNGER * within[at] else at


def _splits(values: np.ndarray, weights: np.ndarray) -> list[tuple[int, float]]:
    """(index of the first month after, F) of every split that leaves SHORTEST months on either side."""
    n = len(values)
    if n < 2 * SHORTEST:
        return []
    w, wx, wxx = (np.concatenate([[0.0], np.cumsum(part)]) for part in (weights, weights * values, weights * values**2))
    at = np.arange(SHORTEST, n - SHORTEST + 1)
    total = _scatter(w[n], wx[n], wxx[n])
    within = _scatter(w[at], wx[at], wxx[at]) + _scatter(w[n] - w[at], wx[n] - wx[at], wxx[n] - wxx[at])
    noise = np.maximum(within / (n - 2), 1e-9 * max(float(total), 1e-9))
    return [(int(i), float(f)) for i, f in zip(at, (total - within) / noise, strict=True)]


def _within(values: np.ndarray, weights: np.ndarray, at: int) -> float:
    """Weighted sum of squares about the two levels."""
    sides = ((values[s], weights[s]) for s in (slice(at), slice(at, None)))
    return sum(float(np.sum(w * (x - np.average(x, weights=w)) ** 2)) for x, w in sides)


def _about_line(values: np.ndarray, weights: np.ndarray) -> float:
    """Weighted sum of squares about the straight line."""
    root, months = np.sqrt(weights), np.arange(len(values), dtype=float)
    columns = np.column_stack([root, root * months])
    fitted = columns @ np.linalg.lstsq(columns, root * values, rcond=None)[0]
    return float(np.sum((root * values - fitted) ** 2))


def _scatter(w: np.ndarray, wx: np.ndarray, wxx: np.ndarray) -> np.ndarray:
    """Weighted sum of squares about the mean, from the sums of weights, values and squares."""
    return np.maximum(wxx - wx**2 / w, 0.0)
