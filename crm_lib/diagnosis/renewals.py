"""Of paid terms that came due, how many were renewed: by store, channel and owner, lately and before."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import timedelta
from statistics import NormalDist

import numpy as np
import pandas as pd

from crm_lib.diagnosis.change_point import change_point
from crm_lib.diagnosis.measured import FOLDER, Measured
from crm_lib.metrics.not_stated import nameless
from crm_lib.metrics.pool import MONTHS
from crm_lib.metrics.purchase_days import derive_due_days

DIMENSIONS = ("store", "channel", "owner")
BEFORE_MONTHS = 12
LEAST_BEFORE = 3
WIDTHS = (MONTHS, 6, 9, 12)  # months tried as now: a fall is the clearest against the months before it began
LEAST_FALL = 0.15  # of a part's renewal rate, carried over a year: a month's plan is renewed twelve times in it
YEAR_DAYS = 365
ERROR = 0.05  # chance that any of all parts is named where none fell (Bonferroni)
MOST_OF_RENEWALS = 0.9
STEP_DAYS = 30
NESTED = 0.8  # of a part's terms that lie in parts of another dimension: it is told with them
COLUMNS = ["dimension", "part", "due_before", "due_now", "renewed_before", "renewed_now"]
COLUMNS += [
    "rest_due_before",
    "rest_due_now",
    "rest_renewed_before",
    "rest_renewed_now",
    "amount",
    "times_a_year",
    "z",
    "fell",
]


@dataclass(frozen=True)
class Renewals:
    """`terms` [customer_id, sold_on, due_on, renewed (0 or 1), store, channel, owner, amount, month, now]; `window_days` within
    which they count as renewed; `months` compared, the last `width` of them are now."""

    terms: pd.DataFrame
    window_days: int
    months: list[pd.Period]
    width: int = MONTHS


def renewals(measured: Measured) -> Renewals | None:
    """Terms that came due in the latest whole months that have shown what became of them, and in up to BEFORE_MONTHS
    before; None with too few months."""
    every = _every(measured)
    return _of_width(every, MONTHS) if every else None


def clearest(measured: Measured) -> tuple[Renewals, pd.DataFrame] | None:
    """`renewals` of that of WIDTHS by which a part's fall is the clearest, and `compared` of it; of MONTHS where none fell."""
    every = _every(measured)
    if every is None:
        return None
    widths = [one for one in WIDTHS if len(every.months) >= one + LEAST_BEFORE]
    taken = [_of_width(every, width) for width in widths]
    counts = [compared(found, measured.smallest_base) for found in taken]
    tests = sum(map(len, counts))
    judged = [(found, _judged(found, table, tests)) for found, table in zip(taken, counts, strict=True)]
    fallen = [(table.loc[table["fell"].astype(bool), "z"].min(), i) for i, (_, table) in enumerate(judged)]
    return judged[min((z, i) for z, i in [*fallen, (math.inf, 0)] if not math.isnan(z))[1]]


def _of_width(every: Renewals, width: int) -> Renewals:
    months = every.months[-BEFORE_MONTHS - width :]
    terms = every.terms[every.terms["month"].isin(months)]
    return replace(every, terms=terms.assign(now=terms["month"].isin(months[-width:])), months=months, width=width)


def _every(measured: Measured) -> Renewals | None:
    """Terms of all months that one of WIDTHS could compare."""
    derive_due_days(measured.engine)
    terms = measured.engine.run(FOLDER / "renewal_terms.sql")
    if terms.empty:
        return None
    window = _window(terms, measured)
    last = (pd.Timestamp(measured.baseline) - timedelta(days=window) + timedelta(days=1)).to_period("M") - 1
    months = list(pd.period_range(pd.Timestamp(measured.first_day).to_period("M") + 1, last, freq="M"))
    months = months[-BEFORE_MONTHS - WIDTHS[-1] :]
    if len(months) < MONTHS + LEAST_BEFORE:
        return None
    late = (terms["renewed_on"] - terms["due_on"]).dt.days
    terms = terms.assign(renewed=(late <= window).astype(int), month=terms["due_on"].dt.to_period("M"))
    return Renewals(terms[terms["month"].isin(months)], window, months)


def _window(terms: pd.DataFrame, measured: Measured) -> int:
    """Days after the end of a term within which MOST_OF_RENEWALS come that come within the repurchase window, in steps of
    STEP_DAYS: what a shorter wait can tell is known earlier."""
    full = measured.definitions.repurchase_window_days
    old = terms[terms["due_on"] <= pd.Timestamp(measured.baseline) - timedelta(days=full)]
    late = (old["renewed_on"] - old["due_on"]).dt.days
    came = np.sort(late[late <= full].to_numpy(float))
    if len(came) < measured.smallest_base:
        return full
    usual = came[math.ceil(MOST_OF_RENEWALS * len(came)) - 1]
    return min(full, max(1, math.ceil(usual / STEP_DAYS)) * STEP_DAYS)


