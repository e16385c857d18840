"""How blocks and DataFrames show themselves in a notebook, and how an executed notebook gets its pictures."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

from crm_lib.language import Catalogue, catalogue, msg
from crm_lib.report.blocks import MIME, Block, Chart, Cover, frame_table
from crm_lib.report.brand import Brand, load_brand

if TYPE_CHECKING:
    import pandas as pd

_DRAWS = re.compile(r"plot|plt|hist|matplotlib|seaborn")
MOST_ROWS = 1000  # of an analyst's DataFrame; more belong in a file of their own


@dataclass(frozen=True)
class _Setting:
    language: str = "zh"
    currency: str = "CNY"
    class_names: tuple[tuple[str, str], ...] = ()

    @property
    def words(self) -> Catalogue:
        return catalogue(self.language, self.currency, class_names=self.class_names)


_setting = _Setting()
_brand = cache(load_brand)


def install(language: str, currency: str, class_names: tuple[tuple[str, str], ...] = ()) -> None:
    """Blocks of this process display in this language; DataFrames of this shell go into the report.

    Outside IPython only the language is remembered.
    """
    global _setting
    _setting = _Setting(language, currency, class_names)
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if shell is not None:
        import pandas as pd

        bundles = shell.display_formatter.mimebundle_formatter
        bundles.for_type(pd.DataFrame, _frame_bundle)
        bundles.for_type(pd.Series, _series_bundle)
        bundles.for_type_by_name("pandas.io.formats.style", "Styler", _styled_bundle)
        if _chinese_figures not in shell.events.callbacks["post_execute"]:
            shell.events.register("pre_run_cell", _chinese_fonts)
            # before the inline backend's own, which draws the figures of the cell
            shell.events.callbacks["post_execute"].insert(0, _chinese_figures)


def _chinese_fonts(cell: Any) -> None:
    """Let the figures of a cell write Chinese; matplotlib is imported only where the cell seems to draw."""
    if "matplotlib" in sys.modules or (cell.raw_cell and _DRAWS.search(cell.raw_cell)):
        import matplotlib

        if (chinese := chinese_family()) not in matplotlib.rcParams["font.family"]:
            matplotlib.rcParams["font.family"] = [*matplotlib.rcParams["font.family"], chinese]


def _chinese_figures() -> None:
    """The same for what the cell made in spite of it, in a theme of its own for one."""
    if "matplotlib.pyplot" not in sys.modules:
        return
    from matplotlib import pyplot
    from matplotlib.text import Text

    chinese = chinese_family()
    numbers = pyplot.get_fignums()
    current = pyplot.gcf().number if numbers else None
    for number in sorted(numbers, key=lambda number: number == current):  # the current one stays so
        for text in pyplot.figure(number).findobj(Text):
            if chinese not in (families := text.get_fontfamily()):
                text.set_fontfamily([*families, chinese])


@cache
def chinese_family() -> str:
    """Name of the charts' font, now known to matplotlib."""
    from matplotlib import font_manager

    from crm_lib.report.charts.fonts import default_font

    path = str(default_font())
    font_manager.fontManager.addfont(path)
    return font_manager.FontProperties(fname=path).get_name()


def display_html(block: Block, brand: Brand | None = None, svg: str | None = None) -> str:
    """HTML fragment of a block in the installed language; '' for a block that is not shown."""
    return _fragment(block, _setting.words, brand or _brand(), svg)


def fill(
    notebook: Mapping[str, Any], language: str, brand: Brand | None = None, charts: Mapping[str, str] | None = None
) -> Any:
    """A copy of an executed notebook whose data-only outputs also show. `charts`: id -> SVG drawn in `language`."""
    from crm_lib.report.collect import block_of, unique_ids

    filled = copy(notebook)
    filled["cells"] = [_copied(cell) for cell in notebook["cells"]]  # type: ignore[index]
    outputs = [out for cell in filled["cells"] for out in cell.get("outputs", []) if MIME in out.get("data", {})]
    blocks = list(unique_ids(block for out in outputs if (block := block_of(out)) is not None))
    cover = next((block for block in blocks if isinstance(block, Cover)), None)
    words = cover.words(language) if cover else catalogue(language, _setting.currency)
    for output, block in zip(outputs, blocks, strict=True):
        if "text/html" not in output["data"]:
            svg = (charts or {}).get(block.id) if isinstance(block, Chart) else None
            output["data"]["text/html"] = _fragment(block, words, brand or _brand(), svg)
    return filled


def _copied(cell: Mapping[str, Any]) -> Any:
    """A copy down to what an output shows; the shown data themselves are shared."""
    copied: Any = copy(cell)
    if "outputs" in cell:
        copied["outputs"] = [copy(output) for output in cell["outputs"]]
        for output in copied["outputs"]:
            if "data" in output:
                output["data"] = copy(output["data"])
    return copied


def _fragment(block: Block, words: Catalogue, brand: Brand, svg: str | None = None) -> str:
    from crm_lib.report.html import fragment  # Jinja is imported when something is shown

    if block.type_name == "done":
        return ""
    return fragment(block, words, brand, svg)


def _frame_bundle(frame: pd.DataFrame, include: Any = None, exclude: Any = None) -> dict[str, Any]:
    """Our data of a DataFrame; pandas adds its own HTML."""
    block = frame_table("analyst.table", frame.head(MOST_ROWS))
    if len(frame) > MOST_ROWS:
        block = replace(block, note=msg("report.analyst_table_cut", n=MOST_ROWS, total=len(frame)))
    return {MIME: block.to_json()}


def _series_bundle(series: pd.Series, include: Any = None, exclude: Any = None) -> dict[str, Any]:
    return _frame_bundle(series.to_frame(" " if series.name is None else series.name))


def _styled_bundle(styled: Any, include: Any = None, exclude: Any = None) -> dict[str, Any]:
    """The data of a styled frame without what it hides."""
    frame = styled.data
    rows, columns = (
        [i for i in range(n) if i not in set(hidden)]
        for n, hidden in zip(frame.shape, (styled.hidden_rows, styled.hidden_columns), strict=True)
    )
    shown = frame.iloc[rows, columns]
    return _frame_bundle(shown.reset_index(drop=True) if all(styled.hide_index_) else shown)
