"""Newer cohorts against older ones at the same age: which is worse, since when, by how many points."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from crm_lib.layering.cohorts.retention import Cohorts
from crm_lib.metrics import intervals
from crm_lib.metrics.association import ACCEPTED, false_discovery, two_shares
from crm_lib.metrics.not_stated import named_parts

HORIZONS = (3, 2, 1)  # periods after the first within which a customer may come back, the longest that data allow
ENOUGH = 3  # cohorts that have to be as old


@dataclass(frozen=True)
class Break:
    """The cohorts from `since` on against all before: customers who came back within `horizon` periods."""

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

    @property
    def sure(self) -> bool:
        return self.p < ACCEPTED


def as_old(found: Cohorts) -> tuple[int, pd.DataFrame]:
    """(horizon, one row a cohort that is so old: cohort, customers, returned); (0, no rows) where too few are.

    Cohorts of doubtful beginning and those below the smallest base are left out.
    """
    for horizon in HORIZONS:
        rows = found.cells[(found.cells["age"] == horizon) & found.cells["finished"]]
        rows = rows[~rows["few"] & ~rows["doubtful"]]
        if len(rows) >= ENOUGH:
            return horizon, rows[["cohort", "customers", "returned"]].reset_index(drop=True)
    return 0, found.cells.iloc[:0][["cohort", "customers", "returned"]]


def compared(found: Cohorts) -> pd.DataFrame:
    """Each cohort against all older ones: cohort, customers, returned, share (low, high), older_customers, older_share,

    difference (diff_low, diff_high: Newcombe 1998), p, q (Benjamini and Hochberg 1995). The oldest has none to compare.
    """
    _, table = as_old(found)
    x, n = table["returned"], table["customers"].astype("float64")
    y, m = x.cumsum() - x, n.cumsum() - n
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
    if len(table) < 2:
        return None
    x, n = table["returned"].to_numpy("float64"), table["customers"].to_numpy("float64")
    newer = [(x[i:].sum(), n[i:].sum(), x[:i].sum(), n[:i].sum()) for i in range(1, len(table))]
    low, high, p = two_shares(*np.array(newer).T)
    best = int(np.argmin(p))
    a, b, c, d = newer[best]
    return Break(
        since=table["cohort"].iloc[best + 1],
        horizon=horizon,
        customers=int(b),
        share=a / b,
        older_customers=int(d),
        older_share=c / d,
        difference=a / b - c / d,
        low=float(low[best]),
        high=float(high[best]),
        p=min(float(p[best]) * len(newer), 1.0),
    )


def break_by_channel(found: Cohorts, split: Break) -> pd.DataFrame:
    """How much the share changed at the split among customers of each channel of joining; the largest fall first.

    Columns: channel, customers, share, older_customers, older_share, difference, diff_low, diff_high, p. Channels below
    the smallest base on either side are left out, as are customers whose channel is not known.
    """
    rows = found.by_channel
    counted = found.cells.loc[(found.cells["age"] == split.horizon) & found.cells["finished"]]
    kept = counted.loc[~counted["few"] & ~counted["doubtful"], "cohort"]
    rows = rows[(rows["age"] == split.horizon) & rows["cohort"].isin(kept) & (named_parts(rows["channel"]) != "")]
    sides = rows.assign(newer=rows["cohort"] >= split.since).groupby(["channel", "newer"])[["returned", "customers"]]
    wide = pd.DataFrame(sides.sum().unstack("newer", fill_value=0))
    wide = wide.reindex(columns=pd.MultiIndex.from_product([["returned", "customers"], [False, True]]), fill_value=0)
    y, x = (wide["returned"][side] for side in (False, True))
    m, n = (wide["customers"][side] for side in (False, True))
    table = pd.DataFrame({"customers": n, "share": x / n, "older_customers": m, "older_share": y / m})
    table["difference"] = table["share"] - table["older_share"]
    table["diff_low"], table["diff_high"], table["p"] = two_shares(x, n, y, m)
    table = table[(n >= found.smallest_base) & (m >= found.smallest_base)].rename_axis("channel").reset_index()
    return table.sort_values(["difference", "channel"], ignore_index=True)
