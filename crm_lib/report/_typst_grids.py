"""A table of the document -> the grid that report.typ draws, with remarks on what the page leaves out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from crm_lib.language import NOT_KNOWN
from crm_lib.report import blocks as b
from crm_lib.report._typst_glyphs import DATA_KINDS, SUBSTITUTE, printable_data
from crm_lib.report._typst_pictures import nothing
from crm_lib.report._typst_tables import CLIP, CLIP_SENTENCE, SMALL, clipped, fit, legible, set_in, width_em
from crm_lib.report._typst_words import Plain, Printer
from crm_lib.report.cells import NUMERIC, TIMES, cell_text, status_of

MOST_TURNED = 5  # rows that may become columns
SMALLEST = 8.0  # type size below which that is tried
TOGETHER = 150.0  # points: a lower table is not parted by the end of a page; of higher ones pages stay half empty
FIRST, HEAD = 2, 50.0  # rows on the page that a parted table begins on; points of its title and headings
STATUS = 10.0  # em of a status that stays on one line
_WHOLE = NUMERIC | TIMES | {"status", "bool"}  # cells of these kinds stay on one line


def table(block: b.Table, printer: Printer) -> Iterator[Plain]:
    shown = [i for i, column in enumerate(block.columns) if not column.hidden]
    if not (block.rows and shown and block.show):
        yield nothing(block, printer)
        return
    printed = block.rows[: block.show]
    full = [[_words(block, row, i, printer) for i in shown] for row in printed]
    heads = [printer.text(block.columns[i].label) for i in shown]
    kept = shown[: legible(heads, full)]
    columns = [block.columns[i] for i in kept]
    most = [CLIP_SENTENCE if column.kind in ("message", "list") else CLIP for column in columns]
    rows = [[clipped(text, n) for text, n in zip(row, most, strict=False)] for row in full]
    remarks = _remarks(block, rows, [row[: len(kept)] for row in full], len(shown) - len(kept), printer)
    said = zip(printed, rows, strict=True)
    keys = [
        [status_of(block.columns[i], row[i], words) for i, words in zip(kept, spoken, strict=True)]
        for row, spoken in said
    ]
    kinds = [
        "status" if _statuses([row[j] for row in rows], [key[j] for key in keys]) else column.kind
        for j, column in enumerate(columns)
    ]
    rows = [[_held(text, key) for text, key in zip(*row, strict=True)] for row in zip(rows, keys, strict=True)]
    yield upright(heads[: len(kept)], rows, kinds, keys) | {
        "title": printer.text(block.title),
        "notes": [*([printer.text(block.note)] if block.note else []), *remarks],
    }


def _statuses(cells: Sequence[str], keys: Sequence[str]) -> bool:
    """Whether a column tells nothing but statuses in few words."""
    told = [text for text, key in zip(cells, keys, strict=True) if key]
    named = all(key or text == NOT_KNOWN for text, key in zip(cells, keys, strict=True))
    return bool(told) and named and max(map(width_em, told)) <= STATUS


def _held(text: str, key: str) -> str:
    """A status with its shape on the line of its word."""
    return text.replace(" ", "\u00a0", 1) if key else text


def _words(block: b.Table, row: Sequence[Any], i: int, printer: Printer) -> str:
    """Words of a cell, data in it printable, its interval in small type."""
    column, value = block.columns[i], row[i]
    if column.kind in DATA_KINDS:
        value = printable_data(value)
    words = printer.joined(printer.small.settled(cell_text(printer.small, column, value)))
    return words + (f"{SMALL}{interval}" if (interval := _interval(block, row, i, printer)) else "")


def _interval(block: b.Table, row: Sequence[Any], i: int, printer: Printer) -> str:
    """Interval of a cell whose column names those of its bounds."""
    column = block.columns[i]
    given = {c.name: row[k] for k, c in enumerate(block.columns)} if column.low and column.high else {}
    low, high = given.get(column.low), given.get(column.high)
    if low is None or high is None or row[i] is None:
        return ""
    ends = printer.words.bounds(column.kind, low, high)
    return printer.joined(printer.word("report.pdf.interval", low=ends[0], high=ends[1]))


def _remarks(
    block: b.Table, rows: list[list[str]], full: list[list[str]], left_out: int, printer: Printer
) -> Iterator[str]:
    """What the printed table leaves out or changes."""
    if left_out:
        yield printer.word("report.pdf.more_columns", n=left_out)
    if (more := len(block.rows) - len(rows)) > 0:
        yield printer.word("report.table.more", n=more)
    if rows != full:
        yield printer.word("report.pdf.clipped")
    if small := [text.partition(SMALL)[2] for row in rows for text in row if SMALL in text]:
        based = any("n\u00a0=" in text for text in small)
        yield printer.word("report.pdf.intervals" if based else "report.pdf.intervals_alone")
    if any(SUBSTITUTE in text for row in rows for text in row):
        yield printer.word("report.pdf.substitute")


def upright(
    head: Sequence[str], rows: Sequence[Sequence[str]], kinds: Sequence[str], keys: Sequence[Sequence[str]]
) -> Plain:
    """The grid; where a few rows of many columns take a page on its side or tiny type, the rows become columns."""
    made = grid(head, rows, kinds, keys)
    if not 0 < len(rows) <= MOST_TURNED or not (made["landscape"] or made["size"] < SMALLEST):
        return made
    names, *parts = zip(head, *rows, strict=True)
    _, *marks = zip(*keys, strict=True)
    kind = kinds[1] if all(one in NUMERIC for one in kinds[1:]) else "text"
    turned = grid(names, parts, ["text", *[kind] * len(rows)], [["", *mark] for mark in marks])
    return made if turned["landscape"] or turned["size"] < SMALLEST else turned


def grid(
    head: Sequence[str],
    rows: Sequence[Sequence[str]],
    kinds: Sequence[str],
    keys: Sequence[Sequence[str]] | None = None,
) -> Plain:
    fitted = fit(head, rows, [kind in _WHOLE for kind in kinds])
    return {
        "t": "table",
        "title": "",
        "head": set_in(fitted, head),
        "rows": [set_in(fitted, row) for row in rows],
        "right": [kind in NUMERIC for kind in kinds],
        "widths": fitted.widths,
        "size": fitted.size,
        "landscape": fitted.landscape,
        "tall": fitted.tall,
        "together": fitted.height <= TOGETHER,
        "room": HEAD + FIRST * (fitted.height - HEAD) / max(len(rows), 1) if rows else HEAD,
        "keys": keys or [["" for _ in kinds] for _ in rows],
        "notes": [],
    }
