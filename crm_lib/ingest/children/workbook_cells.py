"""In the child process: cells of a workbook as text, whole columns at a time."""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from math import nan
from typing import Any

EXACT = 1e15  # Excel keeps 15 digits, a float whole numbers to 9e15
_ERRORS = re.compile(r"#(?:N/A|REF!|DIV/0!|VALUE!|NAME\?|NUM!|NULL!|SPILL!|CALC!|GETTING_DATA)|Err:5\d\d|#ERR\d+!")
_DURATION = re.compile(r"PT(\d+)H(\d+)M(\d+)(?:\.\d+)?S")  # of OpenDocument
_MARKS = ("#", "Err:", "PT")  # how an error and a duration begin


def plain_numbers(cells: Sequence[Any]) -> array[float] | None:
    """A column of numbers that are exact as they stand, NaN where a cell is empty; None for any other."""
    kinds = set(map(type, cells))
    if float not in kinds or not kinds <= {float, str}:
        return None
    floats = cells if len(kinds) == 1 else [cell for cell in cells if type(cell) is float]
    if not max(map(abs, floats)) < EXACT:
        return None
    if len(kinds) == 1:
        return array("d", cells)
    if any(type(cell) is str and cell for cell in cells):
        return None
    return array("d", [cell if type(cell) is float else nan for cell in cells])


def column_texts(cells: Sequence[Any]) -> tuple[Sequence[str], list[int]]:
    """Cells of one column as text: whole numbers without '.0', dates as ISO, times as HH:MM:SS. And where errors and
    durations stand as text, numbers of too many digits, and days that Excel counts otherwise."""
    kinds = set(map(type, cells))
    if kinds == {str}:
        texts, odd = cells, any(mark in "".join(cells) for mark in _MARKS)
    elif kinds in ({date}, {datetime}):
        texts, odd = _by_distinct(cells, _plain), min(cells).year <= 1900
    else:
        texts, odd = [cell if type(cell) is str else _TEXTS[type(cell)](cell) for cell in cells], True
    return texts, [i for i, cell in enumerate(cells) if _needs_look(cell)] if odd else []


def _by_distinct(cells: Sequence[Any], texts_of: Callable[[Sequence[Any]], list[str]]) -> list[str]:
    """Texts of cells; of each distinct one once, where there are few."""
    distinct = list(set(cells))
    if 2 * len(distinct) > len(cells):
        return texts_of(cells)
    return list(map(dict(zip(distinct, texts_of(distinct), strict=True)).__getitem__, cells))


def _plain(cells: Sequence[Any]) -> list[str]:
    return list(map(str, cells))


def is_error(text: str) -> bool:
    return _ERRORS.fullmatch(text) is not None


def plain_duration(text: str) -> str:
    """'PT13H45M07S' is '13:45:07'; other texts stay."""
    found = _DURATION.fullmatch(text)
    return f"{int(found[1]):02}:{found[2]}:{found[3]}" if found else text


def written(cell: Any, digits: str | None) -> tuple[str, bool]:
    """A long number or very early day as it was written, where that is known; and whether its last digits may be lost.

    Serial 60 is 29 February 1900, a day that Excel knows and the calendar does not.
    """
    if isinstance(cell, date):
        early = digits is not None and digits.split(".")[0] == "60"
        return ("1900-02-29" if early else str(cell)), False
    if digits is None or not digits.lstrip("-").isdigit():
        return repr(cell), True
    return digits, not digits.lstrip("-")[15:].strip("0") or _float_digits(digits)


def _float_digits(digits: str) -> bool:
    """Whether a whole number is written as a program writes its float: 17 digits that count, noughts behind them."""
    return digits.endswith("0") and Decimal(repr(float(digits))) == Decimal(digits)


def _needs_look(cell: Any) -> bool:
    kind = type(cell)
    if kind is str:
        return cell.startswith(_MARKS) and (is_error(cell) or _DURATION.fullmatch(cell) is not None)
    if kind is float:
        return not -EXACT < cell < EXACT
    return kind in (date, datetime) and (cell.year, cell.month, cell.day) == (1900, 2, 28)


def _float(cell: float) -> str:
    return str(int(cell)) if cell.is_integer() and abs(cell) < EXACT else repr(cell)


def _duration(cell: timedelta) -> str:
    """Hours go on beyond 24."""
    minutes, seconds = divmod(int(cell.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds:02}"


_TEXTS: dict[type, Callable[[Any], str]] = {
    bool: lambda cell: "true" if cell else "false",
    int: str,
    float: _float,
    datetime: str,
    date: str,
    time: str,
    timedelta: _duration,
}
