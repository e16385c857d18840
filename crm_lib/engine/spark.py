"""Spark: in this process (`spark-local`), a cluster (`spark://`), or a Spark Connect server (`sc://`)."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa

from crm_lib.addresses import server
from crm_lib.engine import spark_executors, spark_session
from crm_lib.engine.duck import DuckEngine
from crm_lib.engine.failures import connecting
from crm_lib.engine.remote import RemoteEngine
from crm_lib.engine.spark_session import LOCAL
from crm_lib.tables import TABLES

# What a failure says in whichever words of Java's, Spark's and gRPC's -> rule
_SAID = {
    "OutOfMemoryError": "memory",
    "No space left on device": "full",
    "UNAVAILABLE": "lost",
    "DEADLINE_EXCEEDED": "lost",
    "INVALID_HANDLE": "lost",  # of a server that was started anew: the session is not there
    "UNAUTHENTICATED": "refused",
    "PERMISSION_DENIED": "refused",
}


class SparkEngine(RemoteEngine):
    """A session of its own: its views are seen by nobody else and go with it."""

    dialect = "spark"

    def __init__(self, local: DuckEngine, url: str) -> None:
        super().__init__(local, url)
        rule = "no_start" if url == LOCAL else "no_connection"
        with connecting(server(url), *spark_session.failures(), rule=rule):
            self._session = spark_session.new_session(url)
        self._context = None if url.startswith("sc://") else self._session.sparkContext
        self._is_local = url == LOCAL
        self._folder = TemporaryDirectory(dir=spark_session.local_folder().name) if self._is_local else None
        self._views: dict[str, Any] = {}

    def _ask(self, query: str) -> pa.Table:
        with spark_executors.wanted(self._context if not self._is_local else None):
            return self._session.sql(query).toArrow()

    def _send(self, name: str, columns: dict[str, str]) -> None:
        view = self._from_file(name) if self._folder and name in TABLES else self._from_memory(name, columns)
        self._keep(name, view)

    def _make(self, name: str, query: str) -> None:
        self._keep(name, self._session.sql(query))

    def _keep(self, name: str, view: Any) -> None:
        self._let_go(name)
        self._views[name] = view.persist()
        view.createOrReplaceTempView(name)

    def _from_file(self, name: str) -> Any:
        """By a file that DuckDB writes and Spark reads, neither holding the whole table."""
        assert self._folder
        path = Path(self._folder.name) / f"{name}.parquet"
        self._local.connection.execute(f"COPY (SELECT * FROM \"{name}\") TO '{path}' (FORMAT parquet)")
        return self._session.read.parquet(str(path))

    def _from_memory(self, name: str, columns: dict[str, str]) -> Any:
        schema = ", ".join(f"`{column}` {_type(kind)}" for column, kind in columns.items())
        rows = self._rows(name).read_all()
        return self._session.createDataFrame(rows if rows.num_rows else [], schema)

    def _let_go(self, name: str) -> None:
        if held := self._views.pop(name, None):
            held.unpersist()

    def _rule(self, error: Exception) -> str:
        if isinstance(error, spark_executors.NoExecutors):
            return "no_executors"
        said = f"{type(error).__name__} {error}"
        if found := next((rule for word, rule in _SAID.items() if word in said), ""):
            return found
        if self._context is None or spark_session.is_alive(self._context):
            return "lost" if type(error).__name__ == "RetriesExceeded" else ""
        return "ended" if self._is_local else "lost"

    def _disconnect(self) -> None:
        try:
            for name in list(self._views):
                self._session.catalog.dropTempView(name)
                self._let_go(name)
            if self._context is None:
                self._session.stop()
        finally:
            if self._folder:
                self._folder.cleanup()


def _type(kind: str) -> str:
    """Spark's name of a DuckDB type."""
    return {"VARCHAR": "STRING", "TIMESTAMP": "TIMESTAMP_NTZ", "HUGEINT": "DECIMAL(38,0)"}.get(kind, kind)
