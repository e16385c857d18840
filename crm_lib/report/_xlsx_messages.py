"""A table's column of words that each begin with a number -> a column of numbers, and beside it the words.

'45.1% (95% interval 43.0% to 47.2%)' cannot be sorted or added; 0.451 with its format can.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from string import Formatter
from typing import Any

from crm_lib.language import Catalogue, Message, Value
from crm_lib.report._xlsx_formats import missing
from crm_lib.report.cells import NUMERIC

_SIGNS = {"": 1, "+": 1, "-": -1, "−": -1}
_WORDS = frozenset({"text", "local", "term"})
_ENDS = ("", "(", "（", ";", "；")  # what may follow the number; else it is part of a sentence


def split(cells: Sequence[Any], words: Catalogue) -> list[tuple[str, float] | None] | None:
    """(kind, number) of each cell of a `message` column, None for a cell without any number.

    None instead of the list where a cell is a sentence with numbers in it, or none begins with one.
    """
    found: list[tuple[str, float] | None] = []
    for cell in cells:
        message = None if missing(cell) or _wordy(cell) else _message(cell)
        figure = leading(message, words) if message else None
        if message and figure is None and _has_number(message):
            return None
        found.append(figure)
    return found if any(found) else None


def leading(message: Message, words: Catalogue) -> tuple[str, float] | None:
    """Kind and number that a message's words begin with, where only a bracket or a semicolon follows."""
    if not message.id:
        return None
    pieces = list(Formatter().parse(words.word(message.id)))
    before, name, _, _ = pieces[0]
    after = next((text for text, *_ in pieces[1:]), "").lstrip()
    if name is None or before.strip() not in _SIGNS or after[:1] not in _ENDS or name not in message.args:
        return None
    figure = _figure(message.args[name], words)
    return figure and (figure[0], _SIGNS[before.strip()] * figure[1])


def _figure(value: Value, words: Catalogue) -> tuple[str, float] | None:
    if value.kind == "message":
        return leading(_message(value.value), words)
    known = value.kind in NUMERIC and not missing(value.value) and not isinstance(value.value, str)
    return (value.kind, value.value) if known else None


def _wordy(cell: Message | Mapping[str, Any]) -> bool:
    """Certainly without a number: told at a glance, since a ledger has thousands of such cells."""
    return isinstance(cell, Mapping) and all(part["kind"] in _WORDS for part in cell.get("args", {}).values())


def _has_number(message: Message) -> bool:
    return any(_counts(value) for value in message.args.values())


def _counts(value: Value) -> bool:
    if value.kind == "message":
        return _has_number(_message(value.value))
    return value.kind == "list" or (value.kind in NUMERIC and not missing(value.value))


def _message(cell: Message | Mapping[str, Any]) -> Message:
    return cell if isinstance(cell, Message) else Message.from_json(cell)
