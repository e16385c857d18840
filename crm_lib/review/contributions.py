"""Where a missed target was missed: each part's share of the gap, which add up to the whole.

Of a ratio with target t, part g contributes (numerator_g - t x denominator_g) / denominator; of a total, its value
minus its share of the target, by its share before. Both sum to actual - target.
"""

from __future__ import annotations

from math import nan
from pathlib import Path
from typing import Any

import pandas as pd

from crm_lib.engagement import OPERATING_CLASSES, Definitions, Engagement
from crm_lib.engine import Engine
from crm_lib.frames import objects
from crm_lib.language import Message, literal, msg, term_or_text
from crm_lib.metrics import METRICS
from crm_lib.review.levels import levels
from crm_lib.review.rows import records
from crm_lib.review.targets import named
from crm_lib.review.windows import Windows

DIMENSIONS = ("operating_class", "join_channel", "main_channel", "main_store")
NOT_KNOWN, NEW, NO_CUSTOMER = "not_known", "new", "no_customer"
LARGEST = 12  # parts of a dimension; smaller ones are taken together
COLUMNS = [
    "target_id",
    "metric",
    "group_id",
    "dimension",
    "part",
    "base",
    "share",
    "value",
    "contribution",
    "share_of_gap",
]
_ATTRIBUTES = Path(__file__).with_name("attributes.sql")
_SEPARATOR = "\x1f"


def attributes(engine: Engine, layers: pd.DataFrame | None) -> pd.DataFrame:
    """[customer_id, operating_class ('new' where not layered at baseline), join_channel, main_channel, main_store]."""
    frame = engine.run(_ATTRIBUTES).astype(object)
    if layers is not None:
        classes = layers.set_index("customer_id")["operating_class"]
        frame["operating_class"] = frame["customer_id"].map(classes).fillna(NEW)
    known = [name for name in DIMENSIONS if name in frame and frame[name].notna().any()]
    return frame[["customer_id", *known]].fillna(dict.fromkeys(known, NOT_KNOWN))


def contributions(
    engine: Engine,
    found: Windows,
    definitions: Definitions,
    missed: pd.DataFrame,
    traits: pd.DataFrame,
    groups: pd.DataFrame,
) -> pd.DataFrame:
    """Rows of COLUMNS for each row of `missed` (see targets), dimension and part, the largest first.

    traits: see `attributes`; groups [group_id, customer_id] as fixed at baseline. share: of the denominator, or of
    the total before. share_of_gap: contribution / gap, below zero where a part did better than the target.
    """
    rows = [
        row
        for target in records(missed)
        for row in _rows(target, _sums(engine, found, definitions, target, _all_members(traits, target, groups)))
    ]
    frame = pd.DataFrame(rows, columns=COLUMNS)
    order = frame.assign(order=frame["dimension"].map({name: i for i, name in enumerate(DIMENSIONS)}))
    order["rank"] = order["target_id"].map({id: i for i, id in enumerate(missed["target_id"])})
    order = order.sort_values(["rank", "order", "share_of_gap", "part"], ascending=[True, True, False, True])
    return order[COLUMNS].reset_index(drop=True)


def _all_members(traits: pd.DataFrame, target: dict[str, Any], groups: pd.DataFrame) -> list[pd.DataFrame]:
    """Members of the target's parts, a frame a dimension."""
    known = [name for name in DIMENSIONS if name in traits]
    if target["group_id"].startswith("class:"):
        known = [name for name in known if name != "operating_class"]
    found = [_members(traits, dimension, target["group_id"], groups) for dimension in known]
    return [members for members in found if len(members)]


def _members(traits: pd.DataFrame, dimension: str, group_id: str, groups: pd.DataFrame) -> pd.DataFrame:
    """[group_id = '<dimension><separator><part>', customer_id] of the target's group; small parts taken together."""
    frame = traits[["customer_id", dimension]]
    if group_id != "all":
        frame = frame[frame["customer_id"].isin(groups.loc[groups["group_id"] == group_id, "customer_id"])]
    sizes = frame[dimension].value_counts().reset_index().sort_values(["count", dimension], ascending=[False, True])
    large = set(sizes[dimension].head(LARGEST)) | {NOT_KNOWN, NEW}
    part = frame[dimension].where(frame[dimension].isin(large), "other")
    return pd.DataFrame({"group_id": dimension + _SEPARATOR + part, "customer_id": frame["customer_id"]})


def _rows(target: dict[str, Any], dimensions: list[pd.DataFrame]) -> list[dict[str, Any]]:
    return [row for sums in dimensions for row in _parts(target, sums)]


