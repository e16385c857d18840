"""Charts of cells shaded by their value: heat map, movement between classes, calendar of contacts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from crm_lib.report.brand import Brand
from crm_lib.report.charts import frame
from crm_lib.report.charts.canvas import WIDTH, Canvas
from crm_lib.report.charts.data import Data
from crm_lib.report.charts.fonts import ELLIPSIS, LINE, SIZE, Font, font
from crm_lib.report.charts.rows import barh
from crm_lib.report.charts.scales import axis_label, capital, inside, short_words, thinned, value_words

MOST_ROWS = 24
NAMES = 112.0
STRONGEST = 0.62  # opacity of the greatest value: ink stays readable on it, on light and dark paper
GAP = 1.5
HEADS = 5  # lines of a heading
TURNED = 84.0  # points that a heading which runs upwards may take


@dataclass
class Grid:
    """`cells[row, column]` is a value; names are words already."""

    rows: dict[Any, str]
    columns: dict[Any, str]
    cells: Mapping[tuple[Any, Any], float]
    shades: Mapping[tuple[Any, Any], float]
    row_title: str
    column_title: str
    dated: bool = False
    boxed: Sequence[tuple[Any, Any]] = ()


def heatmap(data: Data, brand: Brand) -> Canvas:
    """One column of cells are bars."""
    if data.chart.series and len(data.categories) == 1 < len(data.series):
        name = data.chart.series
        return barh(Data(replace(data.chart, x=name, x_label=data.column(name).label, series=""), data.words), brand)
    rows = {one.key: one.label for one in data.series}
    columns = {x: data.x_label_of(x) for x in data.categories}
    cells = {(one.key, x): y for one in data.series for x, y in one.by_x().items()}
    row_title = _series_title(data)
    grid = Grid(rows, columns, cells, _shades(cells), row_title, data.words.text(data.chart.x_label), data.x_is_time)
    return _draw(grid, data, brand)


def flow(data: Data, brand: Brand) -> Canvas:
    """From (rows) to (columns); shaded by the share of the row, who stayed is framed."""
    rows = {x: data.x_label_of(x) for x in data.categories}
    columns = {one.key: one.label for one in data.series}
    columns = {
        key: columns[key] for key in [*(k for k in rows if k in columns), *(k for k in columns if k not in rows)]
    }
    cells = {(x, one.key): y for one in data.series for x, y in one.by_x().items()}
    sums = {x: sum(y for (row, _), y in cells.items() if row == x) for x in rows}
    shades = {at: STRONGEST * y / sums[at[0]] if sums[at[0]] else 0.0 for at, y in cells.items()}
    same = [(key, key) for key in rows if key in columns]
    grid = Grid(rows, columns, cells, shades, data.words.text(data.chart.x_label), _series_title(data), boxed=same)
    return _draw(grid, data, brand)


def calendar(data: Data, brand: Brand) -> Canvas:
    """Days across, owners down; without owners weeks across, days of the week down."""
    if not data.chart.series:
        return _draw(_weeks(data), data, brand)
    days = [str(day)[:10] for day in data.categories]
    first, last = date.fromisoformat(min(days)), date.fromisoformat(max(days))
    span = [(first + timedelta(days=i)).isoformat() for i in range((last - first).days + 1)]
    rows = {one.key: one.label for one in data.series}
    cells = {(one.key, str(x)[:10]): y for one in data.series for x, y in one.by_x().items()}
    columns = {day: _day_words(data, day) for day in (span if len(span) <= 62 else sorted(set(days)))}
    title = data.words.text(data.chart.x_label)
    return _draw(Grid(rows, columns, cells, _shades(cells), _series_title(data), title, True), data, brand)


def _weeks(data: Data) -> Grid:
    cells: dict[tuple[Any, Any], float] = {}
    for text, count in data.series[0].by_x().items():
        day = date.fromisoformat(str(text)[:10])
        monday = (day - timedelta(days=day.weekday())).isoformat()
        cells[day.weekday() + 1, monday] = cells.get((day.weekday() + 1, monday), 0.0) + count
    rows = {i: data.words.word(f"weekday.{i}") for i in range(1, 8)}
    columns = {monday: _day_words(data, monday) for monday in sorted({week for _, week in cells})}
    return Grid(rows, columns, cells, _shades(cells), "", data.words.text(data.chart.x_label), True)


def _day_words(data: Data, day: str) -> str:
    found = date.fromisoformat(day)
    if data.words.language == "zh":
        return f"{found.month}/{found.day}"
    return data.words.format("date", day).rsplit(" ", 1)[0]  # 3/4 could be March


def _series_title(data: Data) -> str:
    return data.words.text(data.column(data.chart.series).label) if data.chart.series else ""


def _shades(cells: Mapping[tuple[Any, Any], float]) -> dict[tuple[Any, Any], float]:
    """Opacity by size; below zero in the second colour."""
    most = max((abs(value) for value in cells.values()), default=0.0)
    return {at: STRONGEST * value / most if most else 0.0 for at, value in cells.items()}


def _draw(grid: Grid, data: Data, brand: Brand) -> Canvas:
    face = font(brand.fonts.charts)
    keys = list(grid.rows)[:MOST_ROWS]
    names = {key: face.wrap(face.drawable(grid.rows[key]), NAMES, 2) for key in keys}
    left = max((face.width(line) for lines in names.values() for line in lines), default=0) + frame.EDGE + 8
    left = max(left, min(face.width(face.drawable(grid.row_title)) + frame.EDGE + 8, NAMES))
    wide = (WIDTH - 4 - left) / max(len(grid.columns), 1)
    least = max(19.0, min(30.0, 120 / max(len(keys), 1)))
    heights = {key: max(least, len(lines) * LINE + 5) for key, lines in names.items()}
    heads = _heads(grid, face, wide)
    turned = _broken(grid, face, heads)
    heads = _turned_heads(grid, face, wide) if turned else heads
    deep = max((face.width(line) for lines in heads for line in lines), default=LINE) if turned else _deep(heads)
    texts = _texts(grid, data, face, wide)
    top = 4 + LINE + 6 + deep + 6 + (0 if texts else LINE + 4)
    left_out = len(grid.rows) > MOST_ROWS
    canvas = Canvas(brand, top + sum(heights.values()) + 6 + (16 if left_out else 0))
    _title(canvas, grid, data, left)
    if not texts:
        _scale_key(canvas, grid, data, 4 + LINE + 6)
    (_head_words_turned if turned else _head_words)(canvas, grid, heads, left, wide, top - 6)
    y = top
    for row, tall in heights.items():
        canvas.lines_of_text(left - 8, y + tall / 2, names[row], ha="right")
        for j, column in enumerate(grid.columns):
            _cell(canvas, grid, (row, column), left + j * wide, y, wide, tall, texts.get((row, column), ""))
        y += tall
    if left_out:
        frame.footnote(canvas, data.words.text("report.chart.more", n=len(grid.rows) - MOST_ROWS))
    return canvas


def _cell(
    canvas: Canvas, grid: Grid, at: tuple[Any, Any], x: float, y: float, wide: float, tall: float, words: str
) -> None:
    gap = GAP if wide > 12 else 0.8
    colours, shade = canvas.colours, grid.shades.get(at)
    box = (x + gap / 2, y + gap / 2, wide - gap, tall - gap)
    if shade is None:
        canvas.rect(*box, colours.muted, alpha=0.07)
        return
    canvas.rect(*box, colours.accent if shade >= 0 else colours.second, alpha=round(max(abs(shade), 0.05), 3))
    canvas.text(x + wide / 2, y + tall / 2, words, ha="center", va="middle", size=9.0)
    if at in grid.boxed:
        canvas.frame(*box, colours.ink, 0.9)


def _texts(grid: Grid, data: Data, face: Font, wide: float) -> dict[tuple[Any, Any], str]:
    """Each cell's value in words where all fit, with fewer decimals if need be; none where they do not."""
    full = {at: value_words(data.words, data.kind, value) for at, value in grid.cells.items()}
    short = {at: short_words(data.words, data.kind, value) for at, value in grid.cells.items()}
    for texts in (full, short):
        if all(face.width(words) * 9.0 / SIZE <= wide - GAP - 2 for words in texts.values()):
            return texts
    return {}


