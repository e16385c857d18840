"""Words of a table's cell, the same in every format."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from crm_lib.language import NOT_KNOWN, STATUS_SHAPES, Catalogue, Value
from crm_lib.report.blocks import Column

NUMERIC = frozenset(
    {
        "int",
        "float",
        "ratio",
        "digits",
        "percent",
        "points",
        "money",
        "price",
        "money_short",
        "days",
        "hours",
        "minutes",
    }
)
_RANGE = re.compile("(?<!\u2060)～")
_MINUS = re.compile(r"(?<=[(（～ ])-(?=[^\s\d\-\u2060])")  # of money: lines break between a hyphen and what is no digit
TIMES = frozenset({"date", "month", "week", "datetime"})


def cell_text(words: Catalogue, column: Column, value: Any) -> str:
    """Words of one value of a column; a missing one is a dash."""
    if value is None or value != value or (isinstance(value, str) and not value.strip()):
        return NOT_KNOWN
    if column.kind == "term":
        return words.word(f"{column.prefix}{value}")
    return words.format(column.kind, value)


_STATUS = {shape: status for status, shape in STATUS_SHAPES.items()}


def status_of(column: Column, value: Any, spoken: str) -> str:
    """The status that a cell tells: its value, or the shape that its words begin with ('■ overdue'); '' for none."""
    if column.kind == "status":
        return value if value in STATUS_SHAPES else ""
    return _STATUS.get(spoken[:1], "") if column.kind in ("term", "message") and spoken[1:2] == " " else ""


def as_title(text: str) -> str:
    """A sentence as the title of what follows: without its full stop."""
    return text[:-1] if text.endswith(("。", ".")) and not text.endswith("..") else text


def whole_minus(text: str) -> str:
    """The text with the minus of money in brackets and intervals kept on the line of its amount, and the sign of a
    range on that of its beginning."""
    text = _MINUS.sub("-\u2060", text) if "-" in text else text
    return _RANGE.sub("\u2060～", text) if "～" in text else text


# where an id or the name of a file may go on in the next line; a number's point and a date's hyphen are no such places
_HYPHEN = r"(?<=\w-)(?!(?<=\d{4}-)\d\d-\d\d(?!\d))(?!(?<=\d{4}-\d\d-)\d\d(?!\d))"
JOINT = re.compile(rf"(?<=[_/\\@&=?:])(?!\u00a0)|{_HYPHEN}|(?<=[^\W\d]\.)|(?<=\d\.)(?!\d)|(?<=[a-z])(?=[A-Z])")
# a number and the Chinese word that it counts: 2026年, ¥10.6万, 3.2 个百分点
COUNTED = re.compile(r"[-+\u2060]*(?:[A-Z]{0,3}[¥￥$€£])?\d[\d,.]*(?:[年月日万亿]|[ \u00a0]个(?:百分点|月))")
# a day or month with its year: 2026年6月30日, 30 Jun 2026; else as COUNTED
WHOLE = re.compile(
    r"\d{4}-\d{2}-\d{2}(?!\d)|\d{4}年\d{1,2}月(?:\d{1,2}日)?|\d{1,2}月\d{1,2}日"
    r"|\d{1,2}[ \u00a0][A-Z][a-z]{2,3}[ \u00a0]\d{4}(?!\d)|" + COUNTED.pattern
)
_RELATION = re.compile(r"(?:(?<![^\W_])([^\W\d_]{1,3}) )?([=<>≤≥≈]) (?=[-+\u2060]*(?:[A-Z]{0,3}[¥￥$€£])?\d)")
_SIGNS = re.compile("[=<>≤≥≈]")
_SPAN = re.compile(r"(?<=[\d%])–(?=[-+]?(?:[A-Z]{0,3}[¥￥$€£])?\d)")


@cache
def _before_units(units: str) -> re.Pattern[str]:
    return re.compile(rf"(\d) (?=(?:{'|'.join(map(re.escape, units.split()))})(?![A-Za-z]))")


def joined(words: Catalogue, text: str) -> str:
    """The text with what must stand on one line held together: 'n = 5', 'p < 0.05', '12 days', '3–5'."""
    if " " in text:
        text = _before_units(words.word("report.units")).sub("\\1\u00a0", text)
        text = _RELATION.sub(_related, text) if _SIGNS.search(text) else text
    return _SPAN.sub("–\u2060", text) if "–" in text else text


def _related(found: re.Match[str]) -> str:
    return f"{found[1]}\u00a0{found[2]}\u00a0" if found[1] else f"{found[2]}\u00a0"


def introduces(text: str) -> bool:
    """Whether a sentence ends with a colon, so that it must not stand apart from what follows."""
    return text.rstrip().endswith((":", "："))


def signed_text(words: Catalogue, change: Value) -> str:
    """Words of a change; a rise with its plus sign."""
    spoken = words.value(change)
    rises = isinstance(change.value, (int, float)) and change.value > 0 and change.kind in NUMERIC
    return f"+{spoken}" if rises and not spoken.startswith("+") else spoken
