"""The days on which customers bought, as a table that several metrics count from."""

from __future__ import annotations

from pathlib import Path

from crm_lib.engine import Engine

_SQL = Path(__file__).with_name("purchase_days.sql")


def derive_purchase_days(engine: Engine) -> None:
    """Make table purchase_days (customer_id, ordered_on, prev_on, next_on) readable: one row a customer and day."""
    engine.derive("purchase_days", _SQL)
