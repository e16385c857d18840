"""The stores that answers to surveys name: where the stay, visit or purchase was that they judge."""

from __future__ import annotations

import pandas as pd

from crm_lib.engine import Engine
from crm_lib.metrics.not_stated import named_parts

ASKED_STORE = "asked_store"  # the dimension; of scores it stands in for the store where a customer buys most


def asked_stores(engine: Engine) -> pd.DataFrame:
    """[store, part, answers]: each store as answers name it, '' where they name none, the part that it is ('' where nameless),
    and how many answers; empty where they name fewer than two."""
    found = pd.DataFrame(columns=["store", "part", "answers"])
    if engine.has("surveys"):
        query = "SELECT COALESCE(store, '') AS store, COUNT(*) AS answers FROM surveys GROUP BY COALESCE(store, '')"
        found = engine.fact(f"SELECT s.store, s.answers FROM ({query}) AS s ORDER BY s.store")
        found = found.assign(part=named_parts(found["store"]))[["store", "part", "answers"]]
    return found if found.loc[found["part"].ne(""), "part"].nunique() > 1 else found.iloc[:0]
