"""Rules of tags as a typed tree: names of measures, settings and other tags are looked up once, here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from crm_lib.engagement import Definitions, Layering
from crm_lib.engagement_tags import DERIVED, MEASURES, Aggregate, Filter, Measure, Rule, Tag, columns_of
from crm_lib.errors import Defect
from crm_lib.language import Message, msg
from crm_lib.presets import library
from crm_lib.tables import Column

Comparison = Literal["at_least", "above", "at_most", "below", "equals"]
COMPARISONS: tuple[Comparison, ...] = get_args(Comparison)


@dataclass(frozen=True)
class Test:
    """A column against a value: a comparison, 'one_of' and 'not_one_of' a tuple, 'known' true or false."""

    column: Column
    how: str
    value: Any


@dataclass(frozen=True)
class Quantity:
    """A number for every customer. `name` is '' where the rule names table and aggregate itself; `extra` are the tests
    that it adds to those of its name. `to_cover`: days since the last purchase count from the end of cover."""

    name: str
    table: str
    aggregate: Aggregate
    column: Column | None
    window_days: int | None
    offset_days: int
    tests: tuple[Test, ...]
    extra: tuple[Test, ...]
    to_cover: bool = False


@dataclass(frozen=True)
class Compared:
    """`bounds`: all hold. With `other` the quotient is compared."""

    quantity: Quantity
    other: Quantity | None
    bounds: tuple[tuple[Comparison, float], ...]


@dataclass(frozen=True)
class Asked:
    """Of the customer's own columns; `days` are bounds on the days since a date."""

    column: Column
    tests: tuple[Test, ...]
    days: tuple[tuple[Comparison, float], ...]
    anniversary_within_days: int | None


@dataclass(frozen=True)
class Every:
    parts: tuple[Node, ...]


@dataclass(frozen=True)
class Either:
    parts: tuple[Node, ...]


@dataclass(frozen=True)
class Not:
    part: Node


@dataclass(frozen=True)
class Tagged:
    """Who has another tag."""

    tag: str
    label: Message
    part: Node


Node = Compared | Asked | Every | Either | Not | Tagged


@dataclass(frozen=True)
class Declared:
    """A tag to compute. `origin`: 'library', 'engagement', or 'changed' where the engagement gives a library tag another rule."""

    id: str
    label: Message
    tree: Node
    origin: str
    action: Message | None


def declared(
    chosen: tuple[str, ...], own: tuple[Tag, ...], layering: Layering, definitions: Definitions, covers: bool = False
) -> list[Declared]:
    """The engagement's own tags, then the chosen ones of the library, each once, as they stand there. `covers`: payments
    say until when they pay."""
    ready = {id: Tag.model_validate(tag) for id, tag in library().items()}
    reader = _Reader({**ready, **{tag.id: tag for tag in own}}, _settings(layering, definitions), covers)
    order = dict.fromkeys([*(tag.id for tag in own), *chosen])
    mine = {tag.id for tag in own}
    return [
        reader.declared(id, ("changed" if id in ready else "engagement") if id in mine else "library") for id in order
    ]


def nodes(tree: Node) -> Iterator[Node]:
    """The tree's nodes, from the top."""
    yield tree
    if isinstance(tree, Every | Either):
        for part in tree.parts:
            yield from nodes(part)
    elif isinstance(tree, Not | Tagged):
        yield from nodes(tree.part)


def quantities(tree: Node) -> Iterator[Quantity]:
    for node in nodes(tree):
        if isinstance(node, Compared):
            yield from (part for part in (node.quantity, node.other) if part)


def derived(quantity: Quantity) -> bool:
    """Whether it needs a column that no table holds."""
    made = {column.name for column in DERIVED.get(quantity.table, ())}
    asked = {test.column.name for test in quantity.tests} | ({quantity.column.name} if quantity.column else set())
    return bool(made & asked)


