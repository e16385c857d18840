"""Amounts in other currencies -> the report's, by declared rates. What no rate converts is never summed with the rest."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import duckdb
import pandas as pd
import pyarrow as pa

from crm_lib.engagement_data import Currency
from crm_lib.errors import Problem
from crm_lib.ingest import sql
from crm_lib.ingest.amend import as_table
from crm_lib.ingest.doubtful.texts import has_header, lines_with, of_file, texts_of
from crm_lib.ingest.opened import Opened, source_place
from crm_lib.ingest.standardise import Change
from crm_lib.ingest.values.cells import MONEY
from crm_lib.ingest.values.currency_words import currencies
from crm_lib.ingest.values.numbers import read_number
from crm_lib.language import Value, msg
from crm_lib.tables import Table

# Both amounts are kept: trail/conversions.parquet.
_KEPT = (
    "_source VARCHAR, _file VARCHAR, _line BIGINT, column_name VARCHAR, currency VARCHAR, original DECIMAL(18,2),"
    " rate DECIMAL(18,8), amount DECIMAL(18,2)"
)
COUNTS = ("source", "file", "currency", "rows", "amount_original", "amount", "amount_of_sum", "without_rate")


def convert(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    parts: Sequence[Opened],
    changes: Sequence[Change],
    base: str,
    currency: Currency,
) -> tuple[list[tuple[str, str, str, int]], list[Problem]]:
    """Convert the amounts of `rows_<table>` by the rate of the month of their event. Rows without a rate are set aside
    (`no_rate`), as are those whose amount has the sign of another currency than the row (`other_currency`). Return
    (source, column, 'converted', cells) and, of sources that declare their currency, the rates that are missing."""
    connection.execute(f"CREATE TABLE IF NOT EXISTS conversions ({_KEPT})")
    connection.execute(f"CREATE TABLE IF NOT EXISTS currencies ({_COUNT_TYPES})")
    if "currency" not in table.names:
        return [], []
    money = [column.name for column in (*table.columns, *table.said) if column.type == MONEY]
    for part in parts:
        _read_signs(connection, table, part, changes, base, money)
        if has_header(part, "currency") and sql.one(
            connection, f'SELECT COUNT(currency) FROM "rows_{table.name}" WHERE {of_file(part)}'
        ):  # a column that is empty throughout says nothing
            aside = "_reason = 'required_missing', _column = 'currency'"
            where = f"{of_file(part)} AND currency IS NULL AND _reason IS NULL"
            as_table(connection, table)
            connection.execute(f'UPDATE "rows_{table.name}" SET {aside} WHERE {where}')
    foreign = f"currency IS NOT NULL AND currency <> {sql.string(base)}"
    own = _own_currencies(parts, money, {base, *currency.rates})
    some = sql.one(connection, f'SELECT COUNT(*) FROM "rows_{table.name}" WHERE {foreign}')
    if not some and all(code == base for _, _, code in own):
        return [], []
    _find_rates(connection, table, foreign, currency)
    counts = _count(connection, table, money)
    _apply(connection, table, money, own, base)
    mended = [
        (source, column, "converted", n)
        for source, column, n in connection.execute(
            "SELECT _source, column_name, COUNT(*) FROM conversions WHERE _source IN (SELECT _source FROM"
            f' "rows_{table.name}") GROUP BY ALL ORDER BY ALL'
        ).fetchall()
    ]
    return mended, _problems(parts, counts, base, currency)


_COUNT_TYPES = (
    "source VARCHAR, file VARCHAR, currency VARCHAR, rows BIGINT, amount_original DOUBLE, amount DOUBLE,"
    " amount_of_sum DOUBLE, without_rate BIGINT"
)


def _read_signs(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    part: Opened,
    changes: Sequence[Change],
    base: str,
    money: Sequence[str],
) -> None:
    """What stands beside an amount says its currency, where nothing else does."""
    rows, default = f'"rows_{table.name}"', sql.string(base)
    for name in (column for column in money if has_header(part, column)):
        texts = texts_of(changes, part.source.name, name, ["currency_sign"])
        signs = {text: _codes(text) for text in texts}
        if any(base not in codes for codes in signs.values()) or (signs and "currency" in part.mapped):
            told = {text: (codes[0], f"|{'|'.join(codes)}|") for text, codes in signs.items()}
            lines_with(connection, part, name, told)
            here = f"{of_file(part)} AND {rows}._line = w._line"
            as_table(connection, table)
            if "currency" not in part.mapped:
                connection.execute(
                    f"UPDATE {rows} SET currency = w.told_0 FROM lines_wanted AS w WHERE {here} AND currency IS NULL"
                    f" AND NOT contains(w.told_1, '|' || {default} || '|')"
                )
            connection.execute(
                f"UPDATE {rows} SET _reason = 'other_currency', _column = {sql.string(name)} FROM lines_wanted AS w"
                f" WHERE {here} AND _reason IS NULL AND NOT contains(w.told_1, '|' || COALESCE(currency, {default}) || '|')"
            )


Own = Sequence[tuple[Opened, str, str]]  # file, column of money, its currency in every row


def _own_currencies(parts: Sequence[Opened], money: Sequence[str], known: set[str]) -> Own:
    """Columns beside the amount whose header names their currency (`Cost EUR`) where a column says that of the row:
    costs are kept in the currency of the books, amounts in the customer's."""
    found = []
    for part in (part for part in parts if has_header(part, "currency")):
        for name in (name for name in money[1:] if has_header(part, name)):
            words = (currencies(word) for word in re.split(r"[^\w$€£]+|_", part.mapped[name].header))
            meant = {codes[0] for codes in words if len(codes) == 1 and codes[0] in known}
            found += [(part, name, code) for code in meant if len(meant) == 1]
    return found


