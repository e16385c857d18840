"""The tables that the client reads: figures against their path, tasks, owners, answers, with ids turned into words."""

from __future__ import annotations

import pandas as pd

from crm_lib.engagement import Engagement
from crm_lib.frames import objects, rows
from crm_lib.language import Message, msg
from crm_lib.metrics import METRICS
from crm_lib.metrics.parts import NEWCOMERS, part_words
from crm_lib.monitoring.alerts import target_label
from crm_lib.monitoring.reasons import got_worse
from crm_lib.monitoring.words import deviation_words, figure, latest_words, level_words, shown, step


def status_table(engagement: Engagement, readings: pd.DataFrame) -> pd.DataFrame:
    """readings in words: label, start, latest, level, expected, deviation, aim and the bare value, low, high (Messages in
    the row's own kind), standing, due, base, status."""
    given = list(rows(readings))
    words = {
        "label": (target_label(engagement, row.target_id) for row in given),
        "start": (shown(figure(row.metric, row.baseline)) for row in given),
        "latest": (latest_words(row) for row in given),
        "level": (level_words(row) for row in given),
        "expected": (shown(figure(row.metric, row.expected)) for row in given),
        "deviation": (deviation_words(row) for row in given),
        "aim": (msg("monitoring.aim", goal=figure(row.metric, row.target), due=row.due.date()) for row in given),
    }
    bounds = {
        name: [shown(figure(row.metric, getattr(row, name))) for row in given] for name in ("value", "low", "high")
    }
    bare = readings[["standing", "due", "base", "status"]].reset_index(drop=True)
    return bare.assign(**{name: objects(cells) for name, cells in (words | bounds).items()})


def period_table(engagement: Engagement, paths: pd.DataFrame, span: str) -> pd.DataFrame:
    """Every target by week or month of the cycle, the newest period first; without what cannot be measured or is not
    read by that span, and without weeks of too few to judge.

    Columns: label, period (Monday or month), actual, low, high, expected, deviation (Messages in the row's own kind),
    base, status.
    """
    start = pd.Timestamp(engagement.cycle.start)
    mine = paths[(paths["span"] == span) & (paths["ends_on"] >= start)]
    mine = mine[mine["expected"].notna() & mine["value"].notna()]
    mine = mine[mine["status"].ne("unknown") | (span != "week")]
    mine = mine.sort_values(["starts_on", "target_id"], ascending=[False, True], ignore_index=True)
    numbers = {"actual": "value", "low": "low", "high": "high", "expected": "expected"}
    cells = {
        name: objects(shown(figure(row.metric, getattr(row, of))) for row in rows(mine)) for name, of in numbers.items()
    }
    return mine[["period", "base", "status"]].assign(
        **cells,
        label=objects(target_label(engagement, row.target_id) for row in rows(mine)),
        deviation=objects(deviation_words(row) for row in rows(mine)),
    )


def reason_table(engagement: Engagement, contributions: pd.DataFrame, most: int = 2) -> pd.DataFrame:
    """The `most` parts of each target and dimension that weigh most against it, of those that got worse themselves; targets in
    their order in `contributions`.

    Columns: label, part (Messages), before, now, contribution (Messages), base, of_whole (its share of the figure's base; of a total, of the
    total before).
    """
    sign = contributions["metric"].map(lambda name: 1.0 if METRICS[name].better == "up" else -1.0).astype("float64")
    weight = contributions["contribution"].astype("float64") * sign
    ranked = contributions.assign(weight=weight)[got_worse(contributions, engagement.definitions.smallest_base)]
    place = {id: i for i, id in enumerate(contributions["target_id"].unique())}
    ranked = ranked.assign(place=ranked["target_id"].map(place)).sort_values(["place", "dimension", "weight", "part"])
    # Newcomers have neither store nor channel yet: the same part in both dimensions.
    ranked = ranked[ranked["part"].ne(NEWCOMERS) | ~ranked.duplicated(["target_id", "part"])]
    mine = ranked.groupby(["target_id", "dimension"]).head(most).reset_index(drop=True)
    return (
        mine[["share"]]
        .rename(columns={"share": "of_whole"})
        .assign(
            base=mine["base"].round().astype("int64"),
            label=objects(target_label(engagement, row.target_id) for row in rows(mine)),
            part=objects(part_words(row.dimension, row.part) for row in rows(mine)),
            before=objects(shown(figure(row.metric, row.before)) for row in rows(mine)),
            now=objects(shown(figure(row.metric, row.now)) for row in rows(mine)),
            contribution=objects(step(row.metric, row.contribution) for row in rows(mine)),
        )
    )


def task_table(engagement: Engagement, tasks: pd.DataFrame) -> pd.DataFrame:
    """tasks with strategy and owner in words, in their order; done and open only where they can be told."""
    told = tasks["status"].ne("not_recorded") if "status" in tasks else pd.Series(True, index=tasks.index)
    counts = {name: tasks[name].astype("Int64").where(told) for name in ("done", "open") if name in tasks}
    return (
        tasks.assign(**counts)
        .reset_index(drop=True)
        .assign(
            strategy=objects(engagement.strategy_label(one) for one in tasks["strategy"]),
            owner=objects(engagement.owner_label(one) for one in tasks["owner"]),
        )
    )


def newest_first(tasks: pd.DataFrame) -> pd.DataFrame:
    """tasks, those of the latest week first."""
    return tasks.sort_values(["week", "strategy", "owner"], ascending=[False, True, True], ignore_index=True)


def late_note(owners: pd.DataFrame) -> Message | None:
    """How many of what is open was made after a promise in hours; None without any."""
    late = int(owners["too_late"].sum())
    return msg("monitoring.note.too_late", n=late) if late else None


def owner_table(engagement: Engagement, owners: pd.DataFrame) -> pd.DataFrame:
    """Rows by owner with the owner in words."""
    return owners.reset_index(drop=True).assign(
        owner=objects(engagement.owner_label(one or None) for one in owners["owner"])
    )
