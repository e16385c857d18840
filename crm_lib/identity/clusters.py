"""From joins to customers: in the order of the days on which records became known, so that what is joined stays joined.

A join of a month sees only the records known by the end of that month. Later records can therefore join customers,
never part them, and the first record of a customer, which gives it its number, stays the first.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from crm_lib.identity.births import agree, sure

Fits = Callable[[Any, Any], bool]


class Join(NamedTuple):
    """Why two nodes are one customer's."""

    rule: str
    probability: float
    left: int
    right: int
    decided: bool = False  # whatever the names


@dataclass
class Forest:
    """Union-find over nodes 0..n-1 in the order of their days; the root of a group is its first node.

    `names` are read names (None where there is none); `fits` says whether two can be one customer's; `births` are days
    of birth as text; `lists` the numbering that numbers the node; `link` of each node but the roots is the join that
    brought it in. `sizes` counts tokens, `apart` the nodes that a person parted. A contact joins two numbers of one
    numbering with probability `doubt` unless their days of birth are one: who numbers people seldom numbers one twice.
    """

    names: Sequence[Any]
    births: Sequence[str | None]
    lists: Sequence[str | None]
    sizes: list[int]
    fits: Fits
    whole: Callable[[Any], bool]
    doubt: float = 1.0
    apart: dict[int, set[int]] = field(default_factory=dict)
    link: dict[int, Join] = field(default_factory=dict)
    refused: list[Join] = field(default_factory=list)
    mixed: set[int] = field(default_factory=set)  # roots of groups that a decided join gave two names

    def __post_init__(self) -> None:
        self.parent = list(range(len(self.names)))
        self._known: dict[int, set[Any]] = {}
        self._born: dict[int, set[str]] = {}
        self._listed: dict[int, set[str]] = {}

    def root(self, i: int) -> int:
        parent = self.parent
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    def roots(self) -> NDArray[np.int64]:
        """Root of every node."""
        found = np.asarray(self.parent, dtype="int64")
        while not np.array_equal(found, found[found]):
            found = found[found]
        return found

    def known(self, root: int) -> set[Any]:
        """Names of a group."""
        return _of(self._known, self.names, root)

    def born(self, root: int) -> set[str]:
        """Days of birth of a group."""
        return _of(self._born, self.births, root)

    def listed(self, root: int) -> set[str]:
        """Numberings of a group."""
        return _of(self._listed, self.lists, root)

    def parted(self, one: int, other: int) -> bool:
        """Whether a person said that two groups are different customers."""
        return any(self.root(node) == other for node in self.apart.get(one, ()))

    def unite(self, one: int, other: int, join: Join) -> None:
        first, second = min(one, other), max(one, other)
        self.parent[second] = first
        self.link[second] = join
        self.sizes[first] += self.sizes[second]
        for of in (self.known, self.born, self.listed):
            of(first).update(of(second))
        if second in self.apart:
            self.apart.setdefault(first, set()).update(self.apart[second])

    def tie(self, rule: str, nodes: Sequence[int]) -> None:
        """Join all of a block whatever their names, unless a person parted them."""
        starts: list[int] = []
        for node in nodes:
            for start in starts:
                a, b = self.root(start), self.root(node)
                if a == b or not self.parted(a, b):
                    if a != b:
                        self.unite(a, b, Join(rule, 1.0, start, node))
                    break
            else:
                starts.append(node)

    def gather(self, rule: str, nodes: Sequence[int]) -> None:
        """Join those of a block who can be one customer."""
        member: dict[int, int] = {}
        for node in nodes:
            member.setdefault(self.root(node), node)
        roots = sorted(member)
        if len(roots) == 2:
            a, b = roots
            if _all_fit(self.known(a), self.known(b), self.fits) and _all_fit(self.born(a), self.born(b), agree):
                self._join_if_free(rule, a, b, member)
        elif len(roots) > 2:
            for first, *others in self._one_customer(roots):
                for other in others:
                    self._join_if_free(rule, first, other, member)

    def _join_if_free(self, rule: str, one: int, other: int, member: dict[int, int]) -> None:
        a, b = self.root(one), self.root(other)
        if a != b and not self.parted(a, b):
            twice = self.listed(a) & self.listed(b) and not sure(self.born(a), self.born(b))
            self.unite(a, b, Join(rule, self.doubt if twice else 1.0, member[one], member[other]))

    def _one_customer(self, roots: list[int]) -> list[list[int]]:
        """Groups of roots whose names and days of birth can all be one customer's.

        Whole names make the groups, those with a day of birth first. A root with less (a name alone, a vague name such
        as 张女士, no name) joins the only group that it fits; where several would do it stays by itself.
        """
        groups: list[_Group] = []
        for i, tier in enumerate(self._tiers(roots)):
            before = groups if i == 0 else list(groups)
            new = groups if i == 0 else []
            for root in tier:
                self._place(root, before, new)
            if i:
                groups += new
        return [sorted(group.members) for group in groups]

    def _tiers(self, roots: list[int]) -> list[list[int]]:
        """Roots by how much they say: whole name and birth, whole name, vague name, no name; the most names first."""
        tiers: list[list[int]] = [[], [], [], []]
        for root in roots:
            names = self.known(root)
            whole = any(self.whole(name) for name in names)
            tiers[(0 if self.born(root) else 1) if whole else 2 if names else 3].append(root)
        for tier in tiers[:2]:
            tier.sort(key=lambda root: (-len(self.known(root)), root))
        return tiers

    def _place(self, root: int, groups: list[_Group], new: list[_Group]) -> None:
        """Put a root into the group that it fits; into one of `new` where none of `groups` fits."""
        own = _Group([root], set(self.known(root)), set(self.born(root)))
        fitting = [group for group in groups if group.takes(own, self.fits)]
        if not fitting and groups is not new:
            fitting = [group for group in new if group.takes(own, self.fits)][:1]
        if len(fitting) == 1 or (fitting and groups is new):
            fitting[0].add(own)
        else:
            new.append(own)

    def join_probable(self, join: Join, largest: int, alike: Fits) -> None:
        """Join two nodes' groups unless the group grew too large or a name or birth in one contradicts one in the other."""
        a, b = self.root(join.left), self.root(join.right)
        if a == b:
            return
        own = {self.names[join.left], self.names[join.right]}
        one, other = self.known(a), self.known(b)
        free = join.decided or a in self.mixed or b in self.mixed
        fit = free or (all(alike(x, y) for x in one for y in other if not {x, y} <= own) and self._coeval(a, b, join))
        if not fit or self.parted(a, b) or self.sizes[a] + self.sizes[b] > largest:
            self.refused.append(join)
        else:
            self.unite(a, b, join)
            if free:
                self.mixed.add(min(a, b))

    def _coeval(self, one: int, other: int, join: Join) -> bool:
        """Whether the days of birth of two groups agree, but for the two that the model has judged."""
        own = {self.births[join.left], self.births[join.right]}
        return all(agree(x, y) for x in self.born(one) for y in self.born(other) if not {x, y} <= own)


