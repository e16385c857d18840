"""What a purchase brings: the Gamma-Gamma model of spend (Fader, Hardie and Lee 2005, RFM and CLV; Fader and Hardie
2013, The Gamma-Gamma Model of Monetary Value)."""

from __future__ import annotations

import numpy as np

from crm_lib.layering.lifetime_value.fitting import Fit, maximise

NAMES = ("p", "q", "v")


def log_likelihood(parameters: np.ndarray, repeats: np.ndarray, mean_value: np.ndarray) -> tuple[float, np.ndarray]:
    """Log-likelihood of the mean values of customers with repeat purchases, and its gradient in (p, q, v)."""
    return _Spending(repeats, mean_value)(parameters)


class _Spending:
    """The parts of the likelihood that no parameter changes, computed once."""

    def __init__(self, repeats: np.ndarray, mean_value: np.ndarray) -> None:
        self.known, place = np.unique(repeats, return_inverse=True)
        self.counts = np.bincount(place).astype("float64")
        self.place, self.total = place, repeats * mean_value
        self.logs_total = np.bincount(place, np.log(self.total))
        self.logs_mean = float(np.log(mean_value).sum())

    def __call__(self, parameters: np.ndarray) -> tuple[float, np.ndarray]:
        from scipy.special import digamma, gammaln

        p, q, v = parameters
        x, counts, n = self.known, self.counts, len(self.total)
        logs, inverse = np.log(self.total + v), 1 / (self.total + v)
        logs_by_x = np.bincount(self.place, logs, minlength=len(x))
        inverse_by_x = np.bincount(self.place, inverse, minlength=len(x))
        shape = p * x
        value = (
            counts @ (gammaln(shape + q) - gammaln(shape))
            + n * (q * np.log(v) - gammaln(q))
            + shape @ (self.logs_total - logs_by_x) - q * logs_by_x.sum() - self.logs_mean
        )  # fmt: skip
        gradient = [
            x @ (counts * (digamma(shape + q) - digamma(shape)) + self.logs_total - logs_by_x),
            counts @ (digamma(shape + q) - digamma(q)) + n * np.log(v) - logs_by_x.sum(),
            n * q / v - (shape + q) @ inverse_by_x,
        ]
        return float(value), np.array(gradient)


def fit(repeats: np.ndarray, mean_value: np.ndarray) -> Fit:
    """Maximum likelihood over customers with repeats > 0 and mean_value > 0; parameters p, q, v (an amount)."""
    order = np.lexsort((mean_value, repeats))
    repeats, mean_value = repeats[order].astype("float64"), mean_value[order].astype("float64")
    amount = float(np.median(mean_value))
    start, scales = np.array([2.0, 3.0, amount]), np.array([1.0, 1.0, amount])
    return maximise(_Spending(repeats, mean_value), start, NAMES, scales, len(repeats))


def expected_value(parameters: np.ndarray, repeats: np.ndarray, mean_value: np.ndarray) -> np.ndarray:
    """Expected value of a purchase: the customer's own mean drawn towards everyone's (q > 1); losses count as 0."""
    p, q, v = parameters
    own = np.where(repeats > 0, np.maximum(mean_value, 0.0), 0.0)
    return p * (v + repeats * own) / (p * repeats + q - 1)


def correlation(repeats: np.ndarray, mean_value: np.ndarray) -> tuple[float, float, float]:
    """Pearson's r of frequency and mean value with its 95 % interval (Fisher's z); NaN where either does not vary."""
    if len(repeats) < 4 or np.ptp(repeats) == 0 or np.ptp(mean_value) == 0:
        return np.nan, np.nan, np.nan
    r = float(np.corrcoef(repeats, mean_value)[0, 1])
    half = 1.959964 / np.sqrt(len(repeats) - 3)
    z = np.arctanh(np.clip(r, -1 + 1e-12, 1 - 1e-12))
    return r, float(np.tanh(z - half)), float(np.tanh(z + half))
