"""Tables that several metrics count from: days of purchase, what is paid for until when, days on which it comes due."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from crm_lib.engine import Engine

_FOLDER = Path(__file__).parent


def derive_purchase_days(engine: Engine) -> None:
    """Make table purchase_days (customer_id, ordered_on, prev_on, next_on) readable: one row a customer and day."""
    engine.derive("purchase_days", _FOLDER / "purchase_days.sql")


def derive_due_days(engine: Engine) -> None:
    """Make paid_terms (customer_id, ordered_on, paid_until, returned_on), a row a purchase that says until when it pays, and
    due_days (customer_id, ordered_on, due_on, prev_due_on, renewed_on) readable, beside purchase_days."""
    derive_purchase_days(engine)
    for name in ("paid_terms", "due_days"):
        engine.derive(name, _FOLDER / f"{name}.sql")


def first_due(engine: Engine, ids: pd.Series) -> pd.Series:
    """First day on which it shows whether each customer comes again (see due_days.sql); NaT without one. Rows as in `ids`."""
    derive_due_days(engine)
    found = engine.sql("SELECT customer_id, MIN(due_on) AS due_on FROM due_days GROUP BY customer_id")
    due = found.set_index("customer_id")["due_on"].reindex(ids)
    return pd.Series(due.to_numpy(), ids.index).astype("datetime64[us]")
