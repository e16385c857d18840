"""Delimited text -> rows. Decoded here, since engines lose rows of other encodings in silence."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from crm_lib.ingest.readers.encoding import CUT, LONGEST_LINE, decode
from crm_lib.ingest.readers.not_data import NotData
from crm_lib.ingest.readers.raw import Parsed, headers

DELIMITERS = (",", "\t", ";", "|")
LONGEST_RECORD = 200  # lines of one quoted record; an unclosed quote must not swallow the file
_SHOWN = 1000  # characters that are kept of a line that is too long
_STAND_IN = "\ufdd0"  # for a delimiter of several characters; no text has it (Unicode, noncharacters)
csv.field_size_limit(LONGEST_LINE * (LONGEST_RECORD + 1))


@dataclass(frozen=True)
class Dialect:
    """What tells cells apart: a delimiter of one or more characters; a quote and an escape character, '' for none."""

    delimiter: str = ","
    quote: str = '"'
    escape: str = ""

    @property
    def plain(self) -> bool:
        """Whether readers of CSV know it without being told more than a delimiter."""
        return len(self.delimiter) == 1 and self.quote == '"' and not self.escape

    def reader(self, lines: Iterable[str], strict: bool = False) -> Any:
        """A `csv.reader`, what it gives to be `restored`."""
        one = len(self.delimiter) == 1
        return csv.reader(
            lines if one else (line.replace(self.delimiter, _STAND_IN) for line in lines),
            delimiter=self.delimiter if one else _STAND_IN,
            quotechar=self.quote or None,
            escapechar=self.escape or None,
            quoting=csv.QUOTE_MINIMAL if self.quote else csv.QUOTE_NONE,
            strict=strict,
        )

    def restored(self, cells: list[str]) -> list[str]:
        """Cells as they stand in the file."""
        if len(self.delimiter) == 1:
            return cells
        return [cell.replace(_STAND_IN, self.delimiter) for cell in cells]


def parse_csv(
    data: bytes,
    encoding: str,
    delimiter: str | None = None,
    header_row: int = 1,
    rule: NotData | None = None,
    quote: str = '"',
    escape: str = "",
) -> Parsed:
    """Rows of a file; malformed ones are rejected with their line, those that are no data counted by their kind."""
    lines = split_lines(decode(data, encoding))
    dialect = Dialect(delimiter or find_delimiter(lines, header_row), quote, escape)
    names, body = header(lines, dialect, header_row - 1)
    return Parsed(names).fill(records(lines, dialect, body), rule or NotData())


def split_lines(text: str) -> list[str]:
    """Lines with their ends, whichever they are; of one that is too long, the beginning."""
    return [line if len(line) * 4 <= LONGEST_LINE else _cut(line) for line in io.StringIO(text, newline="")]


def _cut(line: str) -> str:
    return line if len(line.encode("utf-8", "surrogatepass")) <= LONGEST_LINE else shortened(line)


def shortened(line: str) -> str:
    """The beginning of a line that is too long, without quotes that would stay open."""
    return line[:_SHOWN].replace('"', "").rstrip("\r\n") + CUT + "\n"


def find_delimiter(lines: list[str], header_row: int = 1) -> str:
    """The delimiter that the header line has most of; the comma when it has none."""
    header = lines[header_row - 1] if len(lines) >= header_row else ""
    return max(DELIMITERS, key=lambda mark: (header.count(mark), -DELIMITERS.index(mark)))


def header(lines: list[str], dialect: Dialect, at: int) -> tuple[tuple[str, ...], int]:
    """Names of the columns and the index of the line after them."""
    reader = dialect.reader(lines[at : at + LONGEST_RECORD])
    cells = dialect.restored(next(reader, []))
    return headers(cells), at + reader.line_num


class _TooLong(Exception):
    pass


class _Lines:
    """Lines from a position on; `start` is the first line of the record being read."""

    def __init__(self, lines: list[str], at: int) -> None:
        self.lines, self.at, self.start = lines, at, at

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if self.at >= len(self.lines):
            raise StopIteration
        if self.at - self.start >= LONGEST_RECORD:
            raise _TooLong
        self.at += 1
        return self.lines[self.at - 1]


def records(lines: list[str], dialect: Dialect, at: int) -> Iterator[tuple[int, list[str], bool]]:
    """(first line, cells, whether a quote was left open) of each record.

    Where a quote does not close as it should, the line that opens it stands alone and the next begins a record.
    """
    while at < len(lines):
        source = _Lines(lines, at)
        try:
            for cells in dialect.reader(source, strict=True):
                yield source.start + 1, dialect.restored(cells), False
                source.start = source.at
            return
        except (csv.Error, _TooLong):
            pass
        at = source.start
        yield at + 1, *_single(lines[at], dialect)
        at += 1


def first_record(lines: list[str], dialect: Dialect) -> tuple[list[str], bool, int]:
    """Cells of the record that the first line begins, whether a quote was left open, and how many lines it takes."""
    source = _Lines(lines, 0)
    try:
        return dialect.restored(next(dialect.reader(source, strict=True))), False, source.at
    except (csv.Error, _TooLong):
        return *_single(lines[0], dialect), 1


def _single(line: str, dialect: Dialect) -> tuple[list[str], bool]:
    """Cells of one line by itself, and whether its quote was left open: then the next line is swallowed."""
    reader = dialect.reader([line, "next\n"])
    cells = dialect.restored(next(reader, []))
    if reader.line_num > 1:
        return dialect.restored(next(dialect.reader([line.rstrip("\r\n")]), [])), True
    return cells, False
