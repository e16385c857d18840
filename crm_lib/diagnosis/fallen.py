"""Parts of one dimension that fell together: which dimension tells it best, by how much, since when."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from crm_lib.diagnosis.change_point import change_point
from crm_lib.language import Value
from crm_lib.metrics.intervals import Z

NEARLY_ALL = 0.8  # of the purchases lost
NARROWER = 0.67  # of the business that they were lost from


@dataclass(frozen=True)
class Together:
    """`rows` of `rules_parts.parts`; `fall` of their purchases with its interval; `since` '' where no month is proven;
    `lost` money a month; `share` of all purchases before, `of_losses` of those that the dimension's falling parts lost."""

    dimension: str
    rows: pd.DataFrame
    fall: Value
    since: str
    lost: float
    share: float
    of_losses: float


def dimension_first(found: pd.DataFrame) -> str:
    """The dimension whose fallen parts make up most of its losses beyond their share of its purchases; where a smaller
    part of another lost nearly as much, that one: an owner rather than the region in which he is one of several."""
    excess = {str(name): _of_losses(own) - _share(own) for name, own in found.groupby("dimension") if own["fell"].any()}
    first = max(sorted(excess), key=lambda name: excess[name])
    fallen = {name: found[found["dimension"].eq(name) & found["fell"].astype(bool)] for name in excess}
    narrower = [
        name
        for name in sorted(excess)
        if _lost(fallen[name]) >= NEARLY_ALL * _lost(fallen[first])
        and fallen[name]["orders_before"].sum() <= NARROWER * fallen[first]["orders_before"].sum()
    ]
    return max(narrower, key=lambda name: _lost(fallen[name]), default=first)


def _lost(rows: pd.DataFrame) -> float:
    return float((rows["orders_before"] - rows["orders_now"]).sum())


def together(
    found: pd.DataFrame, own: np.ndarray, whole: np.ndarray, months: np.ndarray, before: int, now: int
) -> Together:
    """The fallen parts of `dimension_first`. `own`, `whole`: purchases by month of these parts and of the dimension;
    `before`, `now`: how many months are compared."""
    name = dimension_first(found)
    inside = found[found["dimension"] == name]
    rows = inside[inside["fell"].astype(bool)]
    lost = float(((rows["orders_before"] - rows["orders_now"]) * rows["amount"]).sum())
    return Together(
        name, rows, _fall(rows, before, now), _since(own, whole, months), lost, _share(inside), _of_losses(inside)
    )


def _fall(rows: pd.DataFrame, before: int, now: int) -> Value:
    """1 - ratio of two Poisson rates, with the interval of its logarithm (half a purchase added, Haldane 1956)."""
    x0, x1 = float(rows["orders_before"].sum() * before), float(rows["orders_now"].sum() * now)
    ratio = (x1 + 0.5) / (x0 + 0.5) * before / now
    spread = np.exp(Z * np.sqrt(1 / (x0 + 0.5) + 1 / (x1 + 0.5)))
    fall = 1 - x1 / x0 * before / now
    return Value("percent", fall, round(x0), 1 - ratio * spread, 1 - ratio / spread, "part_falls.fall")


def _since(own: np.ndarray, whole: np.ndarray, months: np.ndarray) -> str:
    """First month of the lower level of the share of purchases; '' without a clear one."""
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(whole > 0, own / whole, np.nan)
    change = change_point(months, share, whole)
    return change.period if change and change.after < change.before else ""


def _share(rows: pd.DataFrame) -> float:
    fallen = rows[rows["fell"].astype(bool)]["orders_before"].sum()
    return float(fallen / (rows["orders_before"] + rows["rest_before"]).iloc[0])


def _of_losses(rows: pd.DataFrame) -> float:
    lost = (rows["orders_before"] - rows["orders_now"]).clip(lower=0)
    return float(lost[rows["fell"].astype(bool)].sum() / lost.sum()) if lost.sum() else 0.0
