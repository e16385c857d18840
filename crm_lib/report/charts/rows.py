"""Lying charts, one row a category with its name at the left: bars, stacks, dumbbells, intervals, funnel."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Any

from crm_lib.report.brand import Brand
from crm_lib.report.charts import frame
from crm_lib.report.charts.canvas import WIDTH, Canvas, Style, inside
from crm_lib.report.charts.data import Data, number
from crm_lib.report.charts.fonts import LINE, SIZE, font
from crm_lib.report.charts.scales import (
    Scale,
    axis_label,
    capital,
    short_words,
    tick_words,
    value_ticks,
    value_words,
    widened,
)

MOST_ROWS = 24
NAMES = 128.0  # points that names may take
EDGE = frame.EDGE
SMALL = 8.0  # type inside narrow parts
AWAY = 14.0  # points that a value may stand farther from its bar, so that a line does not cross it


@dataclass
class Rows:
    """Where each category's row is: `middle[key]`, `tall` points high (higher only where its name is), drawn between `left` and `right`."""

    canvas: Canvas
    middle: dict[Any, float]
    tall: float
    left: float
    right: float
    top: float
    bottom: float


def barh(data: Data, brand: Brand) -> Canvas:
    sums = [one.by_x() for one in data.series]
    count = len(sums)
    rows, looks = _open(data, brand, bars=count, key=count > 1)
    canvas = rows.canvas
    ends = [value_words(data.words, data.kind, y) for one in sums for y in one.values()]
    room = max((canvas.font.width(words) for words in ends), default=0) + 8
    shown = [y for one in sums for key, y in one.items() if key in rows.middle]
    shown += [at for mark in data.chart.marks if mark.axis == "y" and not math.isnan(at := number(mark.at))]
    scale = _plain_scale(rows, min([*shown, 0]), max([*shown, 0]), room)
    thick = min(rows.tall * 0.72 / count, 17.0)
    values = []
    for key, middle in rows.middle.items():
        for i, one in enumerate(sums):
            if key not in one:
                continue
            top = middle + (i - count / 2) * thick
            look = _single(canvas, data, key) if count == 1 else looks[i]
            canvas.rect(scale(0), top + 0.5, scale(one[key]) - scale(0), thick - 1, look.colour, look.alpha, look.hatch)
            values.append((scale(one[key]), top + thick / 2, value_words(data.words, data.kind, one[key])))
    canvas.line([scale(0)] * 2, [rows.top, rows.bottom], canvas.colours.muted, 0.9, alpha=0.9)
    _marks(rows, data, scale)
    levels = [scale(at) for mark in data.chart.marks if mark.axis == "y" and not math.isnan(at := number(mark.at))]
    for end, middle, words in values:
        _beside(canvas, scale(0), end, middle, words, levels)
    return canvas


def stacked_h(data: Data, brand: Brand) -> Canvas:
    sums = [one.by_x() for one in data.series]
    rows, looks = _open(data, brand, key=True, axis=True)
    canvas = rows.canvas
    low = min((sum(min(s.get(x, 0), 0) for s in sums) for x in rows.middle), default=0)
    high = max((sum(max(s.get(x, 0), 0) for s in sums) for x in rows.middle), default=1)
    scale = _axis(rows, data, value_ticks(low, high, data.kind, from_zero=True))
    thick = min(rows.tall * 0.74, 22.0)
    for key, middle in rows.middle.items():
        up = down = 0.0
        for one, look in zip(sums, looks, strict=True):
            y = one.get(key, 0.0)
            start = up if y >= 0 else down
            wide = scale(start + y) - scale(start)
            if abs(wide) > 0.05:
                canvas.rect(scale(start), middle - thick / 2, wide, thick, look.colour, look.alpha, look.hatch, 0.8)
            if set_so := fitting(canvas, data, y, abs(wide)):
                words, size = set_so
                place = scale(start) + wide / 2
                canvas.text(place, middle, words, ha="center", va="middle", size=size, **inside(canvas.colours, look))
            up, down = (up + y, down) if y >= 0 else (up, down + y)
    _marks(rows, data, scale)
    return canvas


