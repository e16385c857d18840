"""Upright bars: single, side by side, stacked."""

from __future__ import annotations

import math
from collections.abc import Sequence

from crm_lib.report.brand import Brand
from crm_lib.report.charts import frame, rows
from crm_lib.report.charts.canvas import HEIGHT, WIDTH, Canvas, Style, inside
from crm_lib.report.charts.data import Data
from crm_lib.report.charts.fonts import LINE, SIZE, Font, font
from crm_lib.report.charts.scales import value_ticks, value_words

VALUES = 12  # so many bars carry their value


def bar(data: Data, brand: Brand) -> Canvas:
    """Categories whose names would not fit below lie down instead."""
    if not _fits(data, font(brand.fonts.charts)):
        return rows.barh(data, brand)
    plot, looks = _frame(data, brand, *data.extent())
    count, places = len(data.series), _places(plot, data)
    room = plot.width / len(places)
    width = min(room * (0.8 if count > 1 else 0.64) / count, 46.0)
    size = _size(plot.canvas.font, data, room if count == 1 else width)
    for i, one in enumerate(data.series):
        for x, y in one.by_x().items():
            left = places[x] + (i - count / 2) * width
            look = _single(plot.canvas, data, x) if count == 1 else looks[i]
            _column(plot, left + 0.5, width - 1, 0.0, y, look)
            if size and not data.chart.low:
                _value(plot, data, left + width / 2, y, size)
        _whiskers(plot, data, i, places, width)
    frame.level_marks(plot, data)
    frame.upright_marks(plot, data, lambda at: places.get(at))
    return plot.canvas


def stacked(data: Data, brand: Brand) -> Canvas:
    if not _fits(data, font(brand.fonts.charts)):
        return rows.stacked_h(data, brand)
    sums = [one.by_x() for one in data.series]
    totals = [(sum(min(s.get(x, 0), 0) for s in sums), sum(max(s.get(x, 0), 0) for s in sums)) for x in data.categories]
    low, high = min(part for part, _ in totals), max(part for _, part in totals)
    plot, looks = _frame(data, brand, low, high)
    places = _places(plot, data)
    width = min(plot.width / len(places) * 0.7, 54.0)
    for x, middle in places.items():
        up = down = 0.0
        for one, look in zip(sums, looks, strict=True):
            y = one.get(x, 0.0)
            start = up if y >= 0 else down
            _column(plot, middle - width / 2, width, start, start + y, look, edge=0.8)
            _share(plot, data, middle, width, start, y, look)
            up, down = (up + y, down) if y >= 0 else (up, down + y)
    frame.level_marks(plot, data)
    frame.upright_marks(plot, data, lambda at: places.get(at))
    return plot.canvas


def swatch(canvas: Canvas, x: float, y: float, look: Style) -> None:
    canvas.rect(x, y - 4.5, 13, 9, look.colour, look.alpha, look.hatch, 0.6)


def _fits(data: Data, face: Font) -> bool:
    if data.x_is_time or data.x_is_number:
        return True
    slot = (WIDTH - 60) / max(len(data.categories), 1) - 6
    labels = [face.drawable(data.x_label_of(key)) for key in data.categories]
    words = [word for label in labels for word in label.split(" ") if word.isascii()]
    long = any(face.width(word) > slot for word in words)
    return not long and all(len(face.wrap(label, slot, 9)) <= 3 for label in labels)


def _frame(data: Data, brand: Brand, low: float, high: float) -> tuple[frame.Plot, list[Style]]:
    canvas = Canvas(brand, HEIGHT)
    looks = frame.styles(data, canvas)
    named = len(data.series) > 1
    keys = frame.key_rows(canvas, [one.label for one in data.series]) if named else []
    labels = [canvas.font.drawable(data.x_label_of(key)) for key in data.categories]
    slot = _slot(data)
    depth = max((len(canvas.font.wrap(label, slot, 3)) for label in labels), default=1) if slot else 1
    canvas = Canvas(brand, HEIGHT + len(keys) * (LINE + 2) + (depth - 1) * LINE)
    top = frame.axis_title(canvas, data, 4.0)
    if named:
        top = frame.draw_key(canvas, keys, top, lambda c, x, y, i: swatch(c, x, y, looks[i])) + 2
    ticks = value_ticks(low, high, data.kind, from_zero=True)
    bottom = canvas.height - 36 - (depth - 1) * LINE
    return frame.value_axis(canvas, data, ticks, top + LINE, bottom, WIDTH - 8), looks


