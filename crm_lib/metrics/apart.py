"""Whether a part of a whole moved otherwise than the other parts, beyond chance.

Vectorised over parts: sums of numerator `x` and denominator `n` before (0) and now (1), with `s` the variance of `x`;
`whole` says which parts make up one whole.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from crm_lib.metrics.association import two_shares, two_sided
from crm_lib.metrics.definitions import METRICS
from crm_lib.metrics.intervals import Floats, Z


def sum_variance(metric: str, x: Floats, n: Floats, base: Floats, low: Floats, high: Floats) -> Floats:
    """Variance of the numerator of rows of `kpis`: by the interval of the value; of a total as of so many events
    (Poisson), each of the mean amount. A single case may be anything."""
    with np.errstate(divide="ignore", invalid="ignore"):
        alone = np.nan_to_num(x * x / np.where(METRICS[metric].estimate == "total", base, 1.0), posinf=0.0)
    if METRICS[metric].estimate == "total":
        return alone
    by_interval = (n * (high - low) / (2 * Z)) ** 2
    return np.where(np.isnan(by_interval), alone, by_interval)


def sum_variances(rows: pd.DataFrame) -> Floats:
    """`sum_variance` of rows of several metrics [metric, numerator, denominator, base, low, high]; 0 where unknown."""
    found, names = np.zeros(len(rows)), rows["metric"].to_numpy(object)
    for metric in dict.fromkeys(names):
        at = np.flatnonzero(names == metric)
        columns = (rows[name].to_numpy(float)[at] for name in ("numerator", "denominator", "base", "low", "high"))
        found[at] = np.nan_to_num(sum_variance(metric, *columns))
    return found


def rates_apart(
    whole: pd.Series, before: tuple[Floats, Floats, Floats], now: tuple[Floats, Floats, Floats]
) -> npt.NDArray[np.float64]:
    """Two-sided p that the value x/n of each part changed as that of the whole's others did; of a part without a before
    (or others without), that its value is theirs. (x, n, s) each. 1 where nothing can be tested."""
    with np.errstate(divide="ignore", invalid="ignore"):
        steps, variances = [], []
        for x, n, s in (before, now):
            rest = [_whole(whole, values) - values for values in (x, n, s)]
            steps.append(x / n - rest[0] / rest[1])
            variances.append(s / n**2 + rest[2] / rest[1] ** 2)
        known = ~np.isnan(steps[0])
        gap = np.where(known, steps[1] - np.where(known, steps[0], 0.0), steps[1])
        return _p(gap / np.sqrt(np.where(known, variances[0], 0.0) + variances[1]))


def totals_apart(
    whole: pd.Series, before: tuple[Floats, Floats], now: tuple[Floats, Floats]
) -> npt.NDArray[np.float64]:
    """Two-sided p that the sum x of each part changed in the proportion in which the whole's others did. (x, s) each. 1
    where nothing can be tested."""
    (x0, s0), (x1, s1) = before, now
    with np.errstate(divide="ignore", invalid="ignore"):
        r0, q0, r1, q1 = (_whole(whole, values) - values for values in (x0, s0, x1, s1))
        k = r1 / r0
        variance = s1 + k**2 * s0 + (x0 / r0) ** 2 * (q1 + k**2 * q0)
        return _p((x1 - k * x0) / np.sqrt(variance))


def others_now(found: pd.DataFrame) -> pd.Series:
    """The rate of the other parts of each part's dimension together. `found`: target_id, dimension, now, share (of the
    denominator); NaN of a part that is the whole."""
    weighed = found["now"].astype("float64").fillna(0.0) * found["share"].astype("float64")
    whole = weighed.groupby([found["target_id"], found["dimension"]]).transform("sum")
    left = 1.0 - found["share"].astype("float64")
    return (whole - weighed) / left.where(left > 1e-9)


def own_change(
    total: npt.NDArray[np.bool_], before: tuple[Floats, Floats, Floats], now: tuple[Floats, Floats, Floats]
) -> npt.NDArray[np.float64]:
    """Two-sided p that the value x/n (x, where `total`) of each part is what it was before; 1 where nothing can be
    tested. (x, n, s) each."""
    with np.errstate(divide="ignore", invalid="ignore"):
        sides = [(x / np.where(total, 1.0, n), s / np.where(total, 1.0, n) ** 2) for x, n, s in (before, now)]
        return _p((sides[1][0] - sides[0][0]) / np.sqrt(sides[0][1] + sides[1][1]))


def _whole(whole: pd.Series, values: Floats) -> Floats:
    return pd.Series(values).groupby(whole.to_numpy()).transform("sum").to_numpy(float)


def _p(z: Floats) -> npt.NDArray[np.float64]:
    return np.nan_to_num(two_sided(z), nan=1.0)


def apart_from_rest(found: pd.DataFrame, total: bool) -> Floats:
    """Two-sided p that each part's own change is that of its dimension's others (p of a standard normal deviate; 1 where
    nothing can be tested).

    Of counts: its share of the whole, before and now (pooled test of two proportions). Of proportions: difference of
    the two differences, by the variances of the four.
    """
    n0, x0, n1, x1 = (found[name].to_numpy(float) for name in ("n_before", "x_before", "n", "x"))
    sums = [
        found.groupby("dimension")[name].transform("sum").to_numpy(float) for name in ("n_before", "x_before", "n", "x")
    ]
    with np.errstate(divide="ignore", invalid="ignore"):
        if total:
            return np.nan_to_num(two_shares(x1, sums[3], x0, sums[1])[2], nan=1.0)
        own, rest = (
            _step(n0, x0, n1, x1),
            _step(*(whole - part for whole, part in zip(sums, (n0, x0, n1, x1), strict=True))),
        )
        z = (own[0] - rest[0]) / np.sqrt(own[1] + rest[1])
    return np.nan_to_num(two_sided(z), nan=1.0)


def _step(n0: Floats, x0: Floats, n1: Floats, x1: Floats) -> tuple[Floats, Floats]:
    """Change of a proportion and its variance, one hit and one miss added to each side (Agresti and Caffo 2000)."""
    p0, p1 = (x0 + 1) / (n0 + 2), (x1 + 1) / (n1 + 2)
    change = x1 / n1 - x0 / n0
    return change, p0 * (1 - p0) / (n0 + 2) + p1 * (1 - p1) / (n1 + 2)
