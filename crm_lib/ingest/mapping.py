"""Which header of a source is which canonical column."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from crm_lib.engagement import Source
from crm_lib.ingest.values.durations import unit_of
from crm_lib.ingest.values.text import folded
from crm_lib.tables import DURATIONS, IDENTITY, SOURCE_TABLES, Column, Table

_MADE = frozenset({"customer_id", "record_count"})  # ingest makes these itself
# Where a source has one of these, it serves for the other too.
_ALSO = {"ordered_on": "ordered_at"}
# Exports often have no id of these: it is made from what the row says.
SURROGATE_IDS = {"surveys": "survey_id", "interactions": "interaction_id", "visits": "visit_id"}

# Tables whose rows say nothing without their customer.
ABOUT_CUSTOMERS = ("customers", "campaign_members", "loyalty", "visits")


@dataclass(frozen=True)
class Mapped:
    """`header` is the source's own; or `constant` stands in every row."""

    column: Column
    header: str = ""
    constant: str | None = None


def source_columns(table: Table) -> tuple[Column, ...]:
    """What a source of a table may give: the table's columns, and how a row names its customer."""
    own = [column for column in table.columns if column.name not in _MADE]
    names = {column.name for column in own}
    return tuple(own + [column for column in IDENTITY if table.identity and column.name not in names] + [*table.said])


def decisive(table: str, column: Column) -> bool:
    """Whether a row whose value cannot be read is set aside; else the value becomes NULL and the row stays."""
    enumerated = bool(column.values) and table != "customers"
    return column.required or enumerated or column.name == "currency" or (table, column.name) == ("surveys", "nps")


def map_columns(source: Source, headers: Sequence[str]) -> dict[str, Mapped]:
    """Canonical column -> where it comes from: a constant, the mapped header, or a header of the very same name, unless it
    is mapped to none."""
    by_form = _forms(headers)
    given = _declared(source)
    found: dict[str, Mapped] = {}
    for column in source_columns(SOURCE_TABLES[source.table]):
        if column.name in source.constants:
            found[column.name] = Mapped(column, constant=constant_text(source.constants[column.name]))
        elif given.get(column.name) != "" and (header := by_form.get(folded(given.get(column.name, column.name)))):
            found[column.name] = Mapped(column, header)
    for name, other in _ALSO.items():
        if name not in found and other in found and not found[other].constant:
            found[name] = Mapped(SOURCE_TABLES[source.table].column(name), found[other].header)
    return found


def required_headers(source: Source) -> list[str]:
    """Headers that a row of data has something under: of required columns but amounts, and of those that name a
    customer."""
    table = SOURCE_TABLES[source.table]
    naming = [column.name for column in IDENTITY] if table.identity else []
    needed = [c.name for c in source_columns(table) if c.required and c.name not in table.amounts]
    given = _declared(source)
    also = [given[other] for name, other in _ALSO.items() if name in needed and other in given]
    return [*(given.get(name, name) for name in dict.fromkeys([*needed, *naming])), *also]


def amount_headers(source: Source) -> list[str]:
    """Headers of the amounts that every row has."""
    table, given = SOURCE_TABLES[source.table], _declared(source)
    return [given.get(c.name, c.name) for c in source_columns(table) if c.required and c.name in table.amounts]


def summed_headers(source: Source) -> list[str]:
    """Headers of money, quantities and points."""
    table, given = SOURCE_TABLES[source.table], _declared(source)
    columns = [c for c in source_columns(table) if c.type.startswith("DECIMAL") or c.name in table.amounts]
    return [given.get(c.name, c.name) for c in columns]


def duration_units(source: Source, mapped: Mapping[str, Mapped]) -> dict[str, str]:
    """Unit of the numbers of each duration: as the engagement says, else as its header does; '' where neither does."""
    said: dict[str, str] = {str(name): unit for name, unit in source.duration_units.items()}
    return {name: said.get(name) or unit_of(mapped[name].header) for name in DURATIONS if name in mapped}


def number_headers(source: Source) -> list[str]:
    """Headers of a row's own number: of its table's key."""
    names = ["customer_key" if name == "customer_id" else name for name in SOURCE_TABLES[source.table].key[:1]]
    return [_declared(source).get(name, name) for name in names]


def _declared(source: Source) -> dict[str, str]:
    return {("customer_key" if name == "customer_id" else name): header for name, header in source.columns.items()}


def constant_text(value: str | int | float | bool) -> str:
    """A constant of the engagement as a cell."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def unknown_headers(source: Source, headers: Sequence[str]) -> dict[str, str]:
    """Key of the source -> the header that it names and the file does not have."""
    forms = _forms(headers)
    named = {f"columns.{column}": header for column, header in source.columns.items() if header}
    named |= {f"not_data.{header}": header for header in source.not_data}
    named |= {key: header for key in ("whole_order", "given_back") if (header := getattr(source, key))}
    named |= {f"split_by.{header}": header for header in source.split_by}
    return {key: header for key, header in named.items() if folded(header) not in forms}


def twice(source: Source, headers: Sequence[str]) -> dict[str, str]:
    """Key of the source -> the header that it names and that stands in the file more than once."""
    forms = _forms(headers)
    table = SOURCE_TABLES[source.table]
    names = {column.name: column.name for column in source_columns(table)} | source.columns
    return {
        f"columns.{column}": forms[folded(header)]
        for column, header in names.items()
        if header and column not in source.constants and folded(header) in forms and folded(f"{header} (2)") in forms
    }


def _forms(headers: Sequence[str]) -> dict[str, str]:
    """Folded header -> header; the first of several of one name is also 'name (1)'."""
    forms = {folded(header): header for header in reversed(headers)}
    return {folded(f"{h} (1)"): h for h in headers if folded(f"{h} (2)") in forms} | forms


def closest(header: str, headers: Sequence[str]) -> str:
    """The most similar header; '' where none is."""
    forms = {folded(candidate): candidate for candidate in headers}
    near = difflib.get_close_matches(folded(header), forms, n=1, cutoff=0.6)
    return forms[near[0]] if near else ""


def opened_before(mapped: Collection[str]) -> bool:
    """Whether a ticket's beginning follows from its end and how long it took."""
    return "opened_at" not in mapped and {"closed_at", "closed_in"} <= {*mapped}


def missing_columns(source: Source, mapped: dict[str, Mapped]) -> list[str]:
    """Required columns that nothing gives; 'customer_key' where a row could not say whom it is about."""
    table = SOURCE_TABLES[source.table]
    needed = [c.name for c in source_columns(table) if c.required and c.name != SURROGATE_IDS.get(table.name)]
    missing = [name for name in needed if name not in mapped and not (name == "opened_at" and opened_before(mapped))]
    about_customers = table.name in ABOUT_CUSTOMERS
    if about_customers and not any(column.name in mapped for column in IDENTITY):
        missing.append("customer_key")
    return missing
