"""The effect of each strategy: its campaigns with a holdout taken together; a warning where there is none."""

from __future__ import annotations

from math import nan
from typing import Any, Literal

import pandas as pd

from crm_lib.engagement import NO_OWNER, Engagement
from crm_lib.metrics import METRICS
from crm_lib.review.aimed import class_share
from crm_lib.review.effects import MONEY, SHOWN, verdict
from crm_lib.review.intervals import Estimate, detectable, needed_per_arm, weighted
from crm_lib.review.rows import records
from crm_lib.review.tasks import WATCH

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
    "class_rate",
    *(f"{name}{part}" for name in ("change", "expected") for part in ("", "_low", "_high")),
    "own_metric",
    *(f"own_{name}" for name in ("before", "after", "change", "change_low", "change_high", "verdict")),
    "planned",
    "completion",
    "verdict",
]
_SERVICE, _USUAL = ("tickets", "surveys"), "csat"  # what a strategy that complaints set off is judged by


def planned(engagement: Engagement, plan: pd.DataFrame | None) -> pd.DataFrame:
    """[strategy, operating_class, owner] of the handoff `strategy_plan`, else of the engagement, in their order."""
    if plan is not None:
        return plan[["strategy", "operating_class", "owner"]].drop_duplicates("strategy", ignore_index=True)
    rows = [(s.id, s.operating_class, s.owner) for s in engagement.strategies]
    return pd.DataFrame(rows, columns=["strategy", "operating_class", "owner"])


_COLUMNS_SHOWN = (
    "strategy_label:message operating_class:term@class! owner_label:message basis:term@review.basis treated:int! held:int! "
    "people:int! class_share:percent! needed:int! effect:points effect_low:points! effect_high:points! "
    "incremental_revenue:money incremental_revenue_low:money! incremental_revenue_high:money! incremental_margin:money "
    "incremental_margin_low:money! incremental_margin_high:money! cost:money says:message"
)


def strategy_columns(found: pd.DataFrame) -> str:
    """The columns of the strategies' table; what is known of none of them only in the workbook."""
    given = (one.partition(":") for one in _COLUMNS_SHOWN.split())
    numbers = ("effect", "incremental_revenue", "incremental_margin", "cost")
    return " ".join(
        f"{name}:{kind}" + ("!" if name in numbers and found[name].isna().all() else "") for name, _, kind in given
    )


def strategy_effects(
    engagement: Engagement,
    plan: pd.DataFrame,
    effects: pd.DataFrame,
    drift: pd.DataFrame,
    smallest_effect: float = 0.05,
    counted: pd.DataFrame | None = None,
    changes: pd.DataFrame | None = None,
    done: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """One row a strategy of `plan` (see `planned`); columns COLUMNS.

    effect is the mean of its campaigns' effects, weighted by treated x held / (treated + held) (Mantel and Haenszel
    1959), long_effect the same within the long window; incremental revenue and margin are their sums, cost is that of
    all its campaigns, tested_cost of those with a holdout. change and expected are those of the strategy's class from `drift`
    (share with a purchase): before and after, not an effect. needed: customers in each arm to see `smallest_effect`;
    members: of the class; people, class_share: of its campaigns and how many of them were of the class, from `counted`
    (see `aimed`); detectable: the smallest effect that half of the class against the other half would show.
    Without a holdout, needed and detectable rest on the share of the class who bought in the cycle. A strategy that
    complaints set off is 'served': judged by its own metric of all customers (own_*, from `changes`), since whoever
    complained is called, of any class, and nobody of them is held out.
    planned, completion: of its contacts, from `done` (see tasks.completion); NaN where nothing was due.
    The verdict is 'proposed' where the engagement does not declare the strategy and no campaign names it: nobody has
    said that it was carried out.
    """
    rows = [
        _row(engagement, row, effects[effects["strategy"] == row["strategy"]], drift, smallest_effect)
        | class_share(counted, row["strategy"], row["operating_class"])
        | _own(engagement, row["strategy"], changes)
        | _carried_out(row["strategy"], done)
        for row in records(plan)
    ]
    found = pd.DataFrame(rows, columns=COLUMNS)
    served = found["own_metric"].ne("") & found["verdict"].eq("no_holdout")
    sizes = ["needed", "members", "detectable", "change", "change_low", "change_high", "expected"]
    found.loc[served, sizes] = nan
    return found.assign(
        own_metric=found["own_metric"].where(served, ""),
        basis=found["basis"].mask(served, "before_after"),
        verdict=found["verdict"].mask(served, "served"),
    )


def _carried_out(strategy: str, done: pd.DataFrame | None) -> dict[str, float]:
    mine = done[done["strategy"].eq(strategy) & done["planned"].gt(0)] if done is not None else pd.DataFrame()
    if not len(mine):
        return {"planned": nan, "completion": nan}
    planned = float(mine["planned"].sum())
    return {"planned": planned, "completion": float((mine["completion"] * mine["planned"]).sum()) / planned}


def not_carried_out(row: dict[str, Any]) -> bool:
    """Whether a strategy judged by a figure of all customers was done so little that the figure says nothing of it."""
    return bool(row["verdict"] == "served" and row["completion"] < WATCH)


def _own(engagement: Engagement, strategy: str, changes: pd.DataFrame | None) -> dict[str, Any]:
    """The metric of a strategy that complaints set off, '' of any other, and how it changed for all customers."""
    mine = next((one for one in engagement.strategies if one.id == strategy), None)
    if mine is None or mine.trigger != "complaint_closed":
        return {"own_metric": ""}
    metric = mine.metric if mine.metric in METRICS and METRICS[mine.metric].needs[0] in _SERVICE else ""
    found = pd.DataFrame() if changes is None else changes[changes["metric"].eq(metric) & changes["group_id"].eq("all")]
    names = ("before", "after", "change", "change_low", "change_high", "verdict")
    return {"own_metric": metric or _USUAL} | {
        f"own_{name}": found[name].iloc[0] if len(found) else ("none" if name == "verdict" else nan) for name in names
    }


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
    found["class_rate"] = _class_rate(drift, row["operating_class"])
    rate = held_rate if len(tested) else found["class_rate"]
    found["needed"] = needed_per_arm(rate, smallest_effect)
    found |= {"members": members, "detectable": detectable(rate, members // 2)}
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


def _class_rate(drift: pd.DataFrame, operating_class: str) -> float:
    rows = drift[(drift["group_id"] == f"class:{operating_class}") & (drift["measure"] == "active_share")]
    return float(rows["after"].iloc[0]) if len(rows) else nan


def beyond_class(row: dict[str, Any]) -> bool:
    """Whether the class has fewer customers than both arms of a test would need."""
    return bool(row["members"] > 0 and row["needed"] == row["needed"] and (row["needed"] or 0) * 2 > row["members"])


def _class_change(drift: pd.DataFrame, operating_class: str) -> dict[str, float]:
    names = [f"{name}{part}" for name in ("change", "expected") for part in ("", "_low", "_high")]
    rows = drift[(drift["group_id"] == f"class:{operating_class}") & (drift["measure"] == "active_share")]
    return {name: float(rows[name].iloc[0]) if len(rows) else nan for name in names}
