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

    `names` are read names (None where there is none); `fits` says whether two can be one customer's; `link` of each
    node but the roots is the join that brought it in. `sizes` counts tokens, `apart` the nodes that a person parted.
    """

    names: Sequence[Any]
    sizes: list[int]
    fits: Fits
    whole: Callable[[Any], bool]
    apart: dict[int, set[int]] = field(default_factory=dict)
    link: dict[int, Join] = field(default_factory=dict)
    refused: list[Join] = field(default_factory=list)
    mixed: set[int] = field(default_factory=set)  # roots of groups that a decided join gave two names

    def __post_init__(self) -> None:
        self.parent = list(range(len(self.names)))
        self._known: dict[int, set[Any]] = {}

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
        found = self._known.get(root)
        if found is None:
            name = self.names[root]
            found = self._known[root] = {name} if name is not None else set()
        return found

    def parted(self, one: int, other: int) -> bool:
        """Whether a person said that two groups are different customers."""
        return any(self.root(node) == other for node in self.apart.get(one, ()))

    def unite(self, one: int, other: int, join: Join) -> None:
        first, second = min(one, other), max(one, other)
        self.parent[second] = first
        self.link[second] = join
        self.sizes[first] += self.sizes[second]
        self.known(first).update(self.known(second))
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
            if _all_fit(self.known(a), self.known(b), self.fits) and not self.parted(a, b):
                self.unite(a, b, Join(rule, 1.0, member[a], member[b]))
        elif len(roots) > 2:
            for first, *others in self._one_customer(roots):
                for other in others:
                    self._join_if_free(rule, first, other, member)

    def _join_if_free(self, rule: str, one: int, other: int, member: dict[int, int]) -> None:
        a, b = self.root(one), self.root(other)
        if a != b and not self.parted(a, b):
            self.unite(a, b, Join(rule, 1.0, member[one], member[other]))

    def _one_customer(self, roots: list[int]) -> list[list[int]]:
        """Groups of roots whose names can all be one customer's.

        Whole names make the groups. A root with a vague name (张女士) joins the only group that it fits, then one with
        no name does; where several would do it stays by itself.
        """
        names = {root: self.known(root) for root in roots}
        full = [root for root in roots if any(self.whole(name) for name in names[root])]
        vague = [root for root in roots if names[root] and root not in set(full)]
        nameless = [root for root in roots if not names[root]]
        groups: list[tuple[list[int], set[Any]]] = []
        for root in sorted(full, key=lambda root: (-len(names[root]), root)):
            self._place(root, groups, groups)
        for tier in (vague, nameless):
            before, new = list(groups), groups[:0]
            for root in tier:
                self._place(root, before, new)
            groups += new
        return [sorted(members) for members, _ in groups]

    def _place(
        self, root: int, groups: list[tuple[list[int], set[Any]]], new: list[tuple[list[int], set[Any]]]
    ) -> None:
        """Put a root into the group that it fits; into one of `new` where none of `groups` fits."""
        names = self.known(root)
        fitting = [group for group in groups if _all_fit(names, group[1], self.fits)]
        if not fitting and groups is not new:
            fitting = [group for group in new if _all_fit(names, group[1], self.fits)][:1]
        if len(fitting) == 1 or (fitting and groups is new):
            fitting[0][0].append(root)
            fitting[0][1].update(names)
        else:
            new.append(([root], set(names)))

    def join_probable(self, join: Join, largest: int, alike: Fits) -> None:
        """Join two nodes' groups unless the group grew too large or a name in one contradicts one in the other."""
        a, b = self.root(join.left), self.root(join.right)
        if a == b:
            return
        own = {self.names[join.left], self.names[join.right]}
        one, other = self.known(a), self.known(b)
        free = join.decided or a in self.mixed or b in self.mixed
        fit = free or all(alike(x, y) for x in one for y in other if not {x, y} <= own)
        if not fit or self.parted(a, b) or self.sizes[a] + self.sizes[b] > largest:
            self.refused.append(join)
        else:
            self.unite(a, b, join)
            if free:
                self.mixed.add(min(a, b))


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
