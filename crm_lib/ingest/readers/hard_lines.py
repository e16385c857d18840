"""Lines of a block that a fast parser and the careful reader could read differently: these the careful reader reads."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from crm_lib.ingest.readers.encoding import CUT, MARK
from crm_lib.ingest.readers.read_csv import LONGEST_RECORD, Dialect, first_record, split_lines
from crm_lib.ingest.readers.text_blocks import encoded, text_of

_UNREADABLE = encoded(MARK)[:2]
_LONE_RETURN = re.compile(rb"\r(?!\n)")
_LINE_END = re.compile(rb"\r\n|\r|\n")
_SUSPECT = re.compile(rb'"|\x00|' + _UNREADABLE + rb"|\r(?!\n)")
assert encoded(CUT).startswith(_UNREADABLE)


@dataclass(frozen=True)
class Span:
    """Bytes from `start` to `end` of a block: one record of `lines` lines, the first of them `line` from 0."""

    start: int
    end: int
    line: int
    lines: int
    cells: list[str]
    unclosed: bool


def plain_ends(block: bytes) -> bytes:
    """The block with line feeds where old programs write carriage returns; as it is where a quote may hold one."""
    if b"\r" not in block or b'"' in block or not _LONE_RETURN.search(block):
        return block
    return block.replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def hard_lines(block: bytes, delimiter: str, last: bool) -> tuple[list[Span], int]:
    """Records with quotes that are not as they should be, of several lines, with a NUL byte or what could not be decoded; and where
    to cut the block, because its last record may go on in the next one."""
    spans: list[Span] = []
    at = counted = line = 0
    while (start := _irregular(block, delimiter, at)) is not None:
        lines = split_lines(text_of(block[start : _lines_on(block, start)]))
        if not last and len(lines) <= LONGEST_RECORD:
            return spans, start
        line += block.count(b"\n", counted, start)
        cells, unclosed, taken = first_record(lines, Dialect(delimiter))
        at = counted = _lines_end(block, start, taken)
        spans.append(Span(start, at, line, taken, cells, unclosed))
        line += taken
    return spans, len(block)


def _irregular(block: bytes, delimiter: str, at: int) -> int | None:
    """Where the first line from `at` on begins that is not plain: quotes close in their line, where a cell ends."""
    marked = _UNREADABLE[:1] in block and _UNREADABLE in block  # one byte is looked for ten times as fast
    suspect = _SUSPECT if marked or b"\0" in block or _has_lone_return(block) else None
    lines = _regular_lines(delimiter, marked)
    while (found := _first(block, suspect, at)) >= 0:
        start = max(at, block.rfind(b"\n", 0, found) + 1)
        run = lines.match(block, start)
        if run is None:
            return start
        at = run.end()
    return None


def _first(block: bytes, suspect: re.Pattern[bytes] | None, at: int) -> int:
    if suspect is None:
        return block.find(b'"', at)
    found = suspect.search(block, at)
    return found.start() if found else -1


def _has_lone_return(block: bytes) -> bool:
    return b"\r" in block and _LONE_RETURN.search(block) is not None


@lru_cache
def _regular_lines(delimiter: str, marked: bool) -> re.Pattern[bytes]:
    """Lines that every reader of CSV reads alike (RFC 4180, one line a record)."""
    mark = re.escape(delimiter.encode())
    any_but = rb"(?!" + _UNREADABLE + rb")[^%s]" if marked else rb"[^%s]"
    quoted = rb'"(?:' + any_but % rb'"\r\n\x00' + rb'|"")*+"'
    plain = rb"(?:" + any_but % (rb'"\r\n\x00' + mark) + rb")*+"
    cell = rb"(?:" + quoted + rb"|" + plain + rb")"
    return re.compile(rb"(?:" + cell + rb"(?:" + mark + cell + rb")*+(?:\r?\n|\Z))++")


def _lines_on(block: bytes, at: int) -> int:
    """Where so many lines end as a record may have, and one more."""
    for _ in range(LONGEST_RECORD + 1):
        end = block.find(b"\n", at) + 1
        if not end:
            return len(block)
        at = end
    return at


def _lines_end(block: bytes, at: int, lines: int) -> int:
    for _ in range(lines):
        ends = _LINE_END.search(block, at)
        at = ends.end() if ends else len(block)
    return at
