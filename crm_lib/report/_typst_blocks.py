"""Each kind of block -> plain data; `t` names the kind, the other keys are those that blocks.typ reads."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from crm_lib.language import Value
from crm_lib.report import blocks as b
from crm_lib.report._typst_glyphs import printable, printable_value
from crm_lib.report._typst_grids import grid, table
from crm_lib.report._typst_markdown import nodes
from crm_lib.report._typst_pictures import chart, image
from crm_lib.report._typst_tables import PORTRAIT, breakable, clipped
from crm_lib.report._typst_words import Plain, Printer
from crm_lib.report.cells import as_title, signed_text

TONE_SHAPES = {"info": "◆", "good": "●", "watch": "▲", "bad": "■"}
SEVERITY_SHAPES = {"high": "■", "medium": "▲", "low": "●", "good": "●"}
_CARDS = {1: 3, 2: 3, 3: 3, 5: 3, 6: 3, 9: 3}  # columns by number of cards; else 4


def _heading(block: b.Heading, printer: Printer) -> Iterator[Plain]:
    yield {"t": "heading", "level": block.level, "text": printer.text(block.text), "begins": block.begins}


def _text(block: b.Text, printer: Printer) -> Iterator[Plain]:
    yield {"t": "text", "text": printer.text(block.text)}


def _bullets(block: b.Bullets, printer: Printer) -> Iterator[Plain]:
    if block.items:
        yield {"t": "bullets", "items": [printer.text(item) for item in block.items]}


def _callout(block: b.Callout, printer: Printer) -> Iterator[Plain]:
    title = printer.text(block.title) or printer.word(f"report.tone.{block.tone}")
    shape = TONE_SHAPES[block.tone]
    yield {"t": "callout", "tone": block.tone, "label": shape, "title": title, "text": printer.text(block.text)}


def _findings(block: b.Findings, printer: Printer) -> Iterator[Plain]:
    parts = (("evidence", "report.finding.why"), ("action", "report.finding.do"))
    items = []
    for item in block.items:
        term = Value("term", "severity." + item.severity)
        said = printer.word(term.value) if item.severity == "good" else printer.word("report.severity", severity=term)
        lines = [(printer.word(id), printer.text(getattr(item, key))) for key, id in parts]
        items.append(
            {
                "severity": item.severity,
                "label": f"{SEVERITY_SHAPES[item.severity]} {said}",
                "headline": as_title(printer.text(item.headline)),
                "lines": [line for line in lines if line[1]],
            }
        )
    if items:
        yield {"t": "findings", "items": items}


def _metrics(block: b.Metrics, printer: Printer) -> Iterator[Plain]:
    if block.items:
        columns = _CARDS.get(len(block.items), 4)
        yield {"t": "metrics", "columns": columns, "items": [_metric(item, printer) for item in block.items]}


def _metric(item: b.Metric, printer: Printer) -> Plain:
    change = " ".join(part for part in (_change(item.change, printer), printer.text(item.change_label)) if part)
    return {
        "label": printer.text(item.label),
        "value": printer.joined(printer.words.value(printable_value(item.value))),
        "interval": [
            printer.joined(line) for part in _interval_and_base(item.value) if (line := printer.words.interval(part))
        ],
        "change": printer.joined(change),
        "status": printer.status(item.status),
    }


def _interval_and_base(value: Value) -> tuple[Value, Value]:
    return replace(value, base=None), replace(value, low=None, high=None)


def _change(change: Value | None, printer: Printer) -> str:
    return signed_text(printer.words, change) if change and change.value is not None else ""


def _definitions(block: b.Definitions, printer: Printer) -> Iterator[Plain]:
    if block.items:
        items = [[printer.text(item.term), printer.text(item.text)] for item in block.items]
        yield {"t": "definitions", "items": items}


def _markdown(block: b.Markdown, printer: Printer) -> Iterator[Plain]:
    for node in nodes(printable(block.source)):
        yield _node(node)


def _node(node: Plain, inside: bool = False) -> Plain:
    """A grid gets its widths, and paragraphs places to break; `inside` a list or quotation no page is turned."""
    if node["t"] == "grid":
        made = grid(
            node["head"], [[clipped(text) for text in row] for row in node["rows"]], ["text"] * len(node["head"])
        )
        return made | {"widths": _narrowed(made["widths"])} if inside else made
    if node["t"] == "list":
        return node | {"items": [[_node(child, True) for child in item] for item in node["items"]]}
    if node["t"] == "quote":
        return node | {"nodes": [_node(child, True) for child in node["nodes"]]}
    if node["t"] == "paragraph":
        return node | {"runs": [run | {"s": breakable(run["s"])} for run in node["runs"]]}
    return node


def _narrowed(widths: list[float]) -> list[float]:
    room = 0.9 * PORTRAIT
    return [width * min(1.0, room / sum(widths)) for width in widths]


def _preformatted(block: b.Preformatted, printer: Printer) -> Iterator[Plain]:
    yield {"t": "code", "text": printable(block.text)}


_MAKERS: dict[str, Callable[[Any, Printer], Iterator[Plain]]] = {
    "heading": _heading,
    "text": _text,
    "bullets": _bullets,
    "callout": _callout,
    "findings": _findings,
    "metrics": _metrics,
    "table": table,
    "chart": chart,
    "definitions": _definitions,
    "markdown": _markdown,
    "image": image,
    "preformatted": _preformatted,
}


def make(block: b.Block, printer: Printer) -> Iterator[Plain]:
    maker = _MAKERS.get(block.type_name)  # a cover or a playbook's end has no place in the text
    return maker(block, printer) if maker else iter(())
