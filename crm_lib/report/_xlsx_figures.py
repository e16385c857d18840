"""Every figure that the document's prose, findings and headline metrics quote, with the sentence it stands in.

A sign that the sentence writes before a figure ('-{share}') is the figure's.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from string import Formatter
from typing import Any

from crm_lib.language import Catalogue, Message, Value
from crm_lib.report import blocks as b
from crm_lib.report.cells import NUMERIC, TIMES, signed_text

FIGURES = NUMERIC | TIMES


@dataclass(frozen=True)
class Figure:
    """`place` is the message id of where it stands; `name` its home in the results, else its place in the sentence;
    `shown` as it is written there."""

    chapter: str
    place: str
    sentence: str
    name: str
    value: Value
    shown: str


def figures(document: b.Document, words: Catalogue) -> list[Figure]:
    """Figures in the order of the document; one quoted twice in a sentence is listed once."""
    found: dict[Any, Figure] = {}
    chapter = ""
    for block in document.blocks:
        if isinstance(block, b.Heading) and block.level == 1:
            chapter = words.text(block.text)
        for place, sentence, name, value, shown in _quoted(block, words):
            figure = Figure(chapter, place, sentence, value.name or name, value, shown)
            found.setdefault((chapter, place, sentence, repr(value)), figure)
    return list(found.values())


_Quote = tuple[str, str, str, Value, str]


def _quoted(block: b.Block, words: Catalogue) -> Iterator[_Quote]:
    if isinstance(block, b.Metrics):
        for item in block.items:
            yield from _of_metric(item, words)
        return
    for place, message in _sentences(block):
        if message:
            sentence = words.text(message)
            yield from (
                (place, sentence, name, value, shown)
                for name, value, shown in _values(message, words)
                if value.value is not None
            )


def _of_metric(item: b.Metric, words: Catalogue) -> Iterator[_Quote]:
    label = words.text(item.label)
    if item.value.kind in FIGURES and item.value.value is not None:
        yield "metric", label, "", item.value, words.value(item.value)
    if item.change and item.change.kind in FIGURES and item.change.value is not None:
        sentence = f"{label} · {words.text(item.change_label)}" if item.change_label else label
        yield "metric", sentence, "", item.change, signed_text(words, item.change)


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


_Said = tuple[str, Value, str]


def _values(message: Message, words: Catalogue) -> Iterator[_Said]:
    """Figures in the order in which the sentence says them; arguments that it does not say are left out."""
    if not message.id:
        return
    pieces = Formatter().parse(words.word(message.id))
    said: dict[str, str] = {}
    for before, name, _, _ in pieces:
        if name:
            said.setdefault(name, _sign(before))
    for name, sign in said.items():
        for inner, value, shown in _within(name, message.args[name], words):
            yield inner, *_signed(sign, value, shown)


def _sign(before: str) -> str:
    """The sign that a figure has from what is written before it; a range's dash is none."""
    return before[-1] if before[-1:] in _SIGNS and (len(before) == 1 or not before[-2].isalnum()) else ""


def _signed(sign: str, value: Value, shown: str) -> tuple[Value, str]:
    if not sign or value.kind not in NUMERIC or isinstance(value.value, str):
        return value, shown
    if sign == "+" or value.value is None:
        return value, sign + shown
    low, high = (None if end is None else -end for end in (value.high, value.low))
    return replace(value, value=-value.value, low=low, high=high), sign + shown


_SIGNS = ("+", "-", "\N{MINUS SIGN}")


def _within(name: str, value: Value, words: Catalogue) -> Iterator[_Said]:
    if value.kind == "message" and isinstance(value.value, Message):
        yield from _values(value.value, words)
    elif value.kind == "list":
        for part in value.value:
            yield from _values(part, words) if isinstance(part, Message) else _within(name, part, words)
    elif value.kind in FIGURES:
        yield name, value, words.value(value)
