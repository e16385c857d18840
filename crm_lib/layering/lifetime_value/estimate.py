"""The model of one client's purchases and spend: which of BG/NBD and MBG/NBD fits better, and with what spend."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from crm_lib.engagement_lifetime import Lifetime
from crm_lib.engine import Engine
from crm_lib.errors import Defect
from crm_lib.layering.layers import Axis, value_of
from crm_lib.layering.lifetime_value import guards, purchases, spend
from crm_lib.layering.lifetime_value.fitting import Fit
from crm_lib.layering.lifetime_value.guards import Guard
from crm_lib.layering.lifetime_value.purchases import Histories, Kind

KINDS: tuple[Kind, ...] = ("bg_nbd", "mbg_nbd")
DAYS_A_WEEK = 7
_BUYING = Path(__file__).with_name("buying.sql")


@dataclass(frozen=True)
class Spend:
    """`model` is None where `guard` says why; then a purchase counts at `mean`, that of all repeat purchases."""

    model: Fit | None
    guard: Guard | None
    mean: float
    customers: int
    left_out: int
    correlation: float
    correlation_low: float
    correlation_high: float


@dataclass(frozen=True)
class Estimate:
    """`fits` are of both kinds; `kind` is the one with the greater likelihood of those that stand, None without."""

    kind: Kind | None
    fits: dict[Kind, Fit]
    guards: tuple[Guard, ...]
    given: Histories

    @property
    def fit(self) -> Fit:
        return self.fits[self.best]

    @property
    def best(self) -> Kind:
        if self.kind is None:
            raise Defect("no fit stands")
        return self.kind


def buying(engine: Engine, as_of: date, axis: Axis) -> pd.DataFrame:
    """One row a customer with a purchase up to `as_of`, sorted by customer_id: buying.sql, recency_weeks, age_weeks,
    and mean_value of a repeat purchase day (NaN without one) by the value axis of the layers."""
    frame = engine.run(_BUYING, as_of=as_of)
    value = value_of(frame, axis)
    return frame.assign(
        recency_weeks=frame["recency_days"] / DAYS_A_WEEK,
        age_weeks=frame["age_days"] / DAYS_A_WEEK,
        mean_value=value / frame["repeats"].where(frame["repeats"] > 0),
    )


def told(frame: pd.DataFrame) -> Histories:
    """The histories of a `buying`."""
    return purchases.histories(*(frame[name].to_numpy() for name in ("repeats", "recency_weeks", "age_weeks")))


def estimate(frame: pd.DataFrame, kinds: tuple[Kind, ...] = KINDS, start: np.ndarray | None = None) -> Estimate:
    """Fit of each kind to a `buying`; of equal likelihoods the first kind."""
    given, fits = told(frame), {}
    for kind in kinds:
        fits[kind] = purchases.fit(given, kind, start)
        start = fits[kind].parameters
    failed = {kind: guards.of_fit(fit) for kind, fit in fits.items()}
    standing = [kind for kind in kinds if not failed[kind]]
    best = max(standing, key=lambda kind: round(fits[kind].log_likelihood, 6), default=None)
    return Estimate(best, fits, () if standing else failed[kinds[0]], given)


def spending(frame: pd.DataFrame, smallest: int, settings: Lifetime) -> Spend:
    """Gamma-Gamma over the customers whose repeat purchases brought more than nothing, or why not."""
    repeat = frame[frame["repeats"] > 0]
    gained = repeat[repeat["mean_value"] > 0]
    x, value = gained["repeats"].to_numpy("float64"), gained["mean_value"].to_numpy("float64")
    r, low, high = spend.correlation(x, value)
    total = float((repeat["mean_value"] * repeat["repeats"]).sum())
    mean = max(total / float(repeat["repeats"].sum()), 0.0) if len(repeat) else 0.0
    fit = spend.fit(x, value) if len(gained) >= max(smallest, 2) and np.ptp(value) > 0 else None
    guard = guards.of_spend(fit, r, len(gained), smallest, settings)
    return Spend(None if guard else fit, guard, mean, len(gained), len(repeat) - len(gained), r, low, high)
