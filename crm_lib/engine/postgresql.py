"""PostgreSQL: tables and frames are temporary tables of one connection, which go with it, however it ends."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from crm_lib.addresses import server
from crm_lib.engine.duck import DuckEngine
from crm_lib.engine.failures import connecting
from crm_lib.engine.remote import RemoteEngine

# SQLSTATE, or its class -> rule
_STATES = {"57014": "cancelled", "42501": "forbidden"}
_CLASSES = {"53": "full"}


class PostgresEngine(RemoteEngine):
    """Needs the right to make temporary tables, and no other."""

    dialect = "postgres"

    def __init__(self, local: DuckEngine, url: str) -> None:
        from adbc_driver_postgresql import dbapi

        super().__init__(local, url)
        with connecting(server(url), dbapi.Error, OSError):
            self._connection = dbapi.connect(url, autocommit=True)
            self._do("SET search_path = pg_temp, pg_catalog")  # a table of ours is never mistaken for one of theirs
            self._do("SET client_encoding = 'UTF8'")

    def _ask(self, query: str) -> pa.Table:
        with self._connection.cursor() as cursor:
            cursor.execute(query)
            columns = [_plain(column) for column in cursor.fetch_arrow_table().columns]
        return pa.table(columns, names=[str(i) for i in range(len(columns))])

    def _send(self, name: str, columns: dict[str, str]) -> None:
        made = ", ".join(f'"{column}" {_type(kind)}' for column, kind in columns.items())
        self._do(f'DROP TABLE IF EXISTS pg_temp."{name}"')
        self._do(f'CREATE TEMP TABLE "{name}" ({made})')
        with self._connection.cursor() as cursor:
            cursor.adbc_ingest(name, self._rows(name), mode="append", temporary=True)
        self._do(f'ANALYZE pg_temp."{name}"')

    def _make(self, name: str, query: str) -> None:
        self._do(f'DROP TABLE IF EXISTS pg_temp."{name}"')
        self._do(f'CREATE TEMP TABLE "{name}" AS {query}')
        self._do(f'ANALYZE pg_temp."{name}"')

    def _do(self, statement: str) -> None:
        with self._connection.cursor() as cursor:
            cursor.execute(statement)

    def _rule(self, error: Exception) -> str:
        state = getattr(error, "sqlstate", None) or ""
        return _STATES.get(state) or _CLASSES.get(state[:2]) or ("" if self._answers() else "lost")

    def _answers(self) -> bool:
        try:
            self._do("SELECT 1")
        except Exception:  # whatever the driver makes of a connection that is gone
            return False
        return True

    def _disconnect(self) -> None:
        self._connection.close()


def _type(kind: str) -> str:
    """PostgreSQL's name of a DuckDB type; text is compared by its bytes."""
    return {"VARCHAR": 'TEXT COLLATE "C"', "DOUBLE": "DOUBLE PRECISION", "HUGEINT": "NUMERIC"}.get(kind, kind)


def _plain(column: Any) -> Any:
    """What Arrow has no type for, which the driver hands over as text in a type of its own."""
    return pa.chunked_array(
        [c.storage if isinstance(c.type, pa.BaseExtensionType) else c for c in column.chunks],
        column.type.storage_type if isinstance(column.type, pa.BaseExtensionType) else column.type,
    )
