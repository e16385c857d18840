"""Where a missed target was missed: each part's share of the gap, which add up to the whole.

A part is held against its own level before, so that one which was always low explains nothing by that alone. Of a ratio
with target T, B before, part g of share w and value v contributes w1 x (v1 - v0 - (T - B)) + (w1 - w0) x (v0 - B), v0
being B where it was not there before; of a total, its value minus its share of the target, by its share before. Both
sum to actual - target. Classes are no parts: they were formed by what customers did before, so each moves by itself.
"""

from __future__ import annotations

from math import nan
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from crm_lib.engagement import Definitions, Engagement
from crm_lib.engine import Engine
from crm_lib.frames import objects
from crm_lib.language import Message, literal, msg, term_or_text
from crm_lib.metrics import METRICS, label
from crm_lib.metrics.apart import rates_apart, sum_variances, totals_apart
from crm_lib.metrics.association import ACCEPTED
from crm_lib.metrics.not_stated import named_parts
from crm_lib.review.levels import levels
from crm_lib.review.rows import records
from crm_lib.review.targets import named
from crm_lib.review.windows import Span, Windows

DIMENSIONS = ("join_channel", "main_channel", "main_store")
NOT_KNOWN, NO_CUSTOMER = "not_known", "no_customer"
LARGEST = 12  # parts of a dimension; smaller ones are taken together
COLUMNS = [
    "target_id",
    "metric",
    "group_id",
    "dimension",
    "part",
    "base",
    "share",
    "before",
    "value",
    "contribution",
    "share_of_gap",
    "p",
    "others",
    "closing",
    "p_level",
]
_ATTRIBUTES = Path(__file__).with_name("attributes.sql")
_SEPARATOR = "\x1f"


def attributes(engine: Engine) -> pd.DataFrame:
    """[customer_id, join_channel, main_channel, main_store], of those that any customer has."""
    frame = engine.run(_ATTRIBUTES).astype(object)
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
    the total before. before, value: the part's own. share_of_gap: contribution / gap, below zero where a part did
    better than asked. p: that the part moved as the others of its dimension did. Of a ratio others: their value;
    closing: share of the gap that the part would close at their value, below zero where it is better; p_level: that
    its value is theirs.
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
    split = [name for name in DIMENSIONS if name in traits]
    parts = [_split(frame, name) for name in split]
    found = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["group_id", "customer_id"])
    return found.assign(group_id=group_id + _SEPARATOR + found["group_id"])


def _split(frame: pd.DataFrame, dimension: str) -> pd.DataFrame:
    sizes = frame[dimension].value_counts().reset_index().sort_values(["count", dimension], ascending=[False, True])
    large = set(sizes[dimension].head(LARGEST)) | {NOT_KNOWN}
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
        if rest[_SUMS].abs().max() > 1e-6:
            parts.loc[f"{dimension}{_SEPARATOR}{NO_CUSTOMER}"] = rest.clip(
                lower=rest.where(~rest.index.isin(_DOUBTS), 0.0)
            )
    return parts[(parts[_SUMS] != 0).any(axis=1)]


def _rows(target: dict[str, Any], sums: pd.DataFrame) -> list[dict[str, Any]]:
    total = METRICS[target["metric"]].estimate == "total"
    if not len(sums) or not (total or sums["denominator"].sum() != 0):
        return []
    x0, n0, s0, x1, n1, s1 = (sums[name].to_numpy(float) for name in (*_BEFORE, *_NOW))
    one = pd.Series(0, index=range(len(sums)))
    with np.errstate(divide="ignore", invalid="ignore"):
        if total:
            share, before, value = x0 / x0.sum(), x0, x1
            contribution = x1 - target["target"] * share
            p, p_level = totals_apart(one, (x0, s0), (x1, s1)), np.ones(len(x1))
            others = np.full(len(x1), nan)
        else:
            share, before, value = n1 / n1.sum(), x0 / n0, x1 / n1
            contribution = _from_own_level(target["target"], (x0, n0), (x1, n1))
            p = rates_apart(one, (x0, n0, s0), (x1, n1, s1))
            p_level = rates_apart(one, (x0 * 0, n0 * 0, s0 * 0), (x1, n1, s1))
            others = (x1.sum() - x1) / (n1.sum() - n1)
    gap = float(contribution.sum())
    head = {name: target[name] for name in ("target_id", "metric", "group_id")}
    return [
        head
        | {"dimension": id.split(_SEPARATOR)[0], "part": id.split(_SEPARATOR)[1], "share": share[i]}
        | {"base": int(sums.loc[id, "base"]), "before": before[i], "value": value[i], "p": p[i]}
        | {"contribution": contribution[i], "share_of_gap": contribution[i] / gap if gap else nan}
        | {"others": others[i], "p_level": p_level[i]}
        | {"closing": share[i] * (value[i] - others[i]) / gap if gap else nan}
        for i, id in enumerate(sums.index)
    ]


def _from_own_level(target: float, before: tuple[Any, Any], now: tuple[Any, Any]) -> Any:
    """Contributions of the parts of a ratio, (numerators, denominators) each; against the target itself where nothing
    was there before."""
    (x0, n0), (x1, n1) = before, now
    level = x0.sum() / n0.sum() if n0.sum() else target
    weight0 = n0 / n0.sum() if n0.sum() else np.zeros(len(n0))
    own, weight1 = np.where(n0 == 0, level, x0 / n0), n1 / n1.sum()
    return x1 / n1.sum() - weight1 * (own + target - level) + (weight1 - weight0) * (own - level)


