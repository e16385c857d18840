"""MySQL and MariaDB by PyMySQL, row by row from the server, every value in the server's own text: exact numbers,
'0000-00-00' as it stands."""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import pyarrow as pa
import pymysql
from pymysql import converters
from pymysql.constants import FIELD_TYPE
from pymysql.cursors import SSCursor

from crm_lib.addresses import server
from crm_lib.ingest.databases.database_url import DatabaseFailed, without_secrets
from crm_lib.ingest.databases.read_sql import BATCH_ROWS, Answer, text_batch

_CONNECT_SECONDS = 10
_PORT = 3306
_NUMBERS = frozenset(
    getattr(FIELD_TYPE, name)
    for name in ("TINY", "SHORT", "INT24", "LONG", "LONGLONG", "YEAR", "DECIMAL", "NEWDECIMAL", "BIT")
)
_MODES = {"disabled", "preferred", "required", "verify_ca", "verify_identity"}
_FILES = {"ssl-ca": "ssl_ca", "ssl-cert": "ssl_cert", "ssl-key": "ssl_key"}
_UNKNOWN_VARIABLE = 1193
_RULES = {
    1044: "forbidden",
    1045: "login",
    1698: "login",
    1049: "no_database",
    1040: "too_many",
    1203: "too_many",
    1129: "not_admitted",
    1130: "not_admitted",
    1142: "forbidden",
    1143: "forbidden",
    1370: "forbidden",
    1227: "forbidden",
    1792: "read_only",
    1290: "read_only",
    1969: "timeout",
    3024: "timeout",
    1317: "timeout",
    2003: "unreachable",
    2006: "lost",
    2013: "lost",
    2026: "certificate",
    3159: "tls_needed",
}
# Errors that speak of the query's own words: names, syntax.
_QUERY = frozenset(
    {1046, 1051, 1052, 1054, 1055, 1056, 1060, 1064, 1065, 1066, 1103, 1109, 1111, 1140, 1146, 1248, 1305}
)


@contextmanager
def ask(url: str, query: str, timeout_seconds: int) -> Iterator[Answer]:
    """See `read_sql.ask`."""
    try:
        with closing(pymysql.connect(**_settings(url, timeout_seconds))) as connection:
            cursor = connection.cursor()
            _only_read(cursor, timeout_seconds)
            cursor.execute(query)
            if cursor.description is None:
                raise DatabaseFailed("no_select")
            names = [column[0] for column in cursor.description]
            kinds = [column[1] for column in cursor.description]
            numbers = {i for i, kind in enumerate(kinds) if kind in _NUMBERS}
            moments = {i for i, kind in enumerate(kinds) if kind == FIELD_TYPE.TIMESTAMP}
            try:
                yield Answer(names, _batches(cursor, names, kinds), numbers, moments)
            finally:
                connection._force_close()  # a polite end would first read every row that is left
    except pymysql.MySQLError as error:
        raise _failure(error, url, timeout_seconds) from None
    except UnicodeError:
        raise DatabaseFailed("undecodable") from None
    except ssl.SSLError:
        raise DatabaseFailed("certificate", server=server(url)) from None
    except OSError:
        raise DatabaseFailed("lost", server=server(url)) from None


def _only_read(cursor: Any, timeout_seconds: int) -> None:
    try:
        cursor.execute(f"SET SESSION max_statement_time = {timeout_seconds}")  # MariaDB
    except pymysql.MySQLError as error:
        if error.args[:1] != (_UNKNOWN_VARIABLE,):
            raise
        cursor.execute(f"SET SESSION max_execution_time = {timeout_seconds * 1000}")
    cursor.execute("SET SESSION time_zone = '+00:00', net_write_timeout = 600")
    cursor.execute("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
    cursor.execute("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")


def _settings(url: str, timeout_seconds: int) -> dict[str, Any]:
    """Raise DatabaseFailed where the address is not well formed."""
    parts = urlsplit(url)
    options = {key.replace("_", "-").lower(): value for key, value in parse_qsl(parts.query)}
    mode = options.pop("ssl-mode", "preferred").lower()
    unix = options.pop("socket", None) or options.pop("unix-socket", None)
    options.pop("charset", None)
    files = {_FILES[key]: options.pop(key) for key in list(options) if key in _FILES}
    try:
        port = parts.port or _PORT
    except ValueError:
        port = 0
    if options or mode not in _MODES or not port:
        raise DatabaseFailed("bad_url")
    return {
        "host": parts.hostname or "localhost",
        "port": port,
        "unix_socket": unix,
        "user": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
        "database": unquote(parts.path.strip("/")) or None,
        "charset": "utf8mb4",
        "conv": converters.encoders,  # and no decoders
        "cursorclass": SSCursor,
        "connect_timeout": _CONNECT_SECONDS,
        "read_timeout": timeout_seconds + _CONNECT_SECONDS,
        **_tls(mode, files),
    }


def _tls(mode: str, files: dict[str, str]) -> dict[str, Any]:
    if mode == "disabled":
        return {"ssl_disabled": True}
    if mode.startswith("verify"):
        return files | {"ssl_verify_cert": True, "ssl_verify_identity": mode == "verify_identity"}
    if mode == "required" or files:
        return {
            "ssl_verify_cert": bool(files.get("ssl_ca")),
            "ssl_verify_identity": False,
            "ssl": {"verify_mode": "none"},
        } | files
    return {}


def _batches(cursor: Any, names: Sequence[str], kinds: Sequence[int]) -> Iterator[pa.RecordBatch]:
    yield text_batch([[] for _ in names], names)
    while rows := cursor.fetchmany(BATCH_ROWS):
        columns = list(zip(*rows, strict=True))
        yield text_batch([_texts(column, names[i], kinds[i]) for i, column in enumerate(columns)], names)


def _texts(column: Sequence[Any], name: str, kind: int) -> Sequence[Any]:
    """Bytes are text that has no declared encoding, or they are refused; BIT is a number."""
    if not any(isinstance(cell, bytes) for cell in column):
        return column
    if kind == FIELD_TYPE.BIT:
        return [cell if cell is None else str(int.from_bytes(cell, "big")) for cell in column]
    with suppress(UnicodeDecodeError):
        found = [cell.decode("utf-8") if isinstance(cell, bytes) else cell for cell in column]
        if not any(cell and "\0" in cell for cell in found):
            return found
    raise DatabaseFailed("binary", column=name)


def _failure(error: pymysql.MySQLError, url: str, timeout_seconds: int) -> DatabaseFailed:
    code = error.args[0] if error.args and isinstance(error.args[0], int) else 0
    words = str(error.args[-1]) if error.args else ""
    rule = "query" if code in _QUERY else _RULES.get(code, "other")
    if code == 2003 and any(said in words for said in ("Name or service", "nodename", "getaddrinfo", "resolution")):
        rule = "unknown_host"
    elif code == 2003 and "certificate" in words.lower():
        rule = "certificate"
    elif code == 2026 and "support" in words:
        rule = "no_tls"
    reason = without_secrets(words, url) if rule in ("query", "forbidden") else ""
    return DatabaseFailed(rule, server=server(url), seconds=timeout_seconds, code=code, reason=reason)
