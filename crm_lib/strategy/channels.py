"""Channels in the order of what each class answers to, or the next best order, and why that one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from crm_lib.engagement import OPERATING_CLASSES, Engagement, Strategy
from crm_lib.engine import Engine
from crm_lib.metrics.association import ACCEPTED, two_shares
from crm_lib.strategy.proposals import is_proposed
from crm_lib.strategy.queries import run
from crm_lib.strategy.shares import with_interval

SOURCES = ("measured", "given", "purchases", "preset")
MOST_PROPOSED = 3  # channels of a proposal


def responses(engine: Engine, engagement: Engagement) -> pd.DataFrame:
    """Answers by class, channel and kind in the layering window, classes in their order, most answered channel first.

    Columns: operating_class, channel, kind (interaction or campaign: a talk and a mailing are answered in other ways,
    so channels are compared within a kind only), contacts, responses, campaigns, share, low, high, enough (contacts >=
    smallest_base), comparable (a talk, or mailings of two campaigns or more: of one alone nobody can say whether its
    offer or its channel was answered). Repeated contacts with one customer count one by one, so intervals are a little too narrow.
    """
    found = run(engine, engagement, "responses")
    found = with_interval(found.astype({"responses": "float64", "contacts": "int64"}), "responses", "contacts")
    found["enough"] = found["contacts"] >= engagement.definitions.smallest_base
    found["comparable"] = found["kind"].ne("campaign") | found["campaigns"].ge(2)
    return _in_order(found, ["enough", "share", "contacts"])


def purchase_channels(engine: Engine, engagement: Engagement) -> pd.DataFrame:
    """Share of each class's orders by channel, greatest first: operating_class, channel, orders, share."""
    found = run(engine, engagement, "purchase_channels")
    total = found.groupby("operating_class")["orders"].transform("sum")
    return _in_order(found.assign(share=found["orders"] / total), ["share"])


def _in_order(frame: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    order = {name: i for i, name in enumerate(OPERATING_CLASSES)}
    keys = ["_class", *by, *(name for name in ("channel", "kind") if name in frame)]
    ascending = [True, *[False] * len(by), *[True] * (len(keys) - len(by) - 1)]
    frame = frame.assign(_class=frame["operating_class"].map(order)).sort_values(keys, ascending=ascending)
    return frame.drop(columns="_class").reset_index(drop=True)


def channel_order(
    strategy: Strategy, responses: pd.DataFrame, purchases: pd.DataFrame, presets: Mapping[str, Sequence[str]]
) -> tuple[list[str], str]:
    """Channels of a strategy and the source of their order.

    'given' by the engagement: what was agreed with its mode is not turned by answers that nobody drew lots for. Else
    'measured', by the class's answers of the kind that has most channels with enough, where one is answered more than
    another beyond chance; else 'purchases', where the class buys; else the 'preset' of the class, which a proposal takes
    at once.
    """
    if strategy.channels:
        return list(strategy.channels), "given"
    of_class = responses[(responses["operating_class"] == strategy.operating_class) & responses["enough"]]
    kinds = [part for _, part in of_class.groupby("kind", sort=False)]
    measured = _proven(max(kinds, key=len)) if kinds else []
    if measured:
        return measured[:MOST_PROPOSED] if is_proposed(strategy) else measured, "measured"
    preset = list(presets[strategy.operating_class])
    if is_proposed(strategy):
        return preset, "preset"
    bought = purchases.loc[purchases["operating_class"] == strategy.operating_class, "channel"].tolist()
    return (bought, "purchases") if bought else (preset, "preset")


def _proven(measured: pd.DataFrame) -> list[str]:
    """Channels in the order of answers; none where all of several could be answered alike or cannot be compared. The first
    and the last were picked of all pairs, so p is multiplied by their number (Bonferroni)."""
    ranked = measured.sort_values(["share", "channel"], ascending=[False, True])
    if len(ranked) > 1:
        ranked = ranked[ranked["comparable"]]
        if len(ranked) < 2:
            return []
    first, last = ranked.iloc[0], ranked.iloc[-1]
    low, _, p = two_shares(first["responses"], first["contacts"], last["responses"], last["contacts"])
    pairs = len(ranked) * (len(ranked) - 1) / 2
    apart = float(low) > 0 and float(p) * pairs < ACCEPTED
    return ranked["channel"].tolist() if len(ranked) == 1 or apart else []
