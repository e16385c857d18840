"""Where the channels that a class answers to differ from those of its strategy."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil, sqrt
from typing import Any

import pandas as pd

from crm_lib.engagement import OPERATING_CLASSES, Engagement
from crm_lib.frames import rows
from crm_lib.language import Finding, Message, Value, msg, term_or_text
from crm_lib.metrics.association import two_shares
from crm_lib.metrics.intervals import Z
from crm_lib.strategy.channel_pairs import clearest_pair, pair_finding
from crm_lib.strategy.schedule import last_day
from crm_lib.strategy.titles import alike, best_channels, nothing_to_compare
from crm_lib.strategy.words import channel_words, class_words, share_value

Z_POWER = 0.8416212335729143  # 80 % quantile of the standard normal


def channel_findings(
    engagement: Engagement, plan: pd.DataFrame, responses: pd.DataFrame, capacity: pd.DataFrame, addresses: bool
) -> Iterator[Finding]:
    """One finding a strategy that another channel may serve better, then the clearest difference between two channels,
    else the leading one, or that too little is known. `addresses`: whether the data hold any telephone or e-mail."""
    smallest = engagement.definitions.smallest_base
    best = best_channels(responses)
    told: set[tuple[str, str]] = set()
    for row in rows(plan[plan["trigger"] == "schedule"]) if len(best) else ():
        yield from _of_strategy(row, responses, capacity, told)
    if not len(best):
        contacts = int(responses["contacts"].sum())
        headline = msg("strategy.finding.channels_unknown", smallest=smallest, contacts=contacts)
        yield Finding(headline, None, _until_known(engagement, plan, smallest), "medium")
        return
    pair = clearest_pair(responses, smallest)
    if pair is not None:
        if (pair.channel, pair.other) not in told:
            yield pair_finding(pair, _testable(pair.within.other_n, pair.within.share, pair.within.other_share))
        return
    several = best[best["channels"] > 1]
    if not len(several):
        id = "strategy.finding.alone_do" if addresses else "strategy.finding.alone_keep"
        yield Finding(nothing_to_compare(best, smallest), None, msg(id, smallest=smallest), "low")
        return
    if not best["proven"].any():
        yield Finding(alike(several), None, msg("strategy.finding.alike_do"), "low")
        return
    top = max(rows(best[best["proven"]]), key=lambda one: (one.share, one.operating_class))
    yield Finding(
        msg(
            "strategy.finding.channel",
            channel=channel_words(top.channel, top.kind),
            name=class_words(top.operating_class),
            rate=share_value(top),
        ),
        None,
        msg("strategy.finding.channel_do"),
        "low",
    )


def _until_known(engagement: Engagement, plan: pd.DataFrame, smallest: int) -> Message:
    """What to record, and which classes are too small or contacted too seldom to be known within the cycle."""
    weeks = ((last_day(engagement) - engagement.cycle.start).days + 1) / 7
    planned = plan.groupby("operating_class")["contacts_per_week"].sum() * weeks
    few = [class_words(name) for name in OPERATING_CLASSES if 0 < planned.get(name, 0.0) < smallest]
    if not few:
        return msg("strategy.finding.channels_unknown_do", smallest=smallest)
    return msg("strategy.finding.channels_unknown_few", smallest=smallest, classes=Value("list", few))


def _of_strategy(
    row: Any, responses: pd.DataFrame, capacity: pd.DataFrame, told: set[tuple[str, str]]
) -> Iterator[Finding]:
    """A channel that the class answers more than the strategy's first, by contacts of one kind and beyond chance."""
    mine = responses[
        (responses["operating_class"] == row.operating_class) & responses["enough"] & responses["comparable"]
    ]
    for _, known in mine.groupby("kind", sort=True):
        used = {one.channel: one for one in rows(known) if one.channel in row.channels}
        now = used.get(row.channels[0]) if row.channels else None
        leader = max(rows(known), key=lambda one: (one.share, one.channel))
        if now is None or leader.channel == now.channel:
            continue
        low, _, _ = two_shares(leader.responses, leader.contacts, now.responses, now.contacts)
        if not float(low) > 0:
            continue
        told.add((leader.channel, now.channel))
        words: dict[str, Any] = {
            "strategy": row.label,
            "name": class_words(row.operating_class),
            "channel": term_or_text("channel", leader.channel),
            "rate": share_value(leader),
            "other": term_or_text("channel", now.channel),
            "other_rate": share_value(now),
        }
        id = "turned_order" if leader.channel in used else "better_channel"
        yield Finding(msg(f"strategy.finding.{id}", **words), None, _try(row, leader, now, capacity, words), "medium")


def _try(row: Any, leader: Any, now: Any, capacity: pd.DataFrame, words: dict[str, Any]) -> Message:
    """A test on half of the list where it is large enough for one, heeding the owner's load; else the order stays."""
    needed = _needed_per_arm(leader.share, now.share)
    given = {"strategy": words["strategy"], "channel": words["channel"], "other": words["other"], "needed": needed}
    if 2 * needed > row.customers:
        return msg("strategy.finding.try_few", customers=int(row.customers), **given)
    tried = msg("strategy.finding.try_half", **given)
    owner = capacity[capacity["owner"] == row.owner]
    if owner["status"].eq("bad").any():
        label = owner["label"].iloc[0]
        return msg("strategy.two_sentences", first=tried, second=msg("strategy.finding.try_after_load", owner=label))
    return tried


def _testable(contacts: int, share: float, other_share: float) -> bool:
    return 2 * _needed_per_arm(share, other_share) <= contacts


def _needed_per_arm(share: float, other_share: float) -> int:
    """Customers in each arm to see such a difference with 80 % power at the 5 % level.

    Eq. 4.14, Fleiss, Levin and Paik 2003, without the continuity correction.
    """
    middle = (share + other_share) / 2
    spread = share * (1 - share) + other_share * (1 - other_share)
    root = Z * sqrt(2 * middle * (1 - middle)) + Z_POWER * sqrt(spread)
    return ceil((root / (share - other_share)) ** 2)
