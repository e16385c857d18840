"""Every customer's scores, segment, value, potential, quadrant and operating class on one day."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from crm_lib import handoff
from crm_lib.engagement import OPERATING_CLASSES, Definitions, Layering
from crm_lib.engine import Engine
from crm_lib.frames import texts
from crm_lib.language import Message
from crm_lib.layering.potential import parts_used, potential
from crm_lib.layering.segments import segment
from crm_lib.metrics.cover import silent_since
from crm_lib.metrics.rfm import rfm, window_start

Axis = Literal["margin", "revenue"]
QUADRANTS = (
    "maintain",
    "cross_sell",
    "nurture",
    "activate",
)  # value x potential: high/high, high/low, low/high, low/low
MARGIN_KNOWN = 0.9  # margin is the value axis where it is known for this share of revenue; else revenue is


@dataclass(frozen=True)
class Layers:
    """`customers` is one row a customer (metrics.rfm, the parts of potential, and what `layer` adds).

    `value_cut` and `potential_cut` are the lowest values that count as high; NaN where nobody bought in the window.
    """

    customers: pd.DataFrame
    as_of: date
    window_start: date
    history_start: date | None
    half_days: int
    recent_days: int
    axis: Axis
    margin_known: float
    value_cut: float
    potential_cut: float
    parts: tuple[str, ...]
    settings: Layering
    smallest_base: int
    orders: int
    orders_without: int
    revenue: float
    revenue_without: float
    spend_lacking: tuple[Message, ...] = ()  # why no model gives the predicted spend that was asked for

    @cached_property
    def buyers(self) -> pd.DataFrame:
        """Customers with a purchase in the window: the base of cut points and shares."""
        return self.customers[self.customers["frequency"] > 0]

    @property
    def says_cover(self) -> bool:
        """Whether any customer's payments said until when they pay."""
        return bool(self.customers["covered_until"].notna().any())

    @property
    def few(self) -> bool:
        """Whether too few bought to conclude anything from shares and cut points."""
        return len(self.buyers) < self.smallest_base

    @property
    def history_days(self) -> int:
        return (self.as_of - self.history_start).days + 1 if self.history_start else 0


def layer(
    engine: Engine,
    as_of: date,
    settings: Layering,
    definitions: Definitions,
    axis: Axis | None = None,
    predicted_spend: pd.Series | None = None,
) -> Layers:
    """Layers of every customer known at the end of `as_of`, by what was known then.

    `axis` fixes the value axis; without it margin is taken where it is known for `MARGIN_KNOWN` of revenue.
    `predicted_spend` (by customer_id, of a model that saw nothing after `as_of`) becomes a part of potential.
    """
    start = window_start(as_of, settings)
    history = engine.run(Path(__file__).with_name("history.sql"), as_of=as_of, window_start=start).iloc[0]
    first = None if pd.isna(history["first_on"]) else history["first_on"].date()
    seen_days = (as_of - first).days + 1 if first else settings.window_days
    half_days = max(min(settings.window_days, seen_days) // 2, 1)
    recent_days = min(definitions.active_window_days, settings.window_days)
    scored = rfm(engine, as_of, settings, recent_days, half_days)
    frame = potential(engine, scored, as_of, start, recent_days, half_days, predicted_spend)
    known = margin_known(frame)
    axis = axis or ("margin" if known >= MARGIN_KNOWN else "revenue")
    frame["value"] = value_of(frame, axis)
    frame, value_cut, potential_cut = _classify(frame, as_of, settings)
    return Layers(
        customers=frame,
        as_of=as_of,
        window_start=start,
        history_start=first,
        half_days=half_days,
        recent_days=recent_days,
        axis=axis,
        margin_known=known,
        value_cut=value_cut,
        potential_cut=potential_cut,
        parts=parts_used(frame),
        settings=settings,
        smallest_base=definitions.smallest_base,
        orders=int(history["orders"]),
        orders_without=int(history["orders_without"]),
        revenue=float(history["revenue"]),
        revenue_without=float(history["revenue_without"]),
    )


def _classify(frame: pd.DataFrame, as_of: date, settings: Layering) -> tuple[pd.DataFrame, float, float]:
    buyers = frame["frequency"].to_numpy() > 0
    value_cut = top_cut(frame["value"].to_numpy()[buyers], settings.top_share)
    potential_cut = top_cut(frame["potential"].to_numpy()[buyers], settings.potential_share)
    high_value = ((frame["value"] >= value_cut) & (frame["value"] > 0)).to_numpy()
    high_potential = (frame["potential"] >= potential_cut).to_numpy()
    dormant = is_dormant(frame, as_of, settings.dormant_days)
    frame = frame.assign(
        segment=segment(frame, settings.scores),
        quadrant=quadrant(high_value, high_potential),
        operating_class=operating_class(dormant, high_value, high_potential),
        high_value=high_value,
        high_potential=high_potential,
    )
    return frame, value_cut, potential_cut


def margin_known(frame: pd.DataFrame) -> float:
    """Share of the window's revenue whose margin is known."""
    total = frame["monetary"].sum()
    return float(frame["margin_revenue"].sum() / total) if total > 0 else 0.0


def value_of(frame: pd.DataFrame, axis: Axis) -> pd.Series:
    """Net revenue, or margin of the window; revenue without a known margin counts at the mean margin of the rest."""
    if axis == "revenue":
        return frame["monetary"]
    rest = frame["monetary"] - frame["margin_revenue"]
    known = frame["margin_revenue"].sum()
    rate = frame["margin"].sum() / known if known else 0.0
    return frame["margin"].fillna(0.0) + rest.round(2) * rate


def top_cut(values: np.ndarray, share: float) -> float:
    """The value that the customer at position ceil(share x n) from the top has; NaN without values.

    Everyone who has at least this value counts as high, so equal values are treated equally, and ties at the cut
    make the share that it gives larger than `share`, never smaller.
    """
    known = np.sort(values[~np.isnan(values)])
    position = math.ceil(round(share * len(known), 9))
    return float(known[-position]) if position else math.nan


def is_dormant(frame: pd.DataFrame, as_of: date, dormant_days: int) -> np.ndarray:
    """Silent for `dormant_days` (`frame`: last_on, covered_until, joined_on); who never bought is counted from joining,
    and is dormant if that is not known. Silence begins with the last purchase, or with the end of cover if that is later.
    """
    since = silent_since(frame["last_on"], frame["covered_until"]).fillna(frame["joined_on"])
    cut = pd.Timestamp(as_of - timedelta(days=dormant_days))
    return (since.isna() | (since <= cut)).to_numpy()


def quadrant(high_value: np.ndarray, high_potential: np.ndarray) -> pd.api.extensions.ExtensionArray:
    return texts(QUADRANTS, 2 * ~high_value + ~high_potential)


def operating_class(
    dormant: np.ndarray, high_value: np.ndarray, high_potential: np.ndarray
) -> pd.api.extensions.ExtensionArray:
    """The first that holds: dormant, core (high value), potential (high potential), ordinary."""
    codes = np.select([dormant, high_value, high_potential], [0, 1, 2], 3)
    return texts(("dormant", "core", "potential", "ordinary"), codes)


def artifact(layers: Layers) -> pd.DataFrame:
    """The handoff `layers`: every customer, sorted by customer_id."""
    return layers.customers[list(handoff.ARTIFACTS["layers"].columns)].reset_index(drop=True)


def by_class(frame: pd.DataFrame) -> pd.Series:
    """operating_class as an ordered category, so that classes without customers keep their row."""
    return pd.Series(pd.Categorical(frame["operating_class"], list(OPERATING_CLASSES), ordered=True), frame.index)
