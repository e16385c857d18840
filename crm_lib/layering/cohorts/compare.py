"""Newer cohorts against older ones at the same age: which is worse, since when, by how many points.

Where payments say until when they pay, who pays on after the first term takes the place of who comes back by an age: that
age lies before the end of a long term. Where sales come by the term, only cohorts of the same month (or quarter) of the
year are compared: the others stand elsewhere in the term.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from crm_lib.layering.cohorts.retention import Cohorts
from crm_lib.metrics import intervals
from crm_lib.metrics.association import ACCEPTED, false_discovery, two_shares
from crm_lib.metrics.not_stated import named_parts
from crm_lib.metrics.stratified import Within, shares_within

DECIDED = 0.95  # of a cohort's first terms have to have ended so long ago that it shows who paid on
HORIZONS = (3, 2, 1)  # periods after the first within which a customer may come back, the longest that data allow
ENOUGH = 3  # cohorts that have to be as old


@dataclass(frozen=True)
class Break:
    """The cohorts from `since` on against all before: customers who came back within `horizon` periods (0: who paid on after
    their first term). With `until`, those up to and with it; the `after_cohorts` later ones are not told apart from
    those before; `ended` where they are from those between."""

    since: pd.Timestamp
    horizon: int
    customers: int
    share: float
    older_customers: int
    older_share: float
    difference: float
    low: float
    high: float
    p: float
    until: pd.Timestamp | None = None
    after_cohorts: int = 0
    after_customers: int = 0
    after_share: float = np.nan
    ended: bool = False

    @property
    def sure(self) -> bool:
        return self.p < ACCEPTED


def as_old(found: Cohorts) -> tuple[int, pd.DataFrame]:
    """(horizon, one row a cohort that is so old: cohort, customers, returned); (0, no rows) where too few are.

    Cohorts of doubtful beginning and those below the smallest base are left out. With first terms the horizon is 0,
    customers are those whose first term has ended long enough ago, and those who paid on have returned.
    """
    if found.first_terms is not None:
        return 0, _ended(found, found.first_terms)
    for horizon in HORIZONS:
        rows = found.cells[(found.cells["age"] == horizon) & found.cells["finished"]]
        rows = rows[~rows["few"] & ~rows["doubtful"]]
        if len(rows) >= ENOUGH:
            return horizon, rows[["cohort", "customers", "returned"]].reset_index(drop=True)
    return 0, found.cells.iloc[:0][["cohort", "customers", "returned"]]


def _ended(found: Cohorts, terms: pd.DataFrame) -> pd.DataFrame:
    """cohort, customers, returned: cohorts of which nearly all have come to the end of their first term."""
    table = terms.groupby("cohort", as_index=False)[["customers", "decided", "renewed"]].sum()
    told = found.sizes.loc[~found.sizes["doubtful"], "cohort"]
    kept = table["cohort"].isin(told) & (table["decided"] >= DECIDED * table["customers"])
    table = table[kept & (table["decided"] >= found.smallest_base)].reset_index(drop=True)
    ended = table[["cohort"]].assign(customers=table["decided"], returned=table["renewed"])
    return ended if len(ended) >= ENOUGH else ended.iloc[:0]


def _place(found: Cohorts, cohorts: pd.Series) -> pd.Series:
    """What only cohorts that are alike in it are compared by: the month of the year where sales come by the term."""
    return cohorts.dt.month if found.by_term else cohorts.dt.month * 0


def compared(found: Cohorts) -> pd.DataFrame:
    """Each cohort against all older ones (of the same month of the year where sales come by the term): cohort, customers, returned, share (low, high), older_customers, older_share,

    difference (diff_low, diff_high: Newcombe 1998), p, q (Benjamini and Hochberg 1995). The oldest has none to compare.
    """
    _, table = as_old(found)
    x, n = table["returned"], table["customers"].astype("float64")
    place = _place(found, table["cohort"])
    y, m = x.groupby(place).cumsum() - x, n.groupby(place).cumsum() - n
    table = table.assign(share=x / n, older_customers=m.where(m > 0), older_share=y / m.where(m > 0))
    table["low"], table["high"] = intervals.wilson(x, n)
    table["difference"] = table["share"] - table["older_share"]
    low, high, p = two_shares(x, n, y, m)
    known = (m > 0).to_numpy()
    for name, values in (("diff_low", low), ("diff_high", high), ("p", p)):
        table[name] = np.where(known, values, np.nan)
    return table.assign(q=false_discovery(table["p"]))


def turning_point(found: Cohorts) -> Break | None:
    """The split of the cohorts into older and newer that explains most; p is of the best of all splits (Bonferroni)."""
    horizon, table = as_old(found)
    days = table.loc[_place(found, table["cohort"]).duplicated(), "cohort"]
    splits = [(day, part) for day in days if (part := _versus(found, table, table["cohort"] >= day)) is not None]
    if not splits:
        return None
    since, best = min(splits, key=lambda split: split[1].p)
    split = Break(since, horizon, *_told(best, len(splits)))
    return _passed(found, table, split, len(splits)) or split


def _told(part: Within, splits: int) -> tuple[int, float, int, float, float, float, float, float]:
    """The fields of a Break from customers to p."""
    sizes = (part.n, part.share, part.other_n, part.other_share)
    return *sizes, part.difference, part.low, part.high, min(part.p * splits, 1.0)


def _passed(found: Cohorts, table: pd.DataFrame, split: Break, splits: int) -> Break | None:
    """The split up to the first cohort after which the later ones together are not told apart from those before, and
    nearer to them than to it; None where the change goes on, and where only some cohorts are alike."""
    if not split.sure or found.by_term:
        return None
    day = table["cohort"]
    older = day < split.since
    for end in day[day > split.since]:
        part = _versus(found, table, (day >= split.since) & (day < end), older)
        after = _versus(found, table, day >= end, older)
        if (
            part is None
            or after is None
            or not part.p * splits < ACCEPTED
            or (part.difference < 0) != (split.difference < 0)
        ):
            continue
        between = _versus(found, table, day >= end, (day >= split.since) & (day < end))
        if after.p >= ACCEPTED and abs(after.difference) < abs(after.share - part.share):
            return replace(
                Break(split.since, split.horizon, *_told(part, splits)),
                until=day[day < end].iloc[-1],
                after_cohorts=int((day >= end).sum()),
                after_customers=after.n,
                after_share=after.share,
                ended=between is not None and between.p < ACCEPTED,
            )
    return None


def _versus(found: Cohorts, rows: pd.DataFrame, newer: pd.Series, older: pd.Series | None = None) -> Within | None:
    """Customers of the `newer` cohorts of `rows` against the `older` (all others); None where nothing can be compared."""
    older = ~newer if older is None else older
    if found.by_term:
        place = _place(found, rows["cohort"])
        counts = rows[["returned", "customers"]].astype("float64")
        one, other = (counts.where(side, 0.0).groupby(place).sum() for side in (newer, older))
        return shares_within(pd.concat([one.set_axis(["x", "n"], axis=1), other.set_axis(["y", "m"], axis=1)], axis=1))
    a, b, c, d = (float(rows.loc[side, name].sum()) for side in (newer, older) for name in ("returned", "customers"))
    if not (b and d):
        return None
    low, high, p = (float(part[0]) for part in two_shares([a], [b], [c], [d]))
    return Within(a / b, int(b), c / d, int(d), a / b - c / d, low, high, p)


def break_by_channel(found: Cohorts, split: Break) -> pd.DataFrame:
    """How much the share changed at the split among customers of each channel of joining; the largest fall first.

    Columns: channel, customers, share, older_customers, older_share, difference, diff_low, diff_high, p. Channels below
    the smallest base on either side are left out, as are customers whose channel is not known.
    """
    rows = _of_channels(found, split.horizon)
    rows = rows if split.until is None else rows[rows["cohort"] <= split.until]
    parts = ((name, _versus(found, part, part["cohort"] >= split.since)) for name, part in rows.groupby("channel"))
    names = [
        "channel",
        "share",
        "customers",
        "older_share",
        "older_customers",
        "difference",
        "diff_low",
        "diff_high",
        "p",
    ]
    table = pd.DataFrame([(name, *one) for name, one in parts if one is not None], columns=names)
    enough = (table["customers"] >= found.smallest_base) & (table["older_customers"] >= found.smallest_base)
    return table[enough].sort_values(["difference", "channel"], ignore_index=True)


def _of_channels(found: Cohorts, horizon: int) -> pd.DataFrame:
    """cohort, channel, customers, returned of the cohorts that are compared, by known channel."""
    _, counted = as_old(found)
    if found.first_terms is not None:
        terms = found.first_terms
        rows = terms[["cohort", "channel"]].assign(customers=terms["decided"], returned=terms["renewed"])
    else:
        rows = found.by_channel[found.by_channel["age"] == horizon]
    return rows[rows["cohort"].isin(counted["cohort"]) & (named_parts(rows["channel"]) != "")]
