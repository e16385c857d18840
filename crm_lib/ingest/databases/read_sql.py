"""A query at the client's database -> batches of Arrow, one after the other, by the driver of the address's scheme."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from crm_lib.ingest.databases.database_url import DatabaseFailed, driver

BATCH_ROWS = 100_000
_COMMENT = re.compile(r"(?:\s|\(|--[^\n]*(?:\n|$)|#[^\n]*(?:\n|$)|/\*.*?\*/)*", re.DOTALL)
_READS = re.compile(r"(?:select|with|values|table)\b", re.IGNORECASE)


@dataclass
class Answer:
    """`batches` have their columns in the order of `names`. Text columns at the positions `numbers` hold numbers, at
    `moments` times of day in UTC; both are complete once the batches are read. An empty answer has one empty batch."""

    names: Sequence[str]
    batches: Iterator[pa.RecordBatch]
    numbers: set[int] = field(default_factory=set)
    moments: set[int] = field(default_factory=set)


class Beyond(Exception):
    """Columns with days that Arrow or the engine cannot hold (PostgreSQL's 'infinity'): ask for them as text."""

    def __init__(self, columns: set[int]) -> None:
        super().__init__(str(sorted(columns)))
        self.columns = columns


def ask(
    url: str, query: str, timeout_seconds: int, as_text: frozenset[int] = frozenset()
) -> AbstractContextManager[Answer]:
    """The answer to one SELECT in a transaction that only reads. `as_text`: positions of columns to be given as text.

    Raise DatabaseFailed, here and while the batches are read, Beyond while they are.
    """
    query = query.strip().rstrip("; \t\r\n")
    if not _READS.match(query, _COMMENT.match(query).end()):  # type: ignore[union-attr]
        raise DatabaseFailed("no_select")
    kind = driver(url)
    if kind == "postgresql":
        from crm_lib.ingest.databases import read_postgresql

        return read_postgresql.ask(url, query, timeout_seconds, as_text)
    if kind == "mysql":
        from crm_lib.ingest.databases import read_mysql

        return read_mysql.ask(url, query, timeout_seconds)
    from crm_lib.ingest.databases import read_sqlite

    return read_sqlite.ask(url, query, timeout_seconds)


def text_batch(columns: Sequence[Any], names: Sequence[str]) -> pa.RecordBatch:
    """A batch of columns of str or None."""
    return pa.RecordBatch.from_arrays([pa.array(column, pa.string()) for column in columns], positions(names))


def positions(names: Sequence[str]) -> list[str]:
    """Names that differ, for columns that may be called alike."""
    return [f"c{i}" for i in range(len(names))]
