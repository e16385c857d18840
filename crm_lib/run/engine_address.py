"""The address of the engine that an engagement names, and whether it answers."""

from __future__ import annotations

import os
import shutil
import socket
from contextlib import closing
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from crm_lib.engagement import FILE_NAME, Engagement
from crm_lib.errors import Problem, UserError
from crm_lib.language import Message, msg

SCHEMES = ("postgresql", "postgres", "spark", "sc")
_SECONDS = 10


@dataclass(frozen=True)
class Reference:
    url_env: str | None
    url_file: str | None


def reference(engagement: Engagement) -> Reference:
    """Where the engine's address stands, if not in the engagement."""
    return Reference(engagement.engine_url_env, engagement.engine_url_file)


def engine_url(engagement: Engagement, folder: Path) -> str:
    """What `engine.connect` takes. Raise UserError where the address cannot be had."""
    where = reference(engagement)
    if not (where.url_env or where.url_file):
        return engagement.engine
    from crm_lib.ingest.databases.database_url import DatabaseFailed, database_url

    try:
        return database_url(where, folder, SCHEMES)
    except DatabaseFailed as failed:
        raise UserError(_told(msg(f"errors.data.sql.{failed.rule}", **failed.given), engagement)) from None


def check_engine(engagement: Engagement, folder: Path) -> list[Problem]:
    """What keeps a run from its engine; [] where it can be asked."""
    try:
        url = engine_url(engagement, folder)
    except UserError as error:
        return error.problems
    if url.startswith("postgres"):
        message = _postgresql(url)
    else:
        message = _spark(url) if url.startswith(("spark", "sc:")) else None
    return [_told(message, engagement)] if message else []


def _told(message: Message, engagement: Engagement) -> Problem:
    key = (
        "engine_url_env" if engagement.engine_url_env else "engine_url_file" if engagement.engine_url_file else "engine"
    )
    return Problem(message, f"{FILE_NAME} {key}")


def _postgresql(url: str) -> Message | None:
    """Whether the server lets its user in, and make temporary tables."""
    from adbc_driver_postgresql import dbapi

    from crm_lib.addresses import server
    from crm_lib.ingest.databases.database_url import DatabaseFailed
    from crm_lib.ingest.databases.read_postgresql import told

    mark = "&" if "?" in url else "?"
    try:
        with (
            told(url, _SECONDS),
            closing(dbapi.connect(f"{url}{mark}connect_timeout={_SECONDS}")) as connection,
            connection.cursor() as cursor,
        ):
            cursor.execute("SELECT has_database_privilege(current_database(), 'TEMPORARY') AS may")
            may = bool(cursor.fetchone()[0])
    except DatabaseFailed as failed:
        return msg(f"errors.data.sql.{failed.rule}", **failed.given)
    return None if may else msg("errors.engine.no_temporary", server=server(url))


def _spark(url: str) -> Message | None:
    """Whether what Spark needs on this machine is there, and whether anything listens at its address."""
    if find_spec("pyspark") is None:
        return msg("errors.engine.no_pyspark")
    if url.startswith("sc:"):
        return msg("errors.engine.no_connect_packages") if _lack_connect() else _listening(url, 15002)
    if not (shutil.which("java") or os.environ.get("JAVA_HOME")):
        return msg("errors.engine.no_java")
    return _listening(url, 7077) if url.startswith("spark:") else None


def _lack_connect() -> bool:
    return any(find_spec(name) is None for name in ("grpc", "grpc_status", "google.rpc", "zstandard"))


def _listening(url: str, usual_port: int) -> Message | None:
    """Whether one of the servers of an address (a cluster may have several masters) takes a connection."""
    places = urlsplit(url).netloc.rpartition("@")[2]
    failures = [_knock(urlsplit(f"//{place}"), usual_port) for place in places.split(",")]
    rule = failures[0] if all(failures) else None
    return msg(f"errors.data.sql.{rule}", server=places) if rule else None


def _knock(place: SplitResult, usual_port: int) -> str | None:
    try:
        socket.create_connection((place.hostname or "", place.port or usual_port), _SECONDS).close()
    except socket.gaierror:
        return "unknown_host"
    except ValueError:  # of the port
        return "bad_url"
    except OSError:
        return "unreachable"
    return None
