"""Customers' own owners, as their records name them."""

from __future__ import annotations

import pandas as pd

from crm_lib.engine import Engine
from crm_lib.metrics.not_stated import named_parts

MOSTLY = 0.5  # of the contacts with a list, from which on its customers' own owners are taken to work it


def own_owners(engine: Engine) -> pd.Series:
    """customer_id -> owner, of the customers whose record names one."""
    if not engine.has("customers"):
        return pd.Series(dtype="str")
    found = engine.sql("SELECT customer_id, owner FROM customers WHERE COALESCE(owner, '') <> '' ORDER BY customer_id")
    found = found[named_parts(found["owner"]) != ""]
    return found.astype("str").set_index("customer_id")["owner"]
