"""The account of ingest: what was read, what became of it, what was changed. Nothing is lost.

Frames and their columns; playbook 2 shows them. For every file
`rows_read = accepted + later + quarantined + duplicates + non_data`, and
`amount_read = amount_accepted + amount_later + amount_quarantined + amount_duplicates + amount_declared` (in the engagement's currency, points for
loyalty; an amount that cannot be read, or that no rate converts, counts as nothing; NULL where the table has no amount).
`header_rows`, the header and what stands above it, are not among `rows_read`. Of rows that are no data (`non_data`)
those that the engagement declares have an amount, as it is written; a total is not money a second time. Amounts are on
the basis that is counted (with or without tax), but where their row's tax is not known or the row is not taken apart.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal

import duckdb
import pandas as pd

from crm_lib.engagement import Source
from crm_lib.ingest import sql
from crm_lib.ingest.amend import changed, is_large, rows_aside
from crm_lib.ingest.load import RawFile
from crm_lib.ingest.mapping import Mapped, source_columns
from crm_lib.ingest.opened import Opened
from crm_lib.ingest.quality import timely
from crm_lib.ingest.readers.not_data import KINDS
from crm_lib.ingest.rows import ACCEPTED
from crm_lib.ingest.source_labels import source_labels
from crm_lib.ingest.standardise import Change
from crm_lib.ingest.standardise_coded import filled_and_distinct, places_of
from crm_lib.ingest.values.cells import CONTRADICTED, UNREAD, CellForm, parser
from crm_lib.ingest.values.forms import common_forms
from crm_lib.ingest.values.numbers import read_number
from crm_lib.tables import SOURCE_TABLES

LOCAL = "STRUCT(zh VARCHAR, en VARCHAR)"
FRAMES: dict[str, dict[str, str]] = {
    # One row a file. label: the source's in both languages; newest: day of the newest accepted row; later: rows that are
    # sound but dated after the day of `known_by`, until then among the accepted.
    "files": {
        "source": "VARCHAR",
        "label": LOCAL,
        "table": "VARCHAR",
        "file": "VARCHAR",
        "format": "VARCHAR",
        "encoding": "VARCHAR",
        "rows_read": "BIGINT",
        "accepted": "BIGINT",
        "later": "BIGINT",
        "quarantined": "BIGINT",
        "duplicates": "BIGINT",
        "non_data": "BIGINT",
        "amount_read": "DOUBLE",
        "amount_accepted": "DOUBLE",
        "amount_later": "DOUBLE",
        "amount_quarantined": "DOUBLE",
        "amount_duplicates": "DOUBLE",
        "amount_declared": "DOUBLE",
        "newest": "DATE",
        "header_rows": "BIGINT",
    },
    # Rows set aside. reason: one of ingest.readers.raw.REASONS (label ingest.reason.<reason>); column: '' where it is none's.
    "quarantine": {
        "source": "VARCHAR",
        "file": "VARCHAR",
        "table": "VARCHAR",
        "reason": "VARCHAR",
        "column": "VARCHAR",
        "rows": "BIGINT",
    },
    # Accepted rows of a file by the day of their event.
    "days": {"source": "VARCHAR", "file": "VARCHAR", "day": "DATE", "rows": "BIGINT", "amount": "DOUBLE"},
    # Rows that are no data. kind: one of ingest.readers.not_data.KINDS (words ingest.non_data.<kind>).
    "non_data": {
        "source": "VARCHAR",
        "file": "VARCHAR",
        "table": "VARCHAR",
        "kind": "VARCHAR",
        "rows": "BIGINT",
    },
    # What each row of totals of a file says of its orders. found: what the rows above it come to, since the row of totals
    # in line `since` (0: all); like: what comes to the same (TOTALS), 'nothing' where nothing does; difference: stated - found.
    "stated_totals": {
        "source": "VARCHAR",
        "file": "VARCHAR",
        "line": "BIGINT",
        "since": "BIGINT",
        "like": "VARCHAR",
        "stated": "DOUBLE",
        "found": "DOUBLE",
        "difference": "DOUBLE",
    },
    # What a file does not show by itself. kind: one of load.NOTES (words ingest.remark.read.<kind>); cells, or what.
    "reading": {"source": "VARCHAR", "file": "VARCHAR", "kind": "VARCHAR", "cells": "BIGINT", "what": "VARCHAR"},
    # Every canonical column that a source gives. rows, filled, distinct: of accepted rows; invalid: cells that could
    # not be read, of all rows; header is '' where a constant stands in every row; completeness: filled / rows;
    # completeness_before: the same before filled_by_rule of them were filled by a declared rule.
    "columns": {
        "source": "VARCHAR",
        "label": LOCAL,
        "table": "VARCHAR",
        "column": "VARCHAR",
        "header": "VARCHAR",
        "constant": "VARCHAR",
        "type": "VARCHAR",
        "rows": "BIGINT",
        "filled": "BIGINT",
        "distinct": "BIGINT",
        "invalid": "BIGINT",
        "completeness": "DOUBLE",
        "filled_by_rule": "BIGINT",
        "completeness_before": "DOUBLE",
    },
    # Quality of every column that a source gives; the shares are told in ingest.quality.
    "quality": {
        "source": "VARCHAR",
        "table": "VARCHAR",
        "column": "VARCHAR",
        "complete_before": "DOUBLE",
        "complete": "DOUBLE",
        "standard_before": "DOUBLE",
        "valid_before": "DOUBLE",
        "valid": "DOUBLE",
        "unique_before": "DOUBLE",
        "unique": "DOUBLE",
        "consistent_before": "DOUBLE",
        "consistent": "DOUBLE",
        "compared": "BIGINT",
        "newest": "DATE",
        "age_days": "BIGINT",
        "timely": "DOUBLE",
    },
    # Values that leave open what they mean, by source and column. rule: ambiguous_date, excel_broken, impossible_time, duration_differs.
    "doubtful": {
        "source": "VARCHAR",
        "table": "VARCHAR",
        "column": "VARCHAR",
        "rule": "VARCHAR",
        "cells": "BIGINT",
    },
    # Order lines that two sources deliver: those of a file that are duplicates of the other source's. days: between the
    # first and the last of them.
    "twice": {
        "source": "VARCHAR",
        "file": "VARCHAR",
        "other": "VARCHAR",
        "rows": "BIGINT",
        "amount": "DOUBLE",
        "first": "DATE",
        "last": "DATE",
        "days": "BIGINT",
    },
    # Forms of the cells that could not be read, the most frequent of each column (values.forms).
    "unread": {
        "source": "VARCHAR",
        "table": "VARCHAR",
        "column": "VARCHAR",
        "form": "VARCHAR",
        "cells": "BIGINT",
    },
    # Missing values that a declared rule filled (trail/fills.parquet has each with its row). rule: of [[fills]].
    "filled": {
        "source": "VARCHAR",
        "table": "VARCHAR",
        "column": "VARCHAR",
        "rule": "VARCHAR",
        "cells": "BIGINT",
    },
    # Amounts in other currencies than the report's (trail/conversions.parquet has each), of all rows. amount: what the
    # rates make of amount_original, each row to the cent; amount_of_sum: the sum rounded once; without_rate: rows that no rate converts, set aside.
    "currencies": {
        "source": "VARCHAR",
        "file": "VARCHAR",
        "currency": "VARCHAR",
        "rows": "BIGINT",
        "amount_original": "DOUBLE",
        "amount": "DOUBLE",
        "amount_of_sum": "DOUBLE",
        "without_rate": "BIGINT",
    },
    # Files that say whether their amounts hold sales tax. written, counted: 'with_tax', 'without_tax'; rows: amounts that
    # were changed (trail/taxes.parquet has each), from amount_written to amount; without_tax_known: rows set aside for it.
    "taxes": {
        "source": "VARCHAR",
        "file": "VARCHAR",
        "written": "VARCHAR",
        "counted": "VARCHAR",
        "rows": "BIGINT",
        "amount_written": "DOUBLE",
        "amount": "DOUBLE",
        "without_tax_known": "BIGINT",
    },
    # Sources whose rows are people of accounts. rows: accepted; nobodys: of them, of no account that others name;
    # accounts: customers with a contact; deciders: of them, with one who decides.
    "people": {"source": "VARCHAR", "rows": "BIGINT", "nobodys": "BIGINT", "accounts": "BIGINT", "deciders": "BIGINT"},
    # Sources with accepted rows that name somebody whom nobody can tell. named: rows that name somebody; nobodys: of them.
    "strangers": {"source": "VARCHAR", "named": "BIGINT", "nobodys": "BIGINT"},
    # Sources that name customers by telephone or e-mail alone. customers: so named; made: of them, in no list of customers
    # and without an order, so that only these sources make customers of them.
    "unlisted": {"source": "VARCHAR", "customers": "BIGINT", "made": "BIGINT"},
    # Accepted lines that take money back, by how their order is known. how: one of ingest.doubtful.refunds.HOW (words
    # ingest.refund.<how>), of which refunds.LINKED are linked.
    "refunds": {"source": "VARCHAR", "how": "VARCHAR", "rows": "BIGINT", "amount": "DOUBLE"},
    # Cells brought to the standard. rule: one of ingest.values.cells.RULES (label ingest.rule.<rule>).
    "standardised": {
        "source": "VARCHAR",
        "table": "VARCHAR",
        "column": "VARCHAR",
        "rule": "VARCHAR",
        "changed": "BIGINT",
    },
    # Every customer record and how it came to its customer (identity.resolution.RULES).
    "records": {"record_id": "VARCHAR", "source": "VARCHAR", "customer_id": "VARCHAR", "rule": "VARCHAR"},
    # Records merged into another by rule: records = customers + merges + records of nobody.
    # mean_probability: of the joins by that rule; one_list: of them, joins by a contact of customers who have numbers of
    # their own in one numbering and no day of birth in common.
    "merges": {"rule": "VARCHAR", "records": "BIGINT", "mean_probability": "DOUBLE", "one_list": "BIGINT"},
    # Pairs of customers that wait for a person to decide, by band of probability: at_least <= probability < below.
    "review": {"at_least": "DOUBLE", "below": "DOUBLE", "pairs": "BIGINT"},
    # Which source's value survived, by column and rule (engagement_models.SurvivalRule, or 'strictest').
    "survivorship": {"column": "VARCHAR", "rule": "VARCHAR", "source": "VARCHAR", "values": "BIGINT"},
    # What people decided of pairs ('same', 'different'); applied: of pairs whose records are there.
    "decisions": {"decision": "VARCHAR", "pairs": "BIGINT", "applied": "BIGINT"},
    # Rules that find pairs to compare; one with more than the engagement allows is not used.
    "blocks": {"block": "VARCHAR", "pairs": "BIGINT", "used": "BOOLEAN"},
    # Contacts that too many share to join anybody: one row a contact (the contact itself is not said).
    "shared": {"rule": "VARCHAR", "entities": "BIGINT"},
    # Rows of order lines that repeat another one in every cell and were counted: an order may hold two of a product.
    "repeated": {"source": "VARCHAR", "file": "VARCHAR", "rows": "BIGINT", "amount": "DOUBLE"},
    # Rows of order lines that say what another row of their order says in every mapped column, and were counted. headers:
    # those that are not mapped and differ.
    "lookalikes": {"source": "VARCHAR", "file": "VARCHAR", "headers": "VARCHAR", "rows": "BIGINT", "amount": "DOUBLE"},
    # Sources that seem to share their customer numbers without a common key space (identity.key_spaces).
    "shared_keys": {
        "source": "VARCHAR",
        "other": "VARCHAR",
        "header": "VARCHAR",
        "other_header": "VARCHAR",
        "numbers": "BIGINT",
        "shared": "BIGINT",
        "apart": "BIGINT",
    },
    # In which sources a customer stands: 'members + pos'.
    "overlap": {"sources": "VARCHAR", "label": LOCAL, "customers": "BIGINT"},
    # sources, files, rows_read, accepted, later, quarantined, duplicates, non_data, records, customers, merged, unnamed,
    # profiles, profile_customers.
    "totals": {"name": "VARCHAR", "value": "BIGINT"},
}


# What a row of totals may come to: every row above it; those not declared to be no data; without the duplicates; since
# the row of totals before.
TOTALS = ("all", "declared", "duplicates", "both", "part", "part_without", "nothing")


def files_frame(connection: duckdb.DuckDBPyConnection, opened: Sequence[Opened], base: str = "") -> pd.DataFrame:
    """base: the currency of the report."""
    labels = source_labels(part.source for part in opened)
    parts = [{**_file_row(connection, part, base), "label": labels[part.source.name]} for part in opened]
    return pd.DataFrame(parts, columns=list(FRAMES["files"]))


def _file_row(connection: duckdb.DuckDBPyConnection, part: Opened, base: str) -> dict[str, object]:
    source, file, table = part.source, part.file, SOURCE_TABLES[part.source.table]
    amount = table.amounts[0] if table.amounts else "CAST(NULL AS BIGINT)"  # summed exactly, whatever the threads do
    newest = f"MAX(CAST({table.event} AS DATE)) FILTER ({ACCEPTED})" if table.event else "NULL"
    row = connection.execute(
        f"SELECT COUNT(*) AS read, COUNT(*) FILTER ({ACCEPTED}) AS accepted, COUNT(*) FILTER (_reason IS NOT NULL)"
        f" AS quarantined, COUNT(*) FILTER (_duplicate) AS duplicates, SUM({amount}), SUM({amount}) FILTER ({ACCEPTED}),"
        f" SUM({amount}) FILTER (_reason IS NOT NULL), SUM({amount}) FILTER (_duplicate), {newest}"
        f' FROM "rows_{table.name}" WHERE _source = ? AND _file = ?',
        [source.name, file.name],
    ).fetchone()
    read, accepted, quarantined, duplicates, *amounts, newest_day = row or (0,) * 9
    money = [None if not table.amounts else float(value or 0) for value in amounts]
    rejected = float(rejected_amount(part)) if table.amounts else 0.0
    money = [value if value is None or i in (1, 3) else value + rejected for i, value in enumerate(money)]
    declared = float(skipped_amount(part, base)) if table.amounts else None
    money[0] = None if money[0] is None else money[0] + (declared or 0.0)
    names = ("amount_read", "amount_accepted", "amount_quarantined", "amount_duplicates")
    return {
        "source": source.name,
        "table": table.name,
        "file": file.name,
        "format": file.format,
        "encoding": file.encoding,
        "rows_read": read + len(file.rejected) + len(file.skipped),
        "accepted": accepted,
        "later": 0,
        "quarantined": quarantined + len(file.rejected),
        "duplicates": duplicates,
        "non_data": len(file.skipped),
        **dict(zip(names, money, strict=True)),
        "amount_later": 0.0 if table.amounts else None,
        "amount_declared": declared,
        "newest": newest_day,
        "header_rows": source.header_row + source.header_rows - 1 if file.path else 0,
    }


def skipped_amount(part: Opened, base: str, before: int | None = None) -> Decimal:
    """What rows come to that are declared to be no data; those above line `before` where given."""
    given = amount_column(part)
    rows = part.file.skipped if given else ()
    texts = Counter(row.amount for row in rows if row.kind == "declared" and (before is None or row.line < before))
    return sum_of_texts(texts, part, base)


def amount_column(part: Opened) -> Mapped | None:
    """The amounts of a file, where they are all in one currency."""
    table = SOURCE_TABLES[part.source.table]
    given = part.mapped.get(table.amounts[0]) if table.amounts else None
    return None if given is None or given.constant is not None or "currency" in part.mapped else given


def sum_of_texts(texts: Mapping[str, int], part: Opened, base: str) -> Decimal:
    """Texts and how often each stands there; what is no number, or of another currency, counts as nothing."""
    total = Decimal(0)
    for text, n in texts.items():
        number = read_number(text, 2, part.source.amount_unit)
        if number and (not number.currencies or base in number.currencies):
            total += number.value * n
    return total


def rejected_amount(part: Opened) -> Decimal:
    """What rows come to that could not be taken apart into columns, where their cells are as many as the header's: in
    others nobody can say which cell is the amount."""
    table, headers = SOURCE_TABLES[part.source.table], part.file.headers
    given = part.mapped.get(table.amounts[0]) if table.amounts else None
    if given is None or given.constant is not None or "currency" in part.mapped:
        return Decimal(0)
    at, kind = headers.index(given.header), part.mapped.get("kind")
    total = Decimal(0)
    for row in part.file.rejected:
        number = read_number(row.cells[at], 2, part.source.amount_unit) if len(row.cells) == len(headers) else None
        if number and (not number.currencies):
            total += -abs(number.value) if _is_refund(part, kind, row.cells) else number.value
    return total


def _is_refund(part: Opened, kind: Mapped | None, cells: Sequence[str]) -> bool:
    if kind is None or part.source.table != "order_lines":
        return False
    given = part.source.values.get("kind", {})
    text = kind.constant if kind.constant is not None else cells[part.file.headers.index(kind.header)]
    return parser("order_lines", kind.column, CellForm(), given)(text).value == "refund"


def quarantine_frame(connection: duckdb.DuckDBPyConnection, opened: Sequence[Opened]) -> pd.DataFrame:
    rows: list[tuple[object, ...]] = []
    for table in sorted({part.source.table for part in opened}):
        rows += connection.execute(
            f"SELECT _source, _file, '{table}', _reason, COALESCE(_column, ''), COUNT(*) FROM \"rows_{table}\""
            " WHERE _reason IS NOT NULL GROUP BY ALL"
        ).fetchall()
    for part in opened:
        counts: dict[str, int] = {}
        for rejected in part.file.rejected:
            counts[rejected.reason] = counts.get(rejected.reason, 0) + 1
        rows += [(part.source.name, part.file.name, part.source.table, r, "", n) for r, n in counts.items()]
    order = {source: i for i, source in enumerate(dict.fromkeys(part.source.name for part in opened))}
    rows.sort(key=lambda row: (order[str(row[0])], str(row[1]), -int(str(row[5])), str(row[3]), str(row[4])))
    return pd.DataFrame(rows, columns=list(FRAMES["quarantine"]))


def days_frame(connection: duckdb.DuckDBPyConnection, opened: Sequence[Opened]) -> pd.DataFrame:
    rows: list[tuple[object, ...]] = []
    for table in (SOURCE_TABLES[name] for name in sorted({part.source.table for part in opened})):
        if table.event:
            amount = f"SUM({table.amounts[0]})" if table.amounts else "NULL"
            rows += connection.execute(
                f"SELECT _source, _file, CAST({table.event} AS DATE) AS day, COUNT(*), CAST({amount} AS DOUBLE)"
                f' FROM "rows_{table.name}" WHERE {ACCEPTED} AND {table.event} IS NOT NULL GROUP BY ALL'
                " ORDER BY _source, _file, day"
            ).fetchall()
    return pd.DataFrame(rows, columns=list(FRAMES["days"]))


def known_by(frames: Mapping[str, pd.DataFrame], day: date) -> dict[str, pd.DataFrame]:
    """The account as it stands at the end of a day: rows dated after it are `later` and no longer `accepted`."""
    key = ["source", "file"]
    files, days = frames["files"], frames["days"]
    known = pd.to_datetime(days["day"]) <= pd.Timestamp(day)
    later = days[~known].groupby(key)[["rows", "amount"]].sum()
    newest = days[known].groupby(key)["day"].max()
    at = pd.MultiIndex.from_frame(files[key])
    rows = later["rows"].reindex(at).fillna(0).to_numpy("int64")
    amount = later["amount"].reindex(at).fillna(0).to_numpy("float64")
    files = files.assign(
        later=rows,
        accepted=files["accepted"] - rows,
        amount_later=files["amount_later"] + amount,
        amount_accepted=files["amount_accepted"] - amount,
        newest=pd.to_datetime(newest.reindex(at)).to_numpy(),
    )
    totals = totals_frame(files, frames["records"])
    return {**frames, "files": files, "totals": totals, "quality": timely(frames["quality"], days, day)}


def non_data_frame(opened: Sequence[Opened]) -> pd.DataFrame:
    rows = []
    for part in opened:
        counts = Counter(row.kind for row in part.file.skipped)
        head = (part.source.name, part.file.name, part.source.table)
        rows += [(*head, kind, counts[kind]) for kind in KINDS if counts[kind]]
    return pd.DataFrame(rows, columns=list(FRAMES["non_data"]))


def reading_frame(opened: Sequence[Opened]) -> pd.DataFrame:
    """What was met in reading; of a workbook that several sources read, its sheets that nobody read once."""
    read = {(_book(part), part.file.sheet) for part in opened}
    told: dict[tuple[str, ...], tuple[str, str, str, int, str]] = {}
    for part in opened:
        for note in part.file.notes:
            file, what = part.file.name, note.what
            if note.kind == "hidden_unread":
                file = _book(part)
                what = ", ".join(sheet for sheet in what.split(", ") if (file, sheet) not in read)
                if not what:
                    continue
            key = (file, note.kind, what) if note.kind == "hidden_unread" else (part.source.name, file, note.kind, what)
            told.setdefault(key, (part.source.name, file, note.kind, note.n, what))
    return pd.DataFrame(list(told.values()), columns=list(FRAMES["reading"]))


def _book(part: Opened) -> str:
    return part.file.name.removesuffix(f" [{part.file.sheet}]")


def columns_frame(
    connection: duckdb.DuckDBPyConnection, opened: Sequence[Opened], changes: Sequence[Change]
) -> pd.DataFrame:
    unread: Counter[tuple[str, str]] = Counter()
    for change in changes:
        unread[change.source, change.column] += change.cells if change.rule in UNREAD else 0
    by_rule: Counter[tuple[str, str]] = Counter()
    for row in filled_frame(connection).itertuples():
        by_rule[str(row.source), str(row.column)] += int(str(row.cells))
    labels = source_labels(part.source for part in opened)
    rows: list[tuple[object, ...]] = []
    for source in {part.source.name: part.source for part in opened}.values():
        mapped = {name: m for part in opened if part.source.name == source.name for name, m in part.mapped.items()}
        files = [part.file for part in opened if part.source.name == source.name]
        for name, kind, total, filled, distinct in _column_counts(connection, source, files, list(mapped)):
            given = mapped[name]
            share = filled / total if total else None
            head = (source.name, labels[source.name], source.table, name, given.header, given.constant, kind)
            own = min(by_rule[source.name, name], filled)  # a row may have become a duplicate since
            before = (filled - own) / total if total else None
            rows.append((*head, total, filled, distinct, unread[source.name, name], share, own, before))
    return pd.DataFrame(rows, columns=list(FRAMES["columns"]))


def _column_counts(
    connection: duckdb.DuckDBPyConnection, source: Source, files: Sequence[RawFile], given: Sequence[str]
) -> Iterator[tuple[str, str, int, int, int]]:
    """(column, type, accepted rows, filled, distinct) of every column that the source gives."""
    columns = [column for column in source_columns(SOURCE_TABLES[source.table]) if column.name in given]
    counts = _counts_by_codes(connection, source, files)
    left = [column.name for column in columns if column.name not in counts]
    counted = "".join(f', COUNT("{name}"), COUNT(DISTINCT "{name}")' for name in left)
    query = f'SELECT COUNT(*){counted} FROM "rows_{source.table}" WHERE _source = ? AND {ACCEPTED}'
    total, *found = connection.execute(query, [source.name]).fetchone() or (0,)
    counts |= {name: (found[2 * i], found[2 * i + 1]) for i, name in enumerate(left)}
    for column in columns:
        yield column.name, column.type, total, *counts[column.name]


def _counts_by_codes(
    connection: duckdb.DuckDBPyConnection, source: Source, files: Sequence[RawFile]
) -> dict[str, tuple[int, int]]:
    """(filled, distinct) of the columns of one large file that nothing has changed since it was read."""
    table, (file, *others) = SOURCE_TABLES[source.table], files
    if file.coded is None or others or not is_large(connection, table):
        return {}
    places = places_of(file.coded, rows_aside(connection, table, source.name))
    same = file.words.keys() - changed(connection, table)
    return {name: filled_and_distinct(file.coded, file.words[name], places) for name in same}


def doubtful_frame(changes: Sequence[Change], opened: Sequence[Opened]) -> pd.DataFrame:
    tables = {part.source.name: part.source.table for part in opened}
    counts: Counter[tuple[str, str, str]] = Counter()
    for change in changes:
        if change.rule in (*UNREAD, *CONTRADICTED) and change.rule != "invalid":
            counts[change.source, change.column, change.rule] += change.cells
    rows = [(source, tables[source], column, rule, n) for (source, column, rule), n in sorted(counts.items())]
    return pd.DataFrame(rows, columns=list(FRAMES["doubtful"]))


def twice_frame(connection: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    if not sql.one(connection, "SELECT COUNT(*) FROM duckdb_tables() WHERE table_name = 'twice'"):
        return pd.DataFrame(columns=list(FRAMES["twice"]))
    return connection.execute(
        'SELECT source, file, other, CAST(SUM(rows) AS BIGINT) AS rows, SUM(amount) AS amount, MIN(day) AS "first",'
        ' MAX(day) AS "last", MAX(day) - MIN(day) + 1 AS days FROM twice GROUP BY source, file, other ORDER BY ALL'
    ).df()


def unread_frame(changes: Sequence[Change], opened: Sequence[Opened]) -> pd.DataFrame:
    tables = {part.source.name: part.source.table for part in opened}
    found: dict[tuple[str, str], Counter[str]] = {}
    for change in changes:
        if change.rule == "invalid" and change.each is None and change.raw:
            found.setdefault((change.source, change.column), Counter())[change.raw] += change.cells
    rows = [
        (source, tables[source], column, form, cells)
        for (source, column), values in sorted(found.items())
        for form, cells in common_forms(values)
    ]
    return pd.DataFrame(rows, columns=list(FRAMES["unread"]))


def filled_frame(connection: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    return connection.execute(
        'SELECT _source AS source, table_name AS "table", column_name AS "column", rule, COUNT(*) AS cells FROM fills'
        " GROUP BY ALL ORDER BY ALL"
    ).df()


def currencies_frame(connection: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    return connection.execute("SELECT * FROM currencies ORDER BY source, file, currency").df()


def taxes_frame(connection: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    return connection.execute("SELECT * FROM taxes ORDER BY source, file").df()


def refunds_frame(connection: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Empty where no source gives order lines."""
    connection.execute(f"CREATE TABLE IF NOT EXISTS refunds ({', '.join(map(' '.join, FRAMES['refunds'].items()))})")
    return connection.execute("SELECT * FROM refunds ORDER BY source, how").df()


