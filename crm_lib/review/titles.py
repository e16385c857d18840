"""Titles of charts and chapters: the conclusion with its number, chosen by the data."""

from __future__ import annotations

from typing import Any

import pandas as pd

from crm_lib.engagement import Engagement
from crm_lib.frames import objects, rows
from crm_lib.language import Message, Value, msg, term
from crm_lib.metrics import METRICS, label, span_words
from crm_lib.metrics.parts import large, part_words
from crm_lib.review.contributions import cause, standing, unrecorded
from crm_lib.review.drift import comparable
from crm_lib.review.rows import difference, records, value
from crm_lib.review.targets import gap_kind, named
from crm_lib.review.tasks import GOOD, by_owner
from crm_lib.review.windows import Span, Windows, spans

DECIDED = ("better", "worse", "unclear")


def rates_title(changes: pd.DataFrame) -> Message:
    """Of the rates of all customers that can be judged: how many are better or worse than before."""
    rates = changes[(changes["group_id"] == "all") & (changes["family"] == "rate")]
    known = rates[rates["verdict"].isin(DECIDED)]
    if not len(known):
        return msg("review.title.rates.none")
    counts = {name: int((known["verdict"] == name).sum()) for name in ("better", "worse")}
    if len(known) > 1 and not any(counts.values()):
        return msg("review.title.rates.same", n=len(known))
    return msg("review.title.rates", n=len(known), rest=len(known) - sum(counts.values()), **counts)


def year_title(changes: pd.DataFrame) -> Message | None:
    """The rates of all customers that are clearly worse than a year ago; None where none is."""
    rates = changes[(changes["group_id"] == "all") & (changes["family"] == "rate")]
    yearly = rates[rates["yoy_verdict"].isin(DECIDED)]
    fallen = yearly[yearly["yoy_verdict"] == "worse"]
    if not len(fallen):
        return None
    names = Value("list", [label(name) for name in fallen["metric"]])
    return msg("review.title.rates.yoy_worse", m=len(yearly), worse=len(fallen), names=names)


def _picked_for_being_low(moved: pd.DataFrame) -> pd.DataFrame:
    return comparable(moved[(moved["measure"] == "active_share") & (moved["picked"] == "low")])


def rise_title(engagement: Engagement, moved: pd.DataFrame) -> Message:
    """The group picked for being low that is bought from most again, beside what was to be expected; of others, where no
    such group has a reference, the one that moved most."""
    low = _picked_for_being_low(moved)
    mine = comparable(moved[moved["measure"] == "active_share"])
    if not len(mine):
        return msg("review.title.rise.none")
    moves = low.assign(size=low["change"]) if len(low) else mine.assign(size=mine["change"].abs())
    top = records(moves.sort_values(["size", "group_id"], ascending=[False, True]))[0]
    return msg(
        "review.title.rise",
        group=engagement.group_label(top["group_id"]),
        before=value("percent", top["before"], base=top["members"]),
        after=value("percent", top["after"], base=top["members"]),
        expected=value("percent", top["expected_after"], base=top["earlier_members"]),
    )


def beyond_title(engagement: Engagement, moved: pd.DataFrame) -> Message:
    """How many groups moved beyond what such groups do by themselves, and the one that did most."""
    mine = comparable(moved[moved["measure"] == "active_share"])
    if not len(mine):
        return msg("review.title.beyond.unknown")
    shown = mine[mine["verdict"].isin(["better", "worse"])]
    if not len(shown):
        return msg("review.title.beyond.none", n=len(mine))
    top = records(shown.assign(size=shown["beyond"].abs()).sort_values(["size", "group_id"], ascending=[False, True]))[
        0
    ]
    beyond = value("points", top["beyond"], top["beyond_low"], top["beyond_high"], top["members"])
    group = engagement.group_label(top["group_id"])
    return msg("review.title.beyond", shown=len(shown), n=len(mine), group=group, beyond=beyond)


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
    given: dict[str, Any] = {"n": len(tested), "campaign": str(top["campaign"]), "effect": effect}
    if len(tested) == 1:
        return msg("review.title.effects.only", campaign=given["campaign"], effect=effect)
    if len(works) == 1:
        return msg(f"review.title.effects.{'one' if len(tested) > 1 else 'only'}", **given)
    return msg("review.title.effects", works=len(works), **given)


def attainment_title(engagement: Engagement, reached: pd.DataFrame) -> Message:
    """How many targets were reached, how many not yet due are on track, and the first that is short, in the order of the table."""
    known = reached[reached["status"] != "unknown"]
    if not len(known):
        return msg("review.title.targets.unknown" if len(reached) else "review.title.targets.none")
    met, on_track = (int((known["standing"] == name).sum()) for name in ("reached", "on_track"))
    if met == len(known):
        return msg("review.title.targets.all", n=len(known))
    if met + on_track == len(known):
        return msg("review.title.targets.fine", n=len(known), met=met, on_track=on_track)
    first = next(rows(known[known["status"] != "good"]))
    kind = METRICS[first.metric].kind
    return msg(
        "review.title.targets.midway" if on_track else "review.title.targets",
        met=met,
        n=len(known),
        on_track=on_track,
        target=named(engagement, first.metric, first.group_id),
        span=span_words(first),
        actual=value(kind, first.actual, first.actual_low, first.actual_high, first.actual_base),
        goal=value(kind, first.target),
    )


