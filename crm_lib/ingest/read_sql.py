"""A query at the client's database -> Arrow, by ADBC."""

from __future__ import annotations

import os
import re
from typing import Any
from urllib.parse import unquote, urlsplit

import pyarrow as pa

SCHEMES = ("postgresql", "postgres", "sqlite")


class DatabaseFailed(Exception):
    """The database refused; `reason` is its own words, without the URL."""


def query_database(url: str, query: str) -> pa.Table:
    """Result of a query at postgresql:// or sqlite:///path. Raise DatabaseFailed, which never shows the password."""
    scheme = urlsplit(url).scheme
    if scheme not in SCHEMES:
        raise DatabaseFailed(f"{scheme or '?'}: {', '.join(SCHEMES)}")
    try:
        with _connect(url, scheme) as connection, connection.cursor() as cursor:
            if scheme == "sqlite":  # SQLite has no column types: look at every row before choosing one
                cursor.adbc_statement.set_options(**{"adbc.sqlite.query.batch_rows": str(10**8)})
            cursor.execute(query)
            return _plain(cursor.fetch_arrow_table())
    except Exception as error:
        raise DatabaseFailed(_without_secrets(str(error), url)) from None


def _plain(table: pa.Table) -> pa.Table:
    """Types that only the database knows (PostgreSQL's NUMERIC) as the text that they are sent as."""
    for i, field in enumerate(table.schema):
        if isinstance(field.type, pa.BaseExtensionType):
            chunks = [chunk.storage for chunk in table.column(i).chunks]
            table = table.set_column(i, field.name, pa.chunked_array(chunks, field.type.storage_type))
    return table


def _connect(url: str, scheme: str) -> Any:
    if scheme == "sqlite":
        from adbc_driver_sqlite import dbapi

        path = unquote(url.removeprefix("sqlite:///").removeprefix("sqlite:"))
        return dbapi.connect(f"file:{path}?mode=ro")
    from adbc_driver_postgresql import dbapi as postgres

    return postgres.connect(url)


def _without_secrets(reason: str, url: str) -> str:
    """Neither the password nor what looks like a customer's number or address."""
    parts = urlsplit(url)
    for secret in filter(None, (url, parts.password, unquote(parts.password or ""), parts.netloc)):
        reason = reason.replace(secret, "***")
    return re.sub(r"\S+@\S+|\d{5,}", "***", " ".join(reason.split()))[:300]


def database_url(variable: str) -> str | None:
    """The URL that an environment variable holds; None where it is not set."""
    return os.environ.get(variable) or None
