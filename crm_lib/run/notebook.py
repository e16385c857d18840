"""Execute a playbook with papermill in a kernel of its own; a run counts only if its last cell says that it is done."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from papermill.engines import papermill_engines
from papermill.iorw import load_notebook_node
from papermill.parameterize import parameterize_notebook

from crm_lib.language import Message, msg, term
from crm_lib.report.collect import is_finished
from crm_lib.run import forkserver
from crm_lib.run.execute import Report, Watch
from crm_lib.run.kernels import Kernel
from crm_lib.run.plan import Step

logging.getLogger("papermill").setLevel(logging.ERROR)  # the plan has checked the parameters, by their syntax


ENGINE = "crm"
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|[\x00-\x08\x0b-\x1f\x7f]")  # colours, and what moves the cursor


class PlaybookFailed(Exception):
    """A cell raised, a kernel died, or the playbook ended early. `notebook` is as far as it came."""

    def __init__(self, phase: str, message: Message, words: str, notebook: Any, cell: int) -> None:
        super().__init__(f"{phase}: cell {cell}: {words}")
        self.phase, self.message, self.words, self.notebook, self.cell = phase, message, words, notebook, cell
        self.kept: Path | None = None


def launch(env: Mapping[str, str], folder: Path) -> Kernel | None:
    """A kernel for the notebook after this one, coming up beside it; None where kernels are not forked."""
    return Kernel(env, str(folder)) if forkserver.current() else None


def execute(
    step: Step,
    report: Report,
    env: Mapping[str, str],
    folder: Path,
    cell_seconds: int | None = None,
    kernel: Kernel | None = None,
) -> nbformat.NotebookNode:
    """Executed notebook of a step, in a kernel whose working directory is `folder`. Raise PlaybookFailed.

    kernel: launched ahead with the same `env` and `folder`.
    """
    watch = Watch(report, env, kernel)
    given = load_notebook_node(str(step.playbook.path))
    given = parameterize_notebook(given, dict(step.parameters), engine_name=ENGINE)
    settings = {"watch": watch, "folder": str(folder), "execution_timeout": cell_seconds, "progress_bar": False}
    try:
        # papermill's own execute_notebook would write the notebook once more, slowly, to nowhere.
        done = papermill_engines.execute_notebook_with_engine(
            ENGINE, given, kernel_name=papermill_engines.nb_kernel_name(ENGINE, given), output_path=None, **settings
        )
    except (DeadKernelError, forkserver.ServerGone):
        raise _failed(step, watch, watch.cell, "died", _last_words()) from None
    except CellTimeoutError:
        raise _failed(step, watch, watch.cell, "slow", str(cell_seconds)) from None
    except RuntimeError as error:  # the kernel did not come up
        raise _failed(step, watch, 0, "start", f"{error}\n{_last_words()}".strip()) from None
    if (failed := _first_error(done)) is not None:
        raise _failed(step, watch, *failed)
    if not is_finished(done):
        raise _failed(step, watch, _exit_cell(done), "early", "")
    return _tidy(done, step)


def _first_error(notebook: Any) -> tuple[int, str, str] | None:
    """Cell, kind and words of the first error; a call of sys.exit is none, but the playbook is then not finished."""
    for index, cell in enumerate(notebook.cells):
        for output in cell.get("outputs", []):
            if output["output_type"] == "error" and output["ename"] != "SystemExit":
                return index, *_what(output["ename"], output["evalue"])
    return None


def _what(name: str, value: str) -> tuple[str, str]:
    value = _CONTROL.sub("", value)
    return ("user", value) if name == "UserError" else ("cell", f"{name}: {value}" if value else name)


def _failed(step: Step, watch: Watch, index: int, kind: str, words: str) -> PlaybookFailed:
    """`kind`: cell, user, died, slow, start, early, see run.failed.* in the catalogue."""
    notebook = _tidy(watch.notebook or nbformat.read(step.playbook.path, as_version=4), step)
    cells = notebook.cells
    injected = [i for i, cell in enumerate(cells) if "injected-parameters" in cell.metadata.get("tags", [])]
    number = index + 1 - sum(i <= index for i in injected)
    message = msg(
        f"run.failed.{kind}",
        phase=term(f"phase.{step.playbook.phase}"),
        cell=number,
        cells=len(cells) - len(injected),
        id=str(cells[index].get("id", "")) if cells else "",
        error=words,
    )
    return PlaybookFailed(step.playbook.phase, message, words, notebook, number)


FAILURES = ("cell", "user", "died", "slow", "start", "early")


def _exit_cell(notebook: Any) -> int:
    """The cell that called sys.exit, else the last."""
    for index, cell in enumerate(notebook.cells):
        if any(output.get("ename") == "SystemExit" for output in cell.get("outputs", [])):
            return index
    return len(notebook.cells) - 1


def _last_words() -> str:
    server = forkserver.current()
    return server.log() if server else ""


def _tidy(notebook: Any, step: Step) -> Any:
    """The notebook without this machine's paths."""
    notebook.cells = [
        cell for cell in notebook.cells if "papermill-error-cell-tag" not in cell.metadata.get("tags", [])
    ]
    kept = notebook.metadata.get("papermill", {})
    notebook.metadata["papermill"] = {
        key: kept[key] for key in ("parameters", "start_time", "end_time", "duration", "version") if key in kept
    }
    notebook.metadata["papermill"]["input_path"] = step.playbook.path.name
    return notebook


def with_error(notebook: Any, words: str) -> Any:
    """The failed notebook with the error at its top."""
    cell = nbformat.v4.new_markdown_cell(f"**{words.strip()}**" if "\n" not in words else f"```\n{words}\n```")
    notebook.cells.insert(0, cell)
    return notebook
