"""How often two items go together by chance alone, where each is as popular, and everyone has as many, as observed.

Who buys often has more of everything, so nearly all pairs look related if that is not allowed for; and who has one item
only cannot have two. The null model keeps both: the items' totals and each basket's (or customer's) number of different
items. Given that number, items are drawn with fixed weights without repetition (the conditional form of Rasch 1960; for
pairs in baskets and other two-mode networks, Zweig and Kaufmann 2011).
"""

from __future__ import annotations

import numpy as np

from crm_lib.metrics.intervals import Floats

ROUNDS, NEAR = 200, 1e-6


def pairs_by_chance(totals: Floats, sizes: Floats) -> tuple[Floats, Floats]:
    """(expected, variance) of the number with both items of each pair, as matrices with zeros on the diagonal.

    totals[i]: who have item i; sizes[d]: who have d of the items. Items that nobody has count as absent.
    """
    expected, variance = np.zeros((2, len(totals), len(totals)))
    there = np.flatnonzero(totals > 0)
    if len(there) < 2:
        return expected, variance
    used = np.asarray(sizes, dtype=float)[: len(there) + 1]
    weights = _weights(totals[there], used)
    share = _both(weights)
    at = np.ix_(there, there)
    expected[at] = share @ used
    variance[at] = (share * (1 - share)) @ used
    return expected, variance


def _weights(totals: Floats, sizes: Floats) -> Floats:
    """Weights under which each item's expected total is the observed one, by proportional fitting."""
    weights = totals / totals.mean()
    for _ in range(ROUNDS):
        expected = _single(weights) @ sizes
        step = np.where(expected > 0, totals / np.where(expected > 0, expected, 1), 1.0)
        weights = weights * step
        weights /= weights.mean()
        if np.abs(step - 1).max() < NEAR:
            break
    return weights


def _symmetric(weights: Floats, without: np.ndarray) -> Floats:
    """Elementary symmetric functions of the weights but those marked, by degree: one row a row of `without`."""
    found = np.zeros((len(without), len(weights) + 1))
    found[:, 0] = 1.0
    for k, weight in enumerate(weights):
        found[:, 1:] += np.where(without[:, k], 0.0, weight)[:, None] * found[:, :-1]
    return found


def _single(weights: Floats) -> Floats:
    """[i, d]: chance that one with d items has item i."""
    size = len(weights)
    whole = _symmetric(weights, np.zeros((1, size), dtype=bool))[0]
    rest = _symmetric(weights, np.eye(size, dtype=bool))
    found = np.zeros((size, size + 1))
    found[:, 1:] = weights[:, None] * rest[:, :-1] / whole[1:]
    return found


def _both(weights: Floats) -> Floats:
    """[i, j, d]: chance that one with d items has both."""
    size = len(weights)
    one, other = np.triu_indices(size, 1)
    without = np.zeros((len(one), size), dtype=bool)
    without[np.arange(len(one)), one] = without[np.arange(len(one)), other] = True
    whole = _symmetric(weights, np.zeros((1, size), dtype=bool))[0]
    rest = _symmetric(weights, without)
    found = np.zeros((size, size, size + 1))
    found[one, other, 2:] = (weights[one] * weights[other])[:, None] * rest[:, :-2] / whole[2:]
    return found + found.transpose(1, 0, 2)
