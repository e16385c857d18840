"""The groups of customers that targets speak of, as they were fixed at baseline."""

from __future__ import annotations

import pandas as pd


def target_groups(layers: pd.DataFrame, scope_members: pd.DataFrame) -> pd.DataFrame:
    """group_id, customer_id of the classes and of the scope's groups."""
    classes = pd.DataFrame({"group_id": "class:" + layers["operating_class"], "customer_id": layers["customer_id"]})
    return pd.concat([classes, scope_members[["group_id", "customer_id"]]], ignore_index=True).drop_duplicates()
