"""Frames, row by row and with objects in their cells."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import pandas as pd


def rows(frame: pd.DataFrame) -> Iterator[Any]:
    """The frame's rows as named tuples (without the index)."""
    return iter(frame.itertuples(index=False))


def objects(values: Iterable[Any]) -> Any:
    """Column of objects, such as Messages, for a frame with a fresh index."""
    return pd.Series(list(values), dtype="object")
