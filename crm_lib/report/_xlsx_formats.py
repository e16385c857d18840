"""Typed cells: what Excel stores for a value of each kind, and the number format that shows it as the report does."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from babel.numbers import get_currency_symbol
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from crm_lib.language import STATUS_SHAPES, Catalogue
from crm_lib.report.brand import Brand
from crm_lib.report.cells import NUMERIC, TIMES

LONGEST = 32_767  # characters of a cell, in UTF-16
FIRST_DAY = date(1900, 3, 1)  # Excel counts a 29 February 1900
_DAY_0 = date(1899, 12, 30).toordinal()
ENGLISH_FONT = "Calibri"  # where the brand has only the Chinese default
CHINESE_FONT = "Microsoft YaHei"
COUNTED = NUMERIC | TIMES
DURATIONS = frozenset({"days", "hours", "minutes"})
_MARKED = {shape: status for status, shape in STATUS_SHAPES.items()}
_FORMULA = frozenset("=+-@\t\r")
_UNENCODABLE = re.compile("[\ud800-\udfff]")
_DATES = {
    "zh": {"date": 'yyyy"年"m"月"d"日"', "month": 'yyyy"年"m"月"', "datetime": 'yyyy"年"m"月"d"日" hh:mm'},
    "en": {"date": "[$-809]d mmm yyyy", "month": "[$-809]mmm yyyy", "datetime": "[$-809]d mmm yyyy hh:mm"},
}


def number_format(kind: str, words: Catalogue, whole: bool = False) -> str:
    """Excel's format of a kind; 'General' where it is text. `whole`: of a duration without a fraction."""
    symbol = f'"{get_currency_symbol(words.currency, "zh_Hans_CN" if words.language == "zh" else "en_GB")}"'
    money = {"money": "#,##0", "money_short": "#,##0", "price": "#,##0.00"}
    plain = {"int": "#,##0", "float": "#,##0.0", "ratio": "#,##0.00", "percent": "0.0%"}
    plain["digits"] = "[>=1]#,##0.00;[<=-1]-#,##0.00;General"
    if kind in plain:
        return plain[kind]
    if kind in money:
        return f"{symbol}{money[kind]};-{symbol}{money[kind]}"
    if kind == "points":
        unit = _unit("common.points", words)
        return f"+0.0{unit};-0.0{unit};0.0{unit}"
    if kind in DURATIONS:
        number = f"#,##0{'' if whole else '.0'}{_unit(f'common.{kind}', words)}"
        return f"[=1]0{_unit('common.day', words)};{number}" if whole and kind == "days" else number
    return _DATES[words.language].get("date" if kind == "week" else kind, "General")


def _unit(id: str, words: Catalogue) -> str:
    """What follows the number in '{0} days', quoted for Excel."""
    return '"' + words.word(id).replace("{0}", "").replace('"', "") + '"'


def stored(kind: str, value: Any) -> float | date | None:
    """Number or date that stands for a value in Excel, None where it is none or has no place there.

    Points are shown as such: 0.08 is stored as 8.
    """
    if kind in TIMES:
        return _moment(kind, value)
    if kind not in NUMERIC or isinstance(value, (bool, str)) or value is None:
        return None
    number = float(value)
    if not math.isfinite(number):
        return None
    return round(number * 100, 10) if kind == "points" else number


def _moment(kind: str, value: Any) -> date | None:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(f"{value}-01" if len(value) == 7 else value)
        except ValueError:
            return None
    if not isinstance(value, date):
        return None
    if kind != "datetime" and isinstance(value, datetime):
        value = value.date()
    day = value.date() if isinstance(value, datetime) else value
    return (value.replace(tzinfo=None) if isinstance(value, datetime) else value) if day >= FIRST_DAY else None


