"""Scales from data to points on the page, round ticks and their words."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

from crm_lib.language import Catalogue

MONEY = frozenset({"money", "price", "money_short"})
LEAST_SPAN = 0.05  # of the largest value
WHOLE = frozenset({"int", "money", "money_short"})  # written without decimals: ticks between would repeat the words


@dataclass(frozen=True)
class Scale:
    """Linear: `low` falls on `start`, `high` on `end` (points)."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)


def round_ticks(low: float, high: float, about: int = 5) -> list[float]:
    """Ticks at 1, 2, 2.5 or 5 times a power of ten that enclose [low, high]."""
    if high - low <= max(1e-6, 1e-9 * abs(low), 1e-9 * abs(high)):
        low, high = (low - abs(low) / 2, low + abs(low) / 2) if abs(low) > 1e-6 else (0.0, 1.0)
    raw = (high - low) / about
    power = 10.0 ** math.floor(math.log10(raw))
    step = next((power * part for part in (1, 2, 2.5, 5, 10) if power * part >= raw * 0.999), power * 10)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(i * step, 12) for i in range(first, last + 1)]


def value_ticks(low: float, high: float, kind: str, from_zero: bool, about: int = 5) -> list[float]:
    """Ticks of a value axis. From zero where bars need it, or where zero is near enough to be worth showing."""
    if from_zero or (low >= 0 and low < 0.55 * high) or (high <= 0 and high > 0.55 * low):
        low, high = min(low, 0.0), max(high, 0.0)
    ticks = round_ticks(low, high, about)
    if kind == "percent" and high <= 1.0 + 1e-9 and ticks[-1] > 1.0:  # sums of shares come to a hair more than 1
        ticks = [tick for tick in ticks if tick <= 1.0]
    if kind in WHOLE and len(ticks) > 1 and ticks[1] - ticks[0] < 1:
        ticks = [float(i) for i in range(math.floor(low), math.ceil(high) + 1)] if high > low else [low, low + 1]
    return ticks if len(ticks) > 1 else [ticks[0], ticks[0] + 1]


def widened(low: float, high: float, kind: str) -> tuple[float, float]:
    """[low, high], or around it as much as LEAST_SPAN of its size: differences of nothing are to look like nothing."""
    short = LEAST_SPAN * max(abs(low), abs(high)) - (high - low)
    if short <= 0:
        return low, high
    top = high + short / 2
    top = max(min(top, 1.0), high) if kind == "percent" and high <= 1.0 + 1e-9 else top
    return top - (high - low) - short, top


def tick_words(words: Catalogue, kind: str, ticks: Sequence[float]) -> list[str]:
    """As few decimals as tell the ticks apart."""
    step = min((abs(b - a) for a, b in pairwise(ticks)), default=1.0)
    if kind == "percent":
        return [words.word("common.percent").format(_fixed(tick * 100, step * 100)) for tick in ticks]
    if kind == "points":
        return [_fixed(tick * 100, step * 100, "+") for tick in ticks]
    if kind in MONEY:
        spoken = [words.format("price" if step < 1 else "money_short", tick) for tick in ticks]
        if step >= 1 and not any(_TENTH.search(one) for one in spoken):
            return [_WHOLE_TENTH.sub("", one) for one in spoken]
        return spoken
    if kind in ("int", "float", "ratio", "digits"):
        return [_fixed(tick, step) for tick in ticks]
    return [words.format(kind, tick) for tick in ticks]


_TENTH, _WHOLE_TENTH = re.compile(r"\.[1-9](?=\D*$)"), re.compile(r"\.0(?=\D*$)")


def value_words(words: Catalogue, kind: str, value: float) -> str:
    """Words of a value beside its mark: money in short, points without their unit (it is in the axis' label)."""
    if kind == "points":
        return _fixed(value * 100, 0.1, "+")
    return words.format("money_short" if kind in MONEY else kind, value)


def short_words(words: Catalogue, kind: str, value: float) -> str:
    """Without decimals, where there is little room; small percentages keep theirs."""
    if kind in ("percent", "points") and abs(value) < 0.0995:
        return value_words(words, kind, value)
    whole = {"percent": 0.01, "points": 0.01}.get(kind, 1.0)
    if value and abs(value) < whole / 2:
        return value_words(words, kind, value)  # not a '0' that stands for something
    if kind == "percent":
        return words.word("common.percent").format(_fixed(value * 100, 1.0))
    return tick_words(words, kind, [value, value + whole])[0]


def axis_label(words: Catalogue, label: str, kind: str) -> str:
    """Label of a value axis; that of points says so."""
    return words.text("report.chart.in_points", label=label) if kind == "points" else label


def capital(words: str) -> str:
    """An axis' title begins with a capital, whichever word of ours it is."""
    return words[:1].upper() + words[1:]


def _fixed(value: float, step: float, sign: str = "") -> str:
    digits = 0 if step >= 1 and abs(step - round(step)) < 1e-9 else min(7, max(1, -math.floor(math.log10(step) + 1e-9)))
    if 0.2 < step < 1 and abs(step * 10 - round(step * 10)) > 1e-9:
        digits = 2
    value = 0.0 if round(value, digits) == 0 else value
    return f"{value:{sign if value else ''},.{digits}f}"


def time_position(kind: str, value: Any) -> float:
    """Months count as months, other times as days."""
    day = date.fromisoformat(f"{value}-01" if len(str(value)) == 7 else str(value)[:10])
    return float(day.year * 12 + day.month - 1) if kind == "month" else float(day.toordinal())


def inside(centres: Sequence[float], widths: Sequence[float], right: float) -> list[float]:
    """Centres of labels moved so that none leaves the page."""
    return [min(max(x, width / 2 + 1), right - width / 2 - 1) for x, width in zip(centres, widths, strict=True)]


def thinned(centres: Sequence[float], widths: Sequence[float], gap: float = 8.0) -> list[int]:
    """Which labels to show, at an even step back from the last, so that none touches the next."""
    for step in range(1, len(centres) + 1):
        shown = list(range(len(centres) - 1, -1, -step))[::-1]
        if all(centres[b] - centres[a] >= (widths[a] + widths[b]) / 2 + gap for a, b in pairwise(shown)):
            return shown
    return []
