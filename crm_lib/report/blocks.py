"""The document model: blocks that hold data and message ids, no rendered words.

In JupyterLab a block displays itself; under every front end it carries its data as MIME type `MIME`, which
`report.collect` reads back from the executed notebook.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, fields
from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from crm_lib.language import KINDS, READY, Catalogue, Finding, Message, Value, catalogue, literal, msg, plain

if TYPE_CHECKING:  # the runner reads blocks without the half second that pandas takes to import
    import pandas as pd

MIME = "application/vnd.crm-playbooks.block+json"
PLAIN_ENV = "CRM_BLOCKS_PLAIN"  # set by the runner: blocks then carry data only, the runner renders them later

Tone = Literal["info", "good", "watch", "bad"]
Form = Literal[
    "line",  # x: month/week/date/number; y: one or more columns, or one y with `series`
    "bar",  # vertical; x category or time
    "barh",  # horizontal, one bar a category, sorted as given
    "stacked",  # vertical stacked shares or amounts; x, y, series
    "stacked_h",  # horizontal stacked; x is the category axis
    "heatmap",  # x, series (rows), y is the cell's value
    "scatter",  # x, y; series gives colour and marker; `size` optional
    "pareto",  # x cumulative share of customers, y cumulative share of value
    "dumbbell",  # x category, y = (before, after)
    "interval",  # x category, y value with low/high columns; zero line
    "funnel",  # x stage, y count
    "flow",  # x from, series to, y count: matrix of movement
    "calendar",  # x date, y count of contacts, series owner
    "upset",  # x list of sets, y how many stand in exactly these
    "pyramid",  # x tier; y = measures: the first grows to the left, the others to the right
    "density",  # x, y middles of cells; `size` how many stand there; series names the regions
    "alluvial",  # x from, series to, y how much: ribbons
]


class Block:
    """Base of all blocks. `type_name` stands in the JSON."""

    type_name: ClassVar[str] = ""

    def to_json(self) -> dict[str, Any]:
        data = {f.name: _encode(getattr(self, f.name)) for f in fields(self)}  # type: ignore[arg-type]
        return {"type": self.type_name} | {key: value for key, value in data.items() if value not in (None, [], {}, "")}

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        bundle: dict[str, Any] = {MIME: self.to_json(), "text/plain": f"<{type(self).__name__}>"}
        if not os.environ.get(PLAIN_ENV):
            from crm_lib.report.display import display_html

            bundle["text/html"] = display_html(self)
        return bundle


@dataclass(frozen=True)
class Column:
    """A column of a table: `kind` is a language.Kind; a `term` column's values are prefixed with `prefix`.

    `low`/`high`/`base` name the columns that hold this column's interval and base.
    """

    name: str
    label: Message
    kind: str = "text"
    prefix: str = ""
    low: str = ""
    high: str = ""
    base: str = ""
    hidden: bool = False  # in the workbook only

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"column {self.name}: unknown kind {self.kind!r}")


@dataclass(frozen=True)
class Cover(Block):
    """First block of a playbook: title page. `deliverables` are the document's names; `facts` label -> value."""

    type_name: ClassVar[str] = "cover"
    phase: str
    title: Message
    deliverables: Sequence[Message]
    client: Message
    currency: str
    as_of: str
    facts: Sequence[tuple[Message, Value]] = ()
    language: str = ""  # the engagement's first: what an export of the notebook takes where none is named
    class_names: Mapping[str, Mapping[str, str]] = field(
        default_factory=dict
    )  # as `catalogue` takes them: name -> language -> words

    def words(self, language: str) -> Catalogue:
        """Words of a language, money in the client's currency and classes by the client's names."""
        names = tuple(sorted((name, words[language]) for name, words in self.class_names.items()))
        return catalogue(language, self.currency, class_names=names)


@dataclass(frozen=True)
class Heading(Block):
    """level 1 opens a chapter, 2 a section. begins: 'page' puts it on top of one, on paper."""

    type_name: ClassVar[str] = "heading"
    text: Message
    level: int = 1
    begins: Literal["", "page"] = ""


