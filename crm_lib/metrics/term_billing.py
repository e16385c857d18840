"""Whether a business is billed by the term: months without a sale between months with many."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path

from crm_lib.engine import Engine
from crm_lib.metrics.purchase_days import derive_purchase_days

LEAST_EMPTY = 1 / 3  # of the months between the first and the last sale, from which on billing is by the term
LEAST_MONTHS = 6


def billed_by_term(months: Iterable[int]) -> bool:
    """Whether of the months from the first to the last of `months` (indices of months with a sale) at least
    `LEAST_EMPTY` are not among them, though sales came back after them."""
    sold = set(months)
    span = max(sold) - min(sold) + 1 if sold else 0
    return span >= LEAST_MONTHS and 1 - len(sold) / span >= LEAST_EMPTY


def months_of_sale(engine: Engine, as_of: date) -> list[int]:
    """Indices (year * 12 + month - 1) of the months up to `as_of` in which a known customer bought."""
    derive_purchase_days(engine)
    return (
        engine.run(Path(__file__).with_name("months_of_sale.sql"), as_of=as_of)["month_index"].astype("int64").tolist()
    )
