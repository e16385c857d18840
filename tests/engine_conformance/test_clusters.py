"""A standalone cluster of one worker and a Spark Connect server, both real: a whole phase, and what is told when they go."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from crm_lib.engine import connect_frames, spark_executors, spark_session
from crm_lib.engine.open import move
from crm_lib.errors import UserError
from crm_lib.run.plan import PHASES
from tests.engine_conformance import spark_servers
from tests.engine_conformance.made_tables import made_tables
from tests.engine_conformance.whole_phases import BY_VARIABLE, DUCKDB, Executed, compare

pytestmark = [pytest.mark.whole_engine, pytest.mark.usefixtures("spark_url")]
TOKEN = "t0ken-of-the-test"


def in_a_process(work: Callable[..., Any], *given: Any) -> Any:
    """Result of a call in a process of its own: one has one Spark."""
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        return pool.submit(work, *given).result(240)


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Executed:
    return Executed(tmp_path_factory.mktemp("duckdb"), DUCKDB, PHASES[:1])


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("cluster")
    with spark_servers.master(folder) as address, spark_servers.worker(folder, address):
        yield address


def test_a_phase_on_a_standalone_cluster(here: Executed, cluster: str, tmp_path: Path):
    compare(in_a_process(Executed, tmp_path, f'engine = "{cluster}"', PHASES[:1]), here, PHASES[:1])


def test_a_phase_on_a_connect_server(here: Executed, tmp_path: Path):
    pytest.importorskip("grpc")
    with spark_servers.connect_server(tmp_path) as (address, _):
        found = in_a_process(Executed, tmp_path / "run", BY_VARIABLE, PHASES[:1], address)
    compare(found, here, PHASES[:1])


def _without_worker(folder: Path) -> list[str]:
    """Rules told: before a worker is there; none with one; after it is gone."""
    spark_executors.SECONDS = 5
    rules = []
    with spark_servers.master(folder) as address:
        engine = move(connect_frames(made_tables()), address)
        rules.append(_told(engine))
        with spark_servers.worker(folder, address):
            rules.append(_told(engine))
        rules.append(_told(engine))
        engine.close()
    return rules


def test_a_cluster_without_a_worker_is_told(tmp_path: Path):
    assert in_a_process(_without_worker, tmp_path) == [
        "errors.engine.no_executors",
        "",
        "errors.engine.no_executors",
    ]


def _master_unreachable(port: int) -> str:
    return _told_at(f"spark://127.0.0.1:{port}")


def test_a_master_that_is_not_there_is_told():
    assert in_a_process(_master_unreachable, spark_servers._free_port()) == "errors.engine.no_connection"


def _connect_server_killed(folder: Path) -> list[str]:
    spark_session._RETRIES = 2
    with spark_servers.connect_server(folder) as (address, process):
        engine = move(connect_frames(made_tables()), address)
        rules = [_told(engine)]
        process.kill()
        process.wait(20)
        rules += [_told(engine), _told_at(address)]
    return rules


def test_a_connect_server_that_is_killed_is_told(tmp_path: Path):
    pytest.importorskip("grpc")
    lost = in_a_process(_connect_server_killed, tmp_path)
    assert lost == ["", "errors.engine.lost", "errors.engine.no_connection"]


def _with_tokens(folder: Path) -> list[str]:
    spark_session._RETRIES = 2
    with spark_servers.connect_server(folder, TOKEN) as (address, _):
        here = address.replace("127.0.0.1", "localhost")  # to any other name pyspark sends a token by TLS only
        return [_told_at(f"{here}/;token={token}") for token in (TOKEN, "wr0ng")]


def test_a_wrong_token_is_told_and_not_shown(tmp_path: Path):
    pytest.importorskip("grpc")
    assert in_a_process(_with_tokens, tmp_path) == ["", "errors.engine.no_connection"]


def _told_at(url: str) -> str:
    try:
        engine = move(connect_frames(made_tables()), url)
    except UserError as error:
        return _rule(error)
    try:
        return _told(engine)
    finally:
        engine.close()


def _told(engine: Any) -> str:
    """The rule in whose words a query fails, '' where it is answered."""
    try:
        found = engine.sql("SELECT order_id FROM orders")
    except UserError as error:
        return _rule(error)
    return "" if len(found) == 240 else f"{len(found)} rows"


def _rule(error: UserError) -> str:
    return "the token is shown" if "wr0ng" in f"{error!r} {error}" else error.problems[0].message.id
