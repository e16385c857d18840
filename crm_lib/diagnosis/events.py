"""Pain points that say the same event: in the summary they are one finding."""

from __future__ import annotations

from dataclasses import replace

from crm_lib.diagnosis.checks import PainPoint
from crm_lib.diagnosis.measured import DIMENSIONS
from crm_lib.diagnosis.words import part_label, sentences
from crm_lib.engagement import Engagement
from crm_lib.language import Finding, Message, Value, msg

LEAST_OVERLAP = 0.5  # of the parts that either names
LEAST_MONEY = 0.5  # of a fall of revenue that fallen parts have to make up


def grouped(points: list[PainPoint], engagement: Engagement) -> list[Finding]:
    """A finding for each event, in the order of its first pain point; the others of it stand in its evidence."""
    return [_finding(first, same, engagement) for first, *same in _clusters(points)]


def _clusters(points: list[PainPoint]) -> list[list[PainPoint]]:
    """Points of one event, each linked with another of it by `same_event`; in the order of the first of each."""
    left, found = list(points), []
    while left:
        own = [left.pop(0)]
        for point in own:
            own += [other for other in left if same_event(point, other)]
            left = [other for other in left if other not in own]
        found.append(sorted(own, key=points.index))
    return found


def same_event(first: PainPoint, other: PainPoint) -> bool:
    """Whether both name the same parts of one dimension, or a fall of all revenue is for the most part that of `first`."""
    if first.rule == "part_falls" and other.rule == "revenue_fall":
        return (first.revenue or 0.0) >= LEAST_MONEY * (other.revenue or 0.0)
    if _inside(first, other) or _inside(other, first):
        return True
    mine, theirs = _named(first), _named(other)
    return any(
        len(mine[name] & theirs[name]) >= LEAST_OVERLAP * len(mine[name] | theirs[name])
        for name in mine.keys() & theirs.keys()
    )


def _named(point: PainPoint) -> dict[str, set[str]]:
    """Parts in which the point stands out, by dimension."""
    return {dimension: {*parts} for dimension, parts in (point.event, *point.named) if dimension}


def root_of(point: PainPoint, points: list[PainPoint]) -> Message | None:
    """What complaints of the same event centre on, where another of its points found it."""
    own = next(cluster for cluster in _clusters(points) if point in cluster)
    return next((other.root for other in own if other.root is not None and other is not point), None)


def _inside(outer: PainPoint, inner: PainPoint) -> bool:
    """Whether all parts that `inner` names lie in those of `outer`: advisers who work in one store."""
    dimension, parts = inner.event
    return bool(parts) and {*parts} <= {*dict(outer.within).get(dimension, ())}


def _finding(first: PainPoint, same: list[PainPoint], engagement: Engagement) -> Finding:
    if not same:
        return first.finding
    wider = next((point for point in same if _inside(point, first)), None)
    if wider is not None:  # a store is named before one of its people
        same = [first, *(point for point in same if point is not wider)]
        first = replace(wider, severity=first.severity)
    shown = _shown(first, same, engagement)
    return replace(first.finding, evidence=sentences(first.evidence, shown, *(point.cause for point in same)))


def _shown(first: PainPoint, same: list[PainPoint], engagement: Engagement) -> Message:
    """The headlines of the others, and in which part they are where that is not the first one's."""
    findings = Value("list", [point.headline for point in same])
    dimension, parts = same[0].event
    if not dimension or dimension == first.event[0]:
        return msg("event.shows", n=len(same), findings=findings)
    named = Value("list", [part_label(engagement, dimension, part) for part in parts])
    return msg("event.shows_in", dimension=_label(dimension), part=named, findings=findings)


def _label(dimension: str) -> Message:
    return msg(f"diagnosis.dimension.{dimension}" if dimension in DIMENSIONS else f"diagnosis.part.{dimension}")
