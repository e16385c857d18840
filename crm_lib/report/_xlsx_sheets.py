"""One sheet: title, notes, frozen header with a filter, typed rows, widths, print set-up."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from math import ceil
from typing import Any

from xlsxwriter.worksheet import Worksheet

from crm_lib.report._xlsx_formats import Cells, Typed, missing, put, width
from crm_lib.report.cells import NUMERIC, TIMES

NAME_LENGTH = 31
HEADER = 3  # row of the header: title, remarks and the way back stand above
MOST_ROWS = 1_048_576 - HEADER - 1
WIDEST = 60
LINE, HIGHEST = 13.5, 409.0  # points: of a line, and of the highest row that Excel has
LEGIBLE = 230.0  # characters across a page on its side at about 60 %
MEASURED = 200  # rows looked at for a column's width
_WORDS = frozenset({"text", "message", "local", "list", "term"})
_ENDS = " ，。；：、（）"
_TOKEN = re.compile(r"[!-~¥€£]+$")
_PART = re.compile(r"[!-~]+ ?|.")  # a word, or a Chinese character
_ILLEGAL = re.compile(r"[\[\]:*?/\\\x00-\x1f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True)
class Column:
    """`kind` is a language.Kind; `text(value)` its words."""

    label: str
    kind: str
    text: Callable[[Any], str]


@dataclass(frozen=True)
class Sheet:
    """`rows` hold raw values in the order of `columns`, or (kind, value) where a column's kind is 'any'."""

    name: str
    title: str
    remarks: Sequence[str]
    columns: Sequence[Column]
    rows: Sequence[Sequence[Any]]


def sheet_names(wished: Iterable[str], taken: Iterable[str] = ()) -> list[str]:
    """Names that Excel takes: at most 31 characters, none illegal, no two alike whatever their case."""
    used = {name.lower() for name in taken} | {"history"}
    names = []
    for wish in wished:
        clean = " ".join(_ILLEGAL.sub(" ", wish).split()).strip("' ") or "-"
        name, n = _cut(clean, NAME_LENGTH), 1
        while name.lower() in used:
            n += 1
            name = f"{_cut(clean, NAME_LENGTH - len(f' ({n})'))} ({n})"
        used.add(name.lower())
        names.append(name)
    return names


def _cut(name: str, length: int) -> str:
    """Shortened to a number of UTF-16 units, which is what Excel counts; never within a number or a word."""
    cut = name
    while len(cut.encode("utf-16-le")) // 2 > length - (len(cut) < len(name)):
        cut = cut[:-1]
    if len(cut) < len(name):
        cut = _whole_words(cut, name[len(cut)]).rstrip(" ,;:(，、；：（“‘-～") + "…"
    return cut.strip("'")


def _whole_words(cut: str, following: str) -> str:
    """Without its last word or number where that goes on; a word that is most of the name stays."""
    last = _TOKEN.search(cut)
    goes_on = following not in _ENDS if cut[-1:].isdigit() else following.isascii() and not following.isspace()
    return cut[: last.start()] if last and goes_on and 2 * last.start() >= len(cut) else cut


def link_to(name: str) -> str:
    """Address of a sheet of this workbook."""
    return "internal:'" + name.replace("'", "''") + "'!A1"


def write_sheet(target: Worksheet, sheet: Sheet, cells: Cells, contents: str) -> None:
    """Fill a worksheet. `contents` is the sheet that the way back leads to."""
    _head(target, sheet, cells, contents)
    widths = [column_width(column, [row[j] for row in sheet.rows[:MEASURED]]) for j, column in enumerate(sheet.columns)]
    wordy = [j for j, column in enumerate(sheet.columns) if column.kind in _WORDS and widths[j] >= WIDEST]
    columns = zip(*sheet.rows, strict=True) if sheet.rows else ()
    typed = [
        _typed(j, column, values, cells) for j, (column, values) in enumerate(zip(sheet.columns, columns, strict=False))
    ]
    for i, row in enumerate(zip(*typed, strict=True), HEADER + 1):
        if (lines := row_lines(row, wordy)) > 1:
            target.set_row(i, height(lines))
        for j, cell in enumerate(row):
            if cell:
                put(target, i, j, cell)
    _lay_out(target, sheet, widths)


