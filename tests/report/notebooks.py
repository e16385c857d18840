"""Small notebooks that are really executed."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import nbformat
from nbclient import NotebookClient

from crm_lib.paths import PROJECT
from crm_lib.report.blocks import PLAIN_ENV

CELLS: Sequence[tuple[str, str]] = (
    ("parameters", 'engagement = "demo"'),
    (
        "code",
        "import sys\nimport pandas as pd\nfrom IPython.display import Image\nfrom crm_lib.report import blocks as b, display as d\n"
        "from tests.report import sample\nd.install('zh', 'CNY')\nd.install('zh', 'CNY')\nsample.cover()",
    ),
    ("code", "sample.findings(summary=True)"),
    ("code", "display(sample.metrics(headline=True))\nsample.charts()[0]"),
    ("markdown", "## 分析师补充\n\n这里多看一眼。"),
    ("code", "print('printed \\x1b[31mred\\x1b[0m')\nprint('not for the client', file=sys.stderr)"),
    ("code", "pd.DataFrame({'店': ['甲', '乙'], 'n': [1, 2]})"),
    ("code", "Image(data=__import__('base64').b64decode(sample.png()))"),
    ("code", "40 + 2"),
    ("code", "sample.charts()[0]"),
    ("code", "b.Definitions([b.Definition(sample.t('口径', 'Term'), sample.t('定义', 'Definition'))])"),
    ("code", "b.Done('diagnosis')"),
)


def notebook(cells: Sequence[tuple[str, str]] = CELLS) -> Any:
    found = nbformat.v4.new_notebook()
    for kind, source in cells:
        cell = nbformat.v4.new_markdown_cell(source) if kind == "markdown" else nbformat.v4.new_code_cell(source)
        if kind == "parameters":
            cell.metadata["tags"] = ["parameters"]
        found.cells.append(cell)
    return found


def executed(plain: bool, cells: Sequence[tuple[str, str]] = CELLS, allow_errors: bool = False) -> Any:
    """`plain`: blocks carry their data only, as under the runner."""
    found = notebook(cells)
    with _environment(plain):
        NotebookClient(
            found, kernel_name="python3", allow_errors=allow_errors, resources={"metadata": {"path": str(PROJECT)}}
        ).execute()
    return found


@contextmanager
def _environment(plain: bool) -> Iterator[None]:
    before = os.environ.pop(PLAIN_ENV, None)
    if plain:
        os.environ[PLAIN_ENV] = "1"
    try:
        yield
    finally:
        os.environ.pop(PLAIN_ENV, None)
        if before is not None:
            os.environ[PLAIN_ENV] = before
