"""Blocks -> plain dicts of words, which the HTML templates lay out."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from crm_lib.language import STATUS_SHAPES, Catalogue, Message
from crm_lib.report import _xlsx_messages as messages
from crm_lib.report import blocks as b
from crm_lib.report.brand import Brand
from crm_lib.report.cells import (
    JOINT,
    NUMERIC,
    TIMES,
    as_title,
    cell_text,
    introduces,
    joined,
    signed_text,
    status_of,
    whole_minus,
)
from crm_lib.report.markdown import to_html

BIDI = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u200e\u200f\u202a-\u202e\u2066-\u2069]")
CHART_ROWS = 40
SENTENCE = 36.0  # em; longer cells are sentences
HEADING = 6.0  # em; longer headings may take several lines
DENSE = 7  # columns of a picture of cells; more are too small for a telephone
ROOM = 64.0  # rem; tables of sentences that ask for more are cards on every screen
STACKED = 5  # columns; on a phone the rows of wider tables are cards, too
FEW = 8  # such rows are shown at first
FURTHER = 2  # columns that may head a card beside its first
NARROW, MIDDLE = 5.6, 12.5  # em; in a card of many cells wider ones take two thirds of its width, or all
UNBROKEN = 24  # characters; longer words break anywhere
SHAPES = {**STATUS_SHAPES, "info": "◆"}
CLIENT = "report.fact.client"  # stands under the title
LONG = frozenset({"message", "local", "list", "text", "term"})


class Isolating(Catalogue):
    """Words of a page: text of the data cannot turn the direction of what stands around it; 'n = 9' stays whole."""

    def __init__(self, words: Catalogue) -> None:
        super().__init__(words.language, words._messages, words.currency, words)

    def _text(self, value: object) -> str:
        words = super()._text(value)
        return f"\u2068{words}\u2069" if BIDI.search(words) else words

    def text(self, message: Message | str, /, **args: Any) -> str:
        return joined(self, whole_minus(super().text(message, **args)))


@dataclass
class Views:
    """State of one page: its headings so far, and which ids are taken."""

    words: Catalogue
    brand: Brand
    charts: Mapping[str, str]
    contents: list[dict[str, Any]] = field(default_factory=list)
    level: int = 1

    def of(self, block: b.Block) -> dict[str, Any]:
        """{'kind': the block's type_name, or 'nothing', ...}; raise KeyError for a block that is not shown (Done)."""
        return {"kind": block.type_name} | _VIEWS[block.type_name](self, block)

    def say(self, message: Message | None) -> str:
        return self.words.text(message) if message else ""

    def heading(self, wanted: int, words: str) -> tuple[int, str]:
        """Level on the page (never more than one below the last) and id; the first two levels are in the contents."""
        self.level = min(max(wanted, 1) + 1, self.level + 1, 6)
        id = f"s-{len(self.contents) + 1}"
        self.contents.append({"id": id, "level": self.level, "words": words})
        return self.level, id


def _cover(views: Views, block: b.Cover) -> dict[str, Any]:
    return {
        "phase": views.say(block.title),
        "names": [views.say(name) for name in block.deliverables],
        "client": views.say(block.client),
        "facts": [(views.say(label), views.words.value(value)) for label, value in block.facts if label.id != CLIENT],
        "as_of": views.words.format("date", block.as_of),
    }


def _heading(views: Views, block: b.Heading) -> dict[str, Any]:
    words = views.say(block.text)
    level, id = views.heading(block.level, words)
    return {"level": level, "id": id, "text": words}


def _text(views: Views, block: b.Text) -> dict[str, Any]:
    words = views.say(block.text)
    return {"text": words, "leads": introduces(words)}


def _bullets(views: Views, block: b.Bullets) -> dict[str, Any]:
    return {"items": [views.say(item) for item in block.items]}


def _callout(views: Views, block: b.Callout) -> dict[str, Any]:
    title = views.say(block.title) or views.words.word(f"report.tone.{block.tone}")
    return {"text": views.say(block.text), "tone": block.tone, "title": title, "shape": SHAPES[block.tone]}


def _findings(views: Views, block: b.Findings) -> dict[str, Any]:
    def view(finding: Any) -> dict[str, Any]:
        severity = views.words.word(f"severity.{finding.severity}")
        return {
            "headline": as_title(views.say(finding.headline)),
            "evidence": views.say(finding.evidence),
            "action": views.say(finding.action),
            "severity": finding.severity,
            "severity_words": severity
            if finding.severity == "good"
            else views.words.text("report.severity", severity=severity),
        }

    return {"items": [view(item) for item in block.items], "summary": block.summary}


def _metrics(views: Views, block: b.Metrics) -> dict[str, Any]:
    words = views.words

    def view(metric: b.Metric) -> dict[str, Any]:
        change = metric.change if metric.change and metric.change.value is not None else None
        return {
            "label": views.say(metric.label),
            "value": words.value(metric.value),
            "long": em_width(words.value(metric.value)) > 4,
            "words": metric.value.kind not in NUMERIC | TIMES,
            "interval": words.interval(metric.value),
            "change": signed_text(words, change) if change else "",
            "change_label": views.say(metric.change_label),
            "status": metric.status,
            "status_words": words.format("status", metric.status) if metric.status else "",
        }

    return {"items": [view(item) for item in block.items], "headline": block.headline}


def table_view(views: Views, columns: Sequence[b.Column], rows: Sequence[Sequence[Any]], show: int) -> dict[str, Any]:
    """Head, cells and how many rows are left out. A cell: words, sort key ('' where the words are it), class."""
    shown = [(i, column) for i, column in enumerate(columns) if not column.hidden]
    body = [[_cell(views.words, column, row[i]) for i, column in shown] for row in rows[:show]]
    head, sentences, asked = [], False, 0.0
    for j, (_, column) in enumerate(shown):
        label = views.say(column.label)
        longest = max((em_width(row[j]["words"]) for row in body), default=0.0)
        sentences = sentences or longest > SENTENCE
        asked += 0.9375 * max(min(longest, 14), min(em_width(label), 6) + 1) + 1.75
        kind = _head_class(column, em_width(label), longest)
        head.append({"words": label, "class": kind, "width": _column_width(longest, em_width(label))})
        extra = " s" if kind == "w s" else "" if longest <= NARROW else " m" if longest <= MIDDLE else " l"
        for row in body:
            row[j]["class"] = f"{row[j]['class']}{extra}".strip()
    more = len(rows) - len(body)
    worded = sentences and len(head) > 3
    stacked = not worded and len(head) > STACKED
    if worded or stacked:
        spoken = [(j, i) for j, (i, column) in enumerate(shown) if column.kind == "message"]
        figures = {j for j, i in spoken if messages.split([row[i] for row in rows[:show]], views.words)}
        for j in card_heads([column for _, column in shown], body, figures):
            for row in body:
                row[j]["class"] = f"{row[j]['class']} k".strip()
    return {
        "head": head,
        "body": body,
        "more": views.words.text("report.table.more", n=more) if more else "",
        "sortable": len(body) > 2,
        "cards": worded or stacked,  # on a phone each row is a card
        "stacked": stacked,
        "folded": views.words.text("report.table.all", n=len(body)) if stacked and len(body) > FEW + 2 else "",
        "always": sentences and asked > ROOM,  # on a wide screen, too: columns out of sight are not read
    }


def card_heads(
    columns: Sequence[b.Column], body: Sequence[Sequence[Mapping[str, Any]]], figures: Collection[int] = ()
) -> list[int]:
    """Columns that head a row's card: the first (after a rank the first name), and of the next those that tell cards
    apart which would be headed alike. `figures`: columns of messages that are numbers, which name nothing."""

    def distinct(heads: Sequence[int]) -> int:
        return len({tuple(row[j]["words"] for j in heads) for row in body})

    def longest(j: int) -> float:
        return max((em_width(row[j]["words"]) for row in body), default=0.0)

    names = [j for j, column in enumerate(columns) if column.kind in LONG and j not in figures]
    first = 0
    if columns[0].kind in NUMERIC:
        near = [j for j in names if 0 < j < 3]
        first = max(near, key=lambda j: (distinct([j]), longest(j) <= SENTENCE, -j), default=0)
    heads = [first]
    for j, column in enumerate(columns):
        if distinct(heads) == len(body) or len(heads) > FURTHER:
            break
        tells = j > first and (j in names or column.kind in TIMES) and longest(j) <= SENTENCE
        if tells and distinct([*heads, j]) > distinct(heads):
            heads.append(j)
    return heads


def _column_width(longest: float, label: float) -> str:
    """Least width of a column of words: short ones stay in one line, sentences get room; never most of a phone."""
    wanted = longest if longest <= 14 else 14 if longest <= SENTENCE else 22
    return f"min({0.9375 * max(wanted, min(label, 6) + 1) + 1.75:.1f}rem, 70vw)"


def _class(column: b.Column) -> str:
    if column.kind in NUMERIC:
        return "n"
    if column.kind in TIMES:
        return "t"
    return "" if column.kind not in LONG else "w"


def _head_class(column: b.Column, label: float, longest: float) -> str:
    """As the cells'; `s` where sentences stand, `h` where the heading alone would widen the column."""
    kind = _class(column)
    if kind == "w":
        return "w s" if longest > SENTENCE else "w"
    return f"{kind} h".strip() if label > HEADING else kind


def _cell(words: Catalogue, column: b.Column, value: Any) -> dict[str, Any]:
    spoken = cell_text(words, column, value).strip("\u2068\u2069")  # a cell is isolated by its <bdi>
    if column.kind in NUMERIC or column.kind in TIMES:
        key = "" if value is None else value
    elif column.kind == "status":
        key = list(STATUS_SHAPES).index(value) if value in STATUS_SHAPES else ""
    else:
        key = None
    kind = _class(column)
    long = kind == "w" and any(len(part) > UNBROKEN for part in spoken.split())
    kind = "w long" if long else kind
    status = status_of(column, value, spoken)
    shape, _, word = spoken.partition(" ") if status else ("", "", spoken)
    return {"words": word, "shape": shape, "status": status, "key": key, "class": kind} | (
        {"pieces": JOINT.split(word)} if long else {}
    )


def em_width(words: str) -> float:
    """About how wide, in em."""
    return sum(1.0 if unicodedata.east_asian_width(c) in "WF" else 0.62 for c in words[:100])


def _nothing(views: Views, block: b.Table | b.Chart) -> dict[str, Any]:
    """A table without rows, or in the workbook only, or a chart without data: a sentence instead of an empty frame."""
    if isinstance(block, b.Table) and block.rows:
        empty = views.words.text("report.table.workbook", n=len(block.rows))
    else:
        empty = views.words.word(f"report.{block.type_name}.empty")
    return {"kind": "nothing", "id": slug(block.id), "title": views.say(block.title), "text": empty} | {
        "note": views.say(block.note)
    }


def _table(views: Views, block: b.Table) -> dict[str, Any]:
    if not (block.rows and block.show):
        return _nothing(views, block)
    view = table_view(views, block.columns, block.rows, block.show)
    return view | {"id": slug(block.id), "title": views.say(block.title), "note": views.say(block.note)}


def _chart(views: Views, block: b.Chart) -> dict[str, Any]:
    from crm_lib.report.charts import alt_text, draw, is_empty

    if is_empty(block):
        return _nothing(views, block)
    drawn = views.charts.get(block.id) or draw(block, views.words, views.brand)
    visible = [column for column in block.columns if not column.hidden]
    view = table_view(views, block.columns, block.rows, CHART_ROWS)
    return view | {
        "id": slug(block.id),
        "title": views.say(block.title),
        "note": views.say(block.note),
        "svg": drawn,
        "alt": alt_text(block, views.words),
        "wide": len(visible) > 4,
        "dense": block.form in ("heatmap", "calendar") and len(set(map(str, _cells(block, block.x)))) > DENSE,
    }


def _cells(block: b.Chart, name: str) -> list[Any]:
    at = next(i for i, column in enumerate(block.columns) if column.name == name)
    return [row[at] for row in block.rows]


def _definitions(views: Views, block: b.Definitions) -> dict[str, Any]:
    return {"items": [(views.say(item.term), views.say(item.text)) for item in block.items]}


def _markdown(views: Views, block: b.Markdown) -> dict[str, Any]:
    return {"html": to_html(block.source, views.heading)}


def _image(views: Views, block: b.Image) -> dict[str, Any]:
    return {"png": re.sub(r"[^A-Za-z0-9+/=]", "", block.png), "alt": block.alt or views.words.word("report.image")}


def _preformatted(views: Views, block: b.Preformatted) -> dict[str, Any]:
    return {"text": block.text}


def slug(id: str) -> str:
    """For an `id` attribute."""
    return re.sub(r"[^a-z0-9]+", "-", id.lower()).strip("-")


_VIEWS: dict[str, Callable[[Views, Any], dict[str, Any]]] = {
    "cover": _cover,
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
