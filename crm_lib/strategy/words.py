"""Sentences and values that several tables and findings share."""

from __future__ import annotations

from typing import Any, Literal

import pandas as pd

from crm_lib.language import Message, Value, literal, msg, term, term_or_text
from crm_lib.metrics.definitions import METRICS
from crm_lib.strategy.needs import left_out


def class_words(operating_class: str) -> Value:
    return term(f"class.{operating_class}")


def share_value(row: Any) -> Value:
    """Percent with base and interval of a row with share, base or contacts, low, high."""
    base = getattr(row, "base", None)
    base = row.contacts if base is None else base
    low, high = (None if pd.isna(bound) else float(bound) for bound in (row.low, row.high))
    share = None if pd.isna(row.share) else float(row.share)
    return Value("percent", share, base=int(base), low=low, high=high)


def consent(unknown: int, all_of: int) -> Literal["agreed", "some", "unknown"]:
    """Whether of `all_of` customers nobody, some or everybody is of unknown consent."""
    return "agreed" if not unknown else "some" if unknown < all_of else "unknown"


def channel_words(channel: str, kind: str) -> Message:
    words = term_or_text("channel", channel)
    return msg("strategy.by_campaign", channel=words) if kind == "campaign" else words


def detail_words(need: str, detail: str) -> Message:
    """The reason or category as in the data; a missing field by its label."""
    if need == "incomplete":
        return term_or_text("column.customers", detail)
    return literal(detail)


def need_words(row: Any) -> Message:
    """A need with its share, what stands out in it, all customers' share and the base."""
    given: dict[str, Any] = {
        "need": term(f"strategy.need.{row.need}"),
        "share": Value("percent", float(row.share)),
        "overall": Value("percent", float(row.overall)),
        "all": all_words(row.need),
        "n": int(row.base),
    }
    if row.detail:
        return msg("strategy.need_line_detail", detail=detail_words(row.need, row.detail), **given)
    return msg("strategy.need_line", **given)


def all_words(need: str) -> Message:
    """Whom a need's overall share is of."""
    names = left_out(need)
    if not names:
        return msg("strategy.all_customers")
    return msg("strategy.all_but", classes=Value("list", [class_words(name) for name in names]))


def joined(parts: list[Message]) -> Message:
    """One or more clauses, one after another."""
    found = parts[0]
    for part in parts[1:]:
        found = msg("strategy.and_then", first=found, second=part)
    return found


def contacts(number: float) -> Value:
    """Contacts, whole ones from the first on."""
    return Value("int", round(number)) if number >= 1 or not number else Value("float", float(number))


def metric_value(metric: str, value: Any, row: Any = None) -> Value:
    """A figure of a metric in its kind; base and interval from the row where it has them."""
    known = METRICS.get(metric)
    plain = None if pd.isna(value) else float(value)
    if row is None:
        return Value(known.kind if known else "float", plain)
    low, high = (None if pd.isna(bound) else float(bound) for bound in (row.low, row.high))
    base = None if pd.isna(row.base) else int(row.base)
    return Value(known.kind if known else "float", plain, base=base, low=low, high=high)


def figure_words(metric: str, by_complaint: bool) -> Message:
    """A strategy's figure by name; whose it is, where closed complaints set the strategy off: they have none of their own."""
    name = msg(f"metric.{metric}") if metric in METRICS else term_or_text("metric", metric)
    return msg("strategy.of_everybody", metric=name) if by_complaint else name


def aim_words(row: Any) -> Message:
    """Baseline and target of a strategy's figure."""
    given = {"metric": figure_words(row.metric, row.trigger == "complaint_closed")}
    if by_rule(row.operating_class, row.metric):
        if pd.isna(row.target):
            return msg("strategy.aim.by_rule", **given)
        return msg("strategy.aim.by_rule_target", target=metric_value(row.metric, row.target), **given)
    if not pd.isna(row.baseline):
        given["baseline"] = msg("strategy.value", value=metric_value(row.metric, row.baseline))
    if pd.isna(row.target):
        return msg("strategy.aim.no_target" if "baseline" in given else "strategy.aim.unknown", **given)
    target = metric_value(row.metric, row.target)
    if not better(row):
        return msg("strategy.aim.not_better", target=target, **given)
    return msg("strategy.aim.target" if "baseline" in given else "strategy.aim.no_baseline", target=target, **given)


def by_rule(operating_class: str, metric: str) -> bool:
    """Whether the class's own rule makes the figure 0: who is dormant has not bought for long."""
    return operating_class == "dormant" and metric in ("active_customers", "orders", "revenue")


def better(row: Any) -> bool:
    """Whether the target is better than the baseline, as far as both are known."""
    if pd.isna(row.target) or pd.isna(row.baseline) or row.metric not in METRICS:
        return True
    return bool((row.target - row.baseline) * (1 if METRICS[row.metric].better == "up" else -1) > 0)


def frequency_words(row: Any) -> Message:
    if row.trigger == "complaint_closed":
        return msg("strategy.frequency_complaint", n=contacts(row.contacts_per_week))
    every = Value("days", int(row.every_days))
    if row.coverage >= 1:
        return msg("strategy.frequency", every=every)
    return msg("strategy.frequency_part", every=every, coverage=Value("percent", float(row.coverage)))
