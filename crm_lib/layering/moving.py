"""Who moved between classes since an earlier day, and whose spend grew so much that the class needs another look."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from crm_lib.engagement import OPERATING_CLASSES, Definitions, Layering
from crm_lib.engine import Engine
from crm_lib.frames import looked_up
from crm_lib.language import term_or_text
from crm_lib.layering.layers import Axis, Layers, layer
from crm_lib.metrics import intervals
from crm_lib.metrics.not_stated import named_parts

DIRECTIONS = ("up", "same", "down", "new")
ORIGINS = (*OPERATING_CLASSES, "new")  # 'new': not known on the earlier day
_SPEND = Path(__file__).with_name("spend.sql")
YEAR_DAYS = 365
SHORTEST_COMPARISON_DAYS = 90


def moves(engine: Engine, now: Layers, before: Layers) -> pd.DataFrame:
    """One row a customer of `now`: customer_id, before ('new' where not known then), after, direction,

    revenue_then and revenue_now (net, in the windows that end on the earlier and on the later day), spend_since (net, in the days after it) and
    spend_before (net, in as many days up to it).
    """
    days = (now.as_of - before.as_of).days
    columns = ["customer_id", "operating_class", "monetary"]
    later = now.customers[columns].set_axis(["customer_id", "after", "revenue_now"], axis="columns")
    earlier = before.customers[columns].set_axis(["customer_id", "before", "revenue_then"], axis="columns")
    spend = _spend(engine, now.as_of, now.as_of - timedelta(days=days - 1), before.as_of, days)
    ids = later["customer_id"]
    frame = pd.concat([later.reset_index(drop=True), looked_up(earlier, ids), looked_up(spend, ids)], axis="columns")
    frame["before"] = frame["before"].fillna("new")
    frame["direction"] = _direction(frame)
    amounts = ["revenue_then", "revenue_now", "spend_before", "spend_since"]
    frame[amounts] = frame[amounts].fillna(0.0).astype("float64")
    return frame[["customer_id", "before", "after", "direction", *amounts]]


def between(
    engine: Engine, first: date, second: date, settings: Layering, definitions: Definitions, axis: Axis | None = None
) -> pd.DataFrame:
    """`moves` between any two days, each day's classes by what was known then. Raise ValueError where not in order.

    Both days have the same value axis: `axis`, else the one that the second day's data give.
    """
    if first >= second:
        raise ValueError(f"{first} is not before {second}")
    now = layer(engine, second, settings, definitions, axis)
    return moves(engine, now, layer(engine, first, settings, definitions, now.axis))


def _direction(frame: pd.DataFrame) -> np.ndarray:
    codes = (pd.Categorical(frame[name], list(ORIGINS)).codes.astype("float64") for name in ("after", "before"))
    after, before = (np.where(code < len(OPERATING_CLASSES), -code, np.nan) for code in codes)  # 'new' has no rank
    step = after - before
    return np.select([step > 0, step == 0, step < 0], ["up", "same", "down"], "new").astype(object)


def _spend(engine: Engine, until: date, since: date, before_until: date, days: int) -> pd.DataFrame:
    return engine.run(
        _SPEND,
        since=since,
        until=until,
        before_since=before_until - timedelta(days=days - 1),
        before_until=before_until,
    )


def matrix(moved: pd.DataFrame) -> pd.DataFrame:
    """One row a (before, after), all of them: customers, share (of those of `before`), revenue_then, revenue_now.

    Rows of one `before` add up to the customers, and revenue_then to the revenue, of the earlier day; rows of one
    `after` to the customers, and revenue_now to the revenue, of the later one.
    """
    groups = moved.groupby(["before", "after"])
    index = pd.MultiIndex.from_product([ORIGINS, OPERATING_CLASSES], names=["before", "after"])
    table = groups[["revenue_then", "revenue_now"]].sum()
    table.insert(0, "customers", groups.size())
    table = table.reindex(index, fill_value=0).reset_index()
    totals = table.groupby("before")["customers"].transform("sum")
    return table.assign(share=(table["customers"] / totals.where(totals > 0)).astype("float64"))


def directions(moved: pd.DataFrame) -> pd.DataFrame:
    """One row a direction of DIRECTIONS: customers, share (of those known then; NaN for 'new'), revenue_then,
    spend_before, spend_since."""
    groups = moved.groupby("direction")
    table = groups[["revenue_then", "spend_before", "spend_since"]].sum()
    table.insert(0, "customers", groups.size())
    table = table.reindex(pd.Index(DIRECTIONS, name="direction"), fill_value=0).reset_index()
    known = table["direction"] != "new"
    shares = table["customers"] / max(int(table.loc[known, "customers"].sum()), 1)
    table.insert(2, "share", shares.where(known))
    return table


def enough_known(table: pd.DataFrame, smallest_base: int) -> bool:
    """Whether so many customers were known on the earlier day that movement says something. `table` is `directions`."""
    return int(table.loc[table["direction"] != "new", "customers"].sum()) >= smallest_base


def falls_by_channel(engine: Engine, moved: pd.DataFrame) -> pd.DataFrame:
    """Who fell, by the channel of joining: one row a channel, the largest share first.

    channel (Message), named (whether the channel is one that could be the cause), known (customers who could fall: not
    dormant then), fell, share with low and high (Wilson).
    """
    could = moved[moved["before"].isin(OPERATING_CLASSES[:-1])]
    channels = engine.sql("SELECT customer_id, join_channel FROM customers WHERE join_channel IS NOT NULL")
    found = could.merge(channels, on="customer_id")
    groups = found.assign(fell=found["direction"] == "down").groupby("join_channel")["fell"]
    table = pd.DataFrame({"known": groups.size(), "fell": groups.sum().astype("int64")}).reset_index()
    table["share"] = table["fell"] / table["known"]
    table["low"], table["high"] = intervals.wilson(table["fell"].to_numpy(), table["known"].to_numpy())
    table = table.sort_values(["share", "join_channel"], ascending=[False, True], ignore_index=True)
    table["channel"] = pd.Series([term_or_text("channel", name) for name in table["join_channel"]], dtype=object)
    table["named"] = named_parts(table["join_channel"]) != ""
    return table[["channel", "named", "known", "fell", "share", "low", "high"]]


@dataclass(frozen=True)
class Growth:
    """`customers`: whose spend grew by the setting, with spend_before and spend_since. Both spans have `days` days.

    Of `compared` customers with spend in the earlier span; `fell` of them shrank by as much (to 1 / (1 + setting)).

    `kind` says what is compared: 'annual' (the last 365 days with the 365 before), 'season' (the last days with the
    same days a year earlier), 'halves' (the two halves of a history too short for either), 'none'.
    """

    kind: str
    days: int
    since: date
    before_since: date
    before_until: date
    customers: pd.DataFrame
    compared: int
    fell: int


def growth(engine: Engine, now: Layers) -> Growth:
    """Customers whose net spend is up by settings.re_evaluate_growth against the longest comparable span before."""
    kind, days, shift = _comparison(now.history_days)
    since = now.as_of - timedelta(days=days - 1)
    before_until = now.as_of - timedelta(days=shift)
    before_since = before_until - timedelta(days=days - 1)
    spend = _spend(engine, now.as_of, since, before_until, days)
    classes = now.customers[["customer_id", "operating_class", "segment"]]
    frame = classes.merge(spend, on="customer_id", how="inner")
    frame = frame[frame["spend_before"] > 0]
    factor = 1 + now.settings.re_evaluate_growth
    grown = frame[frame["spend_since"] >= frame["spend_before"] * factor]
    fell = int((frame["spend_since"] <= frame["spend_before"] / factor).sum())
    found = grown.sort_values("customer_id", ignore_index=True)
    return Growth(kind, days, since, before_since, before_until, found, len(frame), fell)


def _comparison(history_days: int) -> tuple[str, int, int]:
    """(kind, days of each span, days that the earlier span lies back)."""
    if history_days >= 2 * YEAR_DAYS:
        return "annual", YEAR_DAYS, YEAR_DAYS
    if history_days - YEAR_DAYS >= SHORTEST_COMPARISON_DAYS:
        return "season", history_days - YEAR_DAYS, YEAR_DAYS
    half = min(history_days, 2 * YEAR_DAYS) // 2
    return ("halves", half, half) if half else ("none", 1, 1)


def growth_by_class(grown: Growth) -> pd.DataFrame:
    """One row a class: customers to look at again, spend_before, spend_since."""
    groups = grown.customers.groupby("operating_class")
    table = groups[["spend_before", "spend_since"]].sum()
    table.insert(0, "customers", groups.size())
    return table.reindex(pd.Index(OPERATING_CLASSES, name="operating_class"), fill_value=0).reset_index()
