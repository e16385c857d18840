"""Executed notebooks -> deliverables. Runs beside the next notebook, in a process of its own."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from crm_lib.language import Value, catalogue, msg
from crm_lib.report.brand import load_brand
from crm_lib.report.collect import collect
from crm_lib.report.display import fill
from crm_lib.report.index import File, render_index
from crm_lib.report.render import draw_charts, render_all

NICE = 5  # the notebooks, which wait for each other, go first


def deliver(notebook: Path, base: Path, language: str, formats: Sequence[str], shown: Path | None) -> float:
    """Write `<base>.<format>` of an executed notebook, and to `shown` the notebook with its displays; seconds it took.

    Raise UserError, OSError.
    """
    began = time.perf_counter()
    if hasattr(os, "nice"):
        os.nice(NICE)
    executed, brand = _read(notebook), load_brand()
    document = collect(executed)
    charts = draw_charts(document, catalogue(language, document.cover.currency), brand)
    for format, content in render_all(document, language, formats, brand, charts).items():
        base.with_name(f"{base.name}.{format}").write_bytes(content)
    if shown:
        filled = fill(executed, language, brand, charts)
        shown.write_text(json.dumps(filled, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return time.perf_counter() - began


def write_index(
    notebooks: Mapping[str, Path], names: Mapping[str, str], folder: Path, run: str, languages: Sequence[str]
) -> None:
    """Write index.html beside the deliverables. `notebooks`: executed, by phase; `names`: how its deliverables begin."""
    documents = {phase: collect(_read(path)) for phase, path in notebooks.items()}
    files = [
        File(phase, language, path.suffix[1:], path.name, path.stat().st_size)
        for phase, name in names.items()
        for language in languages
        for path in sorted(folder.glob(f"{name}.{language}.*"))
    ]
    facts = [(msg("run.fact.run"), Value("text", run))]
    page = render_index(documents, files, languages, load_brand(), facts)
    (folder / "index.html").write_text(page, encoding="utf-8")


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))
