"""Rules of tags in words, made from the tree that is computed."""

from __future__ import annotations

from dataclasses import replace
from functools import reduce
from typing import Any

from crm_lib.language import Kind, Message, Value, msg, term_or_text
from crm_lib.layering.tags.needs import column_words
from crm_lib.layering.tags.reach import Limits
from crm_lib.layering.tags.tree import (
    COMPARISONS,
    Asked,
    Compared,
    Comparison,
    Either,
    Every,
    Node,
    Not,
    Quantity,
    Tagged,
    Test,
)

_KINDS: dict[str, Kind] = {"spend": "money", "average_order_value": "price"}
_MONEY = ("amount", "margin", "discount", "cost")


def rule_words(node: Node, inner: bool = False) -> Message:
    """The rule as a sentence without its full stop."""
    if isinstance(node, Every):
        return _joined("and", [rule_words(part, inner=True) for part in node.parts])
    if isinstance(node, Either):
        words = _joined("or", [rule_words(part, inner=True) for part in node.parts])
        return msg("tag.rule.group", rule=words) if inner and len(node.parts) > 1 else words
    if isinstance(node, Not) and isinstance(node.part, Tagged):
        return msg("tag.rule.untagged", tag=node.part.label)
    if isinstance(node, Not):
        return msg("tag.rule.not", rule=rule_words(node.part, inner=True))
    if isinstance(node, Tagged):
        return msg("tag.rule.tagged", tag=node.label)
    return _compared(node) if isinstance(node, Compared) else _asked(node)


def never_words(quantity: Quantity, limits: Limits) -> Message:
    """Of bounds that contradict each other."""
    bounds = [bound for bound in (limits.lower, limits.upper) if bound]
    tests = [msg(f"tag.test.{how}", value=Value(_kind(quantity), value)) for how, value in bounds]
    return msg("tag.missing.never", quantity=_quantity(quantity), one=tests[0], other=tests[-1])


def _joined(how: str, parts: list[Message]) -> Message:
    return reduce(lambda a, b: msg(f"tag.rule.{how}", a=a, b=b), parts)


def _compared(node: Compared) -> Message:
    share = node.other is not None or node.quantity.aggregate == "top_share"
    kind = "percent" if share else _kind(node.quantity)
    bounds = _counted(node.bounds) if kind == "int" else node.bounds
    tests = _joined("and", [_bound(kind, how, value) for how, value in bounds])
    if (
        node.other
        and node.quantity.extra
        and replace(node.quantity, tests=node.other.tests, extra=node.other.extra) == node.other
    ):
        where = _joined("and", [_test(node.quantity.table, test) for test in node.quantity.extra])
        return msg("tag.rule.share", quantity=_quantity(node.other), where=where, tests=tests)
    if node.other:
        return msg("tag.rule.relative", quantity=_quantity(node.quantity), other=_quantity(node.other), tests=tests)
    return msg("tag.rule.compared", quantity=_quantity(node.quantity), tests=tests)


def _bound(kind: Kind, how: str, value: float) -> Message:
    if kind == "int" and value == 0 and how in ("at_most", "equals"):
        return msg("tag.test.zero")
    return msg(f"tag.test.{how}", value=Value(kind, value))


def _counted(bounds: tuple[tuple[Comparison, float], ...]) -> tuple[tuple[Comparison, float], ...]:
    """Bounds of a count as one says them: 'at least 1, below 2' is 1."""
    if not all(float(value).is_integer() for _, value in bounds):
        return bounds
    whole: dict[Comparison, tuple[Comparison, float]] = {"below": ("at_most", -1), "above": ("at_least", 1)}
    said = tuple((whole[how][0], value + whole[how][1]) if how in whole else (how, value) for how, value in bounds)
    ends = dict(said)
    if len(said) == 2 and ends.get("at_least") == ends.get("at_most") is not None:
        return (("equals", said[0][1]),)
    return said


def _kind(one: Quantity) -> Kind:
    if one.name in _KINDS:
        return _KINDS[one.name]
    if one.aggregate.startswith("days_since"):
        return "days"
    if one.aggregate.startswith("count"):
        return "int"
    return "price" if one.column and one.column.name in _MONEY else "float"


def _quantity(one: Quantity) -> Message:
    covered = ".covered" if one.to_cover else ""
    what = msg(f"tag.measure.{one.name}{covered}") if one.name else _aggregate(one)
    if one.extra:
        what = msg("tag.where", what=what, tests=_joined("and", [_test(one.table, test) for test in one.extra]))
    if one.window_days is None:
        return what
    days = {"days": Value("days", one.window_days), "offset": Value("days", one.offset_days)}
    return msg("tag.window.earlier" if one.offset_days else "tag.window.last", what=what, **days)


def _aggregate(one: Quantity) -> Message:
    column = column_words(one.table, one.column.name) if one.column else msg(f"table.{one.table}")
    return msg(f"tag.aggregate.{one.aggregate}", column=column, table=msg(f"table.{one.table}"))


def _asked(node: Asked) -> Message:
    name = column_words("customers", node.column.name)
    parts = [_test("customers", test) for test in node.tests]
    parts += [msg(f"tag.test.{how}", value=Value("days", value)) for how, value in node.days]
    if node.days:
        parts = [
            *parts[: -len(node.days)],
            msg("tag.rule.since", column=name, tests=_joined("and", parts[-len(node.days) :])),
        ]
    if node.anniversary_within_days is not None:
        parts.append(msg("tag.rule.anniversary", column=name, days=Value("days", node.anniversary_within_days)))
    return _joined("and", parts)


def _test(table: str, test: Test) -> Message:
    name = column_words(table, test.column.name)
    if test.how == "known":
        return msg("tag.test.known" if test.value else "tag.test.unknown", column=name)
    if test.how in ("one_of", "not_one_of"):
        values = Value("list", [_value(test, value) for value in test.value])
        return msg(f"tag.test.{test.how}", column=name, values=values)
    assert test.how in COMPARISONS
    return msg("tag.test.column", column=name, test=msg(f"tag.test.{test.how}", value=_value(test, test.value)))


def _value(test: Test, value: Any) -> Value:
    if isinstance(value, str):
        return Value("message", term_or_text(test.column.name, value))
    if isinstance(value, bool):
        return Value("bool", value)
    if isinstance(value, int | float) and value == 0:
        return Value("int", 0)
    if isinstance(value, int | float):
        money = test.column.name in _MONEY
        days = test.column.name.startswith("days_since")
        whole = float(value).is_integer()
        return Value("price" if money else "days" if days else "int" if whole else "float", value)
    return Value("date", value)
