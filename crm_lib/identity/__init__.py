"""Many records -> one golden customer: `records` collects them, `resolve` joins them, `golden` chooses the values."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from crm_lib.engagement import Identity

__all__ = ["resolve"]


def resolve(records: pd.DataFrame, settings: Identity | None = None) -> pd.DataFrame:
    """[record_id, customer_id, match_probability] of records (resolution.COLUMNS and ALSO); None, NaN of nobody.

    match_probability: of the join that brought the record to its customer; 1 of exact keys and of first records.
    """
    from crm_lib.identity.resolution import resolve_records

    return resolve_records(records, settings).records[["record_id", "customer_id", "match_probability"]]
