"""PostgreSQL by ADBC: types kept, what Arrow has no type for as the server's own text."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import adbc_driver_manager
import pyarrow as pa
import pyarrow.compute as pc
from adbc_driver_postgresql import dbapi

from crm_lib.addresses import server
from crm_lib.ingest.databases.database_url import DatabaseFailed, without_secrets
from crm_lib.ingest.databases.read_sql import Answer, Beyond, positions

_CONNECT_SECONDS = 10
_LOWEST, _HIGHEST = -719_162, 2_932_896  # days of 0001-01-01 and 9999-12-31 since 1970
_DAY = 86_400_000_000  # microseconds
# SQLSTATE, or its class -> rule
_STATES = {"25006": "read_only", "57014": "timeout", "42501": "forbidden", "53300": "too_many", "3D000": "no_database"}
_CLASSES = {"42": "query", "22": "value", "28": "login", "08": "lost", "57": "lost", "0A": "query"}
# What libpq and the server say of a connection that does not come about; there is no SQLSTATE then.
_SAID = (
    (r"could not translate host name", "unknown_host"),
    (r"no encryption|SSL off|requires? (?:SSL|TLS)", "tls_needed"),
    (r"does not support SSL", "no_tls"),
    (r"certificate|SSL error|root\.crt", "certificate"),
    (r"no pg_hba\.conf entry|pg_hba\.conf rejects", "not_admitted"),
    (r"password authentication failed|no password supplied|role .* does not exist|authentication failed", "login"),
    (r"database .* does not exist", "no_database"),
    (r"too many (?:clients|connections)|remaining connection slots", "too_many"),
    (r"invalid (?:URI|integer|port|connection option|sslmode|percent)|missing .* URI|unexpected .* URI", "bad_url"),
    (
        r"refused|timeout expired|timed out|No route|unreachable|No such file|server closed|starting up|shutting down",
        "unreachable",
    ),
)


@contextmanager
def ask(url: str, query: str, timeout_seconds: int, as_text: frozenset[int] = frozenset()) -> Iterator[Answer]:
    """See `read_sql.ask`."""
    with told(url, timeout_seconds), closing(_connect(url)) as connection, closing(connection.cursor()) as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute(f"SET LOCAL statement_timeout = '{timeout_seconds}s'")
        for setting in ("client_encoding = 'UTF8'", "datestyle = 'ISO, YMD'", "intervalstyle = 'iso_8601'"):
            cursor.execute(f"SET LOCAL {setting}")
        schema = cursor.adbc_execute_schema(query)
        casts = [_cast(field, i in as_text) for i, field in enumerate(schema)]
        cursor.execute(_wrapped(query, casts) if any(casts) else query)
        numbers = {i for i, (field, cast) in enumerate(zip(schema, casts, strict=True)) if _exact(field, cast)}
        yield Answer(schema.names, _batches(cursor.fetch_record_batch(), schema.names), numbers)


def _connect(url: str) -> Any:
    url = re.sub(r"^(\w+)\+\w+:", r"\1:", url)
    mark = "" if "connect_timeout=" in url else "&" if "?" in url else "?"
    return dbapi.connect(f"{url}{mark}connect_timeout={_CONNECT_SECONDS}" if mark else url)


def _cast(field: pa.Field, as_text: bool) -> str:
    """The type that a column is cast to at the server; '' where it comes as it is. Raise DatabaseFailed."""
    kind = (field.metadata or {}).get(b"POSTGRESQL:type", b"").decode()
    if kind == "bytea" or (pa.types.is_binary(field.type) and not kind):
        raise DatabaseFailed("binary", column=field.name)
    if kind == "money":
        return "numeric"
    kept = kind in ("int2", "int4", "int8", "float4", "float8", "bool", "date", "timestamp", "timestamptz")
    if as_text or not (kept or kind == "numeric" or pa.types.is_string(field.type)):
        return "text"
    return ""


def _exact(field: pa.Field, cast: str) -> bool:
    """Whether a column's numbers come as text."""
    return cast == "numeric" or (not cast and (field.metadata or {}).get(b"POSTGRESQL:type") == b"numeric")


