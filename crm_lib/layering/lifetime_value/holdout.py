"""How well the model would have done: fitted on what was known at an earlier day, compared with what came after it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from crm_lib.engagement_lifetime import Lifetime
from crm_lib.engine import Engine
from crm_lib.layering.layers import Layers
from crm_lib.layering.lifetime_value import guards, purchases
from crm_lib.layering.lifetime_value.estimate import DAYS_A_WEEK, Estimate, buying, estimate, spending
from crm_lib.layering.lifetime_value.forecast import forecast
from crm_lib.layering.lifetime_value.guards import Guard

MOST_WEEKS = 26
BEST = 0.2  # of customers by forecast
_LATER = Path(__file__).with_name("later_days.sql")


@dataclass(frozen=True)
class Holdout:
    """`weeks`: week (1..), actual, forecast purchase days of the customers known at `cut`; totals with the forecast's
    interval; `naive` repeats as many as the same number of weeks before the cut brought. mae and naive_mae are mean
    absolute errors by customer; `best_share` is what the best fifth by forecast really bought of all."""

    cut: date
    customers: int
    weeks: pd.DataFrame
    actual: int
    forecast: float
    low: float
    high: float
    naive: int
    mae: float
    naive_mae: float
    best_share: float

    @property
    def error(self) -> float:
        """Relative error of the total; NaN where nothing came."""
        return self.forecast / self.actual - 1 if self.actual else np.nan

    @property
    def naive_error(self) -> float:
        return self.naive / self.actual - 1 if self.actual else np.nan

    @property
    def inside(self) -> bool:
        return self.low <= self.actual <= self.high


def holdout(
    engine: Engine, layers: Layers, made: Estimate, settings: Lifetime
) -> tuple[Holdout | None, tuple[Guard, ...]]:
    """The last third of the history, at most half a year, forecast from the rest by the kind of `made`; or the guards
    that the shorter history does not meet."""
    weeks = min(MOST_WEEKS, layers.history_days // 3 // DAYS_A_WEEK)
    cut = layers.as_of - timedelta(days=weeks * DAYS_A_WEEK)
    before = buying(engine, cut, layers.axis)
    failed = guards.of_data(before, layers.history_days - weeks * DAYS_A_WEEK, _shorter(settings))
    if not weeks:
        failed = failed or (Guard("history_days", layers.history_days, 3 * DAYS_A_WEEK),)
    if failed or made.kind is None:
        return None, failed
    earlier = estimate(before, (made.kind,), made.fit.parameters)
    if earlier.kind is None:
        return None, earlier.guards
    return compared(engine, layers, before, earlier, cut, weeks, settings), ()


def refused(past: Holdout | None, failed: tuple[Guard, ...], settings: Lifetime) -> tuple[Guard, ...]:
    """Why a forecast that fits today is not published all the same: not to be tried on the past, or too far off there."""
    if past is None:
        return tuple(replace(guard, past=True) for guard in failed)
    if not past.actual:
        return (Guard("past_nothing", past.forecast, 0),) if round(past.forecast) else ()
    off = abs(past.error)
    return (Guard("past_error", off, settings.largest_past_error),) if off > settings.largest_past_error else ()


def _shorter(settings: Lifetime) -> Lifetime:
    """Of what remains for the fit two thirds of the usual history and buyers are asked."""
    asked = {name: max(getattr(settings, name) * 2 // 3, 1) for name in ("fewest_history_days", "fewest_buyers")}
    return settings.model_copy(update=asked)


def compared(
    engine: Engine, layers: Layers, before: pd.DataFrame, earlier: Estimate, cut: date, weeks: int, settings: Lifetime
) -> Holdout:
    now = buying(engine, layers.as_of, layers.axis).set_index("customer_id")["repeats"]
    past = buying(engine, cut - timedelta(days=weeks * DAYS_A_WEEK), layers.axis).set_index("customer_id")["repeats"]
    counted = before.set_index("customer_id")["repeats"]
    came = (now.reindex(counted.index) - counted).to_numpy("float64")
    # the first purchase day is no repeat, so that who was new in those weeks has one more
    usual = (counted - past.reindex(counted.index).fillna(-1)).to_numpy("float64")
    spent = spending(before, layers.smallest_base, settings)
    ahead = forecast(earlier, spent, before["mean_value"].to_numpy(), 1, float(weeks))
    total, low, high = ahead.sum_of(np.ones(len(before), dtype=bool), "purchases")
    order = np.lexsort((before["customer_id"].to_numpy(), -ahead.purchases))
    best = order[: max(int(np.ceil(BEST * len(order))), 1)]
    return Holdout(
        cut, len(before), _weekly(engine, layers.as_of, earlier, cut, weeks), int(came.sum()), total, low, high,
        int(usual.sum()), float(np.abs(ahead.purchases - came).mean()), float(np.abs(usual - came).mean()),
        float(came[best].sum() / came.sum()) if came.sum() else np.nan,
    )  # fmt: skip


def _weekly(engine: Engine, as_of: date, earlier: Estimate, cut: date, weeks: int) -> pd.DataFrame:
    given, parameters = earlier.given, earlier.fit.parameters
    until = [
        float(given.customers @ purchases.expected_purchases(parameters, given, earlier.best, float(week)))
        for week in range(weeks + 1)
    ]
    days = engine.run(_LATER, cut=cut, as_of=as_of)
    week = (days["day"] - pd.Timestamp(cut)).dt.days.sub(1) // DAYS_A_WEEK
    came = np.bincount(week, days["purchases"], minlength=weeks) if len(days) else np.zeros(weeks)
    starts = [cut + timedelta(days=1 + DAYS_A_WEEK * i) for i in range(weeks)]
    return pd.DataFrame(
        {"week": np.arange(1, weeks + 1), "starts_on": starts, "actual": came[:weeks], "forecast": np.diff(until)}
    )
