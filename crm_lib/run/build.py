"""Raw files -> canonical tables, quarantine and the account, in one go. Composes ingest and identity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import duckdb
import pandas as pd

from crm_lib.engagement import Engagement
from crm_lib.errors import UserError
from crm_lib.identity.by_name import named_companies
from crm_lib.identity.by_order import find_customers_of_orders, given_by_order, names_orders
from crm_lib.identity.decisions import Decisions
from crm_lib.identity.golden import choose, golden_customers, golden_trail
from crm_lib.identity.key_spaces import shared_keys
from crm_lib.identity.overlap import match_frames, review_frame
from crm_lib.identity.people import attach, people_frame, strangers_frame, unlisted_frame
from crm_lib.identity.records import collect_records, give_customers, keep_resolution
from crm_lib.identity.resolution import resolve_records
from crm_lib.ingest import account, sql
from crm_lib.ingest.amend import increasing, keep_order, rows_aside
from crm_lib.ingest.doubtful.durations import with_beginning
from crm_lib.ingest.doubtful.fills import fill, fill_problems
from crm_lib.ingest.doubtful.refunds import link_refunds
from crm_lib.ingest.doubtful.settle import settle_doubtful
from crm_lib.ingest.doubtful.suspects import Kept, Lookalike, set_aside_totals, settle_repeated
from crm_lib.ingest.locate import NotThere, locate
from crm_lib.ingest.opened import Opened, open_sources
from crm_lib.ingest.quality import quality_frame
from crm_lib.ingest.quarantine import write_quarantine
from crm_lib.ingest.rows import ACCEPTED, collect, mend, settle_arms, settle_keys
from crm_lib.ingest.source_labels import source_labels
from crm_lib.ingest.standardise import Change, cell_form, standardise
from crm_lib.ingest.standardise_coded import in_order, places_of
from crm_lib.ingest.stated_totals import stated_totals_frame
from crm_lib.ingest.trail import write_trail
from crm_lib.tables import CUSTOMERS, ORDER_LINES, SOURCE_TABLES, Table

_LITTLE = 8 << 20  # bytes
# A dictionary of nearly every value and filters that no query asks cost a third of the writing.
_PARQUET = "FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, DICTIONARY_SIZE_LIMIT 8000, WRITE_BLOOM_FILTER false"
_ORDERS = (Path(account.__file__).parent / "orders.sql").read_text(encoding="utf-8")


def build(
    folder: Path, engagement: Engagement, into: Path, quarantine: Path, decisions: Decisions | None = None
) -> None:
    """Write `<table>.parquet`, `inventory/`, `trail/` into a folder, and the rows set aside into `quarantine`.

    Raise UserError with every problem of the sources.
    """
    with sql.connect(_threads(engagement, folder), str(into / "spill")) as connection:
        opened, problems = open_sources(engagement, folder, connection)
        if problems:
            raise UserError(problems)
        changes, doubted = _fill(connection, engagement, opened)
        repeated: list[Kept] = []
        lookalikes: list[Lookalike] = []
        if "order_lines" in _tables(opened):
            set_aside_totals(connection, engagement.sources)
            repeated, lookalikes = settle_repeated(connection, opened)
        settled = [count for name in _tables(opened) for count in _settle(connection, SOURCE_TABLES[name], engagement)]
        mended = [*doubted, *settled]
        frames, by_order = _resolve(connection, engagement, opened, decisions or Decisions())
        mended += by_order
        for name in _tables(opened):
            fill(connection, SOURCE_TABLES[name], engagement.fills, ["from_customer"])
        mended += link_refunds(connection) if "order_lines" in _tables(opened) else []
        for name in _tables(opened):
            if name != "customers":
                _write(connection, SOURCE_TABLES[name], into, _columns(SOURCE_TABLES[name], opened, engagement))
        written = _columns(CUSTOMERS, opened, engagement)
        frames["survivorship"] = _write_customers(connection, engagement, into, written)
        if "order_lines" in _tables(opened):
            _write_orders(connection, into)
        frames |= _account(connection, opened, changes, mended, frames, engagement.report.currency)
        frames["repeated"] = pd.DataFrame(repeated, columns=list(account.FRAMES["repeated"]))
        frames["lookalikes"] = pd.DataFrame(lookalikes, columns=list(account.FRAMES["lookalikes"]))
        (into / "inventory").mkdir()
        account.write_frames(connection, str(into / "inventory"), frames)
        write_trail(connection, changes, opened, into)
        _write_match_trail(connection, into, frames.pop("waiting"))
        write_quarantine(connection, opened, quarantine)


def _threads(engagement: Engagement, folder: Path) -> int:
    """One thread for little data: handing it about costs more than it saves."""
    size = 0
    for source in engagement.sources:
        with suppress(NotThere):
            size += sum(found.path.stat().st_size for found in locate(source, folder))
        size += _LITTLE if source.database else 0  # not known beforehand
    return 1 if size < _LITTLE else 2


def _tables(opened: Sequence[Opened]) -> list[str]:
    return sorted({part.source.table for part in opened})


def _fill(
    connection: duckdb.DuckDBPyConnection, engagement: Engagement, opened: Sequence[Opened]
) -> tuple[list[Change], list[tuple[str, str, str, int]]]:
    """Make `rows_<table>` of every table that a source gives. Return what was changed cell by cell, and
    (source, column, rule, cells) of what follows from other columns. Raise UserError."""
    region, zone, missing = engagement.report.phone_region, engagement.report.time_zone, engagement.data.missing
    changes: list[Change] = []
    mended: list[tuple[str, str, str, int]] = []
    problems = list(fill_problems(engagement.fills))
    for name in _tables(opened):
        selects = []
        for part in opened:
            if part.source.table == name:
                form = cell_form(part.source, part.file, region, zone, missing, part.mapped)
                select, changed = standardise(connection, part.source, part.file, part.mapped, form)
                selects.append(with_beginning(select, part.mapped))
                changes += changed
        large = any(part.file.coded is not None for part in opened if part.source.table == name)
        collect(connection, SOURCE_TABLES[name], selects, large)
        _see_order(connection, SOURCE_TABLES[name], [part for part in opened if part.source.table == name])
        settled = settle_doubtful(connection, SOURCE_TABLES[name], opened, changes, engagement)
        changes += settled.changes
        mended += settled.mended
        problems += settled.problems
    if problems:
        raise UserError(problems)
    return changes, mended


def _see_order(connection: duckdb.DuckDBPyConnection, table: Table, parts: Sequence[Opened]) -> None:
    """Of one large file its codes tell the order sooner than the engine could."""
    source, file = parts[0].source, parts[0].file
    if len(parts) == 1 and file.coded is not None and len(table.key) == 2:
        places = places_of(file.coded, rows_aside(connection, table, source.name))
        if in_order(file.coded, file.words, table.key, places):
            keep_order(connection, table)


def _settle(
    connection: duckdb.DuckDBPyConnection, table: Table, engagement: Engagement
) -> list[tuple[str, str, str, int]]:
    mended = mend(connection, table)
    if "customer_id" not in table.key or table is CUSTOMERS:
        settle_keys(connection, table, [source.name for source in engagement.sources])
    return mended


def _resolve(
    connection: duckdb.DuckDBPyConnection, engagement: Engagement, opened: Sequence[Opened], decisions: Decisions
) -> tuple[dict[str, pd.DataFrame], list[tuple[str, str, str, int]]]:
    """Give every row its customer; keys that hold the customer are settled now. Return also (source, column, rule, rows)
    of rows that have theirs by another row's."""
    names = [source.name for source in engagement.sources]
    records = collect_records(connection, engagement.sources)
    people = [source.name for source in engagement.sources if source.people]
    resolution = resolve_records(records[~records["source"].isin(people)], engagement.identity, decisions)
    found = named_companies(records, resolution.records, engagement.identity)
    keep_resolution(connection, attach(records, found, people, engagement.identity) if people else found)
    named = [name for name in _tables(opened) if names_orders(name, _mapped(opened, name))]
    if named := named if "order_lines" in _tables(opened) else []:
        give_customers(connection, ORDER_LINES)
        find_customers_of_orders(connection)
    for name in _tables(opened):
        table = SOURCE_TABLES[name]
        give_customers(connection, table, name in named)
        if "customer_id" in table.key and table is not CUSTOMERS:
            settle_arms(connection, table)
            settle_keys(connection, table, names)
    by_order = [found for name in named for found in given_by_order(connection, name)]
    labels = source_labels(engagement.sources)
    resolved = connection.execute("SELECT * FROM resolved_records ORDER BY record_id").df()
    frames = match_frames(resolved[~resolved["source"].isin(people)], labels) | {
        "people": people_frame(connection, people),
        "strangers": strangers_frame(connection, _tables(opened)),
        "unlisted": unlisted_frame(connection, {part.source.name: part.source.table for part in opened}),
        "shared": resolution.shared,
        "shared_keys": shared_keys(connection, _key_headers(opened)),
        "review": review_frame(resolution.pairs),
        "decisions": decisions.frame(found),
        "blocks": resolution.blocks,
        "waiting": resolution.pairs,
    }
    return frames, by_order


