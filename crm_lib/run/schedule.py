"""Which playbook is executed when: as soon as what it reads is there, though the one that leaves it has not ended yet.

A playbook is done once all that it may read from are done and what they left is still what it read; if it is not, the
playbook is executed again.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any, Protocol

from crm_lib.handoff import ARTIFACTS
from crm_lib.run.plan import Step

MOST = 2  # playbooks at once: each holds its data in memory
_LOOK_SECONDS = 0.5  # Windows tells of Ctrl-C only between two waits


class Place(Protocol):
    """Where steps are executed, and what is known there."""

    def key(self, step: Step) -> str:
        """Name of all that can change the step's answer, as it is now."""
        ...

    def is_there(self, artifact: str) -> bool:
        """Whether the run has the handoff."""
        ...

    def cached(self, step: Step, key: str) -> bool:
        """Take the step's handoffs from an earlier run, where it had the key."""
        ...

    def execute(self, step: Step, report: Callable[[int], None]) -> Any:
        """Executed notebook; `report` is told how many cells are done."""
        ...


@dataclass
class Execution:
    """A step's execution, running or ended; `notebook` is None where it was taken from the cache."""

    step: Step
    key: str
    notebook: Any = None
    seconds: float = 0.0
    failure: BaseException | None = None
    running: bool = True


class Schedule:
    def __init__(
        self, steps: Sequence[Step], place: Place, cell: Callable[[Step, int], None], most: int = MOST
    ) -> None:
        self._open = list(steps)  # in order, until they are done
        self._place, self._cell, self._most = place, cell, most
        self._executions: dict[str, Execution] = {}
        self._events: SimpleQueue[Callable[[], None]] = SimpleQueue()

    def run(self) -> Iterator[Execution]:
        """The steps as they are done. Raise what the first of them failed with; others may then still be running."""
        while self._open:
            yield from self._done()
            self._start()
            if any(execution.running for execution in self._executions.values()):
                self._wait()

    def _done(self) -> Iterator[Execution]:
        for step in list(self._open):
            execution = self._executions.get(step.playbook.phase)
            if execution is None or execution.running or any(map(self._reads_from(step), self._before(step))):
                continue
            if execution.key != self._place.key(step):
                del self._executions[step.playbook.phase]
                continue
            if execution.failure:
                raise execution.failure
            self._open.remove(step)
            yield execution

    def _start(self) -> None:
        for step in self._open:
            running = sum(execution.running for execution in self._executions.values())
            if step.playbook.phase in self._executions or running >= self._most or not self._ready(step):
                continue
            began, key = time.perf_counter(), self._place.key(step)
            execution = self._executions[step.playbook.phase] = Execution(step, key)
            if self._place.cached(step, key):
                execution.seconds, execution.running = time.perf_counter() - began, False
                self._events.put(lambda: None)
            else:
                threading.Thread(target=self._execute, args=[execution], daemon=True).start()

    def _ready(self, step: Step) -> bool:
        """Whether all that the step may read is there, or will not come."""
        if not step.playbook.tells_reads:
            return not self._before(step)
        at_work = {before.playbook.phase for before in self._before(step) if not self._ended(before)}
        wanted = [name for name in step.playbook.may_read if ARTIFACTS[name].phase in at_work]
        return all(map(self._place.is_there, wanted))

    def _ended(self, step: Step) -> bool:
        execution = self._executions.get(step.playbook.phase)
        return execution is not None and not execution.running

    def _before(self, step: Step) -> list[Step]:
        return self._open[: self._open.index(step)]

    def _reads_from(self, step: Step) -> Callable[[Step], bool]:
        phases = {ARTIFACTS[name].phase for name in step.playbook.may_read}
        return lambda before: before.playbook.phase in phases

    def _execute(self, execution: Execution) -> None:
        """In a thread of its own; only `run` calls back."""
        began = time.perf_counter()
        try:
            execution.notebook = self._place.execute(
                execution.step, lambda done: self._events.put(lambda: self._cell(execution.step, done))
            )
        except BaseException as error:
            execution.failure = error
        execution.seconds = time.perf_counter() - began

        def end() -> None:
            execution.running = False

        self._events.put(end)

    def _wait(self) -> None:
        """Until something has happened: a cell has ended, which may have left a handoff, or an execution."""
        while True:
            try:
                self._events.get(timeout=_LOOK_SECONDS)()
                return
            except Empty:
                continue
