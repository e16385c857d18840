"""95 % intervals without SciPy, vectorised over NumPy arrays; NaN where there is no interval."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Z = 1.959963984540054  # 97.5 % quantile of the standard normal
Floats = npt.NDArray[np.float64]


def t_quantile(freedom: npt.ArrayLike) -> Floats:
    """97.5 % quantile of Student's t. Exact for 1 and 2 degrees of freedom, else within 0.2 %.

    Cornish-Fisher expansion, eq. 26.7.5, Abramowitz and Stegun 1964.
    """
    v = np.asarray(freedom, dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        t = Z + (Z**3 + Z) / (4 * v) + (5 * Z**5 + 16 * Z**3 + 3 * Z) / (96 * v**2)
        t += (3 * Z**7 + 19 * Z**5 + 17 * Z**3 - 15 * Z) / (384 * v**3)
        t += (79 * Z**9 + 776 * Z**7 + 1482 * Z**5 - 1920 * Z**3 - 945 * Z) / (92160 * v**4)
    t = np.where(v == 1, 12.706204736432095, np.where(v == 2, 4.302652729696142, t))
    return np.where(v > 0, t, np.nan)


def wilson(successes: npt.ArrayLike, n: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Score interval of a proportion (Wilson 1927)."""
    x, n = np.asarray(successes, dtype=float), np.asarray(n, dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        p = x / n
        middle = (p + Z**2 / (2 * n)) / (1 + Z**2 / n)
        half = Z / (1 + Z**2 / n) * np.sqrt(p * (1 - p) / n + Z**2 / (4 * n**2))
        low, high = np.clip(middle - half, 0, 1), np.clip(middle + half, 0, 1)
        return np.where(x == 0, 0.0, low) + 0 * p, np.where(x == n, 1.0, high) + 0 * p


def mean(total: npt.ArrayLike, squares: npt.ArrayLike, n: npt.ArrayLike) -> tuple[Floats, Floats]:
    """t interval of a mean from the sum, the sum of squares and the count; none below two."""
    half = t_quantile(np.asarray(n, dtype=float) - 1) * mean_error(total, squares, n)
    with np.errstate(divide="ignore", invalid="ignore"):
        centre = np.asarray(total, dtype=float) / np.asarray(n, dtype=float)
    return centre - half, centre + half


def mean_error(total: npt.ArrayLike, squares: npt.ArrayLike, n: npt.ArrayLike) -> Floats:
    """Standard error of a mean."""
    s, q, n = (np.asarray(part, dtype=float) for part in (total, squares, n))
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = np.maximum(q - s * s / n, 0) / (n - 1)
        return np.where(n > 1, np.sqrt(variance / n), np.nan)


def ratio(x: npt.ArrayLike, y: npt.ArrayLike, xx: npt.ArrayLike, yy: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Linearised interval of sum(x) / sum(y), where no unit has both (sum(xy) = 0); not below zero.

    Eq. 6.13, Cochran 1977, Sampling Techniques.
    """
    x, y, xx, yy = (np.asarray(part, dtype=float) for part in (x, y, xx, yy))
    with np.errstate(divide="ignore", invalid="ignore"):
        r = x / y
        half = Z * np.sqrt(xx + r * r * yy) / np.abs(y)
    return np.maximum(r - half, 0), r + half
