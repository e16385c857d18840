"""Fit a table on paper: type size, column widths by content, and whether its page is turned.

Widths are in points; text is measured in em with the regular weight, bold taken as 6 % wider. Every size upright
and on its side is tried, and the one chosen that costs least: pages taken, small type, a turned page, tall rows.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from crm_lib.report.cells import JOINT, whole_minus
from crm_lib.report.charts.fonts import SIZE as FONT_SIZE
from crm_lib.report.charts.fonts import font

PORTRAIT, LANDSCAPE = 470.0, 717.0  # text width of an A4 page in report.typ
HEIGHTS = {PORTRAIT: 700.0, LANDSCAPE: 455.0}
SIZES = {9.0: 0.0, 8.5: 0.03, 8.0: 0.08, 7.5: 0.3, 7.0: 0.7, 6.5: 1.2}  # type size: its cost in pages
TURNED = 1.3  # cost of turning the page, which is used up whatever stands on it, as is the rest of the one before
FEW = 1  # lines of a row: with more, other widths are weighed
HIGH = 5  # lines of a row that need no excuse
TALL = 0.08  # cost of each further line
INSET = 5.0  # on either side of a cell
CLIP = 200  # characters of data printed in a cell; the workbook has all
CLIP_SENTENCE = 600  # of our own sentences
BOLD = 1.06
HEADING = 17.0  # points of the largest headings
SHORT = 12.0  # em; a column of no longer cells would have each on one line
WORD = 14.0  # em; a longer word may be broken
UNBROKEN = 8  # characters of a word that is never broken
SMALL = "\u2028"  # in a cell: what follows stands on its own line in small type
SMALLER = 0.88  # of the cell's type, as in blocks.typ
_BREAK = "\u200b"
_CHINESE = re.compile("[\u4e00-\u9fff]")
_CLAUSE = re.compile("[，、；：](?=[\u4e00-\u9fff])|.(?=（)")
_APART = re.compile("[\u4e00-\u9fff，、；：）][\u4e00-\u9fff（]")  # a line may end between the two
_NO_BREAK = "\u00a0"
_WORD = re.compile(r"(?:[^\s\u2e80-\U0003ffff]|\u00a0)+")  # Chinese breaks anywhere
_HELD = re.compile(_WORD.pattern + "(?:个百分点|个月|[年月日万亿])?[～），；。、]*")  # with what no line begins with


@dataclass(frozen=True)
class Fit:
    """`widths` in points; `height` the table's, as estimated; `tall` where a row may need half a page and more."""

    size: float
    widths: list[float]
    landscape: bool
    height: float
    tall: bool


@cache
def _em(character: str) -> float:
    return font().width(font().drawable(character)) / FONT_SIZE


def width_em(text: str) -> float:
    """Width of the widest line."""
    return max(_line_widths(text))


def _line_widths(text: str) -> list[float]:
    first, *small = text.split(SMALL) if SMALL in text else (text,)
    widths = [_width(line) for line in (first.split("\n") if "\n" in first else (first,))]
    return [*widths, *(SMALLER * _width(line) for part in small for line in part.split("\n"))]


def _width(line: str) -> float:
    return sum(map(_em, line))


def clipped(text: str, most: int = CLIP) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def shortened(text: str, room: float) -> str:
    """One line of at most `room` em."""
    text = " ".join(text.split())
    if width_em(text) <= room:
        return text
    while text and width_em(f"{text}…") > room:
        text = text[:-1]
    return f"{text.rstrip()}…"


def breakable(text: str, room: float = PORTRAIT / HEADING) -> str:
    """Text in which words wider than `room` em may be broken; others are left whole, so that they copy as they are."""
    text = whole_minus(text)
    if len(text) <= UNBROKEN:
        return text
    return _WORD.sub(lambda word: _parted(word.group(), room), text)


def _parted(word: str, room: float) -> str:
    """The word, where it is too wide with places to break: at what no longer holds it together, at its joints, else
    anywhere."""
    if _fits(word, room):
        return word
    if _NO_BREAK in word:
        return " ".join(_parted(part, room) for part in word.split(_NO_BREAK))
    parts = [[part] if _fits(part, room) else _pieces(part) for part in JOINT.split(word) if part]
    return _BREAK.join(piece for pieces in parts for piece in pieces)