def _slot(data: Data) -> float:
    """Points that a category's name may take; 0 for times and numbers, which are thinned instead."""
    return 0.0 if data.x_is_time or data.x_is_number else (WIDTH - 60) / max(len(data.categories), 1) - 6


def _places(plot: frame.Plot, data: Data) -> dict[object, float]:
    keys = data.categories
    room = plot.width / max(len(keys), 1)
    places = {key: plot.left + (i + 0.5) * room for i, key in enumerate(keys)}
    frame.below(plot, data, list(places.values()), [data.x_label_of(key) for key in keys], _slot(data))
    return places


def _single(canvas: Canvas, data: Data, x: object) -> Style:
    """One series: highlighted categories in the accent, the others in grey."""
    if not data.chart.highlight:
        return Style(canvas.colours.accent)
    wanted = list(data.chart.highlight)
    return Style(canvas.colours.accent) if x in wanted else Style(canvas.colours.muted, alpha=0.55)


def _column(
    plot: frame.Plot, left: float, width: float, start: float, end: float, look: Style, edge: float = 0
) -> None:
    y0, y1 = plot.y(start), plot.y(end)
    if abs(y1 - y0) > 0.05:
        if look.alpha < 1:
            plot.canvas.rect(left, y1, width, y0 - y1, plot.canvas.colours.paper)  # else the grid shows through
        plot.canvas.rect(left, y1, width, y0 - y1, look.colour, look.alpha, look.hatch, edge)


def _size(face: Font, data: Data, room: float) -> float:
    """Of the type of all bars' values, so that each is told; 0 where they do not fit."""
    if len(data.categories) * len(data.series) > VALUES:
        return 0.0
    ends = [value_words(data.words, data.kind, y) for one in data.series for y in one.by_x().values()]
    widest = max(map(face.width, ends), default=0.0)
    return next((size for size in (SIZE, rows.SMALL) if widest * size / SIZE <= room + 2), 0.0)


def _value(plot: frame.Plot, data: Data, x: float, y: float, size: float) -> None:
    words = value_words(data.words, data.kind, y)
    plot.canvas.text(x, plot.y(y) - 4 if y >= 0 else plot.y(y) + 11, words, ha="center", size=size)


def _share(plot: frame.Plot, data: Data, x: float, width: float, start: float, y: float, look: Style) -> None:
    """The value in its part of the stack, where it fits."""
    tall = abs(plot.y(start) - plot.y(start + y))
    if tall >= LINE + 2 and (set_so := rows.fitting(plot.canvas, data, y, width)):
        middle = (plot.y(start) + plot.y(start + y)) / 2
        words, size = set_so
        plot.canvas.text(x, middle, words, ha="center", va="middle", size=size, **inside(plot.canvas.colours, look))


def _whiskers(plot: frame.Plot, data: Data, i: int, places: dict[object, float], width: float) -> None:
    one, count = data.series[i], len(data.series)
    for x, low, high in zip(one.xs, one.lows, one.highs, strict=True):
        if math.isnan(low) or math.isnan(high):
            continue
        middle = places[x] + (i - count / 2 + 0.5) * width
        _whisker(plot.canvas, [middle, middle], [plot.y(low), plot.y(high)])


def _whisker(canvas: Canvas, xs: Sequence[float], ys: Sequence[float]) -> None:
    canvas.line(xs, ys, canvas.colours.ink, 1.2)
    for x, y in zip(xs, ys, strict=True):
        canvas.line([x - 3, x + 3], [y, y], canvas.colours.ink, 1.2)
