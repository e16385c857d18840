"""One document, one language -> bytes of each format; each chart is drawn once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from crm_lib.language import Catalogue
from crm_lib.report.blocks import Chart, Document
from crm_lib.report.brand import Brand

FORMATS = ("html", "pdf", "xlsx")


def draw_charts(document: Document, words: Catalogue, brand: Brand) -> dict[str, str]:
    """Chart id -> SVG; a chart without data has none."""
    from crm_lib.report.charts import draw, is_empty

    charts = [block for block in document.blocks if isinstance(block, Chart) and not is_empty(block)]
    return {block.id: draw(block, words, brand) for block in charts}


def render_all(
    document: Document,
    language: str,
    formats: Iterable[str],
    brand: Brand,
    charts: Mapping[str, str] | None = None,
) -> dict[str, bytes]:
    """Format -> file. `charts`: already drawn in this language and brand."""
    words = document.cover.words(language)
    formats = list(formats)
    if charts is None and {"html", "pdf"} & set(formats):
        charts = draw_charts(document, words, brand)
    return {format: _render(format, document, words, brand, charts or {}) for format in formats}


def _render(format: str, document: Document, words: Catalogue, brand: Brand, charts: Mapping[str, str]) -> bytes:
    # each format's libraries are imported only when that format is asked for
    if format == "html":
        from crm_lib.report import html

        return html.render(document, words, brand, charts).encode()
    if format == "pdf":
        from crm_lib.report import pdf

        return pdf.render(document, words, brand, charts)
    if format == "xlsx":
        from crm_lib.report import xlsx

        return xlsx.render(document, words, brand)
    raise ValueError(f"format {format!r}, have {', '.join(FORMATS)}")