def _fits(word: str, room: float) -> bool:
    return len(word) <= UNBROKEN or _width(word) <= room


def _pieces(word: str) -> list[str]:
    return [word[i : i + 6] for i in range(0, len(word), 6)]


def _longest_word(text: str) -> float:
    """Width in em that a text's words ask for: very long ones are broken."""
    return min(max(map(_width, _HELD.findall(text)), default=0.0), WORD)


@dataclass(frozen=True)
class _Column:
    """Widths in em: `least` of what must not break, `label` of a short heading, `short` of cells that are no
    sentences, `natural` of all on one line, and of each line of each cell, the widest of them.
    """

    least: float
    label: float
    short: float
    natural: float
    cells: list[list[float]]
    widest: float
    deep: bool  # some cell has several lines of its own

    def fits(self, room: float) -> bool:
        """Whether each cell is one line in `room` em."""
        return not self.deep and 1.03 * self.widest <= room

    def lines(self, row: int, room: float) -> int:
        """How many lines a row's cell takes in `room` em."""
        widths = self.cells[row]
        if len(widths) == 1 and 1.03 * widths[0] <= room:
            return 1
        return sum(max(1, math.ceil(1.03 * width / room)) for width in widths)


def _column(head: str, cells: Sequence[str], whole: bool) -> _Column:
    """A long heading may take two or three lines; short texts and whole cells stay on one."""
    heading = BOLD * width_em(head)
    widths = [_line_widths(cell) for cell in cells]
    longest = max((max(lines) for lines in widths), default=0.0)
    widest = longest * (BOLD if whole else 1)  # a status is bold
    least = [BOLD * _longest_word(head), heading if heading <= 5 else heading / (2 if heading <= 9 else 3) + 1]
    least += [widest] if whole else [min(widest, 6.0), *map(_longest_word, cells)]
    label, short = heading if heading <= 7 else 0.0, widest if widest <= SHORT else 0.0
    deep = any(len(lines) > 1 for lines in widths)
    return _Column(max(least), label, short, max(heading, widest), widths, longest, deep)


def fit(head: Sequence[str], rows: Sequence[Sequence[str]], whole: Sequence[bool]) -> Fit:
    """The best setting of a table; cells of `whole` columns stay on one line unless no page can hold them."""
    columns = [_column(head[i], [row[i] for row in rows], keep) for i, keep in enumerate(whole)]
    largest = max(SIZES)
    if sum(column.natural * largest + 2 * INSET for column in columns) <= PORTRAIT:
        return _set(columns, len(rows), largest, PORTRAIT)[1]  # nothing breaks: no need to weigh
    best = _set(columns, len(rows), largest, PORTRAIT)
    for page in (PORTRAIT, LANDSCAPE):
        for size in SIZES:
            if _pages(_height(len(rows), len(rows), size), page) + SIZES[size] < best[0]:  # what it costs at least
                best = min(best, _set(columns, len(rows), size, page), key=lambda option: option[0])
    return best[1]


def _height(lines: int, rows: int, size: float) -> float:
    return 1.25 * size * lines + 9 * rows + 50


def _pages(height: float, page: float) -> float:
    """Pages that a table takes; one on its side takes them whole."""
    return height / HEIGHTS[page] if page == PORTRAIT else math.ceil(height / HEIGHTS[page]) + TURNED


def _set(columns: Sequence[_Column], rows: int, size: float, page: float) -> tuple[float, Fit]:
    """Cost and measures of the table at a type size on a page of a width."""
    widths = _widths(columns, size, page)
    lines = _lines(columns, rows, widths, size)
    if max(lines, default=1) > FEW:  # headings on one line and what is wide beside them may leave a text too little
        others = [_widths(columns, size, page, of) for of in ("short", "")] + [_balanced(columns, size, page)]
        others = [other for i, other in enumerate(others) if other not in (widths, *others[:i])]
        set_so = [(widths, lines), *((other, _lines(columns, rows, other, size)) for other in others)]
        widths, lines = min(set_so, key=lambda one: sum(one[1]))
    height = _height(sum(lines), len(lines), size)
    most = max(lines, default=1)
    over = sum(column.least * size + 2 * INSET for column in columns) / page
    cost = _pages(height, page) + SIZES[size] + TALL * max(0, most - HIGH) + (9 * over if over > 1 else 0)
    tall = 1.25 * size * most > HEIGHTS[page] / 2
    return cost, Fit(size, widths, page == LANDSCAPE, height, tall)


