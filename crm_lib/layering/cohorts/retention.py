"""The retention triangle: which share of the customers of each cohort buys again in the periods after their first."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from crm_lib.engine import Engine
from crm_lib.language import Message, Value, msg
from crm_lib.metrics import intervals
from crm_lib.metrics.cohorts import cohorts as query
from crm_lib.metrics.cohorts import first_terms, month_start
from crm_lib.metrics.cover import says_cover
from crm_lib.metrics.term_billing import billed_by_term, months_of_sale

MONTH, QUARTER = 1, 3
WARM_UP_MONTHS = 3  # who first shows in so many months at the beginning of the data may be an old customer
UNDATED = 0.1  # share of a cohort without a day of joining from which that matters
QUARTERS = 4  # cohorts of enough customers that quarters have to give to be worth the loss of detail
OLDEST_AGE = 12  # periods shown after the first
SHOWN = 18  # newest cohorts in the picture
_CELLS = ["cohort", "age", "customers", "active", "retention", "low", "high", "returned", "first_returns", "revenue"]
_CELLS += ["revenue_per_customer", "finished", "few", "doubtful"]
_COUNTS = ["active", "first_returns", "undated", "revenue"]


@dataclass(frozen=True)
class Cohorts:
    """`cells` is one row a (cohort, age in periods); `by_channel` the same counts by channel of joining.

    cells: cohort (Timestamp, first day), age, customers, active, retention with low and high (Wilson), returned
    (customers who bought again by then), first_returns, revenue, revenue_per_customer, finished (the period is over),
    few (fewer customers than `smallest_base`), doubtful (may hold customers of before the data). Counts of periods that
    are not over are NaN. `existing`: customers left out, who had joined before the first order.
    `by_term`: sales come in runs with months of none between them. `first_terms`, where payments say until when they pay
    (active then means bought or covered): one row a cohort and channel, with cohort, channel, customers, decided (whose
    first term ended `renewal_days` ago or earlier) and renewed (of these).
    """

    cells: pd.DataFrame
    by_channel: pd.DataFrame
    as_of: date
    step: int
    smallest_base: int
    existing: int
    by_term: bool = False
    first_terms: pd.DataFrame | None = None
    renewal_days: int = 0

    @property
    def covers(self) -> bool:
        return self.first_terms is not None

    @property
    def sizes(self) -> pd.DataFrame:
        """One row a cohort whose own period is over: cohort, customers, few, doubtful."""
        first = self.cells[(self.cells["age"] == 0) & self.cells["finished"]]
        return first[["cohort", "customers", "few", "doubtful"]].reset_index(drop=True)


def cohorts(engine: Engine, as_of: date, smallest_base: int, renewal_days: int = 90) -> Cohorts:
    """Cohorts by month; by quarter where half of the months are below the smallest base and enough quarters are not.

    Where payments say until when they pay, a term is renewed that is paid on `renewal_days` after its end at the latest.
    """
    found = _by_month_or_quarter(engine, as_of, smallest_base)
    terms = _first_terms(engine, found, renewal_days) if says_cover(engine) else None
    by_term = billed_by_term(months_of_sale(engine, as_of))
    return replace(found, by_term=by_term, first_terms=terms, renewal_days=renewal_days)


def _by_month_or_quarter(engine: Engine, as_of: date, smallest_base: int) -> Cohorts:
    monthly = _cohorts(engine, as_of, MONTH, smallest_base)
    if not len(usual := monthly.sizes[~monthly.sizes["doubtful"]]) or not usual["few"].mean() >= 0.5:
        return monthly
    quarterly = _cohorts(engine, as_of, QUARTER, smallest_base)
    enough = ~quarterly.sizes["few"] & ~quarterly.sizes["doubtful"]
    return quarterly if enough.sum() >= QUARTERS else monthly


def _cohorts(engine: Engine, as_of: date, step: int, smallest_base: int) -> Cohorts:
    raw = query(engine, as_of, step)
    new = raw[raw["known_before"] == 0]
    existing = int(raw.loc[(raw["known_before"] == 1) & (raw["age_months"] == 0), "active"].sum())
    total = new.groupby(["cohort", "age_months"], as_index=False)[_COUNTS].sum()
    first = int(raw["cohort"].min()) if len(raw) else 0
    warm_up = first + WARM_UP_MONTHS
    cells = _grid(total, as_of, step, smallest_base, warm_up, bool(existing))
    parts = [
        _grid(part, as_of, step, smallest_base, warm_up, bool(existing)).assign(channel=name)
        for name, part in new.groupby("channel")
    ]
    by_channel = pd.concat(parts, ignore_index=True) if parts else cells.assign(channel="")
    return Cohorts(cells, by_channel, as_of, step, smallest_base, existing)


def _first_terms(engine: Engine, found: Cohorts, renewal_days: int) -> pd.DataFrame:
    frame = first_terms(engine, found.as_of, renewal_days, found.step)
    frame = frame[frame["known_before"] == 0].drop(columns="known_before").reset_index(drop=True)
    return frame.assign(cohort=pd.to_datetime([month_start(int(i)) for i in frame["cohort"]]))


def _grid(total: pd.DataFrame, as_of: date, step: int, smallest_base: int, warm_up: int, told: bool) -> pd.DataFrame:
    """Every cohort at every age that any of them has reached, also where nobody bought.

    Cohorts before `warm_up` are doubtful unless days of joining have `told` old customers from new ones.
    """
    starts = np.sort(total["cohort"].unique()).astype("int64")
    now = (as_of.year * 12 + as_of.month - 1) // step * step
    ages = np.arange((now - starts.min()) // step + 1) if len(starts) else np.array([], dtype="int64")
    keys = pd.MultiIndex.from_product([starts, ages * step], names=["cohort", "age_months"])
    frame = total.set_index(["cohort", "age_months"])[_COUNTS].reindex(keys, fill_value=0).reset_index()
    index = frame["cohort"]
    frame["finished"] = _over(index + frame["age_months"], as_of, step)
    own = frame[frame["age_months"] == 0].set_index("cohort")
    frame["customers"] = index.map(own["active"]).astype("int64")
    frame["few"] = frame["customers"] < smallest_base
    undated = index.map(own["undated"]) / frame["customers"].where(frame["customers"] > 0)
    frame["doubtful"] = (index < warm_up) & ((undated > UNDATED) | (not told))
    frame["age"] = frame["age_months"] // step
    frame["returned"] = frame.groupby("cohort")["first_returns"].cumsum()
    counted = ["active", "first_returns", "returned", "revenue"]
    frame[counted] = frame[counted].astype("float64").where(frame["finished"])
    frame["cohort"] = pd.to_datetime([month_start(int(i)) for i in index])
    frame["retention"] = frame["active"] / frame["customers"]
    frame["low"], frame["high"] = intervals.wilson(frame["active"], frame["customers"])
    frame["revenue_per_customer"] = frame["revenue"] / frame["customers"]
    return frame[_CELLS]


def _over(period: pd.Series, as_of: date, step: int) -> np.ndarray:
    """Whether the period that begins with a month index was over at the end of `as_of`."""
    tomorrow = as_of + timedelta(days=1)
    return (period + step <= tomorrow.year * 12 + tomorrow.month - 1).to_numpy()


def triangle(found: Cohorts) -> pd.DataFrame:
    """The newest cohorts for a picture: label (Message), age, percent (of the customers retained, whole; NaN: not over

    yet), retention, active, customers, few.
    """
    kept = found.sizes["cohort"].tail(SHOWN)
    frame = found.cells[found.cells["cohort"].isin(kept) & found.cells["age"].between(1, OLDEST_AGE)]
    reached = frame.loc[frame["finished"], "age"].max()
    frame = frame[frame["age"] <= reached] if frame["finished"].any() else frame.iloc[:0]
    labels = {row.cohort: _label(found, row) for row in found.sizes.itertuples()}
    words = pd.Series([labels[day] for day in frame["cohort"]], dtype=object)
    return covering(
        found,
        frame.reset_index(drop=True).assign(label=words, percent=(100 * frame["retention"]).round().to_numpy()),
    )


def covering(found: Cohorts, table: pd.DataFrame) -> pd.DataFrame:
    """`table` with active called covered where who is covered counts as active."""
    return table.rename(columns={"active": "covered"}) if found.covers else table


def shown_columns(found: Cohorts, spec: str) -> str:
    """`spec` of a table of a playbook, as `covering` names its columns."""
    return spec.replace("active:int", "covered:int") if found.covers else spec


def cohort_word(found: Cohorts, day: pd.Timestamp) -> Message:
    """'2025-07', or the quarter."""
    if found.step == QUARTER:
        return msg("cohort.quarter", year=Value("text", str(day.year)), quarter=(day.month + 2) // 3)
    return msg("cohort.month", month=Value("month", day.date()))


def _label(found: Cohorts, row: Any) -> Message:
    kind = "doubtful" if row.doubtful else "few" if row.few else "enough"
    return msg(f"cohort.label.{kind}", cohort=cohort_word(found, row.cohort), n=int(row.customers))


def curve(found: Cohorts) -> pd.DataFrame:
    """The average of the cohorts by age (from 1), those of doubtful beginning left out.

    measure 'active' ('covered' where who is covered counts too): share with a purchase in the period, over the cohorts that reached it (Wilson). 'returned': share
    who had bought again by then, as if all cohorts were as old (Kaplan and Meier 1958, interval of log(-log), with the
    variance of Greenwood 1926). Columns: measure, age, share, low, high, customers, cohorts. Rests on at least
    `smallest_base` customers each.
    """
    cells = found.cells[found.cells["finished"] & ~found.cells["doubtful"] & found.cells["age"].between(1, OLDEST_AGE)]
    groups = cells.groupby("age")
    table = groups[["active", "first_returns", "returned", "customers"]].sum()
    table.insert(0, "cohorts", groups.size())
    table = table[table["customers"] >= found.smallest_base].reset_index()
    measure = "covered" if found.covers else "active"
    active = table[["age", "customers", "cohorts"]].assign(measure=measure, share=table["active"] / table["customers"])
    active["low"], active["high"] = intervals.wilson(table["active"], table["customers"])
    at_risk = table["customers"] - table["returned"] + table["first_returns"]
    stay, low, high = _survival(table["first_returns"].to_numpy(), at_risk.to_numpy())
    returned = table[["age", "customers", "cohorts"]].assign(
        measure="returned", share=1 - stay, low=1 - high, high=1 - low
    )
    return pd.concat([active, returned], ignore_index=True)[
        ["measure", "age", "share", "low", "high", "customers", "cohorts"]
    ]


def _survival(events: np.ndarray, at_risk: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    with np.errstate(divide="ignore", invalid="ignore"):
        stay = np.cumprod(np.where(at_risk > 0, 1 - events / at_risk, 1.0))
        spread = np.cumsum(np.where(at_risk > events, events / (at_risk * (at_risk - events)), 0.0))
        factor = np.exp(intervals.Z * np.sqrt(spread) / np.log(stay))
    inside = (stay > 0) & (stay < 1)
    return stay, np.where(inside, stay ** (1 / factor), stay), np.where(inside, stay**factor, stay)
