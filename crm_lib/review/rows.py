"""Frames to plain rows and back, typed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from crm_lib.language import Kind, Message, Value, msg


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows by column, of Python's own values; faster than to_dict."""
    names = [str(name) for name in frame.columns]
    cells = [_cells(values) for _, values in frame.items()]
    return [dict(zip(names, row, strict=True)) for row in zip(*cells, strict=True)]


def _cells(values: pd.Series) -> list[Any]:
    cells = values.tolist()
    if values.dtype == object:
        return [cell.item() if isinstance(cell, np.generic) else cell for cell in cells]
    return cells


def value(kind: Kind, number: Any, low: Any = None, high: Any = None, base: Any = None, name: str = "") -> Value:
    """Value whose NaN are None."""
    return Value(kind, _number(number), None if base is None else int(base), _number(low), _number(high), name)


_DIGITS = {"int": 0, "money": 0, "money_short": 0, "float": 1, "hours": 1, "points": 3, "percent": 3}  # others: 2


def difference(kind: Kind, number: Any, low: Any = None, high: Any = None, base: Any = None) -> Value | Message:
    """A change with its sign, in words; none where it is nothing at the digits shown. Points bear their sign anyway."""
    given = value(kind, unsigned(kind, number), unsigned(kind, low), unsigned(kind, high), base)
    if kind == "points" or given.value is None or float(given.value) <= 0:
        return given
    return msg("review.plus_full" if low is not None or base is not None else "review.plus", value=given)


def unsigned(kind: Kind, number: Any) -> float | None:
    """No '-0.00'."""
    found = _number(number)
    return 0.0 if found is not None and round(found, _DIGITS.get(kind, 2)) == 0 else found


def _number(number: Any) -> float | None:
    return None if number is None or pd.isna(number) else float(number)
