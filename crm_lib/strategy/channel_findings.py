"""Where the channels that a class answers to differ from those of its strategy."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from crm_lib.engagement import OPERATING_CLASSES, Engagement
from crm_lib.frames import rows
from crm_lib.language import Finding, Message, Value, msg, term_or_text
from crm_lib.strategy.channel_pairs import clearest_pair, pair_finding
from crm_lib.strategy.schedule import last_day
from crm_lib.strategy.titles import best_channels
from crm_lib.strategy.words import class_words, share_value


def channel_findings(engagement: Engagement, plan: pd.DataFrame, responses: pd.DataFrame) -> Iterator[Finding]:
    """One finding a strategy whose channels can be bettered, then the clearest difference between two channels, else the
    leading one, or that too little is known."""
    smallest = engagement.definitions.smallest_base
    best = {row.operating_class: row for row in rows(best_channels(responses))}
    given = {strategy.id: strategy.channels for strategy in engagement.strategies}
    for row in rows(plan):
        if row.operating_class in best:
            yield from _of_strategy(row, given.get(row.strategy, ()), best[row.operating_class], responses)
    if not best:
        contacts = int(responses["contacts"].sum())
        headline = msg("strategy.finding.channels_unknown", smallest=smallest, contacts=contacts)
        yield Finding(headline, None, _until_known(engagement, plan, smallest), "medium")
        return
    pair = clearest_pair(responses, smallest)
    if pair is not None:
        yield pair_finding(pair)
        return
    if not any(row.proven for row in best.values()):
        yield Finding(
            msg("strategy.title.response_alike", classes=len(best)), None, msg("strategy.finding.alike_do"), "low"
        )
        return
    best = {name: row for name, row in best.items() if row.proven}
    top = max(best.values(), key=lambda one: (one.share, one.operating_class))
    yield Finding(
        msg(
            "strategy.finding.channel",
            channel=term_or_text("channel", top.channel),
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


def _of_strategy(row: Any, given: tuple[str, ...], best: Any, responses: pd.DataFrame) -> Iterator[Finding]:
    """A better channel that is not used, else an order that the answers turn round; only where intervals are apart."""
    mine = responses[(responses["operating_class"] == row.operating_class) & responses["enough"]]
    used = {one.channel: one for one in rows(mine) if one.channel in row.channels}
    if not used:
        return
    leader = max(used.values(), key=lambda one: (one.share, one.channel))
    words: dict[str, Any] = {"strategy": row.label, "name": class_words(row.operating_class)}
    if best.channel not in used and best.low > leader.high:
        words |= {"channel": term_or_text("channel", best.channel), "rate": share_value(best)}
        words |= {"other": term_or_text("channel", leader.channel), "other_rate": share_value(leader)}
        yield Finding(
            msg("strategy.finding.better_channel", **words),
            msg("strategy.finding.better_channel_why", **words),
            msg("strategy.finding.better_channel_do", **words),
            "medium",
        )
    elif given and given[0] in used and given[0] != leader.channel and leader.low > used[given[0]].high:
        words |= {"channel": term_or_text("channel", leader.channel), "rate": share_value(leader)}
        words |= {"other": term_or_text("channel", given[0]), "other_rate": share_value(used[given[0]])}
        yield Finding(
            msg("strategy.finding.turned_order", **words),
            None,
            msg("strategy.finding.turned_order_do", **words),
            "medium",
        )
