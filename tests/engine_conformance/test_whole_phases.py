"""Playbooks executed on another engine leave the handoffs and say the numbers that they do on DuckDB, value by value."""

from __future__ import annotations

from pathlib import Path

import pytest

from crm_lib.run.plan import PHASES
from tests.engine_conformance.whole_phases import BY_VARIABLE, DUCKDB, Executed, compare


@pytest.fixture(scope="module")
def first_here(tmp_path_factory: pytest.TempPathFactory) -> Executed:
    return Executed(tmp_path_factory.mktemp("duckdb"), DUCKDB, PHASES[:1])


def test_the_first_phase_on_postgresql(first_here: Executed, postgres_url: str, tmp_path: Path):
    found = Executed(tmp_path, BY_VARIABLE, PHASES[:1], postgres_url)
    compare(found, first_here, PHASES[:1])


def test_the_first_phase_on_spark(first_here: Executed, spark_url: str, tmp_path: Path):
    compare(Executed(tmp_path, f'engine = "{spark_url}"', PHASES[:1]), first_here, PHASES[:1])


@pytest.fixture(scope="module")
def all_here(tmp_path_factory: pytest.TempPathFactory) -> Executed:
    return Executed(tmp_path_factory.mktemp("duckdb"), DUCKDB, PHASES)


@pytest.mark.whole_engine
def test_all_phases_on_postgresql(all_here: Executed, postgres_url: str, tmp_path: Path):
    found = Executed(tmp_path, BY_VARIABLE, PHASES, postgres_url)
    compare(found, all_here, PHASES)


@pytest.mark.whole_engine
def test_all_phases_on_spark(all_here: Executed, spark_url: str, tmp_path: Path):
    compare(Executed(tmp_path, f'engine = "{spark_url}"', PHASES), all_here, PHASES)
