"""An engine that is lost in the middle of a run, or not to be had at its start: told without secrets, `latest` as it was."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from crm_lib.engagement import load
from crm_lib.engine import Engine, connect_frames
from crm_lib.engine.open import move
from crm_lib.engine.postgresql import PostgresEngine
from crm_lib.errors import UserError
from crm_lib.language import catalogue
from crm_lib.run.engine_address import check_engine
from crm_lib.run.session import open_session
from tests.engine_conformance.made_tables import made_tables
from tests.ingest.servers import PASSWORD, Server, shop_on_postgresql
from tests.run.small import Place, write_engagement

PLACE = 'engine_url_env = "CRM_ENGINE_URL"\n'
ASK_AGAIN = "session.engine.sql(\"SELECT COUNT(*) AS n FROM orders WHERE kind = 'refund'\")"
STOP_SERVER = f"""import os, signal, time
os.kill(int(os.environ["SERVER"]), signal.SIGINT)
while os.path.exists(os.environ["SERVER_FILE"]):
    time.sleep(0.02)
{ASK_AGAIN}"""
KILL_JAVA = f"""import os, signal
from pyspark import SparkContext
session.engine.count("orders")
os.kill(SparkContext._gateway.proc.pid, signal.SIGKILL)
{ASK_AGAIN}"""


@pytest.fixture
def server() -> Iterator[Server]:
    """One that a test may stop."""
    with shop_on_postgresql() as server:
        yield server


def _pid_file(server: Server) -> Path:
    return server.socket / "data" / "postmaster.pid"


def _pid(server: Server) -> int:
    return int(_pid_file(server).read_text().split()[0])


def _rules(refused: pytest.ExceptionInfo[UserError]) -> list[str]:
    return [problem.message.id for problem in refused.value.problems]


def _at(folder: Path, line: str) -> None:
    file = folder / "engagement.toml"
    file.write_text(line + file.read_text(encoding="utf-8"), encoding="utf-8")


def _stop(server: Server) -> None:
    """At once, as a crash would."""
    file, pid = _pid_file(server), _pid(server)
    os.kill(pid, signal.SIGQUIT)
    end = time.monotonic() + 20
    while file.exists() and time.monotonic() < end:
        time.sleep(0.02)


def _known(engine: Engine) -> int:
    return len(engine.sql("SELECT order_id FROM orders"))


def test_a_server_that_goes_away_is_told(server: Server):
    engine = move(connect_frames(made_tables()), server.url())
    assert _known(engine) > 0
    _stop(server)
    for ask in (
        lambda: _known(engine),
        lambda: engine.count("tickets"),
        lambda: engine.register("x", made_tables()["campaigns"]),
    ):
        with pytest.raises(UserError) as refused:
            ask()
        assert _rules(refused) == ["errors.engine.lost"]
        for language in ("en", "zh"):
            told = refused.value.text(catalogue(language))
            assert f"127.0.0.1:{server.port}" in told
            assert PASSWORD not in told
        assert refused.value.__cause__ is None
        assert refused.value.__suppress_context__
    engine.close()


def test_a_query_that_the_server_ends_is_told_and_the_session_goes_on(postgres_url: str):
    engine = move(connect_frames(made_tables()), postgres_url)
    assert isinstance(engine, PostgresEngine)
    _known(engine)
    engine._do("SET statement_timeout = 50")
    with pytest.raises(UserError) as refused:
        engine.sql(
            "SELECT COUNT(*) AS n FROM orders AS a CROSS JOIN orders AS b CROSS JOIN orders AS c CROSS JOIN orders AS d"
        )
    assert _rules(refused) == ["errors.engine.cancelled"]
    engine._do("SET statement_timeout = 0")
    assert _known(engine) > 0
    engine.close()


def test_a_fault_of_the_query_stays_a_defect(postgres_url: str):
    engine = move(connect_frames(made_tables()), postgres_url)
    assert isinstance(engine, PostgresEngine)
    with pytest.raises(Exception, match="no_such") as refused, engine._told():
        engine._ask("SELECT no_such FROM pg_class")
    assert not isinstance(refused.value, UserError)
    engine.close()


WRONG = {
    "password": (quote(PASSWORD, safe=""), "wr0ng", "login"),
    "database": ("/shop", "/nowhere", "no_database"),
    "user": ("//reader:", "//nobody:", "login"),
}


@pytest.mark.parametrize(("right", "wrong", "rule"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_with_the_address_is_told_at_the_start_and_to_the_analyst(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, right: str, wrong: str, rule: str
):
    folder = write_engagement(tmp_path / "small")
    _at(folder, PLACE)
    monkeypatch.setenv("CRM_ENGINE_URL", postgres_url.replace(right, wrong))
    (problem,) = check_engine(load(folder), folder)
    assert (problem.message.id, problem.where) == (f"errors.data.sql.{rule}", "engagement.toml engine_url_env")
    with pytest.raises(UserError) as refused:
        _known(open_session(str(folder), "diagnosis").engine)
    assert _rules(refused) == [f"errors.data.sql.{rule}"]
    told = refused.value.text(catalogue("en"))
    assert "wr0ng" not in told
    assert PASSWORD not in told


def test_a_run_whose_server_is_stopped_in_its_middle_publishes_nothing(server: Server, tmp_path: Path):
    place = Place(tmp_path, {"diagnosis": STOP_SERVER})
    assert place.run("--lang", "en", "--format", "xlsx", "--phase", "2")[0] == 0  # on DuckDB
    before = place.latest
    _at(place.engagement, PLACE)
    told = {"CRM_ENGINE_URL": server.url(), "SERVER": str(_pid(server)), "SERVER_FILE": str(_pid_file(server))}
    status, out, error = place.run("--lang", "en", "--format", "xlsx", **told)
    assert (status, place.latest, place.leavings()) == (1, before, [])
    # Two playbooks run at once: the one that asked, or the one that asks next, is the first to tell.
    said = ("The connection to 127.0.0.1:{} broke off", "Nothing answers at 127.0.0.1:{}")
    assert any(one.format(server.port) in error for one in said)
    assert "Traceback" not in error
    (kept,) = (place.engagement / ".work" / "failed").glob("*.ipynb")
    assert PASSWORD not in out + error + kept.read_text(encoding="utf-8")
    status, _, error = place.run("--lang", "en", "--format", "xlsx", **told)  # not there from the start
    assert (status, place.latest) == (1, before)
    assert f"Nothing answers at 127.0.0.1:{server.port}" in error
    assert PASSWORD not in error


@pytest.mark.whole_engine
def test_a_run_whose_java_is_killed_publishes_nothing(spark_url: str, tmp_path: Path):
    place = Place(tmp_path, {"diagnosis": KILL_JAVA})
    _at(place.engagement, f'engine = "{spark_url}"\n')
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    status, _, error = place.run("--lang", "en", "--format", "xlsx", "--phase", "1", TMPDIR=str(temporary))
    assert (status, place.latest, place.leavings()) == (1, None, [])
    assert "Spark's Java process on this machine was ended" in error
    assert "Traceback" not in error
    assert [path.name for path in temporary.glob("crm-spark-*")] == []
