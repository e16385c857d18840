"""Clouds of points."""

from __future__ import annotations

import math

from crm_lib.report.brand import Brand
from crm_lib.report.charts import frame
from crm_lib.report.charts.canvas import HEIGHT, WIDTH, Canvas, Style
from crm_lib.report.charts.data import Data, Series, finite
from crm_lib.report.charts.fonts import LINE
from crm_lib.report.charts.lines import across_axis
from crm_lib.report.charts.scales import value_ticks

MOST = 1200  # points drawn; the data table has all


def scatter(data: Data, brand: Brand) -> Canvas:
    sized = Canvas(brand)
    looks = frame.styles(data, sized)
    named = len(data.series) > 1
    keys = frame.key_rows(sized, [one.label for one in data.series]) if named else []
    total = sum(len(one.xs) for one in data.series)
    every = math.ceil(total / MOST)
    note = 16 if every > 1 else 0
    canvas = Canvas(brand, HEIGHT + len(keys) * (LINE + 2) + note)
    top = frame.axis_title(canvas, data, 4.0)
    if named:
        top = frame.draw_key(canvas, keys, top, lambda c, x, y, i: c.dots([x + 8], [y], looks[i], 6)) + 4
    ticks = value_ticks(*data.extent(), data.kind, from_zero=False)
    plot = frame.value_axis(canvas, data, ticks, top + 2, canvas.height - 36 - note, WIDTH - 10)
    at = across_axis(plot, data)
    most = max((size for one in data.series for size in finite(one.sizes)), default=0.0)
    for one, look in zip(data.series, looks, strict=True):
        _cloud(plot, one, look, at, every, most)
    frame.level_marks(plot, data)
    frame.upright_marks(plot, data, at)
    if every > 1:
        shown = sum(len(range(0, len(one.xs), every)) for one in data.series)
        frame.footnote(canvas, data.words.text("report.chart.sampled", n=shown, total=total))
    return canvas


def _cloud(plot: frame.Plot, one: Series, look: Style, at: object, every: int, most: float) -> None:
    pairs = [
        (at(x), plot.y(y), size)  # type: ignore[operator]
        for x, y, size in zip(one.xs[::every], one.ys[::every], one.sizes[::every], strict=True)
        if not math.isnan(y)
    ]
    pairs = [pair for pair in pairs if pair[0] is not None]
    alpha = 0.85 if len(pairs) <= 80 else 0.5
    if most <= 0:
        plot.canvas.dots(
            [x for x, _, _ in pairs], [y for _, y, _ in pairs], look, 6 if len(pairs) <= 80 else 4, alpha=alpha
        )
        return
    for x, y, size in sorted(pairs, key=lambda pair: (-(pair[2] if pair[2] == pair[2] else 0), pair[0], pair[1])):
        share = math.sqrt(size / most) if size > 0 else 0.0
        plot.canvas.dots([x], [y], look, 4 + 16 * share, alpha=alpha * 0.8)
