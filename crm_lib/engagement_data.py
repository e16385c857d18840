"""The models of what an engagement says about doubtful values: words for nothing, unclear dates, currencies, fills."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any, Literal

from babel.numbers import is_currency
from pydantic import BeforeValidator, Field, field_validator, model_validator

from crm_lib.engagement_words import StrictModel
from crm_lib.tables import IDENTITY, SOURCE_TABLES

# Who it was and what belongs together cannot be made up.
NEVER_FILLED = frozenset({*(column.name for column in IDENTITY), "customer_id", "refund_of", "line_no", "record_count"})
# Words that stand where nothing was entered; 未知 and ? are values, though seldom valid ones.
MISSING_WORDS = (
    *("-", "--", "—", "——", "/", "\\", "无", "無", "空", "暂无", "未填写"),
    *("n/a", "na", "#n/a", "null", "none", "nan", "nat", "nil", "<na>", "(null)"),
)


def _for_every_month(value: Any) -> Any:
    return {"": value} if isinstance(value, int | float) else value


Unclear = Literal["quarantine", "refuse", "missing"]
Tax = Literal["included", "excluded"]  # whether a source's amounts hold sales tax (VAT)
BASIS: dict[Tax, Literal["with_tax", "without_tax"]] = {"included": "with_tax", "excluded": "without_tax"}


class Data(StrictModel):
    """What becomes of values that nobody can be sure of. 'quarantine': the row is set aside; 'refuse': nothing is
    prepared until it is mended; 'missing': the value is left out, the row stays where it can do without."""

    missing: tuple[str, ...] = MISSING_WORDS  # whatever their case; names of people, products and brands stay names
    ambiguous_dates: Unclear = "quarantine"  # 01/02/2024 where date_order is not declared
    impossible_times: Unclear = "missing"  # 02:30 in the night when clocks go forward to 03:00
    most_set_aside: Annotated[float, Field(ge=0, le=1)] = (
        0.05  # share of a file's rows; where more are set aside, no run
    )
    amounts: Literal["with_tax", "without_tax"] | None = (
        None  # what amounts are counted as; None: as the sources have them
    )


Rate = Annotated[float, Field(gt=0)]
Month = Annotated[str, Field(pattern=r"^(\d{4}-(0[1-9]|1[0-2]))?$")]
Rates = Annotated[dict[Month, Rate], BeforeValidator(_for_every_month)]  # '' for every month
CurrencyCode = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


class Currency(StrictModel):
    """Rates by which amounts are converted into report.currency."""

    rates: dict[CurrencyCode, Rates] = {}  # report.currency for one unit: USD = 7.1, or by month
    source: str = ""  # who published the rates; needed where there are any
    day: date | None = None  # of the rates
    without_rate: Literal["refuse", "quarantine"] = "refuse"  # amounts in a currency column that no rate converts

    @field_validator("rates")
    @classmethod
    def _known(cls, value: dict[str, Any]) -> dict[str, Any]:
        if not all(is_currency(code) for code in value):
            raise ValueError("report.unknown_currency")
        return value

    @model_validator(mode="after")
    def _named(self) -> Currency:
        if self.rates and not self.source:
            raise ValueError("currency.no_source")
        return self


class Fill(StrictModel):
    """What stands for a missing value of a column. A row's number, day, amount, customer and consent are never filled."""

    table: str
    column: str
    rule: Literal["constant", "from_column", "from_customer", "most_frequent", "median"]
    value: str | int | float | bool | None = None  # of 'constant'
    from_column: str | None = None  # of 'from_column': another column of the row
    by: tuple[str, ...] = ()  # of 'most_frequent' and 'median': among rows that agree in these columns

    @model_validator(mode="after")
    def _complete(self) -> Fill:
        if rule := broken_fill(self.table, self.column, self.rule, self.value, self.from_column, self.by):
            raise ValueError(rule)
        return self


def broken_fill(table: str, column: str, rule: str, value: object, from_column: str | None, by: Sequence[str]) -> str:
    """The rule that a [[fills]] entry breaks, '' where it is sound."""
    if table not in SOURCE_TABLES:
        return "fill.unknown_table"
    columns = {c.name: c for c in SOURCE_TABLES[table].columns}
    if not {column, *by, *filter(None, [from_column])} <= columns.keys():
        return "fill.unknown_column"
    if columns[column].required or column in NEVER_FILLED or (column == "may_contact" and value is not False):
        return "fill.never"
    grouped = rule in ("most_frequent", "median")
    parts = {"constant": value is not None, "from_column": from_column is not None}
    if any(given != (rule == name) for name, given in parts.items()) or (by and not grouped):
        return "fill.incomplete"
    if rule == "from_customer" and not SOURCE_TABLES[table].identity:
        return "fill.no_customer"
    number = columns[column].type.startswith(("DECIMAL", "BIGINT"))
    return "fill.no_number" if rule == "median" and not number else ""
