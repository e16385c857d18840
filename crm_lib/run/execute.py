"""papermill's engine `crm`: the cells reported as they are executed, the kernel forked where it can be.

papermill loads this module by its entry point while it is imported itself: import papermill first, never this.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NBClientEngine
from traitlets.config import Config

Report = Callable[[int], None]  # cells done so far
START_SECONDS = 300  # one that died is noticed at once, one that waits its turn on a busy machine comes
OUTPUT_SECONDS = (
    600  # likewise for the displays of a cell that has ended: nbclient's 4 s are not enough on a busy machine
)


@dataclass
class Watch:
    """What the engine is given, and what it tells while it executes. `kernel`: one that was launched ahead."""

    report: Report = lambda done: None
    env: Mapping[str, str] = field(default_factory=dict)
    kernel: Any = None
    notebook: Any = None
    cell: int = 0


class PlaybookEngine(NBClientEngine):
    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: Any,
        kernel_name: str,
        watch: Watch | None = None,
        folder: str | None = None,
        start_timeout: int = START_SECONDS,
        execution_timeout: int | None = None,
        **unused: Any,
    ) -> Any:
        watch = watch or Watch()
        watch.notebook = nb_man.nb
        from crm_lib.run import kernels
        from crm_lib.run.private import private_folder

        kernel = watch.kernel
        with private_folder() as private:
            ipc = sys.platform != "win32"
            client = _Client(
                nb_man,
                km=kernel.manager if kernel and kernel_name == kernels.NAME else None,
                kernel_name=kernel_name,
                startup_timeout=start_timeout,
                timeout=execution_timeout,
                iopub_timeout=OUTPUT_SECONDS,
                shutdown_kernel="immediate",
                resources={"metadata": {"path": folder or str(Path.cwd())}},
                config=kernels.fork_config(private) if ipc else Config(),
            )
            client.watch = watch
            return client.execute(env={**os.environ, **watch.env}, cleanup_kc=True)


class _Client(PapermillNotebookClient):
    watch: Watch

    def execute_cell(self, cell: Any, cell_index: int, *args: Any, **kwargs: Any) -> Any:
        self.watch.cell = cell_index
        self.watch.report(cell_index)
        return super().execute_cell(cell, cell_index, *args, **kwargs)
