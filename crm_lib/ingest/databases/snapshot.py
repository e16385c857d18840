"""What databases gave, asked once for every step of a preparation: they change while they are read, and queries cost.

The rows go batch by batch into a Parquet file in the engagement's `.work/`, which goes away with the preparation.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path

from crm_lib.engagement import Source
from crm_lib.ingest import sql
from crm_lib.ingest.databases.database_url import DatabaseFailed, database_url
from crm_lib.ingest.databases.read_sql import Beyond, ask
from crm_lib.ingest.readers.raw import headers

_LEFT_ALONE = r"-?(0|[1-9]\d*)(\.\d+)?"  # a number whose text says no more than its value: no leading zeros
_WHOLE_DIGITS, _DIGITS = 18, 38  # of BIGINT and DECIMAL


@dataclass(frozen=True)
class Snapshot:
    """`columns`: header -> SQL of its value over the file at `path`."""

    path: Path
    columns: dict[str, str]

    def select(self, line: str) -> str:
        """SELECT of the rows; the column `line` counts them from 1."""
        values = "".join(f", {value} AS {sql.quoted(header)}" for header, value in self.columns.items())
        file = f"read_parquet({sql.string(str(self.path))}, file_row_number = true)"
        return f"SELECT file_row_number + 1 AS {line}{values} FROM {file}"


@dataclass
class _Asked:
    folder: Path
    kept: dict[str, Snapshot | DatabaseFailed] = field(default_factory=dict)
    place: Path | None = None

    def new_file(self) -> Path:
        if self.place is None:
            root = self.folder / ".work" / "canonical"
            for part in (root.parent, root):
                part.mkdir(parents=True, exist_ok=True)
                part.chmod(0o700)
            self.place = Path(tempfile.mkdtemp(prefix=".sql-", dir=root))
        return self.place / f"{len(self.kept)}.parquet"


_asked: ContextVar[_Asked | None] = ContextVar("asked", default=None)


@contextmanager
def asked_once(folder: Path) -> Iterator[None]:
    """Within it every database source is asked once, failures included; an inner one is part of the outer."""
    if _asked.get():
        yield
        return
    asked = _Asked(folder)
    token = _asked.set(asked)
    try:
        yield
    finally:
        _asked.reset(token)
        if asked.place:
            shutil.rmtree(asked.place, ignore_errors=True)


def snapshot(source: Source, folder: Path) -> Snapshot:
    """What a database source gives; only within `asked_once`. Raise DatabaseFailed."""
    asked = _asked.get()
    assert asked, "a snapshot goes away with asked_once"
    key = source.model_dump_json(include={"url_env", "url_file", "query"})
    if key not in asked.kept:
        try:
            asked.kept[key] = _take(source, folder, asked)
        except DatabaseFailed as error:
            asked.kept[key] = error
    found = asked.kept[key]
    if isinstance(found, DatabaseFailed):
        raise found
    return found


def _take(source: Source, folder: Path, asked: _Asked) -> Snapshot:
    url = database_url(source, folder)
    path, as_text = asked.new_file(), set[int]()
    while True:
        try:
            names, numbers, moments = _write(source, url, path, frozenset(as_text))
            break
        except Beyond as error:
            as_text |= error.columns
        except ValueError:  # of an address that cannot be taken apart
            raise DatabaseFailed("bad_url") from None
    values = _values(path, len(names), numbers, moments)
    return Snapshot(path, dict(zip(headers(names), values, strict=True)))


def _write(source: Source, url: str, path: Path, as_text: frozenset[int]) -> tuple[list[str], set[int], set[int]]:
    """Write the answer batch by batch; (names, numbers, moments) of it."""
    import pyarrow.parquet as pq

    with ask(url, source.query or "", source.timeout_seconds, as_text) as answer:
        first = next(answer.batches)
        with pq.ParquetWriter(path, first.schema) as writer:
            for batch in answer.batches:
                writer.write_batch(batch)
        return list(answer.names), answer.numbers, answer.moments


def _values(path: Path, width: int, numbers: set[int], moments: set[int]) -> list[str]:
    """SQL of each column: text of numbers and moments becomes what it says where every cell can."""
    asked = [f"COUNT(*) FILTER (NOT regexp_full_match(c{i}, '{_LEFT_ALONE}'))" for i in sorted(numbers)]
    asked += [f"MAX(strlen(split_part(ltrim(c{i}, '-'), '.', 1)))" for i in sorted(numbers)]
    asked += [f"MAX(strlen(split_part(c{i}, '.', 2)))" for i in sorted(numbers)]
    asked += [f"COUNT(c{i}) - COUNT({_moment(i)})" for i in sorted(moments)]
    with sql.connect(threads=1) as connection:
        query = f"SELECT COUNT(*), {', '.join(asked or ['0'])} FROM read_parquet(?)"
        _, *told = connection.execute(query, [str(path)]).fetchone() or ()
    n = len(numbers)
    values = {i: _number(i, told[j], told[n + j] or 1, told[2 * n + j] or 0) for j, i in enumerate(sorted(numbers))}
    values |= {i: _utc(i) if told[3 * n + j] else _moment(i) for j, i in enumerate(sorted(moments))}
    return [values.get(i, f"c{i}") for i in range(width)]


def _number(i: int, odd: int, whole: int, places: int) -> str:
    if odd or whole + places > _DIGITS:
        return f"c{i}"
    kind = "BIGINT" if not places and whole <= _WHOLE_DIGITS else f"DECIMAL({whole + places}, {places})"
    return f"CAST(c{i} AS {kind})"


def _moment(i: int) -> str:
    return f"TRY_CAST(c{i} || '+00' AS TIMESTAMP WITH TIME ZONE)"


def _utc(i: int) -> str:
    """A moment as text; MySQL's '0000-00-00 00:00:00' stays as it is."""
    return f"CASE WHEN c{i} LIKE '0000-%' THEN c{i} ELSE c{i} || '+00:00' END"


def content_hash(taken: Snapshot) -> str:
    """Hash of the rows and their types, whatever their order: two sums of 64-bit hashes of the rows."""
    with sql.connect(threads=2) as connection:
        rows = f"({taken.select('n')})"
        values = ", ".join(map(sql.quoted, taken.columns))
        query = f"SELECT COUNT(*), SUM(hash({values}, 0)), SUM(hash({values}, 1)) FROM {rows}"
        sums = connection.execute(query).fetchone()
        types = sql.described(connection, rows)
    return hashlib.sha256(json.dumps([types, sums], default=str).encode()).hexdigest()
