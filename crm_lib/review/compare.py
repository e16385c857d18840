"""Every metric before and after, and a year ago, for the same people: values, differences, intervals, verdicts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import pandas as pd

from crm_lib.engagement import Definitions
from crm_lib.engine import Engine
from crm_lib.language import Kind
from crm_lib.metrics import METRICS, kpis
from crm_lib.review.intervals import Estimate, minus
from crm_lib.review.windows import Span, Windows, periods_of, spans

Family = Literal["rate", "money", "count", "score"]
Verdict = Literal["better", "worse", "unclear", "count", "few", "none"]
VERDICTS: tuple[Verdict, ...] = ("better", "worse", "unclear", "count", "few", "none")
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
    where a total was counted (no sample, no interval), 'few' below the smallest base, 'none' where not measured.
    """
    frames = [
        _measured(engine, dict(named), definitions, groups, chosen)
        for named, chosen in _by_spans(found, definitions, names).items()
        if named
    ]
    frames = [frame for frame in frames if len(frame)]
    if not frames:
        return pd.DataFrame(columns=COLUMNS)
    measured = pd.concat(frames, ignore_index=True)
    rows = [
        _row(str(metric), str(group), part.set_index("period"), definitions)
        for (metric, group), part in measured.groupby(["metric", "group_id"], sort=False)
    ]
    order = {name: i for i, name in enumerate(METRICS)}
    rows.sort(key=lambda row: order[row["metric"]])
    return pd.DataFrame(rows, columns=COLUMNS)


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
    periods = periods_of(named)
    frames = [kpis(engine, periods, definitions, None, names)]
    if groups is not None and len(groups):
        frames.append(kpis(engine, periods, definitions, groups, names))
    return pd.concat(frames)


def _row(metric: str, group: str, by_period: pd.DataFrame, definitions: Definitions) -> dict[str, Any]:
    better = 1 if METRICS[metric].better == "up" else -1
    smallest = 0 if METRICS[metric].estimate == "total" else definitions.smallest_base
    row: dict[str, Any] = {"metric": metric, "group_id": group, "family": FAMILIES.get(METRICS[metric].kind, "score")}
    parts, bases = {}, {}
    for period in ("before", "after", "year_ago"):
        part = by_period.loc[period].to_dict()
        parts[period] = Estimate(part["value"], part["low"], part["high"])
        bases[period] = int(part["base"])
        row |= _flat(period, parts[period]) | {f"{period}_base": bases[period]}
    for name, earlier, verdict in (("change", "before", "verdict"), ("yoy", "year_ago", "yoy_verdict")):
        difference = minus(parts["after"], parts[earlier])
        row |= _flat(name, difference)
        row[verdict] = _verdict(difference, min(bases["after"], bases[earlier]), smallest, better)
    return row


def _flat(name: str, estimate: Estimate) -> dict[str, float]:
    return {name: estimate.value, f"{name}_low": estimate.low, f"{name}_high": estimate.high}


def _verdict(difference: Estimate, base: int, smallest: int, better: int) -> Verdict:
    if difference.value != difference.value:
        return "none"
    if base < smallest:
        return "few"
    if not difference.known:
        return "count"
    return {1: "better", -1: "worse"}.get(difference.sign * better, "unclear")  # type: ignore[return-value]


def by_group(changes: pd.DataFrame, names: Sequence[str] = ("repurchase_rate", "churn_rate")) -> pd.DataFrame:
    """The rows of some metrics for the groups that were fixed at baseline."""
    kept = changes["metric"].isin(names) & (changes["group_id"] != "all") & changes["after"].notna()
    return changes[kept].reset_index(drop=True)


def family(changes: pd.DataFrame, name: Family) -> pd.DataFrame:
    """The rows of one family that were measured, for a table whose cells are of one kind."""
    return changes[(changes["family"] == name) & changes["after"].notna()].reset_index(drop=True)
