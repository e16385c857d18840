"""Why a metric changed: by the customers' dimensions, which value makes up the largest part."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crm_lib import metrics
from crm_lib.diagnosis.measured import DIMENSIONS, Measured
from crm_lib.diagnosis.words import dimension_label, part_label, sentences
from crm_lib.language import Kind, Message, Value, msg
from crm_lib.metrics import METRICS, intervals
from crm_lib.metrics.apart import sum_variance
from crm_lib.metrics.asked_stores import ASKED_STORE
from crm_lib.metrics.decompose import contributions, leading, named

MOST_ALSO = 3
INSIDE = 0.8  # of a part's customers, from which on it lies in another
ALL_OF_IT = 1.0005  # a part of the change beyond this is more than the whole: the others went the other way
COLUMNS = ["dimension", "part", "n_before", "n", "base_before", "base", "value_before", "value", "low", "high"]
COLUMNS += ["share", "rate", "mix"]
COLUMNS += ["contribution", "contribution_share", "named"]


def reasons(measured: Measured, metric: str) -> pd.DataFrame:
    """Parts of the metric's change by every dimension: COLUMNS; `named` where a part may be called a cause.

    Parts are named when each rests on enough, its own change differs from that of the dimension's other parts by more
    than chance (Bonferroni over all parts compared), and they stand out together: a part
    that is merely large explains nothing. Counts are means a month where the same customers come again in the next
    month. Dimensions with a named part come first; within one the largest contributions in the direction of the change.
    """
    row, found = measured.trend(metric), measured.by_part
    found = found[found["metric"] == metric]
    if row is None or found.empty:
        return pd.DataFrame(columns=COLUMNS)
    both = _sides(metric, found, measured.months, row, _a_month(metric))
    return _told(both, METRICS[metric].estimate, measured.smallest_base)


def complaint_reasons(measured: Measured) -> pd.DataFrame:
    """Parts of the change of complaints per order by the dimensions of those who complained, as `reasons` gives them."""
    row, found = measured.trend("complaints"), measured.complaints_by_part
    if row is None or found.empty:
        return pd.DataFrame(columns=COLUMNS)
    complaints, orders = (
        _sides(metric, found[found["metric"] == metric], measured.months, row, False)
        for metric in ("complaints", "orders")
    )
    n = {f"{name}{side}": orders[f"x{side}"] for side in ("_before", "") for name in ("n", "base")}
    return _told(complaints.assign(**n), "proportion", measured.smallest_base)


def share_reasons(measured: Measured, before: pd.DataFrame, now: pd.DataFrame) -> pd.DataFrame:
    """Parts of the change of a share of customers by their dimensions, as `reasons` gives them. [customer_id, struck] of
    either side."""
    sides = []
    for people, side in ((before, "_before"), (now, "")):
        marked = people[["customer_id", "struck"]].astype({"struck": float})
        parts = measured.dimensions.merge(marked, on="customer_id").groupby(["dimension", "part"])["struck"]
        sides.append(pd.DataFrame({f"x{side}": parts.sum(), f"n{side}": parts.count().astype(float)}))
    both = sides[0].join(sides[1], how="outer").fillna(0.0).reset_index()
    return _told(both.assign(base_before=both["n_before"], base=both["n"]), "proportion", measured.smallest_base)


def _told(both: pd.DataFrame, estimate: str, smallest_base: int) -> pd.DataFrame:
    both = both[(both["n"] > 0) | (both["n_before"] > 0)].reset_index(drop=True)
    if both.empty:  # of answers that name no customer there are no parts
        return pd.DataFrame(columns=COLUMNS)
    return _ordered(named(estimate, contributions(estimate, both), smallest_base))


def _sides(metric: str, found: pd.DataFrame, months: pd.DataFrame, row: pd.Series, a_month: bool) -> pd.DataFrame:
    """[dimension, part, x_before, n_before, base_before, s_before, x, n, base, s]: sums over the months of both pooled
    levels, or a month's mean; s the variance of x (months of the same customers are as one). `found` has all months of a
    part after each other, as `kpis` gives them."""
    each = len(months)
    both = found.iloc[::each][["dimension", "part"]].reset_index(drop=True)
    known = ~np.isnan(found["value"].to_numpy().reshape(-1, each))
    columns = (found[name].to_numpy(float) for name in ("numerator", "denominator", "base", "low", "high"))
    found = found.assign(variance=np.nan_to_num(sum_variance(metric, *columns)))
    for prefix, side in (("before_", "_before"), ("", "")):
        inside = months["period"].between(row[f"{prefix}from_period"], row[f"{prefix}to_period"]).to_numpy()
        scale = row[f"{prefix}months"] if a_month else 1
        for name, column in (("x", "numerator"), ("n", "denominator"), ("base", "base"), ("s", "variance")):
            sums = np.where(known, found[column].to_numpy().reshape(-1, each), 0.0)[:, inside].sum(axis=1)
            both[f"{name}{side}"] = sums / scale
    return both


def _a_month(metric: str) -> bool:
    return METRICS[metric].counted == "customers" or METRICS[metric].estimate == "total"


def _ordered(found: pd.DataFrame) -> pd.DataFrame:
    places = {name: place for place, name in enumerate(DIMENSIONS)}
    unnamed = ~found["named"].astype(bool).groupby(found["dimension"]).transform("any")
    size = -found["contribution_share"].fillna(0.0)
    found = found.assign(_unnamed=unnamed, _place=found["dimension"].map(places), _size=size)
    return found.sort_values(["_unnamed", "_place", "_size", "part"]).reset_index(drop=True)[COLUMNS]


def best(found: pd.DataFrame) -> pd.Series | None:
    """The named parts of `leading` as one: sums of share and contribution, [parts]; None where none is named."""
    own = leading(found)
    if own.empty:
        return None
    return pd.Series(
        own.iloc[0].to_dict()
        | {name: float(own[name].sum()) for name in ("share", "contribution", "contribution_share")}
        | {"parts": tuple(own["part"])}
    )


def event(found: pd.DataFrame) -> tuple[str, tuple[str, ...]]:
    """(dimension, parts) that are named; empty without any."""
    top = best(found)
    return ("", ()) if top is None else (_place(top["dimension"]), top["parts"])


def all_named(found: pd.DataFrame) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """(dimension, parts) of every dimension in which parts are named."""
    if found.empty:
        return ()
    own = found[found["named"].astype(bool)]
    return tuple((_place(name), tuple(rows["part"])) for name, rows in own.groupby("dimension", sort=False))


def _place(dimension: object) -> str:
    """A store is one place, whether customers buy there or answers name it."""
    return "store" if dimension == ASKED_STORE else str(dimension)


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
    said = _made_of(measured, METRICS[metric].kind, METRICS[metric].estimate, whole_of(metric), found, top)
    return sentences(said, _without_inner(measured, metric, found, top)) or said


def _without_inner(measured: Measured, metric: str, found: pd.DataFrame, top: pd.Series) -> Message | None:
    """How the named part went without a smaller one that is named, too, and lies in it: an adviser of the store."""
    row, all_parts = measured.trend(metric), measured.dimensions
    if row is None or METRICS[metric].estimate == "total":
        return None
    own = found[found["named"].astype(bool) & found["dimension"].ne(top["dimension"]) & found["n"].lt(top["n"])]
    outer = _customers_of(all_parts, top["dimension"], top["parts"])
    known = all_parts.loc[all_parts["dimension"].eq(top["dimension"]), "customer_id"]
    for other in own.sort_values(["contribution_share", "part"], ascending=[False, True]).to_dict("records"):
        inner = _customers_of(all_parts, other["dimension"], (other["part"],))
        if not len(inner) or inner[inner.isin(known)].isin(outer).mean() < INSIDE:
            continue
        left = pd.DataFrame({"group_id": "left", "customer_id": outer[~outer.isin(inner)]})
        months = metrics.kpis(measured.engine, measured.months, measured.definitions, left, [metric])
        both = _sides(metric, months.assign(dimension="", part=""), measured.months, row, _a_month(metric)).iloc[0]
        if both[["base_before", "base"]].min() < measured.smallest_base:
            return None
        kind = METRICS[metric].kind
        return msg(
            "event.without_inner",
            inner_dimension=dimension_label(other["dimension"]),
            inner=part_label(measured.engagement, other["dimension"], other["part"]),
            part=parts_words(measured, top),
            before=Value(kind, float(both["x_before"] / both["n_before"])),
            after=Value(kind, float(both["x"] / both["n"]), round(both["base"])),
        )
    return None


def _customers_of(parts: pd.DataFrame, dimension: str, names: tuple[str, ...]) -> pd.Series:
    return parts.loc[parts["dimension"].eq(dimension) & parts["part"].isin(names), "customer_id"]


def why_share(measured: Measured, found: pd.DataFrame, whole: Message) -> Message | None:
    """`why` of `share_reasons`; None where nothing stands out. `whole`: whose share it is."""
    top = best(found)
    return None if top is None else _made_of(measured, "percent", "proportion", whole, found, top)


def _made_of(
    measured: Measured, kind: Kind, estimate: str, whole: Message, found: pd.DataFrame, top: pd.Series
) -> Message:
    args = _args(measured, kind, estimate, found, top) | {"whole": whole}
    if len(top["parts"]) > 1:
        said = msg("event.why", n=len(top["parts"]), **args)
    else:
        said = msg("diagnosis.why.all" if top["contribution_share"] >= 1 else "diagnosis.why.part", **args)
    return sentences(said, _elsewhere(measured, kind, found, top)) or said


def _elsewhere(measured: Measured, kind: Kind, found: pd.DataFrame, top: pd.Series) -> Message | None:
    """Named parts of other dimensions, but those of the same name, which are the same customers by another column."""
    own = found[
        found["named"].astype(bool) & found["dimension"].ne(top["dimension"]) & ~found["part"].isin(top["parts"])
    ]
    if own.empty:
        return None
    listed = [
        msg(
            "event.also_part",
            dimension=dimension_label(row["dimension"]),
            part=part_label(measured.engagement, row["dimension"], row["part"]),
            before=Value(kind, float(row["value_before"])),
            after=Value(kind, float(row["value"])),
        )
        for row in own.sort_values(["contribution_share", "part"], ascending=[False, True])
        .head(MOST_ALSO)
        .to_dict("records")
    ]
    return msg("event.also", parts=Value("list", listed))


def whole_of(metric: str) -> Message:
    """What a part's share is a share of."""
    if METRICS[metric].needs == ("surveys",):
        return msg("diagnosis.whole.answers")
    return msg("diagnosis.whole.customers" if METRICS[metric].counted == "customers" else "diagnosis.whole.purchases")


