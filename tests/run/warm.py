"""The command line in a process forked from one that has imported everything: a run starts in no time.

What a start of its own is for (signals, command lines, the interpreter's own variables) is started by `Place.start`.
"""

from __future__ import annotations

import multiprocessing
import os
import runpy
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from crm_lib.run import forkserver

SECONDS = 120


def may(environment: Mapping[str, str]) -> bool:
    """Whether a process that is there already can be given the variables."""
    return forkserver.available() and not any(
        name == forkserver.NO_FORK_ENV or name.startswith("PYTHON") for name in environment
    )


def run(arguments: Sequence[str], folder: Path, environment: Mapping[str, str]) -> tuple[int, str, str]:
    """(exit status, stdout, stderr) of `python -m crm_lib.cli` with the arguments."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.run.warm_imports"])
    with tempfile.TemporaryDirectory() as place:
        said = [str(Path(place) / name) for name in ("out", "error")]
        process = context.Process(target=_become, args=(list(arguments), str(folder), dict(environment), said))
        process.start()
        process.join(SECONDS)
        if process.exitcode is None:
            process.kill()
            raise TimeoutError(arguments)
        out, error = (Path(path).read_text(encoding="utf-8") for path in said)
        return process.exitcode, out, error


def _become(arguments: list[str], folder: str, environment: dict[str, str], said: list[str]) -> None:
    os.setsid()
    for number, path in enumerate(said, 1):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    tempfile.tempdir = None  # it was looked up before
    sys.argv = ["crm_lib.cli", *arguments]
    runpy.run_module("crm_lib.cli", run_name="__main__", alter_sys=True)
