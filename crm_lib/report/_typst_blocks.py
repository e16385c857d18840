"""Document -> plain data with every word already in its language: all that report.typ lays out.

Keys of a block are named where it is made; `t` names its kind. What is data was made printable first.
"""

from __future__ import annotations

import base64
import binascii
import re
import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from xml.sax.saxutils import quoteattr

from crm_lib.language import STATUS_SHAPES, Catalogue, Message, Value
from crm_lib.report import blocks as b
from crm_lib.report._typst_glyphs import (
    DATA_KINDS,
    SUBSTITUTE,
    printable,
    printable_data,
    printable_message,
    printable_value,
)
from crm_lib.report._typst_markdown import nodes
from crm_lib.report._typst_tables import CLIP, CLIP_SENTENCE, PORTRAIT, breakable, clipped, fit, legible, set_in
from crm_lib.report.cells import NUMERIC, TIMES, cell_text, signed_text

Plain = dict[str, Any]
TONE_SHAPES = {"info": "◆", "good": "●", "watch": "▲", "bad": "■"}
SEVERITY_SHAPES = {"high": "■", "medium": "▲", "low": "●"}
CHART_WIDTH = 0.8 * PORTRAIT
TOGETHER = 12  # rows of a table that is not parted by the end of a page
HIGHEST = 600.0  # points of a picture
MARKS = ("\ue0f0", "\ue0f1")  # stand for page and pages until Typst counts them


@dataclass(frozen=True)
class Printer:
    """Words and charts of one document. `text` and `value` make data printable before they meet our words."""

    words: Catalogue
    charts: Mapping[str, str]

    def text(self, message: Message | None) -> str:
        return breakable(self.words.text(printable_message(message))) if message else ""

    def word(self, id: str, /, **args: Any) -> str:
        return self.words.text(id, **args)

    def value(self, value: Value) -> str:
        return breakable(self.words.value(printable_value(value)))

    def status(self, status: str) -> Plain | None:
        return {"key": status, "text": self.words.format("status", status)} if status in STATUS_SHAPES else None


def content(document: b.Document, words: Catalogue, charts: Mapping[str, str]) -> Plain:
    """Cover and sections of blocks; a section is upright or on its side."""
    printer = Printer(words, charts)
    body = list(_levelled(block for part in document.blocks for block in _block(part, printer)))
    cover = _cover(document.cover, printer)
    return {
        "language": words.language,
        "title": words.word("common.list_join").join(cover["deliverables"]) or cover["title"],
        "description": f"{cover['client']} · {cover['title']} · {cover['date']}",
        "running": cover["client"],
        "cover": cover,
        "entries": sum(part["t"] == "heading" and part["level"] < 3 for part in body),
        "sections": sections(_kept(body)),
        "words": _words(printer),
    }


def _words(printer: Printer) -> Plain:
    page = printer.word("report.pdf.page", page=MARKS[0], pages=MARKS[1])
    return {
        "contents": printer.word("report.contents"),
        "page": re.split(f"({MARKS[0]}|{MARKS[1]})", page),
        "marks": list(MARKS),
    }


def _cover(cover: b.Cover, printer: Printer) -> Plain:
    return {
        "client": printer.text(cover.client),
        "title": printer.text(cover.title),
        "deliverables": [printer.text(name) for name in cover.deliverables],
        "facts": [[printer.text(label), printer.value(value)] for label, value in cover.facts],
        "date": printer.words.format("date", cover.as_of),
    }


def _heading(block: b.Heading, printer: Printer) -> Iterator[Plain]:
    yield {"t": "heading", "level": block.level, "text": printer.text(block.text)}


def _text(block: b.Text, printer: Printer) -> Iterator[Plain]:
    yield {"t": "text", "text": printer.text(block.text)}


def _bullets(block: b.Bullets, printer: Printer) -> Iterator[Plain]:
    if block.items:
        yield {"t": "bullets", "items": [printer.text(item) for item in block.items]}


