"""The interaction strategy table as the client reads it."""

from __future__ import annotations

from typing import Any

import pandas as pd

from crm_lib.engagement import OPERATING_CLASSES, Engagement
from crm_lib.frames import objects, rows
from crm_lib.language import Message, Value, msg, term, term_or_text
from crm_lib.metrics.not_stated import named_parts
from crm_lib.strategy.titles import judged
from crm_lib.strategy.words import (
    aim_words,
    channel_words,
    class_words,
    frequency_words,
    joined,
    need_words,
    share_value,
)

MOST_NEEDS = 2  # of a class in the strategy table
LEANING = 120  # TGI from which a class is said to lean to a category
LEAST_BEYOND = 0.01  # of its spending, beyond all classes' share of the category


def strategy_table(
    engagement: Engagement,
    plan: pd.DataFrame,
    profile: pd.DataFrame,
    needs: pd.DataFrame,
    preferences: pd.DataFrame,
    responses: pd.DataFrame,
    load: pd.DataFrame,
) -> pd.DataFrame:
    """One row a strategy, with who does it by `load` (see workload), and one for each class that has customers and no strategy.

    Columns: operating_class, who, size, revenue, needs, strategy, mode, channels, channel_source, frequency, contacted,
    contacts_per_week, owner, aim; words are Messages. What complaints set off is for whoever complained, of any class:
    it comes last, without the figures of the class.
    """
    by_class = profile.set_index("operating_class")
    filled = set(profile.loc[profile["customers"] > 0, "operating_class"])
    served = set(plan.loc[plan["trigger"] == "schedule", "operating_class"])
    bare = [c for c in OPERATING_CLASSES if c in filled and c not in served]
    lines = [_row(engagement, row, responses, load) for row in rows(plan)] + [_bare(name) for name in bare]
    frame = pd.DataFrame(lines, columns=_COLUMNS)
    frame["size"] = frame["operating_class"].map(by_class["customers"])
    frame["revenue"] = frame["operating_class"].map(by_class["revenue"])
    smallest = engagement.definitions.smallest_base
    wants = {name: class_needs(name, needs, preferences, smallest) for name in OPERATING_CLASSES}
    frame["needs"] = frame["operating_class"].map(wants)
    order = frame["operating_class"].map({name: i for i, name in enumerate(OPERATING_CLASSES)})
    anyone = pd.Series([*plan["trigger"].ne("schedule"), *[False] * len(bare)], frame.index, dtype="bool")
    frame["who"] = objects(
        msg("strategy.complainers") if any_class else msg("strategy.value", value=class_words(name))
        for name, any_class in zip(frame["operating_class"], anyone, strict=True)
    )
    frame[["size", "revenue"]] = frame[["size", "revenue"]].astype("float64")
    frame.loc[anyone, ["size", "revenue", "needs"]] = None
    order = order.mask(anyone, len(OPERATING_CLASSES))
    return frame.assign(_order=order).sort_values("_order", kind="stable", ignore_index=True).drop(columns="_order")


_COLUMNS = [
    "operating_class",
    "strategy",
    "mode",
    "channels",
    "channel_source",
    "frequency",
    "contacted",
    "contacts_per_week",
    "owner",
    "aim",
]


def _row(engagement: Engagement, row: Any, responses: pd.DataFrame, load: pd.DataFrame) -> tuple:
    return (
        row.operating_class,
        _strategy_words(row),
        row.mode,
        _channels(row, responses, any(one.id == row.strategy and one.campaign_prefix for one in engagement.strategies)),
        row.channel_source,
        frequency_words(row),
        row.customers if row.trigger == "schedule" else None,
        row.contacts_per_week,
        _owner_words(engagement, row, load[load["strategy"] == row.strategy]),
        aim_words(row),
    )


def _owner_words(engagement: Engagement, row: Any, mine: pd.DataFrame) -> Message:
    """The strategy's owner; how many do it where customers' own owners do."""
    owner = engagement.owner_label(row.owner)
    if not mine["owned"].sum():
        return owner
    n = int((mine["owned"] > 0).sum())
    if owner == engagement.owner_label(None):
        return msg("strategy.own_owners_alone", n=n)
    return msg("strategy.own_owners", n=n, owner=owner)


def _bare(name: str) -> tuple:
    return (name, msg("strategy.no_strategy"), None, None, None, None, 0, 0.0, None, None)


def _strategy_words(row: Any) -> Message:
    label: Message = row.label
    return msg("strategy.proposed_mark", label=label) if row.proposed else label


def _channels(row: Any, responses: pd.DataFrame, mailing: bool) -> Message:
    """Channels in their order, each with its share of answers where it is measured: by mailings first where the strategy
    sends them, by talks where an agreed one does not, and that they are too few where they are. A channel by which nobody
    was ever talked to, such as direct mail, is for mailings alone: theirs are given."""
    talked = responses.loc[responses["kind"] == "interaction", "channel"]
    mine = responses[responses["operating_class"] == row.operating_class]
    if not mailing and row.channel_source == "given":
        mine = mine[(mine["kind"] == "interaction") | (mine["enough"] & ~mine["channel"].isin(talked))]
    else:
        mine = mine[mine["enough"]]
    if row.trigger != "schedule":
        mine = mine.iloc[:0]  # whoever complained is of any class
    known = {one.channel: one for one in rows(mine.sort_values("kind", ascending=not mailing))}
    parts: list[Message] = []
    for channel in row.channels:
        words = term_or_text("channel", channel)
        if channel in known:
            one = known[channel]
            rate, words = share_value(one), channel_words(channel, one.kind)
            id = "strategy.channel_rate" if one.enough else "strategy.channel_few"
            words = msg(id, channel=words, rate=rate, n=int(one.contacts))
        parts.append(words)
    listed = Value("list", parts)
    if row.channel_source in ("measured", "given"):
        return msg("strategy.list", items=listed)
    return msg("strategy.channels_by", items=listed, source=term(f"strategy.source.{row.channel_source}"))


def class_needs(name: str, needs: pd.DataFrame, preferences: pd.DataFrame, smallest: int) -> Message:
    """The category a class leans to most, and its needs that stand out, widest gap first; says so where there is none,
    or where the class is too small to tell."""
    parts = [
        msg(
            "strategy.leaned_before" if row.silent else "strategy.leans",
            category=row.category,
            index=Value("int", round(float(row.index))),
            share=Value("percent", float(row.share)),
            n=int(row.buyers),
        )
        for row in rows(leaning(preferences[preferences["operating_class"] == name]))
    ]
    mine = needs[needs["operating_class"] == name]
    notable = mine[mine["notable"]]
    notable = notable.sort_values(["gap", "need"], ascending=[False, True]).head(MOST_NEEDS)
    parts += [need_words(row) for row in rows(notable)]
    none = msg("strategy.none_stands_out" if judged(mine, smallest) else "strategy.none_judged", smallest=smallest)
    return joined(parts or [none])


def leaning(mine: pd.DataFrame) -> pd.DataFrame:
    """Of one class's preferences the category with an index of LEANING or more that takes most of its spending beyond
    all classes' share; no row without one."""
    named = mine[(mine["index"] >= LEANING) & (named_parts(mine["category"]) != "")]
    named = named.assign(_beyond=named["share"] * (1 - 100 / named["index"]))
    named = named[named["_beyond"] >= LEAST_BEYOND]
    return named.sort_values(["_beyond", "category"], ascending=[False, True]).head(1)
