"""A query of the portable subset as another engine says it, parameters written in as typed literals."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Any

import sqlglot
from sqlglot import exp

MICROSECONDS = 1_000_000


def bound(query: str, parameters: Mapping[str, Any]) -> exp.Expr:
    """The syntax tree with every `$name` replaced by its value; values are nodes of the tree, never pasted text."""
    tree = _parsed(query).copy()
    for place in list(tree.find_all(exp.Placeholder, exp.Parameter)):
        place.replace(_literal(parameters[place.name]))
    return tree


def said(tree: exp.Expr, dialect: str) -> str:
    """SQL text of a tree in a dialect, with what sqlglot would carry over in words but not in meaning rewritten."""
    return tree.transform(_REWRITES.get(dialect, lambda node: node)).sql(dialect=dialect, comments=False)


@cache
def _parsed(query: str) -> exp.Expr:
    return sqlglot.parse_one(query, read="duckdb")


def _literal(value: Any) -> exp.Expr:
    if isinstance(value, bool):
        return exp.true() if value else exp.false()
    if isinstance(value, date):
        return exp.cast(exp.Literal.string(value.isoformat()), "DATE")
    if isinstance(value, int | float):
        return exp.Paren(this=exp.Literal.number(value)) if value < 0 else exp.Literal.number(value)
    if isinstance(value, str):
        return exp.Literal.string(value)
    raise TypeError(f"a parameter of type {type(value).__name__}")


def _spark(node: exp.Expr) -> exp.Expr:
    """UNIX_TIMESTAMP drops fractions of a second, where DuckDB's epoch keeps them."""
    if isinstance(node, exp.TimeToUnix):
        moment = exp.cast(node.this.transform(_spark), "TIMESTAMPTZ")  # Spark's TIMESTAMP, in the session's UTC
        micros = exp.cast(exp.Anonymous(this="UNIX_MICROS", expressions=[moment]), "DOUBLE")
        return exp.Paren(
            this=exp.Div(this=micros, expression=exp.Literal.number(MICROSECONDS), typed=False, safe=False)
        )
    return node


def _postgres(node: exp.Expr) -> exp.Expr:
    """Words in a list of columns sort by bytes, as those of tables do, and not by the database's locale."""
    if isinstance(node, exp.Literal) and node.is_string and isinstance(_column_of(node), exp.Select):
        return exp.Collate(this=node.copy(), expression=exp.to_identifier("C", quoted=True))
    return node


def _column_of(node: exp.Expr) -> exp.Expr | None:
    """The SELECT whose column a node is by itself."""
    parent = node.parent.parent if isinstance(node.parent, exp.Alias) else node.parent
    return parent if node.parent is not None else None


_REWRITES = {"spark": _spark, "postgres": _postgres}
