"""The checks of this program itself: `tasks.py test`, `lint`, `lock`."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from crm_lib.engine.portable import problems, sql_files
from crm_lib.language import Catalogue
from crm_lib.paths import PROJECT

GROUPS: dict[str, tuple[str, ...]] = {
    "main": (),
    "complete-journey": ("--extra", "complete-journey"),
    "spark": ("--extra", "spark"),
    "test": ("--extra", "test"),
}
_CHECKED = ("crm_lib", "tests", "tasks.py")


def lint() -> int:
    """0 where ruff, mypy and import-linter find nothing; all of them run, beside each other, and are told in order."""
    with ThreadPoolExecutor() as pool:
        running = [pool.submit(_told, *command) for command in _linters()]
        return max([_portable(), *(_tell(*done.result()) for done in running)])


def test(arguments: Sequence[str]) -> int:
    """0 where the linters find nothing and pytest passes; pytest comes last and has the last line.

    arguments: for pytest. Without any, the files of all tests are shared out to a process a core.
    """
    shared = ("-n", str(os.cpu_count() or 1), "--dist", "loadfile", "--no-loadscope-reorder")
    return max(lint(), _call("pytest", *(arguments or shared)))


def _linters() -> list[tuple[str, ...]]:
    return [("ruff", "check", *_CHECKED), ("ruff", "format", "--check", *_CHECKED), ("mypy",), ("lint-imports",)]


def _portable() -> int:
    """1 where a SQL file is outside the subset that every engine runs alike."""
    print("--- portable SQL", flush=True)
    told = {path: problems(path.read_text(encoding="utf-8")) for path in sql_files(PROJECT / "crm_lib")}
    for path, found in told.items():
        for problem in found:
            print(f"{path.relative_to(PROJECT)}: {problem}")
    return int(any(told.values()))


def _call(tool: str, *arguments: str) -> int:
    print(_head(tool, *arguments), flush=True)
    return abs(subprocess.run(_command(tool, *arguments), cwd=PROJECT).returncode)


def _told(tool: str, *arguments: str) -> tuple[int, str]:
    """Exit status and what was written."""
    done = subprocess.run(
        _command(tool, *arguments), cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8"
    )
    return abs(done.returncode), f"{_head(tool, *arguments)}\n{done.stdout}"


def _tell(status: int, text: str) -> int:
    print(text, end="", flush=True)
    return status


def _head(tool: str, *arguments: str) -> str:
    return f"--- {tool} {' '.join(arguments)}".rstrip()


def _command(tool: str, *arguments: str) -> list[str]:
    beside = Path(sys.executable).parent / tool
    return [str(shutil.which(tool, path=str(beside.parent)) or beside), *arguments]


def lock(words: Catalogue) -> int:
    """Make requirements/*.lock again with uv; what is already locked stays as it is where it still fits."""
    uv = shutil.which("uv")
    if uv is None:
        print(words.text("cli.no_uv"), file=sys.stderr)
        return 1
    fixed = ("--universal", "--python-version", "3.11", "--fork-strategy", "fewest", "--generate-hashes")
    quiet = ("--no-header", "--no-annotate", "--no-emit-index-url", "--quiet")
    for group, extra in GROUPS.items():
        same = () if group == "main" else ("--constraints", "requirements/main.lock")
        output = ("--output-file", f"requirements/{group}.lock")
        command = [uv, "pip", "compile", "pyproject.toml", *extra, *fixed, *quiet, *same, *output]
        if code := subprocess.run(command, cwd=PROJECT, env=os.environ | {"UV_CUSTOM_COMPILE_COMMAND": ""}).returncode:
            return code
    return 0
