"""One PostgreSQL server and one Spark session for all tests of this folder."""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from crm_lib.engine.base import Engine
from crm_lib.engine.duck import DuckEngine
from crm_lib.engine.open import move
from crm_lib.engine.spark_session import LOCAL
from tests.ingest.servers import shop_on_postgresql

# Tables of a few hundred rows: compiling plans and splitting work costs more than it saves.
SPARK_DEFAULTS = """
spark.sql.codegen.wholeStage false
spark.sql.codegen.factoryMode NO_CODEGEN
spark.sql.adaptive.enabled false
spark.sql.autoBroadcastJoinThreshold 100MB
spark.driver.memory 1g
spark.driver.extraJavaOptions -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xshare:auto
"""

Moved = Callable[[DuckEngine], Engine]


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    with shop_on_postgresql() as server:
        yield server.url()


@pytest.fixture(scope="session")
def spark_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    missing = [name for name in ("pyspark",) if importlib.util.find_spec(name) is None]
    missing += [] if shutil.which("java") or os.environ.get("JAVA_HOME") else ["java"]
    if missing:
        assert not os.environ.get("CI"), f"{missing} missing: .ci/run installs Java, and tasks.py test installs pyspark"
        pytest.skip(
            f"no {' and no '.join(missing)}: Spark is not tested (openjdk-17-jre-headless, pip install .[spark])"
        )
    folder = tmp_path_factory.mktemp("spark")
    (folder / "spark-defaults.conf").write_text(SPARK_DEFAULTS, encoding="utf-8")
    os.environ["SPARK_CONF_DIR"] = str(folder)
    return LOCAL


@pytest.fixture(scope="session", params=["postgres", "spark"])
def moved(request: pytest.FixtureRequest) -> Moved:
    """Makes an engine elsewhere with the tables of a local one."""
    url = request.getfixturevalue(f"{request.param}_url")
    return lambda local: move(local, url)


def here(path: str) -> Path:
    return Path(__file__).parent / path
