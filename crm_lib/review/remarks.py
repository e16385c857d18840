"""Remarks beside the numbers: what no conclusion may be drawn from, and what is missing."""

from __future__ import annotations

from typing import Any

import pandas as pd

from crm_lib.engagement import Definitions, Engagement
from crm_lib.engine import Engine
from crm_lib.frames import objects
from crm_lib.language import Kind, Message, Value, literal, msg, term
from crm_lib.metrics import METRICS, label
from crm_lib.metrics.off_list import off_list
from crm_lib.review.aimed import beside_class, beside_warnings, class_words
from crm_lib.review.contributions import explained
from crm_lib.review.effects import PRE_DAYS, default_window
from crm_lib.review.rows import difference, records, value
from crm_lib.review.strategies import beyond_class, not_carried_out
from crm_lib.review.targets import gap_kind
from crm_lib.review.titles import nowhere, tasks_title
from crm_lib.review.windows import Windows, spans

PERCENT: Kind = "percent"
PRICE: Kind = "price"
_NAMED = 5  # campaigns of an earlier time


def window_words(found: Windows, definitions: Definitions, changes: pd.DataFrame) -> Message:
    """Which days are compared, and which of the metrics measured have others."""
    known = changes.loc[changes["group_id"].eq("all") & changes["after"].notna(), "metric"]
    own = {name: spans(found, name, definitions) for name in METRICS if name in set(known)}
    plain = (found.before, found.after)
    others = [
        msg(
            "review.windows.own",
            metric=label(name),
            before_from=days["before"].starts_on,
            before_to=days["before"].ends_on,
            after_from=days["after"].starts_on,
            after_to=days["after"].ends_on,
        )
        for name, days in own.items()
        if days and (days["before"], days["after"]) != plain
    ]
    said = _compared(found)
    return msg("review.windows.others", said=said, items=Value("list", others)) if others else said


def _compared(found: Windows) -> Message:
    return msg(
        "review.windows",
        before_from=found.before.starts_on,
        before_to=found.before.ends_on,
        after_from=found.after.starts_on,
        after_to=found.after.ends_on,
        days=Value("days", found.days),
    )


def drift_words(engagement: Engagement, moved: pd.DataFrame, found: Windows) -> list[Message]:
    """That low groups that rose rise by themselves, and whether the data say by how much."""
    low = moved[(moved["measure"] == "active_share") & (moved["picked"] == "low") & (moved["change"] > 0)]
    placebo = {"baseline": found.placebo.baseline, "first": found.placebo.before.starts_on}
    if len(moved) and moved["verdict"].isin(["none", "few"]).all():
        if moved["verdict"].eq("few").any():
            return [msg("review.drift.few", smallest=engagement.definitions.smallest_base, **placebo)]
        return [msg("review.drift.unknown", **placebo)]
    said = [msg("review.drift.how", **placebo)] if len(moved) else []
    if elsewhere := [_elsewhere(engagement, mine) for _, mine in _unlike(moved)]:
        said.append(msg("review.drift.elsewhere", groups=Value("list", elsewhere)))
    if len(low):
        groups = Value("list", [engagement.group_label(id) for id in low["group_id"]])
        said.append(msg("review.drift.low", groups=groups))
    high = moved[(moved["measure"] == "active_share") & (moved["picked"] == "high") & (moved["change"] < 0)]
    high = high[~high["verdict"].isin(["better", "worse"])]
    if len(high):
        groups = Value("list", [_fall(engagement, row) for row in records(high)])
        said.append(msg("review.drift.high", groups=groups))
    return said


def _unlike(moved: pd.DataFrame) -> Any:
    return moved[moved["verdict"].eq("unlike")].groupby("group_id", sort=False)


def _elsewhere(engagement: Engagement, mine: pd.DataFrame) -> Message:
    """A group and its reference before, in each measure in which they differ."""
    rows = mine.set_index("measure")
    given: dict[str, Value] = {}
    for name, measure, kind in (("share", "active_share", PERCENT), ("spend", "spend", PRICE)):
        known = measure in rows.index
        given[name] = value(kind, rows.at[measure, "before"] if known else None)
        given[f"{name}_then"] = value(kind, rows.at[measure, "earlier_before"] if known else None)
    return msg(
        f"review.drift.elsewhere.{mine['elsewhere'].iloc[0]}",
        group=engagement.group_label(str(mine["group_id"].iloc[0])),
        **given,
    )


def _fall(engagement: Engagement, row: dict[str, Any]) -> Message:
    given = {"before": value("percent", row["before"]), "after": value("percent", row["after"])}
    return msg("review.drift.fall", group=engagement.group_label(row["group_id"]), **given)


def strategy_words(engagement: Engagement, rows: pd.DataFrame) -> pd.DataFrame:
    """`rows` (see strategy_effects) with `owner_label`, and `says`: what may be said of each strategy, in a sentence."""
    says = objects(_says(row) for row in records(rows))
    owners = objects(engagement.owner_label(id) for id in rows["owner"])
    classes = rows["operating_class"].mask(rows["verdict"].eq("served"))  # whoever complained is called, of any class
    return rows.assign(operating_class=classes).reset_index(drop=True).assign(says=says, owner_label=owners)


