"""Sessions of Spark: in this process (`spark-local`), on a cluster (`spark://`), on a Spark Connect server (`sc://`)."""

from __future__ import annotations

import os
import subprocess
from contextlib import suppress
from functools import cache
from tempfile import TemporaryDirectory
from typing import Any

LOCAL = "spark-local"
PREFIX = "crm-spark-"  # of the folder of a process; its id stands behind it
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
_RETRIES = 7  # of a call to a Connect server: 1 to 2 minutes; pyspark's own 15 are ten


def new_session(url: str) -> Any:
    """A session whose views nobody else sees. A process has one Spark of its own, whose sessions share its threads."""
    session = _remote(url) if url.startswith("sc://") else _newest(url)
    for key, value in MEANING.items():
        session.conf.set(key, value)
    return session


@cache
def local_folder() -> TemporaryDirectory[str]:
    """Where Spark in this process reads and spills: removed with the process, at the latest by the next run."""
    return TemporaryDirectory(prefix=f"{PREFIX}{os.getpid()}-")


def failures() -> tuple[type[Exception], ...]:
    """What pyspark raises where a session does not come about."""
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    return Py4JError, PySparkException, OSError


def is_alive(context: Any) -> bool:
    """Whether the Java process answers and its context was not stopped."""
    try:
        return not context._jsc.sc().isStopped()
    except Exception:  # whatever py4j makes of a process that is gone
        return False


def _remote(url: str) -> Any:
    from pyspark.sql import SparkSession
    from pyspark.sql.connect.client.retries import DefaultPolicy

    session = SparkSession.builder.remote(url).create()
    session.client.set_retry_policies([DefaultPolicy(max_retries=_RETRIES)])
    return session


def _newest(url: str) -> Any:
    from pyspark import SparkContext
    from pyspark.sql import SparkSession

    context = SparkContext._active_spark_context
    if context is not None and not (is_alive(context) and context.master == _master(url)):
        _forget(context)
        context = None
    return SparkSession(context or _start(url)).newSession()


def _start(url: str) -> Any:
    from pyspark import SparkConf, SparkContext
    from pyspark.java_gateway import launch_gateway

    settings = MEANING | _QUIET
    if url == LOCAL:
        folder = local_folder().name
        java = f'-Djava.io.tmpdir="{folder}"'
        settings |= _HERE | {"spark.local.dir": folder, "spark.driver.extraJavaOptions": java}
    conf = SparkConf().setAppName("crm-playbooks").setMaster(_master(url))
    conf.setAll(list(settings.items()))
    # Spark's own words do not belong in a notebook; what goes wrong comes as an exception.
    gateway = launch_gateway(conf, {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL})
    return SparkContext(conf=conf, gateway=gateway)


def _master(url: str) -> str:
    return "local[2]" if url == LOCAL else url


def _forget(context: Any) -> None:
    """Make room for a new Java process in the place of one that is gone, or works for another master."""
    from pyspark import SparkContext

    gateway: Any = SparkContext._gateway
    for part in (context.stop, gateway.shutdown, gateway.proc.stdin.close):  # upon the last Java ends
        with suppress(Exception):
            part()
    SparkContext._active_spark_context = SparkContext._gateway = SparkContext._jvm = None
