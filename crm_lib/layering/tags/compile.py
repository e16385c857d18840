"""Trees of tags -> one portable SELECT, built as a syntax tree: one row a customer, one column a tag (1 or 0).

Nothing of a rule is ever text of a query: columns are those of the canonical tables, values are literals of the tree.
A condition on something unknown does not hold, nor does its opposite turn it true: `not` turns what is decided.
Quotients are compared without a division; amounts stay DECIMAL.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from functools import reduce
from typing import Any

from sqlglot import exp, parse_one

from crm_lib.engagement_tags import FIRST_SALES_UNSEEN_DAYS
from crm_lib.errors import Defect
from crm_lib.layering.tags.tree import (
    Asked,
    Compared,
    Comparison,
    Declared,
    Either,
    Every,
    Node,
    Not,
    Quantity,
    Tagged,
    Test,
    derived,
    quantities,
)
from crm_lib.tables import ORDER_LINES, TABLES, Column

_OPERATORS: dict[str, Any] = {
    "at_least": exp.GTE,
    "above": exp.GT,
    "at_most": exp.LTE,
    "below": exp.LT,
    "equals": exp.EQ,
}
PREFIX = "tag_"
_EXACT = "DECIMAL(18, 3)"


def select(tags: Sequence[Declared], as_of: date) -> exp.Select:
    """Columns: customer_id, tag_<id> for each tag; every customer known at the end of `as_of`, by customer_id."""
    made = _Query(as_of, list(dict.fromkeys(part for tag in tags for part in quantities(tag.tree))))
    flags = [exp.alias_(_flag(made.holds(tag.tree)), PREFIX + tag.id, quoted=True, copy=False) for tag in tags]
    query = exp.select(_of("known", "customer_id").as_("customer_id"), *flags, copy=False).from_(
        _known(as_of).subquery("known", copy=False), copy=False
    )
    for name, source in made.sources():
        on = exp.EQ(this=_of(name, "customer_id"), expression=_of("known", "customer_id"))
        query = query.join(source, on=on, join_type="left", copy=False)
    return query.order_by(_of("known", "customer_id"), copy=False)


class _Query:
    """Where each quantity stands: rows of a table are summed in one pass, whatever the number of quantities."""

    def __init__(self, as_of: date, wanted: Sequence[Quantity]) -> None:
        self.as_of = as_of
        self.names = {quantity: f"q{i}" for i, quantity in enumerate(wanted)}

    def sources(self) -> list[tuple[str, exp.Expression]]:
        groups: dict[str, list[Quantity]] = {}
        for quantity in self.names:
            groups.setdefault(self.source(quantity), []).append(quantity)
        made: list[tuple[str, exp.Expression]] = [("customers", exp.table_("customers"))]
        for name, members in groups.items():
            alone = members[0].aggregate == "top_share"
            query = self.top_share(members[0]) if alone else self.aggregated(members)
            made.append((name, query.subquery(name, copy=False)))
        if any(quantity.to_cover for quantity in self.names):
            made.append(("covered", exp.table_("covered")))
        return made

    def source(self, quantity: Quantity) -> str:
        if quantity.aggregate == "top_share":
            return f"of_{self.names[quantity]}"
        return f"of_{quantity.table}" + ("_launched" if derived(quantity) else "")

    def aggregated(self, members: Sequence[Quantity]) -> exp.Select:
        columns = [exp.alias_(made, name, copy=False) for one in members for name, made in self.aggregates(one)]
        query = exp.select(_of("r", "customer_id").as_("customer_id"), *columns).from_(_rows(members[0]).as_("r"))
        return query.where(_of("r", "customer_id").is_(exp.null()).not_()).group_by(_of("r", "customer_id"))

    def aggregates(self, one: Quantity) -> list[tuple[str, exp.Expression]]:
        """(name, expression): the quantity, or what is divided and by what it is divided."""
        name, inside = self.names[one], self.inside(one)
        column = _of("r", one.column.name) if one.column else _number(1)
        if one.aggregate == "count":
            return [(name, exp.Count(this=_when(inside, column)))]
        if one.aggregate == "count_distinct":
            return [(name, exp.Count(this=exp.Distinct(expressions=[_when(inside, column)])))]
        if one.aggregate == "mean":
            counted = exp.Count(this=_when(inside, column.copy()))
            return [(name, exp.Sum(this=_when(inside.copy(), column))), (f"{name}_by", counted)]
        if one.aggregate in ("days_since_last", "days_since_first"):
            column = _day(one.table)
        made = {"sum": exp.Sum, "min": exp.Min, "days_since_first": exp.Min, "max": exp.Max, "days_since_last": exp.Max}
        total: Any = made[one.aggregate](this=_when(inside, column))
        return [(name, total)]

    def top_share(self, one: Quantity) -> exp.Select:
        """The largest total of one value of the column, and the total of all: of amounts, else of rows."""
        assert one.column
        name, column = self.names[one], _of("r", one.column.name)
        amounts = TABLES[one.table].amounts
        total = exp.Sum(this=_of("r", amounts[0])) if amounts else exp.Count(this=exp.Star())
        each = (
            exp.select(_of("r", "customer_id").as_("customer_id"), exp.alias_(total, "total"))
            .from_(_rows(one).as_("r"))
            .where(self.inside(one), column.is_(exp.null()).not_(), _of("r", "customer_id").is_(exp.null()).not_())
            .group_by(_of("r", "customer_id"), column.copy())
        )
        parts = [
            exp.alias_(exp.Max(this=_of("e", "total")), name),
            exp.alias_(exp.Sum(this=_of("e", "total")), f"{name}_by"),
        ]
        query = exp.select(_of("e", "customer_id").as_("customer_id"), *parts).from_(each.subquery("e"))
        return query.group_by(_of("e", "customer_id"))

    def inside(self, one: Quantity) -> exp.Expression:
        """Rows of the window that pass the filters."""
        until = self.as_of - timedelta(days=one.offset_days)
        conditions: list[exp.Expression] = [exp.LTE(this=_day(one.table), expression=_date(until))]
        if one.window_days is not None:
            conditions.append(
                exp.GTE(this=_day(one.table), expression=_date(until - timedelta(days=one.window_days - 1)))
            )
        return _and([*conditions, *(_test("r", test) for test in one.tests)])

    def holds(self, node: Node) -> exp.Expression:
        """True or false, never unknown."""
        if isinstance(node, Every):
            return _and(map(self.holds, node.parts))
        if isinstance(node, Either):
            return exp.paren(reduce(lambda a, b: exp.Or(this=a, expression=b), map(self.holds, node.parts)))
        if isinstance(node, Not):
            return exp.Not(this=exp.paren(self.holds(node.part)))
        if isinstance(node, Tagged):
            return self.holds(node.part)
        condition = self.compared(node) if isinstance(node, Compared) else self.asked(node)
        return exp.EQ(this=_flag(condition), expression=_number(1))

    def compared(self, node: Compared) -> exp.Expression:
        top, bottom = self.fraction(node.quantity)
        if node.other:
            other, below = self.fraction(node.other)
            top, bottom = _times(top, below), _times(bottom, other)
        bounds = [_bound(how, top, _times(_number(value), bottom)) for how, value in node.bounds]
        return _and(bounds if bottom is None else [exp.GT(this=bottom.copy(), expression=_number(0)), *bounds])

    def fraction(self, one: Quantity) -> tuple[exp.Expression, exp.Expression | None]:
        """What is divided, and by what; None for by nothing."""
        source, name = self.source(one), self.names[one]
        value: exp.Expression = _of(source, name)
        if one.aggregate in ("days_since_last", "days_since_first"):
            value = self.silent_since(value) if one.to_cover else value
            return exp.DateDiff(this=_date(self.as_of), expression=value, unit=exp.Var(this="DAY")), None
        if one.aggregate in ("count", "count_distinct", "sum"):
            return _exact(exp.Coalesce(this=value, expressions=[_number(0)])), None
        if one.aggregate in ("mean", "top_share"):
            return _exact(value), _exact(_of(source, f"{name}_by"))
        return value, None

    def silent_since(self, last: exp.Expression) -> exp.Expression:
        """The later of the last purchase and the end of cover, today at the latest."""
        until, today = _of("covered", "covered_until"), _date(self.as_of)
        ahead = exp.If(this=exp.GTE(this=until, expression=today), true=today.copy())
        later = exp.If(this=exp.GT(this=until.copy(), expression=last), true=until.copy())
        return exp.Case(ifs=[ahead, later], default=last.copy())

    def asked(self, node: Asked) -> exp.Expression:
        column = _of("customers", node.column.name)
        conditions = [_test("customers", test) for test in node.tests]
        if node.days:
            since = exp.DateDiff(this=_date(self.as_of), expression=column, unit=exp.Var(this="DAY"))
            conditions += [_bound(how, since.copy(), _number(value)) for how, value in node.days]
        if node.anniversary_within_days is not None:
            conditions.append(_anniversary(column, self.as_of, node.anniversary_within_days))
        return _and(conditions)


def _known(as_of: date) -> exp.Select:
    """Every customer who had joined or bought by the end of the day."""
    joined = exp.Or(
        this=_of("customers", "joined_on").is_(exp.null()),
        expression=exp.LTE(this=_of("customers", "joined_on"), expression=_date(as_of)),
    )
    listed = exp.select(_of("customers", "customer_id").as_("customer_id")).from_("customers").where(joined)
    bought = (
        exp.select(_of("orders", "customer_id").as_("customer_id"))
        .from_("orders")
        .where(
            _of("orders", "customer_id").is_(exp.null()).not_(),
            exp.LTE(this=_of("orders", "ordered_on"), expression=_date(as_of)),
        )
    )
    both = exp.union(listed, bought, distinct=False).subquery("listed")
    return (
        exp.select(_of("listed", "customer_id").as_("customer_id")).from_(both).group_by(_of("listed", "customer_id"))
    )


def _rows(one: Quantity) -> exp.Expression:
    return LAUNCHED.copy().subquery() if derived(one) else exp.table_(one.table)


# Products whose first sale to anybody was seen, since the data had begun long enough before it.
LAUNCHES: Any = parse_one(
    f"""
    SELECT p.product_id AS product_id, p.launched_on AS launched_on
    FROM (
        SELECT order_lines.product_id AS product_id, MIN(order_lines.ordered_on) AS launched_on
        FROM order_lines
        WHERE order_lines.kind = 'sale' AND order_lines.amount > 0 AND NOT order_lines.product_id IS NULL
        GROUP BY order_lines.product_id
    ) AS p
    CROSS JOIN (SELECT MIN(order_lines.ordered_on) AS first_on FROM order_lines) AS b
    WHERE DATE_DIFF('day', b.first_on, p.launched_on) >= {FIRST_SALES_UNSEEN_DAYS}
    """,
    read="duckdb",
)
LAUNCHED: Any = parse_one(
    f"""
    SELECT
        {", ".join(f"l.{column.name} AS {column.name}" for column in ORDER_LINES.columns)},
        DATE_DIFF('day', p.launched_on, l.ordered_on) AS days_since_launch
    FROM order_lines AS l
    LEFT JOIN ({LAUNCHES.sql("duckdb")}) AS p ON p.product_id = l.product_id
    """,
    read="duckdb",
)


def _anniversary(column: exp.Expression, as_of: date, days: int) -> exp.Expression:
    """Month and day between today's and those of the last day; 29 February is kept on the 28th of shorter years."""
    if days >= 365:
        return column.is_(exp.null()).not_()
    first, last = (_month_day(as_of + timedelta(days=back)) for back in (0, days))
    turned = (as_of + timedelta(days=days)).year > as_of.year
    end = as_of + timedelta(days=days)
    if last == 228 and not _leap(end.year):
        last = 229
    month, day = (exp.Extract(this=exp.Var(this=part), expression=column.copy()) for part in ("MONTH", "DAY"))
    key = exp.Add(this=exp.Mul(this=month, expression=_number(100)), expression=day)
    after = exp.GTE(this=exp.paren(key), expression=_number(first))
    before = exp.LTE(this=exp.paren(key.copy()), expression=_number(last))
    return exp.paren(exp.Or(this=after, expression=before)) if turned else _and([after, before])


