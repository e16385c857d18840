"""What charts share: the value axis, the axis below, keys of series, marks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from crm_lib.report.charts.canvas import WIDTH, Canvas, Style, highlight_style, series_style
from crm_lib.report.charts.data import Data, Series, number
from crm_lib.report.charts.fonts import LINE
from crm_lib.report.charts.scales import Scale, axis_label, capital, inside, thinned, tick_words

EDGE = 4.0
TICK = 7.0  # between tick words and the plot


@dataclass
class Plot:
    """The drawn area of a chart with axes, in points from the top left."""

    canvas: Canvas
    left: float
    right: float
    top: float
    bottom: float
    y: Scale

    @property
    def width(self) -> float:
        return self.right - self.left


def styles(data: Data, canvas: Canvas) -> list[Style]:
    """One for each series; `highlight` puts the others in the background."""
    wanted = list(data.chart.highlight)
    keys = [one.key for one in data.series]
    if not set(map(str, wanted)) & set(map(str, keys)):
        return [series_style(canvas.colours, i, len(keys)) for i in range(len(keys))]
    return [
        highlight_style(canvas.colours, i, wanted.index(key) if key in wanted else None) for i, key in enumerate(keys)
    ]


def key_rows(canvas: Canvas, labels: Sequence[str]) -> list[list[tuple[int, str, float]]]:
    """Rows of (series, label, x): a key above the plot, as many rows as it takes."""
    rows: list[list[tuple[int, str, float]]] = [[]]
    x = EDGE
    for i, label in enumerate(labels):
        label = canvas.font.clip(canvas.font.drawable(label), WIDTH - 2 * EDGE - 18)
        width = canvas.font.width(label) + 30
        if rows[-1] and x + width > WIDTH:
            rows.append([])
            x = EDGE
        rows[-1].append((i, label, x))
        x += width
    return rows


def draw_key(
    canvas: Canvas,
    rows: list[list[tuple[int, str, float]]],
    top: float,
    swatch: Callable[[Canvas, float, float, int], None],
) -> float:
    """Draws the key; gives where it ends. `swatch(canvas, x, y, series)` draws a sample 14 points wide."""
    for row in rows:
        middle = top + LINE / 2
        for i, label, x in row:
            swatch(canvas, x, middle, i)
            canvas.text(x + 18, middle, label, va="middle")
        top += LINE + 2
    return top + 2


def axis_title(canvas: Canvas, data: Data, top: float) -> float:
    """The value axis' label, level, above the plot; gives where it ends."""
    label = capital(axis_label(data.words, data.words.text(data.chart.y_label), data.kind))
    label = canvas.font.clip(canvas.font.drawable(label), WIDTH - 2 * EDGE)
    canvas.text(EDGE, top + LINE * 0.75, label, canvas.colours.muted)
    return top + LINE + 6


def value_axis(canvas: Canvas, data: Data, ticks: Sequence[float], top: float, bottom: float, right: float) -> Plot:
    """Grid and tick words of a vertical value axis."""
    labels = tick_words(data.words, data.kind, ticks)
    left = EDGE + max(canvas.font.width(label) for label in labels) + TICK
    scale = Scale(ticks[0], ticks[-1], bottom, top)
    for tick, label in zip(ticks, labels, strict=True):
        y = scale(tick)
        canvas.line(
            [left, right], [y, y], canvas.colours.muted, 0.9 if tick == 0 else 0.6, alpha=0.9 if tick == 0 else 0.25
        )
        canvas.text(left - TICK, y, label, canvas.colours.muted, ha="right", va="middle")
    return Plot(canvas, left, right, top, bottom, scale)


