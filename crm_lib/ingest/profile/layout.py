"""How a file that nobody has seen is laid out: its sheets, encoding, delimiter, and in which row its header stands."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from crm_lib.ingest.profile.synonyms import is_known
from crm_lib.ingest.readers.encoding import MARK, decode, find_encoding
from crm_lib.ingest.readers.file_kind import WORKBOOKS, file_kind
from crm_lib.ingest.readers.layout import looks_like_data
from crm_lib.ingest.readers.read_csv import DELIMITERS, find_delimiter
from crm_lib.ingest.readers.read_excel import read_sheets, sheet_names
from crm_lib.ingest.values.text import folded, tidy

_HEAD = 1 << 20  # bytes of a text
_ROWS = 200
_SEARCHED = 40  # rows among which the header is looked for
_RARE = ("^", "~", "¦", "\x01")
_LONGEST_LABEL = 60


@dataclass(frozen=True)
class Page:
    """The beginning of a text or sheet. `sheet` is '' where there is only one; `delimiter` and `encoding` are '' where
    readers find them by themselves."""

    path: Path
    format: str
    rows: tuple[tuple[str, ...], ...]
    sheet: str = ""
    hidden: bool = False
    encoding: str = ""
    delimiter: str = ""


@dataclass(frozen=True)
class Header:
    """`row` counts from 1; `upper` says that the row above belongs to it."""

    row: int
    cells: tuple[str, ...]
    upper: bool = False


def pages(path: Path) -> list[Page]:
    """Every sheet of a workbook, or the one page of a text; none of what needs no looking for, such as Parquet.

    Raise UnreadableFile."""
    kind = file_kind(path)
    if kind in WORKBOOKS:
        return _sheets(path, kind)
    return [_text(path)] if kind in ("csv", "tsv", "") else []


def _sheets(path: Path, kind: str) -> list[Page]:
    shown = sheet_names(path)
    pages = read_sheets(path, tuple(shown), _ROWS)
    several = len(pages) > 1
    return [
        Page(path, kind, tuple(map(tuple, page.rows(_ROWS))), page.name if several else "", not shown[page.name])
        for page in pages
    ]


def _text(path: Path) -> Page:
    with path.open("rb") as stream:
        data = stream.read(_HEAD)
    whole = data[: data.rfind(b"\n") + 1] or data
    found = find_encoding(data) or find_encoding(whole)
    encoding = found or min(("utf-8", "gb18030"), key=lambda name: decode(whole, name).count(MARK))
    lines = list(io.StringIO(decode(whole, encoding), newline=""))[:_ROWS]
    mark = _delimiter(lines)
    rows = tuple(map(tuple, _cells(lines, mark)))
    header = find_header(rows)
    own = find_delimiter(lines, header.row if header else 1)
    return Page(path, "csv", rows, encoding="" if found else encoding, delimiter="" if mark == own else mark)


def _delimiter(lines: list[str]) -> str:
    """The mark by which most lines fall into the same number of cells, and into the most."""

    def regular(mark: str) -> float:
        widths = Counter(len(cells) for cells in _cells(lines, mark) if tidy("".join(cells)))
        if not widths:
            return 0
        width, count = max(widths.items(), key=lambda entry: (entry[1], entry[0]))
        return width * (count / widths.total()) ** 2 if width > 1 else 0

    return max((*DELIMITERS, *_RARE), key=regular)


def _cells(lines: Sequence[str], mark: str) -> Iterator[list[str]]:
    """Cells of each line by itself: rows and lines keep the same numbers."""
    for line in lines:
        try:
            yield next(csv.reader([line.rstrip("\r\n")], delimiter=mark), [])
        except csv.Error:
            yield [line]


def find_header(rows: Sequence[Sequence[str]]) -> Header | None:
    """The row that reads most like names of columns; None where the rows seem to be data from the first on."""
    filled = sorted(sum(bool(tidy(cell)) for cell in row) for row in rows)
    if not filled or not filled[-1]:
        return None
    usual = max(filled[(3 * len(filled)) // 4], 1)
    scores = [(_likeness(row, usual) - 0.02 * i, -i) for i, row in enumerate(rows[:_SEARCHED])]
    best, at = max(scores)
    if best <= 0:
        return None
    cells = tuple(map(str, rows[-at]))
    return Header(1 - at, cells, upper=at < 0 and _belongs(rows[-at - 1], cells))


def goes_on_below(rows: Sequence[Sequence[str]], header: Header) -> bool:
    """Whether the row under a header names the parts of some of its columns: words under two or more neighbours of which
    only the first has a name, and nothing under the others."""
    if header.upper or header.row >= len(rows):
        return False
    below = [tidy(cell) for cell in rows[header.row]]
    parts = [i for i, cell in enumerate(below) if cell]
    above = [bool(tidy(cell)) for cell in header.cells[: len(below)]]
    if not parts or len(parts) > len(above) / 2 or not all(_is_label(below[i]) for i in parts):
        return False
    nameless = [i for i in parts if i < len(above) and not above[i]]
    return (
        bool(nameless)
        and all(above[i] or i - 1 in parts for i in parts)
        and all(i + 1 in nameless for i in parts if above[i])
    )


def _likeness(row: Sequence[str], usual: int) -> float:
    """How much a row looks like a header: known names, words rather than values, all different, as wide as others."""
    cells = [cell for cell in map(tidy, row) if cell]
    if len(cells) < 0.5 * usual or not cells:
        return 0
    labels = sum(_is_label(cell) for cell in cells) / len(cells)
    known = sum(map(is_known, cells)) / len(cells)
    if labels < 0.7 and known < 0.5:
        return 0
    different = len({folded(cell) for cell in cells}) / len(cells)
    return 2 * known + labels + 0.5 * different + 0.5 * min(1, len(cells) / usual)


def _is_label(cell: str) -> bool:
    return len(cell) <= _LONGEST_LABEL and not looks_like_data([cell])


def _belongs(above: Sequence[str], cells: Sequence[str]) -> bool:
    """Whether a row names groups of columns: several words with gaps, over names that are not told apart without."""
    groups = [tidy(cell) for cell in above if tidy(cell)]
    names = [folded(cell) for cell in cells if tidy(cell)]
    unclear = len(set(names)) < len(names) or any(
        tidy(upper) and not tidy(cell) for upper, cell in zip(above, cells, strict=False)
    )
    return len(groups) >= 2 and unclear and all(map(_is_label, groups))
