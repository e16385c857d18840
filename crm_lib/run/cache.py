"""Executed notebooks and their handoffs, by everything that can change the answer."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from crm_lib.engagement import Engagement
from crm_lib.paths import PROJECT
from crm_lib.run.plan import Step

KEEP = 15  # entries: three runs of five phases
NOTEBOOK = "notebook.ipynb"
# Rooms that come after execution, and what in them a playbook runs all the same.
AFTER = {"report": ("blocks.py", "display.py"), "run": ("session.py", "prepare.py", "build.py"), "cli.py": ()}
LIBRARIES = ("numpy", "pandas", "scipy", "scikit-learn", "duckdb", "pyarrow", "sqlglot", "phonenumbers")


def key(step: Step, engagement: Engagement, data: str, handoffs: Mapping[str, Path]) -> str:
    """Name of the step's entry: notebook and files that it names, parameters, engagement, data, handoffs and library. Language, format and brand
    stay out of it. `data` is the fingerprint of the prepared data, `handoffs` the tables the step may read, by name."""
    settings = engagement.model_dump(mode="json")
    for shown in ("languages", "formats"):
        settings["report"].pop(shown)
    told = {
        "cells": [[cell["cell_type"], "".join(cell["source"])] for cell in step.playbook.cells],
        "parameters": dict(step.parameters),
        "files": {os.path.relpath(path, step.playbook.path.parent): digest(path) for path in step.playbook.files},
        "engagement": settings,
        "data": data,
        "handoffs": {name: digest(path) for name, path in sorted(handoffs.items())},
        "library": library(),
    }
    text = json.dumps(told, sort_keys=True, ensure_ascii=True)
    return f"{step.playbook.phase}-{hashlib.sha256(text.encode()).hexdigest()[:24]}"


@cache
def library() -> str:
    """Fingerprint of the code that a playbook runs, of what computes with it, and of Python."""
    found = hashlib.sha256(sys.version.encode())
    for path in sorted(_code(PROJECT / "crm_lib")):
        found.update(path.relative_to(PROJECT).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    found.update(json.dumps(versions(LIBRARIES), sort_keys=True).encode())
    return found.hexdigest()


def _code(package: Path) -> Iterator[Path]:
    for suffix in ("py", "sql"):
        for path in package.rglob(f"*.{suffix}"):
            room, name = path.relative_to(package).parts[0], path.name
            if room not in AFTER or name in AFTER[room]:
                yield path


def versions(names: Iterable[str]) -> dict[str, str]:
    """Installed version of each distribution; '' where it is not installed."""
    found = {}
    for name in names:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = ""
    return found


def digest(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


class Cache:
    """Entries are folders `<key>/` with the notebook and `handoffs/*.parquet`; they appear whole."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def notebook(self, key: str) -> Path:
        return self.folder / key / NOTEBOOK

    def get(self, key: str, handoffs: Path) -> bool:
        """Whether there is an entry; its handoffs are then put into the folder `handoffs`."""
        entry = self.folder / key
        if not self.notebook(key).is_file():
            return False
        for path in sorted((entry / "handoffs").glob("*.parquet")):
            handoffs.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, handoffs / path.name)
        os.utime(entry)
        return True

    def put(self, key: str, notebook: Mapping[str, Any], handoffs: Iterable[Path]) -> None:
        staged = self.folder / f".{key}-{os.getpid()}"
        shutil.rmtree(staged, ignore_errors=True)
        (staged / "handoffs").mkdir(parents=True)
        (staged / NOTEBOOK).write_text(json.dumps(notebook, ensure_ascii=False), encoding="utf-8")
        for path in handoffs:
            shutil.copyfile(path, staged / "handoffs" / path.name)
        shutil.rmtree(self.folder / key, ignore_errors=True)
        staged.rename(self.folder / key)

    def trim(self, keep: int = KEEP) -> None:
        """Drop all but the newest entries, and what an interrupted run left."""
        if not self.folder.is_dir():
            return
        entries = sorted(self.folder.iterdir(), key=lambda path: path.stat().st_mtime_ns, reverse=True)
        whole = [path for path in entries if not path.name.startswith(".")]
        for path in [path for path in entries if path not in whole] + whole[keep:]:
            shutil.rmtree(path, ignore_errors=True)
