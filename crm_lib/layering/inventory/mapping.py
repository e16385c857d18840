"""How the client's columns and values became ours, and the field dictionary."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from crm_lib.engagement import Engagement, Source
from crm_lib.frames import objects
from crm_lib.frames import rows as rows_of
from crm_lib.ingest.mapping import source_columns
from crm_lib.language import Message, Value, literal, local, msg, term_or_text
from crm_lib.layering.inventory.counts import Inventory, field_words
from crm_lib.tables import CUSTOMERS, SOURCE_TABLES, Column

_LABELLED = re.compile(r" \[([^\[\]]+)\]$")
_WORDS = ("channel", "kind", "outcome")  # where the words of a canonical value may be, too
_TYPES = {"VARCHAR": "text", "BIGINT": "whole", "DATE": "day", "TIMESTAMP": "time", "BOOLEAN": "yes_no"}
_UNITS = {
    ("order_lines", "quantity"): "items",
    ("loyalty", "points"): "points",
    ("surveys", "nps"): "nps",
    ("surveys", "csat"): "csat",
    ("tickets", "csat"): "csat",
    ("tickets", "first_response_in"): "seconds",
    ("tickets", "closed_in"): "seconds",
    ("customers", "record_count"): "records",
}


def files(inventory: Inventory, account: pd.DataFrame, engagement: Engagement) -> pd.DataFrame:
    """`account` (inventory.account) with sheet (of a workbook, in words), file_form (format with encoding or sheet) and

    fields (canonical columns that the source gives).
    """
    declared = {source.name: source for source in engagement.sources}
    pairs = zip(account["source"], account["file"], strict=True)
    sheets = account["sheet"] if "sheet" in account else [_sheet_of(declared.get(name), file) for name, file in pairs]
    words = [_sheet(form, sheet) for form, sheet in zip(account["format"], sheets, strict=True)]
    details = [literal(code) if code else sheet for code, sheet in zip(account["encoding"], words, strict=True)]
    given = inventory["columns"].groupby("source")["column"].nunique()
    return account.assign(
        sheet=objects(words),
        file_form=objects(map(_file_form, account["format"], details)),
        fields=[int(given.get(source, 0)) for source in account["source"]],
    )


def _sheet_of(source: Source | None, file: str) -> str:
    """The sheet of a row: as its file is labelled (`answers.xlsx [2024]`), else as declared; '' for the first one."""
    if labelled := _LABELLED.search(file):
        return labelled[1]
    if source is None:
        return ""
    named = [one.sheet for one in source.files.values() if Path(one.file).name == Path(file).name]
    given = [one for one in (source.sheet, *named) if one]
    return ", ".join(dict.fromkeys(name for one in given for name in ((one,) if isinstance(one, str) else one)))


def _sheet(form: str, sheet: object) -> Message | None:
    if isinstance(sheet, str) and sheet:
        return literal(sheet)
    return msg("inventory.first_sheet") if form in ("xlsx", "xls", "ods") else None


def _file_form(form: str, detail: Message | None) -> Message:
    name = literal(form.upper())
    return msg("inventory.file_form", format=name, detail=detail) if detail else name


def values(inventory: Inventory, engagement: Engagement) -> pd.DataFrame:
    """One row a field whose values are replaced as agreed: label, header, field, replaced (list of messages), changed."""
    rules = inventory["standardised"]
    changed = rules[rules["rule"] == "mapped"].groupby(["source", "column"])["changed"].sum()
    columns = inventory["columns"]
    headers = dict(zip(zip(columns["source"], columns["column"], strict=True), columns["header"], strict=True))
    labels = inventory["files"].drop_duplicates("source").set_index("source")["label"].to_dict()
    rows = []
    for source in engagement.sources:
        for column, given in source.values.items():
            if source.name in labels and given:
                key, pairs = (source.name, column), list(_pairs(given, source, column, engagement))
                words = (labels[source.name], headers.get(key, ""), field_words(source.table, column))
                rows.append((*words, pairs, int(changed.get(key, 0))))
    return pd.DataFrame(rows, columns=["label", "header", "field", "replaced", "changed"])


def _pairs(given: dict[str, str], source: Source, column: str, engagement: Engagement) -> Iterator[Message]:
    """'女、女性、F → female', one a canonical value."""
    theirs: dict[str, list[str]] = defaultdict(list)
    for their, our in given.items():
        theirs[our].append(their)
    for our, words in theirs.items():
        ours = engagement.owner_label(our) if column == "owner" and our else _value_words(our)
        yield msg("inventory.replaced", theirs=Value("list", [literal(word) for word in words]), ours=ours)


def _value_words(code: str) -> Message:
    if not code:
        return msg("inventory.value.missing")
    own = term_or_text("inventory.value", code)
    return next((found for prefix in _WORDS if (found := term_or_text(prefix, code)).id), own) if not own.id else own


def dictionary(inventory: Inventory, engagement: Engagement) -> pd.DataFrame:
    """One row a canonical column that a source gives, in the order of `tables`: table, column, field, meaning, type, unit

    and form (both in one), sources ('source: header', a list), completeness (of the accepted rows of all these sources).
    """
    given: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for row in rows_of(inventory["columns"]):
        given[row.table, row.column].append(row)
    rows = [
        _entry(table.name, column, given[table.name, column.name], engagement)
        for table in SOURCE_TABLES.values()
        for column in source_columns(table)
        if (table.name, column.name) in given
    ]
    names = ["table", "column", "field", "meaning", "type", "unit", "form", "sources", "filled", "rows"]
    found = pd.DataFrame(rows, columns=names)
    return found.assign(completeness=found["filled"] / found["rows"].where(found["rows"] > 0))


def _entry(table: str, column: Column, given: Sequence[Any], engagement: Engagement) -> tuple[object, ...]:
    kind, unit = msg(f"inventory.type.{type_of(column)}"), _unit(table, column, engagement.report.currency)
    return (
        table,
        column.name,
        field_words(table, column.name),
        meaning(table, column.name),
        kind,
        unit,
        msg("inventory.form", type=kind, unit=unit) if unit else kind,
        [_given(row.label, row.header) for row in given],
        sum(int(row.filled) for row in given),
        sum(int(row.rows) for row in given),
    )


def meaning(table: str, column: str) -> Message:
    """What a canonical column holds; those by which a row names its customer mean the same in every table."""
    own = term_or_text(f"meaning.{table}", column)
    found = own if own.id else term_or_text(f"meaning.{CUSTOMERS.name}", column)
    return found if found.id else msg("common.not_known")


def type_of(column: Column) -> str:
    if column.values:
        return "choice"
    if column.type == "DECIMAL(18,2)":
        return "money"
    return _TYPES.get(column.type, "number")


def _unit(table: str, column: Column, currency: str) -> Message | None:
    if type_of(column) == "money":
        return literal(currency)
    if column.values:
        return msg("inventory.choices", values=Value("list", list(map(_value_words, column.values))))
    unit = _UNITS.get((table, column.name))
    return msg(f"inventory.unit.{unit}") if unit else None


def _given(label: dict[str, str], header: str) -> Message:
    where = local(label)
    return msg("inventory.given", source=where, header=header) if header else msg("inventory.declared", source=where)
