"""Who has which tag on a day, and how large the tags are, how they overlap, how they moved since an earlier day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import product

import numpy as np
import pandas as pd

from crm_lib.engagement import Engagement
from crm_lib.engine import Engine
from crm_lib.language import Message
from crm_lib.layering.tags.needs import Held, held, lacking
from crm_lib.layering.tags.reach import asks_for_a_purchase, contradiction, days_reached, passes
from crm_lib.layering.tags.tree import Declared, declared
from crm_lib.layering.tags.words import never_words, rule_words
from crm_lib.metrics.cover import derive_cover, says_cover

MOST_IN_PICTURE = 8
NEARLY = 0.95  # of the days that a rule looks back, in the data of the earlier day: fewer, and the tag moves by itself
_BOUGHT = """
SELECT orders.customer_id AS customer_id FROM orders
WHERE orders.kind = 'sale' AND orders.amount > 0 AND NOT orders.customer_id IS NULL AND orders.ordered_on <= $as_of
GROUP BY orders.customer_id
"""


@dataclass(frozen=True)
class Tags:
    """`members`: customer_id and a bool column a tag that could be computed, every customer known, by customer_id;
    `before` the same on the earlier day, of the tags that can be compared with it. `bought`: whether each of `members`
    had bought, `bought_before` of `before`. `absent` are tags that were not computed, and why."""

    declared: tuple[Declared, ...]
    members: pd.DataFrame
    before: pd.DataFrame
    bought: pd.Series
    bought_before: pd.Series
    absent: dict[str, list[Message]]
    as_of: date
    before_on: date
    smallest_base: int

    @cached_property
    def sized(self) -> pd.DataFrame:
        return _sizes(self)

    @property
    def passing(self) -> list[Declared]:
        """Tags that nobody can have on both days, so that who came and who left tells nothing."""
        return [tag for tag in self.computed if passes(tag, (self.as_of - self.before_on).days)]

    @property
    def computed(self) -> list[Declared]:
        return [tag for tag in self.declared if tag.id not in self.absent]


def tags(engine: Engine, engagement: Engagement, as_of: date, before_on: date) -> Tags:
    """The engagement's tags, and the chosen ones of the library, at the end of both days by the same rules.

    The earlier day is computed anew: no file of an earlier run is read. Customers' own data (birthday, city) are
    those of today on both days, since exports keep no history of them.
    """
    layering, definitions = engagement.layering, engagement.definitions
    wanted = declared(engagement.tagging.library, engagement.tags, layering, definitions, says_cover(engine))
    members, absent, _ = _on(engine, wanted, as_of)
    before, _, then = _on(engine, wanted, before_on)
    before = before.drop(columns=[tag.id for tag in wanted if tag.id in before and not _comparable(tag, then)])
    bought, bought_before = (_bought(engine, *one) for one in ((members, as_of), (before, before_on)))
    least = definitions.smallest_base
    return Tags(tuple(wanted), members, before, bought, bought_before, absent, as_of, before_on, least)


def _comparable(tag: Declared, data: Held) -> bool:
    """Whether the data of the earlier day reach as far back as the rule looks."""
    return all(days * NEARLY <= data.days(table) for table, days in days_reached(tag).items())


def _bought(engine: Engine, people: pd.DataFrame, as_of: date) -> pd.Series:
    if not engine.has("orders"):
        return pd.Series(False, people.index)
    return people["customer_id"].isin(engine.sql(_BOUGHT, as_of=as_of)["customer_id"])


def _on(engine: Engine, wanted: Sequence[Declared], as_of: date) -> tuple[pd.DataFrame, dict[str, list[Message]], Held]:
    from crm_lib.layering.tags.compile import PREFIX, select

    data = held(engine, wanted, as_of)
    absent = {tag.id: found for tag in wanted if (found := lacking(tag, data))}
    absent |= {tag.id: [never_words(*never)] for tag in wanted if (never := contradiction(tag))}
    derive_cover(engine, as_of)
    query = select([tag for tag in wanted if tag.id not in absent], as_of)
    frame = engine.sql(query.sql("duckdb"))
    flags = {name: frame[name].astype(bool) for name in frame.columns if name != "customer_id"}
    frame = frame[["customer_id"]].assign(**flags)
    return frame.rename(columns=lambda name: str(name).removeprefix(PREFIX) if name in flags else name), absent, data


def sizes(found: Tags) -> pd.DataFrame:
    """One row a tag that could be computed, the largest first: tag, label, rule (Messages), customers, share (of all
    known customers), then, share_then (NaN where the earlier day does not compare), drift (difference of shares), joined
    and left (customers known on both days; NaN where the rule itself lets nobody have it on both)."""
    table = found.sized.copy()
    table.loc[table["tag"].isin([tag.id for tag in found.passing]), ["joined", "left"]] = np.nan
    return table


def _sizes(found: Tags) -> pd.DataFrame:
    base, base_then = max(len(found.members), 1), max(len(found.before), 1)
    both = found.members.merge(found.before, on="customer_id", suffixes=("", " then"))
    rows = []
    for tag in found.computed:
        count, known = int(found.members[tag.id].sum()), tag.id in found.before
        row = {
            "tag": tag.id,
            "label": tag.label,
            "rule": rule_words(tag.tree),
            "customers": count,
            "share": count / base,
        }
        if known:
            then, now, past = int(found.before[tag.id].sum()), both[tag.id], both[f"{tag.id} then"]
            row |= {"then": then, "share_then": then / base_then, "drift": count / base - then / base_then}
            row |= {"joined": int((now & ~past).sum()), "left": int((past & ~now).sum())}
        rows.append(row)
    columns = ["tag", "label", "rule", "customers", "share", "then", "share_then", "drift", "joined", "left"]
    table = pd.DataFrame(rows, columns=columns)
    for name in ("then", "share_then", "drift", "joined", "left"):
        table[name] = table[name].astype("float64")
    return table.sort_values(["customers", "tag"], ascending=[False, True], ignore_index=True)


def missing(found: Tags) -> pd.DataFrame:
    """One row a tag that was not computed: tag, label, rule, lacking (list of Messages)."""
    rows = [
        (tag.id, tag.label, rule_words(tag.tree), found.absent[tag.id])
        for tag in found.declared
        if tag.id in found.absent
    ]
    return pd.DataFrame(rows, columns=["tag", "label", "rule", "lacking"])


def overlap(found: Tags) -> pd.DataFrame:
    """One row an ordered pair of tags with customers, the larger tags first: one, two (ids), tag, other (labels),
    customers (with both), share (of those of `one`), jaccard (both / either), lift (share against the share of `other`
    among `could`: those who can have both, which is who has bought where both ask for a purchase), size and
    other_size (customers with each). Of a tag with itself share, jaccard and lift are NaN."""
    buyers, buying = int(found.bought.sum()), {tag.id for tag in found.computed if asks_for_a_purchase(tag)}
    held_by = {id: found.members[id].to_numpy() for id in found.sized.loc[found.sized["customers"] > 0, "tag"]}
    labels = {tag.id: tag.label for tag in found.computed}
    rows = []
    for a, b in product(held_by, repeat=2):
        both, size, other = (int(part.sum()) for part in (held_by[a] & held_by[b], held_by[a], held_by[b]))
        share, jaccard = both / size, both / (size + other - both)
        could = buyers if {a, b} <= buying else len(found.members)
        told = (share, jaccard, share / (other / could)) if a != b else (np.nan,) * 3
        rows.append((a, b, labels[a], labels[b], both, *told, size, other, could))
    columns = ["one", "two", "tag", "other", "customers", "share", "jaccard", "lift", "size", "other_size", "could"]
    return pd.DataFrame(rows, columns=columns)


def largest(overlaps: pd.DataFrame) -> pd.DataFrame:
    """The overlaps of the largest tags, as many as a picture can show with its numbers."""
    kept = list(dict.fromkeys(overlaps["one"]))[:MOST_IN_PICTURE]
    return overlaps[overlaps["one"].isin(kept) & overlaps["two"].isin(kept)].reset_index(drop=True)


def pairs(overlaps: pd.DataFrame) -> pd.DataFrame:
    """Each pair once: those that have more in common than chance gives (lift above 1) first, then the largest Jaccard
    index."""
    once = overlaps[overlaps["one"] < overlaps["two"]]
    once = once.assign(above=once["lift"] > 1)
    once = once.sort_values(["above", "jaccard", "one", "two"], ascending=[False, False, True, True], ignore_index=True)
    return once.drop(columns="above")


def artifact(found: Tags) -> pd.DataFrame:
    """The handoff `tags`: customer_id, tag; by customer, then by tag."""
    names = [tag.id for tag in found.computed]
    where, which = np.nonzero(found.members[sorted(names)].to_numpy(dtype=bool)) if names else (np.array([], int),) * 2
    ids = found.members["customer_id"].to_numpy(dtype=object)[where]
    return pd.DataFrame({"customer_id": ids, "tag": np.array(sorted(names), dtype=object)[which]}, dtype=object)
