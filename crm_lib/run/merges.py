"""`tasks.py merges`: how a golden record came to be, and how it is split for good."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from crm_lib.engagement import load
from crm_lib.errors import Problem, UserError
from crm_lib.identity.decisions import DIFFERENT, Decision, contradictions, read_decisions, with_more, write_decisions
from crm_lib.ingest import sql
from crm_lib.language import Catalogue, Value, msg
from crm_lib.run.prepare import prepare

_RECORD = (
    "record_id", "source", "customer_key", "name", "phone", "email", "first_on", "last_on", "rule", "match_probability",
    "joined_to", "reference", "detail",
)  # fmt: skip
_SHOWN = _RECORD[:11]
_NUMBERS = (("customer_id",), ("customer_key", "record_id", "reference"))  # the customer's own comes first
_GOLDEN = ("column", "value", "rule", "source", "record_id")


def show(folder: Path, customer: str, words: Catalogue, console: Console) -> None:
    """Print the records and values of a customer. Raise UserError."""
    engagement = load(folder)
    canonical, words = prepare(folder, engagement), engagement.words(words.language)
    customer = _customer(canonical, customer)
    records = _read(canonical, "records", _RECORD, customer)
    values = _read(canonical, "golden", _GOLDEN, customer)
    console.print(_records_table(records, words))
    console.print(_values_table(values, words))


def undo(folder: Path, customer: str, split: Sequence[str], words: Catalogue) -> str:
    """Write decisions that part the records named, or every one from every other, for good; what was done, in words."""
    canonical = prepare(folder, load(folder))
    customer = _customer(canonical, customer)
    records = _read(canonical, "records", _RECORD, customer)
    known = {record["record_id"] for record in records}
    if unknown := sorted(set(split) - known):
        raise UserError(Problem(msg("identity.merges.unknown_record", records=", ".join(unknown), customer=customer)))
    groups = _groups(records, set(split))
    if len(groups) < 2:
        raise UserError(Problem(msg("identity.merges.one_only", customer=customer)))
    more = [_parted(one, other) for i, one in enumerate(groups) for other in groups[i + 1 :]]
    pairs = [decision for decisions in more for decision in decisions]
    decided = read_decisions(folder)
    kept = type(decided)(tuple(d for d in decided.given if d.pair not in {one.pair for one in pairs}))
    decisions = with_more(kept, pairs)
    if problems := contradictions(decisions.given):
        raise UserError(problems)
    write_decisions(folder, decisions)
    return words.text("identity.merges.undone", customer=customer, n=len(groups))


def _groups(records: list[dict[str, Any]], split: set[str]) -> list[list[dict[str, Any]]]:
    """Records to part from each other: those named and the rest, or entity by entity."""
    if split:
        named = [record for record in records if record["record_id"] in split]
        return [group for group in (named, [r for r in records if r["record_id"] not in split]) if group]
    entities: dict[str, list[dict[str, Any]]] = {}
    for record in records:
        entities.setdefault(record["reference"], []).append(record)
    if len(entities) > 1:
        return list(entities.values())
    details: dict[str, list[dict[str, Any]]] = {}
    for record in records:
        details.setdefault(record["detail"], []).append(record)
    return list(details.values())


def _parted(one: list[dict[str, Any]], other: list[dict[str, Any]]) -> list[Decision]:
    """By entity where they are two, by what the records say where one key names both."""
    found = set()
    for left in one:
        for right in other:
            by = "detail" if left["reference"] == right["reference"] else "reference"
            if left[by] != right[by]:
                found.add((min(left[by], right[by]), max(left[by], right[by])))
    return [Decision(left, right, DIFFERENT, "merges --undo") for left, right in sorted(found)]


def _customer(canonical: Path, given: str) -> str:
    """customer_id of what was given: one itself, else the client's own number of the customer, a record_id, or a reference of
    the review sheet. Raise UserError where it is nobody's or of several."""
    path = sql.string(str(canonical / "trail" / "records.parquet"))
    with sql.connect(1) as connection:
        for names in _NUMBERS:
            named = " OR ".join(f"{name} = $given" for name in names)
            query = f"SELECT DISTINCT customer_id FROM read_parquet({path}) WHERE customer_id IS NOT NULL AND ({named})"
            found = [id for (id,) in connection.execute(f"{query} ORDER BY 1", {"given": given.strip()}).fetchall()]
            if len(found) > 1:
                message = msg("identity.merges.several_customers", customer=given, customers=", ".join(found))
                raise UserError(Problem(message))
            if found:
                return str(found[0])
    raise UserError(Problem(msg("identity.merges.unknown_customer", customer=given)))


def _read(canonical: Path, name: str, columns: Sequence[str], customer: str) -> list[dict[str, Any]]:
    with sql.connect(1) as connection:
        listed = ", ".join(map(sql.quoted, columns))
        path = sql.string(str(canonical / "trail" / f"{name}.parquet"))
        query = f"SELECT {listed} FROM read_parquet({path}) WHERE customer_id = ? ORDER BY ALL"
        return [dict(zip(columns, row, strict=True)) for row in connection.execute(query, [customer]).fetchall()]


def _records_table(records: list[dict[str, Any]], words: Catalogue) -> Table:
    table = _table("records", _SHOWN, words)
    for record in sorted(records, key=lambda record: (record["rule"] != "first", record["record_id"])):
        cells = {**record, "rule": words.word(f"identity.rule.{record['rule']}")}
        if record["match_probability"] is not None:
            cells["match_probability"] = words.value(Value("percent", record["match_probability"]))
        table.add_row(*("" if cells[name] is None else str(cells[name]) for name in _SHOWN))
    return table


def _values_table(values: list[dict[str, Any]], words: Catalogue) -> Table:
    table = _table("values", _GOLDEN, words)
    for value in values:
        cells = {
            **value,
            "column": words.word(f"column.customers.{value['column']}"),
            "rule": words.word(f"identity.survival.{value['rule']}"),
        }
        table.add_row(*(str(cells[name]) for name in _GOLDEN))
    return table


def _table(name: str, columns: Sequence[str], words: Catalogue) -> Table:
    table = Table(title=words.word(f"identity.merges.{name}"), title_justify="left")
    for column in columns:
        table.add_column(words.word(f"identity.merges.column.{column}"), overflow="fold")
    return table
