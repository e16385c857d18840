"""A chart's rows as lists of numbers and labels, grouped into series."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from crm_lib.language import Catalogue
from crm_lib.report.blocks import Chart, Column
from crm_lib.report.cells import NUMERIC, TIMES, cell_text

NAN = math.nan


@dataclass
class Series:
    """One line, set of bars or cloud: `xs` are keys as they stand in the data."""

    label: str
    key: Any
    xs: list[Any] = field(default_factory=list)
    ys: list[float] = field(default_factory=list)
    lows: list[float] = field(default_factory=list)
    highs: list[float] = field(default_factory=list)
    sizes: list[float] = field(default_factory=list)

    def by_x(self) -> dict[Any, float]:
        """x -> y; values of the same x are added."""
        sums: dict[Any, float] = {}
        for x, y in zip(self.xs, self.ys, strict=True):
            if not math.isnan(y):
                sums[x] = sums.get(x, 0.0) + y
        return sums


class _Key:
    """Not changed once it is made."""

    @cached_property
    def _hash(self) -> int:
        return hash(json.dumps(self, sort_keys=True))

    def __hash__(self) -> int:
        return self._hash


class _Words(_Key, dict[str, Any]):  # type: ignore[misc]
    """A message or local text as a category: usable as a key, still readable by the catalogue."""


class _Several(_Key, list[Any]):  # type: ignore[misc]
    """A list as a category."""


def _category(cell: Any) -> Any:
    """The cell as a key of dictionaries."""
    return _Words(cell) if isinstance(cell, dict) else _Several(cell) if isinstance(cell, list) else cell


class Data:
    def __init__(self, chart: Chart, words: Catalogue) -> None:
        self.chart, self.words = chart, words
        self._columns = {column.name: column for column in chart.columns}
        self._index = {column.name: i for i, column in enumerate(chart.columns)}

    def column(self, name: str) -> Column:
        return self._columns[name]

    def values(self, name: str) -> list[Any]:
        position = self._index[name]
        return [_category(row[position]) for row in self.chart.rows]

    def numbers(self, name: str) -> list[float]:
        """Not-a-number where there is none."""
        return [number(value) for value in self.values(name)]

    def label(self, name: str, value: Any) -> str:
        return cell_text(self.words, self.column(name), value)

    def x_label_of(self, value: Any) -> str:
        return self.label(self.chart.x, value)

    @property
    def kind(self) -> str:
        """Kind of the values on the value axis."""
        return self.column(self.chart.y[0]).kind

    @property
    def x_kind(self) -> str:
        return self.column(self.chart.x).kind

    @property
    def x_is_time(self) -> bool:
        return self.x_kind in TIMES

    @property
    def x_is_number(self) -> bool:
        return self.x_kind in NUMERIC

    @cached_property
    def series(self) -> list[Series]:
        """In order of first appearance; rows without an x are left out, and parts of a stack that never occur."""
        chart = self.chart
        found: dict[Any, Series] = {}
        xs = self.values(chart.x)
        groups = self.values(chart.series) if chart.series else None
        lows, highs = (self.numbers(name) if name else None for name in (chart.low, chart.high))
        sizes = self.numbers(chart.size) if chart.size else None
        for name in chart.y:
            for i, y in enumerate(self.numbers(name)):
                if missing(xs[i]):
                    continue
                group = groups[i] if groups else name
                key = (name, group) if groups and len(chart.y) > 1 else group
                if key not in found:
                    found[key] = Series(self._series_label(name, group), group)
                one = found[key]
                one.xs.append(xs[i])
                one.ys.append(y)
                one.lows.append(lows[i] if lows else NAN)
                one.highs.append(highs[i] if highs else NAN)
                one.sizes.append(sizes[i] if sizes else NAN)
        every = list(found.values())
        if not chart.form.startswith("stack"):
            return every
        return [one for one in every if any(y == y and y for y in one.ys)] or every

    def _series_label(self, name: str, group: Any) -> str:
        column = self.words.text(self.column(name).label)
        if not self.chart.series:
            return column
        label = self.label(self.chart.series, group)
        return f"{label} – {column}" if len(self.chart.y) > 1 else label

    @cached_property
    def categories(self) -> list[Any]:
        """Distinct x; in order of first appearance, times in their own order."""
        seen = list(dict.fromkeys(x for x in self.values(self.chart.x) if not missing(x)))
        return sorted(seen, key=str) if self.x_is_time else seen

    @property
    def is_empty(self) -> bool:
        """No row has both an x and a value."""
        return all(math.isnan(y) for series in self.series for y in series.ys)

    def extent(self, with_bounds: bool = True) -> tuple[float, float]:
        """Least and greatest value, bounds of intervals and marks on the value axis included."""
        parts = [y for one in self.series for y in one.ys]
        if with_bounds:
            parts += [bound for one in self.series for bound in (*one.lows, *one.highs)]
        known = [part for part in parts if not math.isnan(part)]
        known += [at for mark in self.chart.marks if mark.axis == "y" and not math.isnan(at := number(mark.at))]
        return (min(known), max(known)) if known else (0.0, 1.0)


def is_empty(chart: Chart) -> bool:
    """No row has both an x and a value; told without the words."""
    names = [column.name for column in chart.columns]
    x, ys = names.index(chart.x), [names.index(name) for name in chart.y]
    return all(missing(row[x]) or all(math.isnan(number(row[y])) for y in ys) for row in chart.rows)


def number(value: Any) -> float:
    if isinstance(value, (int, float)):
        return float(value) if math.isfinite(value) else NAN
    return NAN


def missing(value: Any) -> bool:
    return value is None or value != value or value == ""


def finite(values: Sequence[float]) -> list[float]:
    return [value for value in values if not math.isnan(value)]
