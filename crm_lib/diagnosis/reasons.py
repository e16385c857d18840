"""Why a metric changed: by the customers' dimensions, which value makes up the largest part."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crm_lib.diagnosis.decompose import apart_from_rest, jointly, mix_and_rate, stands_out, totals
from crm_lib.diagnosis.measured import DIMENSIONS, Measured
from crm_lib.diagnosis.words import dimension_label, part_label
from crm_lib.language import Message, Value, msg
from crm_lib.metrics import METRICS, intervals
from crm_lib.metrics.apart import rates_apart, sum_variance
from crm_lib.metrics.association import ACCEPTED, two_shares, two_sided

ALL_OF_IT = 1.0005  # a part of the change beyond this is more than the whole: the others went the other way
COLUMNS = ["dimension", "part", "n_before", "n", "value_before", "value", "low", "high", "share", "rate", "mix"]
COLUMNS += ["contribution", "contribution_share", "named"]


def reasons(measured: Measured, metric: str) -> pd.DataFrame:
    """Parts of the metric's change by every dimension: COLUMNS; `named` where a part may be called a cause.

    Parts are named when each rests on enough, its own change differs from that of the dimension's other parts by more
    than chance (Bonferroni over all parts compared), and they stand out together: a part
    that is merely large explains nothing. Counts are means a month where the same customers come again in the next month. Within a dimension the
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
    """[dimension, part, x_before, n_before, s_before, x, n, s]: sums over the months of both pooled levels, s the variance
    of x (months of the same customers are as one). `found` has all months of a part after each other, as `kpis` gives
    them."""
    each = len(months)
    both = found.iloc[::each][["dimension", "part"]].reset_index(drop=True)
    known = ~np.isnan(found["value"].to_numpy().reshape(-1, each))
    columns = (found[name].to_numpy(float) for name in ("numerator", "denominator", "base", "low", "high"))
    found = found.assign(variance=np.nan_to_num(sum_variance(metric, *columns)))
    for prefix, side in (("before_", "_before"), ("", "")):
        inside = months["period"].between(row[f"{prefix}from_period"], row[f"{prefix}to_period"]).to_numpy()
        scale = row[f"{prefix}months"] if _a_month(metric) else 1
        for name, column in (("x", "numerator"), ("n", "denominator"), ("s", "variance")):
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
    enough = (
        (found[["n_before", "n"]].max(axis=1) >= smallest_base)
        if _total(metric)
        else (found[["n_before", "n"]].min(axis=1) >= smallest_base)
    )
    found = found.assign(low=np.nan, high=np.nan)
    if METRICS[metric].estimate == "proportion":
        low, high = intervals.wilson(found["x"], found["n"])
        found = found.assign(low=low, high=high)
    tested = enough & several & found["part"].ne("")
    p = _apart(metric, found)
    distinct = tested & (p * int(tested.sum()) < ACCEPTED) & (found["contribution_share"] > found["share"])
    return found.assign(named=(distinct & jointly(found, distinct)) | _alone(metric, found, tested, p))


def _apart(metric: str, found: pd.DataFrame) -> np.ndarray:
    """p that each part's own change is that of its dimension's others."""
    if METRICS[metric].estimate in ("proportion", "total"):
        return apart_from_rest(found, _total(metric))
    sides = [tuple(found[f"{name}{side}"].to_numpy(float) for name in "xns") for side in ("_before", "")]
    return rates_apart(found["dimension"], sides[0], sides[1])  # type: ignore[arg-type]


def _alone(metric: str, found: pd.DataFrame, tested: pd.Series, apart: np.ndarray) -> pd.Series:
    """A part of a proportion or mean that stands out by itself, whose own change is proven among all parts and differs
    from the others' among those of its dimension: where all fall alike, the largest fall is no cause."""
    if _total(metric):
        return pd.Series(False, index=found.index)
    if METRICS[metric].estimate == "proportion":
        *_, p = two_shares(found["x"], found["n"], found["x_before"], found["n_before"])
    else:
        doubt = found["s"] / found["n"] ** 2 + found["s_before"] / found["n_before"] ** 2
        p = two_sided((found["value"] - found["value_before"]) / np.sqrt(doubt))
    of_dimension = tested.groupby(found["dimension"]).transform("sum")
    distinct = pd.Series(apart, index=found.index) * of_dimension < ACCEPTED
    return tested & stands_out(found) & (p * int(tested.sum()) < ACCEPTED) & distinct


