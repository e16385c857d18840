"""Scores from cut points: equal parts of the customers, fixed thresholds, or k-means in one dimension.

Each way gives equal values equal scores and greater values no lower ones, whatever the order of rows.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

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

    Lloyd's algorithm (Lloyd 1982) on the histogram of values, begun at its quantiles: sums are of sorted values, so
    neither row order nor threads change a bit. With fewer different values than scores each is a cluster of its own,
    and the scores between them stay empty.
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
    weights, sums = (np.concatenate([[0.0], np.cumsum(part)]) for part in (counts, counts * histogram))
    at = np.searchsorted(weights[1:], (np.arange(clusters) + 0.5) / clusters * weights[-1])
    centres = histogram[np.minimum(at, len(histogram) - 1)].astype("float64")
    if len(np.unique(centres)) < clusters:  # many equal values: begin at different ones
        centres = histogram[np.arange(clusters) * len(histogram) // clusters].astype("float64")
    edges = np.array([], dtype="int64")
    for _ in range(_MOST_ROUNDS):
        moved = np.searchsorted(histogram, (centres[:-1] + centres[1:]) / 2, side="left")
        if np.array_equal(moved, edges):
            break
        edges = moved
        ends = np.concatenate([[0], edges, [len(histogram)]])
        weight, total = np.diff(weights[ends]), np.diff(sums[ends])
        centres = np.where(weight > 0, total / np.where(weight > 0, weight, 1.0), centres)
    return edges
