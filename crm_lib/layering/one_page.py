"""The layering standard on one page: four questions in plain numbers, what follows from each, and who owns it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import numpy as np
import pandas as pd

from crm_lib.engagement import OPERATING_CLASSES, Engagement
from crm_lib.language import Message, Value, msg
from crm_lib.layering.findings import prospects_words
from crm_lib.layering.layers import Layers
from crm_lib.layering.rules import axis_word

MOST_PURCHASES = 12  # tried as a rule of thumb
WORTH = 0.6  # share of the potential that it has to catch, and of those it names that have to be
STEPS = ("dormant", *(name for name in OPERATING_CLASSES if name != "dormant"))


def owners(engagement: Engagement) -> dict[str, Value | Message]:
    """Who looks after each class, by the engagement's strategies; 'to be named' where it names nobody. What a complaint
    sets off concerns customers of any class."""
    found: dict[str, Value | Message] = {}
    for name in OPERATING_CLASSES:
        of_class = [s for s in engagement.strategies if s.operating_class == name and s.trigger == "schedule"]
        ids = dict.fromkeys(s.owner for s in of_class)
        labels = [engagement.owner_label(id) for id in ids]
        found[name] = msg("value.page.owners", owners=Value("list", labels)) if labels else msg("value.page.nobody")
    return found


def one_page(layers: Layers, owned_by: Mapping[str, Value | Message]) -> pd.DataFrame:
    """One row a step: step, question, operating_class, customers, share (of all), care, owner. The first 'yes' decides."""
    counts = layers.customers["operating_class"].value_counts()
    total = max(len(layers.customers), 1)
    rows = [
        (
            i,
            question,
            name,
            int(counts.get(name, 0)),
            counts.get(name, 0) / total,
            msg(f"value.page.{name}"),
            owned_by[name],
        )
        for i, (name, question) in enumerate(zip(STEPS, _questions(layers), strict=True), 1)
    ]
    return pd.DataFrame(rows, columns=["step", "question", "operating_class", "customers", "share", "care", "owner"])


def _questions(layers: Layers) -> list[Message]:
    settings = layers.settings
    last = layers.as_of - timedelta(days=settings.dormant_days)
    window = Value("days", settings.window_days)
    if not len(layers.buyers):
        high = [msg("value.page.ask.nobody"), msg("value.page.ask.nobody")]
    else:
        cuts: dict[str, Value | Message] = {
            "axis": axis_word(layers),
            "cut": Value("money", layers.value_cut),
            "window": window,
        }
        high = [msg("value.page.ask.core", **cuts), _potential(layers)]
    dormant = msg(
        f"value.page.ask.dormant{'.covered' if layers.says_cover else ''}",
        days=Value("days", settings.dormant_days),
        last=last,
    )
    return [dormant, *high, msg("value.page.ask.ordinary")]


def _potential(layers: Layers) -> Message:
    cut = Value("ratio", layers.potential_cut)
    purchases, _, _ = rule_of_thumb(layers)
    if not purchases:
        return msg("value.page.ask.potential", cut=cut)
    return msg("value.page.ask.potential_thumb", cut=cut, n=purchases, recent=Value("days", layers.recent_days))


def rule_of_thumb(layers: Layers) -> tuple[int, Value, Value]:
    """(purchases in the last recent_days that say 'potential' best, share of the potential it catches, share of those

    it names that are). Among customers who are neither dormant nor core; 0 where they are too few, all alike, or it is not WORTH saying.
    """
    frame = layers.customers[layers.customers["operating_class"].isin(["potential", "ordinary"])]
    truth = (frame["operating_class"] == "potential").to_numpy()
    recent = frame["recent_purchases"].fillna(0).to_numpy()
    if len(frame) < layers.smallest_base or truth.all() or not truth.any():
        return 0, Value("percent", None), Value("percent", None)
    named = recent[None, :] >= np.arange(1, MOST_PURCHASES + 1)[:, None]
    best = int(np.argmax((named == truth).mean(axis=1)))
    hits, all_named = int((named[best] & truth).sum()), int(named[best].sum())
    if min(hits / truth.sum(), hits / max(all_named, 1)) < WORTH:
        return 0, Value("percent", None), Value("percent", None)
    caught = Value("percent", hits / truth.sum(), base=int(truth.sum()))
    return best + 1, caught, Value("percent", hits / all_named, base=all_named)


def page_remarks(layers: Layers) -> list[Message]:
    """How to read the page: what stands in for what a sales manager cannot see, and how well."""
    words = [msg("value.page.remark.order", until=layers.as_of)]
    if prospects := prospects_words(layers):
        words.append(prospects)
    if layers.axis == "margin" and (stand_in := spend_stand_in(layers)):
        words.append(msg("value.page.remark.spend", spend=stand_in[0], agree=stand_in[1]))
    purchases, caught, right = rule_of_thumb(layers)
    if purchases:
        words.append(
            msg(
                "value.page.remark.thumb",
                n=purchases,
                recent=Value("days", layers.recent_days),
                caught=caught,
                right=right,
            )
        )
    elif layers.potential_cut == layers.potential_cut:
        words.append(msg("value.page.remark.no_thumb"))
    growth = Value("percent", layers.settings.re_evaluate_growth)
    return [*words, msg("value.page.remark.review", growth=growth)]


def spend_stand_in(layers: Layers) -> tuple[Value, Value] | None:
    """(spend in the window that stands for the cut of margin, share of the buyers for whom both say the same)."""
    buyers = layers.buyers
    revenue, value = buyers["monetary"].sum(), buyers["value"].sum()
    if layers.few or value <= 0 or revenue <= 0:
        return None
    spend = layers.value_cut * revenue / value
    same = float(((buyers["monetary"] >= spend) == buyers["high_value"]).mean())
    return Value("money", spend), Value("percent", same, base=len(buyers))