def _wrapped(query: str, casts: list[str]) -> str:
    names = ", ".join(f"c{i}" for i in range(len(casts)))
    columns = ", ".join(f"q.c{i}{f'::{cast}' if cast else ''}" for i, cast in enumerate(casts))
    return f"SELECT {columns} FROM (\n{query}\n) AS q ({names})"


def _batches(reader: pa.RecordBatchReader, names: list[str]) -> Iterator[pa.RecordBatch]:
    """Plain types; every batch looked through for days out of range and text that is not UTF-8."""
    yield pa.RecordBatch.from_arrays([_plain(pa.array([], field.type)) for field in reader.schema], positions(names))
    for batch in reader:
        if beyond := {i for i, column in enumerate(batch.columns) if _beyond(column)}:
            raise Beyond(beyond)
        plain = pa.RecordBatch.from_arrays([_plain(column) for column in batch.columns], positions(names))
        plain.validate(full=True)
        yield plain


def _plain(column: pa.Array) -> pa.Array:
    return column.storage if isinstance(column.type, pa.BaseExtensionType) else column


def _beyond(column: pa.Array) -> bool:
    if pa.types.is_date32(column.type):
        days, unit = column.cast(pa.int32()), 1
    elif pa.types.is_timestamp(column.type):
        days, unit = column.cast(pa.int64()), _DAY
    else:
        return False
    ends = pc.min_max(days).as_py()
    return ends["min"] is not None and not _LOWEST * unit <= ends["min"] <= ends["max"] < (_HIGHEST + 1) * unit


@contextmanager
def told(url: str, timeout_seconds: int) -> Iterator[None]:
    """What the driver raises, as DatabaseFailed."""
    began = time.monotonic()
    try:
        yield
    except adbc_driver_manager.Error as error:
        raise _failure(error, url, timeout_seconds) from None
    except pa.ArrowInvalid:
        raise DatabaseFailed("undecodable") from None
    except OSError as error:  # of the stream
        raise _on_the_way(str(error), url, timeout_seconds, time.monotonic() - began) from None


def _on_the_way(words: str, url: str, timeout_seconds: int, seconds: float) -> DatabaseFailed:
    """Of a query that was accepted and then failed; the driver gives no SQLSTATE, and servers speak any language."""
    given: dict[str, str | int] = {"server": server(url), "seconds": timeout_seconds, "code": "-"}
    if "read-only" in words:
        return DatabaseFailed("read_only", **given)
    if seconds >= timeout_seconds:
        return DatabaseFailed("timeout", **given)
    return DatabaseFailed("value" if "PGRES_FATAL_ERROR" in words and "server closed" not in words else "lost", **given)


def _failure(error: Exception, url: str, timeout_seconds: int) -> DatabaseFailed:
    words = str(error)
    found = re.search(r"SQLSTATE:? ?\(?([0-9A-Z]{5})", words)
    state = getattr(error, "sqlstate", None) or (found[1] if found else "")
    given: dict[str, str | int] = {"server": server(url), "seconds": timeout_seconds, "code": state or "-"}
    rule = _STATES.get(state) or _CLASSES.get(state[:2])
    if rule is None and not state:
        rule = next((rule for pattern, rule in _SAID if re.search(pattern, words, re.IGNORECASE)), None)
    speaks_of_query = rule in ("query", "forbidden") or "Failed to connect" in words
    return DatabaseFailed(rule or "other", **given, reason=_reason(words, url) if speaks_of_query else "")


def _reason(words: str, url: str) -> str:
    """The server's sentence on the query: what it is about, but nothing of the query's own text or values."""
    said = re.search(r"(?:ERROR|FATAL):\s*([^\n]*)", words)
    return without_secrets(said[1] if said else words.partition("\n")[0], url)
