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
from crm_lib.metrics.not_stated import named_parts
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
    split = [name for name in DIMENSIONS if name in frame]
    frame[split] = frame[split].apply(named_parts)
    known = [name for name in split if frame[name].ne("").any()]
    return frame[["customer_id", *known]].replace("", NOT_KNOWN)


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
    whole = _whole(engine, found, definitions, missed)
    members = [_members(traits, group_id, groups) for group_id in dict.fromkeys(missed["group_id"])]
    split = pd.concat(members, ignore_index=True) if members else pd.DataFrame()
    names = sorted(set(missed["metric"]))
    measured = _wide(engine, found, definitions, names, split) if len(split) else pd.DataFrame()
    rows = [row for target in records(missed) for row in _parts(target, measured, whole)]
    frame = pd.DataFrame(rows, columns=COLUMNS)
    order = frame.assign(order=frame["dimension"].map({name: i for i, name in enumerate(DIMENSIONS)}))
    order["rank"] = order["target_id"].map({id: i for i, id in enumerate(missed["target_id"])})
    order = order.sort_values(["rank", "order", "share_of_gap", "part"], ascending=[True, True, False, True])
    return order[COLUMNS].reset_index(drop=True)


def _members(traits: pd.DataFrame, group_id: str, groups: pd.DataFrame) -> pd.DataFrame:
    """[group_id = '<group><separator><dimension><separator><part>', customer_id]; small parts taken together."""
    frame = traits
    if group_id != "all":
        frame = frame[frame["customer_id"].isin(groups.loc[groups["group_id"] == group_id, "customer_id"])]
    split = [name for name in DIMENSIONS if name in traits and not _given(name, group_id)]
    parts = [_split(frame, name) for name in split]
    found = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["group_id", "customer_id"])
    return found.assign(group_id=group_id + _SEPARATOR + found["group_id"])


def _given(dimension: str, group_id: str) -> bool:
    """A class is not split by class."""
    return dimension == "operating_class" and group_id.startswith("class:")


def _split(frame: pd.DataFrame, dimension: str) -> pd.DataFrame:
    sizes = frame[dimension].value_counts().reset_index().sort_values(["count", dimension], ascending=[False, True])
    large = set(sizes[dimension].head(LARGEST)) | {NOT_KNOWN, NEW}
    part = frame[dimension].where(frame[dimension].isin(large), "other")
    return pd.DataFrame({"group_id": dimension + _SEPARATOR + part, "customer_id": frame["customer_id"]})


def _parts(target: dict[str, Any], measured: pd.DataFrame, whole: pd.DataFrame) -> list[dict[str, Any]]:
    metric, group = target["metric"], target["group_id"]
    if not len(measured) or metric not in measured.index.get_level_values(0):
        return []
    found = measured.loc[metric]
    ids = [id.split(_SEPARATOR, 1) for id in found.index]
    mine = found[[id[0] == group for id in ids]].set_axis([id[1] for id in ids if id[0] == group])
    of_all = whole.loc[(metric, "all")] if group == "all" and (metric, "all") in whole.index else None
    return [row for dimension in DIMENSIONS for row in _rows(target, _complete(mine, dimension, of_all))]


def _complete(measured: pd.DataFrame, dimension: str, whole: pd.Series | None) -> pd.DataFrame:
    """The parts of one dimension; what belongs to no customer is a part of its own."""
    parts = measured[[id.split(_SEPARATOR)[0] == dimension for id in measured.index]].copy()
    if whole is not None and len(parts):
        rest = whole - parts.sum()
        if rest.abs().max() > 1e-6:
            parts.loc[f"{dimension}{_SEPARATOR}{NO_CUSTOMER}"] = rest
    return parts[(parts != 0).any(axis=1)]


def _rows(target: dict[str, Any], sums: pd.DataFrame) -> list[dict[str, Any]]:
    total = METRICS[target["metric"]].estimate == "total"
    if not len(sums) or not (total or sums["denominator"].sum() != 0):
        return []
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


def _whole(engine: Engine, found: Windows, definitions: Definitions, missed: pd.DataFrame) -> pd.DataFrame:
    names = sorted(set(missed.loc[missed["group_id"] == "all", "metric"])) if len(missed) else []
    return _wide(engine, found, definitions, names, None) if names else pd.DataFrame()


def _wide(
    engine: Engine, found: Windows, definitions: Definitions, names: list[str], members: pd.DataFrame | None
) -> pd.DataFrame:
    """(metric, group) -> numerator, denominator in the cycle (of a total: the mean of a month, and 0), numerator before."""
    key = ["metric", "group_id"]
    after = levels(engine, found.after, definitions, members, names).set_index(key)
    before = levels(engine, found.before, definitions, members, names).set_index(key)
    wide = after[["numerator", "denominator", "base"]].astype("float64")
    total = [METRICS[metric].estimate == "total" for metric in wide.index.get_level_values("metric")]
    wide.loc[total, "numerator"] = after.loc[total, "value"].astype("float64")
    wide.loc[total, "denominator"] = 0.0
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
    return _most_beyond(rows[~rows["part"].isin([NOT_KNOWN, NO_CUSTOMER, "other"])], smallest)


def unrecorded(rows: pd.DataFrame, smallest: int) -> dict[str, Any] | None:
    """By the same measure the part of which nobody wrote down what it is."""
    return _most_beyond(rows[rows["part"] == NOT_KNOWN], smallest)


def _most_beyond(rows: pd.DataFrame, smallest: int) -> dict[str, Any] | None:
    excess = rows["share_of_gap"] - rows["share"]
    total = rows["metric"].map(lambda name: METRICS[name].estimate == "total").astype(bool)
    large = total | (rows["base"] >= smallest)
    kept = rows.assign(excess=excess)[large & (excess > 0)]
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
