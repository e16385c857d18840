"""Frames to plain rows and back, typed."""

from __future__ import annotations

from typing import Any

import pandas as pd

from crm_lib.language import Kind, Value


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): cell for name, cell in row.items()} for row in frame.to_dict("records")]


def value(kind: Kind, number: Any, low: Any = None, high: Any = None, base: Any = None, name: str = "") -> Value:
    """Value whose NaN are None."""
    return Value(kind, _number(number), None if base is None else int(base), _number(low), _number(high), name)


def _number(number: Any) -> float | None:
    return None if number is None or pd.isna(number) else float(number)
