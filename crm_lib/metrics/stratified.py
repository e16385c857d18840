"""Two shares compared within strata, where what is compared may be made up of them differently."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from crm_lib.metrics.association import two_sided
from crm_lib.metrics.intervals import Z


class Within(NamedTuple):
    """Shares of both sides with the weights of Mantel and Haenszel, their difference with bounds, p; customers that take part."""

    share: float
    n: int
    other_share: float
    other_n: int
    difference: float
    low: float
    high: float
    p: float


def shares_within(strata: pd.DataFrame) -> Within | None:
    """x of n against y of m (columns; one row a stratum) over the strata that have both; None where none has.

    Each stratum weighs n m / (n + m), and p is of the test of Mantel and Haenszel 1959 (no continuity correction). The
    interval's variance adds a success and a failure to each share (Agresti and Caffo 2000), so that shares of 0 and 1
    leave it a width.
    """
    both = strata[(strata["n"] > 0) & (strata["m"] > 0)]
    if both.empty:
        return None
    x, n, y, m = (both[name].to_numpy("float64") for name in "xnym")
    total, hits = n + m, x + y
    weight = n * m / total
    one, other = (float(weight @ part / weight.sum()) for part in (x / n, y / m))
    a, b = (x + 1) / (n + 2), (y + 1) / (m + 2)
    spread = float(np.sqrt(weight**2 @ (a * (1 - a) / (n + 2) + b * (1 - b) / (m + 2))) / weight.sum())
    chance = float((weight * hits * (total - hits) / (total * np.maximum(total - 1, 1))).sum())
    p = float(two_sided((x - n * hits / total).sum() / np.sqrt(chance))) if chance > 0 else 1.0
    difference = one - other
    low, high = max(difference - Z * spread, -1.0), min(difference + Z * spread, 1.0)
    return Within(one, int(n.sum()), other, int(m.sum()), difference, low, high, p)