def compared(found: Renewals, least: int) -> pd.DataFrame:
    """COLUMNS of each part with at least `least` terms due before and now; the clearest fall first.

    z is that of the change of a part's log odds less that of its dimension's other parts, each count half a term larger
    (Haldane 1956); a part fell where it is below Bonferroni's limit and the rate, carried over a year, is LEAST_FALL lower.
    """
    rows = [
        row
        for dimension in DIMENSIONS
        for part in sorted(found.terms[dimension].dropna().unique())
        if not nameless(part) and (row := _row(found.terms, dimension, part, least)) is not None
    ]
    table = _judged(found, pd.DataFrame(rows, columns=COLUMNS), len(rows))
    return table.sort_values(["z", "dimension", "part"]).reset_index(drop=True)


def _judged(found: Renewals, table: pd.DataFrame, tests: int) -> pd.DataFrame:
    """`table` with fell, of so many tests; who in the last MONTHS was nearer to the level before is not."""
    if table.empty:
        return table
    late = found.terms[found.terms["month"].isin(found.months[-MONTHS:])]
    shares = {name: late.groupby(name)["renewed"].mean() for name in DIMENSIONS}
    latest = [shares[name].get(part, 1.0) for name, part in zip(table["dimension"], table["part"], strict=True)]
    critical = NormalDist().inv_cdf(1 - ERROR / tests)
    before, now = (table[f"renewed_{when}"] / table[f"due_{when}"] for when in ("before", "now"))
    left = (now / before.where(before > 0)) ** table["times_a_year"]
    still = np.array(latest) <= (before + now) / 2
    return table.assign(fell=(table["z"] < -critical) & (left <= 1 - LEAST_FALL) & still)


def _row(terms: pd.DataFrame, dimension: str, part: str, least: int) -> dict | None:
    known = terms[terms[dimension].notna()]
    mine = known[dimension] == part
    counts: dict[str, int] = {}
    for who, own in (("", known[mine]), ("rest_", known[~mine])):
        for when, rows in (("before", own[~own["now"]]), ("now", own[own["now"]])):
            if len(rows) < least:
                return None
            counts |= {f"{who}due_{when}": len(rows), f"{who}renewed_{when}": int(rows["renewed"].sum())}
    row = {"dimension": dimension, "part": part, **counts, "amount": float(known[mine]["amount"].mean())}
    days = float((known[mine]["due_on"] - known[mine]["sold_on"]).dt.days.median()) + 1
    row["times_a_year"] = max(YEAR_DAYS / days, 1.0)
    change, variance = _odds(counts, "")
    rest_change, rest_variance = _odds(counts, "rest_")
    return row | {"z": (change - rest_change) / math.sqrt(variance + rest_variance), "fell": False}


def _odds(counts: dict[str, int], who: str) -> tuple[float, float]:
    """Change of the log odds of renewal from before to now, and its variance."""
    change, variance = 0.0, 0.0
    for when, sign in (("before", -1), ("now", 1)):
        yes = counts[f"{who}renewed_{when}"] + 0.5
        no = counts[f"{who}due_{when}"] - counts[f"{who}renewed_{when}"] + 0.5
        change += sign * math.log(yes / no)
        variance += 1 / yes + 1 / no
    return change, variance


def since(found: Renewals, dimension: str, parts: list[str]) -> str:
    """First month (2026-03) of the lower level of these parts' renewal rate; '' without a clear one."""
    mine = found.terms[found.terms[dimension].isin(parts)].groupby("month")["renewed"].agg(["mean", "count"])
    mine = mine.reindex(found.months)
    names = np.array([str(month) for month in found.months], dtype=object)
    change = change_point(names, mine["mean"].to_numpy(float), mine["count"].fillna(0).to_numpy(float))
    return change.period if change and change.after < change.before else ""


def nested(found: Renewals, dimension: str, parts: list[str]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Parts of the other dimensions of whose terms NESTED or more lie in `parts`."""
    inside = found.terms[dimension].isin(parts)
    shares = [
        (other, found.terms.assign(inside=inside).groupby(other)["inside"].mean())
        for other in DIMENSIONS
        if other != dimension
    ]
    return tuple((other, tuple(sorted(share.index[share >= NESTED]))) for other, share in shares)