def _settings(layering: Layering, definitions: Definitions) -> dict[str, float]:
    found = {name: getattr(definitions, name) for name in ("active_window_days", "churn_window_days")}
    found |= {"repurchase_window_days": definitions.repurchase_window_days, "window_days": layering.window_days}
    return found | {"dormant_days": layering.dormant_days, "re_evaluate_factor": 1 + layering.re_evaluate_growth}


class _Reader:
    def __init__(self, tags: Mapping[str, Tag], settings: Mapping[str, float], covers: bool) -> None:
        self.tags, self.settings, self.covers = tags, settings, covers

    def declared(self, id: str, origin: str) -> Declared:
        tag = self.tags[id]
        action = tag.action.message if tag.action else None
        return Declared(id, self.label(tag), self.node(tag.rule), origin, action)

    def label(self, tag: Tag) -> Message:
        return tag.label.message if tag.label else msg(f"tag.name.{tag.id}")

    def node(self, rule: Rule) -> Node:
        if rule.all:
            return Every(tuple(map(self.node, rule.all)))
        if rule.any:
            return Either(tuple(map(self.node, rule.any)))
        if rule.not_:
            return Not(self.node(rule.not_))
        if rule.tag:
            return Tagged(rule.tag, self.label(self.tags[rule.tag]), self.node(self.tags[rule.tag].rule))
        if rule.customer:
            return self.asked(rule, columns_of("customers")[rule.customer])
        if rule.measure or rule.table:
            other = self.quantity(rule.relative_to) if rule.relative_to else None
            return Compared(self.quantity(rule), other, self.bounds(rule))
        raise Defect("a tag's rule without a form passed the checks")

    def asked(self, rule: Rule, column: Column) -> Asked:
        dated = column.type == "DATE"
        tests = tuple(t for t in self.tests(rule, column) if not (dated and t.how in COMPARISONS and t.how != "equals"))
        within = rule.anniversary_within_days
        return Asked(
            column, tests, self.bounds(rule) if dated else (), None if within is None else int(self.number(within))
        )

    def quantity(self, measure: Measure) -> Quantity:
        extra = tuple(test for part in measure.where for test in self.filter(part, self.table(measure)))
        named = MEASURES[measure.measure] if measure.measure else {}
        tests = tuple(test for part in named.get("where", ()) for test in self.filter(Filter(**part), named["table"]))
        column = named.get("column", measure.column)
        aggregate = named.get("aggregate", measure.aggregate)
        return Quantity(
            name=measure.measure or "",
            table=self.table(measure),
            aggregate=aggregate,
            column=columns_of(self.table(measure))[column] if column else None,
            window_days=None if measure.window_days is None else int(self.number(measure.window_days)),
            offset_days=0 if measure.offset_days is None else int(self.number(measure.offset_days)),
            tests=tests + extra,
            extra=extra,
            to_cover=self.covers
            and measure.measure == "recency_days"
            and not (extra or measure.window_days or measure.offset_days),
        )

    def table(self, measure: Measure) -> str:
        return MEASURES[measure.measure]["table"] if measure.measure else str(measure.table)

    def bounds(self, rule: Rule) -> tuple[tuple[Comparison, float], ...]:
        given = [(how, getattr(rule, how)) for how in COMPARISONS]
        numbers = [(how, value) for how, value in given if value is not None and not isinstance(value, bool)]
        return tuple((how, self.number(value)) for how, value in numbers)

    def number(self, value: Any) -> float:
        return self.settings[value] if isinstance(value, str) else value

    def filter(self, part: Filter, table: str) -> list[Test]:
        return self.tests(part, columns_of(table)[part.column])

    def tests(self, part: Filter | Rule, column: Column) -> list[Test]:
        found: list[Test] = []
        for how in (*COMPARISONS, "one_of", "not_one_of", "known"):
            value = getattr(part, how, None)
            if value is not None and value != ():
                if how in COMPARISONS and how != "equals" and isinstance(value, str):
                    value = self.number(value)
                found.append(Test(column, how, value))
        return found
