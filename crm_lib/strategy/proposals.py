"""Strategies to work with: the engagement's, or proposals by the rules of thumb where it has none."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pandas as pd

from crm_lib.engagement import NO_OWNER, OPERATING_CLASSES, Engagement, LocalText, OperatingClass, Strategy
from crm_lib.engine import Engine
from crm_lib.language import Message, catalogue, msg
from crm_lib.metrics import METRICS, measurable, says_cover


@dataclass(frozen=True)
class Rule:
    every_days: int
    coverage: float
    metrics: tuple[str, ...]  # the first whose tables have data


RULES: dict[OperatingClass, Rule] = {
    "core": Rule(14, 1.0, ("repurchase_rate",)),
    "potential": Rule(21, 1.0, ("average_order_value",)),
    "ordinary": Rule(30, 1.0, ("purchase_frequency",)),
    "dormant": Rule(30, 0.5, ("contact_response_rate", "campaign_response_rate", "active_customers")),
}
CONTACTS_PER_GAP = 4  # between two purchases, at most; who is served twice a year is not called every fortnight


def strategies(engine: Engine, engagement: Engagement, customers: pd.DataFrame) -> tuple[Strategy, ...]:
    """The engagement's strategies; where it has none, one proposal for each class that has customers."""
    if engagement.strategies:
        return engagement.strategies
    sizes = customers[customers["reachable"]].groupby("operating_class").size()
    free = {owner.id: owner.contacts_per_week for owner in engagement.owners.values()}
    found = []
    for name in (name for name in OPERATING_CLASSES if sizes.get(name, 0)):
        owner = max(free, key=lambda id: free[id]) if free else NO_OWNER
        rule = _paced(RULES[name], customers, name, engine, engagement)
        if free:
            free[owner] -= sizes[name] * rule.coverage * 7 / rule.every_days
        found.append(_proposal(name, rule, owner, engine, engagement))
    return tuple(found)


def _paced(rule: Rule, customers: pd.DataFrame, name: OperatingClass, engine: Engine, engagement: Engagement) -> Rule:
    """The rule with whole weeks between contacts as customers' gaps between purchases ask for: of the class, of all where
    too few of the class show one. Where payments are by the term the gaps are the terms' and say nothing."""
    if says_cover(engine):
        return rule
    gaps = customers["rhythm_days"].dropna()
    own = gaps[customers["operating_class"].eq(name)]
    least = engagement.definitions.smallest_base
    known = own if len(own) >= least else gaps
    if len(known) < least:
        return rule
    weeks = round(float(known.median()) / CONTACTS_PER_GAP / 7)
    return replace(rule, every_days=max(rule.every_days, 7 * weeks))


def _proposal(name: OperatingClass, rule: Rule, owner: str, engine: Engine, engagement: Engagement) -> Strategy:
    trade = engagement.in_trade("strategy.proposed", f"{name}.mode")
    return Strategy(
        id=f"proposed_{name}",
        label=_words(engagement, engagement.strategy_label(f"proposed_{name}")),
        operating_class=name,
        mode=_words(engagement, msg(f"strategy.proposed.{trade}{name}.mode")),
        every_days=rule.every_days,
        coverage=rule.coverage,
        owner=owner,
        metric=next((metric for metric in rule.metrics if measurable(engine, METRICS[metric])), rule.metrics[-1]),
    )


def _words(engagement: Engagement, message: Message) -> LocalText:
    def said(language: str) -> str:
        return catalogue(language, class_names=engagement.class_names(language)).text(message)

    return LocalText(zh=said("zh"), en=said("en"))


def is_proposed(strategy: Strategy) -> bool:
    return strategy.id == f"proposed_{strategy.operating_class}"


def by_complaint(engine: Engine, strategy: Strategy) -> bool:
    """Whether closed complaints set it off, whosever they are; without tickets it is planned by date."""
    return strategy.trigger == "complaint_closed" and engine.has("tickets")