def _callout(block: b.Callout, printer: Printer) -> Iterator[Plain]:
    label = f"{TONE_SHAPES[block.tone]} {printer.word('report.tone.' + block.tone)}"
    title = printer.text(block.title)
    yield {"t": "callout", "tone": block.tone, "label": label, "title": title, "text": printer.text(block.text)}


def _findings(block: b.Findings, printer: Printer) -> Iterator[Plain]:
    parts = (("evidence", "report.finding.why"), ("action", "report.finding.do"))
    items = []
    for item in block.items:
        term = Value("term", "severity." + item.severity)
        lines = [(printer.word(id), printer.text(getattr(item, key))) for key, id in parts]
        items.append(
            {
                "severity": item.severity,
                "label": f"{SEVERITY_SHAPES[item.severity]} {printer.word('report.severity', severity=term)}",
                "headline": printer.text(item.headline),
                "lines": [line for line in lines if line[1]],
            }
        )
    if items:
        yield {"t": "findings", "items": items}


def _metrics(block: b.Metrics, printer: Printer) -> Iterator[Plain]:
    if block.items:
        columns = _CARDS.get(len(block.items), 4)
        yield {"t": "metrics", "columns": columns, "items": [_metric(item, printer) for item in block.items]}


_CARDS = {1: 3, 2: 3, 3: 3, 5: 3, 6: 3, 9: 3}  # columns by number of cards; else 4


def _metric(item: b.Metric, printer: Printer) -> Plain:
    change = " ".join(part for part in (_change(item.change, printer), printer.text(item.change_label)) if part)
    return {
        "label": printer.text(item.label),
        "value": printer.value(item.value),
        "interval": [line for part in _interval_and_base(item.value) if (line := printer.words.interval(part))],
        "change": change,
        "status": printer.status(item.status),
    }


def _interval_and_base(value: Value) -> tuple[Value, Value]:
    return replace(value, base=None), replace(value, low=None, high=None)


def _change(change: Value | None, printer: Printer) -> str:
    return signed_text(printer.words, change) if change and change.value is not None else ""


def cell(column: b.Column, value: Any, printer: Printer) -> str:
    """Words of a cell; data in it are printable."""
    if column.kind in DATA_KINDS:
        value = printable_data(value)
    return cell_text(printer.words, column, value)


def _table(block: b.Table, printer: Printer) -> Iterator[Plain]:
    shown = [i for i, column in enumerate(block.columns) if not column.hidden]
    printed = block.rows[: block.show] if shown else []
    full = [[_with_interval(block, row, i, printer) for i in shown] for row in printed]
    heads = [printer.text(block.columns[i].label) for i in shown]
    kept = shown[: legible(heads, full)]
    columns = [block.columns[i] for i in kept]
    most = [CLIP_SENTENCE if column.kind in ("message", "list") else CLIP for column in columns]
    rows = [[clipped(text, n) for text, n in zip(row, most, strict=False)] for row in full]
    remarks = _remarks(block, rows, [row[: len(kept)] for row in full], len(shown) - len(kept), printer)
    yield _grid(heads[: len(kept)], rows, [column.kind for column in columns]) | {
        "title": printer.text(block.title),
        "empty": "" if rows else printer.word("report.table.empty"),
        "keys": [[_status_key(block.columns[i], row[i]) for i in kept] for row in printed],
        "intervals": [bool(column.low and column.high) for column in columns],
        "notes": [*([printer.text(block.note)] if block.note else []), *remarks],
    }


def _remarks(
    block: b.Table, rows: list[list[str]], full: list[list[str]], left_out: int, printer: Printer
) -> Iterator[str]:
    """What the printed table leaves out or changes."""
    if left_out:
        yield printer.word("report.pdf.more_columns", n=left_out)
    if (more := len(block.rows) - len(rows)) > 0:
        yield printer.word("report.table.more", n=more)
    if rows != full:
        yield printer.word("report.pdf.clipped")
    if any(SUBSTITUTE in text for row in rows for text in row):
        yield printer.word("report.pdf.substitute")


