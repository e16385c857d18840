"""Fit a table on paper: type size, column widths by content, and whether it needs a page on its side.

Widths are in points. Text is measured in em by classes of characters: near enough, and no font is opened for it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

PORTRAIT, LANDSCAPE = 470.0, 717.0  # text width of an A4 page in report.typ
INSET = 4.0  # on either side of a cell
CLIP = 200  # characters of data printed in a cell; the workbook has all
CLIP_SENTENCE = 600  # of our own sentences
WIDE_COLUMNS = 8  # more than these turn the page rather than be set smaller than 8 points
_LONGEST_WORD = 24  # characters; a longer one may be broken anywhere
_NARROW = frozenset("iljtfrI.,:;|'!()[]{}/-·")
_BREAK = "\u200b"


@dataclass(frozen=True)
class Fit:
    """`widths` in points; `landscape` where no size fits upright."""

    size: float
    widths: list[float]
    landscape: bool


@cache
def _em(character: str) -> float:
    if unicodedata.east_asian_width(character) in "WF":
        return 1.0
    if character in _NARROW:
        return 0.34
    if character == " ":
        return 0.25
    return 0.68 if character.isupper() or character in "%@&mw+=<>" else 0.57


def width_em(text: str) -> float:
    """Width of the widest line."""
    return max((sum(map(_em, line)) for line in text.split("\n")), default=0.0)


def clipped(text: str, most: int = CLIP) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


_WORD = re.compile(r"[^\s\u200b\u2e80-\U0003ffff]+")


def breakable(text: str) -> str:
    """Text in which words of more than 24 characters may be broken."""
    return _WORD.sub(lambda word: _BREAK.join(_pieces(word.group())), text)


def _pieces(word: str) -> list[str]:
    if len(word) <= _LONGEST_WORD:
        return [word]
    return [word[i : i + 8] for i in range(0, len(word), 8)]


def _longest_word(text: str) -> float:
    return max((sum(map(_em, word)) for word in _WORD.findall(text)), default=0.0)


@dataclass(frozen=True)
class _Column:
    """Widths in em: `least` without breaking what stays whole, `long` of the longest text on one line, `natural`."""

    least: float
    long: float
    natural: float

    def wanted(self, lines: float) -> float:
        """Width at which no text takes more than about `lines` lines."""
        return max(self.least, self.long / (lines - 0.6))


def _column(head: str, cells: Sequence[str], whole: bool) -> _Column:
    """A heading may take two lines; short texts and whole cells stay on one."""
    heading = 1.06 * width_em(head)  # bold
    widest = max(map(width_em, cells), default=0.0)
    least = [1.06 * _longest_word(head), heading if heading <= 4 else heading / 2 + 1]
    least += [widest] if whole else [min(widest, 5.0), *map(_longest_word, cells)]
    return _Column(max(least), 0.0 if whole else widest, max(heading, widest))


@dataclass(frozen=True)
class _Try:
    """A type size and the lines that a text may take."""

    size: float
    lines: float

    def widths(self, columns: Sequence[_Column]) -> list[float]:
        return [column.wanted(self.lines) * self.size + 2 * INSET for column in columns]

    def fits(self, columns: Sequence[_Column], available: float) -> bool:
        return sum(self.widths(columns)) <= available


_GOOD = [_Try(size, 5) for size in (9.0, 8.5, 8.0)]
_TALL = [_Try(size, 9) for size in (9.0, 8.5, 8.0)]
_SMALL = [_Try(size, lines) for size in (7.5, 7.0, 6.5) for lines in (5, 9, 20)]


def fit(head: Sequence[str], rows: Sequence[Sequence[str]], whole: Sequence[bool]) -> Fit:
    """Largest type at which no `whole` cell breaks and no text grows tall; wide tables turn the page first."""
    columns = [_column(head[i], [row[i] for row in rows], keep) for i, keep in enumerate(whole)]
    wide = len(columns) > WIDE_COLUMNS
    tries = [(_GOOD, PORTRAIT), *([] if wide else [(_TALL + _SMALL, PORTRAIT)]), (_GOOD + _TALL + _SMALL, LANDSCAPE)]
    for options, available in tries:
        for option in options:
            if option.fits(columns, available):
                return Fit(option.size, _widths(columns, option, available), available == LANDSCAPE)
    return Fit(_SMALL[-1].size, _widths(columns, _SMALL[-1], LANDSCAPE), True)


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
    stretch = min(available / sum(natural), 1.35)
    return [width * stretch for width in natural]
