"""The playbooks' code in one Python process without notebooks, and the same rendering: what a run cannot be under.

python -m crm_lib.run.bench_plain ENGAGEMENT FOLDER
"""

from __future__ import annotations

import ast
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from crm_lib.engagement import load
from crm_lib.paths import PLAYBOOKS
from crm_lib.report.blocks import PLAIN_ENV, Block, Cover, Document, Done, frame_table
from crm_lib.report.brand import load_brand
from crm_lib.report.collect import unique_ids, with_headings
from crm_lib.report.render import draw_charts, render_all
from crm_lib.run.plan import Playbook, playbooks


def main(engagement: Path, folder: Path) -> None:
    """Write every deliverable of the engagement into the folder."""
    os.environ[PLAIN_ENV] = "1"
    os.chdir(PLAYBOOKS)
    report = load(engagement).report
    for playbook in playbooks():
        document = execute(playbook, engagement)
        for language in report.languages:
            charts = draw_charts(document, document.cover.words(language), load_brand())
            files = render_all(document, language, report.formats, load_brand(), charts)
            for format, content in files.items():
                (folder / f"{playbook.name}.{language}.{format}").write_bytes(content)


def execute(playbook: Playbook, engagement: Path) -> Document:
    """Document of a playbook's cells, executed in one namespace."""
    shown: list[Any] = []
    namespace: dict[str, Any] = {"display": lambda *values: shown.extend(values)}
    for source, tags in playbook.code:
        _run(source, namespace, shown)
        if "parameters" in tags:
            namespace["engagement"] = str(engagement)
    blocks = list(_blocks(shown))
    cover = next(block for block in blocks if isinstance(block, Cover))
    rest = [block for block in blocks if not isinstance(block, (Cover, Done))]
    return Document(cover, tuple(with_headings(list(unique_ids(rest)))))


def _run(source: str, namespace: dict[str, Any], shown: list[Any]) -> None:
    """A cell: its last expression is shown, unless a semicolon ends it."""
    tree = ast.parse(source)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "<cell>", "exec"), namespace)
    if isinstance(last, ast.Expr):
        value = eval(compile(ast.Expression(last.value), "<cell>", "eval"), namespace)
        if value is not None and not source.rstrip().endswith(";"):
            shown.append(value)


def _blocks(shown: list[Any]) -> Iterator[Block]:
    for value in shown:
        if isinstance(value, Block):
            yield value
        elif type(value).__name__ == "DataFrame":
            yield frame_table("analyst.table", value)


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve())
