"""What a tag needs of the data, and what of it is not there on a day."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

import pandas as pd

from crm_lib.engagement_tags import FIRST_SALES_UNSEEN_DAYS
from crm_lib.engine import Engine
from crm_lib.language import Message, Value, msg
from crm_lib.layering.tags.tree import Asked, Compared, Declared, Node, Quantity, derived, nodes, quantities
from crm_lib.tables import TABLES

FEWEST_BRANDS = 3  # with two, one of them always has half: 'national' and 'private' are kinds of brands
_BRAND = ("order_lines", "brand")


@dataclass(frozen=True)
class Held:
    """Filled cells by (table, column), the first day of each table, whether launches of products are seen, and how many
    brands there are."""

    filled: dict[tuple[str, str], int]
    first_on: dict[str, date]
    launches: bool
    brands: int
    as_of: date
    tables: frozenset[str]

    def days(self, table: str) -> int:
        first = self.first_on.get(table)
        return (self.as_of - first).days + 1 if first else 0


def held(engine: Engine, tags: Iterable[Declared], as_of: date) -> Held:
    """What the tables that the tags name hold at the end of `as_of`."""
    tags = list(tags)
    asked = {need for tag in tags for node in nodes(tag.tree) for need in _columns(node)}
    tables = sorted({table for table, _ in asked if engine.has(table)})
    filled: dict[tuple[str, str], int] = {}
    first_on: dict[str, date] = {}
    for table in tables:
        names = sorted({column for other, column in asked if other == table})
        row = _counts(engine, table, names, as_of)
        filled |= {(table, name): int(row[name]) for name in names}
        if not pd.isna(row["first_day"]):
            first_on[table] = row["first_day"].date()
    wanted = any(derived(part) for tag in tags for part in quantities(tag.tree))
    launches = wanted and "order_lines" in first_on and _launches(engine, as_of)
    brands = _brands(engine, as_of) if filled.get(_BRAND) else 0
    return Held(filled, first_on, launches, brands, as_of, frozenset(tables))


def lacking(tag: Declared, data: Held) -> list[Message]:
    """What of its needs is not there, in words; empty for a tag that can be computed."""
    found = [part for node in nodes(tag.tree) for part in _lacking(node, data)]
    return [part for i, part in enumerate(found) if part not in found[:i]]


def column_words(table: str, column: str) -> Message:
    """A column's name; one that is derived for tags has its own."""
    return msg(f"column.{table}.{column}") if column in TABLES[table].names else msg(f"tag.derived.{column}")


def _lacking(node: Node, data: Held) -> Iterator[Message]:
    for table, column in _columns(node):
        if table not in data.tables:
            yield msg("tag.missing.table", table=msg(f"table.{table}"))
        elif not data.filled.get((table, column)):
            yield msg("tag.missing.column", table=msg(f"table.{table}"), column=column_words(table, column))
    if not isinstance(node, Compared):
        return
    parts = [part for part in (node.quantity, node.other) if part]
    if any(derived(part) for part in parts) and "order_lines" in data.tables and not data.launches:
        yield msg("tag.missing.launches", days=Value("days", FIRST_SALES_UNSEEN_DAYS))
    loyal = any(
        part.aggregate == "top_share" and (part.table, part.column.name) == _BRAND for part in parts if part.column
    )
    if loyal and 0 < data.brands < FEWEST_BRANDS:
        yield msg("tag.missing.brands", n=data.brands, needed=FEWEST_BRANDS)
    needed, have = _days_needed(node), data.days(node.quantity.table)
    if 0 < have < needed:
        name = msg(f"table.{node.quantity.table}")
        yield msg("tag.missing.history", table=name, needed=Value("days", needed), have=Value("days", have))


def _days_needed(node: Compared) -> int:
    """Days of data without which the comparison says nothing: both spans, and the days that must have passed."""
    parts = [part for part in (node.quantity, node.other) if part]
    spans = [part.offset_days + (part.window_days or 0) for part in parts if part.offset_days]
    since = node.quantity.aggregate.startswith("days_since")
    least = [int(value) for how, value in node.bounds if since and how in ("at_least", "above", "equals")]
    return max([0, *spans, *least])


def _columns(node: Node) -> list[tuple[str, str]]:
    if isinstance(node, Asked):
        return [("customers", node.column.name)]
    if not isinstance(node, Compared):
        return []
    return [need for part in (node.quantity, node.other) if part for need in _of_quantity(part)]


def _of_quantity(one: Quantity) -> list[tuple[str, str]]:
    names = [
        TABLES[one.table].event,
        *(test.column.name for test in one.tests),
        *([one.column.name] if one.column else []),
    ]
    stored = [name if name in TABLES[one.table].names else "product_id" for name in names]
    return [(one.table, name) for name in dict.fromkeys(stored)]


def _counts(engine: Engine, table: str, names: list[str], as_of: date) -> pd.Series:
    from sqlglot import exp

    event = TABLES[table].event
    day = exp.cast(exp.column(event), "DATE")
    counts = [exp.alias_(exp.Count(this=exp.column(name)), name) for name in names]
    query = exp.select(*counts, exp.alias_(exp.Min(this=day), "first_day")).from_(table)
    known = exp.LTE(this=day.copy(), expression=exp.cast(exp.Literal.string(as_of.isoformat()), "DATE"))
    query = query.where(exp.Or(this=exp.column(event).is_(exp.null()), expression=known))
    return engine.sql(query.sql("duckdb")).iloc[0]


def _brands(engine: Engine, as_of: date) -> int:
    query = "SELECT COUNT(DISTINCT brand) AS n FROM order_lines WHERE ordered_on <= $as_of"
    return int(engine.sql(query, as_of=as_of)["n"].iloc[0])


def _launches(engine: Engine, as_of: date) -> bool:
    from sqlglot import exp

    from crm_lib.layering.tags.compile import LAUNCHES

    query = exp.select(exp.alias_(exp.Count(this=exp.Star()), "n")).from_(LAUNCHES.copy().subquery("l"))
    day = exp.cast(exp.Literal.string(as_of.isoformat()), "DATE")
    query = query.where(exp.LTE(this=exp.column("launched_on"), expression=day))
    return bool(engine.sql(query.sql("duckdb"))["n"].iloc[0])
