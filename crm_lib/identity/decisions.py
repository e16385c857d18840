"""What a person decided of two records: same or different. Kept apart from the data, by what the records say."""

from __future__ import annotations

import csv
import os
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from crm_lib.errors import Problem, UserError
from crm_lib.language import msg

FILE_NAME = "decisions.csv"
SAME, DIFFERENT = "same", "different"
_HEADER = ("left", "right", "decision", "said_in")


@dataclass(frozen=True)
class Decision:
    """left, right: references (resolution.reference); said_in: where it was said, for those who look it up."""

    left: str
    right: str
    decision: str
    said_in: str = ""

    @property
    def pair(self) -> tuple[str, str]:
        return min(self.left, self.right), max(self.left, self.right)


@dataclass(frozen=True)
class Decisions:
    given: tuple[Decision, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.given)

    def same(self, nodes: Mapping[str, list[int]]) -> list[tuple[int, int]]:
        """Pairs of nodes that are one customer's; of references that no record has any more, nothing."""
        return sorted(
            (min(nodes[d.left][0], nodes[d.right][0]), max(nodes[d.left][0], nodes[d.right][0]))
            for d in self.given
            if d.decision == SAME and d.left in nodes and d.right in nodes and nodes[d.left][0] != nodes[d.right][0]
        )

    def apart(self, nodes: Mapping[str, list[int]]) -> dict[int, set[int]]:
        """Node -> the nodes that are another customer's."""
        found: dict[int, set[int]] = {}
        for decision in self.given:
            if decision.decision == DIFFERENT:
                for one in nodes.get(decision.left, ()):
                    for other in nodes.get(decision.right, ()):
                        found.setdefault(one, set()).add(other)
                        found.setdefault(other, set()).add(one)
        return found

    def frame(self, records: pd.DataFrame) -> pd.DataFrame:
        """Frame 'decisions' of `ingest.account.FRAMES`; records: reference, detail."""
        known = {*records["reference"], *records["detail"]} if self.given else set()
        counted = Counter(d.decision for d in self.given)
        applied = Counter(d.decision for d in self.given if {d.left, d.right} <= known)
        rows = [(name, counted[name], applied[name]) for name in (SAME, DIFFERENT)]
        return pd.DataFrame(rows, columns=["decision", "pairs", "applied"])


def read_decisions(folder: Path) -> Decisions:
    """Of an engagement's folder. Raise UserError where they contradict each other or cannot be read."""
    path = folder / FILE_NAME
    if not path.exists():
        return Decisions()
    problems, given = [], []
    with path.open(encoding="utf-8-sig", newline="") as stream:
        for line, row in enumerate(csv.DictReader(stream), 2):
            cells = [(row.get(name) or "").strip() for name in _HEADER]
            if not any(cells):
                continue
            if not all(cells[:2]) or cells[2] not in (SAME, DIFFERENT) or cells[0] == cells[1]:
                problems.append(Problem(msg("identity.decision.unreadable", file=FILE_NAME), FILE_NAME, line))
            else:
                given.append(Decision(cells[0], cells[1], cells[2], cells[3] or f"{FILE_NAME}:{line}"))
    problems += contradictions(given)
    if problems:
        raise UserError(problems)
    return Decisions(tuple(given))


def contradictions(given: Iterable[Decision]) -> list[Problem]:
    """Different, though other decisions make them one (a = b, b = c, a <> c)."""
    decisions = list(given)
    parent: dict[str, str] = {}

    def root(name: str) -> str:
        while parent.setdefault(name, name) != name:
            name = parent[name]
        return name

    for decision in decisions:
        if decision.decision == SAME:
            one, other = sorted((root(decision.left), root(decision.right)))
            parent[other] = one
    found = []
    for decision in decisions:
        if decision.decision == DIFFERENT and root(decision.left) == root(decision.right):
            group = root(decision.left)
            others = [d.said_in for d in decisions if d.decision == SAME and root(d.left) == group]
            found.append(
                Problem(msg("identity.decision.contradicts", others=", ".join(sorted(set(others)))), decision.said_in)
            )
    return found


def with_more(known: Decisions, more: Iterable[Decision]) -> Decisions:
    """The same and more; what was said last of a pair counts."""
    latest = {decision.pair: decision for decision in (*known.given, *more)}
    return Decisions(tuple(latest[pair] for pair in sorted(latest)))


def write_decisions(folder: Path, decisions: Decisions) -> None:
    """Whole or not at all; only its owner may read it."""
    path, fresh = folder / FILE_NAME, folder / f".{FILE_NAME}.new"
    with os.fdopen(
        os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8", newline=""
    ) as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(_HEADER)
        writer.writerows([d.left, d.right, d.decision, d.said_in] for d in decisions.given)
    fresh.replace(path)
