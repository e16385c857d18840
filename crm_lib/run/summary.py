"""The deliverables that a run tells of at its end: a table at a terminal, a line for each phase elsewhere."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console
from rich.table import Table

from crm_lib.language import Catalogue
from crm_lib.run import carry
from crm_lib.run.pipeline import Made
from crm_lib.run.plan import PHASES


def tell(made: Made, words: Catalogue, console: Console) -> None:
    if console.is_terminal:
        console.print(_table(made, words))
        return
    for name, deliverables, files, time in _rows(made, words):
        line = words.text("run.table.line", files=files, phase=name, deliverables=", ".join(deliverables), time=time)
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def _table(made: Made, words: Catalogue) -> Table:
    table = Table(
        title=words.text("run.table.title"), title_justify="left", caption=_endings(made), caption_justify="left"
    )
    for column in ("phase", "deliverable"):
        table.add_column(words.text(f"run.table.{column}"))
    table.add_column(words.text("run.table.files"), no_wrap=True)
    table.add_column(words.text("run.table.seconds"), justify="right", no_wrap=True)
    for name, deliverables, files, time in _rows(made, words):
        table.add_row(name, "\n".join(deliverables), files, time)
    return table


def _rows(made: Made, words: Catalogue) -> Iterator[tuple[str, list[str], str, str]]:
    """Phase, its deliverables, how their files begin, and the seconds its playbook took or why it took none."""
    for phase in PHASES:
        if phase in made.origins or phase in made.taken.phases:
            names = [words.word(id) for i in (1, 2, 3) if (id := f"deliverable.{phase}.{i}") in words]
            yield words.word(f"phase.{phase}"), names, carry.deliverable_name(phase), _time(phase, made, words)


def _time(phase: str, made: Made, words: Catalogue) -> str:
    if phase in made.taken.phases:
        return words.text("run.table.taken")
    if phase in made.cached:
        return words.text("run.table.cached")
    return words.text("run.table.time", seconds=made.seconds[phase])


def _endings(made: Made) -> str:
    """'*.{zh,en}.{html,pdf,xlsx}'"""
    return f"*.{{{','.join(made.languages)}}}.{{{','.join(made.formats)}}}"
