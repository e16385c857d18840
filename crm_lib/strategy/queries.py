"""Runs this room's SQL files with the settings that they share."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from crm_lib.engagement import Engagement
from crm_lib.engine import Engine

HALF_YEAR_DAYS = 180
MONTH_DAYS = 30
TRIGGER_DAYS = 91  # 13 weeks tell how often a trigger falls
_SQL = Path(__file__).parent


def run(engine: Engine, engagement: Engagement, name: str) -> pd.DataFrame:
    """Frame of `<name>.sql` at the baseline of the engagement's cycle; reads the table `class_members`."""
    return engine.run(
        _SQL / f"{name}.sql",
        baseline=engagement.cycle.baseline,
        window_days=engagement.layering.window_days,
        half_year_days=HALF_YEAR_DAYS,
        month_days=MONTH_DAYS,
        trigger_days=TRIGGER_DAYS,
        response_days=engagement.definitions.response_window_days,
    )