def _says(row: dict[str, Any]) -> Message:
    rule = row["verdict"]
    if rule == "no_holdout":
        alone = "before_after" if row["expected"] == row["expected"] else "before_after_alone"
        rule = alone if row["basis"] == "before_after" else "nothing"
    if not_carried_out(row):
        given = {"completion": value("percent", row["completion"]), "planned": value("int", row["planned"])}
        return msg("review.says.not_carried_out", metric=label(row["own_metric"]), **given)
    if rule == "served":
        return msg(
            "review.says.served" if row["own_change"] == row["own_change"] else "review.says.nothing", **own_words(row)
        )
    if rule == "few" and beyond_class(row):
        rule = "few_class"
    said = msg(
        f"review.says.{rule}",
        effect=value("points", row["effect"], row["effect_low"], row["effect_high"]),
        change=value("points", row["change"], row["change_low"], row["change_high"]),
        expected=value("points", row["expected"], row["expected_low"], row["expected_high"]),
        treated=value("int", row["treated"]),
        held=value("int", row["held"]),
        needed=value("int", row["needed"]),
        members=value("int", row["members"]),
    )
    return msg("aimed.says", says=said, **class_words(row)) if beside_class(row) else said


def own_words(row: dict[str, Any]) -> dict[str, Value | Message]:
    """metric, before, after and change of the own metric of a strategy that serves who complained, for its sentences."""
    metric = row["own_metric"]
    kind = METRICS[metric].kind
    change = difference(gap_kind(metric), row["own_change"], row["own_change_low"], row["own_change_high"])
    return {
        "metric": label(metric),
        "before": value(kind, row["own_before"]),
        "after": value(kind, row["own_after"]),
        "change": msg("review.value_full", value=change) if isinstance(change, Value) else change,
    }


SAYS = (
    "served",
    "not_carried_out",
    "works",
    "harms",
    "none",
    "few",
    "few_class",
    "early",
    "before_after",
    "before_after_alone",
    "nothing",
    "unlike",
    "proposed",
)


def missing_words(engine: Engine) -> list[Message]:
    """One sentence on the tables that the review would use and that have no data."""
    tables = [name for name in ("campaign_members", "tickets", "surveys", "interactions") if not engine.has(name)]
    names = Value("list", [term(f"table.{name}") for name in tables])
    return [msg("review.missing.tables", tables=names)] if tables else []


def warnings(strategies: pd.DataFrame) -> list[Message]:
    """The strategies whose effect nothing can show, and those whose campaigns went mostly to other classes."""
    untested = [row["strategy_label"] for row in records(strategies[strategies["verdict"] == "no_holdout"])]
    said = [msg("review.warning.untested", strategies=Value("list", untested))] if untested else []
    return [*said, *beside_warnings(records(strategies))]


def effects_words(definitions: Definitions, effects: pd.DataFrame, engine: Engine, found: Windows) -> Message:
    """How the arms are compared, or that there are none to compare, and which were sent before the cycle."""
    if not len(effects):
        earlier = _sent_before(engine, found)
        if not earlier:
            return msg("review.title.effects.no_campaigns")
        return msg(
            "review.text.effects.earlier",
            n=len(earlier),
            start=Value("date", found.start),
            names=Value("list", earlier[:_NAMED]),
        )
    given = {"window": default_window(definitions), "long": definitions.repurchase_window_days, "pre": PRE_DAYS}
    days = {name: Value("days", n) for name, n in given.items()}
    return msg("review.text.effects" if (effects["held"] > 0).any() else "review.text.effects.untested", **days)


def _sent_before(engine: Engine, found: Windows) -> list[Message]:
    """Campaigns with a list that went out before the cycle began, the latest first."""
    if not engine.has("campaign_members"):
        return []
    query = (
        "SELECT campaign_id, MAX(sent_on) AS last_on FROM campaign_members GROUP BY campaign_id"
        " HAVING MAX(sent_on) < CAST($start AS DATE) ORDER BY last_on DESC, campaign_id"
    )
    return [literal(str(id)) for id in engine.sql(query, start=found.start)["campaign_id"]]


def task_words(
    done: pd.DataFrame, effects: pd.DataFrame | None = None, contacts: pd.DataFrame | None = None
) -> Message:
    """How completion is counted and how many contacts (handoff `strategy_contacts`) were with others than the plan names, or
    that there is nothing to count: also that what was sent names no strategy."""
    title = tasks_title(done)
    if title.id != "review.title.tasks.none":
        found = off_list(contacts) if contacts is not None else None
        if found is None:
            return msg("review.text.tasks")
        return msg("review.text.tasks.off_list", n=found[0], contacts=found[1].base, share=found[1])
    if effects is None or not len(effects) or effects["strategy"].fillna("").ne("").any():
        return msg("review.sentence", said=title)
    return msg("review.text.tasks.unassigned", n=len(effects), people=int(effects["treated"].sum()))


def contribution_words(engagement: Engagement, parts: pd.DataFrame, missed: pd.DataFrame) -> Message:
    """How contributions are made, or that there is nothing to explain, or nothing to explain it by."""
    if len(parts):
        even = msg("review.sentence", said=nowhere(engagement, parts))
        return msg("review.text.contributions") if explained(parts) else even
    return msg("review.text.contributions.unsplit" if len(missed) else "review.text.contributions.none")
