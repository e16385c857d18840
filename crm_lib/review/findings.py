"""The executive summary: what was reached, what worked, what did not, why, and what to do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import pandas as pd

from crm_lib.engagement import Engagement
from crm_lib.language import Finding, Message, Value, literal, msg
from crm_lib.metrics import METRICS, label
from crm_lib.review.aimed import beside_class, class_words
from crm_lib.review.campaigns import earlier_findings, money_words, trial_findings
from crm_lib.review.cause import Cause, before_words, cause_words
from crm_lib.review.contributions import explained
from crm_lib.review.effects import paying
from crm_lib.review.rows import difference, records, value
from crm_lib.review.targets import gap_kind, named
from crm_lib.review.tasks import WATCH
from crm_lib.review.titles import (
    attainment_title,
    contribution_title,
    rates_title,
    tasks_title,
    year_title,
)
from crm_lib.review.where import where_words

Severity = Literal["high", "medium", "low", "good"]
LONGEST = 6
SCALE = ("revenue", "active_customers", "orders")
BASKET = "average_order_value"
A_BUYER = ("revenue_per_customer", "purchase_frequency")
FALL, GRAVE_FALL = 0.05, 0.10  # of revenue
_GRAVITY = {"high": 0, "medium": 1, "good": 2, "low": 3}


def summary(
    engagement: Engagement,
    reached: pd.DataFrame,
    missed: pd.DataFrame,
    parts: pd.DataFrame,
    strategies: pd.DataFrame,
    moved: pd.DataFrame,
    done: pd.DataFrame,
    listed: pd.DataFrame,
    changes: pd.DataFrame,
    effects: pd.DataFrame,
    where: pd.DataFrame | None = None,
    earlier: pd.DataFrame | None = None,
    cause: Cause | None = None,
) -> list[Finding]:
    """At most LONGEST findings, the gravest first."""
    found = [
        *_scale(changes, fallen=True),
        *_targets(engagement, reached, missed, parts, listed),
        *_already(engagement, reached),
        *_rates(changes, worse=True, where=where, cause=cause),
        *_cause(cause),
        *_core(engagement, moved),
        *_effects(strategies),
        *trial_findings(engagement.definitions, effects, strategies),
        *_unproven(strategies, effects),
        *_proposed(strategies),
        *(earlier_findings(engagement.definitions, earlier) if earlier is not None else ()),
        *_tasks(done),
        *_beyond(engagement, moved),
        *_scale(changes, fallen=False),
        *_rates(changes, worse=False),
    ]
    return sorted(found[:LONGEST], key=lambda one: _GRAVITY[one.severity])


def _scale(changes: pd.DataFrame, fallen: bool) -> Iterator[Finding]:
    """Revenue, active customers and orders, which are counted in full: how much more or less than a year ago, or than
    before the start where the year before is not known."""
    everyone = changes[(changes["group_id"] == "all") & changes["metric"].isin(SCALE) & changes["after"].notna()]
    against = "year_ago" if everyone["year_ago"].notna().any() else "before"
    known = {row["metric"]: row for row in records(everyone[everyone[against] > 0])}
    first = known.get("revenue")
    if first is None:
        return
    share = float(first["after"] / first[against] - 1)
    if (share <= -FALL) != fallen:
        return
    others = Value("list", [_counted(known[name], against) for name in SCALE[1:] if name in known])
    way = "down" if share < 0 else "up"
    headline = msg(
        f"review.finding.revenue.{against}.{way}",
        after=value("money", first["after"]),
        earlier=value("money", first[against]),
        share=Value("percent", abs(share)),
    )
    action = msg("review.action.fall" if fallen else "review.action.scale")
    gravity: Severity = "low" if not fallen else "high" if share <= -GRAVE_FALL and against == "year_ago" else "medium"
    evidence = msg("review.finding.revenue.parts", items=others) if others.value else None
    each = changes[(changes["group_id"] == "all") & (changes["metric"] == BASKET) & (changes[against] > 0)]
    for row in records(each[each["after"].notna()]) if evidence else ():
        evidence = msg("review.finding.revenue.basket", said=evidence, item=_counted(row, against))
    less = _each_less(changes) if against == "year_ago" and way == "up" else []
    if evidence and less:
        evidence = msg("review.finding.revenue.each_less", said=evidence, items=Value("list", less))
    yield Finding(headline, evidence, action, gravity)


def _each_less(changes: pd.DataFrame) -> list[Message]:
    """Where more customers buy than a year ago, but each of them clearly less."""
    everyone = changes[changes["group_id"].eq("all")].set_index("metric")
    buyers = everyone[everyone.index == "active_customers"]
    if not (buyers["after"] > buyers["year_ago"]).any():
        return []
    worse = everyone[everyone.index.isin(A_BUYER) & everyone["yoy_verdict"].eq("worse")]
    return [_against_year(row) for row in records(worse.reset_index())]


REVENUE_WAYS = tuple((against, way) for against in ("year_ago", "before") for way in ("down", "up"))


def _counted(row: dict[str, Any], against: str) -> Message:
    kind = METRICS[row["metric"]].kind
    given = {"after": value(kind, row["after"]), "earlier": value(kind, row[against])}
    return msg("review.counted_of", metric=label(row["metric"]), **given)


def _targets(
    engagement: Engagement, reached: pd.DataFrame, missed: pd.DataFrame, parts: pd.DataFrame, listed: pd.DataFrame
) -> Iterator[Finding]:
    headline = attainment_title(engagement, reached)
    if not len(missed):
        reached_all = headline.id in ("review.title.targets.all", "review.title.targets.none")
        follow = msg("review.action.next_targets") if reached_all else msg("review.action.later")
        yield Finding(headline, None, follow, "good" if headline.id == "review.title.targets.all" else "low")
        return
    evidence = (
        msg("review.sentence", said=contribution_title(engagement, parts, explained(parts))) if len(parts) else None
    )
    action = msg("review.action.list", n=len(listed), due=min(listed["due"])) if len(listed) else None
    yield Finding(headline, evidence, action, "high" if (missed["status"] == "bad").any() else "medium")


def _already(engagement: Engagement, reached: pd.DataFrame) -> Iterator[Finding]:
    met = records(reached[reached["standing"] == "already"])
    if met:
        names = Value("list", [named(engagement, row["metric"], row["group_id"]) for row in met])
        headline = msg("review.finding.already", n=len(met), targets=names)
        yield Finding(headline, None, msg("review.action.raise"), "medium")


def _rates(
    changes: pd.DataFrame, worse: bool, where: pd.DataFrame | None = None, cause: Cause | None = None
) -> Iterator[Finding]:
    """The rates before and after; what is clearly worse than a year ago, which no season explains, comes first."""
    everyone = changes[(changes["group_id"] == "all") & (changes["family"] == "rate")]
    fallen = records(everyone[everyone["yoy_verdict"] == "worse"])
    title = year_title(changes) or rates_title(changes)
    if bool(fallen) != worse or title.id == "review.title.rates.none":
        return
    evidence = msg("review.finding.yoy", items=Value("list", [_against_year(row) for row in fallen]))
    evidence = evidence if fallen else msg("review.text.season")
    places = where_words(where) if fallen and where is not None else []
    for place in places:
        evidence = msg("review.finding.yoy.where", said=evidence, where=place)
    fell = "review.action.yoy.where" if places else "review.action.yoy"
    action = msg(fell if fallen else "review.action.compare")
    if places and cause and 2 * cause.part_n >= cause.n:
        action = msg("review.action.yoy.cause", reason=literal(cause.reason), n=cause.part_n, all=cause.n)
    yield Finding(title, evidence, action, "medium" if fallen else "low")


def _against_year(row: dict[str, Any]) -> Message:
    kind = METRICS[row["metric"]].kind
    return msg(
        "review.yoy_of",
        metric=label(row["metric"]),
        after=value(kind, row["after"]),
        year_ago=value(kind, row["year_ago"]),
        yoy=value(gap_kind(row["metric"]), row["yoy"], row["yoy_low"], row["yoy_high"]),
    )


def _effects(strategies: pd.DataFrame) -> Iterator[Finding]:
    works = strategies[strategies["verdict"] == "works"]
    for row in records(works.sort_values(["effect", "strategy"], ascending=[False, True]))[:1]:
        others = [other for other in records(works) if other["strategy"] != row["strategy"]]
        effect = value("points", row["effect"], row["effect_low"], row["effect_high"], row["treated"] + row["held"])
        more = Value("list", [_effect_of(other) for other in others])
        evidence = msg(f"review.finding.works.{paying(row)}", **money_words(row))
        evidence = msg("review.finding.works.more", said=evidence, others=more) if others else evidence
        yield _works(row, effect, evidence)
    for row in records(strategies[strategies["verdict"] == "harms"]):
        headline = msg("review.finding.harms", strategy=row["strategy_label"], effect=_effect(row))
        whom = msg("aimed.evidence", **class_words(row)) if beside_class(row) else None
        yield Finding(headline, whom, msg("review.action.drop"), "high")


def _works(row: dict[str, Any], effect: Value, evidence: Message) -> Finding:
    """That it works; where its campaigns went mostly to others, that this is no result for its class."""
    if not beside_class(row):
        headline = msg("review.finding.works", strategy=row["strategy_label"], effect=effect)
        return Finding(headline, evidence, msg(f"review.action.keep.{paying(row)}"), "good")
    whom = class_words(row)
    headline = msg("aimed.finding", strategy=row["strategy_label"], effect=effect, **whom)
    return Finding(headline, evidence, msg("aimed.action", **whom), "medium")


def _effect(row: dict[str, object]) -> Value:
    return value("points", row["effect"], row["effect_low"], row["effect_high"])


def _effect_of(row: dict[str, object]) -> Message:
    label = row["strategy_label"]
    assert isinstance(label, Message)
    return msg("review.effect_of", strategy=label, effect=_effect(row))


def _unproven(strategies: pd.DataFrame, effects: pd.DataFrame) -> Iterator[Finding]:
    tested = records(strategies[strategies["verdict"].isin(["none", "few", "unlike"])])
    untested = records(strategies[strategies["verdict"] == "no_holdout"])
    if not tested and not untested:
        return
    others = records(strategies[strategies["verdict"].isin(BESIDE_UNPROVEN)])
    n, judged = len(tested) + len(untested), int((strategies["verdict"] != "proposed").sum())
    headline = msg(f"review.finding.unproven{'.all' if n == judged > 1 else ''}", n=n, all=judged)
    said = {
        "tested": Value("list", [_effect_of(row) for row in tested]),
        "untested": Value("list", [row["strategy_label"] for row in untested]),
    }
    which = "both" if tested and untested else "tested" if tested else "untested"
    why = msg(f"review.finding.unproven.{which}", **said)
    if others:
        rest = [msg(f"review.unproven.{row['verdict']}", strategy=row["strategy_label"]) for row in others]
        why = msg("review.finding.unproven.rest", said=why, n=len(rest), others=Value("list", rest))
    total, proven = (float(part["cost"].sum()) for part in (effects, effects[effects["verdict"].eq("works")]))
    if total > 0:
        why = msg("review.finding.unproven.cost", said=why, total=value("money", total), proven=value("money", proven))
    yield Finding(headline, why, msg("review.action.prove"), "medium")


def _proposed(strategies: pd.DataFrame) -> Iterator[Finding]:
    names = [row["strategy_label"] for row in records(strategies[strategies["verdict"] == "proposed"])]
    if names:
        headline = msg("review.finding.proposed", n=len(names))
        why = msg("review.finding.proposed.why", strategies=Value("list", names))
        yield Finding(headline, why, msg("review.action.confirm"), "medium")


BESIDE_UNPROVEN = ("works", "harms", "early", "served")  # the verdicts of the strategies that these are not among
UNPROVEN = ("both", "tested", "untested")


def _cause(found: Cause | None) -> Iterator[Finding]:
    if found:
        grave: Severity = "high" if found.before_n >= found.n else "medium"
        yield Finding(cause_words(found), before_words(found), msg("review.action.cause"), grave)


def _core(engagement: Engagement, moved: pd.DataFrame) -> Iterator[Finding]:
    """What core customers spend clearly less, unless it is no more than such customers fall back by themselves."""
    core = moved[moved["group_id"].eq("class:core")] if len(moved) else moved
    if not len(core):
        return
    for row in records(core[core["measure"].eq("spend") & (core["change_high"] < 0)]):
        if row["verdict"] in ("better", "unclear"):
            continue
        share = records(core[core["measure"].eq("active_share")])[0]
        headline = msg(
            "review.finding.core",
            group=engagement.group_label("class:core"),
            before=value("price", row["before"]),
            after=value("price", row["after"], base=row["members"]),
            total=value("money", row["change"] * row["members"]),
        )
        why = msg(
            "review.finding.core.beyond" if row["verdict"] == "worse" else "review.finding.core.unknown",
            before=value("percent", share["before"]),
            after=value("percent", share["after"]),
            change=value("price", row["change"], row["change_low"], row["change_high"]),
            beyond=value("price", row["beyond"], row["beyond_low"], row["beyond_high"]),
        )
        yield Finding(headline, why, msg("review.action.core"), "high" if row["verdict"] == "worse" else "medium")


def _beyond(engagement: Engagement, moved: pd.DataFrame) -> Iterator[Finding]:
    """Groups whose net revenue a member moved beyond what such groups do by themselves."""
    if not len(moved):
        return
    shown = moved[moved["measure"].eq("spend") & moved["verdict"].isin(["better", "worse"])]
    if not len(shown):
        return
    said = [
        msg(
            "review.beyond_of",
            group=engagement.group_label(row["group_id"]),
            beyond=msg("review.value_full", value=value("price", row["beyond"], row["beyond_low"], row["beyond_high"]))
            if row["beyond"] < 0
            else difference("price", row["beyond"], row["beyond_low"], row["beyond_high"]),
            change=difference("price", row["change"]),
            usual=difference("price", row["change"] - row["beyond"]),
        )
        for row in records(shown)
    ]
    headline = msg("review.finding.beyond", groups=Value("list", said))
    worse = shown["verdict"].eq("worse").any()
    yield Finding(headline, msg("review.finding.beyond.why"), msg("review.action.beyond"), "medium" if worse else "low")


def _tasks(done: pd.DataFrame) -> Iterator[Finding]:
    if len(done) and (done["completion"] < WATCH).any():
        yield Finding(tasks_title(done), None, msg("review.action.capacity"), "medium")
