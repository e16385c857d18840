"""What monitoring found: figures off their path and why, work not done, answers, alerts; the gravest first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import pandas as pd

from crm_lib.engagement import Engagement
from crm_lib.frames import rows
from crm_lib.language import Finding, Message, Value, msg
from crm_lib.metrics import METRICS, span_words
from crm_lib.metrics.off_list import LEAST, off_list
from crm_lib.metrics.parts import NEWCOMERS, large, part_words
from crm_lib.monitoring.alerts import target_label
from crm_lib.monitoring.before_start import since_words
from crm_lib.monitoring.known_cause import known_cause
from crm_lib.monitoring.lacking import lacking_do, lacking_words
from crm_lib.monitoring.ledger import contacts_handoff, mixed_kinds
from crm_lib.monitoring.owner_coverage import own_findings
from crm_lib.monitoring.path import readable_from
from crm_lib.monitoring.reasons import execution_gap, got_worse
from crm_lib.monitoring.words import deviation_words, figure, joined, latest_words, step

STILL = ("complaint_words", "response_late", "close_late")  # alerts that say how many are open yet
_GRAVITY = {"high": 0, "medium": 1, "low": 2}


def findings(
    engagement: Engagement,
    readings: pd.DataFrame,
    reasons: pd.DataFrame,
    plan: pd.DataFrame,
    done: pd.DataFrame,
    owners: pd.DataFrame,
    answers: pd.DataFrame,
    alerts: pd.DataFrame,
    floor: float,
    contributions: pd.DataFrame,
    own: pd.DataFrame,
    nameless: pd.DataFrame,
    sends: pd.DataFrame,
    points: pd.DataFrame,
    low: pd.DataFrame,
    lacking: pd.DataFrame,
) -> list[Finding]:
    """All findings, gravest first; of equal gravity first one of each topic, in the order figures, tasks,
    own accounts, alerts, answers. `done` is tasks.by_strategy, `owners` tasks.by_owner, `reasons`
    reasons.main_reasons, `nameless` reasons.without_name, `own` owner_coverage.by_own, `points` the
    handoff pain_points, `low` reasons.standing, `lacking` lacking.lacking_fields."""
    topics = [
        _figures(
            engagement, readings, reasons, plan, done, alerts, floor, contributions, nameless, points, low, lacking
        ),
        _tasks(engagement, plan, done, owners, floor, answers, sends),
        own_findings(engagement, own),
        _alerts(alerts),
        _answers(answers),
        _good_news(engagement, readings),
    ]
    ranked = [(_GRAVITY[one.severity], nth, i, one) for i, topic in enumerate(topics) for nth, one in enumerate(topic)]
    return [one for *_, one in sorted(ranked, key=lambda place: place[:3])]


def beyond_summary(found: list[Finding], summary: int) -> list[Finding]:
    """What comes after the first `summary` findings, without the alerts, which their list holds."""
    return [one for one in found[summary:] if not one.headline.id.startswith("monitoring.finding.alert.")]


def _figures(
    engagement: Engagement,
    readings: pd.DataFrame,
    reasons: pd.DataFrame,
    plan: pd.DataFrame,
    done: pd.DataFrame,
    alerts: pd.DataFrame,
    floor: float,
    contributions: pd.DataFrame,
    nameless: pd.DataFrame,
    points: pd.DataFrame,
    low: pd.DataFrame,
    lacking: pd.DataFrame,
) -> Iterator[Finding]:
    silent = int(alerts.loc[alerts["rule"] == "core_silent", "count"].sum())
    why = {row.target_id: row for row in rows(reasons)}
    blank = {row.target_id: row for row in rows(nameless)}
    old = {row.target_id: row for row in rows(low)}
    empty = {row.target_id: row for row in rows(lacking)}
    for status, severity in (("bad", "high"), ("watch", "medium")):
        for row in rows(readings[readings["status"] == status]):
            made, planned = execution_gap(engagement, row.group_id, done, plan)
            if row.target_id in why:
                parts = [_reason(why[row.target_id])]
            elif row.target_id in old:
                parts = [_standing(old[row.target_id])]
            else:
                parts = _no_reason(engagement, row, contributions)
            if status == "bad" and (since := since_words(row)) is not None:
                parts.append(since)
            if row.target_id in blank:
                parts.append(_without_name(blank[row.target_id]))
            if row.latest_period not in ("", row.from_period):
                parts.insert(0, msg("monitoring.finding.latest", latest=latest_words(row)))
            if row.group_id != "all" and METRICS[row.metric].needs == ("orders",):
                parts.append(msg("monitoring.finding.picked", group=engagement.group_label(row.group_id)))
            if planned and touched(row.metric):
                share = Value("percent", made / planned, base=planned)
                whose = "" if row.group_id.startswith("class:") else "_all"
                parts.append(msg(f"monitoring.finding.executed{whose}", done=made, planned=planned, share=share))
            if row.target_id in empty:
                parts.append(lacking_words(empty[row.target_id], row.target))
            missed = silent if row.group_id in ("all", "class:core") else 0
            causes = why.get(row.target_id), blank.get(row.target_id)
            action = _action(row, *causes, made, planned, floor, missed, points)
            if row.target_id in empty:
                action = lacking_do(empty[row.target_id])
            yield Finding(_headline(engagement, row, status), joined(parts), action, severity)  # type: ignore[arg-type]


def _headline(engagement: Engagement, row: Any, status: str) -> Message:
    return msg(
        f"monitoring.finding.figure_{status}",
        target=target_label(engagement, row.target_id),
        period=span_words(row),
        actual=figure(row.metric, row.value, row),
        expected=figure(row.metric, row.expected),
        deviation=deviation_words(row),
        goal=figure(row.metric, row.target),
        due=row.due.date(),
    )


def _reason(row: Any) -> Message:
    return msg(
        "monitoring.finding.reason_new" if pd.isna(row.before) else "monitoring.finding.reason",
        part=part_words(row.dimension, row.part),
        before=figure(row.metric, row.before),
        now=figure(row.metric, row.now),
        n=int(row.base),
        share=Value("percent", None if pd.isna(row.share) else float(row.share)),
        contribution=step(row.metric, row.contribution),
        change=step(row.metric, row.change),
    )


def _standing(row: Any) -> Message:
    return msg(
        "monitoring.finding.standing",
        part=part_words(row.dimension, row.part),
        before=figure(row.metric, row.before),
        now=figure(row.metric, row.now),
        rest=figure(row.metric, row.rest),
        n=int(row.base),
        share=Value("percent", float(row.share)),
        change=step(row.metric, row.change),
    )


def _without_name(row: Any) -> Message:
    return msg(
        "monitoring.finding.without_name",
        dimension=msg(f"part.dimension.{row.dimension}"),
        n=int(row.base),
        share=Value("percent", None if pd.isna(row.share) else float(row.share)),
        contribution=step(row.metric, row.contribution),
        change=step(row.metric, row.change),
    )


def _to_record(row: Any) -> Message:
    return msg("monitoring.finding.do_state", dimension=msg(f"part.dimension.{row.dimension}"), n=int(row.base))


def touched(metric: str) -> bool:
    """Whether contacts are what moves the figure."""
    return METRICS[metric].needs[0] not in ("tickets", "customers")


def _no_reason(engagement: Engagement, row: Any, contributions: pd.DataFrame) -> list[Message]:
    """No part can be named: none was looked at, none has enough counted or got worse, or all fell alike."""
    mine = contributions[contributions["target_id"] == row.target_id]
    if not len(mine):
        return [msg("monitoring.finding.no_parts")]
    smallest, change = engagement.definitions.smallest_base, step(row.metric, mine["change"].iloc[0])
    if not large(mine, smallest).any():
        return [msg("monitoring.finding.small_parts", smallest=smallest)]
    if got_worse(mine, smallest).any():
        return [msg("monitoring.finding.spread", change=change)]
    improved = (mine["change"].iloc[0] > 0) == (METRICS[row.metric].better == "up")
    return [msg(f"monitoring.finding.{'none_worse' if improved else 'few_parts'}", change=change)]


def _action(
    row: Any, why: Any, blank: Any, made: int, planned: int, floor: float, silent: int, points: pd.DataFrame
) -> Message:
    """What to do about a figure; `why`: its part that is to be mended, `blank`: the one of which nobody knows what it
    is; `silent`: its core customers who were not contacted in their interval."""
    record = None if blank is None or why is not None else _to_record(blank)
    part = None if why is None else part_words(why.dimension, why.part)
    if METRICS[row.metric].needs == ("customers",):
        return msg("monitoring.finding.do_profile")
    if METRICS[row.metric].needs == ("tickets",):
        slow = row.metric == "complaint_first_response_rate"
        otherwise = msg("monitoring.alert_do.response_late") if slow else msg("monitoring.finding.do_open")
        return msg("monitoring.finding.do_tickets", part=part) if part and not slow else record or otherwise
    root = None if why is None else known_cause(points, why.dimension, why.part)
    if part is not None and root is not None:
        return msg("monitoring.finding.do_root", part=part, root=root)
    if not planned:
        if part:
            return msg("monitoring.finding.do_look", part=part)
        return msg(f"monitoring.finding.{'do_record' if row.status == 'bad' else 'do_wait'}")
    if made < floor * planned:
        return msg("monitoring.finding.do_work", open=planned - made)
    share = Value("percent", made / planned)
    if why is not None and why.part == NEWCOMERS:
        return msg("monitoring.finding.do_newcomers")
    if part is not None:
        return msg("monitoring.finding.do_part", part=part, share=share)
    if silent:
        return msg("monitoring.finding.do_silent", n=silent, share=share)
    if record is not None:
        return record
    if row.status == "bad":
        return msg("monitoring.finding.do_content", share=share)
    return msg("monitoring.finding.do_wait")


def _tasks(
    engagement: Engagement,
    plan: pd.DataFrame,
    by_strategy: pd.DataFrame,
    owners: pd.DataFrame,
    floor: float,
    answers: pd.DataFrame,
    sends: pd.DataFrame,
) -> Iterator[Finding]:
    planned, done, open_ones = (int(owners[name].sum()) for name in ("planned", "done", "open"))
    if not planned and len(plan) and not plan["agreed"].any():
        weekly = Value("int", round(float(plan["contacts_per_week"].sum())))
        headline = msg("monitoring.finding.proposed", n=len(plan), contacts=weekly)
        yield Finding(headline, None, msg("monitoring.finding.proposed_do"), "medium")
        return
    if not planned:
        aside = sends[sends["matched"] == ""]
        judged = int(aside["judged"].sum())
        why = msg(
            f"monitoring.finding.no_tasks_sent{'_judged' if 0 < judged < len(aside) else ''}",
            n=len(aside),
            campaigns=int(aside["campaign_id"].nunique()),
            judged=judged,
        )
        do = msg(f"monitoring.finding.no_tasks_do{'_sent' if len(aside) else ''}")
        yield Finding(msg("monitoring.finding.no_tasks"), why if len(aside) else None, do, "medium")
        return
    share = Value("percent", done / planned, base=planned, name="completion")
    headline = msg("monitoring.finding.tasks", done=done, planned=planned, share=share, open=open_ones)
    behind, owing = owners["completion"] < floor, _owe_half(owners)
    few = open_ones < planned * (1 - floor)
    severity: Literal["high", "medium", "low"] = "high" if behind.any() else "low" if few else "medium"
    if not open_ones:
        yield Finding(headline, None, None, severity)
        return
    named = owners[(behind & owners["open"].gt(0)) | owing].sort_values(["open", "owner"], ascending=[False, True])
    parts = [_owed(engagement, row, open_ones) for row in rows(named)]
    parts += [
        msg("monitoring.finding.too_late", owner=engagement.owner_label(row.owner), n=int(row.too_late))
        for row in rows(owners[owners["too_late"] > 0])
    ]
    strangers, needless = list(_off_list(answers)), list(_needless_calls(answers))
    todo = list(_to_make_up(engagement, by_strategy[by_strategy["owner"].isin(named["owner"])], list(named["owner"])))
    todo += [msg("monitoring.finding.needless_calls_do")] if needless else []
    todo += [msg("monitoring.finding.off_list_do")] if strangers else []
    yield Finding(headline, joined(parts + needless + strangers), joined(todo), severity)


def _to_make_up(engagement: Engagement, mine: pd.DataFrame, order: list[str]) -> Iterator[Message]:
    """What the owners named are to make up; a call promised within hours of a complaint has no interval to lengthen."""
    still = mine.assign(open=mine["open"] - mine["too_late"])
    still = still[still["open"] > 0]
    promised = still["strategy"].isin({one.id for one in engagement.strategies if one.trigger == "complaint_closed"})
    for rule, part in (("tasks_do", still[~promised]), ("call_backs_do", still[promised])):
        if len(part):
            names = [engagement.owner_label(owner) for owner in order if owner in set(part["owner"])]
            yield msg(f"monitoring.finding.{rule}", owners=Value("list", names), open=int(part["open"].sum()))


def _off_list(answers: pd.DataFrame) -> Iterator[Message]:
    """That many of the contacts counted for strategies were with customers who are on none of their lists."""
    if found := off_list(contacts_handoff(answers)):
        yield msg("monitoring.finding.off_list", n=found[0], contacts=found[1].base, share=found[1])


def _needless_calls(answers: pd.DataFrame) -> Iterator[Message]:
    """That many of the contacts for a strategy that closed complaints set off were for none of them."""
    for row in rows(answers[answers["by_complaint"] & answers["off_list"].notna()]):
        if row.made and row.off_list >= LEAST * row.made:
            share = Value("percent", row.off_list / row.made, base=int(row.made), name="needless_calls")
            given = {"strategy": row.name, "n": int(row.off_list), "contacts": int(row.made)}
            yield msg("monitoring.finding.needless_calls", share=share, **given)


def _owe_half(owners: pd.DataFrame) -> pd.Series:
    """Whether an owner is one of the fewest who together owe half of what is open."""
    order = owners.sort_values(["open", "owner"], ascending=[False, True])["open"]
    before = (order.cumsum() - order) / max(order.sum(), 1)
    return ((before < 0.5) & order.gt(0)).reindex(owners.index)


def _owed(engagement: Engagement, row: Any, open_ones: int) -> Message:
    return msg(
        "monitoring.finding.owner",
        owner=engagement.owner_label(row.owner),
        share=Value("percent", float(row.completion), base=int(row.planned)),
        open=int(row.open),
        part=Value("percent", row.open / open_ones),
        since=row.oldest_due.date(),
    )


def _alerts(alerts: pd.DataFrame) -> Iterator[Finding]:
    """The alerts of the rules on tickets and customers, those that have stood longest first; owners and figures have
    findings of their own."""
    mine = alerts[~alerts["rule"].isin(["owner_behind", "kpi_red"])]
    for row in rows(mine.sort_values(["status", "since"], kind="stable")):
        share = Value("percent", row.count / row.base if row.base else None, base=int(row.base))
        given: dict[str, Any] = {"n": int(row.count), "share": share, "since": row.since.date(), "open": int(row.open)}
        if row.rule in STILL:
            left = "none" if not row.open else "all" if row.open == row.count else "some"
            given["still"] = msg(f"monitoring.still.{row.rule}.{left}", open=int(row.open))
        every = ".all" if row.count == row.base > 1 else ""
        yield Finding(
            msg(f"monitoring.finding.alert.{row.rule}{every}", **given),
            msg("monitoring.finding.alert_who", who=row.who),
            row.action,
            "high" if row.status == "bad" else "medium",
        )


def _answers(answers: pd.DataFrame) -> Iterator[Finding]:
    known = answers[answers["enough"]].sort_values(["share", "strategy"], ascending=[True, True])
    if len(known) < 2 or mixed_kinds(known):
        return
    worst, best = next(rows(known)), list(rows(known))[-1]
    rates = {
        "worst": worst.name,
        "rate": Value("percent", worst.share, base=worst.contacts, low=worst.low, high=worst.high),
        "best": best.name,
        "best_rate": Value("percent", best.share, base=best.contacts, low=best.low, high=best.high),
    }
    if worst.high < best.low:
        yield Finding(
            msg("monitoring.finding.answers", **rates), None, msg("monitoring.finding.answers_do", **rates), "medium"
        )
    else:
        yield Finding(msg("monitoring.finding.answers_even", **rates), None, None, "low")


def _good_news(engagement: Engagement, readings: pd.DataFrame) -> Iterator[Finding]:
    good, met = readings[readings["status"] == "good"], readings[readings["standing"] == "already"]
    known = int((readings["status"] != "unknown").sum())
    if len(good):
        names = Value("list", [target_label(engagement, target) for target in good["target_id"]])
        every = "_all" if len(good) == known > 1 else ""
        headline = msg(f"monitoring.finding.on_track{every}", n=len(good), all=known, targets=names)
        yield Finding(headline, None, None, "low")
    if len(met):
        names = Value("list", [target_label(engagement, target) for target in met["target_id"]])
        action = msg("monitoring.finding.already_do")
        yield Finding(msg("monitoring.finding.already", n=len(met), targets=names), None, action, "medium")
    for row in rows(readings[readings["status"] == "unknown"]):
        given: dict[str, Any] = {"target": target_label(engagement, row.target_id)}
        if row.standing == "unmeasured":
            first = readable_from(row, engagement)
            yield Finding(msg("monitoring.finding.unreadable", first=first, **given), None, None, "low")
        elif row.standing == "no_path":
            yield Finding(msg("monitoring.finding.no_path", **given), None, None, "low")
        elif row.standing == "few":
            given |= {"n": int(row.base), "smallest": engagement.definitions.smallest_base}
            yield Finding(msg("monitoring.finding.too_few", **given), None, None, "low")
