"""Pain points that say the same event: in the summary they are one finding."""

from __future__ import annotations

from dataclasses import replace

from crm_lib.diagnosis.checks import LOCAL, PainPoint
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
    told = sentences(first.evidence, shown, *(point.cause for point in same), *_gone(first, same))
    others = [] if first.gone_action else [point.gone_action for point in same if point.gone_action]
    action = sentences(*others[:1], first.action) or first.action
    return replace(first.finding, evidence=told, action=action)


def _gone(first: PainPoint, same: list[PainPoint]) -> list[Message]:
    """What the others know of owners who have left, each said once."""
    told = [*first.gone]
    for point in same:
        told += [message for message in point.gone if message not in told]
    return told[len(first.gone) :]


def _shown(first: PainPoint, same: list[PainPoint], engagement: Engagement) -> Message | None:
    """The headlines of the others: of those that name the same parts as most do with these parts, then of the rest; what
    its cause is told of comes last."""
    named = [part for point in (first, *same) for part in (point.event, *point.named) if part[0]]
    shared = max(named, key=lambda part: sum(_shares(first, point, part) for point in same), default=("", ()))
    near = [point for point in same if not shared[0] or _shares(first, point, shared)]
    far = sorted((point for point in same if point not in near), key=lambda point: point.cause is not None)
    near.sort(key=lambda point: point.cause is not None)
    return sentences(
        _together(first, near, shared, engagement) if near else None,
        msg("event.shows_too", findings=_headlines(far)) if far else None,
    )


def _together(
    first: PainPoint, same: list[PainPoint], shared: tuple[str, tuple[str, ...]], engagement: Engagement
) -> Message:
    dimension, parts = shared
    if not dimension or (dimension == first.event[0] and first.rule in LOCAL):
        return msg("event.shows", n=len(same), findings=_headlines(same))
    listed = Value("list", [part_label(engagement, dimension, part) for part in parts])
    return msg("event.shows_in", dimension=_label(dimension), part=listed, findings=_headlines(same))


def _headlines(points: list[PainPoint]) -> Value:
    return Value("list", [point.headline for point in points])


def _shares(first: PainPoint, point: PainPoint, part: tuple[str, tuple[str, ...]]) -> bool:
    """Whether a point names these parts, or is the first one's in another way than by parts."""
    if not _named(point) or (part == first.event and (_inside(first, point) or _inside(point, first))):
        return True
    mine, theirs = {*part[1]}, _named(point).get(part[0], set())
    return len(mine & theirs) >= LEAST_OVERLAP * len(mine | theirs)


def _label(dimension: str) -> Message:
    return msg(f"diagnosis.dimension.{dimension}" if dimension in DIMENSIONS else f"diagnosis.part.{dimension}")