def fitting(canvas: Canvas, data: Data, y: float, room: float) -> tuple[str, float] | None:
    """The words of a part of a stack, and their size: smaller type comes before fewer decimals. None where none fit."""
    if not y:
        return None
    full, short = value_words(data.words, data.kind, y), short_words(data.words, data.kind, y)
    for words, size in ((full, SIZE), (full, SMALL), (short, SIZE), (short, SMALL)):
        if canvas.font.width(words) * size / SIZE + (4 if size == SIZE else 1) <= room:
            return words, size
    return None


def dumbbell(data: Data, brand: Brand) -> Canvas:
    """Before (hollow) and after (filled) of each category."""
    before, after = _pair(data)
    rows, _ = _open(data, brand, axis=True)
    canvas = rows.canvas
    hollow, filled = Style(canvas.colours.muted, "o"), Style(canvas.colours.accent, "o")
    known = [y for one in (before, after) for y in one.values()]
    room = max(canvas.font.width(value_words(data.words, data.kind, y)) for y in known) + 12  # for a value on each side
    ticks = value_ticks(*widened(min(known), max(known), data.kind), data.kind, from_zero=False)
    scale = _axis(rows, data, ticks, inset=min(room, 60))
    for key, middle in rows.middle.items():
        ends = [scale(one[key]) for one in (before, after) if key in one]
        canvas.line(ends, [middle] * len(ends), canvas.colours.accent, 2.4, alpha=0.35)
        for one, look, hole in ((before, hollow, True), (after, filled, False)):
            if key in one:
                canvas.dots([scale(one[key])], [middle], look, 8, hollow=hole)
        _ends(canvas, data, scale, middle, before.get(key), after.get(key))
    _marks(rows, data, scale)
    return canvas


def interval(data: Data, brand: Brand) -> Canvas:
    """Estimate with its interval; hollow where the interval holds zero."""
    rows, looks = _open(data, brand, bars=len(data.series), key=len(data.series) > 1, axis=True)
    canvas = rows.canvas
    words = [value_words(data.words, data.kind, y) for one in data.series for y in one.ys if y == y]
    room = max((canvas.font.width(part) for part in words), default=0) + 10
    low, high = data.extent()
    scale = _axis(rows, data, value_ticks(min(low, 0), max(high, 0), data.kind, from_zero=True, about=4), end=room)
    canvas.line([scale(0)] * 2, [rows.top, rows.bottom], canvas.colours.ink, 1.0, alpha=0.8)
    step = min(rows.tall * 0.8 / len(data.series), 18.0)
    for i, (one, look) in enumerate(zip(data.series, looks, strict=True)):
        for key, y, least, most in zip(one.xs, one.ys, one.lows, one.highs, strict=True):
            if key not in rows.middle or math.isnan(y):
                continue
            middle = rows.middle[key] + (i - (len(data.series) - 1) / 2) * step
            _estimate(canvas, scale, middle, look, y, least, most)
            canvas.text(WIDTH - EDGE, middle, value_words(data.words, data.kind, y), ha="right", va="middle")
    _marks(rows, data, scale)
    return canvas


def funnel(data: Data, brand: Brand) -> Canvas:
    """Bars from the left; beside each its count and its share of the stage before."""
    rows, looks = _open(data, brand)
    canvas = rows.canvas
    counts = data.series[0].by_x()
    words, before = {}, math.nan
    for key in rows.middle:
        count = counts.get(key, 0.0)
        words[key] = value_words(data.words, data.kind, count)
        if before > 0:
            share = data.words.format("percent", count / before)
            words[key] = data.words.text("report.chart.of_before", count=words[key], share=share)
        before = count
    room = max(canvas.font.width(part) for part in words.values()) + 10
    scale = _plain_scale(rows, 0, max([*counts.values(), 0]), min(room, (rows.right - rows.left) * 0.62))
    for i, (key, middle) in enumerate(rows.middle.items()):
        wide = max(scale(counts.get(key, 0.0)) - scale(0), 1.0)
        thick = min(rows.tall * 0.74, 22.0)
        canvas.rect(scale(0), middle - thick / 2, wide, thick, looks[0].colour, max(0.45, 1 - 0.14 * i))
        canvas.text(scale(0) + wide + 6, middle, words[key], va="middle")
    return canvas


