"""Fit a table on paper: type size, column widths by content, and whether it needs a page on its side.

Widths are in points; text is measured in em with the regular weight, bold taken as 6 % wider.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from crm_lib.report.charts.fonts import SIZE as FONT_SIZE
from crm_lib.report.charts.fonts import font

PORTRAIT, LANDSCAPE = 470.0, 717.0  # text width of an A4 page in report.typ
INSET = 5.0  # on either side of a cell
CLIP = 200  # characters of data printed in a cell; the workbook has all
CLIP_SENTENCE = 600  # of our own sentences
WIDE_COLUMNS = 8  # more than these turn the page rather than be set smaller than 8 points
FEW_ROWS = 12
BOLD = 1.06
HEADING = 17.0  # points of the largest headings
WORD = 14.0  # em; a longer word may be broken
_BREAK = "\u200b"
_WORD = re.compile(r"[^\s\u2e80-\U0003ffff]+")  # Chinese breaks anywhere


@dataclass(frozen=True)
class Fit:
    """`widths` in points; `landscape` where no size fits upright; `tall` where a row may need a page and more."""

    size: float
    widths: list[float]
    landscape: bool
    tall: bool


@cache
def _em(character: str) -> float:
    return font().width(font().drawable(character)) / FONT_SIZE


def width_em(text: str) -> float:
    """Width of the widest line."""
    return max((sum(map(_em, line)) for line in text.split("\n")), default=0.0)


def clipped(text: str, most: int = CLIP) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def breakable(text: str, room: float = PORTRAIT / HEADING) -> str:
    """Text in which words wider than `room` em may be broken; others are left whole, so that they copy as they are."""
    return _WORD.sub(lambda word: _BREAK.join(_pieces(word.group(), room)), text)


def _pieces(word: str, room: float) -> list[str]:
    if len(word) <= 8 or width_em(word) <= room:
        return [word]
    return [word[i : i + 6] for i in range(0, len(word), 6)]


def _longest_word(text: str) -> float:
    """Width in em that a text's words ask for: very long ones are broken."""
    return min(max((width_em(word) for word in _WORD.findall(text)), default=0.0), WORD)


@dataclass(frozen=True)
class _Column:
    """Widths in em: `least` of what must not break, `label` and `text` of heading and longest text, `natural`."""

    least: float
    label: float
    text: float
    natural: float

    def wanted(self, lines: float) -> float:
        """Width at which no text takes more than about `lines` lines; where they are few, headings look well too."""
        return max(self.least, self.text / (lines - 0.6), self.label if lines <= 5 else 0.0)


def _column(head: str, cells: Sequence[str], whole: bool) -> _Column:
    """A long heading may take two lines; short texts and whole cells stay on one."""
    heading = BOLD * width_em(head)
    widest = max(map(width_em, cells), default=0.0) * (BOLD if whole else 1)  # a status is bold
    halved = heading if heading <= 4 else heading / 2 + 1
    least = [BOLD * _longest_word(head), halved]
    least += [widest] if whole else [min(widest, 6.0), *map(_longest_word, cells)]
    label = heading if heading <= 7 else halved
    return _Column(max(least), label, 0.0 if whole else widest, max(heading, widest))


@dataclass(frozen=True)
class _Try:
    """A type size and the lines that a text may take."""

    size: float
    lines: float

    def widths(self, columns: Sequence[_Column]) -> list[float]:
        return [column.wanted(self.lines) * self.size + 2 * INSET for column in columns]

    def fits(self, columns: Sequence[_Column], available: float) -> bool:
        return sum(self.widths(columns)) <= available


_SIZES = (9.0, 8.5, 8.0)
_FLAT, _GOOD, _TALL = ([_Try(size, n) for n in lines for size in _SIZES] for lines in ((2, 3), (2, 3, 5), (9,)))
_SMALL = [_Try(size, lines) for size in (7.5, 7.0, 6.5) for lines in (5, 9, 20)]


def set_in(fitted: Fit, cells: Sequence[str]) -> list[str]:
    """A row's cells in which words wider than their column may be broken."""
    rooms = [(width - 2 * INSET) / fitted.size for width in fitted.widths]
    return [breakable(text, room) for text, room in zip(cells, rooms, strict=True)]


def fit(head: Sequence[str], rows: Sequence[Sequence[str]], whole: Sequence[bool]) -> Fit:
    """Largest type at which no `whole` cell breaks and no text grows tall; wide tables turn the page first."""
    columns = [_column(head[i], [row[i] for row in rows], keep) for i, keep in enumerate(whole)]
    wide = len(columns) > WIDE_COLUMNS
    upright = _GOOD + _TALL + _SMALL
    if wide:  # a page on its side for a few rows only is nearly empty
        upright = _FLAT if len(rows) > FEW_ROWS else [*_GOOD, _Try(7.5, 5)]
    tries = [(upright, PORTRAIT), (_GOOD + _TALL + _SMALL, LANDSCAPE)]
    for options, available in tries:
        for option in options:
            if option.fits(columns, available):
                widths = _widths(columns, option, available)
                return Fit(option.size, widths, available == LANDSCAPE, tall=False)
    return Fit(_SMALL[-1].size, _widths(columns, _SMALL[-1], LANDSCAPE), True, tall=True)


def legible(head: Sequence[str], rows: Sequence[Sequence[str]]) -> int:
    """How many columns, from the left, a page on its side can hold so that they can be read."""
    used = 0.0
    for i, label in enumerate(head):
        column = _column(label, [row[i] for row in rows], False)
        used += column.least * _SMALL[-1].size + 2 * INSET
        if i and used > LANDSCAPE:
            return i
    return len(head)


def _widths(columns: Sequence[_Column], option: _Try, available: float) -> list[float]:
    """Wanted widths, the rest by how much more a column would like; small tables stay narrower than the page."""
    wanted = option.widths(columns)
    if (total := sum(wanted)) > available:
        return [width * available / total for width in wanted]
    wish = [
        max(0.0, column.natural * option.size + 2 * INSET - width)
        for column, width in zip(columns, wanted, strict=True)
    ]
    if sum(wish) >= (spare := available - total):
        return [width + spare * part / sum(wish) for width, part in zip(wanted, wish, strict=True)]
    natural = [width + part for width, part in zip(wanted, wish, strict=True)]
    stretch = min(available / max(sum(natural), 1.0), 1.35)
    return [width * stretch for width in natural]
