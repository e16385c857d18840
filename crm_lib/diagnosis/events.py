"""Pain points that say the same event: in the summary they are one finding."""

from __future__ import annotations

from dataclasses import replace

from crm_lib.diagnosis.checks import PainPoint
from crm_lib.diagnosis.words import sentences
from crm_lib.language import Finding, Value, msg

LEAST_OVERLAP = 0.5  # of the parts that either names
LEAST_MONEY = 0.5  # of a fall of revenue that fallen parts have to make up


def grouped(points: list[PainPoint]) -> list[Finding]:
    """A finding for each event, in the order of its first pain point; the others of it stand in its evidence."""
    left, found = list(points), []
    while left:
        first, *left = left
        same = [other for other in left if same_event(first, other)]
        left = [other for other in left if other not in same]
        found.append(_finding(first, same))
    return found


def same_event(first: PainPoint, other: PainPoint) -> bool:
    """Whether both name the same parts of one dimension, or a fall of all revenue is for the most part that of `first`."""
    if first.rule == "part_falls" and other.rule == "revenue_fall":
        return (first.revenue or 0.0) >= LEAST_MONEY * (other.revenue or 0.0)
    (dimension, parts), (theirs, named) = first.event, other.event
    if _inside(first, other) or _inside(other, first):
        return True
    if not dimension or dimension != theirs:
        return False
    return len({*parts} & {*named}) >= LEAST_OVERLAP * len({*parts} | {*named})


def _inside(outer: PainPoint, inner: PainPoint) -> bool:
    """Whether all parts that `inner` names lie in those of `outer`: advisers who work in one store."""
    dimension, parts = inner.event
    return bool(parts) and {*parts} <= {*dict(outer.within).get(dimension, ())}


def _finding(first: PainPoint, same: list[PainPoint]) -> Finding:
    if not same:
        return first.finding
    wider = next((point for point in same if _inside(point, first)), None)
    if wider is not None:  # a store is named before one of its people
        same = [first, *(point for point in same if point is not wider)]
        first = replace(wider, severity=first.severity)
    shown = msg("event.shows", n=len(same), findings=Value("list", [point.headline for point in same]))
    return replace(first.finding, evidence=sentences(first.evidence, shown, *(point.cause for point in same)))
