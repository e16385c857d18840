"""The effect of each strategy: its campaigns with a holdout taken together; a warning where there is none."""

from __future__ import annotations

from math import nan
from typing import Any, Literal

import pandas as pd

from crm_lib.engagement import NO_OWNER, Engagement
from crm_lib.review.aimed import class_share
from crm_lib.review.effects import MONEY, SHOWN, verdict
from crm_lib.review.intervals import Estimate, detectable, needed_per_arm, weighted
from crm_lib.review.rows import records

Basis = Literal["holdout", "before_after", "nothing"]
BASES: tuple[Basis, ...] = ("holdout", "before_after", "nothing")
ENDS = ("", "_low", "_high")
_SUMS = ("incremental_buyers",)
COLUMNS = [
    "strategy",
    "strategy_label",
    "operating_class",
    "owner",
    "basis",
    "campaigns",
    "treated",
    "held",
    *(f"{name}{part}" for name in ("effect", "incremental_revenue", "incremental_margin") for part in ENDS),
    *_SUMS,
    "cost",
    "tested_cost",
    *(f"long_effect{end}" for end in ENDS),
    "long_window",
    "held_rate",
    "alike",
    "needed",
    "members",
    "people",
    "class_share",
    "detectable",
    *(f"{name}{part}" for name in ("change", "expected") for part in ("", "_low", "_high")),
    "verdict",
]


def planned(engagement: Engagement, plan: pd.DataFrame | None) -> pd.DataFrame:
    """[strategy, operating_class, owner] of the handoff `strategy_plan`, else of the engagement, in their order."""
    if plan is not None:
        return plan[["strategy", "operating_class", "owner"]].drop_duplicates("strategy", ignore_index=True)
    rows = [(s.id, s.operating_class, s.owner) for s in engagement.strategies]
    return pd.DataFrame(rows, columns=["strategy", "operating_class", "owner"])


def strategy_effects(
    engagement: Engagement,
    plan: pd.DataFrame,
    effects: pd.DataFrame,
    drift: pd.DataFrame,
    smallest_effect: float = 0.05,
    counted: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """One row a strategy of `plan` (see `planned`); columns COLUMNS.

    effect is the mean of its campaigns' effects, weighted by treated x held / (treated + held) (Mantel and Haenszel
    1959), long_effect the same within the long window; incremental revenue and margin are their sums, cost is that of
    all its campaigns, tested_cost of those with a holdout. change and expected are those of the strategy's class from `drift`
    (share with a purchase): before and after, not an effect. needed: customers in each arm to see `smallest_effect`;
    members: of the class; people, class_share: of its campaigns and how many of them were of the class, from `counted`
    (see `aimed`); detectable: the smallest effect that half of the class against the other half would show.
    The verdict is 'proposed' where the engagement does not declare the strategy and no campaign names it: nobody has
    said that it was carried out.
    """
    rows = [
        _row(engagement, row, effects[effects["strategy"] == row["strategy"]], drift, smallest_effect)
        | class_share(counted, row["strategy"], row["operating_class"])
        for row in records(plan)
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def _row(
    engagement: Engagement, row: dict[str, Any], mine: pd.DataFrame, drift: pd.DataFrame, smallest_effect: float
) -> dict[str, Any]:
    tested = mine[(mine["held"] > 0) & (mine["treated"] > 0)]
    effect = _pooled(tested, "effect")
    later = _pooled(tested, "long_effect") if len(tested) and tested["long_effect"].notna().all() else Estimate()
    around = _class_change(drift, row["operating_class"])
    members, smallest = _class_size(drift, row["operating_class"]), engagement.definitions.smallest_base
    known = around["change"] == around["change"] and members >= smallest
    basis: Basis = "holdout" if len(tested) else "before_after" if known else "nothing"
    treated, held = int(mine["treated"].sum()), int(tested["held"].sum())
    days = int(tested["days"].max()) if len(tested) else 0
    held_rate = float((tested["held_rate"] * tested["held"]).sum() / held) if held else nan
    found: dict[str, Any] = {
        "strategy_label": engagement.strategy_label(row["strategy"]),
        "basis": basis,
        "campaigns": len(mine),
    }
    found |= {"treated": treated, "held": held, "held_rate": held_rate, "owner": row["owner"] or NO_OWNER}
    found |= {f"effect{part}": value for part, value in _parts(effect)}
    found |= {f"long_effect{part}": value for part, value in _parts(later)}
    found["long_window"] = float(tested["long_window"].max()) if later.known else nan
    for name in ("incremental_revenue", "incremental_margin"):
        found |= {f"{name}{part}": value for part, value in _parts(_summed(tested, name))}
    found |= {name: float(tested[name].sum()) if len(tested) else nan for name in _SUMS}
    for name, part in (("cost", mine), ("tested_cost", tested)):
        found[name] = float(part["cost"].sum(min_count=1)) if len(part) else nan
    found["alike"] = bool(tested["alike"].astype(bool).all()) if len(tested) else None
    found["needed"] = needed_per_arm(held_rate, smallest_effect)
    found |= {"members": members, "detectable": detectable(held_rate, members // 2)}
    found["verdict"] = verdict(effect, int(tested["treated"].sum()), held, days, smallest, found["alike"] is not False)
    if found["verdict"] not in SHOWN:
        found |= dict.fromkeys((*_SUMS, *MONEY), nan)
    if not len(mine) and row["strategy"] not in {one.id for one in engagement.strategies}:
        found["verdict"] = "proposed"
    return row | found | around


def _pooled(tested: pd.DataFrame, name: str) -> Estimate:
    if not len(tested):
        return Estimate()
    sizes = tested["treated"] * tested["held"] / (tested["treated"] + tested["held"])
    return weighted([float(w) for w in sizes / sizes.sum()], _read(tested, name))


def _summed(tested: pd.DataFrame, name: str) -> Estimate:
    return weighted([1.0] * len(tested), _read(tested, name)) if len(tested) else Estimate()


def _read(frame: pd.DataFrame, name: str) -> list[Estimate]:
    return [Estimate(*part) for part in zip(frame[name], frame[f"{name}_low"], frame[f"{name}_high"], strict=True)]


def _parts(estimate: Estimate) -> list[tuple[str, float]]:
    return [("", estimate.value), ("_low", estimate.low), ("_high", estimate.high)]


def _class_size(drift: pd.DataFrame, operating_class: str) -> int:
    sizes = drift.loc[drift["group_id"] == f"class:{operating_class}", "members"]
    return int(sizes.iloc[0]) if len(sizes) else 0


def beyond_class(row: dict[str, Any]) -> bool:
    """Whether the class has fewer customers than both arms of a test would need."""
    return bool(row["members"] > 0 and row["needed"] == row["needed"] and (row["needed"] or 0) * 2 > row["members"])


def _class_change(drift: pd.DataFrame, operating_class: str) -> dict[str, float]:
    names = [f"{name}{part}" for name in ("change", "expected") for part in ("", "_low", "_high")]
    rows = drift[(drift["group_id"] == f"class:{operating_class}") & (drift["measure"] == "active_share")]
    return {name: float(rows[name].iloc[0]) if len(rows) else nan for name in names}