def _mapped(opened: Sequence[Opened], table: str) -> list[Mapping[str, object]]:
    return [part.mapped for part in opened if part.source.table == table]


def _key_headers(opened: Sequence[Opened]) -> dict[str, str]:
    """Source -> header of its customer number."""
    return {part.source.name: part.mapped["customer_key"].header for part in opened if "customer_key" in part.mapped}


def _copy(connection: duckdb.DuckDBPyConnection, query: str, path: Path) -> None:
    connection.execute(f"COPY ({query}) TO {sql.string(str(path))} ({_PARQUET})")


def _columns(table: Table, opened: Sequence[Opened], engagement: Engagement) -> str:
    """SQL of the columns that are written: those of some engagements where a source or a fill gives them."""
    given = {name for part in opened if part.source.table == table.name for name in part.mapped}
    given |= {entry.column for entry in engagement.fills if entry.table == table.name}
    written = [column for column in table.columns if not column.of_some or column.name in given]
    return ", ".join(f'CAST("{c.name}" AS {c.type}) AS "{c.name}"' for c in written)


def _write(connection: duckdb.DuckDBPyConnection, table: Table, into: Path, columns: str) -> None:
    """Accepted rows in the order of their key, so that the file does not depend on the order of the input.

    `canonical_<table>` then reads the file.
    """
    may_tie = "customer_id" in table.key  # rows of nobody have no key
    order = "ORDER BY " + ", ".join(map(sql.quoted, [*table.key, *(table.names if may_tie else ())]))
    if increasing(connection, table):
        order = ""
    path = into / f"{table.name}.parquet"
    _copy(connection, f'SELECT {columns} FROM "named_{table.name}" WHERE {ACCEPTED} {order}', path)
    connection.execute(f'CREATE VIEW "canonical_{table.name}" AS SELECT * FROM read_parquet({sql.string(str(path))})')


