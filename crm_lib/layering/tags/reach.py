"""What the bounds of a rule imply: what cannot hold together, who cannot have the tag, how far back it looks."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from crm_lib.engagement_tags import FIRST_SALES_UNSEEN_DAYS
from crm_lib.layering.tags.tree import (
    Compared,
    Comparison,
    Declared,
    Either,
    Every,
    Node,
    Not,
    Quantity,
    Tagged,
    derived,
    quantities,
)

_OPPOSITE: dict[Comparison, Comparison] = {
    "at_least": "below",
    "above": "at_most",
    "at_most": "above",
    "below": "at_least",
}
_OF_PURCHASES = ("orders", "order_lines")
_ZERO_WITHOUT_ROWS = ("count", "count_distinct", "sum")


@dataclass(frozen=True)
class Limits:
    """The bounds that a rule sets to one quantity. `known`: one of them holds only where the quantity is known."""

    lower: tuple[Comparison, float] | None = None
    upper: tuple[Comparison, float] | None = None
    known: bool = False

    @property
    def contradict(self) -> bool:
        if not (self.known and self.lower and self.upper):
            return False
        (low_how, low), (high_how, high) = self.lower, self.upper
        return low > high or (low == high and not (low_how == "at_least" and high_how == "at_most"))


def limits(tree: Node) -> dict[Quantity, Limits]:
    """Of each quantity that is compared with numbers, what has to hold whichever of its alternatives does."""
    found: dict[Quantity, Limits] = {}
    for node, negated in _demanded(tree, False):
        if node.other or (negated and (len(node.bounds) > 1 or node.bounds[0][0] == "equals")):
            continue
        for how, value in node.bounds:
            found[node.quantity] = _narrowed(found.get(node.quantity, Limits()), how, value, negated)
    return found


def contradiction(tag: Declared) -> tuple[Quantity, Limits] | None:
    """The first quantity whose bounds nobody can meet."""
    return next(((one, set_to) for one, set_to in limits(tag.tree).items() if set_to.contradict), None)


def asks_for_a_purchase(tag: Declared) -> bool:
    """Whether nobody without a purchase can have the tag."""
    for node, negated in _demanded(tag.tree, False):
        if negated or node.quantity.table not in _OF_PURCHASES:
            continue
        low = max((value for how, value in node.bounds if how in ("at_least", "above", "equals")), default=-math.inf)
        strict = any(how == "above" for how, _ in node.bounds)
        if node.other or node.quantity.aggregate not in _ZERO_WITHOUT_ROWS or low > 0 or (strict and low == 0):
            return True
    return False


def passes(tag: Declared, days: int) -> bool:
    """Whether nobody can have the tag on both of two days so far apart: it asks for a silence of at least `days` that
    has ended or outlasted its upper bound by then."""
    for one, set_to in limits(tag.tree).items():
        if one.aggregate == "days_since_last" and one.window_days is None and set_to.lower and set_to.upper:
            (_, low), (how, high) = set_to.lower, set_to.upper
            if low >= days and (low + days > high or (low + days == high and how == "below")):
                return True
    return False


def days_reached(tag: Declared) -> dict[str, float]:
    """Days of each table's history on which the tag rests; infinite where it counts from the beginning, so that the
    share who have it grows or shrinks with the history itself."""
    found: dict[str, float] = {}
    implied = limits(tag.tree)
    for one in quantities(tag.tree):
        if one.window_days is not None:
            days: float = one.offset_days + one.window_days + (FIRST_SALES_UNSEEN_DAYS if derived(one) else 0)
        else:
            upper = implied[one].upper if one in implied and one.aggregate == "days_since_last" else None
            days = upper[1] if upper else math.inf
        found[one.table] = max(found.get(one.table, 0), days)
    return found


def _demanded(node: Node, negated: bool) -> Iterator[tuple[Compared, bool]]:
    """Comparisons that have to hold, or (negated) must not, for the tree to hold."""
    if isinstance(node, Compared):
        yield node, negated
    elif isinstance(node, Not):
        yield from _demanded(node.part, not negated)
    elif isinstance(node, Tagged):
        yield from _demanded(node.part, negated)
    elif isinstance(node, Every | Either) and (len(node.parts) == 1 or isinstance(node, Either) == negated):
        for part in node.parts:
            yield from _demanded(part, negated)


def _narrowed(had: Limits, how: Comparison, value: float, negated: bool) -> Limits:
    lower, upper = had.lower, had.upper
    hows: tuple[Comparison, ...] = ("at_least", "at_most") if how == "equals" else (how,)
    for one in (_OPPOSITE[how] if negated else how for how in hows):
        if one in ("at_least", "above"):
            lower = max(lower or (one, value), (one, value), key=lambda two: (two[1], two[0] == "above"))
        else:
            upper = min(upper or (one, value), (one, value), key=lambda two: (two[1], two[0] == "at_most"))
    return Limits(lower, upper, had.known or not negated)
