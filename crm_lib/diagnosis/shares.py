"""Shares of customers with their intervals, and the part of a dimension that is struck most."""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd

from crm_lib.diagnosis.measured import Measured
from crm_lib.diagnosis.words import dimension_label, part_label
from crm_lib.language import Message, Value, msg
from crm_lib.metrics import intervals
from crm_lib.metrics.association import beyond_rest


def rate(x: float, n: float, name: str) -> Value:
    """A share of n with its Wilson interval."""
    low, high = intervals.wilson(x, n)
    return Value("percent", x / n if n else None, int(n), float(low), float(high), name)


def parts_above(
    measured: Measured, people: pd.DataFrame, struck: pd.Series, dimensions: Collection[str] | None = None
) -> pd.DataFrame:
    """[dimension, part, sum, count, rate]: parts with enough `people` whose share of struck ones lies above that of all
    others by more than the chance of picking among so many parts; of all dimensions where none are named."""
    marked = pd.DataFrame({"customer_id": people["customer_id"], "struck": struck.astype(int)})
    known = measured.dimensions
    known = known if dimensions is None else known[known["dimension"].isin(dimensions)]
    joined = known.merge(marked, on="customer_id")
    parts = joined[joined["part"].ne("")].groupby(["dimension", "part"], sort=True)["struck"].agg(["sum", "count"])
    parts = parts[parts["count"] >= measured.smallest_base].reset_index()
    hits, n = parts["sum"].to_numpy(float), parts["count"].to_numpy(float)
    others = (marked["struck"].sum() - hits, len(marked) - n)
    _, above = beyond_rest(hits, n, n - len(marked) != 0, others)
    return parts.assign(rate=parts["sum"] / parts["count"])[above]


def worst_part(measured: Measured, people: pd.DataFrame, struck: pd.Series, name: str) -> Message | None:
    """The part of a dimension with the largest share of struck customers (`parts_above`); None where there is none."""
    parts = parts_above(measured, people, struck)
    if parts.empty:
        return None
    worst = parts.sort_values(["rate", "dimension", "part"], ascending=[False, True, True]).iloc[0]
    return msg(
        "diagnosis.evidence.worst_part",
        dimension=dimension_label(worst["dimension"]),
        part=part_label(measured.engagement, worst["dimension"], worst["part"]),
        value=rate(float(worst["sum"]), float(worst["count"]), name),
    )
