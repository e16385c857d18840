"""How many stand where: a grid over two number axes, shaded by count, with the groups named at its corners."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise, permutations
from typing import Any

from crm_lib.report.brand import Brand
from crm_lib.report.charts import frame
from crm_lib.report.charts.canvas import HEIGHT, Canvas
from crm_lib.report.charts.data import Data, Series, number
from crm_lib.report.charts.fonts import LINE, font
from crm_lib.report.charts.lines import across_axis
from crm_lib.report.charts.scales import value_ticks, value_words

STRONGEST, FAINTEST = 0.85, 0.06  # opacity of the fullest cell and of one that holds anybody
STEPS = 5
RIGHT = 350.0
HALF = 152.0  # points that a name beside the plot may take
Corner = tuple[bool, bool]  # at the right, above
CORNERS: tuple[Corner, ...] = ((False, True), (True, True), (False, False), (True, False))


def density(data: Data, brand: Brand) -> Canvas:
    """x, y: middle of a cell; size: how many stand in it (one a row without it); series: the group, named beside its
    corner of the plot."""
    names = _names(data, brand)
    above, below = (max(len(names.get((right, upper), [])) for right in (False, True)) for upper in (True, False))
    canvas = Canvas(brand, HEIGHT + 16 + (above + below) * LINE)
    top = frame.axis_title(canvas, data, 4.0)
    cells = _cells(data)
    most = max(cells.values(), default=0.0)
    top = _key(canvas, data, most, top) + above * LINE
    ticks = value_ticks(*data.extent(), data.kind, from_zero=False)
    bottom = canvas.height - 36 - below * LINE
    plot = frame.value_axis(canvas, data, ticks, top + 2, bottom, RIGHT)
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
    for (right, upper), lines in names.items():
        first = plot.top - 6 - (len(lines) - 1) * LINE if upper else canvas.height - 3 - (below - 1) * LINE
        for k, words in enumerate(lines):
            canvas.text(plot.right if right else plot.left, first + k * LINE, words, ha="right" if right else "left")
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
    label = f"{label}  {value_words(data.words, kind, 1)}"
    x, middle = frame.EDGE, top + LINE / 2
    canvas.text(x, middle, label, canvas.colours.muted, va="middle")
    x += canvas.font.width(label) + 8
    for i in range(1, STEPS + 1):
        shade = max(FAINTEST, STRONGEST * math.sqrt(i / STEPS))
        canvas.rect(x, middle - 4.5, 16, 9, canvas.colours.accent, alpha=round(shade, 3))
        x += 17
    canvas.text(x + 4, middle, value_words(data.words, kind, most), canvas.colours.muted, va="middle")
    return top + LINE + 6


def _names(data: Data, brand: Brand) -> dict[Corner, list[str]]:
    """The names and counts of the groups by corner: each of the first four has one of its own, the nearest that can be
    had by all of them together."""
    face, kind = font(brand.fonts.charts), data.column(data.chart.size).kind if data.chart.size else ""
    centres = [(one.label, *_centre(data, one)) for one in data.series] if data.chart.series else []
    placed = [one for one in centres if one[3]]
    if not placed:
        return {}
    middle = [(min(ends) + max(ends)) / 2 for ends in zip(*((x, y) for x, y, _ in _spots(data)), strict=True)]
    corners = _corners([(x - middle[0], y - middle[1]) for _, x, y, _ in placed])
    found: dict[Corner, list[str]] = {}
    for (label, *_, n), corner in zip(placed, corners, strict=True):
        count = f" · {value_words(data.words, kind, n)}" if kind else ""
        lines = face.wrap(face.drawable(label), HALF - face.width(count), 2)
        found.setdefault(corner, []).extend([*lines[:-1], lines[-1] + count])
    return found


def _corners(sides: Sequence[tuple[float, float]]) -> list[Corner]:
    first = sides[: len(CORNERS)]
    wide = [max(abs(side[i]) for side in sides) or 1.0 for i in (0, 1)]

    def agreement(corners: Sequence[Corner]) -> float:
        return sum(
            (x / wide[0]) * (1 if right else -1) + (y / wide[1]) * (1 if upper else -1)
            for (x, y), (right, upper) in zip(first, corners, strict=True)
        )

    best = max(permutations(CORNERS, len(first)), key=lambda corners: round(agreement(corners), 9))
    return [*best, *((x > 0, y > 0) for x, y in sides[len(CORNERS) :])]


def _spots(data: Data) -> list[tuple[float, float, float]]:
    """(x, y, how many) of every cell; x that is no number counts by its place."""
    return [spot for one in data.series for spot in _of(data, one)]


def _of(data: Data, one: Series) -> list[tuple[float, float, float]]:
    across = number if data.x_is_number else data.categories.index
    triples = zip(map(across, one.xs), one.ys, _counts(data, one), strict=True)
    return [(float(x), y, n) for x, y, n in triples if x == x and not math.isnan(y) and n > 0]


def _centre(data: Data, one: Series) -> tuple[float, float, float]:
    """Where the middle of a group stands, and how many it holds."""
    spots = _of(data, one)
    total = sum(n for *_, n in spots)
    if not total:
        return 0.0, 0.0, 0.0
    return sum(x * n for x, _, n in spots) / total, sum(y * n for _, y, n in spots) / total, total