def _typed(j: int, column: Column, values: Iterable[Any], cells: Cells) -> list[Typed | None]:
    """Cells of a column; those of equal values are made once."""
    if column.kind == "any":
        kinds = [value or ("text", None) for value in values]
        return [cells.typed(j, kind, plain, partial(cells.words.format, kind)) for kind, plain in kinds]
    made: dict[tuple[type, Any], Typed | None] = {}
    found = []
    for value in values:
        if isinstance(value, (dict, list)):
            found.append(cells.typed(j, column.kind, value, column.text))
            continue
        key = (value.__class__, value)
        if key not in made:
            made[key] = cells.typed(j, column.kind, value, column.text)
        found.append(made[key])
    return found


def row_lines(row: Sequence[Typed | None], wordy: Sequence[int]) -> int:
    """Lines of a row: not every reader finds its height by itself. Only columns at their widest wrap."""
    return max((wrapped(str(cell[0]), WIDEST) for j in wordy if (cell := row[j])), default=1)


def wrapped(words: str, room: float) -> int:
    """Lines of a cell that is `room` characters wide."""
    if 2 * len(words) <= room and "\n" not in words:
        return 1
    return sum(max(1, ceil(0.94 * _full_width(line) / room)) for line in words.split("\n"))


def _full_width(line: str) -> float:
    return width(line) * max(1.0, len(line) / 400)  # `width` looks at 400 characters


def head_lines(label: str, room: float) -> int:
    """Lines of a bold heading in a column `room` characters wide, beside the button of its filter."""
    lines, used = 1, 0.0
    for part in _PART.findall(label):
        wide = 1.1 * width(part)
        if used and used + wide > room - 2.5:
            lines, used = lines + 1, 0.0
        over = int(wide // max(room - 2.5, 1.0)) if not used else 0
        lines, used = lines + over, used + wide - over * (room - 2.5)
    return lines


def height(lines: int) -> float:
    return min(lines * LINE + 2, HIGHEST)


def _head(target: Worksheet, sheet: Sheet, cells: Cells, contents: str) -> None:
    target.set_row(0, 19)
    over = {"text_wrap": False}  # these run on over the empty cells beside them
    cells.text(target, 0, 0, sheet.title, bold=True, font_size=13, font_color=cells.colours.accent, **over)
    if sheet.remarks:
        cells.text(target, 1, 0, "  ".join(sheet.remarks), font_size=9, font_color=cells.colours.muted, **over)
    link = cells.style(font_size=9, font_color=cells.colours.accent, underline=1)
    target.write_url(2, 0, link_to(contents), link, cells.words.text("report.xlsx.back"))
    for j, column in enumerate(sheet.columns):
        target.write_string(HEADER, j, column.label, cells.header)


def _lay_out(target: Worksheet, sheet: Sheet, widths: Sequence[float]) -> None:
    last = max(len(sheet.columns) - 1, 0)
    target.freeze_panes(HEADER + 1, 1 if last else 0)
    if sheet.columns:
        target.autofilter(HEADER, 0, HEADER + max(len(sheet.rows), 1), last)
    for j, wide in enumerate(widths):
        target.set_column(j, j, wide)
    lines = max((head_lines(column.label, wide) for column, wide in zip(sheet.columns, widths, strict=True)), default=1)
    target.set_row(HEADER, height(lines) + 3)
    print_setup(target, sum(widths), wide=last >= 6)
    target.repeat_rows(HEADER)
    if last and sum(widths) > LEGIBLE:
        target.repeat_columns(0)


def print_setup(target: Worksheet, widths: float = 0.0, wide: bool = False) -> None:
    """A4, as many pages across as keep the type readable, page x / y at the foot. `widths`: of the columns together."""
    target.set_paper(9)
    target.set_landscape() if wide or widths > LEGIBLE / 2 else target.set_portrait()
    target.fit_to_pages(max(1, ceil(widths / LEGIBLE)), 0)
    target.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.6)
    target.set_footer("&L&A&R&P / &N")
    target.hide_gridlines(2)


def column_width(column: Column, values: Sequence[Any]) -> float:
    """Characters: of the header in two lines, and of the widest value up to 60."""
    head = width(column.label)
    known = [value for value in values if not missing(value)]
    if column.kind in NUMERIC | TIMES:
        widest = max((width(column.text(value)) for value in _extremes(column.kind, known)), default=0)
        return max(widest + 3, min(head + 4, 14), 9)
    widest = max((width(column.text(value)) for value in known), default=0)
    return max(min(widest + 2, WIDEST), min(head + 4, 24), 9)


def _extremes(kind: str, values: Sequence[Any]) -> list[Any]:
    """The values that are widest when written: of numbers the least and the greatest, of times a dozen."""
    numbers = [value for value in values if isinstance(value, (int, float))]
    return [min(numbers), max(numbers)] if kind in NUMERIC and numbers else list(values[:12])
