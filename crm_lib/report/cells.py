"""Words of a table's cell, the same in every format."""

from __future__ import annotations

from typing import Any

from crm_lib.language import NOT_KNOWN, Catalogue
from crm_lib.report.blocks import Column

NUMERIC = frozenset(
    {"int", "float", "ratio", "percent", "points", "money", "price", "money_short", "days", "hours", "minutes"}
)
TIMES = frozenset({"date", "month", "week", "datetime"})


def cell_text(words: Catalogue, column: Column, value: Any) -> str:
    """Words of one value of a column; a missing one is a dash."""
    if value is None or value != value or (isinstance(value, str) and not value.strip()):
        return NOT_KNOWN
    if column.kind == "term":
        return words.word(f"{column.prefix}{value}")
    return words.format(column.kind, value)
