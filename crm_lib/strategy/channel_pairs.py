"""Two channels over all classes: which one is answered more, each class against itself."""

from __future__ import annotations

from itertools import permutations
from typing import Any, NamedTuple

import pandas as pd

from crm_lib.frames import rows
from crm_lib.language import Finding, Message, Value, msg, term_or_text
from crm_lib.metrics.stratified import Within, shares_within
from crm_lib.strategy.words import class_words

LEVEL = 0.05


class Pair(NamedTuple):
    """`strata`: operating_class, x of n answers on `channel`, y of m on `other`."""

    channel: str
    other: str
    kind: str
    strata: pd.DataFrame
    within: Within


def clearest_pair(responses: pd.DataFrame, smallest: int) -> Pair | None:
    """The channel answered more than another beyond chance, where that would bring most answers; None without one.

    Classes answer differently, whatever the channel, so each class's contacts are compared with its own (Mantel and
    Haenszel 1959). p is multiplied by the number of pairs (Bonferroni). Pairs with fewer than `smallest` contacts on
    either side, in the classes that have both, are not compared, nor talks with mailings, nor mailings of one campaign.
    """
    found = [pair for pair in _pairs(responses) if min(pair.within.n, pair.within.other_n) >= smallest]
    tests = len(found) / 2  # each pair stands both ways
    proven = [p for p in found if p.within.difference > 0 and p.within.low > 0 and p.within.p * tests < LEVEL]
    return max(proven, key=lambda p: (p.within.difference * p.within.other_n, p.channel, p.other), default=None)


def _pairs(responses: pd.DataFrame) -> list[Pair]:
    kept = ["operating_class", "contacts", "responses"]
    found = []
    responses = responses[responses["comparable"]]
    names = sorted(set(zip(responses["kind"], responses["channel"], strict=True)))
    for (kind, channel), (of_kind, other) in permutations(names, 2):
        if kind != of_kind:
            continue
        counts = responses[responses["kind"] == kind]
        one, two = (counts.loc[counts["channel"] == name, kept] for name in (channel, other))
        one, two = (
            one.set_axis(["operating_class", "n", "x"], axis=1),
            two.set_axis(["operating_class", "m", "y"], axis=1),
        )
        strata = one.merge(two, on="operating_class")
        within = shares_within(strata)
        if within is not None:
            found.append(Pair(channel, other, kind, strata, within))
    return found


def pair_finding(pair: Pair, testable: bool) -> Finding:
    """What differs, by how much, in which classes, and how to find out whether the channel is the cause, where there
    were contacts enough for a test."""
    within = pair.within
    words: dict[str, Value | Message] = {
        "channel": term_or_text("channel", pair.channel),
        "other": term_or_text("channel", pair.other),
        "share": Value("percent", within.share),
        "other_share": Value("percent", within.other_share),
        "difference": Value("points", within.difference, within.n + within.other_n, within.low, within.high),
        "contacts": Value("int", within.other_n),
        "classes": Value("list", [_of_class(row) for row in rows(pair.strata)]),
    }
    parts = (f"finding.{pair.kind}", "why", "do" if testable else "do_few")
    headline, why, what = (msg(f"channel_pair.{part}", **words) for part in parts)
    return Finding(headline, why, what, "medium")


def _of_class(row: Any) -> Message:
    shares = {"share": row.x / row.n, "other_share": row.y / row.m}
    given = {name: Value("percent", float(share)) for name, share in shares.items()}
    return msg("channel_pair.class", name=class_words(row.operating_class), **given)