def _codes(text: str) -> tuple[str, ...]:
    number = read_number(text)
    return number.currencies if number else ()


def _find_rates(connection: duckdb.DuckDBPyConnection, table: Table, foreign: str, currency: Currency) -> None:
    """Table `foreign_rows`: _source, _file, _line, currency, rate (NULL where there is none for the row's month)."""
    rates = [(code, month, str(rate)) for code, by in sorted(currency.rates.items()) for month, rate in by.items()]
    arrays = [pa.array([row[i] for row in rates], pa.string()) for i in range(3)]
    sql.create_table(connection, "rates_given", pa.table(arrays, names=["code", "month", "rate"]))
    connection.execute(f"CREATE OR REPLACE TEMP TABLE foreign_rows AS {_rated(table, 'r.currency', foreign)}")


def _rated(table: Table, code: str, where: str) -> str:
    """SELECT of rows with the rate of a currency in their month."""
    return (
        f"SELECT _source, _file, _line, {code} AS currency, CAST(g.rate AS DECIMAL(18, 8)) AS rate"
        f' FROM (SELECT * FROM "rows_{table.name}" WHERE {where}) AS r LEFT JOIN rates_given AS g'
        f" ON g.code = {code} AND (g.month = '' OR g.month = strftime(r.{table.event}, '%Y-%m'))"
    )


def _cells(table: Table, name: str, own: Own, base: str) -> str:
    """SELECT of the rows in which the column's amount is in another currency than the report's."""
    mine = [(of_file(part), code) for part, column, code in own if column == name]
    others = " AND ".join(f"NOT ({where})" for where, _ in mine) or "true"
    rated = [_rated(table, sql.string(code), where) for where, code in mine if code != base]
    return " UNION ALL ".join([f"SELECT * FROM foreign_rows WHERE {others}", *rated])


_SAME_ROW = "r._source = f._source AND r._file = f._file AND r._line = f._line"


def _count(connection: duckdb.DuckDBPyConnection, table: Table, money: Sequence[str]) -> pd.DataFrame:
    """By file and currency, before anything is converted: COUNTS."""
    amount = money[0]
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE counted AS SELECT r._source AS source, r._file AS file, f.currency,"
        f" COUNT(*) AS rows, CAST(SUM(r.{amount}) AS DOUBLE) AS amount_original,"
        f" CAST(SUM(CAST(r.{amount} * f.rate AS {MONEY})) AS DOUBLE) AS amount,"
        f" CAST(CAST(SUM(r.{amount} * f.rate) AS {MONEY}) AS DOUBLE) AS amount_of_sum,"
        f' COUNT(*) FILTER (f.rate IS NULL) AS without_rate FROM "rows_{table.name}" AS r JOIN foreign_rows AS f'
        f" ON {_SAME_ROW} GROUP BY ALL ORDER BY ALL"
    )
    connection.execute("INSERT INTO currencies SELECT * FROM counted")
    return connection.execute("SELECT * FROM counted ORDER BY ALL").df()


def _apply(connection: duckdb.DuckDBPyConnection, table: Table, money: Sequence[str], own: Own, base: str) -> None:
    """An amount without a rate is no amount of ours: it counts as nothing, its row is set aside."""
    as_table(connection, table)
    rows = f'"rows_{table.name}"'
    here = f"{rows}._source = f._source AND {rows}._file = f._file AND {rows}._line = f._line"
    for name in money:
        converted, cells = f"CAST(r.{name} * f.rate AS {MONEY})", f"({_cells(table, name, own, base)}) AS f"
        connection.execute(
            f"INSERT INTO conversions SELECT r._source, r._file, r._line, '{name}', f.currency, r.{name}, f.rate, {converted}"
            f" FROM {rows} AS r JOIN {cells} ON {_SAME_ROW} WHERE r.{name} IS NOT NULL AND f.rate IS NOT NULL"
        )
        connection.execute(f"UPDATE {rows} SET {name} = CAST({name} * f.rate AS {MONEY}) FROM {cells} WHERE {here}")
    connection.execute(
        f"UPDATE {rows} SET _reason = 'no_rate', _column = 'currency' FROM foreign_rows AS f WHERE {here}"
        " AND f.rate IS NULL AND _reason IS NULL"
    )


def _problems(parts: Sequence[Opened], counts: pd.DataFrame, base: str, currency: Currency) -> list[Problem]:
    """Of sources that declare their currency; where it is a constant nothing of the source could be used."""
    missing = counts[counts["without_rate"] > 0]
    problems = []
    for part in {part.source.name: part for part in parts}.values():
        mapped = part.mapped.get("currency")
        own = missing[missing["source"] == part.source.name].groupby("currency")["without_rate"].sum()
        if mapped and len(own) and (mapped.constant is not None or currency.without_rate == "refuse"):
            problems.append(
                _problem(part, {str(code): int(n) for code, n in own.items()}, base, mapped.constant is not None)
            )
    return problems


def _problem(part: Opened, counts: Mapping[str, int], base: str, constant: bool) -> Problem:
    told = [msg("errors.data.rows_in_currency", currency=code, n=int(n)) for code, n in counts.items()]
    key = "constants.currency" if constant else "columns.currency"
    id = "errors.data.no_rate_constant" if constant else "errors.data.no_rate"
    return Problem(
        msg(id, base=base, example=next(iter(counts)), counts=Value("list", told)), f"{source_place(part.source)} {key}"
    )
