"""Spark: in this process (`spark-local`), a cluster (`spark://`), or a Spark Connect server (`sc://`)."""

from __future__ import annotations

import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa

from crm_lib.engine.duck import DuckEngine
from crm_lib.engine.remote import RemoteEngine
from crm_lib.tables import TABLES

LOCAL = "spark-local"
# What changes answers: days and times without zones, errors in place of NULL.
MEANING = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.timestampType": "TIMESTAMP_NTZ",
    "spark.sql.ansi.enabled": "true",
}
_QUIET = {"spark.ui.enabled": "false", "spark.ui.showConsoleProgress": "false"}
_HERE = {
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.sql.shuffle.partitions": "2",
    "spark.default.parallelism": "2",
}


class SparkEngine(RemoteEngine):
    """A session of its own: its views are seen by nobody else and go with it."""

    dialect = "spark"

    def __init__(self, local: DuckEngine, url: str) -> None:
        super().__init__(local)
        self._session = _session(url)
        self._folder = TemporaryDirectory(prefix="crm-spark-") if url == LOCAL else None
        self._views: dict[str, Any] = {}
        for key, value in MEANING.items():
            self._session.conf.set(key, value)

    def _ask(self, query: str) -> pa.Table:
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

    def close(self) -> None:
        for name in list(self._views):
            self._session.catalog.dropTempView(name)
            self._let_go(name)
        if self._folder:
            self._folder.cleanup()
        super().close()


def _type(kind: str) -> str:
    """Spark's name of a DuckDB type."""
    return {"VARCHAR": "STRING", "TIMESTAMP": "TIMESTAMP_NTZ", "HUGEINT": "DECIMAL(38,0)"}.get(kind, kind)


def _session(url: str) -> Any:
    """A new session. A process has one Spark of its own, whose sessions share its threads and no views."""
    from pyspark import SparkConf, SparkContext
    from pyspark.java_gateway import launch_gateway
    from pyspark.sql import SparkSession

    if url.startswith("sc://"):
        return SparkSession.builder.remote(url).create()
    if SparkContext._active_spark_context is None:
        settings = MEANING | _QUIET | (_HERE if url == LOCAL else {})
        conf = SparkConf().setAppName("crm-playbooks").setMaster("local[2]" if url == LOCAL else url)
        conf.setAll(list(settings.items()))
        # Spark's own words do not belong in a notebook; what goes wrong comes as an exception.
        gateway = launch_gateway(conf, {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL})
        SparkContext(conf=conf, gateway=gateway)
    return SparkSession(SparkContext.getOrCreate()).newSession()
