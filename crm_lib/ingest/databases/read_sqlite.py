"""SQLite by the standard library. Its columns have no types: everything comes as text, whole numbers are told."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import pyarrow as pa

from crm_lib.ingest.databases.database_url import DatabaseFailed
from crm_lib.ingest.databases.read_sql import BATCH_ROWS, Answer, positions

_STEPS = 100_000  # of SQLite's machine between two looks at the clock
_SAID = {
    "interrupted": "timeout",
    "unable to open": "no_sqlite",
    "not a database": "not_sqlite",
    "encrypted": "not_sqlite",
    "readonly": "read_only",
    "locked": "locked",
    "Could not decode": "undecodable",
}


@contextmanager
def ask(url: str, query: str, timeout_seconds: int) -> Iterator[Answer]:
    """See `read_sql.ask`."""
    path = unquote(url.partition(":")[2].removeprefix("//").partition("?")[0])
    path = path[1:] if path.startswith("/") else path  # sqlite:///relative, sqlite:////absolute
    path = path if Path(path).is_file() else f"/{path}"
    if not Path(path).is_file():
        raise DatabaseFailed("no_sqlite", file=Path(path).name)
    try:
        with closing(sqlite3.connect(f"file:{quote(path)}?mode=ro", uri=True, isolation_level=None)) as connection:
            end = time.monotonic() + timeout_seconds
            connection.set_progress_handler(lambda: time.monotonic() > end, _STEPS)
            connection.execute("PRAGMA query_only = ON")
            connection.execute("BEGIN")
            cursor = connection.execute(query)
            names = [column[0] for column in cursor.description or ()]
            answer = Answer(names, iter(()), set(range(len(names))))
            answer.batches = _batches(cursor, names, answer.numbers)
            yield answer
    except sqlite3.Error as error:
        rule = next((rule for said, rule in _SAID.items() if said in str(error)), "query")
        reason = "" if rule == "undecodable" else " ".join(str(error).split())[:200]
        raise DatabaseFailed(rule, file=Path(path).name, seconds=timeout_seconds, reason=reason) from None


def _batches(cursor: sqlite3.Cursor, names: Sequence[str], numbers: set[int]) -> Iterator[pa.RecordBatch]:
    """`numbers` keeps the columns in which nothing but whole numbers has been seen."""
    yield pa.RecordBatch.from_arrays([pa.array([], pa.string()) for _ in names], positions(names))
    while rows := cursor.fetchmany(BATCH_ROWS):
        columns = []
        for i, column in enumerate(zip(*rows, strict=True)):
            kinds = {type(cell) for cell in column} - {type(None)}
            if bytes in kinds:
                raise DatabaseFailed("binary", column=names[i])
            if kinds - {int}:
                numbers.discard(i)
            columns.append(_texts(column, kinds))
        yield pa.RecordBatch.from_arrays(columns, positions(names))


def _texts(column: Sequence[Any], kinds: set[type]) -> pa.Array:
    if kinds <= {int}:
        return pa.array(column, pa.int64()).cast(pa.string())
    if kinds <= {str}:
        return pa.array(column, pa.string())
    return pa.array([cell if cell is None else str(cell) for cell in column], pa.string())
