"""One cell of text -> its canonical value and the rule that changed it, by the column's type."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from crm_lib.ingest.contacts import parse_email, parse_phone
from crm_lib.ingest.dates import DateForm, parse_datetime
from crm_lib.ingest.numbers import parse_integer, parse_number
from crm_lib.ingest.text import folded, identifier, nobody, person_name, tidy
from crm_lib.ingest.words import parse_boolean, parse_word
from crm_lib.tables import Column

# Each has a label `ingest.rule.<rule>`. 'invalid' stands for a value that could not be read; it is counted apart.
RULES = (
    "mapped",
    "trimmed",
    "identifier",
    "name",
    "date",
    "number",
    "word",
    "phone",
    "email",
    "unit",
    "refund_sign",
    "before_start",
    "same_day",
    "nobody",
)
MONEY = "DECIMAL(18,2)"
_ID_COLUMNS = frozenset({"customer_key", "refund_of"})


@dataclass(frozen=True)
class CellForm:
    """What a source says about how it writes values."""

    dates: DateForm = field(default_factory=DateForm)
    unit: float = 1
    region: str = "CN"


@dataclass(frozen=True)
class Cell:
    """`value` is text that the engine can cast, None for missing; `rule` is '' where nothing changed."""

    value: str | None
    rule: str = ""


INVALID = Cell(None, "invalid")


def is_identifier(column: Column) -> bool:
    return column.name.endswith("_id") or column.name in _ID_COLUMNS


def parser(table: str, column: Column, form: CellForm, given: Mapping[str, str]) -> Callable[[str], Cell]:
    """Function from a cell that is not empty to a Cell; `given` is the engagement's mapping of values."""
    read = _reader(table, column, form)
    known = {folded(theirs): ours for theirs, ours in given.items()}

    def parse(text: str) -> Cell:
        mapped = known.get(folded(text))
        if mapped == "":
            return Cell(None, "mapped")
        value = read(text if mapped is None else mapped)
        if value is None or not _within(column, value):
            return INVALID
        if mapped is not None:
            return Cell(value, "mapped")
        return Cell(value or None, _rule(column, text, value, form))

    return parse


def _reader(table: str, column: Column, form: CellForm) -> Callable[[str], str | None]:
    """Function from text to canonical text; None for what cannot be read, '' for missing."""
    if column.values:
        return lambda text: text if text in column.values else parse_word(text, table, column.name)
    if column.name == "phone":
        return lambda text: parse_phone(text, form.region)
    if column.name == "email":
        return parse_email
    if column.name == "name" and table != "campaigns":
        return person_name
    if column.type == "DATE":
        return lambda text: _iso(text, form.dates, whole_day=True)
    if column.type == "TIMESTAMP":
        return lambda text: _iso(text, form.dates, whole_day=False)
    if column.type == "BOOLEAN":
        return parse_boolean
    if column.type == "BIGINT":
        return lambda text: _text(parse_integer(text))
    if column.type.startswith("DECIMAL"):
        places, unit = (2, form.unit) if column.type == MONEY else (3, 1)
        return lambda text: _text(parse_number(text, places, unit))
    if column.name == "customer_key":
        return lambda text: "" if nobody(text) else identifier(text)
    return identifier if is_identifier(column) else tidy


def _text(value: Any) -> str | None:
    return None if value is None else f"{value:f}" if hasattr(value, "quantize") else str(value)


def _iso(text: str, form: DateForm, whole_day: bool) -> str | None:
    moment = parse_datetime(text, form)
    if moment is None:
        return None
    return moment.date().isoformat() if whole_day else moment.isoformat(" ")


def _within(column: Column, value: str) -> bool:
    if not value or (column.low is None and column.high is None):
        return True
    number = float(value)
    return (column.low is None or number >= column.low) and (column.high is None or number <= column.high)


def _rule(column: Column, text: str, value: str, form: CellForm) -> str:
    """The rule that stands for the change, '' where the cell was as it should be."""
    if column.name == "customer_key" and not value:
        return "nobody"
    if column.type == "VARCHAR" and text == value:
        return ""
    if column.values or column.type == "BOOLEAN":
        return "word"
    if column.name in ("phone", "email"):
        return column.name
    if column.type in ("DATE", "TIMESTAMP"):
        return "" if _same_moment(text, value) else "date"
    if column.type == "VARCHAR":
        kind = "identifier" if is_identifier(column) else "name"
        return "trimmed" if tidy(text) == value else kind
    if column.type == MONEY and form.unit != 1:
        return "unit"
    return "" if _same_number(text, value) else "number"


def _same_moment(text: str, value: str) -> bool:
    return text.replace("T", " ").replace(" 00:00:00", "") == value.replace(" 00:00:00", "")


def _same_number(text: str, value: str) -> bool:
    """'5', '5.0' and '5.00' are the same; '5.001' rounded to '5.00' is a change."""
    try:
        return float(text) == float(value) and text.lstrip("-").replace(".", "", 1).isdigit()
    except ValueError:
        return False