def _lines(columns: Sequence[_Column], rows: int, widths: Sequence[float], size: float) -> list[int]:
    """Lines of each row."""
    rooms = [max((width - 2 * INSET) / size, 1.0) for width in widths]
    pairs = [(column, room) for column, room in zip(columns, rooms, strict=True) if not column.fits(room)]
    return [max((column.lines(row, room) for column, room in pairs), default=1) for row in range(rows)]


def _balanced(columns: Sequence[_Column], size: float, page: float) -> list[float]:
    """Widths with which the longest cells of all columns take about as many lines."""
    least = [column.least * size for column in columns]
    natural = [column.natural * size for column in columns]
    few, many = 1.0, 400.0
    for _ in range(16):
        middle = math.sqrt(few * many)
        wanted = sum(max(low, wide / middle) + 2 * INSET for low, wide in zip(least, natural, strict=True))
        few, many = (middle, many) if wanted > page else (few, middle)
    widths = [max(low, wide / many) + 2 * INSET for low, wide in zip(least, natural, strict=True)]
    return [width * min(1.0, page / sum(widths)) for width in widths]


def _widths(columns: Sequence[_Column], size: float, page: float, of: str = "label") -> list[float]:
    """Least widths, then room for short headings (`label`) or cells (`short`), the rest by how much more a column
    would like.

    Small tables stay narrower than the page.
    """
    least = [column.least * size + 2 * INSET for column in columns]
    first = least
    if of:
        wanted = [1.03 * getattr(column, of) * size + 2 * INSET for column in columns]
        wanted = [max(pair) for pair in zip(least, wanted, strict=True)]
        first = wanted if sum(wanted) <= page else least
    if (spare := page - sum(first)) < 0:
        return [width * page / sum(first) for width in first]
    wish = [max(0.0, column.natural * size + 2 * INSET - width) for column, width in zip(columns, first, strict=True)]
    if sum(wish) >= spare:
        return [width + spare * part / sum(wish) for width, part in zip(first, wish, strict=True)]
    natural = [width + part for width, part in zip(first, wish, strict=True)]
    stretch = min(page / max(sum(natural), 1.0), 1.35)
    return [width * stretch for width in natural]


def legible(head: Sequence[str], rows: Sequence[Sequence[str]]) -> int:
    """How many columns, from the left, a page on its side can hold so that they can be read."""
    used = 0.0
    for i, label in enumerate(head):
        used += _column(label, [row[i] for row in rows], False).least * min(SIZES) + 2 * INSET
        if i and used > LANDSCAPE:
            return i
    return len(head)


def set_in(fitted: Fit, cells: Sequence[str]) -> list[str]:
    """A row's cells in which words wider than their column may be broken, and '41.0%（' before its bracket."""
    rooms = [(width - 2 * INSET) / fitted.size for width in fitted.widths]
    pairs = zip(cells, rooms, strict=True)
    return [_unorphaned(breakable(text, room).replace("%（", f"%{_BREAK}（"), room) for text, room in pairs]


def _unorphaned(text: str, room: float) -> str:
    """Chinese words of which one character would stand on a second line: that line begins at a sign of punctuation, or
    with the character before."""
    if len(text) > 40 or not _CHINESE.search(text) or "\n" in text or SMALL in text:
        return text
    if not room + 0.01 < _width(text) < room + 1.6:
        return text
    ends = [*(found.start() + 1 for found in _CLAUSE.finditer(text)), len(text) - 2]
    fit_in = (i for i in ends if _APART.match(text, i - 1) and max(_width(text[:i]), _width(text[i:])) <= room)
    return f"{text[:i]}\n{text[i:]}" if (i := next(fit_in, 0)) else text
