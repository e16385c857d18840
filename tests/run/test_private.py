"""Folders of kernels: where they are made, and that none stays."""

import os
from pathlib import Path

import pytest

from crm_lib.engine.spark_session import PREFIX
from crm_lib.run import private


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(private, "_roots", lambda: [str(tmp_path)])
    return tmp_path


def test_an_interrupted_process_removes_its_own(temporary: Path):
    kept = private.private_folder()
    other = temporary / f"{private.PREFIX}{os.getppid()}-x"
    other.mkdir()
    (Path(kept.name) / "socket").touch()
    private.sweep()
    assert list(temporary.iterdir()) == [other]


def test_what_killed_processes_left_is_swept(temporary: Path):
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    names = [f"{private.PREFIX}{owner}-x" for owner in (pid, os.getpid(), os.getppid())]
    for name in (*names, f"{PREFIX}{pid}-x", "crm-kernel-of-somebody"):
        (temporary / name).mkdir()
    private.sweep()
    assert sorted(path.name for path in temporary.iterdir()) == sorted([names[2], "crm-kernel-of-somebody"])