def why_complaints(measured: Measured, found: pd.DataFrame) -> Message | None:
    """The sentence on whose complaints rose; None where no part of the customers stands out."""
    top = best(found)
    if top is None:
        return None
    args = _args(measured, "percent", "proportion", found, top)
    return msg(
        "diagnosis.why.complaints_of" if len(top["parts"]) == 1 else "diagnosis.why.complaints_of_several", **args
    )


def _args(
    measured: Measured, kind: Kind, estimate: str, found: pd.DataFrame, top: pd.Series
) -> dict[str, Value | Message]:
    """What a sentence on the named parts says of them and of the others."""
    inside = found[found["dimension"] == top["dimension"]]
    chosen = inside["part"].isin(top["parts"])
    own, rest, total = inside[chosen], inside[~chosen], estimate == "total"
    return {
        "dimension": dimension_label(top["dimension"]),
        "part": Value("list", [part_label(measured.engagement, top["dimension"], part) for part in top["parts"]]),
        "contribution": Value("percent", float(top["contribution_share"])),
        "share": Value("percent", float(top["share"])),
        "before": Value(kind, _whole(own, "_before", total)),
        "after": _after(kind, estimate, own),
        "rest": _rest(measured, kind, total, rest),
    }


def _rest(measured: Measured, kind: Kind, total: bool, rest: pd.DataFrame) -> Message:
    """How the other parts went together, where they are enough to say so."""
    n = 0 if total else round(rest[["base_before", "base"]].sum().min())
    if not total and n < measured.smallest_base:
        return msg("diagnosis.why.rest_few", n=n)
    before, after = (Value(kind, _whole(rest, side, total)) for side in ("_before", ""))
    return msg("diagnosis.why.rest", before=before, after=after)


def _after(kind: Kind, estimate: str, own: pd.DataFrame) -> Value:
    """Level of the named parts together, with its base, and its interval where it is a proportion."""
    total = estimate == "total"
    value = _whole(own, "", total)
    if estimate != "proportion" or value is None:
        return Value(kind, value, None if total else round(own["base"].sum()))
    n = float(own["n"].sum())
    low, high = intervals.wilson(min(value, 1.0) * n, n)
    return Value(kind, value, round(n), float(low), float(high))


def _whole(rest: pd.DataFrame, side: str, total: bool) -> float | None:
    """Level of the other parts together."""
    if total:
        return float(rest[f"value{side}"].sum())
    n = rest[f"n{side}"]
    return float((rest[f"value{side}"] * n).sum() / n.sum()) if n.sum() else None
