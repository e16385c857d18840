"""Delimited text -> rows. Decoded here, since engines lose rows of other encodings in silence."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from crm_lib.ingest.encoding import decode
from crm_lib.ingest.not_data import NotData
from crm_lib.ingest.raw import Parsed, headers

DELIMITERS = (",", "\t", ";", "|")
_LONGEST_RECORD = 200  # lines of one quoted record; an unclosed quote must not swallow the file
csv.field_size_limit(10_000_000)


def parse_csv(
    data: bytes, encoding: str, delimiter: str | None = None, header_row: int = 1, rule: NotData | None = None
) -> Parsed:
    """Rows of a file; malformed ones are rejected with their line, those that are no data counted by their kind."""
    lines = list(io.StringIO(decode(data, encoding), newline=""))
    mark = delimiter or find_delimiter(lines, header_row)
    names, body = _header(lines, mark, header_row - 1)
    return Parsed(names).fill(_records(lines, mark, body), rule or NotData())


def find_delimiter(lines: list[str], header_row: int = 1) -> str:
    """The delimiter that the header line has most of; the comma when it has none."""
    header = lines[header_row - 1] if len(lines) >= header_row else ""
    return max(DELIMITERS, key=lambda mark: (header.count(mark), -DELIMITERS.index(mark)))


def _header(lines: list[str], delimiter: str, at: int) -> tuple[tuple[str, ...], int]:
    """Names of the columns and the index of the line after them."""
    reader = csv.reader(lines[at : at + _LONGEST_RECORD], delimiter=delimiter)
    cells = next(reader, [])
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
        if self.at - self.start >= _LONGEST_RECORD:
            raise _TooLong
        self.at += 1
        return self.lines[self.at - 1]


def _records(lines: list[str], delimiter: str, at: int) -> Iterator[tuple[int, list[str], bool]]:
    """(first line, cells, whether a quote was left open) of each record.

    Where a quote does not close as it should, the line that opens it stands alone and the next begins a record.
    """
    while at < len(lines):
        source = _Lines(lines, at)
        try:
            for cells in csv.reader(source, delimiter=delimiter, strict=True):
                yield source.start + 1, cells, False
                source.start = source.at
            return
        except (csv.Error, _TooLong):
            pass
        at = source.start
        yield at + 1, *_single(lines[at], delimiter)
        at += 1


def _single(line: str, delimiter: str) -> tuple[list[str], bool]:
    """Cells of one line by itself, and whether its quote was left open: then the next line is swallowed."""
    reader = csv.reader([line, "next\n"], delimiter=delimiter)
    cells = next(reader, [])
    if reader.line_num > 1:
        return next(csv.reader([line.rstrip("\r\n")], delimiter=delimiter), []), True
    return cells, False