def contribution_title(engagement: Engagement, parts: pd.DataFrame, target_id: str) -> Message:
    """The cause of a target's deviation as monitoring found it, else where nobody wrote down what the part is."""
    top, blank = cause(parts, target_id), unrecorded(parts, target_id)
    if top is not None:
        return msg("review.title.parts", **where(engagement, top))
    if blank is not None:
        return msg("review.title.parts.unrecorded", **where(engagement, blank))
    return nowhere(engagement, parts) if len(parts) else msg("review.title.parts.none")


def nowhere(engagement: Engagement, parts: pd.DataFrame) -> Message:
    """That none of `parts` is the cause (but one stood low already), or that of no target, or not of every one, they count
    enough to be looked at."""
    if (low := standing(parts)) is not None:
        return msg("review.title.parts.standing", **where(engagement, low))
    smallest = engagement.definitions.smallest_base
    tested = large(parts, smallest).groupby(parts["target_id"]).transform("any")
    if tested.all():
        return msg("review.title.parts.even")
    if not tested.any():
        return msg("review.title.parts.untested", smallest=smallest)
    names = {"tested": _targets(engagement, parts[tested]), "untested": _targets(engagement, parts[~tested])}
    return msg("review.title.parts.even_some", smallest=smallest, **names)


def _targets(engagement: Engagement, parts: pd.DataFrame) -> Value:
    heads = parts.drop_duplicates("target_id")
    return Value("list", [named(engagement, row.metric, row.group_id) for row in rows(heads)])


def where(engagement: Engagement, part: dict[str, Any]) -> dict[str, Any]:
    """Of one part: its target, what it is, level in the baseline's months and now, what it adds to the change, and its
    share of the whole, in words."""
    kind, step = METRICS[part["metric"]].kind, gap_kind(part["metric"])
    return {
        "target": named(engagement, part["metric"], part["group_id"]),
        "part": part_words(part["dimension"], part["part"]),
        "before": value(kind, part["before"]),
        "now": value(kind, part["now"]),
        "dimension": term(f"part.dimension.{part['dimension']}"),
        "contribution": difference(step, part["contribution"]),
        "change": difference(step, part["change"]),
        "rest": value(kind, part.get("rest")),
        "n": int(part["base"]),
        "share": value("percent", part["share"]),
    }


def plan_words() -> Message:
    """The line from which on completion is good."""
    return msg("review.mark.plan", at=Value("percent", GOOD))


def tasks_title(done: pd.DataFrame) -> Message:
    """Share of the plan that was carried out, and the owner with most of what is missing."""
    if not len(done) or not done["planned"].sum():
        return msg("review.title.tasks.none")
    owners = by_owner(done)
    known = owners[owners["completion"].notna()]
    overall = (known["completion"] * known["planned"]).sum() / known["planned"].sum()
    missing = known["planned"] * (1 - known["completion"])
    given = {"overall": value("percent", overall, base=known["planned"].sum())}
    if not missing.sum():
        return msg("review.title.tasks.all", **given)
    most = records(known.assign(missing=missing).sort_values("missing", ascending=False, kind="stable"))[0]
    return msg(
        "review.title.tasks",
        **given,
        all=round(missing.sum()),
        owner=most["owner_label"],
        missing=round(most["missing"]),
        share=value("percent", most["missing"] / missing.sum()),
        completion=value("percent", most["completion"], base=most["planned"]),
    )


def with_words(engagement: Engagement, frame: pd.DataFrame, found: Windows | None = None) -> pd.DataFrame:
    """The frame with `group`, its group_id in words, and `metric_name` where it has a metric; with the days that it was
    measured in after the start where they are not those of `found`."""
    plain = frame.reset_index(drop=True)
    words = plain.assign(group=objects(engagement.group_label(id) for id in plain["group_id"]))
    if "metric" in plain:
        words = words.assign(metric_name=objects(_over(engagement, name, found) for name in plain["metric"]))
    if "elsewhere" in plain:
        judged = [
            f"{verdict}.{where}" if where else verdict for verdict, where in plain[["verdict", "elsewhere"]].to_numpy()
        ]
        words = words.assign(verdict_words=objects(msg(f"review.beyond.{one}") for one in judged))
    return words


def _over(engagement: Engagement, metric: str, found: Windows | None) -> Message:
    after = spans(found, metric, engagement.definitions).get("after") if found else None
    if found is None or after is None or after == found.after:
        return label(metric)
    return metric_over(metric, after)


def metric_over(metric: str, span: Span) -> Message:
    """'Repurchase rate (1 Apr to 1 May)'."""
    return msg("review.metric_over", metric=label(metric), first=span.starts_on, last=span.ends_on)
