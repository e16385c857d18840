"""Amounts with and without sales tax (VAT) -> one basis, by the rate or the tax that each row has."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from crm_lib.engagement_data import BASIS
from crm_lib.ingest import sql
from crm_lib.ingest.amend import change, set_aside
from crm_lib.ingest.doubtful.texts import of_file
from crm_lib.ingest.opened import Opened
from crm_lib.ingest.rows import ACCEPTED
from crm_lib.ingest.values.cells import MONEY
from crm_lib.tables import Table

# What an amount was before: trail/taxes.parquet.
_KEPT = (
    "_source VARCHAR, _file VARCHAR, _line BIGINT, column_name VARCHAR, original DECIMAL(18,2), amount DECIMAL(18,2)"
)
_COUNTS = (
    "source VARCHAR, file VARCHAR, written VARCHAR, counted VARCHAR, rows BIGINT, amount_written DOUBLE, amount DOUBLE,"
    " without_tax_known BIGINT"
)
_MILLION = 1_000_000  # a rate has six places: with whole numbers every half cent is rounded alike
# The tax of a row, with the sign of its amount: exports write it with either.
_TAX = "abs(tax_amount) * sign(amount)"


def needs_tax(part: Opened, basis: str | None) -> bool:
    """Whether the file's amounts have to be brought to the basis that is counted."""
    tax = part.source.tax
    return bool(tax and basis and BASIS[tax] != basis)


def settle_tax(
    connection: duckdb.DuckDBPyConnection, table: Table, parts: Sequence[Opened], basis: str | None
) -> list[tuple[str, str, str, int]]:
    """Bring the amounts of `rows_<table>` to `basis` ('with_tax', 'without_tax'). The tax that a row states goes before
    its rate. A row whose tax is not known, or would be the whole price, keeps its amount as written and is set aside
    (`no_tax`). Return (source, column, rule, cells)."""
    connection.execute(f"CREATE TABLE IF NOT EXISTS taxed ({_KEPT})")
    connection.execute(f"CREATE TABLE IF NOT EXISTS taxes ({_COUNTS})")
    found: list[tuple[str, str, str, int]] = []
    for part in (part for part in parts if part.source.tax):
        if needs_tax(part, basis):
            found += _bring(connection, table, part)
        else:
            _count(connection, table, part, basis, "FALSE", "amount")
    return found


def _bring(connection: duckdb.DuckDBPyConnection, table: Table, part: Opened) -> list[tuple[str, str, str, int]]:
    rows, here, adding = f'"rows_{table.name}"', of_file(part), part.source.tax == "excluded"
    rule, known, price = "tax_added" if adding else "tax_removed", _known(adding), _counted(adding)
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE tax_unknown AS SELECT _source, _file, _line, 'no_tax' AS reason, 'amount' AS col,"
        f" FALSE AS duplicate FROM {rows} WHERE {here} AND {ACCEPTED} AND amount <> 0 AND NOT ({known})"
    )
    _count(connection, table, part, "with_tax" if adding else "without_tax", known, price)
    set_aside(connection, table, "SELECT * FROM tax_unknown")
    found = []
    values = {"discount": _in_step("discount", adding, price)}
    values |= {"cost": _in_step("cost", adding, price)} if part.source.tax_on_cost else {}
    for name in (*values, "amount"):  # the others are worked out from the amount as written
        value = values.get(name, price)
        where = f'{here} AND "{name}" IS NOT NULL AND {known}'
        connection.execute(
            f"INSERT INTO taxed SELECT _source, _file, _line, '{name}', \"{name}\", {value} FROM {rows} WHERE {where}"
        )
        n = sql.one(connection, f"SELECT COUNT(*) FROM {rows} WHERE {where}")
        if n:
            change(connection, table, name, value, where)
            found.append((part.source.name, name, rule, n))
    return found


def _known(adding: bool) -> str:
    """Condition that a row's tax is known and can be its tax."""
    less = "<=" if adding else "<"
    stated = f"(abs(tax_amount) {less} abs(amount) OR tax_amount = 0)"
    return f"COALESCE(CASE WHEN tax_amount IS NULL THEN tax_rate IS NOT NULL ELSE {stated} END, FALSE)"


def _counted(adding: bool) -> str:
    """SQL of the amount on the other basis."""
    stated = f"amount {'+' if adding else '-'} {_TAX}"
    return f"CASE WHEN tax_amount IS NULL THEN {_by_rate('amount', adding)} ELSE CAST({stated} AS {MONEY}) END"


def _by_rate(name: str, adding: bool) -> str:
    """SQL of a money column times or divided by 1 + tax_rate, rounded half away from nothing."""
    cents, whole = f"CAST(abs({name}) * 100 AS HUGEINT)", f"CAST({_MILLION} + tax_rate * {_MILLION} AS HUGEINT)"
    top, below = (f"{cents} * {whole}", str(_MILLION)) if adding else (f"{cents} * {_MILLION}", whole)
    rounded = f"CAST((2 * {top} + {below}) // (2 * {below}) AS DECIMAL(18,0))"
    return f"CAST(CAST({rounded} * CAST(0.01 AS DECIMAL(3,2)) AS DECIMAL(18,2)) * sign({name}) AS {MONEY})"


def _in_step(name: str, adding: bool, price: str) -> str:
    """SQL of a money column beside the amount: where only the row's tax is known, it changes as the amount does."""
    ratio = f"CAST({price} AS DOUBLE) / CAST(amount AS DOUBLE)"
    like_amount = f'CAST("{name}" * {ratio} AS {MONEY})'
    return f'CASE WHEN tax_amount IS NULL THEN {_by_rate(name, adding)} WHEN amount = 0 THEN "{name}" ELSE {like_amount} END'


def _count(
    connection: duckdb.DuckDBPyConnection, table: Table, part: Opened, basis: str | None, known: str, price: str
) -> None:
    """A row of `taxes`. known, price: SQL of whether a row's amount is changed, and to what."""
    tax = part.source.tax
    assert tax
    changed = f"FILTER (amount IS NOT NULL AND {known})"
    unknown = "(SELECT COUNT(*) FROM tax_unknown)" if basis and BASIS[tax] != basis else "0"
    connection.execute(
        f"INSERT INTO taxes SELECT ?, ?, ?, ?, COUNT(*) {changed}, COALESCE(CAST(SUM(amount) {changed} AS DOUBLE), 0),"
        f" COALESCE(CAST(SUM({price}) {changed} AS DOUBLE), 0), {unknown}"
        f' FROM "rows_{table.name}" WHERE {of_file(part)}',
        [part.source.name, part.file.name, BASIS[tax], basis or BASIS[tax]],
    )
