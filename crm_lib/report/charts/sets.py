"""UpSet plot: how many stand in exactly which of several sets (Lex et al. 2014, IEEE TVCG 20(12))."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Any

from crm_lib.report.brand import Brand
from crm_lib.report.charts import frame
from crm_lib.report.charts.canvas import WIDTH, Canvas, Style
from crm_lib.report.charts.data import Data
from crm_lib.report.charts.fonts import LINE, SIZE, Font, font
from crm_lib.report.charts.scales import Scale, axis_label, short_words, value_words

MOST_SETS = 24
NAMES = 112.0
ROW, BARS = 17.0, 92.0  # points: of a set's row, and of the highest bar
VALUE = 9.0  # type size over the bars


@dataclass
class _Sets:
    """`columns` are combinations, the largest first; `sets` in order of first appearance."""

    columns: list[tuple[frozenset[Any], float]]
    sets: dict[Any, str]
    left_out: int


def upset(data: Data, brand: Brand) -> Canvas:
    """x: the combination, a list of its sets (a single value is a set by itself); y: how many stand in just these."""
    face = font(brand.fonts.charts)
    names, counts = _names(data), _counts(data)
    lines = {key: face.wrap(face.drawable(label), NAMES, 2) for key, label in names.items()}
    left = max((face.width(line) for rows in lines.values() for line in rows), default=0.0) + frame.EDGE + 8
    title = face.drawable(data.words.text(data.chart.x_label))
    left = max(left, min(face.width(title) + frame.EDGE + 8, NAMES))
    found = _fitting(data, face, names, counts, WIDTH - 4 - left)
    heights = [max(ROW, len(lines[key]) * LINE + 4) for key in found.sets]
    top = 4 + LINE + 6 + LINE
    base = top + BARS
    height = base + 8 + sum(heights) + (16 if found.left_out else 0)
    canvas = Canvas(brand, height)
    _titles(canvas, data, left)
    wide = min((WIDTH - 4 - left) / max(len(found.columns), 1), 34.0)
    scale = Scale(0.0, max([*(abs(n) for _, n in found.columns), 1e-12]), base, top)
    edges = dict(zip(found.sets, pairwise(accumulate(heights, initial=base + 8)), strict=True))
    _rows(canvas, edges, lines, left, wide * len(found.columns))
    canvas.line([left, left + wide * len(found.columns)], [base, base], canvas.colours.muted, 0.9, alpha=0.9)
    places = {key: (start + end) / 2 for key, (start, end) in edges.items()}
    for j, (inside, count) in enumerate(found.columns):
        _column(canvas, data, left + (j + 0.5) * wide, wide, scale, count)
        _dots(canvas, left + (j + 0.5) * wide, places, inside)
    if found.left_out:
        frame.footnote(canvas, data.words.text("report.chart.more", n=found.left_out))
    return canvas


def _parts(combination: Any) -> list[Any]:
    return list(combination) if isinstance(combination, list) else [combination]


def _names(data: Data) -> dict[Any, str]:
    """Every set that a combination names, with its words."""
    kind = data.column(data.chart.x).kind
    found: dict[Any, str] = {}
    for combination in data.categories:
        for part in _parts(combination):
            words = data.words.format("list", [part]) if kind == "list" else data.x_label_of(part)
            found.setdefault(_key(part), words)
    return found


def _key(part: Any) -> str:
    return repr(part)


def _counts(data: Data) -> list[tuple[frozenset[Any], float]]:
    """The largest first, equal ones in order of appearance."""
    sums: dict[frozenset[Any], float] = {}
    for one in data.series:
        for x, y in one.by_x().items():
            key = frozenset(map(_key, _parts(x)))
            sums[key] = sums.get(key, 0.0) + y
    return sorted(sums.items(), key=lambda pair: -pair[1])


def _fitting(
    data: Data, face: Font, names: dict[Any, str], counts: list[tuple[frozenset[Any], float]], room: float
) -> _Sets:
    """As many combinations as have room for their values; sets that none of them names stay, up to a limit."""
    sets = dict(list(names.items())[:MOST_SETS])
    shown = [pair for pair in counts if pair[0] <= set(sets)]
    widths = (face.width(_value(data, n)) * VALUE / SIZE for _, n in shown)
    widest = list(accumulate(widths, max))
    fitting = (n for n in range(len(shown), 1, -1) if max(widest[n - 1] + 3, 12.0) * n <= room)
    count = next(fitting, min(len(shown), 1))
    return _Sets(shown[:count], sets, len(counts) - count)


def _value(data: Data, count: float) -> str:
    return (
        value_words(data.words, data.kind, count) if data.kind == "int" else short_words(data.words, data.kind, count)
    )


def _titles(canvas: Canvas, data: Data, left: float) -> None:
    muted, y = canvas.colours.muted, 4 + LINE * 0.75
    label = axis_label(data.words, data.words.text(data.chart.y_label), data.kind)
    canvas.text(left, y, canvas.font.clip(canvas.font.drawable(label), WIDTH - left - 4), muted)
    title = canvas.font.drawable(data.words.text(data.chart.x_label))
    canvas.text(left - 8, 4 + LINE + 6 + LINE + BARS - 2, canvas.font.clip(title, left - 12), muted, ha="right")


def _rows(
    canvas: Canvas, edges: dict[Any, tuple[float, float]], lines: dict[Any, list[str]], left: float, wide: float
) -> None:
    """Names of the sets; every second row is tinted, so that the eye stays on it."""
    for i, (key, (start, end)) in enumerate(edges.items()):
        if i % 2 == 0:
            canvas.rect(left, start, wide, end - start, canvas.colours.muted, alpha=0.07)
        canvas.lines_of_text(left - 8, (start + end) / 2, lines[key], ha="right")


def _column(canvas: Canvas, data: Data, x: float, wide: float, scale: Scale, count: float) -> None:
    if math.isnan(count):
        return
    bar = min(wide * 0.66, 20.0)
    end = scale(abs(count))
    canvas.rect(x - bar / 2, end, bar, scale.start - end, canvas.colours.accent)
    canvas.text(x, end - 3, _value(data, count), ha="center", size=VALUE)


def _dots(canvas: Canvas, x: float, places: dict[Any, float], inside: frozenset[Any]) -> None:
    """Filled where the combination names the set, joined by a line; the others are faint."""
    filled, faint = Style(canvas.colours.accent), Style(canvas.colours.muted)
    ys = [y for key, y in places.items() if key in inside]
    empty = [y for key, y in places.items() if key not in inside]
    canvas.dots([x] * len(empty), empty, faint, 4.0, alpha=0.28)
    if len(ys) > 1:
        canvas.line([x, x], [min(ys), max(ys)], canvas.colours.accent, 1.8)
    canvas.dots([x] * len(ys), ys, filled, 7.0)