@dataclass
class _Group:
    members: list[int]
    names: set[Any]
    births: set[str]

    def takes(self, other: _Group, fits: Fits) -> bool:
        return _all_fit(other.names, self.names, fits) and _all_fit(other.births, self.births, agree)

    def add(self, other: _Group) -> None:
        self.members += other.members
        self.names |= other.names
        self.births |= other.births


def _of(cache: dict[int, set[Any]], values: Sequence[Any], root: int) -> set[Any]:
    found = cache.get(root)
    if found is None:
        value = values[root]
        found = cache[root] = {value} if value is not None else set()
    return found


def _all_fit(names: Iterable[Any], known: Iterable[Any], fits: Fits) -> bool:
    return all(fits(one, other) for one in names for other in known)


class Block(NamedTuple):
    """Nodes of one value, in order; `place` orders the blocks of one month."""

    stage: int
    place: int
    nodes: list[int]


def by_month(blocks: Iterable[Block], months: Sequence[int]) -> dict[int, list[Block]]:
    """Month -> the blocks that get a node in it, each with its nodes known by the end of the month."""
    found: dict[int, list[Block]] = defaultdict(list)
    for block in blocks:
        nodes = block.nodes
        last = months[nodes[-1]]
        if months[nodes[0]] == last:
            found[last].append(block)
            continue
        for i in range(1, len(nodes)):
            if i + 1 == len(nodes) or months[nodes[i]] != months[nodes[i + 1]]:
                found[months[nodes[i]]].append(block._replace(nodes=nodes[: i + 1]))
    return found
