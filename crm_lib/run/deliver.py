"""Executed notebooks -> deliverables. Runs beside the next notebook, in a process of its own."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from crm_lib.language import Message, Value, literal, msg
from crm_lib.report import blocks as b
from crm_lib.report.brand import load_brand
from crm_lib.report.collect import collect
from crm_lib.report.display import fill
from crm_lib.report.index import File, render_index
from crm_lib.report.render import draw_charts, render_all

_documents: dict[Path, b.Document] = {}  # that this process delivered: the index page is made of them
NICE = 5  # the notebooks, which wait for each other, go first


def warm(languages: Sequence[str], formats: Sequence[str]) -> None:
    """Render next to nothing, so that fonts and templates are there when the first playbook is done."""
    _step_back()
    columns = [b.column("x", literal("x"), "month"), b.column("y", literal("y"), "int")]
    rows, axes = [["2026-01", 1], ["2026-02", 2]], (literal("x"), literal("y"))
    chart = b.Chart("run.warm", "line", literal("x"), columns, rows, "x", ["y"], *axes)
    table = b.Table("run.table", literal("x"), columns, rows)
    cover = b.Cover("diagnosis", msg("phase.diagnosis"), [], literal("x"), "CNY", "2026-01-31")
    for language in languages:
        render_all(b.Document(cover, (b.Heading(literal("x")), chart, table)), language, formats, load_brand())


def deliver(notebook: Path, base: Path, language: str, formats: Sequence[str], shown: Path | None) -> float:
    """Write `<base>.<format>` of an executed notebook, and to `shown` the notebook with its displays; seconds it took.

    Raise UserError, OSError.
    """
    began = time.perf_counter()
    _step_back()
    executed, brand = _read(notebook), load_brand()
    document = _documents[notebook] = collect(executed)
    charts = draw_charts(document, document.cover.words(language), brand)
    for format, content in render_all(document, language, formats, brand, charts).items():
        base.with_name(f"{base.name}.{format}").write_bytes(content)
    if shown:
        filled = fill(executed, language, brand, charts)
        shown.write_text(json.dumps(filled, ensure_ascii=False) + "\n", encoding="utf-8")
    return time.perf_counter() - began


def write_index(
    notebooks: Mapping[str, Path],
    names: Mapping[str, str],
    folder: Path,
    run: str,
    languages: Sequence[str],
    notes: Mapping[str, Message],
) -> None:
    """Write index.html beside the deliverables. `notebooks`: executed, by phase; `names`: how its deliverables begin;
    `notes`: what else to say of a phase."""
    documents = {phase: _documents.get(path) or collect(_read(path)) for phase, path in notebooks.items()}
    files = [
        File(phase, language, path.suffix[1:], path.name, path.stat().st_size)
        for phase, name in names.items()
        for language in languages
        for path in sorted(folder.glob(f"{name}.{language}.*"))
    ]
    facts = [(msg("run.fact.run"), Value("text", run))]
    page = render_index(documents, files, languages, load_brand(), facts, notes)
    (folder / "index.html").write_text(page, encoding="utf-8")


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def _step_back() -> None:
    if hasattr(os, "nice"):
        os.nice(NICE - os.nice(0))
    with suppress(OSError):  # Linux weighs sessions, of which this process has one, by a number of their own
        Path("/proc/self/autogroup").write_text(str(NICE))