def _parts(target: dict[str, Any], sums: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows of one dimension of a target."""
    total = METRICS[target["metric"]].estimate == "total"
    numerator, denominator = sums["numerator"], sums["denominator"]
    if total:
        whole = sums["before"].sum()
        share = sums["before"] / whole if whole else sums["before"] * nan
        contribution = numerator - target["target"] * share
    else:
        share = denominator / denominator.sum()
        contribution = (numerator - target["target"] * denominator) / denominator.sum()
    value = numerator if total else numerator / denominator.where(denominator != 0)
    gap = float(contribution.sum())
    head = {name: target[name] for name in ("target_id", "metric", "group_id")}
    return [
        head
        | {"dimension": id.split(_SEPARATOR)[0], "part": id.split(_SEPARATOR)[1], "share": share[id]}
        | {"base": int(sums.loc[id, "base"])}
        | {"value": value[id], "contribution": contribution[id], "share_of_gap": contribution[id] / gap if gap else nan}
        for id in sums.index
    ]


def _sums(
    engine: Engine, found: Windows, definitions: Definitions, target: dict[str, Any], members: list[pd.DataFrame]
) -> list[pd.DataFrame]:
    """A frame a dimension: part -> numerator and denominator after, numerator before. What belongs to no customer is a
    part of its own. All dimensions are measured in one go."""
    if not members:
        return []
    metric, counted = target["metric"], METRICS[target["metric"]].estimate == "total"
    wide = _wide(engine, found, definitions, metric, pd.concat(members, ignore_index=True))
    whole = _wide(engine, found, definitions, metric, None) if target["group_id"] == "all" and len(wide) else None
    frames = []
    for frame in members:
        dimension = frame["group_id"].iloc[0].split(_SEPARATOR)[0]
        parts = wide[wide.index.str.split(_SEPARATOR).str[0] == dimension].copy()
        if whole is not None and len(parts):
            rest = whole.loc["all"] - parts.sum()
            if rest.abs().max() > 1e-6:
                parts.loc[f"{dimension}{_SEPARATOR}{NO_CUSTOMER}"] = rest
        parts = parts[(parts != 0).any(axis=1)]
        if len(parts) and (counted or parts["denominator"].sum() != 0):
            frames.append(parts)
    return frames


def _wide(
    engine: Engine, found: Windows, definitions: Definitions, metric: str, members: pd.DataFrame | None
) -> pd.DataFrame:
    """group -> numerator, denominator in the cycle (of a total: the mean of a month, and 0), numerator before."""
    after = levels(engine, found.after, definitions, members, [metric]).set_index("group_id")
    before = levels(engine, found.before, definitions, members, [metric]).set_index("group_id")
    wide = after[["numerator", "denominator", "base"]].astype("float64")
    if METRICS[metric].estimate == "total":
        wide = wide.assign(numerator=after["value"].astype("float64"), denominator=0.0)
    return wide.assign(before=before["numerator"].astype("float64")).fillna(0.0)


def part_label(dimension: str, part: str) -> Message:
    """A part in words: a class, a channel, or the client's own name of a store."""
    if part in (NOT_KNOWN, NEW, NO_CUSTOMER, "other"):
        return msg(f"review.part.{part}")
    if dimension == "operating_class" and part in OPERATING_CLASSES:
        return msg(f"class.{part}")
    return literal(part) if dimension == "main_store" else term_or_text("channel", part)


def sharpest(parts: pd.DataFrame, target_id: str, smallest: int) -> pd.DataFrame:
    """The rows of the one dimension that tells most of a target's gap (see telling); empty where there are none."""
    mine = parts[parts["target_id"] == target_id]
    top = telling(mine, smallest)
    best = top["dimension"] if top else mine["dimension"].iloc[0] if len(mine) else ""
    return mine[mine["dimension"] == best].reset_index(drop=True)


def telling(rows: pd.DataFrame, smallest: int) -> dict[str, Any] | None:
    """The named part, of at least `smallest`, that holds most of a gap beyond its share; None where none holds more."""
    excess = rows["share_of_gap"] - rows["share"]
    named_part = ~rows["part"].isin([NOT_KNOWN, NO_CUSTOMER, "other"])
    large = rows["metric"].map(lambda name: METRICS[name].estimate == "total") | (rows["base"] >= smallest)
    kept = rows.assign(excess=excess)[named_part & large & (excess > 0)]
    kept = kept.sort_values(["excess", "dimension", "part"], ascending=[False, True, True])
    return records(kept)[0] if len(kept) else None


def explained(missed: pd.DataFrame, parts: pd.DataFrame) -> str:
    """The first missed target that has contributions; '' where there is none."""
    known = set(parts.loc[parts["share_of_gap"].notna(), "target_id"])
    return next((id for id in missed["target_id"] if id in known), "")


def largest(parts: pd.DataFrame, count: int) -> pd.DataFrame:
    """The `count` largest contributions of each target and dimension."""
    return parts.groupby(["target_id", "dimension"], sort=False).head(count).reset_index(drop=True)


def with_labels(engagement: Engagement, parts: pd.DataFrame) -> pd.DataFrame:
    """`parts` with `part_label` and `target_name`, the part and the target in words."""
    labels = objects(part_label(d, p) for d, p in zip(parts["dimension"], parts["part"], strict=True))
    targets = objects(named(engagement, m, g) for m, g in zip(parts["metric"], parts["group_id"], strict=True))
    return parts.reset_index(drop=True).assign(part_label=labels, target_name=targets)
