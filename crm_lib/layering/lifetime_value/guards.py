"""What the data must hold before a model of the future is fitted, and what a fit must hold before it is used."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from crm_lib.engagement_lifetime import Lifetime
from crm_lib.layering.lifetime_value.fitting import LARGEST, SMALLEST, Fit

THREE_DAYS = 2  # repeats of a customer who bought on three days


@dataclass(frozen=True)
class Guard:
    """A condition that was not met: `found` against `needed`; `parameter` names the one at its boundary, `past` says
    that it is one of the trial on an earlier day."""

    name: str
    found: float
    needed: float
    parameter: str = ""
    past: bool = False


def of_data(buying: pd.DataFrame, history_days: int, settings: Lifetime) -> tuple[Guard, ...]:
    """Every condition on the data that is not met. `buying` is one row a customer with a purchase."""
    measured = {
        "buyers": (len(buying), settings.fewest_buyers),
        "history_days": (history_days, settings.fewest_history_days),
        "three_days": (int((buying["repeats"] >= THREE_DAYS).sum()), settings.fewest_with_three_days),
    }
    return tuple(Guard(name, found, needed) for name, (found, needed) in measured.items() if found < needed)


def of_fit(fit: Fit) -> tuple[Guard, ...]:
    """Not converged, no covariance, or a parameter at a boundary that leaves the model without meaning.

    a or b at its upper end is a limit that makes sense: all customers share one probability of being lost.
    """
    if not fit.converged:
        return (Guard("converged", 0, 1),)
    for name, value in zip(fit.names, fit.parameters, strict=True):
        if name in fit.at_boundary and not (name in ("a", "b") and value > 1):
            return (Guard("boundary", float(value), float(LARGEST if value > 1 else SMALLEST), name),)
    return () if fit.covariance is not None else (Guard("covariance", 0, 1),)


def of_spend(fit: Fit | None, correlation: float, customers: int, smallest: int, settings: Lifetime) -> Guard | None:
    """Why spend is not modelled by customer; None where it is."""
    if fit is None:
        return Guard("repeat_buyers", customers, smallest)
    if np.isnan(correlation) or abs(correlation) > settings.largest_correlation:
        return Guard("correlation", correlation, settings.largest_correlation)
    if failed := of_fit(fit):
        return failed[0]
    shape = float(fit.parameters[fit.names.index("q")])
    return Guard("spend_mean", shape, 1) if shape <= 1 else None
