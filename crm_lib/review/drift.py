"""How groups move by themselves: the same rule applied one cycle earlier, and the change that followed as things went then.

A group picked for being low rises, one picked for being high falls (regression to the mean, Galton 1886). Only the
change beyond that of the earlier groups can have to do with the cycle, and it is still no proof of an effect.
"""

from __future__ import annotations

from math import nan
from typing import Any

import pandas as pd

from crm_lib.engagement import Engagement
from crm_lib.engine import Engine
from crm_lib.review.bought import in_span
from crm_lib.review.groups import picked
from crm_lib.review.intervals import Estimate, mean_of, minus, welch
from crm_lib.review.reach import reaches_from
from crm_lib.review.windows import Windows

MEASURES = ("active_share", "spend")
JUDGED = ("better", "worse", "unclear")
ELSEWHERE = (*MEASURES, "both", "less")
VERDICTS = ("better", "worse", "unclear", "unlike", "few", "none")
COLUMNS = [
    "group_id",
    "measure",
    "picked",
    "members",
    "before",
    "after",
    "expected_after",
    "earlier_before",
    *(f"{name}{part}" for name in ("change", "expected", "beyond") for part in ("", "_low", "_high")),
    "earlier_members",
    "verdict",
    "elsewhere",
]
# What follows from the reference group, and from nothing where that began at another level.
_REFERENCE = ("expected_after", *(f"{name}{part}" for name in ("expected", "beyond") for part in ("", "_low", "_high")))


def drift(
    engine: Engine, engagement: Engagement, found: Windows, groups: pd.DataFrame, earlier: pd.DataFrame | None
) -> pd.DataFrame:
    """One row a group and measure; columns COLUMNS.

    active_share: share of the members with a purchase in the span; spend: net revenue a member. `change` is the mean
    of after - before over the same members, `expected` that of the `earlier` groups [group_id, customer_id] (as the
    rules would have fixed them at found.placebo.baseline), `beyond` the difference. NaN where there is no base. The
    verdict is 'unlike' where the earlier group began at another level of either measure, or its change would leave less
    than nothing: its change is no measure for this one, and
    nothing is expected; `elsewhere` says of these in which of the MEASURES it began elsewhere, 'both', or 'less' where
    its change would leave less than nothing ('' of the others).
    """
    now = _pairs(engine, groups, found)
    then = _pairs(engine, earlier, found.placebo) if earlier is not None and _reaches(engine, found) else {}
    rows = [
        _row(engagement, group, measure, now[group], then.get(group))
        for group in dict.fromkeys(groups["group_id"])
        for measure in MEASURES
    ]
    return _as_one(pd.DataFrame(rows, columns=COLUMNS))


def _as_one(found: pd.DataFrame) -> pd.DataFrame:
    """A reference that began elsewhere in one measure, or would leave less than nothing, is none in any."""
    elsewhere = found["verdict"].eq("unlike") | (found["expected_after"] < 0)
    unlike = found["group_id"].isin(found.loc[elsewhere, "group_id"]) & found["verdict"].isin([*JUDGED, "unlike"])
    found.loc[unlike, list(_REFERENCE)] = nan
    began = found[found["verdict"].eq("unlike")].groupby("group_id")["measure"].agg(list)
    words = {str(group): names[0] if len(names) == 1 else "both" for group, names in began.items()}
    where = [words.get(group, "less") if one else "" for group, one in zip(found["group_id"], unlike, strict=True)]
    return found.assign(verdict=found["verdict"].mask(unlike, "unlike"), elsewhere=where)


def _reaches(engine: Engine, found: Windows) -> bool:
    """Whether the data begin before the earlier comparison does."""
    first = reaches_from(engine, "orders")
    return first is not None and first <= found.placebo.before.starts_on


def _pairs(engine: Engine, groups: pd.DataFrame, found: Windows) -> dict[str, pd.DataFrame]:
    """group -> one row a member: before_active_share, after_active_share, before_spend, after_spend."""
    parts = {}
    for name, span in (("before", found.before), ("after", found.after)):
        frame = in_span(engine, groups, span).set_index(["unit", "customer_id"])
        parts[f"{name}_active_share"] = (frame["purchases"] > 0).astype("float64")
        parts[f"{name}_spend"] = frame["revenue"].astype("float64")
    paired = pd.DataFrame(parts)
    return {str(unit): frame for unit, frame in paired.groupby(level="unit")} if len(paired) else {}


def _change(pairs: pd.DataFrame, measure: str) -> Estimate:
    return mean_of((pairs[f"after_{measure}"] - pairs[f"before_{measure}"]).to_numpy())


def _row(
    engagement: Engagement, group: str, measure: str, now: pd.DataFrame, then: pd.DataFrame | None
) -> dict[str, Any]:
    enough = then is not None and min(len(then), len(now)) >= engagement.definitions.smallest_base
    change = _change(now, measure)
    expected = _change(then, measure) if then is not None and enough else Estimate()
    beyond = minus(change, expected)
    before = float(now[f"before_{measure}"].mean())
    row: dict[str, Any] = {"group_id": group, "measure": measure, "picked": picked(engagement, group)}
    row |= {"members": len(now), "before": before, "after": float(now[f"after_{measure}"].mean())}
    row |= {"expected_after": before + expected.value, "earlier_members": 0 if then is None else len(then)}
    row |= {"earlier_before": nan if then is None else float(then[f"before_{measure}"].mean())}
    for name, part in (("change", change), ("expected", expected), ("beyond", beyond)):
        row |= {name: part.value, f"{name}_low": part.low, f"{name}_high": part.high}
    if then is None or not enough:
        return row | {"verdict": "none" if then is None else "few"}
    alike = welch(now[f"before_{measure}"].to_numpy(), then[f"before_{measure}"].to_numpy()).sign == 0
    if not alike:
        return row | dict.fromkeys(_REFERENCE, nan) | {"verdict": "unlike"}
    return row | {"verdict": {1: "better", -1: "worse"}.get(beyond.sign, "unclear")}


def comparable(moved: pd.DataFrame) -> pd.DataFrame:
    """The rows whose reference is large enough and began at the same level."""
    return moved[moved["verdict"].isin(JUDGED)].reset_index(drop=True)
