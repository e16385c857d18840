"""Titles of charts and chapters: the conclusion with its number, chosen by the data."""

from __future__ import annotations

import pandas as pd

from crm_lib.engagement import Engagement
from crm_lib.frames import objects
from crm_lib.language import Message, msg, term
from crm_lib.metrics import METRICS
from crm_lib.review.contributions import part_label, telling
from crm_lib.review.drift import comparable
from crm_lib.review.rows import records, value
from crm_lib.review.targets import named
from crm_lib.review.tasks import by_owner


def rates_title(changes: pd.DataFrame) -> Message:
    """Of the rates of all customers: how many are better, worse, or not different beyond chance."""
    rates = changes[(changes["group_id"] == "all") & (changes["family"] == "rate") & changes["change"].notna()]
    if not len(rates):
        return msg("review.title.rates.none")
    counts = {name: int((rates["verdict"] == name).sum()) for name in ("better", "worse")}
    return msg("review.title.rates", n=len(rates), rest=len(rates) - sum(counts.values()), **counts)


def rise_title(engagement: Engagement, moved: pd.DataFrame) -> Message:
    """The group picked for being low that is bought from most again, beside what was to be expected."""
    rows = comparable(moved[(moved["measure"] == "active_share") & (moved["picked"] == "low")])
    if not len(rows):
        return msg("review.title.rise.none")
    top = records(rows.sort_values(["change", "group_id"], ascending=[False, True]))[0]
    return msg(
        "review.title.rise",
        group=engagement.group_label(top["group_id"]),
        before=value("percent", top["before"], base=top["members"]),
        after=value("percent", top["after"], base=top["members"]),
        expected=value("percent", top["expected_after"], base=top["earlier_members"]),
    )


def beyond_title(engagement: Engagement, moved: pd.DataFrame) -> Message:
    """How many groups moved beyond what such groups do by themselves, and the one that did most."""
    rows = comparable(moved[moved["measure"] == "active_share"])
    if not len(rows):
        return msg("review.title.beyond.unknown")
    shown = rows[rows["verdict"].isin(["better", "worse"])]
    if not len(shown):
        return msg("review.title.beyond.none", n=len(rows))
    top = records(shown.assign(size=shown["beyond"].abs()).sort_values(["size", "group_id"], ascending=[False, True]))[
        0
    ]
    beyond = value("points", top["beyond"], top["beyond_low"], top["beyond_high"], top["members"])
    group = engagement.group_label(top["group_id"])
    return msg("review.title.beyond", shown=len(shown), n=len(rows), group=group, beyond=beyond)


def effects_title(effects: pd.DataFrame) -> Message:
    """How many of the tested campaigns show an effect, and the largest."""
    tested = effects[effects["held"] > 0]
    if not len(tested):
        return msg("review.title.effects.untested" if len(effects) else "review.title.effects.no_campaigns")
    works = tested[tested["verdict"] == "works"].sort_values(["effect", "campaign_id"], ascending=[False, True])
    if not len(works):
        return msg("review.title.effects.none", n=len(tested))
    top = records(works)[0]
    effect = value("points", top["effect"], top["effect_low"], top["effect_high"], top["treated"] + top["held"])
    return msg("review.title.effects", works=len(works), n=len(tested), campaign=str(top["campaign"]), effect=effect)


def attainment_title(engagement: Engagement, reached: pd.DataFrame) -> Message:
    """How many targets were reached, and the first of the list that was not."""
    known = reached[reached["status"] != "unknown"]
    if not len(known):
        return msg("review.title.targets.unknown" if len(reached) else "review.title.targets.none")
    met = int((known["status"] == "good").sum())
    if met == len(known):
        return msg("review.title.targets.all", n=len(known))
    first = records(known[known["status"] != "good"])[0]
    kind = METRICS[first["metric"]].kind
    return msg(
        "review.title.targets",
        met=met,
        n=len(known),
        target=named(engagement, first["metric"], first["group_id"]),
        actual=value(kind, first["actual"], first["actual_low"], first["actual_high"], first["actual_base"]),
        goal=value(kind, first["target"]),
    )


def contribution_title(engagement: Engagement, parts: pd.DataFrame, target_id: str) -> Message:
    """The part that holds more of the gap than its size would give it."""
    rows = parts[parts["target_id"] == target_id]
    top = telling(rows, engagement.definitions.smallest_base)
    if top is None:
        return msg("review.title.parts.even" if len(rows) else "review.title.parts.none")
    return msg(
        "review.title.parts",
        target=named(engagement, top["metric"], top["group_id"]),
        part=part_label(top["dimension"], top["part"]),
        dimension=term(f"review.dimension.{top['dimension']}"),
        share_of_gap=value("percent", top["share_of_gap"]),
        share=value("percent", top["share"], base=top["base"]),
    )


def tasks_title(done: pd.DataFrame) -> Message:
    """Share of the plan that was carried out, and the owner who is furthest behind."""
    if not len(done) or not done["planned"].sum():
        return msg("review.title.tasks.none")
    owners = by_owner(done)
    known = owners[owners["completion"].notna()]
    overall = (known["completion"] * known["planned"]).sum() / known["planned"].sum()
    least = records(known)[0]
    return msg(
        "review.title.tasks",
        overall=value("percent", overall, base=known["planned"].sum()),
        owner=least["owner_label"],
        completion=value("percent", least["completion"], base=least["planned"]),
    )


def with_words(engagement: Engagement, frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with `group`, its group_id in words, and `metric_name` where it has a metric."""
    plain = frame.reset_index(drop=True)
    found = plain.assign(group=objects(engagement.group_label(id) for id in plain["group_id"]))
    if "metric" in plain:
        found = found.assign(metric_name=objects(msg(f"metric.{name}") for name in plain["metric"]))
    return found
