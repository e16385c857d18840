"""The level that a target is held against: the whole months of the cycle, pooled as phase 1 pools its baseline."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from crm_lib.engagement import Definitions
from crm_lib.engine import Engine
from crm_lib.metrics import METRICS, kpis
from crm_lib.metrics.periods import months, window
from crm_lib.review.intervals import Estimate, together, weighted
from crm_lib.review.rows import records
from crm_lib.review.windows import Span

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
    known = measured[measured["value"].notna()]
    rows = [
        _pooled(str(metric), str(group), part.tail(_months(str(metric), len(part), latest)))
        for (metric, group), part in known.groupby(["metric", "group_id"], sort=False)
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def _months(metric: str, known: int, latest: int | None) -> int:
    return 1 if METRICS[metric].counted == "stock" else latest or known


def _pooled(metric: str, group: str, part: pd.DataFrame) -> dict[str, object]:
    total, dependent = METRICS[metric].estimate == "total", METRICS[metric].counted == "customers"
    numerator = float(part["numerator"].sum())
    denominator = float(len(part)) if total else float(part["denominator"].sum())
    shares = [1 / len(part)] * len(part) if total else [float(n) / denominator for n in part["denominator"]]
    months = [Estimate(row["value"], row["low"], row["high"]) for row in records(part)]
    pooled = (together if dependent else weighted)(shares, months)
    base = part["base"].mean() if dependent else part["base"].sum()
    row = {"metric": metric, "group_id": group, "value": numerator / denominator, "base": int(base)}
    row |= {"low": pooled.low, "high": pooled.high, "months": len(part)}
    return row | {"numerator": numerator, "denominator": denominator}
