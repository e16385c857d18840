"""The headline figures of the review, and the definitions of everything it uses."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import pandas as pd

from crm_lib.engagement import Definitions
from crm_lib.language import Message, Value, msg
from crm_lib.metrics import METRICS, definition, label
from crm_lib.review.compare import Verdict
from crm_lib.review.effects import PRE_DAYS
from crm_lib.review.rows import records, value
from crm_lib.review.targets import gap_kind
from crm_lib.review.tasks import by_owner

HEADLINE = ("repurchase_rate", "churn_rate", "revenue_per_customer")
_STATUS: dict[Verdict, str] = {"better": "good", "worse": "bad"}
OWN_TERMS = ("effect", "expected", "share_of_gap", "progress", "completion", "interval")


class Figure(NamedTuple):
    """A headline figure: label, value, change against the span before, traffic light."""

    label: Message
    value: Value
    change: Value | None = None
    change_label: Message | None = None
    status: str = ""


def figures(changes: pd.DataFrame, reached: pd.DataFrame, strategies: pd.DataFrame, done: pd.DataFrame) -> list[Figure]:
    """Targets reached, what tested strategies brought, share of the plan carried out, three metrics before and after."""
    return [*_targets(reached), *_metrics(changes), *_incremental(strategies), *_completion(done)]


def _targets(reached: pd.DataFrame) -> list[Figure]:
    if not len(reached):
        return []
    met = int((reached["status"] == "good").sum())
    return [Figure(msg("review.figure.targets"), Value("message", msg("review.of", part=met, whole=len(reached))))]


def _metrics(changes: pd.DataFrame) -> list[Figure]:
    rows = changes[(changes["group_id"] == "all") & changes["metric"].isin(HEADLINE) & changes["after"].notna()]
    return [
        Figure(
            label(row["metric"]),
            value(METRICS[row["metric"]].kind, row["after"], row["after_low"], row["after_high"], row["after_base"]),
            value(gap_kind(row["metric"]), row["change"], row["change_low"], row["change_high"]),
            msg("review.against_before"),
            _STATUS.get(row["verdict"], ""),
        )
        for row in records(rows)
    ]


def _incremental(strategies: pd.DataFrame) -> list[Figure]:
    works = strategies[strategies["verdict"] == "works"]
    buyers = works["incremental_buyers"].sum()
    return [Figure(msg("review.figure.buyers"), value("int", buyers))] if len(works) else []


def _completion(done: pd.DataFrame) -> list[Figure]:
    owners = by_owner(done)
    known = owners[owners["completion"].notna()]
    if not len(known):
        return []
    share = (known["completion"] * known["planned"]).sum() / known["planned"].sum()
    return [Figure(msg("review.figure.completion"), value("percent", share, base=known["planned"].sum()))]


def definitions_used(names: Iterable[str], definitions: Definitions) -> list[tuple[Message, Message]]:
    """(term, text) of the metrics in `names`, in the order of METRICS, and of the review's own terms."""
    wanted = set(names)
    found = [(label(name), definition(name, definitions)) for name in METRICS if name in wanted]
    window = Value("days", definitions.repurchase_window_days)
    own = {"window": window, "pre": Value("days", PRE_DAYS)}
    return found + [(msg(f"review.term.{name}"), msg(f"review.term.{name}.text", **own)) for name in OWN_TERMS]
