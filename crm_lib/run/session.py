"""What a playbook opens: the engagement, the data as they were known, and the handoffs."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from crm_lib import handoff
from crm_lib.engagement import Cycle, Engagement, load, read
from crm_lib.engine import Engine, connect
from crm_lib.errors import UserError
from crm_lib.language import Message, Value, msg, term
from crm_lib.paths import PLAYBOOKS
from crm_lib.report import display
from crm_lib.report.blocks import Cover, Done
from crm_lib.run.engine_address import check_engine, engine_url
from crm_lib.run.plan import HANDOFFS_ENV, PLANNING
from crm_lib.run.prepare import inventory, prepare
from crm_lib.run.publish import LATEST, latest
from crm_lib.run.text_storage import fit_text_storage


@dataclass(frozen=True)
class Session:
    """`engine` shows what was known at `known_until`: the baseline in phases 1 to 3, as_of in 4 and 5."""

    folder: Path
    engagement: Engagement
    phase: str
    canonical: Path

    @cached_property
    def given(self) -> dict[str, Any]:
        """engagement.toml as it was written, without presets and defaults."""
        return read(self.folder)

    @property
    def cycle(self) -> Cycle:
        return self.engagement.cycle

    @property
    def baseline(self) -> date:
        return self.cycle.baseline

    @property
    def start(self) -> date:
        return self.cycle.start

    @property
    def as_of(self) -> date:
        return self.engagement.as_of

    @property
    def known_until(self) -> date:
        return self.baseline if self.phase in PLANNING else self.as_of

    @cached_property
    def engine(self) -> Engine:
        return self.engine_at(self.known_until)

    def engine_at(self, day: date) -> Engine:
        """Engine that shows what was known at the end of a day. Raise UserError where it cannot be had."""
        try:
            return connect(self.canonical, day, url=engine_url(self.engagement, self.folder))
        except UserError as error:
            raise UserError(check_engine(self.engagement, self.folder) or error.problems) from None

    @cached_property
    def inventory(self) -> dict[str, pd.DataFrame]:
        """How the canonical tables came to be; see `run.prepare.inventory`."""
        return inventory(self.canonical, self.as_of)

    @property
    def quarantine(self) -> Path:
        """Lists of the rows set aside, as they stood; never to be sent as they are."""
        return self.folder / ".work" / "quarantine" / self.canonical.name

    def read(self, artifact: str, cycles_back: int = 0) -> pd.DataFrame:
        """Handoff of an earlier phase: this run's, else the latest published. UserError names the phase to run."""
        number = self.cycle.number - cycles_back
        for root in handoff_roots(self.folder):
            if (root / f"cycle-{number}" / f"{artifact}.parquet").exists():
                return handoff.read(root / f"cycle-{number}", artifact)
        return handoff.read(_published(self.folder) / f"cycle-{number}", artifact)

    def read_or_none(self, artifact: str, cycles_back: int = 0) -> pd.DataFrame | None:
        try:
            return self.read(artifact, cycles_back)
        except UserError:
            return None

    def write(self, artifact: str, frame: pd.DataFrame) -> None:
        """Leave a handoff for the next phases; published with the run."""
        handoff.write(handoff_roots(self.folder)[0] / f"cycle-{self.cycle.number}", artifact, frame)

    def cover(self) -> Cover:
        """Title page of the phase's document."""
        engagement = self.engagement
        facts: list[tuple[Message, Value]] = [
            (msg("report.fact.client"), Value("message", engagement.client.name.message)),
            (msg("report.fact.industry"), term(f"industry.{engagement.client.industry}")),
            (msg("report.fact.stage"), term(f"stage.{engagement.client.stage}")),
            (msg("report.fact.cycle"), Value("int", self.cycle.number)),
            (msg("report.fact.baseline"), Value("date", self.baseline)),
            (msg("report.fact.start"), Value("date", self.start)),
            (msg("report.fact.known_until"), Value("date", self.known_until)),
        ]
        names = [msg(f"deliverable.{self.phase}.{i}") for i in range(1, 3 if self.phase in _TWO else 2)]
        return Cover(
            phase=self.phase,
            title=msg(f"phase.{self.phase}"),
            deliverables=names,
            client=engagement.client.name.message,
            currency=engagement.report.currency,
            as_of=self.known_until.isoformat(),
            facts=facts,
            language=engagement.report.languages[0],
            class_names={
                name: {"zh": zh, "en": dict(engagement.class_names("en"))[name]}
                for name, zh in engagement.class_names("zh")
            },
        )

    def done(self) -> Done:
        """Last line of a playbook: says that it ran to its end."""
        return Done(self.phase)


_TWO = frozenset({"layering", "monitoring"})  # phases with two deliverables on one cover


def handoff_roots(folder: Path) -> list[Path]:
    """Where handoffs are written (first) and looked for: the run's staging, or the draft of an open notebook."""
    staged = os.environ.get(HANDOFFS_ENV)
    return [Path(staged).resolve()] if staged else [folder / ".work" / "handoffs" / "draft", _published(folder)]


def _published(folder: Path) -> Path:
    root = folder / ".work" / "handoffs"
    return latest(root) or root / LATEST


def open_session(engagement: str, phase: str, as_of: str = "") -> Session:
    """Session of the engagement in a folder (relative to here, or to `playbooks/`). Prepares the data if need be.

    Raise UserError with every problem of the engagement and its data.
    """
    folder = Path(engagement)
    if not folder.is_absolute() and not folder.exists():
        folder = PLAYBOOKS / folder
    folder = folder.resolve()
    loaded = load(folder).with_as_of(date.fromisoformat(as_of) if as_of else None)
    language = loaded.report.languages[0]
    display.install(language, loaded.report.currency, loaded.class_names(language))
    canonical = prepare(folder, loaded)
    fit_text_storage(canonical)
    return Session(folder, loaded, phase, canonical)
