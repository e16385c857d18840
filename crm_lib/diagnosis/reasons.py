"""Why a metric changed: by the customers' dimensions, which value makes up the largest part."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crm_lib.diagnosis.decompose import mix_and_rate, stands_out, totals
from crm_lib.diagnosis.measured import DIMENSIONS, Measured
from crm_lib.diagnosis.words import dimension_label, part_label
from crm_lib.language import Message, Value, msg
from crm_lib.metrics import METRICS, intervals
from crm_lib.metrics.association import ACCEPTED, two_shares

ALL_OF_IT = 1.0005  # a part of the change beyond this is more than the whole: the others went the other way
COLUMNS = ["dimension", "part", "n_before", "n", "value_before", "value", "low", "high", "share", "rate", "mix"]
COLUMNS += ["contribution", "contribution_share", "named"]


def reasons(measured: Measured, metric: str) -> pd.DataFrame:
    """Parts of the metric's change by every dimension: COLUMNS; `named` where a part may be called a cause.

    A part is named when it stands out, rests on enough on both sides, and its own change is proven where it is a
    proportion, corrected for the parts compared (Bonferroni). Counts are means a month where the same customers come again in the next month. Within a dimension the
    largest contributions in the direction of the change come first.
    """
    row, found = measured.trend(metric), measured.by_part
    found = found[found["metric"] == metric]
    if row is None or found.empty:
        return pd.DataFrame(columns=COLUMNS)
    both = _sides(metric, found, measured.months, row)
    both = both[(both["n"] > 0) | (both["n_before"] > 0)].reset_index(drop=True)
    return _ordered(_named(metric, _contributions(metric, both), measured.smallest_base))


def _sides(metric: str, found: pd.DataFrame, months: pd.DataFrame, row: pd.Series) -> pd.DataFrame:
    """[dimension, part, x_before, n_before, x, n]: sums over the months of both pooled levels. `found` has all months
    of a part after each other, as `kpis` gives them."""
    each = len(months)
    both = found.iloc[::each][["dimension", "part"]].reset_index(drop=True)
    known = ~np.isnan(found["value"].to_numpy().reshape(-1, each))
    for prefix, side in (("before_", "_before"), ("", "")):
        inside = months["period"].between(row[f"{prefix}from_period"], row[f"{prefix}to_period"]).to_numpy()
        scale = row[f"{prefix}months"] if _a_month(metric) else 1
        for name, column in (("x", "numerator"), ("n", "denominator")):
            sums = np.where(known, found[column].to_numpy().reshape(-1, each), 0.0)[:, inside].sum(axis=1)
            both[f"{name}{side}"] = sums / scale
    return both


def _a_month(metric: str) -> bool:
    return METRICS[metric].counted == "customers" or METRICS[metric].estimate == "total"


def _contributions(metric: str, both: pd.DataFrame) -> pd.DataFrame:
    """With the contributions of the parts of each dimension."""
    n0, x0, n1, x1 = (both[name].to_numpy(float) for name in ("n_before", "x_before", "n", "x"))
    total = METRICS[metric].estimate == "total"
    parts: list[dict[str, np.ndarray]] = []
    dimensions = both["dimension"].to_numpy(object)
    for dimension in dict.fromkeys(dimensions):
        at = np.flatnonzero(dimensions == dimension)
        parts.append(totals(x0[at], x1[at]) if total else mix_and_rate(n0[at], x0[at], n1[at], x1[at]))
    columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]} if parts else {}
    return both.assign(**columns, **({"n_before": x0, "n": x1} if total else {}))


def _named(metric: str, found: pd.DataFrame, smallest_base: int) -> pd.DataFrame:
    """With the intervals of a proportion, and which parts are named."""
    several = found.groupby("dimension")["part"].transform("size") > 1
    enough = found[["n_before", "n"]].min(axis=1) >= smallest_base
    found = found.assign(low=np.nan, high=np.nan, named=stands_out(found) & enough & several)
    if METRICS[metric].estimate != "proportion":
        return found
    low, high = intervals.wilson(found["x"], found["n"])
    *_, p = two_shares(found["x"], found["n"], found["x_before"], found["n_before"])
    compared = int((enough & several).sum())  # Bonferroni: the largest of so many is picked
    return found.assign(low=low, high=high, named=found["named"] & (p * compared < ACCEPTED))


def _ordered(found: pd.DataFrame) -> pd.DataFrame:
    places = {name: place for place, name in enumerate(DIMENSIONS)}
    found = found.assign(_place=found["dimension"].map(places), _size=-found["contribution_share"].fillna(0.0))
    return found.sort_values(["_place", "_size", "part"]).reset_index(drop=True)[COLUMNS]


def best(found: pd.DataFrame) -> pd.Series | None:
    """The part that may be named and makes up most beyond its share of the customers; None where there is none."""
    named = found[found["named"].astype(bool)]
    if named.empty:
        return None
    excess = (named["contribution_share"] - named["share"]).astype(float)
    order = named.assign(_excess=excess).sort_values(["_excess", "dimension", "part"], ascending=[False, True, True])
    return order.iloc[0]


def why(measured: Measured, metric: str, found: pd.DataFrame) -> Message:
    """The sentence on what the change is made of; that nothing stands out is said too."""
    top = best(found)
    if top is None:
        return msg("diagnosis.why.none") if len(found) else msg("diagnosis.why.no_dimension")
    kind = METRICS[metric].kind
    rest = found[found["dimension"].eq(top["dimension"]) & found["part"].ne(top["part"])]
    total = METRICS[metric].estimate == "total"
    after = Value(
        kind, float(top["value"]), None if total else round(top["n"]), _known(top["low"]), _known(top["high"])
    )
    args: dict[str, Value | Message] = {
        "dimension": dimension_label(top["dimension"]),
        "part": part_label(measured.engagement, top["dimension"], top["part"]),
        "contribution": Value("percent", float(top["contribution_share"])),
        "share": Value("percent", float(top["share"])),
        "before": Value(kind, float(top["value_before"])),
        "after": after,
        "rest_before": Value(kind, _whole(rest, "_before", total)),
        "rest_after": Value(kind, _whole(rest, "", total)),
    }
    return msg("diagnosis.why.all" if top["contribution_share"] >= 1 else "diagnosis.why.part", **args)


def _whole(rest: pd.DataFrame, side: str, total: bool) -> float | None:
    """Level of the other parts together."""
    if total:
        return float(rest[f"value{side}"].sum())
    n = rest[f"n{side}"]
    return float((rest[f"value{side}"] * n).sum() / n.sum()) if n.sum() else None


def _known(value: float) -> float | None:
    return None if pd.isna(value) else float(value)
