"""The part of DuckDB's dialect that means the same on every engine, and a check that a query keeps to it.

Where engines differ in silence is pinned by tests/engine_conformance/test_probes.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import sqlglot
from sqlglot import exp

ROOMS = ("metrics", "diagnosis", "layering", "strategy", "monitoring", "review")
DIALECTS = ("postgres", "spark")
ALLOWED = (
    *(exp.Sum, exp.Count, exp.Min, exp.Max, exp.Avg),
    *(exp.Coalesce, exp.Nullif, exp.Cast, exp.Case, exp.If, exp.Abs, exp.And, exp.Or, exp.Exists),
    *(exp.DateDiff, exp.TimeToUnix, exp.Year, exp.Month, exp.Extract, exp.TsOrDsToDate),
    *(exp.RowNumber, exp.Lag, exp.Lead),
)
# What is no function of the tree, and means something else elsewhere or is not there at all.
BANNED = {
    exp.Anonymous: "a function that is not known everywhere",
    exp.DPipe: "|| (text with NULL, and numbers as text)",
    exp.Filter: "FILTER",
    exp.Glob: "GLOB",
    exp.ILike: "ILIKE (follows the locale)",
    exp.IntDiv: "// (rounds differently below zero)",
    exp.Interval: "INTERVAL",
    exp.Lateral: "LATERAL",
    exp.Like: "LIKE (escapes differ)",
    exp.Pivot: "PIVOT",
    exp.Qualify: "QUALIFY",
    exp.RegexpLike: "regular expressions",
    exp.TableSample: "a sample",
    exp.Unnest: "UNNEST",
}
TYPES = frozenset({"VARCHAR", "TEXT", "BIGINT", "DECIMAL", "DATE", "TIMESTAMP", "TIMESTAMPNTZ", "BOOLEAN", "DOUBLE"})


def sql_files(package: Path) -> list[Path]:
    """Every SQL file that an engine may be asked to run; those of ingest run on DuckDB alone."""
    return sorted(path for room in ROOMS for path in (package / room).rglob("*.sql"))


def problems(query: str) -> list[str]:
    """What in a query is outside the subset; [] where nothing is."""
    try:
        statements = sqlglot.parse(query, read="duckdb")
    except sqlglot.ParseError as error:
        return [f"cannot be parsed: {error.errors[0]['description'] if error.errors else error}"]
    if len(statements) != 1 or not isinstance(statements[0], exp.Query):
        return ["is not one SELECT"]
    tree = statements[0]
    checks = (_functions, _banned, _divisions, _types, _shape, _order, _days, _parameters)
    return list(dict.fromkeys(found for check in checks for found in check(tree))) or list(_sayable(query, tree))


def _functions(tree: exp.Expr) -> Iterator[str]:
    for node in tree.find_all(exp.Func):
        if not isinstance(node, (*ALLOWED, exp.Anonymous)):
            yield f"{node.sql_name()} is not in the subset"


def _banned(tree: exp.Expr) -> Iterator[str]:
    for kind, words in BANNED.items():
        if tree.find(kind):
            yield f"{words} is not in the subset"
    if any(not isinstance(star.parent, exp.Count) for star in tree.find_all(exp.Star)):
        yield "* stands for columns"


def _divisions(tree: exp.Expr) -> Iterator[str]:
    for division in tree.find_all(exp.Div):
        double = isinstance(division.this, exp.Cast) and division.this.to.this == exp.DataType.Type.DOUBLE
        if not double and not division.this.find(exp.TimeToUnix):
            yield f"{division.sql('duckdb')}: cast what is divided to DOUBLE"


def _types(tree: exp.Expr) -> Iterator[str]:
    for cast in tree.find_all(exp.Cast):
        if cast.to.this.value not in TYPES:
            yield f"CAST AS {cast.to.sql('duckdb')}"
        text = cast.to.this in (exp.DataType.Type.VARCHAR, exp.DataType.Type.TEXT)
        if text and not isinstance(cast.this, (exp.Null, exp.Literal, exp.Placeholder)):
            yield "CAST of a value AS VARCHAR (every engine writes numbers and days its own way)"


def _shape(tree: exp.Expr) -> Iterator[str]:
    for subquery in tree.find_all(exp.Subquery):
        if isinstance(subquery.parent, (exp.From, exp.Join)) and not subquery.alias:
            yield "a subquery without a name"
    if any(group.args.get("all") for group in tree.find_all(exp.Group)):
        yield "GROUP BY ALL"
    if any(window.args.get("alias") for window in tree.find_all(exp.Window)) or tree.find(exp.WindowSpec):
        yield "a named window, or one with a frame"
    if any(distinct.args.get("on") for distinct in tree.find_all(exp.Distinct)):
        yield "DISTINCT ON"
    if any(isinstance(order.parent, exp.Func) for order in tree.find_all(exp.Order)):
        yield "an aggregate with an order"
    if any(isinstance(column.this, exp.Literal) for column in tree.find_all(exp.Ordered)):
        yield "ORDER BY the number of a column"


def _order(tree: exp.Expr) -> Iterator[str]:
    for window in tree.find_all(exp.Window):
        keys = window.args["order"].expressions if window.args.get("order") else []
        parts = window.args.get("partition_by") or []
        if isinstance(window.this, exp.RowNumber) and (not keys or len(keys) + len(parts) < 3):
            yield "ROW_NUMBER without a tie-breaker"
        if isinstance(window.this, exp.Lag | exp.Lead) and not keys:
            yield "LAG or LEAD without an order"
    for limit in tree.find_all(exp.Limit):
        if not limit.parent or not limit.parent.args.get("order"):
            yield "LIMIT without ORDER BY"


def _days(tree: exp.Expr) -> Iterator[str]:
    for extract in tree.find_all(exp.Extract):
        if extract.name.upper() not in ("YEAR", "MONTH"):
            yield f"EXTRACT of {extract.name}"
    for difference in tree.find_all(exp.DateDiff):
        if str(difference.args.get("unit") or "DAY").upper().strip("'") != "DAY":
            yield "date_diff in anything but days"


def _parameters(tree: exp.Expr) -> Iterator[str]:
    names = sorted({place.name for place in tree.find_all(exp.Parameter, exp.Placeholder)})
    if not all(names):
        yield "a parameter without a name"
    yield from (f"${one} begins ${other}" for one in names for other in names if one != other and other.startswith(one))


def _sayable(query: str, tree: exp.Query) -> Iterator[str]:
    """Other dialects say it, and what they say reads as the same columns."""
    for dialect in DIALECTS:
        again = sqlglot.parse_one(sqlglot.transpile(query, read="duckdb", write=dialect)[0], read=dialect)
        if not isinstance(again, exp.Query) or again.named_selects != tree.named_selects:
            yield f"cannot be said in the dialect of {dialect}"
