"""What each customer is expected to buy and to bring, and how sure the sums over groups of them are.

Intervals hold 95 %. Those of customers are of the expected value and come from the Hessian by the delta method on
logarithms. Those of groups add what chance does to the customers themselves, from simulated futures.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from crm_lib.layering.lifetime_value import purchases, spend
from crm_lib.layering.lifetime_value.estimate import Estimate, Spend
from crm_lib.layering.lifetime_value.fitting import Fit

Z = 1.959963984540054
WEEKS_A_MONTH = 365.25 / 12 / 7
FUTURES, SEED = 100_000, 20050101  # simulated futures of all customers together
_STEP = 1e-3  # of a logarithm of a parameter


@dataclass(frozen=True)
class Forecast:
    """One entry a customer: p_alive, purchases, value of one, clv (discounted); slopes of the logarithms of purchases
    and of value in the logarithms of the parameters; variance of the discounted value by chance alone."""

    p_alive: np.ndarray
    purchases: np.ndarray
    value: np.ndarray
    clv: np.ndarray
    purchase_slopes: np.ndarray
    value_slopes: np.ndarray
    purchase_covariance: np.ndarray
    value_covariance: np.ndarray
    purchase_chance: np.ndarray
    clv_chance: np.ndarray

    def purchase_bounds(self) -> tuple[np.ndarray, np.ndarray]:
        return _bounds(self.purchases, self._variance(self.purchase_slopes, self.purchase_covariance))

    def clv_bounds(self) -> tuple[np.ndarray, np.ndarray]:
        variance = self._variance(self.purchase_slopes, self.purchase_covariance)
        return _bounds(self.clv, variance + self._variance(self.value_slopes, self.value_covariance))

    def sum_of(self, chosen: np.ndarray, measure: str) -> tuple[float, float, float]:
        """Sum of 'purchases' or 'clv' over the chosen customers with its interval, chance included."""
        values, money = getattr(self, measure)[chosen], measure == "clv"
        total = float(values.sum())
        if total <= 0:
            return total, total, total
        slope = values @ self.purchase_slopes[chosen] / total
        variance = slope @ self.purchase_covariance @ slope
        if money:
            slope = values @ self.value_slopes[chosen] / total
            variance += slope @ self.value_covariance @ slope
        chance = (self.clv_chance if money else self.purchase_chance)[chosen].sum() / total**2
        low, high = _bounds(np.array([total]), np.array([np.log1p(variance + chance)]))
        return total, float(low[0]), float(high[0])

    @staticmethod
    def _variance(slopes: np.ndarray, covariance: np.ndarray) -> np.ndarray:
        found: np.ndarray = np.einsum("ij,jk,ik->i", slopes, covariance, slopes)
        return found


def _bounds(values: np.ndarray, variance_of_log: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    half = np.exp(Z * np.sqrt(np.maximum(variance_of_log, 0)))
    return values / half, values * half


def forecast(
    made: Estimate,
    spent: Spend,
    mean_value: np.ndarray,
    periods: int,
    weeks: float = WEEKS_A_MONTH,
    discount: float = 0.0,
) -> Forecast:
    """Of each customer of `made.given`, over `periods` of `weeks`; value of period i is divided by (1 + discount)^i
    (discounting at the end of each period: Fader, Hardie and Lee 2005, RFM and CLV)."""
    given, fit = made.given, made.fit
    until = np.array(
        [purchases.expected_purchases(fit.parameters, given, made.best, weeks * i) for i in range(periods + 1)]
    )
    worth_now = (1 + discount) ** -np.arange(1.0, periods + 1)
    expected, discounted = until[-1], worth_now @ np.diff(until, axis=0)
    slopes = _purchase_slopes(made, weeks * periods)
    of = given.of_customer
    repeats, own = given.repeats[of], np.nan_to_num(mean_value)
    value, value_slopes, value_covariance = _value(spent, repeats, own)
    share = np.divide(discounted, expected, out=np.ones_like(expected), where=expected > 0)
    bought, brought = _futures(made, spent, value, own, weeks * periods)
    clv = discounted[of] * value
    return Forecast(
        purchases.p_alive(fit.parameters, given, made.best)[of],
        expected[of], value, clv, slopes[of], value_slopes,
        _known(fit), value_covariance,
        ((bought - expected[of]) ** 2).mean(axis=0),
        ((brought * share[of] - clv) ** 2).mean(axis=0),
    )  # fmt: skip


def _known(fit: Fit) -> np.ndarray:
    assert fit.covariance is not None
    return fit.covariance


def _purchase_slopes(made: Estimate, weeks: float) -> np.ndarray:
    """Of the logarithm of expected purchases in the logarithm of each parameter, by central differences."""
    columns = []
    for i in range(len(made.fit.parameters)):
        ends = []
        for sign in (1, -1):
            moved = made.fit.parameters.copy()
            moved[i] *= np.exp(sign * _STEP)
            found = purchases.expected_purchases(moved, made.given, made.best, weeks)
            ends.append(np.log(np.maximum(found, 1e-300)))
        columns.append((ends[0] - ends[1]) / (2 * _STEP))
    return np.column_stack(columns)


def _value(spent: Spend, repeats: np.ndarray, own: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Value of a purchase, its slopes, the covariance; the mean of all and no slopes where spend is not modelled."""
    if spent.model is None:
        return np.full(len(repeats), spent.mean), np.zeros((len(repeats), 1)), np.zeros((1, 1))
    parameters = spent.model.parameters
    columns = []
    for i in range(len(parameters)):
        moved = np.eye(len(parameters))[i] * _STEP
        ends = [np.log(spend.expected_value(parameters * np.exp(s * moved), repeats, own)) for s in (1, -1)]
        columns.append((ends[0] - ends[1]) / (2 * _STEP))
    return spend.expected_value(parameters, repeats, own), np.column_stack(columns), _known(spent.model)


def _futures(
    made: Estimate, spent: Spend, value: np.ndarray, own: np.ndarray, weeks: float
) -> tuple[np.ndarray, np.ndarray]:
    """Purchases and what they bring in simulated futures, (futures, customers): a customer who is alive buys at a rate
    and is lost after each purchase with a probability, both drawn given the customer's history."""
    r, alpha, a, b = made.fit.parameters
    of, draw = made.given.of_customer, np.random.default_rng(SEED)
    times = int(np.clip(FUTURES // max(len(of), 1), 1, 50))
    x, age, shape = made.given.repeats[of], made.given.age_weeks[of], (times, len(of))
    chances = x + (made.best == "mbg_nbd")
    alive = draw.random(shape) < purchases.p_alive(made.fit.parameters, made.given, made.best)[of]
    rate = draw.gamma(r + x, 1 / (alpha + age), shape)
    until_lost = draw.geometric(np.clip(draw.beta(a, b + chances, shape), 1e-12, 1))
    bought = np.where(alive, np.minimum(draw.poisson(rate * weeks), until_lost), 0).astype("float64")
    if spent.model is None:
        return bought, bought * value
    p, q, v = spent.model.parameters
    scale = 1 / draw.gamma(p * x + q, 1 / (v + x * np.maximum(own, 0)), shape)
    return bought, draw.gamma(np.maximum(p * bought, 1e-12), 1.0) * scale * (bought > 0)
