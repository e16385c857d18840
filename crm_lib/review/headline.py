"""The headline figures of the review, and the definitions of everything it uses."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import pandas as pd

from crm_lib.engagement import Definitions
from crm_lib.engine import Engine
from crm_lib.language import Message, Value, msg
from crm_lib.metrics import METRICS, definition, label
from crm_lib.metrics.targets import CLEAR_MISS
from crm_lib.review.compare import Verdict
from crm_lib.review.effects import PRE_DAYS, default_window
from crm_lib.review.rows import records, value
from crm_lib.review.targets import gap_kind
from crm_lib.review.tasks import by_owner
from crm_lib.review.titles import metric_over
from crm_lib.review.windows import LOOKING_AHEAD, Span, Windows, spans

HEADLINE = ("revenue", "active_customers", "repurchase_rate", "churn_rate")
MOST = 6
JUDGED: tuple[Verdict, ...] = ("better", "worse")  # said in words: a traffic light speaks of a target
OWN_TERMS = ("effect", "expected", "progress", "completion", "interval")


class Figure(NamedTuple):
    """A headline figure: label, value, change against the span before, traffic light."""

    label: Message
    value: Value
    change: Value | None = None
    change_label: Message | None = None
    status: str = ""


def figures(
    changes: pd.DataFrame,
    reached: pd.DataFrame,
    strategies: pd.DataFrame,
    done: pd.DataFrame,
    found: Windows,
    definitions: Definitions,
) -> list[Figure]:
    """At most MOST: targets reached, what was sold and to how many, what tested strategies brought, share of the plan
    carried out; as many rates as there is room for. What looks ahead and has a target is told by that, in its months."""
    aimed_at = reached[reached["status"].ne("unknown")] if len(reached) else reached
    told = set(aimed_at.loc[aimed_at["group_id"].eq("all"), "metric"]) if len(aimed_at) else set()
    metrics = _metrics(changes[~changes["metric"].isin(told & set(LOOKING_AHEAD))], found, definitions)
    given = [*_targets(reached), *_incremental(strategies), *_completion(done)]
    kept = metrics[: MOST - len(given)]
    return [*given[:1], *kept, *given[1:]]


def _targets(reached: pd.DataFrame) -> list[Figure]:
    known = int((reached["status"] != "unknown").sum())
    if not known:
        return []
    met = int((reached["standing"] == "reached").sum())
    return [Figure(msg("review.figure.targets"), Value("message", msg("review.of", part=met, whole=known)))]


def _metrics(changes: pd.DataFrame, found: Windows, definitions: Definitions) -> list[Figure]:
    """Each under the days that it was measured in, since targets of the same metric have months of their own."""
    rows = changes[(changes["group_id"] == "all") & changes["metric"].isin(HEADLINE) & changes["after"].notna()]
    rows = rows.sort_values("metric", key=lambda names: names.map({name: i for i, name in enumerate(HEADLINE)}))
    return [_metric(row, spans(found, row["metric"], definitions)) for row in records(rows)]


def _metric(row: dict[str, Any], named: dict[str, Span]) -> Figure:
    """A total beside the same days a year ago where they are known, all else beside the span before."""
    kind, total = METRICS[row["metric"]].kind, METRICS[row["metric"]].estimate == "total"
    yearly = total and row["year_ago"] == row["year_ago"]
    name, span = ("yoy", named["year_ago"]) if yearly else ("change", named["before"])
    verdict = row["yoy_verdict" if yearly else "verdict"]
    days = {"first": span.starts_on, "last": span.ends_on}
    said = msg("review.against_year", **days) if yearly else msg("review.against_before", **days)
    change = value(gap_kind(row["metric"]), row[name], row[f"{name}_low"], row[f"{name}_high"])
    return Figure(
        metric_over(row["metric"], named["after"]),
        value(kind, row["after"], row["after_low"], row["after_high"], None if total else row["after_base"]),
        change if change.value is not None else None,
        msg(f"review.against.{verdict}", against=said) if verdict in JUDGED else said,
    )


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


def definitions_used(
    names: Iterable[str], definitions: Definitions, engine: Engine | None = None
) -> list[tuple[Message, Message]]:
    """(term, text) of the metrics in `names`, in the order of METRICS, and of the review's own terms."""
    wanted = set(names)
    found = [(label(name), definition(name, definitions, engine)) for name in METRICS if name in wanted]
    window = Value("days", default_window(definitions))
    own = {"window": window, "pre": Value("days", PRE_DAYS), "miss": Value("percent", CLEAR_MISS)}
    return found + [(msg(f"review.term.{name}"), msg(f"review.term.{name}.text", **own)) for name in OWN_TERMS]