def _status_key(column: b.Column, value: Any) -> str:
    return str(value) if column.kind == "status" and value in STATUS_SHAPES else ""


def _with_interval(block: b.Table, row: Sequence[Any], i: int, printer: Printer) -> str:
    """Words of a cell, and its interval on a second line where the table has one."""
    column = block.columns[i]
    words = cell(column, row[i], printer)
    given = {c.name: row[k] for k, c in enumerate(block.columns)} if column.low else {}
    low, high = given.get(column.low), given.get(column.high)
    if low is None or high is None or row[i] is None:
        return words
    ends = [printer.words.format(column.kind, end) for end in (low, high)]
    return f"{words}\n{printer.word('report.pdf.interval', low=ends[0], high=ends[1])}"


def _grid(head: Sequence[str], rows: Sequence[Sequence[str]], kinds: Sequence[str]) -> Plain:
    fitted = fit(head, rows, [kind in _WHOLE for kind in kinds])
    return {
        "t": "table",
        "title": "",
        "empty": "",
        "head": set_in(fitted, head),
        "rows": [set_in(fitted, row) for row in rows],
        "right": [kind in NUMERIC for kind in kinds],
        "widths": fitted.widths,
        "size": fitted.size,
        "landscape": fitted.landscape,
        "tall": fitted.tall,
        "together": len(rows) <= TOGETHER and sum(max(map(len, row), default=0) for row in rows) <= 60 * TOGETHER,
        "keys": [["" for _ in kinds] for _ in rows],
        "intervals": [False for _ in kinds],
        "notes": [],
    }


_WHOLE = NUMERIC | TIMES | {"status", "bool"}  # cells of these kinds stay on one line


def _chart(block: b.Chart, printer: Printer) -> Iterator[Plain]:
    from crm_lib.report.charts import alt_text

    svg = printer.charts[block.id]
    yield {
        "t": "chart",
        "title": printer.text(block.title),
        "svg": svg,
        "alt": printable(alt_text(block, printer.words)),
        "width": printed_width(CHART_WIDTH, *svg_size(svg)),
        "note": printer.text(block.note),
    }


_SIZE = re.compile(r'<svg[^>]*?\bviewBox="[\d.-]+[ ,]+[\d.-]+[ ,]+([\d.]+)[ ,]+([\d.]+)"')


def svg_size(svg: str) -> tuple[float, float]:
    """Width and height of an SVG in its own units; a square where it tells none."""
    found = _SIZE.search(svg[:4000])
    return (float(found[1]), float(found[2])) if found else (1.0, 1.0)


def printed_width(wanted: float, width: float, height: float) -> float:
    """Width in points at which a picture of these sides is no higher than a page with a title on it."""
    return min(wanted, HIGHEST * width / height) if height else wanted


def _definitions(block: b.Definitions, printer: Printer) -> Iterator[Plain]:
    if block.items:
        items = [[printer.text(item.term), printer.text(item.text)] for item in block.items]
        yield {"t": "definitions", "items": items}


def _markdown(block: b.Markdown, printer: Printer) -> Iterator[Plain]:
    for node in nodes(printable(block.source)):
        yield _node(node)


def _node(node: Plain) -> Plain:
    """A grid gets its widths; nested nodes likewise."""
    if node["t"] == "grid":
        head, rows = node["head"], [[clipped(text) for text in row] for row in node["rows"]]
        return _grid(head, rows, ["text"] * len(head))
    if node["t"] == "list":
        return node | {"items": [[_node(child) for child in item] for item in node["items"]]}
    if node["t"] == "quote":
        return node | {"nodes": [_node(child) for child in node["nodes"]]}
    if node["t"] == "paragraph":
        return node | {"runs": [run | {"s": breakable(run["s"])} for run in node["runs"]]}
    return node


def _image(block: b.Image, printer: Printer) -> Iterator[Plain]:
    alt = printable(block.alt) or printer.word("report.image")
    if (size := png_size(block.png)) is None:
        yield {"t": "text", "text": f"[{alt}]"}
        return
    width, height = size
    printed = printed_width(min(width * 0.75, PORTRAIT), width, height)
    yield {"t": "image", "svg": wrapped_png(block.png, width, height), "alt": alt, "width": printed}


