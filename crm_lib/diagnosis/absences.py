"""Terms whose holder had stayed away before their end, and the others: how many of either were renewed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import pandas as pd

from crm_lib import metrics
from crm_lib.diagnosis.change_point import change_point
from crm_lib.diagnosis.measured import FOLDER, Measured
from crm_lib.diagnosis.renewals import Renewals, renewals
from crm_lib.metrics.association import two_sided
from crm_lib.metrics.last_seen import first_visit, unseen_days

STEPS_DAYS = (14, 21, 30, 45, 60, 90)  # of absence that are tried
LEAST_LESS = 0.15  # of the renewal rate of those who came
ERROR = 0.05  # chance that any step is told where absence says nothing (Bonferroni)
COLUMNS = ["days", "away", "away_renewed", "came", "came_renewed", "z", "told"]


@dataclass(frozen=True)
class Absences:
    """`steps` has COLUMNS; `terms` are those of `renewals` with away_days (from the last visit to the end of the term; NaN
    without a visit by then) and term_days, of terms that the log of visits reaches back from for each step in `since`."""

    steps: pd.DataFrame
    terms: pd.DataFrame
    renewals: Renewals

    @property
    def clearest(self) -> pd.Series:
        return _clearest(self.steps)

    @property
    def told(self) -> pd.Series | None:
        """The step whose difference is the clearest; None without one beyond chance."""
        found = self.steps[self.steps["told"].astype(bool)]
        return None if found.empty else _clearest(found)


def _clearest(steps: pd.DataFrame) -> pd.Series:
    """The longest of those within a standard error of the clearest: it leaves most time (Breiman et al. 1984, 3.4.3)."""
    return steps[steps["z"] <= steps["z"].min() + 1].sort_values("days").iloc[-1]


def absences(measured: Measured) -> Absences | None:
    """None with too few months of terms that ended."""
    found = renewals(measured)
    if found is None:
        return None
    seen = measured.engine.run(FOLDER / "last_visits.sql")
    terms = found.terms.merge(seen, on=["customer_id", "due_on"], how="left", validate="many_to_one")
    first = np.datetime64(first_visit(measured.engine) or measured.baseline)
    terms = terms.assign(
        away_days=(terms["due_on"] - terms["last_visit_on"]).dt.days,
        term_days=(terms["due_on"] - terms["ordered_on"]).dt.days + 1,
        logged_days=(terms["due_on"] - first).dt.days,
    )
    rows = [row for days in STEPS_DAYS if (row := _step(terms, days, measured.smallest_base))]
    steps = pd.DataFrame(rows, columns=COLUMNS)
    if len(steps):
        less = steps["away_renewed"] / steps["away"] <= (1 - LEAST_LESS) * steps["came_renewed"] / steps["came"]
        sure = two_sided(steps["z"].to_numpy(float)) * len(steps) < ERROR
        steps["told"] = (steps["z"] < 0) & sure & less
    return Absences(steps, terms, found)


def judged(terms: pd.DataFrame, days: int) -> pd.DataFrame:
    """Terms of which it is known whether their holder stayed away for `days` before the end: as long as that at least,
    within the log of visits, of somebody who had come before."""
    long = (terms["term_days"] >= days) & (terms["logged_days"] >= days) & terms["away_days"].notna()
    return terms[long].assign(away=terms["away_days"] >= days)


def _step(terms: pd.DataFrame, days: int, least: int) -> dict | None:
    known = judged(terms, days)
    away = known["away"].to_numpy(bool)
    if min(away.sum(), (~away).sum()) < least:
        return None
    renewed = known["renewed"].to_numpy(float)
    counts = {"away": int(away.sum()), "away_renewed": int(renewed[away].sum())}
    counts |= {"came": int((~away).sum()), "came_renewed": int(renewed[~away].sum())}
    return {"days": days, **counts, "z": _z(known["customer_id"], away, renewed), "told": False}


def _z(who: pd.Series, away: np.ndarray, renewed: np.ndarray) -> float:
    """Difference of the two rates in standard errors; terms of one customer are not taken for independent (cluster-robust
    variance, Liang and Zeger 1986)."""
    rates = renewed[away].mean(), renewed[~away].mean()
    pull = np.where(away, (renewed - rates[0]) / away.sum(), -(renewed - rates[1]) / (~away).sum())
    error = math.sqrt(float((pd.Series(pull).groupby(who.to_numpy()).sum() ** 2).sum()))
    difference = float(rates[0] - rates[1])
    return difference / error if error else math.copysign(math.inf, difference) if difference else 0.0


def since(found: Absences, days: int) -> str:
    """First month (2026-03) from which a larger share of the terms ended with the holder away; '' without a clear one."""
    monthly = judged(found.terms, days).groupby("month")["away"].agg(["mean", "count"]).reindex(found.renewals.months)
    names = np.array([str(month) for month in found.renewals.months], dtype=object)
    change = change_point(names, monthly["mean"].to_numpy(float), monthly["count"].fillna(0).to_numpy(float))
    return change.period if change and change.after > change.before else ""


def away_now(measured: Measured, days: int) -> pd.DataFrame:
    """Rows of `measured.customers` whose paid time ends within `days` of the baseline and who have stayed away as long."""
    people = measured.customers
    until = metrics.covered_until(measured.engine, people["customer_id"], measured.baseline)
    day = pd.Timestamp(measured.baseline)
    ends = ((until >= day) & (until <= day + timedelta(days=days))).to_numpy()
    away = unseen_days(measured.engine, people["customer_id"], measured.baseline, logins=False).to_numpy() >= days
    return people[ends & away]
