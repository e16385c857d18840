"""Kernels on their way up before a playbook wants them, the first while the data are still prepared."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from concurrent.futures import Future
from pathlib import Path
from queue import Empty, SimpleQueue
from types import ModuleType
from typing import Any

from crm_lib.language import LANGUAGE_ENV, user_language
from crm_lib.paths import PLAYBOOKS
from crm_lib.report.blocks import PLAIN_ENV
from crm_lib.run import forkserver
from crm_lib.run.plan import CANONICAL_ENV, HANDOFFS_ENV
from crm_lib.run.private import private_folder

_LOOK_SECONDS = 0.05
_PLACES = {CANONICAL_ENV: "canonical", HANDOFFS_ENV: "handoffs"}


class SpareKernels:
    """All start in `folder`, where the playbooks stand, and have one environment: `env`. The places in it are links that `point` makes, so that kernels may come up before
    anybody knows where they lead; where kernels are not forked, they are the places themselves."""

    def __init__(self, notebook: ModuleType, folder: Path = PLAYBOOKS) -> None:
        self._notebook = notebook
        self._folder = folder if folder.is_dir() else PLAYBOOKS  # that it is not there is told by the check
        self._links = private_folder() if forkserver.current() else None
        self._kernels: SimpleQueue[Any] = SimpleQueue()
        self.env = {PLAIN_ENV: "1", LANGUAGE_ENV: user_language()}
        if self._links:
            self.env |= {name: f"{self._links.name}/{link}" for name, link in _PLACES.items()}

    def come_up(self, most: int, before: Future[Any]) -> None:
        """Once the server has imported everything, unless `before` is done by then."""
        while (server := forkserver.current()) and not before.done():
            if server.ask("imported"):
                for _ in range(most):
                    self.launch()
                return
            time.sleep(_LOOK_SECONDS)

    def point(self, canonical: Path, handoffs: Path, hidden: Iterable[str]) -> None:
        """Say where a run reads and writes. hidden: variables that no kernel is given."""
        blank = {name: "" for name in hidden if os.environ.get(name)}
        if blank:
            self._drop()
        self.env |= blank
        for name, place in ((CANONICAL_ENV, canonical), (HANDOFFS_ENV, handoffs)):
            if self._links:
                Path(self.env[name]).symlink_to(place.resolve(), target_is_directory=True)
            else:
                self.env[name] = str(place.resolve())

    def launch(self) -> None:
        """One more, where kernels are forked."""
        if kernel := self._notebook.launch(self.env, self._folder):
            self._kernels.put(kernel)

    def take(self) -> Any:
        """One that nobody has yet, else None."""
        try:
            return self._kernels.get_nowait()
        except Empty:
            return None

    def is_empty(self) -> bool:
        return self._kernels.empty()

    def _drop(self) -> None:
        while kernel := self.take():
            kernel.close()

    def __enter__(self) -> SpareKernels:
        return self

    def __exit__(self, *error: object) -> None:
        self._drop()
        if self._links:
            self._links.cleanup()
