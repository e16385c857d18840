"""Parts of the business that ended or began while others went on: a closed store is no store that fell."""

from __future__ import annotations

from collections.abc import Sequence
from math import log

import pandas as pd

from crm_lib.diagnosis.measured import Measured
from crm_lib.diagnosis.words import part_label, sentences
from crm_lib.frames import rows
from crm_lib.language import Message, Value, msg
from crm_lib.metrics.ended_owners import ended_sellers
from crm_lib.metrics.not_stated import nameless

# Customers of a city or owner stop, these close or leave.
ENDING = ("store", "channel", "brand", "category", "product", "salesperson")
LEAST_SILENT_DAYS = 28
DAYS_A_MONTH = 365.25 / 12
MOST_TOLD = 3
COLUMNS = ["dimension", "part", "state", "day", "orders", "amount"]


def turnover(measured: Measured, cells: pd.DataFrame, before: slice, now: int, error: float) -> pd.DataFrame:
    """COLUMNS of each part that ended or began, the largest first. `cells`: purchases by month and part with the first and
    last day; `before`: places of the months compared with, `now`: how many latest months; orders and amount a month.

    ended: so long without a purchase that at its pace before the chance of that is below `error` over all parts; a
    salesperson by the rule that all phases ask (`ended_sellers`), with the orders a month before the last one.
    began: its first purchase lies after the months compared with; its month is counted from that day on.
    """
    own = cells[cells["dimension"].isin(ENDING)]
    own = own[[not nameless(part) for part in own["part"]]]
    if own.empty:
        return pd.DataFrame(columns=COLUMNS)
    month = pd.to_datetime(measured.months["starts_on"])
    number = (month.dt.year * 12 + month.dt.month - 1).to_numpy()
    keys = ["dimension", "part"]
    sums = own.groupby(keys).agg(first=("first_on", "min"), last=("last_on", "max"), buyers=("buyers", "max"))
    people = sums.index.get_level_values("dimension") == "salesperson"
    gone = ended_sellers(measured.engine).set_index("owner") if people.any() else pd.DataFrame()
    left = people & sums.index.get_level_values("part").isin(gone.index)
    sums = sums.assign(left=left, person=people)
    sums = sums[left | (2 * sums["buyers"] >= measured.smallest_base)]  # of fewer, it is the doing of single customers
    if sums.empty:
        return pd.DataFrame(columns=COLUMNS)
    for name, at in (("before", number[before]), ("now", number[-now:])):
        inside = own[own["month"].isin(at)].groupby(keys)[["orders", "amount"]].sum() / max(len(at), 1)
        sums = sums.join(inside.add_suffix(f"_{name}")).fillna({f"orders_{name}": 0.0, f"amount_{name}": 0.0})
    first, last, end = (
        pd.to_datetime(sums["first"]),
        pd.to_datetime(sums["last"]),
        pd.Timestamp(measured.months["ends_on"].iloc[-1]),
    )
    silent = (end - last).dt.days
    least = log(len(sums) / error)
    ended = (silent >= LEAST_SILENT_DAYS) & (sums["orders_before"] * silent / DAYS_A_MONTH >= least)
    ended = ended.where(~sums["person"], sums["left"])
    began = first > pd.Timestamp(measured.months["ends_on"].iloc[before].iloc[-1])
    ended = ended & ~ended.groupby("dimension").transform("all")  # else the column is no longer filled
    open_months = (((end - first).dt.days + 1) / DAYS_A_MONTH).clip(1, now)
    for name in ("orders_now", "amount_now"):
        sums[name] = sums[name].where(~began, sums[name] * now / open_months)
    found = sums.assign(state="").assign(state=lambda f: f["state"].mask(began, "began").mask(ended, "ended"))
    found = found[found["state"].ne("")].reset_index()
    late = found["state"].eq("ended")
    if found["left"].any():
        pace = found["part"].map(gone["contacts_per_week"]) / 7 * DAYS_A_MONTH
        found["orders_before"] = found["orders_before"].where(~found["left"], pace)
    found = found.assign(
        day=pd.to_datetime(found["last"].where(late, found["first"])),
        orders=found["orders_before"].where(late, found["orders_now"]),
        amount=found["amount_before"].where(late, found["amount_now"]),
    )
    return found.sort_values(["orders", "dimension", "part"], ascending=[False, True, True])[COLUMNS]


def standing(cells: pd.DataFrame, moved: pd.DataFrame) -> pd.DataFrame:
    """`cells` of the parts that neither ended nor began."""
    gone = pd.MultiIndex.from_frame(moved[["dimension", "part"]])
    return cells[~pd.MultiIndex.from_frame(cells[["dimension", "part"]]).isin(gone)]


def listed(measured: Measured, moved: pd.DataFrame) -> Value:
    """'store “north” (last purchase 3 May 2026, 40.0 a month before)', the first MOST_TOLD."""
    return Value(
        "list",
        [
            msg(
                f"event.{row.state}",
                who=msg(f"event.one.{row.dimension}", part=part_label(measured.engagement, row.dimension, row.part)),
                day=Value("date", row.day.date()),
                orders=Value("float", float(row.orders)),
            )
            for row in rows(moved.head(MOST_TOLD))
        ],
    )


def turnover_words(measured: Measured, moved: pd.DataFrame, dimensions: Sequence[str]) -> Message | None:
    """The parts of these dimensions that ended, and those that began with enough purchases to take theirs over."""
    own = moved[moved["dimension"].isin(dimensions)]
    ended = own[own["state"].eq("ended")]
    began = own[own["state"].eq("began") & (own["orders"] >= measured.smallest_base)]
    return sentences(
        *(
            msg(f"event.several_{state}", n=len(some), items=listed(measured, some))
            for state, some in (("ended", ended), ("began", began))
            if len(some)
        )
    )