def _open(data: Data, brand: Brand, bars: int = 1, key: bool = False, axis: bool = False) -> tuple[Rows, list[Style]]:
    """Page with its names, axis labels and key drawn."""
    face = font(brand.fonts.charts)
    keys = data.categories[:MOST_ROWS]
    names = {one: face.wrap(face.drawable(data.x_label_of(one)), NAMES, 3) for one in keys}
    left = max((face.width(line) for lines in names.values() for line in lines), default=0) + EDGE + 8
    tall = max(23.0, 12.0 * bars + 8, min(40.0, 130.0 / len(keys)))
    heights = [max(tall, LINE * len(lines) + 7) for lines in names.values()]
    sized = Canvas(brand, 100)
    pair = data.chart.form == "dumbbell"
    keyed = data.series if key else data.series[:2] if pair else []
    key_rows = frame.key_rows(sized, [one.label for one in keyed]) if keyed else []
    head = 4 + (LINE + 6) + len(key_rows) * (LINE + 2) + _mark_lines(data) * LINE + 6
    left_out = len(data.categories) > MOST_ROWS
    height = head + sum(heights) + (18 if axis else 6) + (16 if left_out else 0)
    canvas = Canvas(brand, height)
    looks = frame.styles(data, canvas)
    top = _titles(canvas, data)
    if key:
        top = frame.draw_key(canvas, key_rows, top, lambda c, x, y, i: _swatch(c, x, y, looks[i], data.chart.form))
    if pair:
        top = _pair_key(canvas, key_rows, top)
    top = head
    ends = list(accumulate(heights, initial=top))
    middle = {one: (start + end) / 2 for one, (start, end) in zip(keys, pairwise(ends), strict=True)}
    for one in keys:
        canvas.lines_of_text(left - 8, middle[one], names[one], ha="right")
    if left_out:
        frame.footnote(canvas, data.words.text("report.chart.more", n=len(data.categories) - MOST_ROWS))
    return Rows(canvas, middle, tall, left, WIDTH - 10, top, ends[-1]), looks


def _titles(canvas: Canvas, data: Data) -> float:
    """Label of the categories at the left, of the values at the right of it."""
    words, face, muted = data.words, canvas.font, canvas.colours.muted
    y = 4 + LINE * 0.75
    names = face.clip(face.drawable(capital(words.text(data.chart.x_label))), WIDTH * 0.4)
    canvas.text(EDGE, y, names, muted)
    label = capital(axis_label(words, words.text(data.chart.y_label), data.kind))
    values = face.clip(face.drawable(label), WIDTH - face.width(names) - 28)
    canvas.text(WIDTH - EDGE, y, values, muted, ha="right")
    return 4 + LINE + 6


def _axis(rows: Rows, data: Data, ticks: Sequence[float], end: float = 0, inset: float = 0) -> Scale:
    """Grid and tick words of a lying value axis."""
    canvas = rows.canvas
    labels = tick_words(data.words, data.kind, ticks)
    half = max(canvas.font.width(label) for label in labels) / 2
    right = min(rows.right - end, WIDTH - half - 1 - end)
    scale = Scale(ticks[0], ticks[-1], rows.left + (inset or 2), right - inset)
    if labels and (scale(ticks[1]) - scale(ticks[0])) < 2 * half + 8:
        first = ticks.index(0) % 2 if 0 in ticks else 0  # zero keeps its words
        ticks, labels = ticks[first::2], labels[first::2]
    for tick, label in zip(ticks, labels, strict=True):
        canvas.line([scale(tick)] * 2, [rows.top, rows.bottom], canvas.colours.muted, 0.6, alpha=0.25)
        canvas.text(scale(tick), rows.bottom + 12, label, canvas.colours.muted, ha="center")
    return scale


def _plain_scale(rows: Rows, low: float, high: float, room: float) -> Scale:
    """Without an axis: each bar carries its value, `room` points are kept for it."""
    high = high if high > low else low + 1
    return Scale(low, high, rows.left + (room if low < 0 else 0), rows.right - (room if high > 0 else 0))