def png_size(png: str) -> tuple[int, int] | None:
    """Width and height in pixels of a base64 PNG, or None where it is none."""
    try:
        data = base64.b64decode(png[:64], validate=False)
    except (binascii.Error, ValueError):
        return None
    if len(data) < 24 or data[:8] != b"\x89PNG\r\n\x1a\n":
        return None
    width, height = struct.unpack(">II", data[16:24])
    return (width, height) if 0 < width < 30_000 and 0 < height < 30_000 else None


def wrapped_png(png: str, width: int, height: int) -> str:
    """SVG that holds a PNG: all that goes to Typst is text."""
    source = quoteattr("data:image/png;base64," + "".join(png.split()))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">'
        f'<image width="{width}" height="{height}" href={source}/></svg>'
    )


def _preformatted(block: b.Preformatted, printer: Printer) -> Iterator[Plain]:
    yield {"t": "code", "text": printable(block.text)}


_MAKERS: dict[str, Callable[[Any, Printer], Iterator[Plain]]] = {
    "heading": _heading,
    "text": _text,
    "bullets": _bullets,
    "callout": _callout,
    "findings": _findings,
    "metrics": _metrics,
    "table": _table,
    "chart": _chart,
    "definitions": _definitions,
    "markdown": _markdown,
    "image": _image,
    "preformatted": _preformatted,
}


def _block(block: b.Block, printer: Printer) -> Iterator[Plain]:
    maker = _MAKERS.get(block.type_name)  # a cover or a playbook's end has no place in the text
    return maker(block, printer) if maker else iter(())


def _levelled(parts: Iterator[Plain]) -> Iterator[Plain]:
    """Headings begin at 1 and skip no level, as PDF/UA asks."""
    last = 0
    for part in parts:
        if part["t"] == "heading":
            last = min(part["level"], last + 1, 3) or 1
            part = part | {"level": last}
        yield part


def _kept(parts: Sequence[Plain]) -> list[Plain]:
    """A sentence or list between a heading and what it introduces stays with both."""
    kinds = ["", *(part["t"] for part in parts), ""]
    return [
        part | {"sticky": part["t"] in ("text", "bullets") and kinds[i] == "heading" and kinds[i + 2] in _SHOWN}
        for i, part in enumerate(parts)
    ]


_SHOWN = frozenset({"chart", "table", "metrics", "findings", "bullets", "image"})
_LIGHT = frozenset({"heading", "text", "bullets", "callout"})


def sections(parts: Sequence[Plain]) -> list[Plain]:
    """Runs of upright and sideways pages; a table on its side takes along what introduces it."""
    found: list[Plain] = [{"landscape": False, "blocks": []}]
    for part in parts:
        if part.get("landscape"):
            upright = found.pop() if not found[-1]["landscape"] else {"blocks": []}
            rest, lead = _parted(upright["blocks"], bool(found))
            found += [{"landscape": False, "blocks": rest}] if rest else []
            if not (found and found[-1]["landscape"]):
                found.append({"landscape": True, "blocks": []})
            found[-1]["blocks"] += [*lead, part]
        elif found[-1]["landscape"]:
            found.append({"landscape": False, "blocks": [part]})
        else:
            found[-1]["blocks"].append(part)
    return [section for section in found if section["blocks"]]


def _parted(parts: list[Plain], between: bool) -> tuple[list[Plain], list[Plain]]:
    """What stays upright, and what goes with the table: its headings and a sentence, or all that is short between two."""
    if between and len(parts) <= 4 and all(part["t"] in _LIGHT for part in parts):
        return [], parts
    start = len(parts)
    if start and parts[start - 1]["t"] == "text":
        start -= 1
    while start and parts[start - 1]["t"] == "heading":
        start -= 1
    start = start if start < len(parts) and parts[start]["t"] == "heading" else len(parts)
    return parts[:start], parts[start:]
