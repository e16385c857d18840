"""Charts and an analyst's figures as SVG of a size that fits the page."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from io import BytesIO
from xml.sax.saxutils import quoteattr

from PIL import Image

from crm_lib.report import blocks as b
from crm_lib.report._typst_glyphs import printable
from crm_lib.report._typst_tables import PORTRAIT
from crm_lib.report._typst_words import Plain, Printer
from crm_lib.report.charts import alt_text, is_empty

CHART_WIDTH, NARROW = (
    0.76 * PORTRAIT,
    0.6 * PORTRAIT,
)  # of a chart, and of one so tall that half a page would stay empty
CHART_HEIGHT = 205.0  # points from which a chart is tall
HIGHEST = 600.0  # points of a picture
_SIZE = re.compile(r'<svg[^>]*?\bviewBox="[\d.-]+[ ,]+[\d.-]+[ ,]+([\d.]+)[ ,]+([\d.]+)"')


def chart(block: b.Chart, printer: Printer) -> Iterator[Plain]:
    if is_empty(block):
        yield nothing(block, printer)
        return
    svg = printer.charts[block.id]
    yield {
        "t": "chart",
        "title": printer.text(block.title),
        "svg": svg,
        "alt": printable(alt_text(block, printer.words)),
        "width": chart_width(*svg_size(svg)),
        "note": printer.text(block.note),
    }


def nothing(block: b.Table | b.Chart, printer: Printer) -> Plain:
    """A table without rows, or in the workbook only, or a chart without data: a sentence."""
    if isinstance(block, b.Table) and block.rows:
        empty = printer.word("report.table.workbook", n=len(block.rows))
    else:
        empty = printer.word(f"report.{block.type_name}.empty")
    text = " ".join([empty, *([printer.text(block.note)] if block.note else [])])
    return {"t": "nothing", "title": printer.text(block.title), "text": text}


def svg_size(svg: str) -> tuple[float, float]:
    """Width and height of an SVG in its own units; a square where it tells none."""
    found = _SIZE.search(svg[:4000])
    return (float(found[1]), float(found[2])) if found else (1.0, 1.0)


def chart_width(width: float, height: float) -> float:
    """Width in points of a chart of these sides: its words stay readable, and it leaves room on the page for others."""
    wanted = min(CHART_WIDTH, CHART_HEIGHT * width / height) if height else CHART_WIDTH
    return printed_width(max(wanted, NARROW), width, height)


def printed_width(wanted: float, width: float, height: float) -> float:
    """Width in points at which a picture of these sides is no higher than a page with a title on it."""
    return min(wanted, HIGHEST * width / height) if height else wanted


def image(block: b.Image, printer: Printer) -> Iterator[Plain]:
    alt = printable(block.alt) or printer.word("report.image")
    if (size := png_size(block.png)) is None:
        yield {"t": "text", "text": f"[{alt}]"}
        return
    width, height = size
    printed = printed_width(min(width * 0.75, PORTRAIT), width, height)
    yield {"t": "image", "svg": wrapped_png(block.png, width, height), "alt": alt, "width": printed}


def png_size(png: str) -> tuple[int, int] | None:
    """Width and height in pixels of a base64 PNG, or None where it is none, or damaged, or a giant."""
    try:
        with Image.open(BytesIO(base64.b64decode(png)), formats=["PNG"]) as opened:
            opened.load()
            return opened.size
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):  # what Pillow raises on broken files
        return None


def wrapped_png(png: str, width: int, height: int) -> str:
    """SVG that holds a PNG: all that goes to Typst is text."""
    source = quoteattr("data:image/png;base64," + "".join(png.split()))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">'
        f'<image width="{width}" height="{height}" href={source}/></svg>'
    )
