"""Whether two shares differ, and how many of many tests to believe.

Vectorised over NumPy arrays; NaN where there is nothing to test.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from crm_lib.metrics.intervals import Floats, wilson

ACCEPTED = 0.05  # share of false discoveries that is put up with among the tests that count


def two_shares(x: npt.ArrayLike, n: npt.ArrayLike, y: npt.ArrayLike, m: npt.ArrayLike) -> tuple[Floats, Floats, Floats]:
    """low, high of x/n - y/m (method 10, Newcombe 1998), and the two-sided p of the pooled test of two proportions."""
    x, n, y, m = (np.asarray(part, dtype=float) for part in (x, n, y, m))
    (a, b), (c, d) = wilson(x, n), wilson(y, m)
    with np.errstate(divide="ignore", invalid="ignore"):
        p, q, pooled = x / n, y / m, (x + y) / (n + m)
        low = p - q - np.sqrt((p - a) ** 2 + (d - q) ** 2)
        high = p - q + np.sqrt((b - p) ** 2 + (q - c) ** 2)
        z = (p - q) / np.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m))
    z = np.where((p == q) & np.isnan(z), 0.0, z)
    return low, high, two_sided(z)


def two_sided(z: npt.ArrayLike) -> Floats:
    """p of a standard normal deviate, on both sides."""
    values = np.atleast_1d(np.asarray(z, dtype=float))
    found = np.array([math.nan if v != v else math.erfc(abs(v) / math.sqrt(2)) for v in values.ravel()])
    return found.reshape(np.shape(z))


def false_discovery(p: npt.ArrayLike) -> Floats:
    """q: the smallest rate of false discoveries at which a test counts; NaN stays. Benjamini and Hochberg 1995."""
    values = np.asarray(p, dtype=float)
    q = np.full(values.shape, np.nan)
    known = np.flatnonzero(~np.isnan(values))
    order = known[np.argsort(values[known], kind="stable")]
    scaled = values[order] * len(order) / np.arange(1, len(order) + 1)
    q[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    return q


def beyond_rest(
    x: npt.ArrayLike, n: npt.ArrayLike, compared: npt.ArrayLike, rest: npt.ArrayLike | None = None
) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Share of all other parts together (NaN without any), and which parts lie above it by more than chance.

    Two-sided p of the pooled test of two proportions times the parts compared (Bonferroni), below ACCEPTED: the chance
    that any part is picked where none differs. `rest`: for each part the (x, n) of the others, where the parts are not
    of one whole.
    """
    x, n, compared = np.asarray(x, dtype=float), np.asarray(n, dtype=float), np.asarray(compared, dtype=bool)
    y, m = (x.sum() - x, n.sum() - n) if rest is None else np.asarray(rest, dtype=float)
    others = np.divide(y, m, out=np.full(len(m), np.nan), where=m > 0)
    _, _, p = two_shares(x, n, y, m)
    with np.errstate(divide="ignore", invalid="ignore"):
        above = compared & (x / n > others) & (p * compared.sum() < ACCEPTED)
    return others, above


def dispersion(own: np.ndarray, whole: np.ndarray) -> float:
    """How much wider than chance a part's share of the whole varied from month to month (Pearson's chi-square over its
    degrees of freedom), at least 1."""
    known = whole > 0
    share = own.sum() / whole.sum() if whole.sum() else 0.0
    if not 0 < share < 1 or known.sum() < 2:
        return 1.0
    expected = whole[known] * share
    return max(1.0, float(((own[known] - expected) ** 2 / (expected * (1 - share))).sum() / (known.sum() - 1)))