def _whole(engine: Engine, found: Windows, definitions: Definitions, missed: pd.DataFrame) -> pd.DataFrame:
    names = sorted(set(missed.loc[missed["group_id"] == "all", "metric"])) if len(missed) else []
    return _wide(engine, found, definitions, names, None) if names else pd.DataFrame()


_BEFORE, _NOW = ("before", "before_denominator", "before_doubt"), ("numerator", "denominator", "doubt")
_SUMS, _DOUBTS = [*_BEFORE[:2], *_NOW[:2], "base"], ("before_doubt", "doubt")


def _wide(
    engine: Engine, found: Windows, definitions: Definitions, names: list[str], members: pd.DataFrame | None
) -> pd.DataFrame:
    """(metric, group) -> numerator, denominator (of a total: the mean of a month, and 0), doubt (variance of the
    numerator) and base in the cycle, and the first three before."""
    now = _level(engine, found.after, definitions, names, members)
    before = _level(engine, found.before, definitions, names, members)
    wide = now.join(before.drop(columns="base").set_axis(list(_BEFORE), axis=1), how="left")
    return wide.fillna(0.0)


def _level(
    engine: Engine, span: Span, definitions: Definitions, names: list[str], members: pd.DataFrame | None
) -> pd.DataFrame:
    level = levels(engine, span, definitions, members, names).set_index(["metric", "group_id"])
    total = level.index.get_level_values("metric").map(lambda name: METRICS[name].estimate == "total").to_numpy(bool)
    found = level[["numerator", "denominator", "base"]].astype("float64")
    found.loc[total, "numerator"] = level.loc[total, "value"].astype("float64")
    doubts = sum_variances(found.join(level[["low", "high"]]).reset_index())
    found.loc[total, "denominator"] = 0.0
    return found.assign(doubt=doubts)[[*_NOW, "base"]]


def part_label(dimension: str, part: str) -> Message:
    """A part in words: a channel, or the client's own name of a store."""
    if part in (NOT_KNOWN, NO_CUSTOMER, "other"):
        return msg(f"review.part.{part}")
    return literal(part) if dimension == "main_store" else term_or_text("channel", part)


def sharpest(parts: pd.DataFrame, target_id: str, smallest: int) -> pd.DataFrame:
    """The rows of the one dimension that tells most of a target's gap (see telling, lagging), else the first of
    several parts; empty where there are none."""
    mine = parts[parts["target_id"] == target_id]
    top = telling(mine, smallest) or lagging(mine, smallest)
    several = mine["dimension"][mine.groupby("dimension")["part"].transform("size") > 1]  # one part shows nothing
    best = top["dimension"] if top else several.iloc[0] if len(several) else ""
    return mine[mine["dimension"] == best].reset_index(drop=True)


def picture(rows: pd.DataFrame, smallest: int) -> dict[str, Any]:
    """form, spec, y and y_label of the chart that shows what `titles.contribution_title` says of one target's rows: who
    holds the gap, or who lags behind (before and after)."""
    if telling(rows, smallest) is None and lagging(rows, smallest) is not None:
        metric = METRICS[rows["metric"].iloc[0]]
        spec = f"part_label:message before:{metric.kind} after:{metric.kind}"
        return {"form": "dumbbell", "spec": spec, "y": ("before", "after"), "y_label": label(metric.name)}
    shares = ("share_of_gap", "share")
    spec = "part_label:message share_of_gap:percent share:percent"
    return {"form": "barh", "spec": spec, "y": shares, "y_label": msg("review.axis.gap")}


def telling(rows: pd.DataFrame, smallest: int) -> dict[str, Any] | None:
    """Of one target the named part, of at least `smallest`, that holds most of the gap beyond its share and did not move
    as the others did by chance (Bonferroni over its parts of that size); None where there is none."""
    return _most_beyond(rows, ~rows["part"].isin([NOT_KNOWN, NO_CUSTOMER, "other"]), smallest)


def lagging(rows: pd.DataFrame, smallest: int) -> dict[str, Any] | None:
    """Of one target the named part, of at least `smallest`, whose value lags behind the others' beyond chance (Bonferroni)
    and that would close most of the gap at theirs; None where none does."""
    large = rows["base"] >= smallest
    named = ~rows["part"].isin([NOT_KNOWN, NO_CUSTOMER, "other"])
    kept = rows[named & large & (rows["p_level"] * int(large.sum()) < ACCEPTED) & (rows["closing"] > 0)]
    kept = kept.sort_values(["closing", "dimension", "part"], ascending=[False, True, True])
    return records(kept)[0] if len(kept) else None


def unrecorded(rows: pd.DataFrame, smallest: int) -> dict[str, Any] | None:
    """By the same measure the part of which nobody wrote down what it is."""
    return _most_beyond(rows, rows["part"] == NOT_KNOWN, smallest)


def _most_beyond(rows: pd.DataFrame, asked: pd.Series, smallest: int) -> dict[str, Any] | None:
    excess = rows["share_of_gap"] - rows["share"]
    total = rows["metric"].map(lambda name: METRICS[name].estimate == "total").astype(bool)
    large = total | (rows["base"] >= smallest)
    distinct = rows["p"] * int(large.sum()) < ACCEPTED
    kept = rows.assign(excess=excess)[asked & large & distinct & (excess > 0)]
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
    """`parts` with `part_label` and `target_name`, the part and the target in words, and `after`, the value now."""
    labels = objects(part_label(d, p) for d, p in zip(parts["dimension"], parts["part"], strict=True))
    targets = objects(named(engagement, m, g) for m, g in zip(parts["metric"], parts["group_id"], strict=True))
    return parts.reset_index(drop=True).assign(part_label=labels, target_name=targets, after=parts["value"].to_numpy())