def fitting(text: str, mark: Callable[[int], str]) -> str:
    """Text that a cell can hold; `mark(n)` follows one that was cut from n characters."""
    if not text.isascii():
        text = _UNENCODABLE.sub("\ufffd", text)
    if len(text) <= LONGEST // 2 or _units(text) <= LONGEST:
        return text
    tail = mark(len(text))
    kept = text[: LONGEST - len(tail)]
    while _units(kept) + len(tail) > LONGEST:
        kept = kept[: len(kept) - 1 - (_units(kept) + len(tail) - LONGEST) // 2]
    return kept + tail


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


Words = Callable[[Any], str]
Typed = tuple[str | float | date, Format]  # a value as Excel stores it


class _Squares(dict[str, int]):
    """Columns that a character takes."""

    def __missing__(self, character: str) -> int:
        self[character] = taken = 2 if unicodedata.east_asian_width(character) in "WF" else 1
        return taken


_SQUARES = _Squares()


def width(text: str) -> int:
    """Columns of the widest line; Chinese characters take two."""
    lines = text[:400].split("\n")
    return max(len(line) if line.isascii() else sum(map(_SQUARES.__getitem__, line)) for line in lines)


class Cells:
    """Formats of one workbook, made once each, and the writing of typed values."""

    def __init__(self, book: Workbook, words: Catalogue, brand: Brand) -> None:
        self.words, self._book = words, book
        self.colours = brand.colours
        english = words.language != "zh" and brand.fonts.sheet == CHINESE_FONT
        self.font = ENGLISH_FONT if english else brand.fonts.sheet
        self._formats: dict[tuple[tuple[str, Any], ...], Format] = {}
        self._kinds: dict[tuple[str, bool, bool], Format] = {}
        self._words: dict[tuple[bool, bool, str], Format] = {}

    def style(self, **given: Any) -> Format:
        key = tuple(sorted(given.items()))
        if key not in self._formats:
            base = {"font_name": self.font, "font_size": 10, "font_color": self.colours.ink, "valign": "top"}
            self._formats[key] = self._book.add_format(base | given)
        return self._formats[key]

    def of_kind(self, kind: str, whole: bool = False, left: bool = False) -> Format:
        """Format of the numbers or dates of a kind."""
        key = (kind, whole, left)
        if key not in self._kinds:
            align = {"align": "left", "indent": 1} if left or kind in TIMES else {}
            self._kinds[key] = self.style(num_format=number_format(kind, self.words, whole), **align)
        return self._kinds[key]

    @property
    def header(self) -> Format:
        return self.style(
            bold=True, bg_color=self.colours.accent, font_color=self.colours.paper, text_wrap=True, valign="vcenter"
        )

    def write(self, sheet: Worksheet, row: int, column: int, kind: str, value: Any, text: Words) -> None:
        """A typed cell at the left, none for a missing value; `text` as for `typed`."""
        if cell := self.typed(column, kind, value, text, left=True):
            put(sheet, row, column, cell)

    def typed(self, column: int, kind: str, value: Any, text: Words, left: bool = False) -> Typed | None:
        """What to store and how it looks, None for a missing value; `text(value)` gives the words where the value is
        none that Excel counts with."""
        if missing(value):
            return None
        known = stored(kind, value) if kind in COUNTED else None
        if known is None:
            words = fitting(text(value), self._cut)
            return words, self._of_words(words, column, kind, value)
        if isinstance(known, date):
            return known, self.of_kind(kind)
        return known, self.of_kind(kind, kind in DURATIONS and known.is_integer(), left)

    def _of_words(self, words: str, column: int, kind: str, value: Any) -> Format:
        status = value if kind == "status" else _MARKED.get(words[:1], "") if words[1:2] == " " else ""
        status = status if status in ("good", "watch", "bad") else ""
        key = (column > 0, words[:1] in _FORMULA, status)
        if key not in self._words:
            bold = {"bold": True, "font_color": getattr(self.colours, status)} if status else {}
            self._words[key] = self._of_text(words, column, bold)
        return self._words[key]

    def text(self, sheet: Worksheet, row: int, column: int, text: str, **style: Any) -> None:
        """Text as it stands."""
        sheet.write_string(row, column, fitting(text, self._cut), self._of_text(text, column, style))

    def _of_text(self, text: str, column: int, style: dict[str, Any]) -> Format:
        """Off the number at its left; what looks like a formula stays text when a reader edits."""
        quoted = {"quote_prefix": True} if text[:1] in _FORMULA else {}
        return self.style(**{"text_wrap": True, "indent": 1 if column else 0} | style | quoted)

    def _cut(self, length: int) -> str:
        return self.words.text("report.xlsx.cut", n=length)


def put(sheet: Worksheet, row: int, column: int, cell: Typed) -> None:
    value, style = cell
    if isinstance(value, str):
        sheet.write_string(row, column, value, style)
    elif isinstance(value, date):
        write_date(sheet, row, column, value, style)
    else:
        sheet.write_number(row, column, value, style)


def write_date(sheet: Worksheet, row: int, column: int, value: date, style: Format | None) -> None:
    """A day or a moment. A day is written as its number here, which takes XlsxWriter several times as long."""
    if value.__class__ is date and value >= FIRST_DAY:
        sheet.write_number(row, column, value.toordinal() - _DAY_0, style)
    else:
        sheet.write_datetime(row, column, value, style)


def missing(value: Any) -> bool:
    """Nothing to show: None, not a number, infinite, blank."""
    if isinstance(value, str):
        return not value or value.isspace()
    if isinstance(value, float):
        return not math.isfinite(value)
    return value is None or value != value
