"""Scores from cut points: equal parts of the customers, fixed thresholds, or k-means in one dimension.

Each way gives equal values equal scores and greater values no lower ones, whatever the order of rows.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

MOST_BINS = 1000
_MOST_ROUNDS = 300


def quantile_scores(values: np.ndarray, counted: np.ndarray, scores: int) -> np.ndarray:
    """1 + floor(scores x share of the counted that lie strictly below); 1 for those who are not counted."""
    found = np.ones(len(values), dtype="int64")
    histogram, where, counts = np.unique(values[counted], return_inverse=True, return_counts=True)
    if len(histogram):
        below = np.cumsum(counts) - counts
        found[counted] = (1 + scores * below // counts.sum())[where]
    return found


def fixed_scores(values: np.ndarray, counted: np.ndarray, cuts: Sequence[float]) -> np.ndarray:
    """1 + the number of ascending cut points that a value reaches; 1 for those who are not counted."""
    found = np.ones(len(values), dtype="int64")
    found[counted] = 1 + np.searchsorted(np.asarray(cuts, dtype="float64"), values[counted], side="right")
    return found


def kmeans_scores(values: np.ndarray, counted: np.ndarray, scores: int) -> np.ndarray:
    """The place of the value's cluster among `scores` clusters, 1 for the lowest and for those who are not counted.

    The best clusters of up to `MOST_BINS` different values, exactly; of more, the best of their bins, refined by
    Lloyd's algorithm (1982). Sums are of sorted values, so neither row order nor threads change a bit. With fewer
    different values than scores each is a cluster of its own, and some scores stay empty.
    """
    found = np.ones(len(values), dtype="int64")
    histogram, where, counts = np.unique(values[counted], return_inverse=True, return_counts=True)
    if not len(histogram):
        return found
    clusters = min(scores, len(histogram))
    edges = _clusters(histogram, counts, clusters)
    place = np.searchsorted(edges, np.arange(len(histogram)), side="right")
    found[counted] = (1 + scores * place // clusters)[where]
    return found


def _clusters(histogram: np.ndarray, counts: np.ndarray, clusters: int) -> np.ndarray:
    """Positions in the histogram where the second, third, ... cluster begins."""
    starts = _bins(histogram, counts)
    weights = np.add.reduceat(counts, starts).astype("float64")
    means = np.add.reduceat(counts * histogram, starts) / weights
    edges = starts[_best_edges(means, weights, clusters)]
    weights, sums = (np.concatenate([[0.0], np.cumsum(part)]) for part in (counts, counts * histogram))
    for _ in range(_MOST_ROUNDS):
        ends = np.concatenate([[0], edges, [len(histogram)]])
        centres = np.diff(sums[ends]) / np.diff(weights[ends])
        moved = np.searchsorted(histogram, (centres[:-1] + centres[1:]) / 2, side="left")
        if np.array_equal(moved, edges) or not np.diff([0, *moved, len(histogram)]).all():
            break
        edges = moved
    return edges


def _bins(histogram: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Where bins of neighbouring values begin: half of them equally filled, half equally wide; one a value of few."""
    if len(histogram) <= MOST_BINS:
        return np.arange(len(histogram))
    half = np.arange(MOST_BINS // 2) / (MOST_BINS // 2)
    filled = np.searchsorted(np.cumsum(counts), half * counts.sum())
    wide = np.searchsorted(histogram, histogram[0] + half * (histogram[-1] - histogram[0]))
    return np.unique(np.concatenate([filled, wide]))


def _best_edges(values: np.ndarray, weights: np.ndarray, clusters: int) -> np.ndarray:
    """Where clusters begin after the first, for the least sum of squares (dynamic programming, Wang and Song 2011)."""
    centred = values - (values * weights).sum() / weights.sum()
    w, s, q = (np.concatenate([[0.0], np.cumsum(weights * centred**power)]) for power in (0, 1, 2))
    first, last = np.arange(len(values))[:, None], np.arange(len(values))[None, :]
    mass = np.where(first <= last, w[last + 1] - w[first], 1.0)
    cost = np.where(first <= last, q[last + 1] - q[first] - (s[last + 1] - s[first]) ** 2 / mass, np.inf)
    best, chosen = cost[0], []
    for _ in range(clusters - 1):
        total = np.concatenate([[np.inf], best[:-1]])[:, None] + cost
        chosen.append(total.argmin(axis=0))
        best = total.min(axis=0)
    edges, end = [], len(values) - 1
    for begins in reversed(chosen):
        edges.append(int(begins[end]))
        end = edges[-1] - 1
    return np.array(edges[::-1], dtype="int64")