@dataclass(frozen=True)
class Text(Block):
    type_name: ClassVar[str] = "text"
    text: Message


@dataclass(frozen=True)
class Bullets(Block):
    type_name: ClassVar[str] = "bullets"
    items: Sequence[Message]


@dataclass(frozen=True)
class Callout(Block):
    """A boxed remark: what is missing, a caution, a decision needed."""

    type_name: ClassVar[str] = "callout"
    text: Message
    tone: Tone = "info"
    title: Message | None = None


@dataclass(frozen=True)
class Findings(Block):
    """Findings in priority order. `summary` marks the executive summary, which index.html quotes."""

    type_name: ClassVar[str] = "findings"
    items: Sequence[Finding]
    summary: bool = False


@dataclass(frozen=True)
class Metric:
    """A headline figure; `change` against `change_label`, `status` a traffic light."""

    label: Message
    value: Value
    change: Value | None = None
    change_label: Message | None = None
    status: str = ""


@dataclass(frozen=True)
class Metrics(Block):
    type_name: ClassVar[str] = "metrics"
    items: Sequence[Metric]
    headline: bool = False  # shown on index.html


@dataclass(frozen=True)
class Table(Block):
    """All rows go to the workbook; HTML and PDF show the first `show` rows and say how many more there are.

    show = 0: one line there says that the table is in the workbook.
    """

    type_name: ClassVar[str] = "table"
    id: str
    title: Message
    columns: Sequence[Column]
    rows: Sequence[Sequence[Any]]
    note: Message | None = None
    show: int = 40


@dataclass(frozen=True)
class Mark:
    """A reference line on axis 'x' or 'y' with a label, or a named point."""

    axis: Literal["x", "y"]
    at: Any
    label: Message


@dataclass(frozen=True)
class Chart(Block):
    """A chart and the table it draws. `title` is the conclusion; axis labels carry units.

    `x`, `y`, `series`, `size`, `low`, `high` name columns. `percent`, money and so on follow the column's kind.
    """

    type_name: ClassVar[str] = "chart"
    id: str
    form: Form
    title: Message
    columns: Sequence[Column]
    rows: Sequence[Sequence[Any]]
    x: str
    y: Sequence[str]
    x_label: Message
    y_label: Message
    series: str = ""
    size: str = ""
    low: str = ""
    high: str = ""
    marks: Sequence[Mark] = ()
    highlight: Sequence[Any] = ()  # categories or series drawn in the accent colour, the others in grey
    note: Message | None = None


@dataclass(frozen=True)
class Definition:
    term: Message
    text: Message


@dataclass(frozen=True)
class Definitions(Block):
    """The metrics used, each with its definition (口径)."""

    type_name: ClassVar[str] = "definitions"
    items: Sequence[Definition]


@dataclass(frozen=True)
class Markdown(Block):
    """An analyst's markdown cell, as written."""

    type_name: ClassVar[str] = "markdown"
    source: str


@dataclass(frozen=True)
class Image(Block):
    """An analyst's figure: base64 PNG. `alt` says what it shows."""

    type_name: ClassVar[str] = "image"
    png: str
    alt: str = ""


@dataclass(frozen=True)
class Preformatted(Block):
    """Text output of an analyst's cell."""

    type_name: ClassVar[str] = "preformatted"
    text: str


@dataclass(frozen=True)
class Done(Block):
    """Last output of a playbook: without it the run failed."""

    type_name: ClassVar[str] = "done"
    phase: str


@dataclass(frozen=True)
class Document:
    """What one playbook says: its cover and its blocks in order."""

    cover: Cover
    blocks: Sequence[Block] = field(default_factory=tuple)

    def to_json(self) -> dict[str, Any]:
        return {"cover": self.cover.to_json(), "blocks": [block.to_json() for block in self.blocks]}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Document:
        cover = block_from_json(data["cover"])
        assert isinstance(cover, Cover)
        return cls(cover, tuple(block_from_json(block) for block in data["blocks"]))


