"""Names of runs, what `latest` points at, and what is swept."""

import os
from datetime import date
from pathlib import Path

import pytest

from crm_lib.run.cache import Cache
from crm_lib.run.publish import Staging, latest

DAY = date(2026, 6, 30)


def stage(root: Path) -> Staging:
    return Staging(root / "reports", root / "handoffs", DAY)


def test_runs_are_numbered_by_day_and_never_overwritten(tmp_path: Path):
    names = []
    for i in range(3):
        staging = stage(tmp_path)
        (staging.reports / "index.html").write_text(str(i))
        names.append(staging.publish().name)
    assert names == ["2026-06-30-r001", "2026-06-30-r002", "2026-06-30-r003"]
    assert [(tmp_path / "reports" / name / "index.html").read_text() for name in names] == ["0", "1", "2"]
    assert latest(tmp_path / "reports") == (tmp_path / "reports" / names[-1]).resolve()
    other = Staging(tmp_path / "elsewhere", tmp_path / "handoffs", DAY)
    assert other.run == "2026-06-30-r004"  # its handoffs stand beside those of the others


def test_handoffs_that_a_run_did_not_make_are_carried_over(tmp_path: Path):
    first = stage(tmp_path)
    for name in ("cycle-1/targets", "cycle-1/layers"):
        path = first.handoffs / f"{name}.parquet"
        path.parent.mkdir(exist_ok=True)
        path.write_text("old")
    first.publish()
    second = stage(tmp_path)
    (second.handoffs / "cycle-1").mkdir()
    (second.handoffs / "cycle-1" / "layers.parquet").write_text("new")
    second.publish()
    current = tmp_path / "handoffs" / "latest" / "cycle-1"
    assert (current / "layers.parquet").read_text() == "new"
    assert (current / "targets.parquet").read_text() == "old"


def test_what_is_dropped_leaves_nothing(tmp_path: Path):
    staging = stage(tmp_path)
    (staging.reports / "x").write_text("x")
    staging.drop()
    assert list((tmp_path / "reports").iterdir()) == list((tmp_path / "handoffs").iterdir()) == []
    assert latest(tmp_path / "reports") is None


def test_stagings_of_dead_processes_are_swept_and_of_living_ones_kept(tmp_path: Path):
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    root = tmp_path / "reports"
    for number, owner in ((1, pid), (2, os.getppid())):
        (root / f".staging-2026-06-30-r00{number}-{owner}").mkdir(parents=True)
    staging = stage(tmp_path)
    assert not list(root.glob("*r001*"))
    assert list(root.glob("*r002*"))
    assert staging.run == "2026-06-30-r003"


def test_a_copy_of_the_reports_without_links_stays_and_gets_its_link(tmp_path: Path):
    stage(tmp_path).publish()
    link = tmp_path / "reports" / "latest"
    link.unlink()
    link.mkdir()
    (link / "notes.txt").write_text("mine")
    folder = stage(tmp_path).publish()
    assert link.is_symlink()
    assert latest(tmp_path / "reports") == folder.resolve()
    assert (tmp_path / "reports" / f"latest-before-{folder.name}" / "notes.txt").read_text() == "mine"


def test_where_links_cannot_be_made_a_file_names_the_latest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def refuse(*args: object, **options: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "symlink_to", refuse)
    folder = stage(tmp_path).publish()
    assert (tmp_path / "reports" / "latest.txt").read_text() == folder.name
    assert latest(tmp_path / "reports") == folder


def test_the_cache_keeps_the_newest_and_drops_the_unfinished(tmp_path: Path):
    cache = Cache(tmp_path / "cache")
    handoff = tmp_path / "layers.parquet"
    handoff.write_text("rows")
    for i in range(4):
        cache.put(f"diagnosis-{i}", {"cells": [i]}, [handoff])
        os.utime(cache.folder / f"diagnosis-{i}", (i, i))
    (cache.folder / ".diagnosis-9-1").mkdir()
    assert cache.get("diagnosis-0", tmp_path / "to")  # used: now the newest
    assert (tmp_path / "to" / "layers.parquet").read_text() == "rows"
    cache.trim(keep=2)
    assert sorted(path.name for path in cache.folder.iterdir()) == ["diagnosis-0", "diagnosis-3"]
    assert not cache.get("diagnosis-1", tmp_path / "to")
