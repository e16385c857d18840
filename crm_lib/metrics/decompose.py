"""What a change is made of: by the values of one dimension, the rate's part and the mix's part."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from crm_lib.metrics import intervals
from crm_lib.metrics.apart import apart_from_rest, rates_apart
from crm_lib.metrics.association import ACCEPTED, two_shares, two_sided

Floats = npt.NDArray[np.float64]

LEAST_SHARE = 0.25  # of the change that a value must make up to be named
LEAST_EXCESS = 1.5  # times its share of the customers


def mix_and_rate(n_before: Floats, x_before: Floats, n: Floats, x: Floats) -> dict[str, Floats]:
    """Parts of the change of sum(x) / sum(n): value_before, value, share, rate, mix, contribution, contribution_share.

    rate = mean share of n times the change of the part's own rate; mix = change of its share of n times how far its
    mean rate lies from the whole's mean rate; contribution = rate + mix. The contributions add up to the change
    (Kitagawa 1955, with the mix centred on the whole). A part that is absent on one side keeps its rate.
    """
    before, after = _divide(x_before, n_before), _divide(x, n)
    before, after = np.where(n_before == 0, after, before), np.where(n == 0, before, after)
    total_before, total = _divide(x_before.sum(), n_before.sum()), _divide(x.sum(), n.sum())
    share_before, share_after = _divide(n_before, n_before.sum()), _divide(n, n.sum())
    share = (share_before + share_after) / 2
    rate = share * (after - before)
    mix = (share_after - share_before) * ((before + after) / 2 - (total_before + total) / 2)
    return {"value_before": before, "value": after, "share": share} | _shared(rate, mix, float(total - total_before))


def totals(x_before: Floats, x: Floats) -> dict[str, Floats]:
    """Parts of the change of sum(x), as `mix_and_rate` gives them; `share` is the part's share before."""
    found = {"value_before": x_before, "value": x, "share": _divide(x_before, x_before.sum())}
    return found | _shared(x - x_before, np.zeros(len(x)), float(x.sum() - x_before.sum()))


def _shared(rate: Floats, mix: Floats, change: float) -> dict[str, Floats]:
    contribution = rate + mix
    share = contribution / change if change else np.full(len(rate), np.nan)
    return {"rate": rate, "mix": mix, "contribution": contribution, "contribution_share": share}


def stands_out(parts: pd.DataFrame) -> pd.Series:
    """Which parts make up LEAST_SHARE of the change, LEAST_EXCESS times their share, and have a name in the data."""
    share = parts["contribution_share"]
    return parts["part"].ne("") & (share >= LEAST_SHARE) & (share >= LEAST_EXCESS * parts["share"])


def jointly(found: pd.DataFrame, chosen: pd.Series) -> pd.Series:
    """For each row whether the chosen parts of its dimension make up LEAST_SHARE of the change, LEAST_EXCESS times their
    share of the customers."""
    sums = found[["contribution_share", "share"]].where(chosen, 0.0).groupby(found["dimension"]).transform("sum")
    return (sums["contribution_share"] >= LEAST_SHARE) & (sums["contribution_share"] >= LEAST_EXCESS * sums["share"])


def _divide(x: Floats | float, n: Floats | float) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.nan_to_num(np.divide(np.asarray(x, float), np.asarray(n, float)), nan=0.0, posinf=0.0, neginf=0.0)


def contributions(estimate: str, both: pd.DataFrame) -> pd.DataFrame:
    """[dimension, part, n_before, x_before, n, x] with the contributions of the parts of each dimension."""
    n0, x0, n1, x1 = (both[name].to_numpy(float) for name in ("n_before", "x_before", "n", "x"))
    total = estimate == "total"
    parts: list[dict[str, np.ndarray]] = []
    dimensions = both["dimension"].to_numpy(object)
    for dimension in dict.fromkeys(dimensions):
        at = np.flatnonzero(dimensions == dimension)
        parts.append(totals(x0[at], x1[at]) if total else mix_and_rate(n0[at], x0[at], n1[at], x1[at]))
    columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]} if parts else {}
    return both.assign(**columns, **({"n_before": x0, "n": x1} if total else {}))


def named(estimate: str, found: pd.DataFrame, smallest_base: int) -> pd.DataFrame:
    """With the intervals of a proportion, and which parts may be called a cause: each rests on enough (base_before, base),
    its own change differs from that of the others by more than chance, and they stand out together or alone."""
    several = found.groupby("dimension")["part"].transform("size") > 1
    enough = (
        (found[["n_before", "n"]].max(axis=1) >= smallest_base)
        if estimate == "total"
        else (found[["base_before", "base"]].min(axis=1) >= smallest_base)
    )
    found = found.assign(low=np.nan, high=np.nan)
    if estimate == "proportion":
        low, high = intervals.wilson(np.minimum(found["x"], found["n"]), found["n"])
        found = found.assign(low=low, high=high)
    tested = enough & several & found["part"].ne("")
    p = _apart(estimate, found)
    distinct = tested & (p * int(tested.sum()) < ACCEPTED) & (found["contribution_share"] > found["share"])
    return found.assign(named=(distinct & jointly(found, distinct)) | _alone(estimate, found, tested, p))


def _apart(estimate: str, found: pd.DataFrame) -> Floats:
    """p that each part's own change is that of its dimension's others."""
    if estimate in ("proportion", "total"):
        return apart_from_rest(found, estimate == "total")
    sides = [tuple(found[f"{name}{side}"].to_numpy(float) for name in "xns") for side in ("_before", "")]
    return rates_apart(found["dimension"], sides[0], sides[1])  # type: ignore[arg-type]


def _alone(estimate: str, found: pd.DataFrame, tested: pd.Series, apart: Floats) -> pd.Series:
    """A part of a proportion or mean that stands out by itself, whose own change is proven among all parts and differs
    from the others' among those of its dimension: where all fall alike, the largest fall is no cause."""
    if estimate == "total":
        return pd.Series(False, index=found.index)
    if estimate == "proportion":
        *_, p = two_shares(found["x"], found["n"], found["x_before"], found["n_before"])
    else:
        doubt = found["s"] / found["n"] ** 2 + found["s_before"] / found["n_before"] ** 2
        p = two_sided((found["value"] - found["value_before"]) / np.sqrt(doubt))
    of_dimension = tested.groupby(found["dimension"]).transform("sum")
    distinct = pd.Series(apart, index=found.index) * of_dimension < ACCEPTED
    return tested & stands_out(found) & (p * int(tested.sum()) < ACCEPTED) & distinct


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