def _beside(canvas: Canvas, zero: float, end: float, middle: float, words: str, levels: Sequence[float]) -> None:
    """The value at the end of its bar; beyond a level's line that would cross it, where there is room and the line near."""
    way = 1 if end >= zero else -1
    wide, place = canvas.font.width(words), end + 5 * way
    for level in sorted(levels, reverse=way < 0):
        if -2 < (level - place) * way < min(wide + 2, AWAY) and 0 < level + (5 + wide) * way < WIDTH:
            place = level + 5 * way
    plate = canvas.colours.paper if levels else ""
    canvas.text(place, middle, words, ha="left" if way > 0 else "right", va="middle", plate=plate)


def _single(canvas: Canvas, data: Data, key: Any) -> Style:
    if not data.chart.highlight or key in list(data.chart.highlight):
        return Style(canvas.colours.accent)
    return Style(canvas.colours.muted, alpha=0.55)


def _pair(data: Data) -> tuple[dict[Any, float], dict[Any, float]]:
    first, *others = data.series
    return first.by_x(), others[0].by_x() if others else {}


def _pair_key(canvas: Canvas, rows: list[list[tuple[int, str, float]]], top: float) -> float:
    looks = (Style(canvas.colours.muted, "o"), Style(canvas.colours.accent, "o"))
    return frame.draw_key(canvas, rows, top, lambda c, x, y, i: c.dots([x + 8], [y], looks[i], 8, hollow=i == 0))


def _ends(canvas: Canvas, data: Data, scale: Scale, middle: float, before: float | None, after: float | None) -> None:
    """Values outside the two dots."""
    known = sorted((y, after == y) for y in (before, after) if y is not None)
    for i, (y, strong) in enumerate(known):
        words = value_words(data.words, data.kind, y)
        first = i == 0 and len(known) > 1
        colour = canvas.colours.ink if strong else canvas.colours.muted
        place, ha = (scale(y) - 8, "right") if first else (scale(y) + 8, "left")
        canvas.text(place, middle, words, colour, ha=ha, va="middle", plate=canvas.colours.paper)


def _estimate(canvas: Canvas, scale: Scale, middle: float, look: Style, y: float, low: float, high: float) -> None:
    sure = math.isnan(low) or math.isnan(high) or low > 0 or high < 0
    if not (math.isnan(low) or math.isnan(high)):
        canvas.line(
            [scale(low), scale(high)], [middle, middle], look.colour, 2.2, alpha=look.alpha * (1 if sure else 0.6)
        )
        for bound in (low, high):
            canvas.line([scale(bound)] * 2, [middle - 3.5, middle + 3.5], look.colour, 1.4)
    canvas.dots([scale(y)], [middle], look, 8, hollow=not sure)


def _mark_lines(data: Data) -> int:
    return sum(1 for mark in data.chart.marks if mark.axis == "y" and not math.isnan(number(mark.at)))


def _marks(rows: Rows, data: Data, scale: Callable[[float], float]) -> None:
    """Reference lines on the value axis; their labels stand above the first row."""
    canvas, line = rows.canvas, 0
    for mark in data.chart.marks:
        if mark.axis != "y" or math.isnan(at := number(mark.at)):
            continue
        x = scale(at)
        if not rows.left - 1 <= x <= rows.right + 1:
            continue
        y = rows.top - 4 - line * LINE
        canvas.line([x, x], [y + 2, rows.bottom], canvas.colours.second, 1.2, (0, (4, 2)))
        label = canvas.font.clip(canvas.font.drawable(data.words.text(mark.label)), WIDTH * 0.7)
        half = canvas.font.width(label) / 2
        canvas.text(min(max(x, half + EDGE), WIDTH - half - EDGE), y, label, canvas.colours.second, ha="center")
        line += 1


def _swatch(canvas: Canvas, x: float, y: float, look: Style, form: str) -> None:
    if form == "interval":
        canvas.dots([x + 8], [y], look, 7)
    else:
        canvas.rect(x, y - 4.5, 13, 9, look.colour, look.alpha, look.hatch, 0.6)
