"""What a change is made of: by the values of one dimension, the rate's part and the mix's part."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

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


def _divide(x: Floats | float, n: Floats | float) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.nan_to_num(np.divide(np.asarray(x, float), np.asarray(n, float)), nan=0.0, posinf=0.0, neginf=0.0)
