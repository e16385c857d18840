"""When new customers first fall silent for long: Kaplan-Meier (Kaplan and Meier 1958) by SciPy, and channels compared by log-rank tests.

A customer counts as lost on the day on which a silence first grows longer than the churn window, whether or not a purchase
follows it (`returned`); who was not silent so long up to `as_of` is censored there. Who may be an old customer is left
out: whoever joined before the first order, or first bought before `new_since`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from crm_lib.engine import Engine
from crm_lib.layering.cohorts.retention import WARM_UP_MONTHS
from crm_lib.metrics.cohorts import month_start

STEP_DAYS, MARK_DAYS = 7, 30  # of the curve, and of the day on which channels are compared
MOST_CHANNELS = 4
_SILENCES = Path(__file__).with_name("silences.sql")
_COLUMNS = ["days", "retained", "low", "high", "at_risk"]


@dataclass(frozen=True)
class Survival:
    """`curve` (days, retained, low, high, at_risk) reaches as far as `smallest` customers are still watched; `channels`
    has the same by join_channel; `tests` one row a channel: customers, lost, retained at `compared_at`, p (against the
    others, log-rank, Holm)."""

    new_since: date
    lost_after_days: int
    smallest: int
    customers: int
    lost: int
    returned: int  # of the lost, who have bought again since
    curve: pd.DataFrame
    channels: pd.DataFrame
    tests: pd.DataFrame
    compared_at: int
    median_days: float

    @property
    def few(self) -> bool:
        return self.customers < self.smallest

    def retained_at(self, days: int) -> tuple[float, float, float]:
        """Share retained with its interval on the last step up to `days`; NaN beyond the curve."""
        if self.curve.empty or days > self.curve["days"].iloc[-1]:
            return np.nan, np.nan, np.nan
        row = self.curve[self.curve["days"] <= days].iloc[-1]
        return float(row["retained"]), float(row["low"]), float(row["high"])


def durations(engine: Engine, as_of: date, new_since: date, lost_after_days: int) -> pd.DataFrame:
    """One row a new customer: customer_id, join_channel, days, lost (False: censored at `as_of`), returned (bought after
    that silence)."""
    frame = engine.run(_SILENCES, as_of=as_of, new_since=new_since, lost_after_days=lost_after_days)
    lost = frame["lost_after"].notna()
    seen = (pd.Timestamp(as_of) - frame["first_on"]).dt.days
    until_lost = (frame["lost_after"] - frame["first_on"]).dt.days + lost_after_days + 1
    days = until_lost.where(lost, seen).astype("int64")
    returned = lost & (frame["last_on"] > frame["lost_after"] + timedelta(days=lost_after_days))
    return frame[["customer_id", "join_channel"]].assign(days=days, lost=lost, returned=returned)


def new_since(history_start: date | None, as_of: date, lost_after_days: int) -> date:
    """From which first purchase on a customer counts as new: one window and the months that cohorts leave out are over."""
    start = history_start or as_of
    return max(start + timedelta(days=lost_after_days), month_start(start.year * 12 + start.month - 1 + WARM_UP_MONTHS))


def survival(engine: Engine, as_of: date, history_start: date | None, lost_after_days: int, smallest: int) -> Survival:
    """Survival of the customers who were new up to `as_of`."""
    since = new_since(history_start, as_of, lost_after_days)
    frame = durations(engine, as_of, since, lost_after_days)
    few = len(frame) < smallest
    curve = kaplan_meier(frame, smallest) if not few else pd.DataFrame(columns=_COLUMNS)
    channels, tests, at = _by_channel(frame, smallest)
    gone = curve[curve["retained"] <= 0.5]["days"]
    return Survival(
        since, lost_after_days, smallest, len(frame), int(frame["lost"].sum()), int(frame["returned"].sum()), curve, channels, tests, at,
        float(gone.iloc[0]) if len(gone) else np.nan,
    )  # fmt: skip


def _censored(frame: pd.DataFrame) -> Any:
    from scipy.stats import CensoredData

    lost = frame["lost"].to_numpy()
    days = frame["days"].to_numpy("float64")
    return CensoredData(uncensored=days[lost], right=days[~lost])


def kaplan_meier(frame: pd.DataFrame, smallest: int = 1) -> pd.DataFrame:
    """Curve of days and lost, in steps of `STEP_DAYS`, with a 95 % band (log-log), while `smallest` are at risk."""
    days = np.sort(frame["days"].to_numpy("int64"))
    if not len(days):
        return pd.DataFrame(columns=_COLUMNS)
    grid = np.arange(0, days[-1] + 1, STEP_DAYS)
    at_risk = len(days) - np.searchsorted(days, grid, "left")
    grid, at_risk = grid[at_risk >= smallest], at_risk[at_risk >= smallest]
    retained, low, high = at_days(frame, grid)
    return pd.DataFrame({"days": grid, "retained": retained, "low": low, "high": high, "at_risk": at_risk})


def at_days(frame: pd.DataFrame, grid: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Kaplan-Meier's estimate on each day of the grid with its bounds; 1 before anybody was lost."""
    import warnings

    from scipy.stats import ecdf

    if not frame["lost"].any():
        whole = np.ones(len(grid))
        return whole, np.full(len(grid), np.nan), np.full(len(grid), np.nan)
    curve = ecdf(_censored(frame)).sf
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore", RuntimeWarning)  # where nobody or everybody was lost there is no band
        band = curve.confidence_interval(method="log-log")
    retained = curve.evaluate(grid)
    low, high = band.low.evaluate(grid), band.high.evaluate(grid)
    known = np.isfinite(low) & np.isfinite(high)
    return retained, np.where(known, low, retained), np.where(known, high, retained)


