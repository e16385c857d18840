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

    totals[i]: who have item i; sizes[d]: who have d of the items.
    """
    one, other = np.triu_indices(len(totals), 1)
    members = np.zeros((len(one), len(totals)), dtype=bool)
    members[np.arange(len(one)), one] = members[np.arange(len(one)), other] = True
    found = np.zeros((2, len(totals), len(totals)))
    found[:, one, other] = found[:, other, one] = sets_by_chance(totals, sizes, members)
    return found[0], found[1]


def sets_by_chance(totals: Floats, sizes: Floats, members: np.ndarray) -> tuple[Floats, Floats]:
    """(expected, variance) of the number with every item of a set; members[s, i]: whether item i is in set s."""
    expected, variance = np.zeros((2, len(members)))
    there = np.flatnonzero(totals > 0)  # items that nobody has are in no set
    possible = ~members[:, totals <= 0].any(axis=1)
    if not len(there) or not possible.any():
        return expected, variance
    used = np.asarray(sizes, dtype=float)[: len(there) + 1]
    share = _all_of(_weights(totals[there], used), members[np.ix_(possible, there)])
    expected[possible], variance[possible] = share @ used, (share * (1 - share)) @ used
    return expected, variance


def _weights(totals: Floats, sizes: Floats) -> Floats:
    """Weights under which each item's expected total is the observed one, by proportional fitting."""
    weights = totals / totals.mean()
    for _ in range(ROUNDS):
        expected = _all_of(weights, np.eye(len(weights), dtype=bool)) @ sizes
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


def _all_of(weights: Floats, members: np.ndarray) -> Floats:
    """[s, d]: chance that one with d items has all those of set s."""
    whole = _symmetric(weights, np.zeros((1, len(weights)), dtype=bool))[0]
    rest = _symmetric(weights, members)
    product = np.where(members, weights, 1.0).prod(axis=1)
    found = np.zeros_like(rest)
    for size in np.unique(members.sum(axis=1)):
        of = members.sum(axis=1) == size
        found[of, size:] = product[of, None] * rest[of, : len(weights) + 1 - size] / whole[size:]
    return found
