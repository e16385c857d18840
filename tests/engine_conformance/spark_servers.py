"""A standalone master, its worker, and a Spark Connect server of their own for tests, on loopback; pyspark brings them."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.ingest.servers import _free_port

_SECONDS = 90
_SMALL = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"


@contextmanager
def master(folder: Path) -> Iterator[str]:
    """Its address."""
    port = _free_port()
    given = ["--host", "127.0.0.1", "--port", str(port), "--webui-port", "0"]
    with _java(["spark-class", "org.apache.spark.deploy.master.Master", *given], folder, "master") as process:
        _listens(port, process)
        yield f"spark://127.0.0.1:{port}"


@contextmanager
def worker(folder: Path, address: str, cores: int = 1) -> Iterator[subprocess.Popen[bytes]]:
    given = ["--host", "127.0.0.1", "--webui-port", "0", "--cores", str(cores), "--memory", "1g"]
    given += ["--work-dir", str(folder / "work"), address]
    with _java(["spark-class", "org.apache.spark.deploy.worker.Worker", *given], folder, "worker") as process:
        _says(folder / "worker.log", "Successfully registered with master", process)
        yield process


@contextmanager
def connect_server(folder: Path, token: str = "") -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Its address and its process."""
    port = _free_port()
    settings = {"spark.connect.grpc.binding.port": port, "spark.connect.grpc.binding.address": "127.0.0.1"}
    settings |= {"spark.driver.bindAddress": "127.0.0.1", "spark.driver.host": "127.0.0.1", "spark.ui.enabled": "false"}
    settings |= {"spark.connect.authenticate.token": token} if token else {}
    told = [part for key, value in settings.items() for part in ("--conf", f"{key}={value}")]
    server = "org.apache.spark.sql.connect.service.SparkConnectServer"
    command = ["spark-submit", "--master", "local[2]", *told, "--class", server, "spark-internal"]
    with _java(command, folder, "connect") as process:
        _listens(port, process)
        yield f"sc://127.0.0.1:{port}", process


@contextmanager
def _java(command: Sequence[str], folder: Path, name: str) -> Iterator[subprocess.Popen[bytes]]:
    import pyspark

    home = Path(pyspark.__file__).parent
    more = {
        "SPARK_HOME": str(home),
        "SPARK_DAEMON_JAVA_OPTS": _SMALL,
        "SPARK_LOCAL_DIRS": str(folder),
        "TMPDIR": str(folder),
    }
    with (folder / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(
            [str(home / "bin" / command[0]), *command[1:]],
            env=os.environ | more,
            stdout=log,
            stderr=log,
            cwd=folder,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(_SECONDS)


def _listens(port: int, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + _SECONDS
    while True:
        assert process.poll() is None
        assert time.monotonic() < end
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.1)


def _says(log: Path, words: str, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + _SECONDS
    while words not in log.read_text(errors="replace"):
        assert process.poll() is None, log.read_text(errors="replace")
        assert time.monotonic() < end, log.read_text(errors="replace")
        time.sleep(0.1)
