"""The table of deliverables that a run prints."""

from __future__ import annotations

from rich.table import Table

from crm_lib.language import Catalogue
from crm_lib.run.pipeline import Made


def deliverables(made: Made, words: Catalogue) -> Table:
    """A row for each phase: its deliverables by name, its files, and how long its playbook took."""
    table = Table(title=words.text("run.table.title"), title_justify="left")
    for column in ("phase", "deliverable", "files"):
        table.add_column(words.text(f"run.table.{column}"), overflow="fold")
    table.add_column(words.text("run.table.seconds"), justify="right")
    for step in made.checked.steps:
        playbook = step.playbook
        names = [words.word(id) for i in (1, 2, 3) if (id := f"deliverable.{playbook.phase}.{i}") in words]
        files = [f"{playbook.name}.{language}.{{{','.join(made.formats)}}}" for language in made.languages]
        seconds = words.format("float", made.seconds[playbook.phase])
        time = words.text("run.table.cached") if playbook.phase in made.cached else seconds
        table.add_row(words.word(f"phase.{playbook.phase}"), "\n".join(names), "\n".join(files), time)
    return table