def _month_day(day: date) -> int:
    return day.month * 100 + day.day


def _leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def _test(source: str, test: Test) -> exp.Expression:
    column = _of(source, test.column.name)
    if test.how == "known":
        unknown = column.is_(exp.null())
        return unknown.not_() if test.value else unknown
    if test.how in ("one_of", "not_one_of"):
        listed = exp.In(this=column, expressions=[_literal(value, test.column) for value in test.value])
        return listed if test.how == "one_of" else exp.Not(this=listed)
    return _OPERATORS[test.how](this=_dated(column, test.column), expression=_literal(test.value, test.column))


def _bound(how: Comparison, left: exp.Expression, right: exp.Expression | None) -> exp.Expression:
    return _OPERATORS[how](this=left.copy(), expression=right.copy() if right else None)


def _literal(value: Any, column: Column) -> exp.Expression:
    if column.type == "BOOLEAN":
        return exp.true() if value else exp.false()
    if isinstance(value, date):
        return _date(value)
    return exp.Literal.string(value) if isinstance(value, str) else _number(value)


def _number(value: float) -> exp.Expression:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Defect("a number of a tag's rule is none")
    found = exp.Literal.number(format(abs(Decimal(repr(value))), "f"))
    return exp.Neg(this=found) if value < 0 else found


