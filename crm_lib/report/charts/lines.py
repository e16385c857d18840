"""Lines over time or a number, with interval bands; the Pareto curve."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from crm_lib.report.brand import Brand
from crm_lib.report.charts import frame
from crm_lib.report.charts.canvas import HEIGHT, WIDTH, Canvas, Style
from crm_lib.report.charts.data import Data, Series, number
from crm_lib.report.charts.fonts import LINE
from crm_lib.report.charts.scales import WHOLE, Scale, round_ticks, tick_words, time_position, value_ticks

DIRECT = 5  # so many lines carry their name at their end; more get a key
MOST_LABEL = 104.0  # points that names at the end of lines may take


def line(data: Data, brand: Brand) -> Canvas:
    direct = 1 < len(data.series) <= DIRECT
    canvas = Canvas(brand, HEIGHT)
    looks = frame.styles(data, canvas)
    top = frame.axis_title(canvas, data, EDGE_TOP)
    if len(data.series) > DIRECT:
        rows = frame.key_rows(canvas, [one.label for one in data.series])
        grown = Canvas(brand, HEIGHT + len(rows) * (LINE + 2))
        canvas, top = grown, frame.axis_title(grown, data, EDGE_TOP)
        top = frame.draw_key(canvas, rows, top, lambda c, x, y, i: _sample(c, x, y, looks[i])) + 4
    names = [canvas.font.wrap(canvas.font.drawable(one.label), MOST_LABEL, 2) for one in data.series] if direct else []
    room = max((canvas.font.width(part) for lines in names for part in lines), default=0.0)
    right = WIDTH - (room + 14 if direct else 14)
    ticks = value_ticks(*data.extent(), data.kind, from_zero=False)
    plot = frame.value_axis(canvas, data, ticks, top + 2 + frame.marks_height(data), canvas.height - 36, right)
    at = across_axis(plot, data)
    stepped = data.x_kind in ("month", "week")
    for one, look in zip(data.series, looks, strict=True):
        _band(plot, one, look, at, stepped)
    frame.level_marks(plot, data)
    frame.upright_marks(plot, data, at, above=True)
    for one, look in zip(data.series, looks, strict=True):
        _stroke(plot, one, look, at, solid=len(data.series) == 1, stepped=stepped)
    if direct:
        _names(plot, data.series, looks, names, at)
    return canvas


EDGE_TOP = 4.0
STEPS = [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]


def pareto(data: Data, brand: Brand) -> Canvas:
    """Cumulative share of value against cumulative share of customers, with the line of equal shares."""
    canvas = Canvas(brand, HEIGHT)
    looks = frame.styles(data, canvas)
    top = frame.axis_title(canvas, data, EDGE_TOP)
    if len(data.series) > 1:
        keys = frame.key_rows(canvas, [one.label for one in data.series])
        top = frame.draw_key(canvas, keys, top, lambda c, x, y, i: _sample(c, x, y, looks[i], marked=False))
    low, high = data.extent()
    whole = data.kind == "percent" and 0 <= low <= high <= 1.02  # all of it; money paid back lifts it a little above
    ticks = STEPS if whole else value_ticks(low, high, data.kind, from_zero=True)
    plot = frame.value_axis(canvas, data, ticks, top + 2 + frame.marks_height(data), canvas.height - 36, WIDTH - 14)
    across = Scale(0, 1, plot.left, plot.right)
    frame.below(plot, data, [across(step) for step in STEPS], tick_words(data.words, "percent", STEPS))
    canvas.line([across(0), across(1)], [plot.y(0), plot.y(1)], canvas.colours.muted, 0.9, (0, (2, 2)))
    for one, look in zip(data.series, looks, strict=True):
        pairs = sorted((x, y) for x, y in zip(map(number, one.xs), one.ys, strict=True) if x == x and y == y)
        pairs = [(0.0, 0.0), *pairs] if pairs and pairs[0][0] > 0 else pairs
        xs, ys = [across(x) for x, _ in pairs], [plot.y(y) for _, y in pairs]
        canvas.band(xs, ys, [plot.y(0)] * len(xs), look.colour, 0.10)
        canvas.line(xs, ys, look.colour, 2.0, look.dash)
    frame.level_marks(plot, data)
    frame.upright_marks(plot, data, lambda at: across(share) if 0 <= (share := number(at)) <= 1 else None, above=True)
    _pareto_points(plot, data, across, looks)
    return canvas


def _pareto_points(plot: frame.Plot, data: Data, across: Scale, looks: Sequence[Style]) -> None:
    """Where a mark crosses the curve: both shares in words."""
    for mark in data.chart.marks:
        share = number(mark.at)
        if mark.axis != "x" or not 0 <= share <= 1 or not data.series:
            continue
        value = _interpolated(data.series[0], share)
        if value is not None:
            x, y = across(share), plot.y(value)
            plot.canvas.dots([x], [y], looks[0], 7)
            words = data.words.format(data.kind, value)
            plot.canvas.text(x + 7, y + LINE - 2, words, plate=plot.canvas.colours.paper)


def _interpolated(series: Series, x: float) -> float | None:
    pairs = sorted((a, b) for a, b in zip(map(number, series.xs), series.ys, strict=True) if a == a and b == b)
    for (x0, y0), (x1, y1) in zip([(0.0, 0.0), *pairs], pairs, strict=False):
        if x0 <= x <= x1:
            return y1 if x1 == x0 else y0 + (y1 - y0) * (x - x0) / (x1 - x0)
    return None


def across_axis(plot: frame.Plot, data: Data) -> Any:
    """Draws the axis below; gives the function from x to points (None where x is not on the axis)."""
    if data.x_is_number:
        known = [x for one in data.series for x in map(number, one.xs) if x == x]
        ticks = _ticks(min(known), max(known), data.x_kind)
        scale = Scale(ticks[0], ticks[-1], plot.left + 6, plot.right - 6)
        labels = tick_words(data.words, data.x_kind, ticks)
        frame.below(plot, data, [scale(tick) for tick in ticks], labels)
        return lambda x: scale(number(x)) if scale.low <= number(x) <= scale.high else None
    keys = data.categories
    places = {key: time_position(data.x_kind, key) if data.x_is_time else float(i) for i, key in enumerate(keys)}
    low, high = min(places.values()), max(places.values())
    low, high = (low - 0.5, high + 0.5) if low == high else (low, high)
    scale = Scale(low, high, plot.left + 6, plot.right - 6)
    slot = 0.0 if data.x_is_time else plot.width / max(len(keys), 1) - 6
    frame.below(plot, data, [scale(places[key]) for key in keys], [data.x_label_of(key) for key in keys], slot)

    def at(x: Any) -> float | None:
        if x in places:
            return scale(places[x])
        if not data.x_is_time or not isinstance(x, str):
            return None
        place = time_position(data.x_kind, x)
        return scale(place) if low <= place <= high else None

    return at


def _ticks(low: float, high: float, kind: str) -> list[float]:
    """Ticks of a number axis; of whole numbers at whole ones."""
    tried = [round_ticks(low, high, about) for about in (5, 6, 4)]
    whole = [ticks for ticks in tried if all(float(tick).is_integer() for tick in ticks)]
    return whole[0] if kind in WHOLE and whole else tried[0]


def _runs(series: Series, at: Any, stepped: bool = False) -> list[list[int]]:
    """Stretches of known values: a gap in the data is a gap in the line. `stepped`: so is a month without a row."""
    runs: list[list[int]] = [[]]
    order = sorted(range(len(series.xs)), key=lambda i: at(series.xs[i]))
    steps = [at(series.xs[j]) - at(series.xs[i]) for i, j in pairwise(order)]
    most = 1.5 * min((step for step in steps if step > 0), default=math.inf) if stepped else math.inf
    for i, step in zip(order, [0.0, *steps], strict=False):
        if math.isnan(series.ys[i]) or step > most:
            runs.append([])
        if not math.isnan(series.ys[i]):
            runs[-1].append(i)
    return [run for run in runs if run]


def _stroke(plot: frame.Plot, series: Series, look: Style, at: Any, solid: bool, stepped: bool) -> None:
    few = len(series.xs) <= 40
    for run in _runs(series, at, stepped):
        xs, ys = [at(series.xs[i]) for i in run], [plot.y(series.ys[i]) for i in run]
        plot.canvas.line(xs, ys, look.colour, 2.0, "-" if solid else look.dash, look.alpha)
        if few or len(run) == 1:
            plot.canvas.dots(xs, ys, look, 5.0)


def _band(plot: frame.Plot, series: Series, look: Style, at: Any, stepped: bool) -> None:
    for run in _runs(series, at, stepped):
        known = [i for i in run if series.lows[i] == series.lows[i] and series.highs[i] == series.highs[i]]
        if len(known) > 1:
            lows, highs = ([plot.y(bounds[i]) for i in known] for bounds in (series.lows, series.highs))
            plot.canvas.band([at(series.xs[i]) for i in known], lows, highs, look.colour)
        elif known:
            x = at(series.xs[known[0]])
            ends = [plot.y(series.lows[known[0]]), plot.y(series.highs[known[0]])]
            plot.canvas.line([x, x], ends, look.colour, 1.4, alpha=0.6)


def _names(
    plot: frame.Plot, series: Sequence[Series], looks: Sequence[Style], names: Sequence[Sequence[str]], at: Any
) -> None:
    """Names beside the lines, moved apart; a line that ends before the axis does is led to its name."""
    last = [(frame.last_known(one), k) for k, one in enumerate(series)]
    known = [(i, k) for i, k in last if i is not None]
    ends = [plot.y(series[k].ys[i]) for i, k in known]
    stops = [at(series[k].xs[i]) for i, k in known]
    looks, names = [looks[k] for _, k in known], [names[k] for _, k in known]
    tall = max(len(lines) for lines in names)
    places = frame.spread(ends, LINE * tall + (2 if tall > 1 else 0), plot.top, plot.bottom)
    for place, end, stop, look, lines in zip(places, ends, stops, looks, names, strict=True):
        if stop < plot.right - 12:
            plot.canvas.line([stop + 4, plot.right - 5], [end, end], look.colour, 0.7, (0, (1, 2)), alpha=0.7)
        plot.canvas.line([plot.right - 5, plot.right + 3], [end, place], look.colour, 0.7, alpha=0.7)
        plot.canvas.lines_of_text(plot.right + 6, place, lines, colour=look.colour)


def _sample(canvas: Canvas, x: float, y: float, look: Style, marked: bool = True) -> None:
    canvas.line([x, x + 14], [y, y], look.colour, 2.0, look.dash, look.alpha)
    if marked:
        canvas.dots([x + 7], [y], look, 5.0)
