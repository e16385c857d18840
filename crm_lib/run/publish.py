"""A run is built in staging folders and appears by rename, whole or not at all; `latest` moves last."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import shutil
import sys
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from crm_lib.run.processes import running

LATEST = "latest"
LATEST_FILE = "latest.txt"  # holds the run's name where symbolic links are not to be had
_STAGING = re.compile(r"^\.staging-(?P<run>.+)-(?P<pid>\d+)$")
DAY = 86_400


class Staging:
    """Folders in which a run is built: `reports` may be sent, `handoffs` stay with the engagement."""

    def __init__(self, reports: Path, handoffs: Path, as_of: date) -> None:
        for root in (reports, handoffs):
            root.mkdir(parents=True, exist_ok=True)
            _sweep(root)
        self.run = _next_run([reports, handoffs], as_of)
        name = f".staging-{self.run}-{os.getpid()}"
        self.roots = {reports / name: reports, handoffs / name: handoffs}
        self.reports, self.handoffs = self.roots
        self.earlier = latest(handoffs)
        for folder in self.roots:
            folder.mkdir()

    def publish(self) -> Path:
        """Folder of the published run; `latest` points at it. Earlier handoffs that this run did not make are kept."""
        self._carry_over()
        for folder in self.roots:
            _sync(folder)
        for folder, root in self.roots.items():
            folder.rename(root / self.run)
            _sync_folder(root)
        for root in reversed(self.roots.values()):
            _point(root, self.run)
        return next(iter(self.roots.values())) / self.run

    def drop(self) -> None:
        """Remove what was built and not published."""
        for folder in self.roots:
            shutil.rmtree(folder, ignore_errors=True)

    def _carry_over(self) -> None:
        for path in sorted(self.earlier.glob("cycle-*/*.parquet")) if self.earlier else ():
            target = self.handoffs / path.parent.name / path.name
            if not target.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, target)


def latest(root: Path) -> Path | None:
    """Folder of the newest run under `root`; None before the first."""
    with contextlib.suppress(OSError):
        if (root / LATEST).is_dir():
            return (root / LATEST).resolve()
        return root / (root / LATEST_FILE).read_text(encoding="utf-8").strip()
    return None


def _next_run(roots: list[Path], as_of: date) -> str:
    """'<as_of>-r001', the first number that was never used."""
    pattern = re.compile(rf"(?:\.staging-)?{as_of.isoformat()}-r(\d+)")
    used = [int(m[1]) for root in roots for path in root.iterdir() if (m := pattern.match(path.name))]
    return f"{as_of.isoformat()}-r{max(used, default=0) + 1:03d}"


def _sweep(root: Path) -> None:
    """Remove what killed runs left."""
    for path in root.iterdir():
        if found := _STAGING.match(path.name):
            pid = int(found["pid"])
            old = sys.platform == "win32" and time.time() - path.stat().st_mtime > DAY
            if pid == os.getpid() or old or not running(pid):
                shutil.rmtree(path, ignore_errors=True)


def _point(root: Path, run: str) -> None:
    """Let `latest` name the run, by one rename."""
    temporary = root / f".latest-{os.getpid()}"
    temporary.unlink(missing_ok=True)
    if (root / LATEST).is_dir() and not (root / LATEST).is_symlink():  # a copy that resolved the link
        (root / LATEST).rename(root / f"{LATEST}-before-{run}")
    try:
        temporary.symlink_to(run, target_is_directory=True)
        temporary.replace(root / LATEST)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise
        temporary.unlink(missing_ok=True)
        temporary.write_text(run, encoding="utf-8")
        temporary.replace(root / LATEST_FILE)
    _sync_folder(root)


def _sync(folder: Path) -> None:
    for path in _files(folder):
        with path.open("rb+") as stream:
            os.fsync(stream.fileno())
    _sync_folder(folder)


def _files(folder: Path) -> Iterator[Path]:
    yield from (path for path in sorted(folder.rglob("*")) if path.is_file())


def _sync_folder(folder: Path) -> None:
    if sys.platform != "win32":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
