"""What is going on, while it goes on: a bar at a terminal, plain lines elsewhere."""

from __future__ import annotations

from types import TracebackType
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from crm_lib.language import Catalogue, Message, msg, term
from crm_lib.run.plan import Step


class Teller(Protocol):
    def say(self, message: Message) -> None: ...
    def begin(self, steps: list[Step]) -> None: ...
    def cell(self, step: Step, done: int) -> None: ...
    def end(self, step: Step, seconds: float, cached: bool) -> None: ...


class Silent:
    """Tells nothing."""

    def say(self, message: Message) -> None: ...
    def begin(self, steps: list[Step]) -> None: ...
    def cell(self, step: Step, done: int) -> None: ...
    def end(self, step: Step, seconds: float, cached: bool) -> None: ...


def _ended(step: Step, seconds: float, cached: bool) -> Message:
    number, phase = step.playbook.number, term(f"phase.{step.playbook.phase}")
    if cached:
        return msg("run.progress.cached", number=number, phase=phase)
    return msg("run.progress.executed", number=number, phase=phase, cells=len(step.playbook.cells), seconds=seconds)


class Lines:
    """A line for each thing done."""

    def __init__(self, words: Catalogue, console: Console) -> None:
        self.words, self.console = words, console

    def __enter__(self) -> Lines:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        pass

    def say(self, message: Message) -> None:
        whole = not self.console.is_terminal  # a log is searched by lines: there none is broken
        self.console.print(self.words.text(message), markup=False, highlight=False, soft_wrap=whole)

    def begin(self, steps: list[Step]) -> None:
        pass

    def cell(self, step: Step, done: int) -> None:
        pass

    def end(self, step: Step, seconds: float, cached: bool) -> None:
        self.say(_ended(step, seconds, cached))


class Bar(Lines):
    """One bar over the cells of all phases, with the phase and cell at work."""

    def __init__(self, words: Catalogue, console: Console) -> None:
        super().__init__(words, console)
        parts = (TextColumn("{task.description}", markup=False), BarColumn(), TimeElapsedColumn())
        self.progress = Progress(*parts, console=console, transient=True)
        self.task: TaskID = self.progress.add_task("", total=None)
        self.done: dict[str, int] = {}  # cells, by phase

    def __enter__(self) -> Bar:
        self.progress.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.progress.stop()

    def begin(self, steps: list[Step]) -> None:
        self.progress.update(self.task, total=sum(len(step.playbook.cells) for step in steps))

    def cell(self, step: Step, done: int) -> None:
        cells = len(step.playbook.cells)
        phase = term(f"phase.{step.playbook.phase}")
        words = self.words.text("run.progress.cell", phase=phase, cell=min(done + 1, cells), cells=cells)
        self._update(step, done, description=words)

    def end(self, step: Step, seconds: float, cached: bool) -> None:
        super().end(step, seconds, cached)
        self._update(step, len(step.playbook.cells))

    def _update(self, step: Step, done: int, **more: str) -> None:
        self.done[step.playbook.phase] = done
        self.progress.update(self.task, completed=sum(self.done.values()), **more)  # type: ignore[arg-type]


def teller(words: Catalogue, console: Console) -> Lines:
    return Bar(words, console) if console.is_terminal else Lines(words, console)
