"""Child process: JSON lines to columns of text; nested objects by dotted path.

Says {"columns": [names], "lines": [their lines]} and then the texts of each column, for some lines at a time, with
{"rejected": [[line, reason, text], ...], "blank": [lines]} after each.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from crm_lib.ingest.children.child_limits import refuse, say, say_texts
from crm_lib.ingest.readers.encoding import MARK, decode

_ROWS = 10_000
_LONGEST = 1_000_000  # characters of a value
_LONGEST_LINE = 16 << 20  # bytes
_MOST_COLUMNS = 2000
_KEPT = 32_000  # characters of a broken line


class _Broken(ValueError):
    pass


class _Number(str):
    """Digits as they were written: a float would lose some of an id."""


def main(asked: Mapping[str, Any]) -> None:
    """`path`, `encoding`."""
    batch, known = _Batch(), set[str]()
    for number, raw in enumerate(_lines(Path(asked["path"]), asked["encoding"]), 1):
        batch.add(number, raw)
        if number % _ROWS == 0:
            known |= batch.tell(known)
            batch = _Batch()
    batch.tell(known)


def _lines(path: Path, encoding: str) -> Iterator[str]:
    if encoding.startswith(("utf-16", "utf-32")):
        yield from decode(path.read_bytes(), encoding).split("\n")
        return
    with path.open("rb") as stream:
        while raw := stream.readline(_LONGEST_LINE):
            if len(raw) == _LONGEST_LINE:
                refuse("long_line", most=_LONGEST_LINE)
            yield decode(raw, encoding)


class _Batch:
    def __init__(self) -> None:
        self.rows: list[dict[str, str]] = []
        self.lines: list[int] = []
        self.rejected: list[tuple[int, str, str]] = []
        self.blank: list[int] = []

    def add(self, number: int, raw: str) -> None:
        text = raw.strip("\ufeff \t\r\n\x1e")
        if not text:
            self.blank.append(number)
            return
        try:
            row = {} if MARK in text else dict(_flat(_parsed(text)))
        except (ValueError, RecursionError):
            self.rejected.append((number, "broken_line", text[:_KEPT]))
            return
        if MARK in text:
            self.rejected.append((number, "undecodable", text[:_KEPT]))
        elif any("\0" in value for value in row.values()):
            self.rejected.append((number, "nul_byte", text[:_KEPT]))
        else:
            if any(len(value) > _LONGEST for value in row.values()):
                refuse("long_cell", row=number, most=_LONGEST)
            self.rows.append(row)
            self.lines.append(number)

    def tell(self, known: set[str]) -> set[str]:
        names = list(dict.fromkeys(name for row in self.rows for name in row))
        if len(known | set(names)) > _MOST_COLUMNS:
            refuse("many_columns", most=_MOST_COLUMNS)
        say({"columns": names, "lines": self.lines})
        for name in names:
            say_texts([row.get(name, "") for row in self.rows])
        say({"rejected": self.rejected, "blank": self.blank})
        return set(names)


def _parsed(text: str) -> dict[str, Any]:
    found = json.loads(text, parse_int=_Number, parse_float=_Number, parse_constant=_Number, object_pairs_hook=_once)
    if not isinstance(found, dict):
        raise _Broken
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A key that stands twice would lose the first value in silence."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _Broken
    return found


def _flat(value: dict[str, Any], above: str = "") -> Iterable[tuple[str, str]]:
    for key, inner in value.items():
        path = f"{above}{key}"
        if isinstance(inner, dict):
            yield from _flat(inner, f"{path}.")
        else:
            yield path, _text(inner)


def _text(value: Any) -> str:
    return "" if value is None else str(value) if isinstance(value, str) else _dumped(value)


def _dumped(value: Any) -> str:
    if isinstance(value, _Number):
        return str(value)
    if isinstance(value, list):
        return f"[{', '.join(map(_dumped, value))}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_dumped(key)}: {_dumped(inner)}" for key, inner in value.items()) + "}"
    return json.dumps(value, ensure_ascii=False)
