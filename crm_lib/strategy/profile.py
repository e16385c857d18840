"""Size, revenue and reach of each operating class."""

from __future__ import annotations

import pandas as pd

from crm_lib.engagement import OPERATING_CLASSES
from crm_lib.strategy.priority import reach


def class_profile(layer_profile: pd.DataFrame, customers: pd.DataFrame) -> pd.DataFrame:
    """The four classes in their order, also the empty ones.

    Columns: operating_class, customers, customer_share, revenue (in the layering window), revenue_share (NaN where
    the total is not positive), median_recency_days, mean_frequency, mean_monetary, excluded, reachable, unverified.
    """
    frame = layer_profile.set_index("operating_class").reindex(list(OPERATING_CLASSES)).reset_index()
    frame = frame.fillna({"customers": 0, "revenue": 0.0}).astype({"customers": "int64"})
    frame["customer_share"] = frame["customers"] / max(int(frame["customers"].sum()), 1)
    total = frame["revenue"].sum()
    frame["revenue_share"] = frame["revenue"] / total if total > 0 else float("nan")
    frame = frame.merge(reach(customers).drop(columns="customers"), on="operating_class")
    return frame[
        [
            "operating_class",
            "customers",
            "customer_share",
            "revenue",
            "revenue_share",
            "median_recency_days",
            "mean_frequency",
            "mean_monetary",
            "excluded",
            "reachable",
            "unverified",
        ]
    ]
