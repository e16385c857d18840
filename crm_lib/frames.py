"""Frames, row by row and with objects in their cells."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

import pandas as pd


def rows(frame: pd.DataFrame) -> Iterator[Any]:
    """The frame's rows as named tuples of Python's own values (without the index); faster than itertuples."""
    make = _row(tuple(str(name) for name in frame.columns))
    return map(make._make, zip(*(values.tolist() for _, values in frame.items()), strict=True))


@cache
def _row(names: tuple[str, ...]) -> Any:
    return namedtuple("Row", names, rename=True)


def objects(values: Iterable[Any]) -> Any:
    """Column of objects, such as Messages, for a frame with a fresh index."""
    return pd.Series(list(values), dtype="object")
