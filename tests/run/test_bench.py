"""The benchmark measures what it says: time and memory of a tree, and the same documents without notebooks."""

import json
import os
import sys
from pathlib import Path

import pytest
from small import Place, write_playbooks

from crm_lib.report.blocks import PLAIN_ENV
from crm_lib.report.collect import collect
from crm_lib.run.bench_plain import execute
from crm_lib.run.measure_process import CommandFailed, cost
from crm_lib.run.plan import playbooks


@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="memory is read from /proc")
def test_time_and_memory_count_children(tmp_path: Path):
    child = "x = bytearray(60_000_000); import time; time.sleep(0.8)"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}], check=True)"
    found = cost([sys.executable, "-c", parent], os.environ, tmp_path)
    assert 0.8 <= found.seconds < 20
    assert found.rss > 60
    assert 55 < found.pss <= found.rss


def test_a_command_that_fails_is_told(tmp_path: Path):
    with pytest.raises(CommandFailed, match="no good"):
        cost([sys.executable, "-c", "raise SystemExit('no good')"], os.environ, tmp_path)


def test_plain_python_gives_the_same_document_as_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    more = "display(b.Text(literal('first')), b.Text(literal('second')))\nframe.head(1)"
    place = Place(tmp_path, {"diagnosis": more})
    status, _, error = place.run("--lang", "en", "--format", "xlsx", "--phase", "1")
    assert status == 0, error
    [cached] = (place.engagement / ".work" / "cache").glob("diagnosis-*/notebook.ipynb")
    run = collect(json.loads(cached.read_text()))
    monkeypatch.setenv(PLAIN_ENV, "1")
    plain = execute(playbooks(write_playbooks(tmp_path / "again", {"diagnosis": more}), [1])[0], place.engagement)
    assert plain.to_json() == run.to_json()
