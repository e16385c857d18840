"""Alluvial picture: what stood in one class on the first day, and in which class it stands on the second."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from crm_lib.report.brand import Brand
from crm_lib.report.charts import frame
from crm_lib.report.charts.canvas import WIDTH, Canvas, Style, series_style
from crm_lib.report.charts.data import Data
from crm_lib.report.charts.fonts import LINE, font
from crm_lib.report.charts.scales import axis_label, value_words

MOST = 12  # classes on either side
NAMES = 96.0
HIGH = 200.0  # points that all of it takes
GAP, POST = 7.0, 9.0
CURVE = 24  # pieces of a ribbon's edge


@dataclass
class _Side:
    """`places[key]` is (top, height) of a class's post, `words[key]` the lines beside it."""

    words: dict[Any, list[str]]
    places: dict[Any, tuple[float, float]]

    def middle(self, key: Any) -> float:
        top, tall = self.places[key]
        return top + max(tall, len(self.words[key]) * LINE - GAP) / 2

    @property
    def bottom(self) -> float:
        """Of the posts and of the words beside them."""
        lows = [
            max(top + tall, self.middle(key) + len(self.words[key]) * LINE / 2)
            for key, (top, tall) in self.places.items()
        ]
        return max(lows, default=0.0)


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
    words = [_words(data, brand, cells, labels, end) for end, labels in enumerate((froms, tos))]
    left, right = (_side(cells, words[end], end, top, unit) for end in (0, 1))
    canvas = Canvas(brand, max(top, left.bottom, right.bottom) + 10)
    looks = {key: series_style(canvas.colours, i, max(len(froms), 2)) for i, key in enumerate(froms)}
    _heads(canvas, data)
    _ribbons(canvas, cells, left, right, looks, unit)
    grey = Style(canvas.colours.muted)
    _posts(canvas, left, NAMES, looks, grey)
    _posts(canvas, right, WIDTH - NAMES - POST, {}, grey)
    return canvas


def _total(cells: dict[tuple[Any, Any], float], end: int, key: Any) -> float:
    return sum(y for at, y in cells.items() if at[end] == key)


def _words(
    data: Data, brand: Brand, cells: dict[tuple[Any, Any], float], labels: dict[Any, str], end: int
) -> dict[Any, list[str]]:
    """Name and total of each class, the name on two lines where it is long."""
    face = font(brand.fonts.charts)
    return {
        key: [
            *face.wrap(face.drawable(label), NAMES - 10, 2),
            value_words(data.words, data.kind, _total(cells, end, key)),
        ]
        for key, label in labels.items()
    }


def _side(cells: dict[tuple[Any, Any], float], words: dict[Any, list[str]], end: int, top: float, unit: float) -> _Side:
    places: dict[Any, tuple[float, float]] = {}
    for key, lines in words.items():
        tall = _total(cells, end, key) * unit
        places[key] = (top, tall)
        top += max(tall, len(lines) * LINE - GAP + 2) + GAP
    return _Side(words, places)


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


def _posts(canvas: Canvas, side: _Side, x: float, looks: dict[Any, Style], plain: Style) -> None:
    """Posts with the classes' names and totals, outside of the picture."""
    at_left = x < WIDTH / 2
    for key, (top, tall) in side.places.items():
        look = looks.get(key, plain)
        canvas.rect(x, top, POST, max(tall, 0.8), look.colour, hatch=look.hatch)
        place = x - 5 if at_left else x + POST + 5
        canvas.lines_of_text(place, side.middle(key), side.words[key], ha="right" if at_left else "left")
