"""The figures at the top of the document, and what the data do not allow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from math import isnan

import pandas as pd

from crm_lib.engagement import Engagement
from crm_lib.engine import Engine
from crm_lib.frames import rows
from crm_lib.language import Message, Value, msg
from crm_lib.metrics import METRICS, delivered, whole_days
from crm_lib.metrics.closings_recorded import OLD_DAYS, closings
from crm_lib.monitoring.contacts import outbound, recorded_span, unmatchable


def headline(
    readings: pd.DataFrame,
    owners: pd.DataFrame,
    answers: pd.DataFrame,
    alerts: pd.DataFrame,
    floor: float,
    sends: pd.DataFrame,
) -> list[tuple[Message, Value, str]]:
    """(label, value, status) of five figures; campaign messages of no strategy count among the answers."""
    good, known = int(readings["status"].eq("good").sum()), int(readings["status"].ne("unknown").sum())
    red = int(readings["status"].eq("bad").sum())
    planned, done, open_ones = (int(owners[name].sum()) for name in ("planned", "done", "open"))
    share = done / planned if planned else None
    contacts, responses = int(answers["contacts"].sum()), int(answers["responses"].sum())
    others = sends[sends["matched"].eq("") & sends["judged"].eq(1)]
    contacts, responses = contacts + len(others), responses + int(others["answered"].sum())
    grave = int(alerts["status"].eq("bad").sum())
    rate = Value("percent", responses / contacts if contacts else None, name="answers.all")
    return [
        (
            msg("monitoring.headline.on_track", known=known, red=red),
            Value("int", good, name="targets_on_track"),
            "bad" if red else "good" if good == known and known else "watch" if known else "unknown",
        ),
        (
            msg("monitoring.headline.completion", planned=planned)
            if planned
            else msg("monitoring.headline.completion_unknown"),
            Value("percent", share, name="completion.all"),
            "unknown" if share is None else "good" if not open_ones else "watch" if share >= floor else "bad",
        ),
        (msg("monitoring.headline.backlog"), Value("int", open_ones if planned else None, name="backlog"), ""),
        (msg("monitoring.headline.answers", contacts=contacts), rate, ""),
        (
            msg("monitoring.headline.alerts", grave=grave),
            Value("int", len(alerts), name="alerts"),
            "",  # no target to be on or off; the label says how many are grave
        ),
    ]


def nothing_in(parts: Sequence[tuple[Message, bool]]) -> list[Message]:
    """One sentence that lists the sections without rows, of (name, whether there are rows); [] where all have some."""
    empty = [name for name, filled in parts if not filled]
    return [msg("monitoring.none.parts", n=len(empty), parts=Value("list", empty))] if empty else []


def ledger_words(engine: Engine, engagement: Engagement, interactions: pd.DataFrame) -> Message:
    """What the ledger holds, or that there is none."""
    if not engine.has("interactions"):
        return msg("monitoring.text.no_interactions")
    return msg("monitoring.text.ledger", start=engagement.cycle.start, n=len(interactions))


def remarks(
    engine: Engine,
    engagement: Engagement,
    interactions: pd.DataFrame,
    readings: pd.DataFrame,
    plan: pd.DataFrame,
    answering: pd.DataFrame,
) -> list[Message]:
    """Missing tables, records that could not be used, targets that cannot be measured, by whom contacts are counted;
    one sentence each."""
    found = [msg("monitoring.remark.groups", baseline=engagement.cycle.baseline)]
    if engine.has("interactions") and not outbound(engine):
        found.append(msg("monitoring.remark.no_outbound"))
    if unnamed := unmatchable(interactions):
        ours = int(interactions["direction"].eq("out").sum())
        found.append(msg("monitoring.remark.unmatchable", n=unnamed, all=ours))
    found += [*_short_record(engine, engagement, plan), *_counted_by(engagement, plan, answering)]
    closed = closings(engine, engagement.as_of)
    if not closed.recorded:
        share = Value("percent", closed.unclosed / closed.complaints, base=closed.complaints)
        found.append(
            msg(
                "monitoring.remark.closings",
                days=Value("days", OLD_DAYS),
                n=closed.unclosed,
                all=closed.complaints,
                share=share,
                oldest=closed.oldest,
            )
        )
    if engine.has("tickets") and whole_days(engine, "closed_at"):
        found.append(
            msg("monitoring.remark.days_only", promised=Value("hours", engagement.definitions.complaint_close_hours))
        )
    if readings["metric"].isin([name for name in METRICS if METRICS[name].needs == ("tickets",)]).any():
        found.append(msg("monitoring.remark.known", baseline=engagement.cycle.baseline))
    if engine.has("campaign_members") and not delivered(engine, "campaign_members"):
        found.append(msg("monitoring.remark.no_responses", n=engine.count("campaign_members")))
    if engine.has("interactions") and not delivered(engine, "interactions"):
        found.append(msg("monitoring.remark.no_answers", n=engine.count("interactions")))
    missing = {"interactions": "no_interactions", "tickets": "no_tickets", "campaign_members": "no_campaigns"}
    found += [msg(f"monitoring.remark.{remark}") for table, remark in missing.items() if not engine.has(table)]
    if len(readings) and readings["group_id"].ne("all").any():
        found.append(msg("monitoring.remark.regress"))
    if not len(readings):
        found.append(msg("monitoring.remark.no_targets"))
    if len(interactions):
        stated = interactions["strategy"].notna()
        by_member = int(interactions["match"].eq("member").sum())
        unknown = int((stated & interactions["match"].eq("none")).sum())
        aside = int((~stated & interactions["match"].eq("none")).sum())
        given = {"n": len(interactions), "by_member": by_member, "aside": aside}
        if by_member or aside:
            found.append(msg("monitoring.remark.matched", **given))
        if unknown:
            found.append(msg("monitoring.remark.unknown_strategy", n=unknown))
        if undirected := int(interactions["direction"].isna().sum()):
            found.append(msg("monitoring.remark.undirected", n=undirected))
    return found


def _short_record(engine: Engine, engagement: Engagement, plan: pd.DataFrame) -> Iterator[Message]:
    """That the records of our contacts do not span the interval of a core strategy."""
    span = recorded_span(engine, engagement.as_of)
    core = plan[plan["agreed"] & plan["operating_class"].eq("core")]
    short = core[~span.covers(core["every_days"])]
    if isnan(span.first_days) or not len(short):
        return
    yield msg(
        "account.remark.short",
        first=engagement.as_of - timedelta(days=span.first_days),
        last=engagement.as_of - timedelta(days=span.last_days),
        interval=Value("days", float(short["every_days"].max())),
    )


def _counted_by(engagement: Engagement, plan: pd.DataFrame, answering: pd.DataFrame) -> Iterator[Message]:
    """The strategies whose contacts are counted by customers' own owners."""
    for row in rows(answering[answering["worked"].astype(bool)].drop_duplicates("strategy")):
        whose = plan.loc[plan["strategy"] == row.strategy, "owner"]
        yield msg(
            "account.remark.own",
            strategy=engagement.strategy_label(row.strategy),
            n=int(row.by_own),
            all=int(row.contacts),
            share=Value("percent", row.by_own / row.contacts, base=int(row.contacts)),
            owner=engagement.owner_label(whose.iloc[0] or None),
        )