def standardised_frame(
    changes: Sequence[Change], mended: Sequence[tuple[str, str, str, int]], opened: Sequence[Opened]
) -> pd.DataFrame:
    tables = {part.source.name: part.source.table for part in opened}
    counts: dict[tuple[str, str, str], int] = {}
    for source, column, rule, cells in [*((c.source, c.column, c.rule, c.cells) for c in changes), *mended]:
        if rule not in (*UNREAD, *CONTRADICTED):
            counts[source, column, rule] = counts.get((source, column, rule), 0) + cells
    order = {name: i for i, name in enumerate(tables)}
    rows = [(s, tables[s], column, rule, n) for (s, column, rule), n in counts.items()]
    rows.sort(key=lambda row: (order[row[0]], -row[4], row[2], row[3]))
    return pd.DataFrame(rows, columns=list(FRAMES["standardised"]))


def write_frames(connection: duckdb.DuckDBPyConnection, folder: str, frames: dict[str, pd.DataFrame]) -> None:
    """Write every frame as Parquet with its schema."""
    for name, columns in FRAMES.items():
        path = sql.string(f"{folder}/{name}.parquet")
        if frames[name].empty:  # most of them are: to hand one over takes longer than to write it
            nulls = ", ".join(f'CAST(NULL AS {kind}) AS "{column}"' for column, kind in columns.items())
            connection.execute(f"COPY (SELECT {nulls} LIMIT 0) TO {path}")
            continue
        casts = ", ".join(f'CAST("{column}" AS {kind}) AS "{column}"' for column, kind in columns.items())
        connection.register("frame", frames[name].astype(object))
        connection.execute(f"COPY (SELECT {casts} FROM frame) TO {path}")
        connection.unregister("frame")


def totals_frame(files: pd.DataFrame, records: pd.DataFrame) -> pd.DataFrame:
    """profiles: records of customers tables, profile_customers: how many customers they are."""
    lists = records[records["source"].isin(files.loc[files["table"] == "customers", "source"])]
    counted = ("rows_read", "accepted", "later", "quarantined", "duplicates", "non_data")
    sums = {name: int(files[name].sum()) for name in counted}
    known = records["customer_id"].notna()
    customers = int(records.loc[known, "customer_id"].nunique())
    counts = {"sources": int(files["source"].nunique()), "files": len(files), **sums, "records": len(records)}
    counts |= {"customers": customers, "merged": int(known.sum()) - customers, "unnamed": int((~known).sum())}
    counts |= {"profiles": len(lists), "profile_customers": int(lists["customer_id"].nunique())}
    return pd.DataFrame(list(counts.items()), columns=list(FRAMES["totals"]))