_BLOCKS: dict[str, type[Block]] = {}
for _class in (
    Cover,
    Heading,
    Text,
    Bullets,
    Callout,
    Findings,
    Metrics,
    Table,
    Chart,
    Definitions,
    Markdown,
    Image,
    Preformatted,
    Done,
):
    _BLOCKS[_class.type_name] = _class
_PARTS: dict[tuple[str, str], type] = {
    ("findings", "items"): Finding,
    ("metrics", "items"): Metric,
    ("definitions", "items"): Definition,
    ("table", "columns"): Column,
    ("chart", "columns"): Column,
    ("chart", "marks"): Mark,
}
_MESSAGES = {"title", "text", "note", "client", "x_label", "y_label", "label", "change_label", "headline", "evidence"}
_MESSAGES |= {"action", "term"}
_VALUES = {"value", "change"}


def block_from_json(data: Mapping[str, Any]) -> Block:
    """The block that `to_json` wrote."""
    kind = data["type"]
    return _decode(_BLOCKS[kind], kind, {key: value for key, value in data.items() if key != "type"})


def _encode(value: Any) -> Any:
    if value.__class__ in READY:
        return value
    if isinstance(value, (Message, Value)):
        return value.to_json()
    if isinstance(value, (Column, Finding, Metric, Mark, Definition)):
        data = {f.name: _encode(getattr(value, f.name)) for f in fields(value)}
        return {key: part for key, part in data.items() if part is not None and part is not False and part != ""}
    if isinstance(value, (list, tuple)):
        return [part if part.__class__ in READY else _encode(part) for part in value]
    return plain(value)


def _decode(cls: type, kind: str, data: Mapping[str, Any]) -> Any:
    args: dict[str, Any] = {}
    for key, value in data.items():
        if (part := _PARTS.get((kind, key))) is not None:
            value = [_decode(part, "", item) for item in value]
        elif key == "facts":
            value = [(Message.from_json(label), Value.from_json(fact)) for label, fact in value]
        elif key in ("items", "deliverables"):
            value = [Message.from_json(item) for item in value]
        elif isinstance(value, dict) and key in _MESSAGES:
            value = Message.from_json(value)
        elif isinstance(value, dict) and key in _VALUES:
            value = Value.from_json(value)
        args[key] = value
    for required in ("rows", "columns", "items", "y"):
        if required in {f.name for f in fields(cls)}:
            args.setdefault(required, [])
    return cls(**args)


def column(name: str, label: Message | str, kind: str = "text", **options: Any) -> Column:
    """Column with its label by message id."""
    return Column(name, msg(label) if isinstance(label, str) else label, kind, **options)


def columns(spec: str, subject: str) -> list[Column]:
    """Columns of 'name:kind name:kind ...'; 'name:term@class' is a term whose ids begin with 'class.'.

    The label of a column is the message `<subject>.col.<name>`. 'name:kind!' is in the workbook only.
    """
    found = []
    for part in spec.split():
        name, _, kind = part.partition(":")
        hidden = kind.endswith("!")
        kind, _, prefix = kind.rstrip("!").partition("@")
        prefix = f"{prefix}." if prefix else ""
        found.append(Column(name, msg(f"{subject}.col.{name}"), kind or "text", prefix=prefix, hidden=hidden))
    return found


def rows_of(frame: pd.DataFrame, columns: Sequence[Column]) -> list[list[Any]]:
    """JSON-ready rows of the frame's columns, in the order of `columns`."""
    lists = [_plain_cells(frame[c.name]) for c in columns]
    return [list(row) for row in zip(*lists, strict=True)]


def _plain_cells(values: pd.Series) -> list[Any]:
    """Each cell JSON-ready; a message that many rows share is converted once."""
    cells, known = values.tolist(), {}
    for cell in cells:
        if isinstance(cell, Message) and id(cell) not in known:
            known[id(cell)] = plain(cell)
    return [
        cell if cell.__class__ in READY else known[id(cell)] if isinstance(cell, Message) else plain(cell)
        for cell in cells
    ]


