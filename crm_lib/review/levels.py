"""The level that a target is held against, of any group: its months in a span pooled as phase 1 pools its baseline."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from crm_lib.engagement import Definitions
from crm_lib.engine import Engine
from crm_lib.metrics import cycle_periods, kpis, pooled
from crm_lib.metrics.pool import MONTHS
from crm_lib.review.windows import Span


def levels(
    engine: Engine,
    span: Span,
    definitions: Definitions,
    groups: pd.DataFrame | None,
    names: Sequence[str],
    latest: int | None = MONTHS,
) -> pd.DataFrame:
    """metrics.pooled of a span's whole months whose windows have passed, or of the span itself where it holds none.

    Of each metric the `latest` months (None: all) in which any group was measured, the same for every group, so that
    parts add up. Without `groups` the one group 'all'. No row where nothing was measured.
    """
    measured = kpis(engine, cycle_periods(span.starts_on, span.ends_on), definitions, groups, names)
    known = measured[measured["value"].notna()]
    months = known.drop_duplicates(["metric", "period"]).sort_values("starts_on", kind="stable")
    kept = months.groupby("metric", sort=False).tail(latest) if latest else months
    return pooled(known.merge(kept[["metric", "period"]], on=["metric", "period"]), None)