def below(plot: Plot, data: Data, centres: Sequence[float], labels: Sequence[str], wrap: float = 0) -> None:
    """Words under the plot: wrapped to `wrap` points, or thinned so that they never touch; then the axis' label."""
    canvas, muted = plot.canvas, plot.canvas.colours.muted
    labels = [canvas.font.drawable(label) for label in labels]
    lines = [canvas.font.wrap(label, wrap, 3) if wrap else [label] for label in labels]
    shown: Sequence[int] = range(len(labels))
    widths = [max(map(canvas.font.width, parts), default=0.0) for parts in lines]
    places = inside(centres, widths, WIDTH)
    if not wrap:
        shown = thinned(places, widths)
    for i in shown:
        for row, words in enumerate(lines[i]):
            canvas.text(places[i], plot.bottom + 13 + row * LINE, words, ha="center")
        canvas.line([centres[i]] * 2, [plot.bottom, plot.bottom + 3], muted, 0.7, alpha=0.6)
    depth = max((len(part) for part in lines), default=1)
    title = canvas.font.clip(canvas.font.drawable(capital(data.words.text(data.chart.x_label))), plot.width)
    canvas.text((plot.left + plot.right) / 2, plot.bottom + 17 + depth * LINE, title, muted, ha="center")


def level_marks(plot: Plot, data: Data) -> None:
    """Labelled reference lines on the value axis."""
    canvas, last = plot.canvas, -99.0
    for mark in data.chart.marks:
        if mark.axis != "y" or (at := number(mark.at)) != at:
            continue
        y = plot.y(at)
        canvas.line([plot.left, plot.right], [y, y], canvas.colours.second, 1.2, (0, (4, 2)))
        label = canvas.font.clip(canvas.font.drawable(data.words.text(mark.label)), plot.width)
        above = y - 4 if y - 4 - LINE > plot.top - 12 and abs(y - 4 - last) > LINE else y + LINE - 1
        canvas.text(plot.right - 2, above, label, canvas.colours.second, ha="right", plate=canvas.colours.paper)
        last = above


def marks_height(data: Data) -> float:
    """Points that the labels of reference lines across the axis below take above the plot."""
    return LINE * sum(mark.axis == "x" for mark in data.chart.marks)


def upright_marks(plot: Plot, data: Data, position: Callable[[object], float | None], above: bool = False) -> None:
    """Labelled reference lines across the axis below; `position` gives points, None where the mark is outside. `above`:
    their labels stand over the plot, where `marks_height` was left free, and cover nothing that is drawn."""
    canvas = plot.canvas
    row = 0
    for mark in data.chart.marks:
        if mark.axis != "x" or (x := position(mark.at)) is None:
            continue
        whole = canvas.font.drawable(data.words.text(mark.label))
        if above:
            label, y = canvas.font.clip(whole, plot.width), plot.top - 5 - row * LINE
            canvas.line([x, x], [y + 3, plot.bottom], canvas.colours.second, 1.2, (0, (4, 2)))
            start = min(max(x - canvas.font.width(label) / 2, plot.left), plot.right - canvas.font.width(label))
            canvas.text(start, y, label, canvas.colours.second, plate=canvas.colours.paper)
            row += 1
            continue
        canvas.line([x, x], [plot.top, plot.bottom], canvas.colours.second, 1.2, (0, (4, 2)))
        label = canvas.font.clip(whole, plot.width * 0.6)
        left = x + 4 + canvas.font.width(label) > plot.right
        y = plot.top + 9 + row * LINE
        canvas.text(
            x - 4 if left else x + 4,
            y,
            label,
            canvas.colours.second,
            ha="right" if left else "left",
            plate=canvas.colours.paper,
        )
        row += 1


def footnote(canvas: Canvas, words: str) -> None:
    """A remark about what is not drawn, in the last line of the page."""
    lines = canvas.font.wrap(canvas.font.drawable(words), WIDTH - 2 * EDGE, 1)
    canvas.text(EDGE, canvas.height - 4, lines[0], canvas.colours.muted)


def spread(wanted: Sequence[float], gap: float, top: float, bottom: float) -> list[float]:
    """Places of labels as near as can be to where they are wanted, none nearer than `gap` to the next."""
    order = sorted(range(len(wanted)), key=lambda i: (wanted[i], i))
    placed: list[float] = []
    for i in order:
        placed.append(max(wanted[i], placed[-1] + gap if placed else top))
    limit = bottom
    for k in range(len(placed) - 1, -1, -1):
        placed[k] = min(placed[k], limit)
        limit = placed[k] - gap
    found = [0.0] * len(wanted)
    for i, place in zip(order, placed, strict=True):
        found[i] = place
    return found


def last_known(series: Series) -> int | None:
    """Position of the last value that is a number."""
    return next((i for i in range(len(series.ys) - 1, -1, -1) if series.ys[i] == series.ys[i]), None)