def table(id: str, title: Message, frame: pd.DataFrame, spec: str | Sequence[Column], **options: Any) -> Table:
    """Table block of a frame. `id` is '<subject>.<name>'; `spec` as in `columns`."""
    parts = _columns(spec, id)
    return Table(id, title, parts, rows_of(frame, parts), **options)


def chart(
    form: Form,
    id: str,
    title: Message,
    frame: pd.DataFrame,
    spec: str | Sequence[Column],
    x: str,
    y: str | Sequence[str],
    x_label: Message | None = None,
    y_label: Message | None = None,
    **options: Any,
) -> Chart:
    """Chart block of a frame. `id` is '<subject>.<name>'; an axis without a label takes its column's.

    A mark at no value (a cut that no data gave) is left out.
    """
    parts = _columns(spec, id)
    labels = {c.name: c.label for c in parts}
    ys = [y] if isinstance(y, str) else list(y)
    options["marks"] = [mark for mark in options.get("marks", ()) if plain(mark.at) is not None]
    return Chart(
        id, form, title, parts, rows_of(frame, parts), x, ys, x_label or labels[x], y_label or labels[ys[0]], **options
    )


def or_text(block: Table | Chart, text: Message) -> Block:
    """The block; where it has no rows, a sentence in its place."""
    return block if block.rows else Text(text)


def filled(*blocks: Table | Chart) -> list[Table | Chart]:
    """Those of the blocks that have rows."""
    return [block for block in blocks if block.rows]


def under(heading: Block, *blocks: Table | Chart) -> list[Block]:
    """The heading and those of the blocks that have rows; nothing where none has."""
    shown = filled(*blocks)
    return [heading, *shown] if shown else []


def _columns(spec: str | Sequence[Column], id: str) -> Sequence[Column]:
    return columns(spec, id.partition(".")[0]) if isinstance(spec, str) else spec


def frame_table(id: str, frame: pd.DataFrame, title: Message | None = None) -> Table:
    """Table block of an analyst's DataFrame: headers as written, kinds from the types."""
    import pandas as pd

    if isinstance(frame.index, pd.RangeIndex) and frame.index.name is None:
        plain_frame = frame
    else:
        names = [" " if name is None else name for name in frame.index.names]
        plain_frame = frame.reset_index(names=names, allow_duplicates=True)
    plain_frame = plain_frame.set_axis([_header(name) for name in plain_frame.columns], axis=1)
    columns = [Column(name, literal(name), _kind(plain_frame.iloc[:, i])) for i, name in enumerate(plain_frame.columns)]
    rows = [[_cell(value) for value in row] for row in plain_frame.itertuples(index=False)]
    return Table(id, title or msg("report.analyst_table"), columns, rows)


def _header(name: Any) -> str:
    """'Sales / Amount' of headers in two rows, as in a client's workbook."""
    if isinstance(name, tuple):
        return " / ".join(words for part in name if (words := str(part).strip())) or " "
    return str(name)


def _cell(value: Any) -> Any:
    """JSON-ready; spans of time, periods, lists and whatever else a frame may hold as words."""
    import pandas as pd

    if pd.api.types.is_scalar(value):
        with suppress(TypeError, ValueError):
            return plain(value)
    return str(value)


def _kind(values: pd.Series) -> str:
    import pandas as pd

    if pd.api.types.is_bool_dtype(values):
        return "bool"
    if pd.api.types.is_integer_dtype(values):
        return "int"
    if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_complex_dtype(values):
        sizes = values.dropna().abs()
        return "digits" if ((sizes > 0) & (sizes < 1)).any() else "ratio"
    known = values.dropna()
    if pd.api.types.is_datetime64_any_dtype(values):
        return "date" if (known == known.dt.normalize()).all() else "datetime"
    return "date" if len(known) and all(type(value) is date for value in known) else "text"
