"""Kernels that come up before a run knows where it reads and writes."""

import os
import subprocess
import sys
from concurrent.futures import Future
from pathlib import Path

import pytest

from crm_lib.paths import PROJECT
from crm_lib.run import notebook
from crm_lib.run.plan import CANONICAL_ENV, HANDOFFS_ENV
from crm_lib.run.spare_kernels import SpareKernels

WITH_SERVER = """
import os, sys
from concurrent.futures import Future
from pathlib import Path
from crm_lib.run import forkserver
server = forkserver.start(lambda: [["json"], ["ipykernel.kernelapp"], ["decimal"]])
from crm_lib.run import notebook
from crm_lib.run.spare_kernels import SpareKernels
with SpareKernels(notebook) as kernels:
    kernels.come_up(2, Future())
    places = [Path(sys.argv[1], name) for name in ("canonical", "handoffs")]
    for place in places:
        place.mkdir()
    kernels.point(*places, sys.argv[2:])
    print(kernels.is_empty(), [Path(kernels.env[name]).resolve() == place.resolve()
        for name, place in zip(("CRM_CANONICAL", "CRM_HANDOFFS"), places)])
    folder = Path(kernels.env["CRM_CANONICAL"]).parent
forkserver.stop()
print(folder.exists())
"""


def told(place: Path, *hidden: str, **variables: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", WITH_SERVER, str(place), *hidden],
        cwd=PROJECT,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="fork is used on Linux only")
def test_they_wait_and_find_the_places(tmp_path):
    assert told(tmp_path, "SHOP_DATABASE") == ["False [True, True]", "False"]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="fork is used on Linux only")
def test_those_that_know_a_secret_are_ended(tmp_path):
    assert told(tmp_path, "SHOP_DATABASE", SHOP_DATABASE="postgresql://x")[0] == "True [True, True]"


def test_without_fork_the_environment_names_the_places_themselves(tmp_path, monkeypatch):
    monkeypatch.setenv("SHOP_DATABASE", "postgresql://x")
    with SpareKernels(notebook) as kernels:
        kernels.come_up(2, Future())
        kernels.point(tmp_path / "c", tmp_path / "h", ["SHOP_DATABASE", "NOT_SET"])
        assert kernels.is_empty()
        assert kernels.take() is None
        assert [kernels.env[name] for name in (CANONICAL_ENV, HANDOFFS_ENV)] == [
            str((tmp_path / name).resolve()) for name in "ch"
        ]
        assert kernels.env["SHOP_DATABASE"] == ""
        assert "NOT_SET" not in kernels.env
