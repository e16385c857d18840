"""What a chart says to those who cannot see it, from its data."""

from __future__ import annotations

import math

from crm_lib.language import Catalogue
from crm_lib.report.blocks import Chart
from crm_lib.report.charts.data import Data, Series

MOST = 6  # series described; the data table has all


def alt_text(chart: Chart, words: Catalogue) -> str:
    """Form and title; then of each series its first, last, highest and lowest value."""
    data = Data(chart, words)
    head = words.text("report.alt.head", form=words.word(f"report.form.{chart.form}"), title=words.text(chart.title))
    if data.is_empty:
        return f"{head} {words.word('report.chart.empty')}"
    told = [_series(data, one, words) for one in data.series[:MOST]]
    if len(data.series) > MOST:
        told.append(words.text("report.alt.more", n=len(data.series) - MOST))
    return " ".join([head, *(part for part in told if part)])


def _series(data: Data, one: Series, words: Catalogue) -> str:
    known = [(x, y) for x, y in zip(one.xs, one.ys, strict=True) if not math.isnan(y)]
    if not known:
        return words.text("report.alt.none", series=one.label)

    def say(pair: tuple[object, float]) -> str:
        value = words.format(data.kind, pair[1])
        return words.text("report.alt.point", x=data.x_label_of(pair[0]), value=value)

    if len(known) == 1:
        return words.text("report.alt.one", series=one.label, point=say(known[0]))
    highest, lowest = max(known, key=lambda pair: pair[1]), min(known, key=lambda pair: pair[1])
    if not data.x_is_time:
        return words.text("report.alt.range", series=one.label, n=len(known), highest=say(highest), lowest=say(lowest))
    return words.text(
        "report.alt.course",
        series=one.label,
        first=say(known[0]),
        last=say(known[-1]),
        highest=say(highest),
        lowest=say(lowest),
    )
