"""What goes with tickets closed late: complaints, and where they are handled. All kinds of tickets are asked, since most
complaints are late ones."""

from __future__ import annotations

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
DIMENSIONS = ("store", "channel", "owner")


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
        n=int(due),
        promised=Value("hours", measured.definitions.complaint_close_hours),
        late=rate(both, late, "tickets.late.complaints"),
        in_time=rate(all_ - both, in_time, "tickets.in_time.complaints"),
    )


def _place(measured: Measured, cells: pd.DataFrame) -> Message | None:
    found = []
    for dimension in DIMENSIONS:
        parts = named_parts(cells[dimension])
        sums = cells[parts.ne("")].groupby(parts)[["late", "due"]].sum()
        sums = sums[sums["due"] >= measured.smallest_base] if len(sums) > 1 else sums.iloc[:0]
        found += [(late / n, dimension, str(part), late, n) for part, late, n in sums.itertuples()]
    late, n = (np.array([one[place] for one in found], dtype=float) for place in (3, 4))
    _, above = beyond_rest(late, n, n > 0, (cells["late"].sum() - late, cells["due"].sum() - n))
    proven = [one for one, is_above in zip(found, above, strict=True) if is_above]
    if not proven:
        return None
    _, dimension, part, late_there, all_there = max(proven)
    overall = Value("percent", float(cells["late"].sum() / cells["due"].sum()))
    return msg(
        "diagnosis.why.late_place",
        dimension=ticket_label(dimension),
        part=part_label(measured.engagement, dimension, part),
        value=rate(late_there, all_there, f"tickets.late.{dimension}"),
        overall=overall,
    )
