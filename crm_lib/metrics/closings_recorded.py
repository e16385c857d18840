"""Whether the tickets say when they were closed: old complaints without a close time are rarely all still open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd

from crm_lib.engine import Engine

OLD_DAYS = 60  # by then a complaint is closed, or somebody knows why not
MOST_OPEN = 1 / 3  # of old complaints; above it, closing is taken not to be recorded
FEWEST = 10
_SQL = Path(__file__).with_name("closings_recorded.sql")


@dataclass(frozen=True)
class Closings:
    """Complaints opened at least OLD_DAYS before the data's end, how many of them have no close time, and the first
    of those."""

    complaints: int = 0
    unclosed: int = 0
    oldest: date | None = None

    @property
    def recorded(self) -> bool:
        return self.complaints < FEWEST or self.unclosed <= MOST_OPEN * self.complaints


def closings(engine: Engine, as_of: date) -> Closings:
    if not engine.has("tickets"):
        return Closings()
    row = engine.run(_SQL, as_of=as_of, old_days=OLD_DAYS).iloc[0]
    oldest = None if pd.isna(row["oldest"]) else pd.Timestamp(row["oldest"]).date()
    return Closings(int(row["complaints"]), int(row["unclosed"]), oldest)
