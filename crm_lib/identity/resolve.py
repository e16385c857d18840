"""Many records -> one customer, by exact keys: the source's own key, then phone, then e-mail.

A key joins whatever it names. A phone or an e-mail joins only records whose names can be one person's: families
share phones. Which class a record without a name belongs to must be beyond doubt, and a phone that too many share
(a shop's own) joins nobody. The outcome depends on what the records say, never on their order.
"""

from __future__ import annotations

import base64
import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import pandas as pd

from crm_lib.identity.names import Name, compatible, read_name

# How a record came to its customer: 'first' is the one it starts from, 'none' names nobody.
RULES = ("first", "key", "phone", "email", "none")
COLUMNS = ("record_id", "key_space", "customer_key", "phone", "email", "name")
LARGEST = 20  # entities that a phone or an e-mail may join; more is a shared contact


@dataclass
class _Entity:
    """Records that are one beyond doubt: one key, or no key and the same contacts and name."""

    token: str  # sorts keys before contacts
    records: list[str] = field(default_factory=list)
    names: set[Name] = field(default_factory=set)
    phones: set[str] = field(default_factory=set)
    emails: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Resolution:
    """`records`: record_id, customer_id, rule. `shared`: rule, entities of each contact that too many share."""

    records: pd.DataFrame
    shared: pd.DataFrame


def resolve(records: pd.DataFrame) -> Resolution:
    """records: record_id, key_space, customer_key, phone, email, name (normalised, None where missing)."""
    entities = _entities(records)
    groups = _Groups(entities)
    shared = [("phone", size) for size in groups.join("phone", _blocks(entities, "phones"))]
    shared += [("email", size) for size in groups.join("email", _blocks(entities, "emails"))]
    found = sorted(_assigned(entities, groups))
    known = {record for record, _, _ in found}
    nobody = [(record, None, "none") for record in sorted(set(records["record_id"]) - known)]
    return Resolution(
        pd.DataFrame(sorted([*found, *nobody]), columns=["record_id", "customer_id", "rule"], dtype=object),
        pd.DataFrame(shared, columns=["rule", "entities"]),
    )


def _entities(records: pd.DataFrame) -> list[_Entity]:
    """Entities in the order of their tokens."""
    found: dict[str, _Entity] = {}
    for id, space, key, phone, email, name in zip(*(_texts(records[column]) for column in COLUMNS), strict=True):
        if key:
            token = f"k\x1f{space}\x1f{key}"
        elif phone or email:
            token = f"p\x1f{phone}\x1f{email}\x1f{read_name(name).form}"
        else:
            continue
        entity = found.setdefault(token, _Entity(token))
        entity.records.append(id)
        entity.names |= {read_name(name)} if name else set()
        entity.phones |= {phone} if phone else set()
        entity.emails |= {email} if email else set()
    return [found[token] for token in sorted(found)]


def _texts(column: pd.Series) -> list[str]:
    """Cells as text, '' where missing."""
    return [cell if isinstance(cell, str) else "" for cell in column.tolist()]


def _blocks(entities: Sequence[_Entity], contact: str) -> list[list[int]]:
    """Entities that share a contact, in the order of contacts."""
    blocks: dict[str, list[int]] = defaultdict(list)
    for i, entity in enumerate(entities):
        for value in getattr(entity, contact):
            blocks[value].append(i)
    return [blocks[value] for value in sorted(blocks) if len(blocks[value]) > 1]


class _Groups:
    """Union-find; the root of a group is its first entity, `link` says by what each other root was joined."""

    def __init__(self, entities: Sequence[_Entity]) -> None:
        self.parent = list(range(len(entities)))
        self.names = [set(entity.names) for entity in entities]
        self.size = [1] * len(entities)
        self.link: dict[int, str] = {}

    def root(self, i: int) -> int:
        while self.parent[i] != i:
            self.parent[i] = self.parent[self.parent[i]]
            i = self.parent[i]
        return i

    def join(self, rule: str, blocks: Iterable[list[int]]) -> list[int]:
        """Join each block as far as names allow; return the sizes of blocks that were too large to join."""
        too_large = []
        for block in blocks:
            roots = sorted({self.root(i) for i in block})
            if sum(self.size[root] for root in roots) > LARGEST:
                too_large.append(len(block))
            else:
                for group in _one_person([(root, self.names[root]) for root in roots]):
                    self._unite(group, rule)
        return too_large

    def _unite(self, group: list[int], rule: str) -> None:
        first, *others = sorted(group)
        for other in others:
            self.parent[other] = first
            self.link[other] = rule
            self.names[first] |= self.names[other]
            self.size[first] += self.size[other]


def _one_person(members: list[tuple[int, set[Name]]]) -> list[list[int]]:
    """Groups of members whose names can all be one person's.

    Full names make the groups. A member with a vague name (张女士) joins the only group that it fits, then one with
    no name does; where several would do it stays by itself.
    """
    full = [member for member in members if any(name.full for name in member[1])]
    vague = [member for member in members if member[1] and not any(name.full for name in member[1])]
    nameless = [member for member in members if not member[1]]
    groups: list[tuple[list[int], set[Name]]] = []
    for member in sorted(full, key=lambda member: (-len(member[1]), member[0])):
        _place(member, groups, groups)
    for tier in (vague, nameless):
        before, new = list(groups), groups[:0]
        for member in tier:
            _place(member, before, new)
        groups += new
    return [ids for ids, _ in groups]


def _place(
    member: tuple[int, set[Name]],
    groups: list[tuple[list[int], set[Name]]],
    new: list[tuple[list[int], set[Name]]],
) -> None:
    """Put a member into the group that it fits; into one of `new` where none of `groups` fits."""
    i, names = member
    fitting = [group for group in groups if _fits(names, group[1])]
    if not fitting and groups is not new:
        fitting = [group for group in new if _fits(names, group[1])][:1]
    if len(fitting) == 1 or (fitting and groups is new):
        fitting[0][0].append(i)
        fitting[0][1].update(names)
    else:
        new.append(([i], set(names)))


def _fits(names: set[Name], known: set[Name]) -> bool:
    return all(compatible(one, other) for one in names for other in known)


def _assigned(entities: Sequence[_Entity], groups: _Groups) -> Iterable[tuple[str, str, str]]:
    for i, entity in enumerate(entities):
        root = groups.root(i)
        customer = customer_id(entities[root].token)
        again = "key" if entity.token.startswith("k") else "phone" if entity.phones else "email"
        first, *others = sorted(entity.records)
        yield first, customer, groups.link.get(i, "first")
        yield from ((record, customer, again) for record in others)


def customer_id(token: str) -> str:
    """'C' and 12 letters and digits (60 bits) of the smallest token's hash."""
    digest = hashlib.blake2b(token.encode(), digest_size=8).digest()
    return "C" + base64.b32encode(digest).decode()[:12]
