"""A small engagement and five small playbooks, for runs that are real and quick."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

import nbformat

from crm_lib.paths import PROJECT
from crm_lib.run.plan import FILES, PHASES
from tests.run import warm

PARAMETERS = """engagement = "../data/demo"  # folder
as_of = ""  # last day
"""
OWN = """smallest = 3  # an int
share = 0.5  # a float
label = "a"  # a str
strict = False  # a bool
"""
OPEN = """from crm_lib.language import literal, msg
from crm_lib.report import blocks as b
from crm_lib.run.session import open_session
import pandas as pd

session = open_session(engagement, "{phase}", as_of)
session.cover()"""
SHOW = """frame = session.engine.sql("SELECT kind, COUNT(*) AS n FROM orders GROUP BY kind ORDER BY kind")
columns = [b.column("kind", literal("Kind")), b.column("n", literal("Orders"), "int")]
b.table("small.orders", literal("Orders by kind"), frame, columns)"""
WRITE = """session.write("scope_members", pd.DataFrame({"group_id": ["all"], "customer_id": ["x"]}))"""
READ = """len(session.read("scope_members"))"""
ENGAGEMENT = """id = "small"
as_of = 2026-03-31
[client]
name = "Small"
industry = "retail"
[[cycles]]
number = 1
baseline = 2026-02-28
start = 2026-03-01
[[sources]]
name = "orders"
table = "order_lines"
file = "raw/orders.csv"
[sources.columns]
order_id = "id"
customer_key = "customer"
ordered_on = "day"
amount = "amount"
"""


def write_engagement(folder: Path, more: str = "") -> Path:
    (folder / "raw").mkdir(parents=True)
    (folder / "engagement.toml").write_text(ENGAGEMENT + more, encoding="utf-8")
    first = date(2026, 1, 1)
    rows = [f"{i},C{i % 7},{first + timedelta(days=i % 90)},{10 + i}.00" for i in range(200)]
    (folder / "raw" / "orders.csv").write_text("id,customer,day,amount\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return folder


def write_playbooks(folder: Path, instead: Mapping[str, str] | None = None) -> Path:
    """Five playbooks; `instead`: phase -> source of one more cell before the last."""
    folder.mkdir(parents=True, exist_ok=True)
    for file, phase in zip(FILES, PHASES, strict=True):
        sources = [PARAMETERS + (OWN if phase == "diagnosis" else ""), OPEN.replace("{phase}", phase), SHOW]
        sources += [{"diagnosis": WRITE, "strategy": READ}.get(phase, "1 + 1")]
        sources += [instead[phase]] if instead and phase in instead else []
        cells = [nbformat.v4.new_code_cell(source, id=f"c{i}") for i, source in enumerate([*sources, "session.done()"])]
        cells[0].metadata["tags"] = ["parameters"]
        notebook = nbformat.v4.new_notebook(cells=cells)
        notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
        nbformat.write(notebook, folder / f"{file}.ipynb")
    return folder


class Place:
    """A small engagement with playbooks and a folder for reports, and the command line on them."""

    def __init__(self, root: Path, instead: Mapping[str, str] | None = None) -> None:
        self.engagement = write_engagement(root / "small")
        self.playbooks = write_playbooks(root / "playbooks", instead)
        self.out = root / "reports"
        self.runs = self.out / "small"

    def command(self, *more: str) -> list[str]:
        places = ["--playbooks", str(self.playbooks), "--out", str(self.out)]
        return [sys.executable, "-m", "crm_lib.cli", "run", str(self.engagement), *places, *more]

    def start(self, *more: str, **environment: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self.command(*(more or ("--lang", "en", "--format", "xlsx"))),
            cwd=PROJECT,
            env=os.environ | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, *more: str, **environment: str) -> tuple[int, str, str]:
        if warm.may(environment):
            return warm.run(self.command(*more)[3:], PROJECT, os.environ | environment)
        return self.run_cold(*more, **environment)

    def run_cold(self, *more: str, **environment: str) -> tuple[int, str, str]:
        """In a process that starts from nothing, as a user's does."""
        process = self.start(*more, **environment)
        out, error = process.communicate(timeout=120)
        return process.returncode, out, error

    @property
    def latest(self) -> str | None:
        link = self.runs / "latest"
        return str(link.readlink()) if link.is_symlink() else None

    def leavings(self) -> list[str]:
        """Names of stagings that still stand."""
        roots = (self.runs, self.engagement / ".work" / "handoffs")
        return [path.name for root in roots if root.is_dir() for path in root.iterdir() if path.name.startswith(".")]


def wait_for(path: Path, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not path.exists():
        assert time.monotonic() < end, f"{path} did not appear"
        time.sleep(0.02)


def alive(pid: int) -> bool:
    """Whether the process runs; a zombie does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def gone(pid: int, seconds: float = 10) -> bool:
    end = time.monotonic() + seconds
    while alive(pid) and time.monotonic() < end:
        time.sleep(0.02)
    return not alive(pid)


INTERRUPT, KILL = signal.SIGINT, signal.SIGKILL
