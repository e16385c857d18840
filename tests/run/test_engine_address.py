"""The engine that an engagement names: its address, and what keeps a run from it."""

from __future__ import annotations

import socket

import pytest

from crm_lib.engagement import Engagement, validate
from crm_lib.errors import UserError
from crm_lib.language import catalogue
from crm_lib.run.engine_address import check_engine, engine_url

GIVEN = {
    "id": "shop",
    "client": {"name": "Shop", "industry": "retail"},
    "as_of": "2026-06-30",
    "cycles": [{"number": 1, "baseline": "2026-03-31", "start": "2026-04-01"}],
    "sources": [{"name": "pos", "table": "order_lines", "file": "lines.csv"}],
}


def engagement(**keys: str) -> Engagement:
    return validate(GIVEN | keys)


@pytest.mark.parametrize("engine", ["duckdb", "spark-local", "spark://master-1.lan:7077", "sc://10.0.0.3:15002"])
def test_a_plain_engine_is_its_own_address(engine, tmp_path):
    assert engine_url(engagement(engine=engine), tmp_path) == engine


@pytest.mark.parametrize(
    "engine",
    ["sc://host:15002/;token=s3cret", "postgresql://me:s3cret@host/db", "spark://me:s3cret@host:1", "oracle", ""],
)
def test_an_address_with_a_secret_is_refused_and_not_shown(engine):
    with pytest.raises(UserError) as refused:
        engagement(engine=engine)
    assert "errors.engagement.engine.unknown" in [problem.message.id for problem in refused.value.problems]
    assert "s3cret" not in refused.value.text(catalogue("en")) + refused.value.text(catalogue("zh"))


def test_there_is_one_address():
    with pytest.raises(UserError) as refused:
        engagement(engine="spark-local", engine_url_env="CRM_ENGINE")
    assert [problem.message.id for problem in refused.value.problems] == ["errors.engagement.engine.one_address"]


def test_an_address_is_read_from_a_variable_or_a_private_file(tmp_path, monkeypatch):
    monkeypatch.setenv("CRM_ENGINE", "sc://host:15002/;token=abc")
    assert engine_url(engagement(engine_url_env="CRM_ENGINE"), tmp_path / "shop") == "sc://host:15002/;token=abc"
    file = tmp_path / "engine.url"
    file.write_text("# ours\npostgresql://me:pw@host/db\n", encoding="utf-8")
    file.chmod(0o600)
    given = engagement(engine_url_file=str(file))
    assert engine_url(given, tmp_path / "shop") == "postgresql://me:pw@host/db"
    file.chmod(0o644)
    with pytest.raises(UserError, match="chmod 600"):
        engine_url(given, tmp_path / "shop")


def test_what_is_missing_is_told_with_its_place(tmp_path, monkeypatch):
    monkeypatch.delenv("CRM_ENGINE", raising=False)
    (problem,) = check_engine(engagement(engine_url_env="CRM_ENGINE"), tmp_path)
    assert (problem.message.id, problem.where) == ("errors.data.sql.not_set", "engagement.toml engine_url_env")
    monkeypatch.setenv("CRM_ENGINE", "mysql://me:s3cret@host/db")
    (problem,) = check_engine(engagement(engine_url_env="CRM_ENGINE"), tmp_path)
    assert problem.message.id == "errors.data.sql.scheme"
    monkeypatch.setenv("CRM_ENGINE", "postgresql://me:s3cret@127.0.0.1:1/db")
    (problem,) = check_engine(engagement(engine_url_env="CRM_ENGINE"), tmp_path)
    assert problem.message.id == "errors.data.sql.unreachable"
    assert "s3cret" not in UserError([problem]).text(catalogue("en"))


def test_spark_needs_java(tmp_path, monkeypatch):
    pytest.importorskip("pyspark")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    (problem,) = check_engine(engagement(engine="spark-local"), tmp_path)
    assert problem.message.id == "errors.engine.no_java"


@pytest.mark.parametrize("scheme", ["spark", "sc"])
def test_a_cluster_has_to_listen(tmp_path, scheme):
    pytest.importorskip("pyspark")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        at = engagement(engine=f"{scheme}://127.0.0.1:{port}")
        assert check_engine(at, tmp_path) == []
    (problem,) = check_engine(at, tmp_path)
    assert problem.message.id == "errors.data.sql.unreachable"
    assert f"127.0.0.1:{port}" in UserError([problem]).text(catalogue("en"))


def test_one_of_several_masters_is_enough(tmp_path):
    pytest.importorskip("pyspark")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        assert check_engine(engagement(engine=f"spark://127.0.0.1:1,127.0.0.1:{port}"), tmp_path) == []


def test_a_host_that_nobody_knows(tmp_path):
    pytest.importorskip("pyspark")
    (problem,) = check_engine(engagement(engine="spark://no-such-host.invalid:7077"), tmp_path)
    assert problem.message.id == "errors.data.sql.unknown_host"
