"""`tasks.py bench`: ours against stock papermill and nbconvert, and against plain Python, on the demo."""

from __future__ import annotations

import json
import os
import platform
import shutil
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from rich.console import Console
from rich.table import Table

from crm_lib.language import Catalogue
from crm_lib.paths import DATA, PLAYBOOKS, PROJECT
from crm_lib.run.bench_ingest import ingest
from crm_lib.run.cache import versions
from crm_lib.run.manifest import TOOLS
from crm_lib.run.measure_process import Cost, cost
from crm_lib.run.plan import playbooks

Run = Callable[[Sequence[str], Mapping[str, str], Path], Cost]
WAYS = ("ours", "stock", "plain")
PARTS = ("papermill", "html", "webpdf")
TARGETS = {"stock": 8.0, "plain": 1.5}  # stock takes at least so many times ours; ours at most so many times plain
RESULT = PROJECT / "bench" / "pipeline.json"


def pipeline(rounds: int, words: Catalogue) -> int:
    """Print the table, write RESULT; 1 where a target is missed. Memory is watched in a round of its own, last."""
    measured: dict[str, list[Cost]] = {way: [] for way in WAYS}
    parts: dict[str, list[float]] = {part: [] for part in PARTS}
    for i in range(rounds):
        for way in WAYS:
            found = _once(way, partial(cost, watched=False), parts)
            measured[way].append(found)
            words_of_way = words.text(f"run.bench.{way}")
            print(words.text("run.bench.round", n=i + 1, way=words_of_way, seconds=found.seconds), file=sys.stderr)
    watched = {way: _once(way, cost, {part: [] for part in PARTS}) for way in WAYS}
    told = _told(measured, parts, watched)
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    Console().print(_table(told, words))
    if not chromium():
        print(words.text("run.bench.no_chromium"))
    print(words.text("run.bench.written", file=str(RESULT)))
    return 0 if all(told["met"].values()) else 1


def _once(way: str, run: Run, parts: dict[str, list[float]]) -> Cost:
    with TemporaryDirectory(prefix="crm-bench-") as folder:
        return _WAYS[way](_engagement(Path(folder)), Path(folder), run, parts)


def _engagement(folder: Path) -> Path:
    """A copy of the demo that was never run."""
    copied = folder / "demo"
    shutil.copytree(DATA / "demo", copied, ignore=shutil.ignore_patterns(".work"))
    (folder / "out").mkdir()
    return copied


def _ours(engagement: Path, folder: Path, run: Run, parts: dict[str, list[float]]) -> Cost:
    command = [sys.executable, "-P", "-m", "crm_lib.cli", "run", str(engagement), "--out", str(folder / "out")]
    return run(command, os.environ, PROJECT)


def _plain(engagement: Path, folder: Path, run: Run, parts: dict[str, list[float]]) -> Cost:
    command = [sys.executable, "-P", "-m", "crm_lib.run.bench_plain", str(engagement), str(folder / "out")]
    return run(command, os.environ, PROJECT)


def _stock(engagement: Path, folder: Path, run: Run, parts: dict[str, list[float]]) -> Cost:
    """Each notebook by processes of its own, as anybody would; in one language, since that is what they display."""
    costs: dict[str, list[Cost]] = {part: [] for part in PARTS}
    out = folder / "out"
    for playbook in playbooks():
        executed = out / playbook.path.name
        papermill = [sys.executable, "-m", "papermill", "--no-progress-bar", "-p", "engagement", str(engagement)]
        costs["papermill"].append(run([*papermill, str(playbook.path), str(executed)], os.environ, PLAYBOOKS))
        convert = [sys.executable, "-m", "nbconvert", "--to", "html", str(executed)]
        costs["html"].append(run(convert, os.environ, out))
        if browser := chromium():
            costs["webpdf"] += _webpdf(run, browser, convert, out / f"{playbook.path.stem}.webpdf.html", out)
    for part, found in costs.items():
        if found:
            parts[part].append(sum(one.seconds for one in found))
    every = [one for found in costs.values() for one in found]
    return Cost(sum(one.seconds for one in every), max(one.rss for one in every), max(one.pss for one in every))


