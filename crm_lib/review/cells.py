"""Values with their intervals in one cell, so that a table fits an upright page; the workbook has the bare numbers too."""

from __future__ import annotations

from typing import Any

import pandas as pd

from crm_lib.engagement import Engagement
from crm_lib.frames import objects
from crm_lib.language import Kind, Message, Value, msg
from crm_lib.metrics import METRICS, label
from crm_lib.review.rows import difference, records, unsigned, value
from crm_lib.review.windows import Span, Windows, spans


def with_intervals(frame: pd.DataFrame, kind: Kind, *names: str) -> pd.DataFrame:
    """The frame with `<name>_words` for each of `names`: the value, and its `<name>_low` to `<name>_high` in brackets."""
    given = records(frame)
    cells = {f"{name}_words": objects(_cell(row, name, kind) for row in given) for name in names}
    return frame.reset_index(drop=True).assign(**cells)


def signed(frame: pd.DataFrame, kind: Kind, *names: str) -> pd.DataFrame:
    """The frame with `<name>_signed` for each of `names`: a change with its sign and without an interval."""
    given = records(frame)
    cells = {
        f"{name}_signed": objects(msg("review.value", value=difference(kind, row[name])) for row in given)
        for name in names
    }
    return frame.reset_index(drop=True).assign(**cells)


def own_kind(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with `<name>_words` for every number of a comparison, each in the kind of its row's metric: hours with
    their unit, scores with their one decimal."""
    given = records(frame)
    cells = {
        f"{name}_words": objects(_cell(row, name, METRICS[row["metric"]].kind) for row in given)
        for name in ("change", "yoy")
    }
    for name in ("before", "after", "year_ago"):
        shown = (value(METRICS[row["metric"]].kind, row[name]) for row in given)
        cells[f"{name}_words"] = objects(msg("review.value", value=one) for one in shown)
    return frame.reset_index(drop=True).assign(**cells)


def _cell(row: dict[str, Any], name: str, kind: Kind) -> Message:
    said = difference(kind, row[name])
    low, high = (value(kind, unsigned(kind, row[f"{name}_{side}"])) for side in ("low", "high"))
    if value(kind, row[name]).value is None or low.value is None or high.value is None:
        return msg("review.value", value=said)
    if kind in ("points", "hours"):  # the unit is said once
        low, high = (Value("float", float(one.value) * (100 if kind == "points" else 1)) for one in (low, high))
    return msg("review.value_range", value=said, low=low, high=high)


def group_note(engagement: Engagement, frame: pd.DataFrame, found: Windows) -> Message:
    """What to know of the groups' rates: how they were fixed, which days were measured on both sides where not all, and
    that the classes' own rule leaves nobody in them who had not come again."""
    measured = {name: spans(found, name, engagement.definitions) for name in dict.fromkeys(frame["metric"])}
    named = [
        _over_both(name, span["before"], span["after"])
        for name, span in measured.items()
        if span and (span["before"], span["after"]) != (found.before, found.after)
    ]
    note = msg("review.note.groups.spans", metrics=Value("list", named)) if named else msg("review.note.groups")
    silent = engagement.layering.dormant_days
    awake = frame["group_id"].str.startswith("class:") & frame["group_id"].ne("class:dormant")
    fixed = silent <= engagement.definitions.repurchase_window_days
    if not fixed or not (awake & frame["metric"].eq("repurchase_rate")).any():
        return note
    return msg("review.note.groups.awake", note=note, silent=Value("days", silent))


def _over_both(metric: str, before: Span, after: Span) -> Message:
    return msg(
        "review.metric_over_both",
        metric=label(metric),
        before_from=before.starts_on,
        before_to=before.ends_on,
        first=after.starts_on,
        last=after.ends_on,
    )