def _date(day: date) -> exp.Expression:
    return exp.cast(exp.Literal.string(day.isoformat()), "DATE")


def _day(table: str) -> exp.Expression:
    event = TABLES[table].column(TABLES[table].event)
    return _dated(_of("r", event.name), event)


def _dated(column: exp.Expression, kind: Column) -> exp.Expression:
    return exp.cast(column, "DATE") if kind.type == "TIMESTAMP" else column


def _of(source: str, column: str) -> exp.Column:
    return exp.column(column, table=source)


def _when(condition: exp.Expression, value: exp.Expression) -> exp.Case:
    return exp.Case(ifs=[exp.If(this=condition, true=value)])


def _flag(condition: exp.Expression) -> exp.Case:
    return exp.Case(ifs=[exp.If(this=condition, true=_number(1))], default=_number(0))


def _exact(value: exp.Expression) -> exp.Expression:
    return exp.cast(value, _EXACT)


def _times(one: exp.Expression | None, other: exp.Expression | None) -> Any:
    if one is None or other is None:
        return one if other is None else other
    return exp.Mul(this=one.copy(), expression=other.copy())


def _and(conditions: Iterable[exp.Expression]) -> exp.Expression:
    return exp.paren(
        reduce(
            lambda a, b: exp.And(this=a, expression=b),
            [exp.paren(c) if isinstance(c, exp.Or) else c for c in conditions],
        )
    )
