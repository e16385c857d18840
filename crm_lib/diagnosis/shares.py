"""Shares of customers with their intervals, and the part of a dimension that is struck most."""

from __future__ import annotations

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


def worst_part(measured: Measured, people: pd.DataFrame, struck: pd.Series, name: str) -> Message | None:
    """The part of a dimension with the largest share of struck customers, above that of all other `people` by more than
    the chance of picking among so many parts; None where there is none with enough customers."""
    marked = pd.DataFrame({"customer_id": people["customer_id"], "struck": struck.astype(int)})
    joined = measured.dimensions.merge(marked, on="customer_id")
    parts = joined[joined["part"].ne("")].groupby(["dimension", "part"], sort=True)["struck"].agg(["sum", "count"])
    parts = parts[parts["count"] >= measured.smallest_base].reset_index()
    hits, n = parts["sum"].to_numpy(float), parts["count"].to_numpy(float)
    others = (marked["struck"].sum() - hits, len(marked) - n)
    _, above = beyond_rest(hits, n, n - len(marked) != 0, others)
    parts = parts.assign(rate=parts["sum"] / parts["count"])[above]
    if parts.empty:
        return None
    worst = parts.sort_values(["rate", "dimension", "part"], ascending=[False, True, True]).iloc[0]
    return msg(
        "diagnosis.evidence.worst_part",
        dimension=dimension_label(worst["dimension"]),
        part=part_label(measured.engagement, worst["dimension"], worst["part"]),
        value=rate(float(worst["sum"]), float(worst["count"]), name),
    )
