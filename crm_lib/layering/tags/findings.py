"""What the tags say: the one that moved most, the largest, the closest pair, those that tell customers apart little."""

from __future__ import annotations

from datetime import date
from statistics import NormalDist

import numpy as np
import pandas as pd

from crm_lib.language import Finding, Message, Value, msg
from crm_lib.layering.tags.membership import Tags, overlap, pairs
from crm_lib.layering.tags.reach import asks_for_a_purchase
from crm_lib.layering.tags.tree import Asked, Declared, Tagged, nodes
from crm_lib.metrics.association import beyond_rest
from crm_lib.presets import library

SURE = 0.05  # chance of calling any tag moved where none is, over all tags (Bonferroni)
WIDE = 0.8  # a tag of so large a share tells customers apart little


def drift(found: Tags) -> Finding | None:
    """The tag whose customers changed most since the earlier day, beyond chance (McNemar's test on who came and went).

    Tags by anniversaries come and go with the calendar and are left out, as are those of nearly all customers.
    """
    known = _known_on_both(found)
    if known < found.smallest_base:
        return None
    table = found.sized
    table = table[table["joined"].notna() & ~table["tag"].isin([t.id for t in found.computed if _by_calendar(t)])]
    table = table[_moved(table) & (table["share"] < WIDE)]
    if table.empty:
        return None
    net = (table["joined"] - table["left"]).abs()
    row = table.assign(net=net).sort_values(["net", "tag"], ascending=[False, True]).iloc[0]
    tag = next(tag for tag in found.computed if tag.id == row["tag"])
    up = row["joined"] > row["left"]
    words: dict[str, Value | Message | date | int] = {
        "tag": tag.label,
        "since": found.before_on,
        "then": Value("percent", row["share_then"], base=len(found.before), name="tag.share_then"),
        "now": Value("percent", row["share"], base=len(found.members), name="tag.share"),
        "n": int(row["customers"]),
    }
    counts: dict[str, Message | int] = {
        "known": known,
        "joined": int(row["joined"]),
        "left": int(row["left"]),
        "source": _source(found, tag),
    }
    return Finding(
        msg("tag.finding.up" if up else "tag.finding.down", **words),
        msg(f"tag.finding.evidence{'_passing' if tag in found.passing else ''}", since=found.before_on, **counts),
        action_words(tag),
        "medium",
    )


def action_words(tag: Declared) -> Message:
    """What to do with the customers of a tag."""
    if tag.action:
        return tag.action
    return msg(f"tag.action.{tag.id}") if tag.id in library() and tag.origin == "library" else msg("tag.action.own")


def _moved(table: pd.DataFrame) -> pd.Series:
    """Whether came less went is beyond chance: z of McNemar's test (1947) with a continuity correction."""
    least = NormalDist().inv_cdf(1 - SURE / 2 / max(len(table), 1))
    changed = table["joined"] + table["left"]
    z = ((table["joined"] - table["left"]).abs() - 1) / changed.clip(lower=1) ** 0.5
    return (changed >= 10) & (z > least)


def _known_on_both(found: Tags) -> int:
    return int(found.members["customer_id"].isin(found.before["customer_id"]).sum())


def _by_calendar(tag: Declared) -> bool:
    return any(isinstance(node, Asked) and node.anniversary_within_days is not None for node in nodes(tag.tree))


def _source(found: Tags, tag: Declared) -> Message:
    """Which other tag those who came to this one had on the earlier day more often, beyond chance, than those who stayed
    without it."""
    then = found.before[found.bought_before.to_numpy()] if asks_for_a_purchase(tag) else found.before
    both = found.members[["customer_id", tag.id]].merge(then, on="customer_id", suffixes=("", " then"))
    without = both[~both[f"{tag.id} then"]]
    came, stayed = without[without[tag.id]], without[~without[tag.id]]
    others = [other for other in found.computed if other.id in found.before and not _linked(tag, other)]
    with_it, rest = ([int(part[other.id].sum()) for other in others] for part in (came, stayed))
    x, n = np.array(with_it), np.full(len(others), len(came))
    shares, above = beyond_rest(x, n, x >= found.smallest_base, (np.array(rest), np.full(len(others), len(stayed))))
    if not above.any():
        return msg("tag.finding.no_source")
    best = int(np.argmax(np.where(above, x, -1)))
    return msg(
        "tag.finding.source",
        tag=others[best].label,
        share=Value("percent", with_it[best] / len(came), base=len(came)),
        rest=Value("percent", float(shares[best]), base=len(stayed)),
    )


def _linked(one: Declared, other: Declared) -> bool:
    """Whether it is one tag, or the rule of one names the other, so that it follows from the other by definition."""
    named = {(tag.id, node.tag) for tag in (one, other) for node in nodes(tag.tree) if isinstance(node, Tagged)}
    return one.id == other.id or bool(named & {(one.id, other.id), (other.id, one.id)})


def sizes_title(found: Tags) -> Message:
    table = found.sized
    if table.empty or not table["customers"].iloc[0]:
        return msg("tag.title.nobody", n=len(found.members))
    row = table.iloc[0]
    share = Value("percent", row["share"], base=len(found.members))
    return msg("tag.title.sizes", tag=row["label"], n=int(row["customers"]), share=share)


def overlap_title(found: Tags) -> Message:
    """Of the pair that has most in common, of those beyond what tags of their sizes would have by chance; tags of nearly
    all customers, and pairs of which one rule names the other, are left out."""
    table = pairs(overlap(found))
    wide = found.sized.loc[found.sized["share"] >= WIDE, "tag"]
    table = table[(table["customers"] >= found.smallest_base) & ~(table["one"].isin(wide) | table["two"].isin(wide))]
    by_id = {tag.id: tag for tag in found.computed}
    told = [not _linked(by_id[one], by_id[two]) for one, two in zip(table["one"], table["two"], strict=True)]
    table = table[np.array(told, dtype=bool)]
    rest = (table["other_size"] - table["customers"], table["could"] - table["size"])
    _, above = beyond_rest(table["customers"], table["size"], np.full(len(table), True), rest)
    if not above.any():
        return msg("tag.title.no_overlap", n=found.smallest_base, wide=Value("percent", WIDE))
    row = table[above].iloc[0]
    values = {"share": Value("percent", row["jaccard"]), "lift": Value("ratio", row["lift"])}
    return msg("tag.title.overlap", tag=row["tag"], other=row["other"], n=int(row["customers"]), **values)


def reading(found: Tags) -> list[Message]:
    """On whom the tags rest, what the drift compares, and which tags tell customers apart little."""
    table, base = found.sized, len(found.members)
    words = [msg("tag.base", n=base, as_of=found.as_of, before=found.before_on, known=_known_on_both(found))]
    if base < found.smallest_base:
        words.append(msg("tag.few", n=base, needed=found.smallest_base))
    wide = [Value("message", label) for label in table.loc[table["share"] >= WIDE, "label"]]
    empty = [Value("message", label) for label in table.loc[table["customers"] == 0, "label"]]
    if wide and base >= found.smallest_base:
        words.append(msg("tag.wide", tags=Value("list", wide), share=Value("percent", WIDE)))
    return [*words, msg("tag.empty", tags=Value("list", empty))] if empty else words


def lengthy(found: Tags) -> bool:
    """Whether there are so many customers and tags that pictures say something."""
    return len(found.members) >= found.smallest_base and int((found.sized["customers"] > 0).sum()) >= 2