def log_rank(one: pd.DataFrame, other: pd.DataFrame) -> tuple[float, float]:
    """Statistic (standard normal under equal survival; its square is chi-square of one degree) and p (Mantel 1966)."""
    from scipy.stats import logrank

    if not one["lost"].any() and not other["lost"].any():
        return 0.0, 1.0
    found = logrank(_censored(one), _censored(other))
    return float(found.statistic), float(found.pvalue)


def _by_channel(frame: pd.DataFrame, smallest: int) -> tuple[pd.DataFrame, pd.DataFrame, int]:
    sizes = frame["join_channel"].value_counts()
    order = sorted(sizes.index, key=lambda name: (-sizes[name], name))
    named = [name for name in order if sizes[name] >= smallest][:MOST_CHANNELS]
    columns = ["join_channel", "customers", "lost", "retained", "low", "high", "p"]
    if len(named) < 2:
        return pd.DataFrame(columns=["join_channel", *_COLUMNS]), pd.DataFrame(columns=columns), 0
    groups = {name: frame[frame["join_channel"] == name] for name in named}
    curves = {name: kaplan_meier(group, smallest) for name, group in groups.items()}
    furthest = min(int(curve["days"].max()) if len(curve) else 0 for curve in curves.values())
    at = furthest // MARK_DAYS * MARK_DAYS or furthest
    rest = {name: frame[frame["join_channel"].isin([n for n in named if n != name])] for name in named}
    p = holm([log_rank(groups[name], rest[name])[1] for name in named])
    rows = []
    for name, probability in zip(named, p, strict=True):
        retained, low, high = (float(part[0]) for part in at_days(groups[name], np.array([at])))
        rows.append((name, len(groups[name]), int(groups[name]["lost"].sum()), retained, low, high, probability))
    long = pd.concat([curve.assign(join_channel=name) for name, curve in curves.items()], ignore_index=True)
    return long[["join_channel", *_COLUMNS]], pd.DataFrame(rows, columns=columns), at


def holm(p: list[float]) -> list[float]:
    """p values adjusted for their number (Holm 1979)."""
    order = np.argsort(p, kind="stable")
    scaled = np.array(p)[order] * (len(p) - np.arange(len(p)))
    adjusted = np.empty(len(p))
    adjusted[order] = np.minimum(np.maximum.accumulate(scaled), 1.0)
    return [float(one) for one in adjusted]
