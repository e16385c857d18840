"""The days at which the past is cut in two: what was known, and what came of it. And where there is too little past."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd

from crm_lib.engagement import Churn
from crm_lib.language import Message, Value, msg


@dataclass(frozen=True)
class Cutoffs:
    """Days from the earliest on; the model learns at `train` and is tried at `test`, whose outcome ends by `as_of`."""

    train: tuple[date, ...]
    test: date
    as_of: date
    lookback_days: int


def cutoffs(history_start: date | None, as_of: date, label_days: int, lookback_days: int, settings: Churn) -> Cutoffs:
    """The cut-offs that the history carries, each `label_days` before the next; `train` is empty where it is too short.

    The first before the test's has to look back on `label_days` at least, a second one on `min_history_days`: it gives
    more cases and takes look-back from all. The look-back is that of the earliest, at most `lookback_days`.
    """
    step = timedelta(days=label_days)
    test = as_of - step
    seen = {day: history_days(history_start, day) for day in (test - step, test - 2 * step)}
    train = []
    if history_days(history_start, as_of) >= settings.min_history_days and seen[test - step] >= label_days:
        train.append(test - step)
        train += [test - 2 * step] if seen[test - 2 * step] >= settings.min_history_days else []
    known = history_days(history_start, min(train, default=test))
    return Cutoffs(tuple(sorted(train)), test, as_of, max(min(lookback_days, known), 1))


def history_days(history_start: date | None, day: date) -> int:
    """Days known at the end of `day`, itself one of them."""
    return max((day - history_start).days + 1, 0) if history_start else 0


def short_of_history(found: Cutoffs, history_start: date | None, label_days: int, settings: Churn) -> list[Message]:
    """What the history lacks for a cut-off before the test's."""
    if found.train:
        return []
    return [
        msg(
            "churn.lack.history",
            have=Value("days", history_days(history_start, found.as_of)),
            needed=Value("days", max(settings.min_history_days, 3 * label_days)),
            label=Value("days", label_days),
        )
    ]


def short_of_buyers(day: date, outcome: pd.Series, settings: Churn) -> list[Message]:
    """What one cut-off lacks: buyers, leavers, or buyers who stay. `outcome` is True for who left."""
    left = int(outcome.sum())
    counts = {"buyers": (len(outcome), settings.min_buyers)}
    if len(outcome) >= settings.min_buyers:
        counts = {"leavers": (left, settings.min_labels), "stayers": (len(outcome) - left, settings.min_labels)}
    return [
        msg(f"churn.lack.{name}", day=day, have=have, needed=needed)
        for name, (have, needed) in counts.items()
        if have < needed
    ]
