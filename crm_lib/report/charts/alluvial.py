"""Alluvial picture: what stood in one class on the first day, and in which class it stands on the second."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from crm_lib.report.brand import Brand
from crm_lib.report.charts import frame
from crm_lib.report.charts.canvas import WIDTH, Canvas, Style, series_style
from crm_lib.report.charts.data import Data
from crm_lib.report.charts.fonts import LINE
from crm_lib.report.charts.scales import axis_label, value_words

MOST = 12  # classes on either side
NAMES = 96.0
HIGH = 200.0  # points that all of it takes
GAP, POST = 7.0, 9.0
CURVE = 24  # pieces of a ribbon's edge


@dataclass
class _Side:
    """`places[key]` is (top, height) of a class's post."""

    labels: dict[Any, str]
    totals: dict[Any, float]
    places: dict[Any, tuple[float, float]]


def alluvial(data: Data, brand: Brand) -> Canvas:
    """x: from, series: to, y: how much; what is not positive has no ribbon."""
    cells = {(x, one.key): y for one in data.series for x, y in one.by_x().items() if y > 0}
    froms = {x: data.x_label_of(x) for x in data.categories if any(a == x for a, _ in cells)}
    tos = {one.key: one.label for one in data.series if any(b == one.key for _, b in cells)}
    order = [*(key for key in froms if key in tos), *(key for key in tos if key not in froms)]
    froms, tos = dict(list(froms.items())[:MOST]), {key: tos[key] for key in order[:MOST]}
    cells = {at: y for at, y in cells.items() if at[0] in froms and at[1] in tos}
    top, total = 4 + LINE + 10.0, sum(cells.values())
    unit = HIGH / total if total else 0.0
    left, right = (_side(cells, labels, i, top, unit) for i, labels in enumerate((froms, tos)))
    bottom = max([place + tall for side in (left, right) for place, tall in side.places.values()], default=top)
    canvas = Canvas(brand, bottom + 10)
    looks = {key: series_style(canvas.colours, i, max(len(froms), 2)) for i, key in enumerate(froms)}
    _heads(canvas, data)
    _ribbons(canvas, cells, left, right, looks, unit)
    grey = Style(canvas.colours.muted)
    _posts(canvas, data, left, NAMES, looks, grey)
    _posts(canvas, data, right, WIDTH - NAMES - POST, {}, grey)
    return canvas


def _side(cells: dict[tuple[Any, Any], float], labels: dict[Any, str], end: int, top: float, unit: float) -> _Side:
    totals = {key: sum(y for at, y in cells.items() if at[end] == key) for key in labels}
    places: dict[Any, tuple[float, float]] = {}
    for key, amount in totals.items():
        places[key] = (top, amount * unit)
        top += max(amount * unit, 2 * LINE - GAP + 2) + GAP
    return _Side(labels, totals, places)


def _heads(canvas: Canvas, data: Data) -> None:
    muted, y = canvas.colours.muted, 4 + LINE * 0.75
    clip, drawable, words = canvas.font.clip, canvas.font.drawable, data.words
    canvas.text(frame.EDGE, y, clip(drawable(words.text(data.chart.x_label)), NAMES), muted)
    measure = axis_label(words, words.text(data.chart.y_label), data.kind)
    canvas.text(WIDTH / 2, y, clip(drawable(measure), WIDTH - 2 * NAMES - 12), muted, ha="center")
    if data.chart.series:
        to = words.text(data.column(data.chart.series).label)
        canvas.text(WIDTH - frame.EDGE, y, clip(drawable(to), NAMES), muted, ha="right")


def _ribbons(
    canvas: Canvas,
    cells: dict[tuple[Any, Any], float],
    left: _Side,
    right: _Side,
    looks: dict[Any, Style],
    unit: float,
) -> None:
    """Each begins and ends below the one before, so that none crosses another at its post."""
    out = {key: place for key, (place, _) in left.places.items()}
    into = {key: place for key, (place, _) in right.places.items()}
    start, end = NAMES + POST, WIDTH - NAMES - POST
    steps = [i / CURVE for i in range(CURVE + 1)]
    for a in left.places:
        for b in right.places:
            tall = cells.get((a, b), 0.0) * unit
            if tall <= 0:
                continue
            ease = [t * t * (3 - 2 * t) for t in steps]
            tops = [out[a] + (into[b] - out[a]) * e for e in ease]
            xs = [start + (end - start) * t for t in steps]
            canvas.band(xs, tops, [y + tall for y in tops], looks[a].colour, alpha=0.55 if a != b else 0.22)
            out[a] += tall
            into[b] += tall


def _posts(canvas: Canvas, data: Data, side: _Side, x: float, looks: dict[Any, Style], plain: Style) -> None:
    """Posts with the classes' names and totals, outside of the picture."""
    at_left = x < WIDTH / 2
    face = canvas.font
    for key, (top, tall) in side.places.items():
        look = looks.get(key, plain)
        canvas.rect(x, top, POST, max(tall, 0.8), look.colour, hatch=look.hatch)
        words = [
            face.clip(face.drawable(side.labels[key]), NAMES - 10),
            value_words(data.words, data.kind, side.totals[key]),
        ]
        place = x - 5 if at_left else x + POST + 5
        middle = top + max(tall, 2 * LINE - GAP) / 2
        canvas.lines_of_text(place, middle, words, ha="right" if at_left else "left")
