"""A PostgreSQL and a MariaDB of their own for tests, on loopback, in a folder that goes away with them.

The Debian packages bring the programs. Where they are missing the tests that need them are skipped, but never in CI.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest

PASSWORD = "c4n@ry:pass/word%"  # needs quoting in a URL
_SECONDS = 60
_READY = re.compile(rb"ready (?:to accept|for) connections")


@dataclass(frozen=True)
class Server:
    """`url(...)` names the server with or without TLS, as another user, or with a wrong password."""

    scheme: str
    port: int
    socket: Path
    log: Path

    def url(self, user: str = "reader", password: str = PASSWORD, database: str = "shop", options: str = "") -> str:
        return f"{self.scheme}://{user}:{quote(password, safe='')}@127.0.0.1:{self.port}/{database}{options}"


def need(program: str, package: str) -> str:
    """Path of a server's program; else skip, or fail in CI."""
    places = [os.environ.get("PATH", ""), "/usr/sbin", *map(str, Path("/usr/lib/postgresql").glob("*/bin"))]
    found = shutil.which(program, path=os.pathsep.join(places))
    if not found:
        assert not os.environ.get("CI"), f"{program} is missing: .ci/run installs the Debian package {package}"
        pytest.skip(f"no {program}: install the Debian package {package} to test against a real server")
    return found


@contextmanager
def postgresql() -> Iterator[Server]:
    program = need("postgres", "postgresql")
    bin = Path(program).resolve().parent
    with _folder("postgres") as (folder, as_user):
        (folder / "password").write_text(PASSWORD, encoding="utf-8")
        data, port = folder / "data", _free_port()
        how = ["-U", "owner", "--auth=scram-sha-256", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
        _call([*as_user, str(bin / "initdb"), "-D", str(data), *how, f"--pwfile={folder / 'password'}"])
        _certificate(folder, as_user)
        (data / "pg_hba.conf").write_text(
            "local all owner trust\nhostssl all tls_only 127.0.0.1/32 scram-sha-256\n"
            "host all tls_only 127.0.0.1/32 reject\nhost all all 127.0.0.1/32 scram-sha-256\n",
            encoding="utf-8",
        )
        settings = {"port": port, "listen_addresses": "127.0.0.1", "unix_socket_directories": folder, "fsync": "off"}
        settings |= {"ssl": "on", "ssl_cert_file": folder / "server.crt", "ssl_key_file": folder / "server.key"}
        options = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        with _running([*as_user, str(bin / "postgres"), "-D", str(data), *options], folder / "log"):
            yield Server("postgresql", port, folder, folder / "log")


@contextmanager
def shop_on_postgresql() -> Iterator[Server]:
    """A server with an empty database `shop`, and a user `reader` who may log in."""
    from adbc_driver_postgresql import dbapi

    with postgresql() as server:
        owner = f"postgresql:///postgres?host={server.socket}&port={server.port}&user=owner"
        with closing(dbapi.connect(owner, autocommit=True)) as connection, connection.cursor() as cursor:
            cursor.execute("CREATE DATABASE shop")
            cursor.execute(f"CREATE ROLE reader LOGIN PASSWORD '{PASSWORD}'")
        yield server


@contextmanager
def mariadb() -> Iterator[Server]:
    program = need("mariadbd", "mariadb-server")
    install = need("mariadb-install-db", "mariadb-server")
    with _folder("mysql") as (folder, as_user):
        data, port = folder / "data", _free_port()
        how = ["--no-defaults", f"--datadir={data}", "--auth-root-authentication-method=normal", "--skip-test-db"]
        _call([*as_user, install, *how])
        _certificate(folder, as_user)
        options = [f"--datadir={data}", f"--socket={folder / 'socket'}", f"--port={port}", "--bind-address=127.0.0.1"]
        options += [f"--pid-file={folder / 'pid'}", "--sql-mode=", "--innodb-flush-log-at-trx-commit=0"]
        options += [f"--ssl-cert={folder / 'server.crt'}", f"--ssl-key={folder / 'server.key'}"]
        with _running([*as_user, program, "--no-defaults", *options], folder / "log"):
            yield Server("mysql", port, folder / "socket", folder / "log")


@contextmanager
def _folder(user: str) -> Iterator[tuple[Path, list[str]]]:
    """A folder with a short path, for sockets, and how to become who owns it: servers do not run as root."""
    folder = Path(tempfile.mkdtemp(prefix="crm-test-", dir="/tmp"))
    as_user: list[str] = []
    if os.getuid() == 0:
        shutil.chown(folder, user)
        as_user = ["runuser", "-u", user, "--"]
    try:
        yield folder, as_user
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _certificate(folder: Path, as_user: Sequence[str]) -> None:
    names = ["-subj", "/CN=localhost", "-days", "2", "-keyout", str(folder / "server.key")]
    _call(
        [
            *as_user,
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            *names,
            "-out",
            str(folder / "server.crt"),
        ]
    )


def _call(command: Sequence[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False, cwd="/")
    assert done.returncode == 0, done.stdout + done.stderr


@contextmanager
def _running(command: Sequence[str], log: Path) -> Iterator[None]:
    with log.open("wb") as stream:
        process = subprocess.Popen(command, stdout=stream, stderr=stream, cwd="/", start_new_session=True)
    try:
        end = time.monotonic() + _SECONDS
        while not _READY.search(log.read_bytes()):
            assert process.poll() is None, log.read_text(errors="replace")
            assert time.monotonic() < end, log.read_text(errors="replace")
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(_SECONDS)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
