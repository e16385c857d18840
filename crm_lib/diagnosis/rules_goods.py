"""Rule on what is sold: a category, or a product, that is bought less than the others; who stopped, and what they reported."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from crm_lib.diagnosis.checks import Check, PainPoint, limit
from crm_lib.diagnosis.fallen import Together
from crm_lib.diagnosis.measured import FOLDER, Measured
from crm_lib.diagnosis.rules_parts import (
    COLUMNS,
    LEAST_EARLIER,
    a_year,
    compared,
    ends,
    fallen_together,
    headline,
    limits,
    looked_at,
    months_before,
    moved,
    spans,
)
from crm_lib.diagnosis.rules_trend import action
from crm_lib.diagnosis.shares import rate
from crm_lib.diagnosis.turnover import standing, turnover_words
from crm_lib.diagnosis.words import sentences
from crm_lib.language import Message, Value, literal, msg
from crm_lib.metrics.association import beyond_rest
from crm_lib.metrics.carriage import goods_only
from crm_lib.metrics.pool import MONTHS


def goods_fall(measured: Measured) -> Check:
    """Purchases of each category (product, where there is none) in the latest months, beside those of all others."""
    said = limit("goods_fall", **limits())
    cells, found, moved_on = _goods(measured)
    if found.empty:
        return Check("goods_fall", "absent", msg("diagnosis.check.no_goods"), said)
    figure = looked_at(found, int(moved_on["state"].eq("ended").sum()))
    if not found["fell"].any():
        return Check("goods_fall", "clear", figure, said)
    group = fallen_together(measured, found, cells)
    people = _buyers(measured, group)
    gone = _gone(people)
    lost = {"n": Value("int", len(group.rows)), "lost": Value("money", group.lost)}
    pain = PainPoint(
        rule="goods_fall",
        headline=headline(measured, group, "goods_fall"),
        evidence=sentences(
            moved(measured, group),
            turnover_words(measured, moved_on, (group.dimension,)),
            _who_left(measured, people),
            _reported(measured, group, people),
            msg("diagnosis.part.span", **spans(measured)),
            None if a_year(measured) else msg("diagnosis.evidence.season"),
        ),
        action=action(measured, "goods_fall"),
        basis=msg("diagnosis.basis.goods_fall", revenue=msg("event.basis", months=measured.year_months, **lost)),
        customers=len(gone),
        revenue=float(group.lost * measured.year_months),
        worse=True,
        since=group.since,
        event=(group.dimension, tuple(group.rows["part"])),
    )
    return Check("goods_fall", "found", figure, said, pain)


def left_buyers(measured: Measured) -> pd.DataFrame:
    """[customer_id, spent] of who bought the fallen goods in the months compared with and nothing at all now."""
    cells, found, _ = _goods(measured)
    return _gone(_buyers(measured, fallen_together(measured, found, cells)))


def _gone(people: pd.DataFrame) -> pd.DataFrame:
    return people.loc[people["goods"].eq(1) & people["stays"].eq(0), ["customer_id", "spent"]].reset_index(drop=True)


def _goods(measured: Measured) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Purchases by month and part that stayed, `rules_parts.compared` of them, and what ended or began."""
    nothing = pd.DataFrame(columns=COLUMNS)
    if not measured.engine.has("order_lines") or len(measured.months) < MONTHS + LEAST_EARLIER:
        return nothing, nothing, nothing
    cells = goods_only(measured.engine.run(FOLDER / "goods_orders.sql"), "part")
    moved_on = ends(measured, cells)
    cells = standing(cells, moved_on)
    return cells, compared(measured, cells), moved_on


def _buyers(measured: Measured, group: Together) -> pd.DataFrame:
    """[customer_id, goods, stays] of who bought in the months compared with."""
    parts = pd.DataFrame({"part": list(group.rows["part"])}, dtype=object)
    measured.engine.register("fallen_goods", parts)
    before = measured.months.iloc[months_before(measured)]
    days = {
        "before_first": _day(before["starts_on"].iloc[0]),
        "before_last": _day(before["ends_on"].iloc[-1]),
        "now_first": _day(measured.months["starts_on"].iloc[-MONTHS]),
        "now_last": _day(measured.months["ends_on"].iloc[-1]),
    }
    return measured.engine.run(FOLDER / "goods_buyers.sql", **days)


def _day(value: object) -> date:
    return pd.Timestamp(value).date()  # type: ignore[arg-type]


def _who_left(measured: Measured, people: pd.DataFrame) -> Message | None:
    """How many of those who bought them then buy nothing at all now, beside the others of those months."""
    gone, all_ = (
        people.groupby("goods")["stays"].agg(lambda own: int((own == 0).sum())),
        people.groupby("goods").size(),
    )
    if not {0, 1} <= {*all_.index} or all_.min() < measured.smallest_base:
        return None
    mine, rest = (rate(float(gone[part]), float(all_[part]), f"goods_fall.gone.{part}") for part in (1, 0))
    return msg("diagnosis.goods.gone", n=int(all_[1]), share=mine, rest=rest)


def _reported(measured: Measured, group: Together, people: pd.DataFrame) -> Message | None:
    """The reason of tickets that their buyers state more often than the others since then, where one is proven."""
    if not measured.engine.has("tickets") or people.empty:
        return None
    since = _day(f"{group.since}-01") if group.since else _day(measured.months["starts_on"].iloc[-MONTHS])
    tickets = measured.engine.run(
        FOLDER / "goods_tickets.sql", first=since - pd.Timedelta(days=90), last=measured.baseline
    )
    known = tickets.merge(people[["customer_id", "goods"]], on="customer_id")
    counts = known.pivot_table(index="reason", columns="goods", values="tickets", aggfunc="sum", fill_value=0)
    if not {0, 1} <= {*counts.columns} or counts.sum().min() < measured.smallest_base:
        return None
    mine, rest = counts[1].to_numpy(float), counts[0].to_numpy(float)
    n, m = np.full(len(counts), mine.sum()), np.full(len(counts), rest.sum())
    _, above = beyond_rest(mine, n, n > 0, (rest, m))
    if not above.any():
        return None
    gap = np.where(above, mine / n - rest / m, -1.0)
    at = int(gap.argmax())
    return msg(
        "diagnosis.goods.reported",
        reason=literal(str(counts.index[at])),
        share=rate(mine[at], n[at], "goods_fall.reason.1"),
        rest=rate(rest[at], m[at], "goods_fall.reason.0"),
    )
