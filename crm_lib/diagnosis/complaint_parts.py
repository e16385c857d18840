"""Complaints of one reason, store, channel or owner that rose beyond the others, whatever all together did."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from statistics import NormalDist
from typing import Any

import numpy as np
import pandas as pd

from crm_lib.metrics.association import dispersion
from crm_lib.metrics.not_stated import nameless
from crm_lib.metrics.pool import MONTHS

WIDTHS = (MONTHS, 6, 9, 12)  # months tried as now: a rise is the clearest against the months before it began
LEAST_BEFORE = 6  # months before these
YEAR_MONTHS = 12
LEAST_RISE = 0.5  # of a part's complaints per order
LEAST_MORE = 10  # complaints beyond those that the level before would have brought
ERROR = 0.05  # chance that any part is named where none rose (Bonferroni)
COLUMNS = ["dimension", "part", "n_before", "n", "rest_before", "rest", "months_before", "months", "z"]


def part_rises(cells: pd.DataFrame, orders: pd.Series, dimensions: Sequence[str]) -> pd.DataFrame:
    """COLUMNS of the parts that rose, each over that of WIDTHS by which it is the clearest; the clearest first.

    `cells`: complaints by period and dimension; `orders` by period, all months in order. A part rose where both its share
    of the complaints whose part is stated (Fisher 1935) and its complaints per order (conditional binomial test) are higher
    than before, over the spread of its share from month to month where that is wider than chance; also against the
    same months a year earlier where these are known, and still so in the latest months. One without any complaint
    before may be another word for an old one: it is not told.
    """
    counts = {
        (dimension, part): (_monthly(own, orders), _monthly(stated, orders))
        for dimension in dimensions
        for stated in [cells[~cells[dimension].map(nameless).astype(bool)]]
        for part, own in stated.groupby(dimension, sort=True)
    }
    widths = [width for width in WIDTHS if len(orders) >= width + LEAST_BEFORE]
    tested = [
        {"dimension": dimension, "part": part, **_row(own, whole, orders.to_numpy(float), width)}
        for (dimension, part), (own, whole) in counts.items()
        for width in widths
        if own[:-width].sum() and (whole - own).sum()
    ]
    critical = NormalDist().inv_cdf(1 - ERROR / len(tested)) if tested else math.inf
    rose = [
        row for row in tested if row["z"] > critical and _lasting(row, *counts[row["dimension"], row["part"]], orders)
    ]
    found = pd.DataFrame(rose, columns=COLUMNS).sort_values(["z", "dimension", "part"], ascending=[False, True, True])
    return found.drop_duplicates(["dimension", "part"]).reset_index(drop=True)


def _monthly(cells: pd.DataFrame, orders: pd.Series) -> np.ndarray:
    return cells.groupby("period")["complaints"].sum().reindex(orders.index).fillna(0).to_numpy(float)


def _row(own: np.ndarray, whole: np.ndarray, orders: np.ndarray, width: int) -> dict[str, Any]:
    from scipy.stats import binom, hypergeom

    n0, n1, all0, all1 = own[:-width].sum(), own[-width:].sum(), whole[:-width].sum(), whole[-width:].sum()
    share = hypergeom.sf(n1 - 1, all0 + all1, n0 + n1, all1)
    rate = binom.sf(n1 - 1, n0 + n1, orders[-width:].sum() / max(orders.sum(), 1.0))
    z = -NormalDist().inv_cdf(min(max(float(max(share, rate)), 1e-300), 1 - 1e-12))
    counted = {"n_before": n0, "n": n1, "rest_before": all0 - n0, "rest": all1 - n1}
    months = {"months_before": len(own) - width, "months": width}
    return counted | months | {"z": z / math.sqrt(dispersion(own[:-width], whole[:-width]))}


def _lasting(row: Mapping[str, Any], own: np.ndarray, whole: np.ndarray, orders: pd.Series) -> bool:
    """Whether it is large, no season's, and not over yet."""
    from scipy.stats import binom

    sold, width = orders.to_numpy(float), int(row["months"])
    before, now, last = (
        own[at].sum() / max(sold[at].sum(), 1.0) for at in (slice(-width), slice(-width, None), slice(-MONTHS, None))
    )
    large = now >= (1 + LEAST_RISE) * before and row["n"] - before * sold[-width:].sum() >= LEAST_MORE
    year = slice(-width - YEAR_MONTHS, -YEAR_MONTHS)
    known = len(own) >= width + YEAR_MONTHS
    both, then = row["n"] + own[year].sum(), sold[-width:].sum() / max(sold[-width:].sum() + sold[year].sum(), 1.0)
    season = known and binom.sf(row["n"] - 1, both, then) > ERROR
    return bool(large and not season and 2 * last >= before + now)
