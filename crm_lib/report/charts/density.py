"""How many stand where: a grid over two number axes, shaded by count, with the groups named in their corners."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from crm_lib.report.brand import Brand
from crm_lib.report.charts import frame
from crm_lib.report.charts.canvas import HEIGHT, Canvas
from crm_lib.report.charts.data import Data, Series
from crm_lib.report.charts.fonts import LINE
from crm_lib.report.charts.lines import across_axis
from crm_lib.report.charts.scales import value_ticks, value_words

STRONGEST, FAINTEST = 0.85, 0.06  # opacity of the fullest cell and of one that holds anybody
STEPS = 5
RIGHT = 350.0


def density(data: Data, brand: Brand) -> Canvas:
    """x, y: middle of a cell; size: how many stand in it (one a row without it); series: the group, named in the plot."""
    canvas = Canvas(brand, HEIGHT + 60)
    top = frame.axis_title(canvas, data, 4.0)
    cells = _cells(data)
    most = max(cells.values(), default=0.0)
    top = _key(canvas, data, most, top)
    ticks = value_ticks(*data.extent(), data.kind, from_zero=False)
    plot = frame.value_axis(canvas, data, ticks, top + 2, canvas.height - 36, RIGHT)
    at = across_axis(plot, data)
    wide = _step([x for x in map(at, {x for x, _ in cells}) if x is not None], plot.width)
    tall = _step([plot.y(y) for _, y in cells], plot.bottom - plot.top)
    for (x, y), count in cells.items():
        if (centre := at(x)) is not None and count > 0:
            shade = max(FAINTEST, STRONGEST * math.sqrt(count / most))
            box = (centre - wide / 2 + 0.3, plot.y(y) - tall / 2 + 0.3, wide - 0.6, tall - 0.6)
            canvas.rect(*box, canvas.colours.accent, alpha=round(shade, 3))
    frame.level_marks(plot, data)
    frame.upright_marks(plot, data, at)
    if data.chart.series:
        _names(plot, data, at)
    return canvas


def _cells(data: Data) -> dict[tuple[Any, float], float]:
    found: dict[tuple[Any, float], float] = {}
    for one in data.series:
        for x, y, size in zip(one.xs, one.ys, _counts(data, one), strict=True):
            if not math.isnan(y):
                found[x, y] = found.get((x, y), 0.0) + size
    return found


def _counts(data: Data, one: Series) -> list[float]:
    if not data.chart.size:
        return [1.0] * len(one.xs)
    return [0.0 if math.isnan(size) else max(size, 0.0) for size in one.sizes]


def _step(places: Sequence[float], whole: float) -> float:
    """The least distance between two places, in points."""
    gaps = [b - a for a, b in pairwise(sorted(set(places))) if b - a > 0.5]
    return min([*gaps, whole / 4])


def _key(canvas: Canvas, data: Data, most: float, top: float) -> float:
    """From one to the most in a cell; gives where it ends."""
    if not data.chart.size:
        return top
    kind = data.column(data.chart.size).kind
    label = canvas.font.drawable(data.words.text(data.column(data.chart.size).label))
    x, middle = frame.EDGE, top + LINE / 2
    canvas.text(x, middle, label, canvas.colours.muted, va="middle")
    x += canvas.font.width(label) + 8
    for i in range(1, STEPS + 1):
        shade = max(FAINTEST, STRONGEST * math.sqrt(i / STEPS))
        canvas.rect(x, middle - 4.5, 16, 9, canvas.colours.accent, alpha=round(shade, 3))
        x += 17
    canvas.text(x + 4, middle, f"≤ {value_words(data.words, kind, most)}", canvas.colours.muted, va="middle")
    return top + LINE + 6


def _names(plot: frame.Plot, data: Data, at: Any) -> None:
    """Each group's name and count at the outer corner of where it stands."""
    canvas, middle = plot.canvas, (plot.left + plot.right) / 2
    for one in data.series:
        spots = [
            (x, plot.y(y), n)
            for x, y, n in zip(map(at, one.xs), one.ys, _counts(data, one), strict=True)
            if x is not None and not math.isnan(y) and n > 0
        ]
        total = sum(n for _, _, n in spots)
        if not total:
            continue
        right = sum(x * n for x, _, n in spots) / total > middle
        upper = sum(y * n for _, y, n in spots) / total < (plot.top + plot.bottom) / 2
        lines = [canvas.font.clip(canvas.font.drawable(one.label), plot.width * 0.46)]
        if data.chart.size:
            lines.append(value_words(data.words, data.column(data.chart.size).kind, total))
        for i, words in enumerate(lines):
            y = plot.top + 10 + i * LINE if upper else plot.bottom - 6 - (len(lines) - 1 - i) * LINE
            x = plot.right - 4 if right else plot.left + 5
            canvas.text(x, y, words, ha="right" if right else "left", plate=canvas.colours.paper)
