"""How a file should have been read: the row, sheet, encoding and delimiter under which the mapped headers are found.

Only where most of them are not: one sentence then says what to declare instead of one for each column.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from crm_lib.engagement import Source
from crm_lib.ingest.children.in_child import UnreadableFile
from crm_lib.ingest.readers.encoding import decode, find_encoding
from crm_lib.ingest.readers.file_kind import WORKBOOKS
from crm_lib.ingest.readers.read_csv import DELIMITERS, Dialect, find_delimiter
from crm_lib.ingest.readers.read_excel import read_sheets, sheet_names
from crm_lib.ingest.values.contacts import parse_email
from crm_lib.ingest.values.text import folded, tidy

_ROWS = 40  # among the first rows of a file the header is looked for
_BYTES = 1 << 20
Settings = dict[str, str | int]


@dataclass(frozen=True)
class Layout:
    """`settings`: keys of the source that would have to be said; `found` of the mapped headers stand there."""

    found: int
    settings: Settings = field(default_factory=dict)


def wanted_headers(source: Source) -> frozenset[str]:
    """The headers that the engagement maps, folded."""
    return frozenset(folded(header) for header in source.columns.values() if header)


def matches(wanted: frozenset[str], cells: Iterable[str]) -> int:
    return len(wanted & {folded(cell) for cell in cells})


def better_layout(source: Source, path: Path, kind: str, sheet: str, headers: Sequence[str]) -> Layout | None:
    """Where at least twice as many mapped headers stand, and half of them; None where that is nowhere."""
    wanted = wanted_headers(source)
    best = Layout(max(2 * matches(wanted, headers), (len(wanted) + 1) // 2, 1) - 1)
    read = _workbook(source, path, sheet) if kind in WORKBOOKS else () if kind == "jsonl" else _text(source, path)
    for cells, settings in read:
        if (found := matches(wanted, cells)) > best.found:
            best = Layout(found, settings)
    return best if best.settings else None


def _workbook(source: Source, path: Path, sheet: str) -> Iterator[tuple[list[str], Settings]]:
    with suppress(UnreadableFile):
        for page in read_sheets(path, tuple(sheet_names(path)), _ROWS):
            for row, cells in enumerate(page.rows(_ROWS), 1):
                there = _changed({"sheet": page.name}, page.name != sheet)
                yield cells, there | _changed({"header_row": row}, row != source.header_row)


def _text(source: Source, path: Path) -> Iterator[tuple[list[str], Settings]]:
    with path.open("rb") as stream:
        data = stream.read(_BYTES)
    found = find_encoding(data) or find_encoding(data[: data.rfind(b"\n") + 1])
    for encoding in dict.fromkeys([source.encoding, found]):
        if encoding is None:
            continue
        try:
            lines = list(io.StringIO(decode(data, encoding), newline=""))[:_ROWS]
        except (UnicodeError, LookupError):
            continue
        told = _changed({"encoding": encoding}, source.encoding is not None and encoding != source.encoding)
        for row, line in enumerate(lines, 1):
            here = told | _changed({"header_row": row}, row != source.header_row)
            own = source.delimiter or find_delimiter(lines, row)
            for mark in dict.fromkeys([own, *DELIMITERS]):
                dialect = Dialect(mark, source.quote, source.escape)
                cells = dialect.restored(next(dialect.reader([line.rstrip("\r\n")]), []))
                yield cells, here | _changed({"delimiter": mark}, mark != own)


def _changed(settings: Settings, differs: bool) -> Settings:
    return settings if differs else {}


def looks_like_data(cells: Iterable[str]) -> bool:
    """Whether cells hold numbers or addresses as rows of customers do: then they are no header, and not to be shown."""
    return any(_tells(tidy(cell)) for cell in cells)


def _tells(cell: str) -> bool:
    digits = sum(character.isdigit() for character in cell)
    return digits >= 5 or ("@" in cell and parse_email(cell) is not None) or (digits > 0 and digits == len(cell))