def _webpdf(run: Run, browser: str, convert: list[str], page: Path, out: Path) -> list[Cost]:
    """What `nbconvert --to webpdf` does, without the package playwright and the browser that it downloads: the HTML of
    the template `webpdf`, printed by Debian's Chromium. No request leaves the machine, so that no network counts."""
    html = run([*convert, "--template", "webpdf", "--output", page.name], os.environ, out)
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--host-resolver-rules=MAP * ~NOTFOUND"]
    pdf = run([browser, *flags, f"--print-to-pdf={page.with_suffix('.pdf')}", page.as_uri()], os.environ, out)
    return [html, pdf]


_WAYS: dict[str, Callable[[Path, Path, Run, dict[str, list[float]]], Cost]] = {
    "ours": _ours,
    "stock": _stock,
    "plain": _plain,
}


def chromium() -> str | None:
    return shutil.which("chromium")


def _told(measured: dict[str, list[Cost]], parts: dict[str, list[float]], watched: dict[str, Cost]) -> dict[str, Any]:
    seconds = {way: _median(one.seconds for one in found) for way, found in measured.items()}
    ratios = {"stock": seconds["stock"] / seconds["ours"], "plain": seconds["ours"] / seconds["plain"]}
    return {
        "rounds": {way: [one.seconds for one in found] for way, found in measured.items()},
        "seconds": seconds,
        "stock_parts": {part: _median(found) for part, found in parts.items() if found},
        "rss_mb": {way: round(one.rss, 1) for way, one in watched.items()},
        "pss_mb": {way: round(one.pss, 1) for way, one in watched.items()},
        "ratios": ratios,
        "targets": TARGETS,
        "met": {"stock": ratios["stock"] >= TARGETS["stock"], "plain": ratios["plain"] <= TARGETS["plain"]},
        "machine": {"cores": os.cpu_count(), "system": platform.platform(), "python": platform.python_version()},
        "versions": versions((*TOOLS, "nbconvert", "jupyter-client")),
    }


def _median(values: Iterable[float]) -> float:
    return round(median(list(values)), 3)


def _table(told: dict[str, Any], words: Catalogue) -> Table:
    table = Table(title=words.text("run.bench.title", rounds=len(told["rounds"]["ours"])), title_justify="left")
    for name in ("way", "seconds", "ratio", "rss", "pss"):
        table.add_column(words.text(f"run.bench.{name}"), justify="left" if name == "way" else "right")
    for way in WAYS:
        ratio = told["seconds"][way] / told["seconds"]["ours"]
        numbers = [told["seconds"][way], ratio, told["rss_mb"][way], told["pss_mb"][way]]
        table.add_row(words.text(f"run.bench.{way}"), *(words.format("float", number) for number in numbers))
        for part, seconds in told["stock_parts"].items() if way == "stock" else ():
            table.add_row(f"  {words.text(f'run.bench.part.{part}')}", words.format("float", seconds))
    return table


def _identity(rounds: int, words: Catalogue, rows: Sequence[int] = ()) -> int:
    from crm_lib.run.bench_identity import identity

    return identity(rows, words)


def _metrics(rounds: int, words: Catalogue, rows: Sequence[int] = ()) -> int:
    from crm_lib.run import bench_metrics

    return bench_metrics.metrics(rounds, words, rows or bench_metrics.ROWS)


def _churn(rounds: int, words: Catalogue, rows: Sequence[int] = ()) -> int:
    from crm_lib.run.bench_churn import churn

    return churn(rows, words)


def _clv(rounds: int, words: Catalogue, rows: Sequence[int] = ()) -> int:
    from crm_lib.run.bench_clv import clv

    return clv(rows, words)


BENCHES: dict[str, Callable[..., int]] = {
    "pipeline": pipeline,
    "ingest": ingest,
    "identity": _identity,
    "metrics": _metrics,
    "churn": _churn,
    "clv": _clv,
}
