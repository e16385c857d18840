"""What stands on the data sheets of the data-request workbook, in one language: made from the canonical tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from crm_lib.ingest.mapping import SURROGATE_IDS, source_columns
from crm_lib.language import Catalogue
from crm_lib.tables import IDENTITY, SOURCE_TABLES, Column, Table

HEADER_ROW = 4  # title, meaning and example stand above it and are not read
Form = Literal["text", "date", "moment", "number", "whole", "choice"]
_FORMS: dict[str, Form] = {"DATE": "date", "TIMESTAMP": "moment", "BIGINT": "whole", "BOOLEAN": "choice"}
_EXAMPLES = {
    "DATE": "2026-03-31",
    "TIMESTAMP": "2026-03-31 14:30",
    "customer_key": "M000123",
    "phone": "13800138000",
    "email": "name@example.com",
    "birth_date": "1990-05-17",
    "joined_on": "2024-09-01",
    "order_id": "S20260331-0017",
    "line_no": "1",
    "product_id": "P1001",
    "quantity": "2",
    "amount": "398.00",
    "cost": "210.50",
    "discount": "40.00",
    "ticket_id": "T2026-0031",
    "csat": "4",
    "nps": "9",
    "campaign_id": "SPRING-26",
    "entry_id": "L000987",
    "points": "120",
}


@dataclass(frozen=True)
class IntakeColumn:
    """`choices`: word of the drop-down -> canonical value."""

    name: str
    header: str
    about: str
    example: str
    form: Form
    required: bool
    choices: Mapping[str, str] = field(default_factory=dict)
    low: int | None = None
    high: int | None = None


@dataclass(frozen=True)
class IntakeSheet:
    table: str
    name: str
    about: str
    needed: bool
    columns: tuple[IntakeColumn, ...]


def data_sheets(words: Catalogue) -> tuple[IntakeSheet, ...]:
    """One sheet a table that a source may give."""
    return tuple(_sheet(table, words) for table in SOURCE_TABLES.values())


def _sheet(table: Table, words: Catalogue) -> IntakeSheet:
    about = words.word(f"intake.table.{table.name}") if f"intake.table.{table.name}" in words else ""
    naming = [column.name for column in IDENTITY] if table.identity else []
    columns = [c for c in source_columns(table) if c.name != SURROGATE_IDS.get(table.name) and c not in table.said]
    columns.sort(
        key=lambda c: (c.name not in naming, naming.index(c.name) if c.name in naming else 0)
    )  # who, then what
    made = tuple(_column(table, column, words) for column in columns)
    return IntakeSheet(table.name, words.word(f"table.{table.name}"), about, table.name == "order_lines", made)


def _column(table: Table, column: Column, words: Catalogue) -> IntakeColumn:
    choices = _choices(table, column, words)
    form: Form = "choice" if choices else _FORMS.get(column.type, "text" if column.type == "VARCHAR" else "number")
    low, high = (None if bound is None else int(bound) for bound in (column.low, column.high))
    required = column.required
    told = [words.word("intake.required")] if required else []
    told += [word for word in (_word("about_column", table, column, words), form_word(form, low, high, words)) if word]
    called = "customer_id" if column.name == "customer_key" else column.name  # the client has one system: its own
    return IntakeColumn(
        column.name,
        words.word(f"column.{table.name}.{called}"),
        " ".join(told) if words.language == "en" else "".join(told),
        _example(table, column, choices, words),
        form,
        required,
        choices,
        low,
        high,
    )


def form_word(form: Form, low: int | None, high: int | None, words: Catalogue) -> str:
    """How a cell is to be filled in; '' for text."""
    if form == "text":
        return ""
    if low is not None and high is not None:
        told = words.text("intake.form.between", low=low, high=high)
    else:
        told = words.word(f"intake.form.{form}")
    return told + ("." if words.language == "en" else "。")


def _choices(table: Table, column: Column, words: Catalogue) -> dict[str, str]:
    if column.type == "BOOLEAN":
        return {words.word("intake.word.yes"): "true", words.word("intake.word.no"): "false"}
    ids = {value: f"intake.value.{table.name}.{column.name}.{value}" for value in column.values}
    return {words.word(id) if id in words else value: value for value, id in ids.items()}


def _word(kind: str, table: Table, column: Column, words: Catalogue) -> str:
    """Of the column in this table, of the column in any, or ''."""
    ids = (f"intake.{kind}.{table.name}.{column.name}", f"intake.{kind}.{column.name}")
    return next((words.word(id) for id in ids if id in words), "")


def _example(table: Table, column: Column, choices: Mapping[str, str], words: Catalogue) -> str:
    value = next(iter(choices), "") or _word("example", table, column, words)
    value = value or _EXAMPLES.get(column.name) or _EXAMPLES.get(column.type, "")
    return words.text("intake.example", value=value) if value else ""
