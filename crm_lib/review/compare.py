"""Every metric before and after, and a year ago, for the same people: values, differences, intervals, verdicts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd

from crm_lib.engagement import Definitions
from crm_lib.engine import Engine
from crm_lib.language import Kind
from crm_lib.metrics import METRICS, kpis
from crm_lib.review.reach import covered
from crm_lib.review.windows import Span, Windows, periods_of, spans

Family = Literal["rate", "money", "count", "score"]
Verdict = Literal["better", "worse", "unclear", "count", "few", "none", "mix"]
VERDICTS: tuple[Verdict, ...] = ("better", "worse", "unclear", "count", "few", "none", "mix")
FAMILIES: dict[Kind, Family] = {"percent": "rate", "money": "money", "price": "money", "int": "count"}
COLUMNS = [
    "metric",
    "group_id",
    "family",
    *(f"{period}{part}" for period in ("before", "after", "year_ago") for part in ("", "_low", "_high", "_base")),
    *(f"{name}{part}" for name in ("change", "yoy") for part in ("", "_low", "_high")),
    "verdict",
    "yoy_verdict",
]


def compare(
    engine: Engine,
    found: Windows,
    definitions: Definitions,
    groups: pd.DataFrame | None = None,
    names: Sequence[str] | None = None,
) -> pd.DataFrame:
    """One row a metric and group ('all' and those of `groups` [group_id, customer_id]); columns COLUMNS.

    change = after - before, yoy = after - the same days a year ago, in units of the metric. The verdict is 'count'
    where a total was counted (no sample, no interval), 'few' below the smallest base, 'none' where not measured: also
    where the records begin after the earlier span does; 'mix' is given by same_customers.by_mix.
    """
    frames = [
        _measured(engine, dict(named), definitions, groups, chosen)
        for named, chosen in _by_spans(found, definitions, names).items()
        if named
    ]
    frames = [frame for frame in frames if len(frame)]
    if not frames:
        return pd.DataFrame(columns=COLUMNS)
    wide = _wide(_reached(engine, pd.concat(frames, ignore_index=True), definitions.response_window_days))
    for name, earlier, verdict in (("change", "before", "verdict"), ("yoy", "year_ago", "yoy_verdict")):
        wide = wide.assign(**_difference(wide, name, earlier))
        wide[verdict] = _verdicts(wide, name, earlier, definitions.smallest_base)
    order = {name: i for i, name in enumerate(METRICS)}
    return wide.sort_values("metric", key=lambda names: names.map(order), kind="stable", ignore_index=True)[COLUMNS]


def _by_spans(
    found: Windows, definitions: Definitions, names: Sequence[str] | None
) -> dict[tuple[tuple[str, Span], ...], list[str]]:
    """The wanted metrics by the spans that they are measured in."""
    by_spans: dict[tuple[tuple[str, Span], ...], list[str]] = {}
    for name in METRICS:
        if names is None or name in names:
            by_spans.setdefault(tuple(spans(found, name, definitions).items()), []).append(name)
    return by_spans


def _measured(
    engine: Engine, named: dict[str, Span], definitions: Definitions, groups: pd.DataFrame | None, names: Sequence[str]
) -> pd.DataFrame:
    given = groups if groups is not None and len(groups) else None
    return kpis(engine, periods_of(named), definitions, given, names, whole=True)


def _reached(engine: Engine, measured: pd.DataFrame, response_days: int) -> pd.DataFrame:
    """Without values of earlier spans that the records begin in the middle of."""
    short = (measured["period"] != "after") & ~covered(engine, measured, response_days)
    numbers = {name: measured[name].mask(short) for name in ("value", "low", "high")}
    return measured.assign(**numbers, base=measured["base"].mask(short, 0))


def _wide(measured: pd.DataFrame) -> pd.DataFrame:
    """One row a metric and group with value, interval and base of each period."""
    key = ["metric", "group_id"]
    wide = measured[key].drop_duplicates(ignore_index=True)
    wide["family"] = [FAMILIES.get(METRICS[name].kind, "score") for name in wide["metric"]]
    for period in ("before", "after", "year_ago"):
        part = measured.loc[measured["period"] == period, [*key, "value", "low", "high", "base"]]
        names = {"value": period} | {name: f"{period}_{name}" for name in ("low", "high", "base")}
        wide = wide.merge(part.rename(columns=names), on=key, how="left", validate="one_to_one")
    return wide


def _difference(wide: pd.DataFrame, name: str, earlier: str) -> dict[str, pd.Series]:
    """after - earlier with its interval, square-and-add as in intervals.minus."""
    now, then = wide["after"], wide[earlier]
    down = np.hypot(now - wide["after_low"], wide[f"{earlier}_high"] - then)
    up = np.hypot(wide["after_high"] - now, then - wide[f"{earlier}_low"])
    return {name: now - then, f"{name}_low": now - then - down, f"{name}_high": now - then + up}


def _verdicts(wide: pd.DataFrame, name: str, earlier: str, smallest: int) -> np.ndarray:
    better = np.array([1 if METRICS[metric].better == "up" else -1 for metric in wide["metric"]])
    total = np.array([METRICS[metric].estimate == "total" for metric in wide["metric"]], dtype=bool)
    sign = better * ((wide[f"{name}_low"] > 0).astype(int) - (wide[f"{name}_high"] < 0).astype(int)).to_numpy()
    few = ~total & (wide[["after_base", f"{earlier}_base"]].min(axis=1) < smallest).to_numpy()
    missing, total_only = (wide[column].isna().to_numpy() for column in (name, f"{name}_low"))
    found = np.full(len(wide), "unclear", dtype=object)
    for test, said in (
        (sign < 0, "worse"),
        (sign > 0, "better"),
        (total_only, "count"),
        (few, "few"),
        (missing, "none"),
    ):
        found[test] = said
    return found


def by_group(changes: pd.DataFrame, names: Sequence[str] = ("repurchase_rate",)) -> pd.DataFrame:
    """The rows of some metrics for the groups that were fixed at baseline, where they are enough. Not of churn:
    whoever was picked for when they bought last is hardly lost before by construction."""
    kept = changes["metric"].isin(names) & (changes["group_id"] != "all") & changes["after"].notna()
    kept &= changes["verdict"] != "few"
    return changes[kept].reset_index(drop=True)


def family(changes: pd.DataFrame, name: Family) -> pd.DataFrame:
    """The rows of one family that were measured, for a table whose cells are of one kind."""
    return changes[(changes["family"] == name) & changes["after"].notna()].reset_index(drop=True)
