"""The level that a target is held against: the whole months of the cycle, pooled as phase 1 pools its baseline."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from crm_lib.engagement import Definitions
from crm_lib.engine import Engine
from crm_lib.metrics import METRICS, kpis
from crm_lib.metrics.periods import months, window
from crm_lib.review.windows import Span

KEY = ["metric", "group_id"]
COLUMNS = ["metric", "group_id", "value", "low", "high", "base", "numerator", "denominator", "months"]


def months_of(span: Span) -> pd.DataFrame:
    """The whole months of a span; the span itself where it holds none."""
    found = months(span.starts_on, span.ends_on)
    return found if len(found) else window("span", span.starts_on, span.ends_on)


def levels(
    engine: Engine,
    span: Span,
    definitions: Definitions,
    groups: pd.DataFrame | None,
    names: Sequence[str],
    latest: int | None = None,
) -> pd.DataFrame:
    """One row a metric and group, pooled over the months whose windows have passed (the `latest`, or all): COLUMNS.

    Rates and means: sum of numerators by sum of denominators; a total: mean a month (denominator: months); a stock:
    the last month. Half-widths are squared and added, or added where the same customers come again (fully dependent:
    the widest the interval can be). Without `groups` the one group 'all'. No row where nothing was measured.
    """
    measured = kpis(engine, months_of(span), definitions, groups, names)
    known = measured[measured["value"].notna()].reset_index(drop=True)
    if not len(known):
        return pd.DataFrame(columns=COLUMNS)
    stock = np.array([METRICS[name].counted == "stock" for name in known["metric"]], dtype=bool)
    back = known.groupby(KEY, sort=False).cumcount(ascending=False).to_numpy()
    return _pooled(known[back < np.where(stock, 1, latest or len(known))].reset_index(drop=True))


def _pooled(known: pd.DataFrame) -> pd.DataFrame:
    dependent = pd.Series([METRICS[name].counted == "customers" for name in known["metric"]])
    total = pd.Series([METRICS[name].estimate == "total" for name in known["metric"]])
    parts = known.assign(denominator=known["denominator"].where(~total, 1.0), months=1)
    whole = parts.groupby(KEY, sort=False)["denominator"].transform("sum")
    for side in ("low", "high"):
        width = parts["denominator"] / whole * (known[side] - known["value"]).abs()
        parts[side] = width.where(dependent, width**2)
    groups = parts.groupby(KEY, sort=False)
    sums = groups[["numerator", "denominator", "months"]].sum()
    value = sums["numerator"] / sums["denominator"]
    together = dependent.groupby([known[name] for name in KEY], sort=False).first()
    sides = groups[["low", "high"]]
    bounds = sides.sum().where(sides.count().eq(groups.size(), axis=0))
    bounds = pd.DataFrame({side: bounds[side].where(together, np.sqrt(bounds[side])) for side in ("low", "high")})
    base = groups["base"].mean().where(together, groups["base"].sum()).astype("int64")
    pooled = sums.assign(value=value, low=value - bounds["low"], high=value + bounds["high"], base=base)
    return pooled.reset_index()[COLUMNS]
