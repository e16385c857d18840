"""95 % intervals of differences and sums, from numbers or from other intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, isnan, nan, sqrt

import numpy as np
import numpy.typing as npt

from crm_lib.metrics.intervals import Z, mean, t_quantile, wilson

Z_POWER = 0.8416212335729143  # 80 % quantile of the standard normal: the chance to see an effect that is there


@dataclass(frozen=True)
class Estimate:
    """A number with its 95 % interval; NaN where it is not known."""

    value: float = nan
    low: float = nan
    high: float = nan

    @property
    def known(self) -> bool:
        return not (isnan(self.low) or isnan(self.high))

    @property
    def sign(self) -> int:
        """1 or -1 where the interval lies on one side of zero, else 0."""
        return int(self.low > 0) - int(self.high < 0) if self.known else 0

    def scaled(self, factor: float) -> Estimate:
        return Estimate(self.value * factor, self.low * factor, self.high * factor)


def minus(a: Estimate, b: Estimate) -> Estimate:
    """a - b of two independent estimates: square-and-add (Zou and Donner 2008, Statistics in Medicine 27, eq. 6)."""
    return weighted((1.0, -1.0), (a, b))


def weighted(weights: Sequence[float], parts: Sequence[Estimate]) -> Estimate:
    """Sum of weights x independent estimates, square-and-add (Zou, Huang and Zhang 2009, eq. 5)."""
    value = sum(w * part.value for w, part in zip(weights, parts, strict=True))
    down = [w * ((p.value - p.low) if w > 0 else (p.value - p.high)) for w, p in zip(weights, parts, strict=True)]
    up = [w * ((p.high - p.value) if w > 0 else (p.low - p.value)) for w, p in zip(weights, parts, strict=True)]
    return Estimate(value, value - sqrt(sum(d * d for d in down)), value + sqrt(sum(u * u for u in up)))


def proportion(successes: float, n: float) -> Estimate:
    """Share with Wilson's interval."""
    if n <= 0:
        return Estimate()
    low, high = wilson(successes, n)
    return Estimate(successes / n, float(low), float(high))


def newcombe(x1: float, n1: float, x2: float, n2: float) -> Estimate:
    """x1/n1 - x2/n2 with the hybrid score interval (method 10, Newcombe 1998, Statistics in Medicine 17)."""
    return minus(proportion(x1, n1), proportion(x2, n2))


def mean_of(values: npt.NDArray[np.float64]) -> Estimate:
    """Mean with Student's interval; of paired differences, their mean change."""
    n = len(values)
    if n == 0:
        return Estimate()
    centre = float(values.mean())
    spread = values - centre  # about the mean, so that large amounts lose no digits
    low, high = mean(0.0, float((spread * spread).sum()), n)
    return Estimate(centre, centre + float(low), centre + float(high))


def welch(first: npt.NDArray[np.float64], second: npt.NDArray[np.float64]) -> Estimate:
    """Difference of two means with unequal variances (Welch 1947; degrees of freedom by Satterthwaite 1946)."""
    if min(len(first), len(second)) < 2:
        return Estimate()
    a, b = (float(part.var(ddof=1)) / len(part) for part in (first, second))
    difference = float(first.mean() - second.mean())
    if a + b == 0:
        return Estimate(difference, difference, difference)
    freedom = (a + b) ** 2 / (a * a / (len(first) - 1) + b * b / (len(second) - 1))
    half = float(t_quantile(freedom)) * sqrt(a + b)
    return Estimate(difference, difference - half, difference + half)


def needed_per_arm(rate: float, effect: float) -> int | None:
    """Customers in each arm to see `effect` on a share of `rate` with 80 % power at the 5 % level; None without effect.

    Eq. 4.14, Fleiss, Levin and Paik 2003, without the continuity correction.
    """
    other = min(max(rate + effect, 0.0), 1.0)
    if isnan(rate) or abs(other - rate) < 1e-9:
        return None
    middle = (rate + other) / 2
    root = Z * sqrt(2 * middle * (1 - middle)) + Z_POWER * sqrt(rate * (1 - rate) + other * (1 - other))
    return ceil((root / (other - rate)) ** 2)


def detectable(rate: float, per_arm: int) -> float:
    """The smallest rise of a share of `rate` that arms of `per_arm` show with 80 % power; NaN where none does."""
    low, high = 0.0, 1.0 - rate
    if isnan(rate) or per_arm < 1 or (needed_per_arm(rate, high) or per_arm + 1) > per_arm:
        return nan
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (low, middle) if (needed_per_arm(rate, middle) or per_arm + 1) <= per_arm else (middle, high)
    return high
