"""Time and peak memory of a command and everything it starts."""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from math import nan
from pathlib import Path

EVERY_SECONDS = 0.1


@dataclass(frozen=True)
class Cost:
    """Wall seconds; peak of the tree's resident memory in MB, pages that forks share counted for each (`rss`) and
    divided among them (`pss`); nan where they were not watched or /proc does not tell."""

    seconds: float
    rss: float
    pss: float


class CommandFailed(Exception):
    """The command's last lines."""


def cost(command: Sequence[str], env: Mapping[str, str], folder: Path, watched: bool = True) -> Cost:
    """Run a command to its end. Raise CommandFailed.

    Counting the pages that forks share takes their time: a command whose time counts is not `watched`.
    """
    began = time.perf_counter()
    with subprocess.Popen(
        command, cwd=folder, env=dict(env), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        peak = _Peak(process.pid) if watched else None
        output, _ = process.communicate()
        seconds = time.perf_counter() - began
        rss, pss = peak.stop() if peak else (nan, nan)
    if process.returncode:
        raise CommandFailed(f"{' '.join(command)}\n" + "\n".join(output.splitlines()[-20:]))
    return Cost(seconds, rss, pss)


class _Peak:
    def __init__(self, pid: int) -> None:
        self.pid, self.rss, self.pss = pid, nan, nan
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> tuple[float, float]:
        self._end.set()
        self._thread.join()
        return self.rss, self.pss

    def _watch(self) -> None:
        if not Path("/proc/self/smaps_rollup").exists():
            return
        self.rss = self.pss = 0.0
        while not self._end.wait(EVERY_SECONDS):
            memory = [found for pid in tree(self.pid) if (found := _memory(pid))]
            self.rss = max(self.rss, sum(rss for rss, _ in memory))
            self.pss = max(self.pss, sum(pss for _, pss in memory))


def tree(root: int) -> list[int]:
    """The process and all its descendants that live now."""
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with suppress(OSError):
                parent = int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1])
                children.setdefault(parent, []).append(int(folder.name))
    found = [root]
    for pid in found:
        found += children.get(pid, [])
    return found


def _memory(pid: int) -> tuple[float, float] | None:
    """RSS and PSS in MB."""
    with suppress(OSError):
        lines = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:])
        return int(lines["Rss"].split()[0]) / 1024, int(lines["Pss"].split()[0]) / 1024
    return None
