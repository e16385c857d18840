"""Charts: a Chart block -> SVG text in a language and brand, and the words that stand for it.

Only the brand's colours and opacities of them are used, so that a page can exchange them for a dark screen.
"""

from __future__ import annotations

import re
from importlib import import_module
from types import ModuleType

from crm_lib.language import Catalogue
from crm_lib.report.blocks import Chart
from crm_lib.report.brand import Brand
from crm_lib.report.charts.alt import alt_text
from crm_lib.report.charts.canvas import nothing
from crm_lib.report.charts.data import Data, is_empty

__all__ = ["FORMS", "alt_text", "draw", "every_form", "is_empty"]

FORMS = {
    "line": "lines",
    "pareto": "lines",
    "bar": "bars",
    "stacked": "bars",
    "barh": "rows",
    "stacked_h": "rows",
    "dumbbell": "rows",
    "interval": "rows",
    "funnel": "rows",
    "scatter": "points",
    "heatmap": "grids",
    "flow": "grids",
    "calendar": "grids",
    "upset": "sets",
    "pyramid": "pyramid",
    "density": "density",
    "alluvial": "alluvial",
}


def draw(chart: Chart, words: Catalogue, brand: Brand) -> str:
    """SVG of the chart, 360 points wide, words as outlines; same input, same bytes. The title is not drawn."""
    data = Data(chart, words)
    if data.is_empty:
        canvas = nothing(words.word("report.chart.empty"), brand)
    else:
        canvas = getattr(_drawn_in(FORMS[chart.form]), chart.form)(data, brand)
    return canvas.svg("c-" + re.sub(r"[^a-z0-9]+", "-", chart.id.lower()).strip("-"))


def every_form() -> None:
    """Import what draws each form."""
    for name in set(FORMS.values()):
        _drawn_in(name)


def _drawn_in(name: str) -> ModuleType:
    return import_module(f"crm_lib.report.charts.{name}")
