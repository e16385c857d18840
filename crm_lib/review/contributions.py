"""Where a missed target was missed: the part that monitoring found to be its cause, held against the other parts.

The cause is found once (monitoring/reasons.py) and handed over, so that both reports name the same one, or none.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from crm_lib.engagement import Engagement
from crm_lib.engine import Engine
from crm_lib.frames import objects
from crm_lib.language import Message, literal, msg, term_or_text
from crm_lib.metrics import METRICS, label
from crm_lib.metrics.apart import others_now
from crm_lib.metrics.not_stated import named_parts
from crm_lib.metrics.parts import NO_CUSTOMER, part_name
from crm_lib.review.rows import difference, records
from crm_lib.review.targets import cell, gap_kind, named

DIMENSIONS = ("join_channel", "main_channel", "main_store", "main_salesperson", "customer_type")
CHANNELS = ("join_channel", "main_channel")
NOT_KNOWN = "not_known"
LARGEST = 12  # parts of a dimension; smaller ones are taken together
_ATTRIBUTES = Path(__file__).with_name("attributes.sql")


def attributes(engine: Engine) -> pd.DataFrame:
    """[customer_id, *DIMENSIONS], of those that any customer has."""
    frame = engine.run(_ATTRIBUTES).astype(object)
    split = [name for name in DIMENSIONS if name in frame]
    frame[split] = frame[split].apply(named_parts)
    known = [name for name in split if frame[name].ne("").any()]
    return frame[["customer_id", *known]].replace("", NOT_KNOWN)


def part_label(dimension: str, part: str) -> Message:
    """A part of `attributes` in words: a channel, or the client's own name of a store, person or type."""
    if part == NOT_KNOWN:
        return msg("review.part.not_known")
    return term_or_text("channel", part) if dimension in CHANNELS else literal(part)


def contributions(missed: pd.DataFrame, target_parts: pd.DataFrame) -> pd.DataFrame:
    """The rows of the handoff `target_parts` of each row of `missed` (see targets), with its group_id, in its order."""
    heads = missed[["target_id", "group_id"]].assign(rank=range(len(missed)))
    found = target_parts.merge(heads, on="target_id")
    order = ["rank", "dimension", "part"]
    return found.sort_values(order, ignore_index=True).drop(columns="rank")


def cause(parts: pd.DataFrame, target_id: str) -> dict[str, Any] | None:
    """The part that is the cause of a target's deviation; None where none is."""
    return _of_role(parts, target_id, "cause")


def unrecorded(parts: pd.DataFrame, target_id: str) -> dict[str, Any] | None:
    """By the same measure the part of which nobody wrote down what it is."""
    return _of_role(parts, target_id, "nameless")


def standing(parts: pd.DataFrame, target_id: str = "") -> dict[str, Any] | None:
    """The part that stood low already and still does, of a target (of the first that has one), with `rest`, the rate of the
    others of its dimension."""
    if parts.empty:
        return None
    found = parts.assign(rest=others_now(parts))
    mine = found[found["role"].eq("standing") & (found["target_id"].eq(target_id) | (target_id == ""))]
    return records(mine)[0] if len(mine) else None


def _of_role(parts: pd.DataFrame, target_id: str, role: str) -> dict[str, Any] | None:
    if parts.empty:
        return None
    mine = parts[(parts["target_id"] == target_id) & (parts["role"] == role)]
    return records(mine)[0] if len(mine) else None


def explained(parts: pd.DataFrame) -> str:
    """The first missed target that has a cause, else one of which the heaviest part has no name; '' without any."""
    for role in ("cause", "nameless"):
        mine = parts[parts["role"] == role] if len(parts) else parts
        if len(mine):
            return str(mine["target_id"].iloc[0])
    return ""


def compared(engagement: Engagement, parts: pd.DataFrame, target_id: str) -> pd.DataFrame:
    """The parts of the cause's dimension that count enough in both spans, with `part_label` and `after`; empty without a
    cause."""
    top = cause(parts, target_id)
    if top is None:
        return pd.DataFrame(columns=["part_label", "before", "after", "base"])
    mine = parts[(parts["target_id"] == target_id) & (parts["dimension"] == top["dimension"])]
    large = mine["base"] >= engagement.definitions.smallest_base
    mine = mine[large & mine["part"].ne(NO_CUSTOMER) & mine["before"].notna()]
    mine = mine.sort_values(["contribution", "part"], ascending=[METRICS[top["metric"]].better == "up", True])
    mine = mine.head(LARGEST).reset_index(drop=True)
    labels = objects(part_name(d, p) for d, p in zip(mine["dimension"], mine["part"], strict=True))
    return mine[["before", "base"]].assign(part_label=labels, after=mine["now"])


def picture(parts: pd.DataFrame, target_id: str) -> dict[str, Any]:
    """spec and y_label of the chart of `compared`."""
    top = cause(parts, target_id)
    metric = METRICS[top["metric"]] if top else next(iter(METRICS.values()))
    return {
        "spec": f"part_label:message before:{metric.kind} after:{metric.kind} base:int!",
        "y_label": label(metric.name),
    }


def causes(engagement: Engagement, parts: pd.DataFrame) -> pd.DataFrame:
    """The causes in words, one row a target: target_name, dimension, part_label, before_words, now_words,
    contribution_words, change_words, share, base."""
    found = records(parts[parts["role"] == "cause"]) if len(parts) else []
    cells = {
        "target_name": (named(engagement, row["metric"], row["group_id"]) for row in found),
        "part_label": (part_name(row["dimension"], row["part"]) for row in found),
        "before_words": (cell(row["metric"], row["before"]) for row in found),
        "now_words": (cell(row["metric"], row["now"]) for row in found),
        "contribution_words": (_step(row, "contribution") for row in found),
        "change_words": (_step(row, "change") for row in found),
    }
    bare = pd.DataFrame({name: [row[name] for row in found] for name in ("dimension", "share", "base")})
    return bare.assign(**{name: objects(list(words)) for name, words in cells.items()})


def _step(row: dict[str, Any], name: str) -> Message:
    return msg("review.value", value=difference(gap_kind(row["metric"]), row[name]))
