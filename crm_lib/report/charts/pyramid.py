"""Bars back to back, one row a tier: the first measure grows to the left, the others to the right."""

from __future__ import annotations

import math

from crm_lib.report.brand import Brand
from crm_lib.report.charts.canvas import WIDTH, Canvas
from crm_lib.report.charts.data import Data, Series
from crm_lib.report.charts.fonts import LINE, font
from crm_lib.report.charts.scales import value_words

MOST_ROWS = 24
NAMES = 84.0  # points of the column of names in the middle
TALL = 19.0  # of one bar


def pyramid(data: Data, brand: Brand) -> Canvas:
    """x: the tier, the narrowest first; y: two measures or more, drawn to one scale."""
    left, *right = data.series
    right = right or [left]
    keys = data.categories[:MOST_ROWS]
    face = font(brand.fonts.charts)
    names = {key: face.wrap(face.drawable(data.x_label_of(key)), NAMES - 10, 2) for key in keys}
    row = max(TALL * len(right), 2 * LINE) + 6
    middle = WIDTH / 2
    inner = {-1: middle - NAMES / 2, 1: middle + NAMES / 2}
    key = _key(Canvas(brand, 100), right, inner[1])
    top = 4 + LINE * len(key) + 8
    canvas = Canvas(brand, top + row * len(keys) + 8)
    _heads(canvas, left, key, inner)
    most = max((abs(y) for one in data.series for y in one.by_x().values()), default=0.0)
    room = _room(canvas, data)
    for i, key in enumerate(keys):
        centre = top + (i + 0.5) * row
        canvas.lines_of_text(middle, centre, names[key], ha="center")
        for side, bars in ((-1, [left]), (1, right)):
            thick = (row - 6) / len(bars)
            for j, one in enumerate(bars):
                place = centre - (row - 6) / 2 + j * thick
                _bar(canvas, data, one.by_x().get(key), j, side, inner[side], place, thick, room / most if most else 0)
    return canvas


def _room(canvas: Canvas, data: Data) -> float:
    words = [value_words(data.words, data.kind, y) for one in data.series for y in one.by_x().values()]
    widest = max((canvas.font.width(text) for text in words), default=0.0)
    return WIDTH / 2 - NAMES / 2 - widest - 8


def _key(canvas: Canvas, right: list[Series], start: float) -> list[list[tuple[int, str, float]]]:
    """Rows of (series, label, x) of what grows to the right, as many as it takes."""
    swatch = 14.0 if len(right) > 1 else 0.0
    rows: list[list[tuple[int, str, float]]] = [[]]
    x = start
    for j, one in enumerate(right):
        label = canvas.font.clip(canvas.font.drawable(one.label), WIDTH - start - swatch - 2)
        width = swatch + canvas.font.width(label) + 8
        if rows[-1] and x + width > WIDTH + 6:
            rows.append([])
            x = start
        rows[-1].append((j, label, x))
        x += width
    return rows


def _heads(canvas: Canvas, left: Series, key: list[list[tuple[int, str, float]]], inner: dict[int, float]) -> None:
    """What grows to the left, and the key of what grows to the right."""
    clip, several = canvas.font.clip, sum(map(len, key)) > 1
    words = clip(canvas.font.drawable(left.label), inner[-1] - 4)
    canvas.text(inner[-1], 4 + LINE * 0.75, words, canvas.colours.muted, ha="right")
    for i, row in enumerate(key):
        for j, label, x in row:
            if several:
                canvas.rect(x, 6 + LINE * i, 10, 9, _colour(canvas, j), hatch=_hatch(j))
            canvas.text(x + 14 * several, 4 + LINE * (i + 0.75), label, canvas.colours.muted)


def _colour(canvas: Canvas, j: int) -> str:
    return canvas.colours.accent if j == 0 else canvas.colours.second


def _hatch(j: int) -> str:
    return "" if j == 0 else "//"


def _bar(
    canvas: Canvas, data: Data, y: float | None, j: int, side: int, start: float, top: float, thick: float, unit: float
) -> None:
    if y is None or math.isnan(y):
        return
    colour = canvas.colours.muted if side < 0 else _colour(canvas, j)
    end = start + side * abs(y) * unit
    canvas.rect(start, top + 1, end - start, thick - 2, colour, hatch=_hatch(j) if side > 0 else "")
    words = value_words(data.words, data.kind, y)
    canvas.text(end + side * 4, top + thick / 2, words, ha="left" if side > 0 else "right", va="middle")
