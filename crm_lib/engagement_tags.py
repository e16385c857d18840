"""Tags of engagement.toml as they are written there: a rule is a tree of `all`, `any`, `not`, `tag`, of questions to a
customer's own data (`customer`), and of measures of what the customer did, compared with numbers.

`engagement_tag_checks` says what is wrong with a rule; `layering.tags` makes a typed tree of it, and SQL of the tree.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, Literal, get_args

from pydantic import BeforeValidator, ConfigDict, Field

from crm_lib.engagement_words import Identifier, StrictModel, Words
from crm_lib.tables import TABLES, Column

# Numbers that follow the engagement's own settings, so that a tag and the rest of the report mean the same by them.
Setting = Literal[
    "active_window_days",
    "churn_window_days",
    "repurchase_window_days",
    "window_days",
    "dormant_days",
    "re_evaluate_factor",  # 1 + layering.re_evaluate_growth
]
SETTINGS: tuple[str, ...] = get_args(Setting)
Aggregate = Literal[
    "count", "count_distinct", "sum", "mean", "min", "max", "days_since_last", "days_since_first", "top_share"
]
AGGREGATES: tuple[str, ...] = get_args(Aggregate)
TABLES_OF_EVENTS = (
    "orders",
    "order_lines",
    "tickets",
    "interactions",
    "surveys",
    "campaign_members",
    "loyalty",
    "visits",
)
# Columns that a rule may ask for beside those of the table. Days from a product's first sale to anybody to this line;
# unknown for products that were there within the first `FIRST_SALES_UNSEEN_DAYS` of the data.
DERIVED = {"order_lines": (Column("days_since_launch", "BIGINT"),)}
FIRST_SALES_UNSEEN_DAYS = 90
_PURCHASE = ({"column": "kind", "equals": "sale"}, {"column": "amount", "above": 0})
# Measures by name -> the measure that each one stands for.
MEASURES: dict[str, Mapping[str, Any]] = {
    "purchases": {"table": "orders", "aggregate": "count", "where": _PURCHASE},
    "spend": {"table": "orders", "aggregate": "sum", "column": "amount"},
    "average_order_value": {"table": "orders", "aggregate": "mean", "column": "amount", "where": _PURCHASE},
    "recency_days": {"table": "orders", "aggregate": "days_since_last", "where": _PURCHASE},
    "first_purchase_days": {"table": "orders", "aggregate": "days_since_first", "where": _PURCHASE},
    "products": {"table": "order_lines", "aggregate": "count_distinct", "column": "product_id", "where": _PURCHASE},
    "categories": {"table": "order_lines", "aggregate": "count_distinct", "column": "category", "where": _PURCHASE},
    "brands": {"table": "order_lines", "aggregate": "count_distinct", "column": "brand", "where": _PURCHASE},
    "items_per_order": {"table": "orders", "aggregate": "mean", "column": "items", "where": _PURCHASE},
    "brand_share": {"table": "order_lines", "aggregate": "top_share", "column": "brand", "where": _PURCHASE},
    "complaints": {
        "table": "tickets",
        "aggregate": "count",
        "where": ({"column": "kind", "equals": "complaint"},),
    },
    "surveys": {"table": "surveys", "aggregate": "count"},
    "campaigns": {"table": "campaign_members", "aggregate": "count"},
}
MeasureName = Literal[
    "purchases",
    "spend",
    "average_order_value",
    "recency_days",
    "first_purchase_days",
    "products",
    "categories",
    "brands",
    "items_per_order",
    "brand_share",
    "complaints",
    "surveys",
    "campaigns",
]


def columns_of(table: str) -> dict[str, Column]:
    """Columns that a rule may name: the table's, and those derived for tags."""
    return {column.name: column for column in (*TABLES[table].columns, *DERIVED.get(table, ()))}


def _number(value: Any) -> Any:
    if value in SETTINGS or (isinstance(value, int | float) and not isinstance(value, bool)):
        return value
    raise ValueError("tag.no_number")


def _days(value: Any) -> Any:
    if value in SETTINGS or (isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 3660):
        return value
    raise ValueError("tag.no_days")


def _scalar(value: Any) -> Any:
    if isinstance(value, str) and "\0" in value:  # engines end a text there
        raise ValueError("tag.no_value")
    if isinstance(value, str | bool | int | float) or (isinstance(value, date) and not isinstance(value, datetime)):
        return value
    raise ValueError("tag.no_value")


Number = Annotated[Any, BeforeValidator(_number)]  # a number, or the name of a setting
Span = Annotated[Any, BeforeValidator(_days)]  # whole days, or the name of a setting
Scalar = Annotated[Any, BeforeValidator(_scalar)]  # text, number, true or false, or a day


class Filter(StrictModel):
    """Rows of a measure's table that count."""

    column: str
    equals: Scalar | None = None
    one_of: tuple[Scalar, ...] = ()
    not_one_of: tuple[Scalar, ...] = ()
    at_least: Scalar | None = None
    above: Scalar | None = None
    at_most: Scalar | None = None
    below: Scalar | None = None
    known: bool | None = None


class Measure(StrictModel):
    """A number for every customer: a measure by name, or an aggregate of a table's rows."""

    measure: MeasureName | None = None
    table: str | None = None
    aggregate: Aggregate | None = None
    column: str | None = None
    window_days: Span | None = None  # nothing: ever
    offset_days: Span | None = None  # the window ends so many days before the day in question
    where: tuple[Filter, ...] = ()


class Rule(Measure):
    model_config = ConfigDict(populate_by_name=True)

    all: tuple[Rule, ...] = ()
    any: tuple[Rule, ...] = ()
    not_: Rule | None = Field(default=None, alias="not")
    tag: Identifier | None = None
    customer: str | None = None  # a column of the customer's own data
    relative_to: Measure | None = None  # the measure divided by this one is compared
    equals: Scalar | None = None
    one_of: tuple[Scalar, ...] = ()
    known: bool | None = None
    anniversary_within_days: Span | None = None  # of a date: its next anniversary
    at_least: Number | None = None
    above: Number | None = None
    at_most: Number | None = None
    below: Number | None = None


class Tag(StrictModel):
    """A group of customers by a rule. The id of a library tag gives that one another rule."""

    id: Identifier
    label: Words | None = None  # of a library tag: the library's
    rule: Rule
    action: Words | None = None  # what to do with these customers


class Tagging(StrictModel):
    library: tuple[Identifier, ...] = ("discount_sensitive", "brand_loyal", "sleeping")  # tags that come ready made