def _total(metric: str) -> bool:
    return METRICS[metric].estimate == "total"


def _ordered(found: pd.DataFrame) -> pd.DataFrame:
    places = {name: place for place, name in enumerate(DIMENSIONS)}
    found = found.assign(_place=found["dimension"].map(places), _size=-found["contribution_share"].fillna(0.0))
    return found.sort_values(["_place", "_size", "part"]).reset_index(drop=True)[COLUMNS]


def leading(found: pd.DataFrame) -> pd.DataFrame:
    """The named parts of the dimension in which they make up most beyond their share of the customers, the largest
    contribution first; no row where none is named."""
    named = found[found["named"].astype(bool)]
    if named.empty:
        return named
    excess = (named["contribution_share"] - named["share"]).astype(float).groupby(named["dimension"]).sum()
    first = (
        excess.reset_index(name="excess")
        .sort_values(["excess", "dimension"], ascending=[False, True])["dimension"]
        .iloc[0]
    )
    own = named[named["dimension"] == first]
    return own.sort_values(["contribution_share", "part"], ascending=[False, True])


def best(found: pd.DataFrame) -> pd.Series | None:
    """The named parts of `leading` as one: sums of share and contribution, [parts]; None where none is named."""
    named = leading(found)
    if named.empty:
        return None
    return pd.Series(
        named.iloc[0].to_dict()
        | {name: float(named[name].sum()) for name in ("share", "contribution", "contribution_share")}
        | {"parts": tuple(named["part"])}
    )


def event(found: pd.DataFrame) -> tuple[str, tuple[str, ...]]:
    """(dimension, parts) that are named; empty without any."""
    top = best(found)
    return ("", ()) if top is None else (str(top["dimension"]), top["parts"])


def parts_words(measured: Measured, top: pd.Series) -> Message:
    """The named part, or the number of parts."""
    parts = top["parts"]
    if len(parts) == 1:
        return part_label(measured.engagement, top["dimension"], parts[0])
    first = part_label(measured.engagement, top["dimension"], parts[0])
    return msg("event.and_more", part=first, n=len(parts))


def why(measured: Measured, metric: str, found: pd.DataFrame) -> Message:
    """The sentence on what the change is made of; that nothing stands out is said too."""
    top = best(found)
    if top is None:
        return msg("diagnosis.why.none") if len(found) else msg("diagnosis.why.no_dimension")
    kind = METRICS[metric].kind
    inside = found[found["dimension"] == top["dimension"]]
    chosen = inside["part"].isin(top["parts"])
    own, rest, total = inside[chosen], inside[~chosen], METRICS[metric].estimate == "total"
    after = _after(metric, own)
    args: dict[str, Value | Message] = {
        "dimension": dimension_label(top["dimension"]),
        "part": Value("list", [part_label(measured.engagement, top["dimension"], part) for part in top["parts"]]),
        "contribution": Value("percent", float(top["contribution_share"])),
        "share": Value("percent", float(top["share"])),
        "before": Value(kind, _whole(own, "_before", total)),
        "after": after,
        "rest_before": Value(kind, _whole(rest, "_before", total)),
        "rest_after": Value(kind, _whole(rest, "", total)),
    }
    if len(top["parts"]) > 1:
        return msg("event.why", n=len(top["parts"]), **args)
    return msg("diagnosis.why.all" if top["contribution_share"] >= 1 else "diagnosis.why.part", **args)


def _after(metric: str, own: pd.DataFrame) -> Value:
    """Level of the named parts together, with its interval where it is a proportion."""
    kind, value, total = METRICS[metric].kind, _whole(own, "", _total(metric)), _total(metric)
    if METRICS[metric].estimate != "proportion" or value is None:
        return Value(kind, value, None if total else round(own["n"].sum()))
    n = float(own["n"].sum())
    low, high = intervals.wilson(value * n, n)
    return Value(kind, value, round(n), float(low), float(high))


def _whole(rest: pd.DataFrame, side: str, total: bool) -> float | None:
    """Level of the other parts together."""
    if total:
        return float(rest[f"value{side}"].sum())
    n = rest[f"n{side}"]
    return float((rest[f"value{side}"] * n).sum() / n.sum()) if n.sum() else None