def _write_customers(
    connection: duckdb.DuckDBPyConnection, engagement: Engagement, into: Path, columns: str
) -> pd.DataFrame:
    """customers.parquet; which source's value survived: column, rule, source, values."""
    given = sql.one(connection, "SELECT COUNT(*) FROM resolved_records WHERE customer_id IS NOT NULL")
    if not given:
        connection.execute(f"CREATE TABLE golden AS {_NO_GOLDEN}")
        return pd.DataFrame(columns=list(account.FRAMES["survivorship"]))
    choose(connection, engagement.sources, engagement.identity)
    golden = golden_customers(engagement.sources)
    path = into / "customers.parquet"
    _copy(connection, f"SELECT {columns} FROM ({golden}) ORDER BY customer_id", path)
    connection.execute(f"CREATE VIEW golden_customers AS SELECT * FROM read_parquet({sql.string(str(path))})")
    connection.execute(f"CREATE TABLE golden AS {golden_trail(engagement.identity)}")
    return connection.execute(
        'SELECT "column", rule, source, COUNT(*) AS "values" FROM golden GROUP BY ALL ORDER BY ALL'
    ).df()


_NO_GOLDEN = (
    "SELECT '' AS customer_id, '' AS \"column\", '' AS value, '' AS rule, '' AS source, '' AS record_id WHERE FALSE"
)


def _write_match_trail(connection: duckdb.DuckDBPyConnection, into: Path, waiting: pd.DataFrame) -> None:
    """`trail/golden.parquet` (every surviving value with its source) and `trail/review.parquet` (pairs that wait)."""
    _copy(connection, "SELECT * FROM golden ORDER BY ALL", into / "trail" / "golden.parquet")
    if len(waiting):
        connection.register("waiting", waiting)
        _copy(connection, "SELECT * FROM waiting", into / "trail" / "review.parquet")
        connection.unregister("waiting")


def _write_orders(connection: duckdb.DuckDBPyConnection, into: Path) -> None:
    connection.execute("CREATE VIEW order_lines AS SELECT * FROM canonical_order_lines")
    _copy(connection, _ORDERS, into / "orders.parquet")


def _account(
    connection: duckdb.DuckDBPyConnection,
    opened: Sequence[Opened],
    changes: Sequence[Change],
    mended: Sequence[tuple[str, str, str, int]],
    matched: dict[str, pd.DataFrame],
    base: str,
) -> dict[str, pd.DataFrame]:
    files = account.files_frame(connection, opened, base)
    columns = account.columns_frame(connection, opened, changes)
    return {
        "files": files,
        "quarantine": account.quarantine_frame(connection, opened),
        "days": account.days_frame(connection, opened),
        "non_data": account.non_data_frame(opened),
        "stated_totals": stated_totals_frame(connection, opened, base),
        "reading": account.reading_frame(opened),
        "columns": columns,
        "quality": quality_frame(connection, opened, changes, mended, files, columns),
        "doubtful": account.doubtful_frame(changes, opened),
        "twice": account.twice_frame(connection),
        "unread": account.unread_frame(changes, opened),
        "filled": account.filled_frame(connection),
        "currencies": account.currencies_frame(connection),
        "taxes": account.taxes_frame(connection),
        "refunds": account.refunds_frame(connection),
        "standardised": account.standardised_frame(changes, mended, opened),
        "totals": account.totals_frame(files, matched["records"]),
    }
