"""Every figure that the document's prose, findings and headline metrics quote, with the sentence it stands in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from string import Formatter
from typing import Any

from crm_lib.language import Catalogue, Message, Value
from crm_lib.report import blocks as b
from crm_lib.report.cells import NUMERIC, TIMES

FIGURES = NUMERIC | TIMES


@dataclass(frozen=True)
class Figure:
    """`place` is the message id of where it stands; `name` its home in the results, else its place in the sentence."""

    chapter: str
    place: str
    sentence: str
    name: str
    value: Value


def figures(document: b.Document, words: Catalogue) -> list[Figure]:
    """Figures in the order of the document; one quoted twice in a sentence is listed once."""
    found: dict[Any, Figure] = {}
    chapter = ""
    for block in document.blocks:
        if isinstance(block, b.Heading) and block.level == 1:
            chapter = words.text(block.text)
        for place, sentence, name, value in _quoted(block, words):
            figure = Figure(chapter, place, sentence, value.name or name, value)
            found.setdefault((chapter, place, sentence, repr(value)), figure)
    return list(found.values())


_Quote = tuple[str, str, str, Value]


def _quoted(block: b.Block, words: Catalogue) -> Iterator[_Quote]:
    if isinstance(block, b.Metrics):
        for item in block.items:
            yield from _of_metric(item, words)
        return
    for place, message in _sentences(block):
        if message:
            sentence = words.text(message)
            yield from (
                (place, sentence, name, value) for name, value in _values(message, words) if value.value is not None
            )


def _of_metric(item: b.Metric, words: Catalogue) -> Iterator[_Quote]:
    label = words.text(item.label)
    if item.value.kind in FIGURES and item.value.value is not None:
        yield "metric", label, "", item.value
    if item.change and item.change.kind in FIGURES and item.change.value is not None:
        sentence = f"{label} · {words.text(item.change_label)}" if item.change_label else label
        yield "metric", sentence, "", item.change


def _sentences(block: b.Block) -> Iterator[tuple[str, Message | None]]:
    if isinstance(block, b.Findings):
        for item in block.items:
            yield from (("finding", part) for part in (item.headline, item.evidence, item.action))
    elif isinstance(block, b.Bullets):
        yield from (("prose", item) for item in block.items)
    elif isinstance(block, (b.Heading, b.Text)):
        yield "prose", block.text
    elif isinstance(block, b.Callout):
        yield from (("prose", part) for part in (block.title, block.text))
    elif isinstance(block, (b.Table, b.Chart)):
        place = "chart" if isinstance(block, b.Chart) else "table"
        yield from ((place, part) for part in (block.title, block.note))
    elif isinstance(block, b.Definitions):
        yield from (("definition", item.text) for item in block.items)


def _values(message: Message, words: Catalogue) -> Iterator[tuple[str, Value]]:
    """Figures in the order in which the sentence says them; arguments that it does not say are left out."""
    if not message.id:
        return
    said = (name for _, name, _, _ in Formatter().parse(words.word(message.id)) if name)
    for name in dict.fromkeys(said):
        yield from _within(name, message.args[name], words)


def _within(name: str, value: Value, words: Catalogue) -> Iterator[tuple[str, Value]]:
    if value.kind == "message" and isinstance(value.value, Message):
        yield from _values(value.value, words)
    elif value.kind == "list":
        for part in value.value:
            yield from _values(part, words) if isinstance(part, Message) else _within(name, part, words)
    elif value.kind in FIGURES:
        yield name, value
