"""What goes with tickets closed late: complaints, and where they are handled. All kinds of tickets are asked, since most
complaints are late ones."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import numpy as np
import pandas as pd

from crm_lib import metrics
from crm_lib.diagnosis.measured import FOLDER, Measured
from crm_lib.diagnosis.shares import rate
from crm_lib.diagnosis.words import part_label, ticket_label
from crm_lib.language import Message, Value, msg
from crm_lib.metrics.association import ACCEPTED, beyond_rest, two_shares
from crm_lib.metrics.not_stated import named_parts

DAYS = 365
DIMENSIONS = ("store", "channel", "team", "owner")


def late_tickets(measured: Measured) -> list[Message]:
    """That late tickets are complaints more often, and the place that closes late most often, where either is proven."""
    if metrics.whole_days(measured.engine, "closed_at"):
        return []
    cells = measured.engine.run(
        FOLDER / "slow_tickets.sql",
        first=measured.baseline - timedelta(days=DAYS - 1),
        last=measured.baseline,
        closing_seconds=measured.definitions.complaint_close_hours * 3600,
    )
    if cells.empty or cells["complaints"].sum() >= cells["due"].sum():
        return []
    return [one for one in (_complaints(measured, cells), _place(measured, cells)) if one is not None]


def _complaints(measured: Measured, cells: pd.DataFrame) -> Message | None:
    due, late, all_, both = (float(cells[name].sum()) for name in ("due", "late", "complaints", "late_complaints"))
    in_time = due - late
    if min(late, in_time) < measured.smallest_base:
        return None
    _, _, p = two_shares(both, late, all_ - both, in_time)
    if both / late <= (all_ - both) / in_time or float(p) >= ACCEPTED:
        return None
    return msg(
        "diagnosis.why.late_complaints",
        promised=Value("hours", measured.definitions.complaint_close_hours),
        own=rate(both, all_, "tickets.complaints.late"),
        rest=rate(late - both, due - all_, "tickets.others.late"),
    )


def most_late(
    cells: pd.DataFrame, dimensions: Sequence[str], smallest: int
) -> tuple[tuple[float, str, str, float, float] | None, int]:
    """(share late, dimension, part, late, all) of the part with the largest share of `late` in `all`, above the others
    together by more than the chance of picking among so many; None where none is. And how many could be compared."""
    found = []
    for dimension in dimensions:
        sums = cells[cells[dimension].ne("")].groupby(dimension)[["late", "all"]].sum()
        sums = sums[sums["all"] >= smallest] if len(sums) > 1 else sums.iloc[:0]
        found += [(late / n, dimension, str(part), float(late), float(n)) for part, late, n in sums.itertuples()]
    late, n = (np.array([one[place] for one in found], dtype=float) for place in (3, 4))
    _, above = beyond_rest(late, n, n > 0, (cells["late"].sum() - late, cells["all"].sum() - n))
    proven = [one for one, is_above in zip(found, above, strict=True) if is_above]
    return max(proven, default=None), len(found)


def _place(measured: Measured, cells: pd.DataFrame) -> Message | None:
    named = cells.assign(**{name: named_parts(cells[name]) for name in DIMENSIONS}, all=cells["due"])
    top, _ = most_late(named, DIMENSIONS, measured.smallest_base)
    if top is None:
        return None
    _, dimension, part, late_there, all_there = top
    overall = Value("percent", float(cells["late"].sum() / cells["due"].sum()))
    return msg(
        "diagnosis.why.late_place",
        dimension=ticket_label(dimension),
        part=part_label(measured.engagement, dimension, part),
        value=rate(late_there, all_there, f"tickets.late.{dimension}"),
        overall=overall,
    )