def _heads(grid: Grid, face: Font, wide: float) -> list[list[str]]:
    labels = [face.drawable(label) for label in grid.columns.values()]
    return [[label] for label in labels] if grid.dated else [face.wrap(label, wide - 3, HEADS) for label in labels]


def _deep(heads: list[list[str]]) -> float:
    return max((len(lines) for lines in heads), default=1) * LINE


def _broken(grid: Grid, face: Font, heads: list[list[str]]) -> bool:
    """Whether a word of a heading was cut to fit its column."""
    if grid.dated:
        return False
    given = (face.drawable(label).split() for label in grid.columns.values())
    return any(
        " ".join(lines).split() != words and _cut(lines, words) for lines, words in zip(heads, given, strict=True)
    )


def _cut(lines: list[str], words: list[str]) -> bool:
    """Whether anything is left out, or a word of Latin letters is parted (Chinese may break anywhere)."""
    if lines and lines[-1].endswith(ELLIPSIS):
        return True
    whole = {word for word in words if word.isascii()}
    return not whole <= {part for line in lines for part in line.split()} | {w for w in whole if "-" in w or "/" in w}


def _turned_heads(grid: Grid, face: Font, wide: float) -> list[list[str]]:
    """Headings that run upwards, in as many lines as stand side by side in a column."""
    most = max(1, min(3, int((wide - 2) // LINE)))
    return [face.wrap(face.drawable(label), TURNED, most) for label in grid.columns.values()]


def _head_words_turned(
    canvas: Canvas, grid: Grid, heads: list[list[str]], left: float, wide: float, bottom: float
) -> None:
    for j, lines in enumerate(heads):
        first = left + (j + 0.5) * wide - (len(lines) - 1) * LINE / 2 + 0.36 * SIZE
        for row, words in enumerate(lines):
            canvas.text(first + row * LINE, bottom, words, turned=True)


def _head_words(canvas: Canvas, grid: Grid, heads: list[list[str]], left: float, wide: float, bottom: float) -> None:
    widths = [max(map(canvas.font.width, lines), default=0.0) for lines in heads]
    places = inside([left + (j + 0.5) * wide for j in range(len(heads))], widths, WIDTH)
    shown: Sequence[int] = range(len(heads))
    if grid.dated:
        shown = thinned(places, widths)
    for j in shown:
        for row, words in enumerate(heads[j]):
            canvas.text(places[j], bottom - (len(heads[j]) - 1 - row) * LINE, words, ha="center")


def _title(canvas: Canvas, grid: Grid, data: Data, left: float) -> None:
    muted, y = canvas.colours.muted, 4 + LINE * 0.75
    title = canvas.font.clip(canvas.font.drawable(capital(grid.row_title)), left - 8)
    canvas.text(frame.EDGE, y, title, muted)
    measure = capital(axis_label(data.words, data.words.text(data.chart.y_label), data.kind))
    across = canvas.font.clip(canvas.font.drawable(f"{capital(grid.column_title)} →"), (WIDTH - left) * 0.62)
    canvas.text(left, y, across, muted)
    after = left + canvas.font.width(across) + 16  # in sight where a telephone shows the left of the picture
    canvas.text(after, y, canvas.font.clip(canvas.font.drawable(measure), WIDTH - 4 - after), muted)


def _scale_key(canvas: Canvas, grid: Grid, data: Data, top: float) -> None:
    """From the least to the most, where cells are too small for words."""
    values = list(grid.cells.values())
    most = max((abs(value) for value in values), default=0.0)
    low, high = min([*values, 0.0]), max([*values, 0.0])
    steps = [low + (high - low) * i / 4 for i in range(5)]
    x = frame.EDGE
    words = value_words(data.words, data.kind, low)
    canvas.text(x, top + LINE / 2, words, canvas.colours.muted, va="middle")
    x += canvas.font.width(words) + 5
    for value in steps:
        colour = canvas.colours.accent if value >= 0 else canvas.colours.second
        canvas.rect(
            x, top + 1.5, 16, 9, colour, alpha=round(max(STRONGEST * abs(value) / most if most else 0, 0.05), 3)
        )
        x += 17
    canvas.text(x + 4, top + LINE / 2, value_words(data.words, data.kind, high), canvas.colours.muted, va="middle")
