"""What to keep, change, drop and start in the next cycle: rules on the review's own numbers, each with owner and date."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

from crm_lib.engagement import NO_OWNER, Engagement
from crm_lib.frames import objects
from crm_lib.language import Message, Value, literal, msg
from crm_lib.metrics import METRICS, label
from crm_lib.metrics.parts import large
from crm_lib.metrics.responsible import RULE_OF, as_owner, team_for, team_of_metric
from crm_lib.review.aimed import beside_class, class_words
from crm_lib.review.campaigns import later_words, money_words, told_by_none, trial_action
from crm_lib.review.cause import Cause, cause_words
from crm_lib.review.contributions import cause as cause_of
from crm_lib.review.contributions import standing, unrecorded
from crm_lib.review.due import due_on, work_of
from crm_lib.review.effects import PAYING, SHOWN, paying, shown_later
from crm_lib.review.remarks import own_words
from crm_lib.review.rows import difference, records, value
from crm_lib.review.strategies import beyond_class, not_carried_out
from crm_lib.review.targets import gap_kind, named
from crm_lib.review.tasks import GOOD, WATCH
from crm_lib.review.titles import where
from crm_lib.review.unclosed import Unclosed

Decision = Literal["keep", "change", "drop", "start"]
DECISIONS: tuple[Decision, ...] = ("keep", "change", "drop", "start")
MUCH = 0.25  # of all contacts missing, from which on an owner's are taken up though they are not far behind
COLUMNS = ["iteration_id", "subject", "decision", "message", "owner", "due"]
# Tables that speak of the same thing: who answers for one answers for the other.
_SERVICE = frozenset({("tickets",), ("surveys",)})


@dataclass(frozen=True)
class Iteration:
    """`subject` is 'strategy:<id>', 'campaign:<id>', 'owner:<id>', 'cause:<of what>' or 'target:<id>'.

    `waits`: it asks to remove the cause of complaints first, so it is due no sooner than that."""

    subject: str
    decision: Decision
    message: Message
    owner: str
    waits: bool = False


def iterations(
    engagement: Engagement,
    strategies: pd.DataFrame,
    done: pd.DataFrame,
    missed: pd.DataFrame,
    parts: pd.DataFrame,
    smallest_effect: float = 0.05,
    cause: Cause | None = None,
    changes: pd.DataFrame | None = None,
    left_open: Unclosed | None = None,
    moved: pd.DataFrame | None = None,
    earlier: pd.DataFrame | None = None,
    effects: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """The list in the order drop, change, start, keep: COLUMNS and `words` (the Message of `message`).

    strategies: see strategy_effects; done: see completion; missed: see targets; parts: see contributions; changes: see
    compare; left_open: see unclosed; moved: see drift; earlier: see earlier_trials, of which those that showed something are taken up;
    effects: see campaign_effects, of which the same of campaigns that no strategy tells.
    """
    found = [
        *(
            _of_strategy(row, smallest_effect, engagement.definitions.smallest_base)
            for row in records(strategies)
            if not not_carried_out(row)  # its owner's item says so
        ),
        *_of_trials(strategies, earlier, "trial"),
        *_of_trials(strategies, None if effects is None else told_by_none(effects, strategies), "campaign"),
        *_of_owners(done, _served(strategies)),
        *_of_cause(engagement, cause),
        *_of_unclosed(engagement, left_open),
        *(item for row in records(missed) for item in _of_goal(engagement, row, moved)),
        *(_of_target(engagement, row, parts, cause, changes) for row in records(missed)),
    ]
    order = {name: i for i, name in enumerate(("drop", "change", "start", "keep"))}
    found = sorted(found, key=lambda item: order[item.decision])
    rows = [_row(item, i, engagement) for i, item in enumerate(found, 1)]
    return pd.DataFrame(rows, columns=[*COLUMNS, "words"])


def iteration_table(engagement: Engagement, listed: pd.DataFrame) -> pd.DataFrame:
    """`listed` with `owner_label`."""
    return listed.assign(owner_label=objects(engagement.owner_label(id) for id in listed["owner"]))


def artifact(listed: pd.DataFrame) -> pd.DataFrame:
    """The handoff `iterations`: messages as JSON."""
    import json

    texts = [json.dumps(said.to_json(), ensure_ascii=False, sort_keys=True) for said in listed["words"]]
    return listed[COLUMNS].assign(message=pd.Series(texts, listed.index, dtype=object))


def _row(item: Iteration, number: int, engagement: Engagement) -> dict[str, Any]:
    owner = item.owner
    if owner == NO_OWNER and item.subject.startswith(("strategy:", "campaign:")):
        owner = as_owner(team_for(engagement, "campaign_weak"), NO_OWNER)
    row = {"iteration_id": f"{engagement.cycle.number}-{number:02d}", "subject": item.subject, "owner": owner}
    due = due_on(work_of(engagement, item.subject, item.decision, item.waits), engagement)
    return row | {"decision": item.decision, "message": item.message.id, "due": due, "words": item.message}


def _of_strategy(row: dict[str, Any], smallest_effect: float, smallest: int) -> Iteration:
    decision, name = _decided(row, smallest_effect, smallest)
    effect = value("points", row["effect"], row["effect_low"], row["effect_high"])
    more: dict[str, Value | Message] = money_words(row) if row["verdict"] == "works" else {}
    if name.startswith("aimed"):
        more |= class_words(row)
    if name.startswith("served"):
        more |= own_words(row)
    if name == "later":
        more = {"look": later_words(row), "window": Value("days", int(row["long_window"]))}
    said = msg(
        f"review.iteration.{name}",
        **more,
        strategy=row["strategy_label"],
        effect=effect,
        worth=Value("float", smallest_effect * 100),
        needed=value("int", row["needed"]),
        members=value("int", row["members"]),
        detectable=value("float", row["detectable"] * 100),
        treated=int(row["treated"]),
        held=int(row["held"]),
        class_rate=value("percent", row["class_rate"]),
    )
    return Iteration(f"strategy:{row['strategy']}", decision, said, row["owner"])


STRATEGY_RULES = (
    *(f"works.{name}" for name in PAYING),
    "harms",
    "later",
    "too_small",
    "not_shown",
    "not_shown_class",
    "few",
    "few_class",
    "few_never",
    "early",
    "no_holdout",
    "no_holdout_small",
    "no_holdout_class",
    "no_holdout_never",
    "no_holdout_all_buy",
    "served",
    "served_unmeasured",
    "proposed",
    "unlike",
    "aimed",
    "aimed_class",
    "aimed_too_small",
)
OTHERS = ("works", "none", "few", "unlike")  # results that speak of whom a campaign reached, not of the class


def _decided(row: dict[str, Any], smallest_effect: float, smallest: int) -> tuple[Decision, str]:
    """Decision and rule (of STRATEGY_RULES) for a strategy; no lot is asked for in a class whose halves are fewer than
    `smallest`. What came out on people of other classes neither keeps nor drops the strategy."""
    if row["verdict"] in OTHERS and beside_class(row):
        if row["verdict"] == "none" and row["effect_high"] < smallest_effect:
            return "drop", "aimed_too_small"
        return "change", "aimed_class" if beyond_class(row) else "aimed"
    if row["verdict"] == "served":
        measured = row["own_verdict"] in ("better", "worse", "unclear")
        return ("keep" if row["own_verdict"] == "better" else "change"), "served" if measured else "served_unmeasured"
    if row["verdict"] == "proposed":
        return "start", "proposed"
    if row["verdict"] == "no_holdout" and 0 < row["members"] < 2 * smallest:
        return "change", "no_holdout_small"
    if row["verdict"] == "no_holdout" and row["class_rate"] + smallest_effect > 1:
        return "change", "no_holdout_all_buy"
    if row["verdict"] == "no_holdout" and beyond_class(row):
        return "change", "no_holdout_class" if row["detectable"] == row["detectable"] else "no_holdout_never"
    if row["verdict"] == "few" and beyond_class(row):
        return "change", "few_class" if row["detectable"] == row["detectable"] else "few_never"
    if row["verdict"] in ("no_holdout", "few", "early", "unlike"):
        return ("keep" if row["verdict"] == "early" else "change"), row["verdict"]
    if row["verdict"] == "works":
        pays = paying(row)
        return "change" if pays == "loses" else "keep", f"works.{pays}"
    if row["verdict"] == "harms":
        return "drop", "harms"
    if shown_later(row):
        return "change", "later"
    if row["effect_high"] < smallest_effect:
        return "drop", "too_small"
    return "change", "not_shown_class" if beyond_class(row) else "not_shown"


def _of_trials(strategies: pd.DataFrame, trials: pd.DataFrame | None, name: str) -> Iterator[Iteration]:
    """What tests showed that no strategy's item speaks of, as the summary tells it: before the cycle, or of no strategy."""
    if trials is None:
        return
    owners = dict(zip(strategies["strategy"], strategies["owner"], strict=True))
    for row in records(trials[trials["verdict"].isin(SHOWN)]):
        effect = value("points", row["effect"], row["effect_low"], row["effect_high"])
        said = msg(
            f"review.iteration.{name}",
            campaign=str(row["campaign"]),
            day=Value("date", row["sent_on"]),
            effect=effect,
            action=trial_action(row),
        )
        decision: Decision = "drop"
        if row["verdict"] == "works":
            decision = "change" if paying(row) == "loses" else "keep"
        yield Iteration(f"campaign:{row['campaign_id']}", decision, said, owners.get(row["strategy"], NO_OWNER))


def _served(strategies: pd.DataFrame) -> dict[str, Message]:
    """The own metric of each strategy that complaints set off."""
    return {row["strategy"]: label(row["own_metric"]) for row in records(strategies) if row["verdict"] == "served"}


def _of_owners(done: pd.DataFrame, served: dict[str, Message]) -> Iterator[Iteration]:
    open_of = (done["planned"] * (1 - done["completion"])).fillna(0.0).tolist() if len(done) else []
    every = float(sum(open_of))
    for row, missing in zip(records(done), open_of, strict=True):
        if row["completion"] < WATCH or (row["completion"] < GOOD and missing >= MUCH * every):
            own = served.get(row["strategy"])
            said = msg(
                "review.iteration.behind" if own is None else "review.iteration.behind_served",
                **({} if own is None else {"metric": own}),
                owner=row["owner_label"],
                strategy=row["strategy_label"],
                completion=value("percent", row["completion"]),
                planned=int(row["planned"]),
                missing=round(missing),
                share=value("percent", missing / every),
            )
            yield Iteration(f"owner:{row['owner']}", "change", said, row["owner"] or NO_OWNER)


def _of_cause(engagement: Engagement, found: Cause | None) -> Iterator[Iteration]:
    if found:
        owner = as_owner(team_for(engagement, "complaints_rise"), NO_OWNER)
        yield Iteration("cause:complaints", "start", msg("review.iteration.cause", cause=cause_words(found)), owner)


def _of_unclosed(engagement: Engagement, found: Unclosed | None) -> Iterator[Iteration]:
    if found:
        owner = as_owner(team_for(engagement, "closing_slow"), NO_OWNER)
        said = msg("review.iteration.open_complaints", n=found.n, since=found.oldest)
        yield Iteration("cause:open_complaints", "start", said, owner)


def _of_target(
    engagement: Engagement,
    row: dict[str, Any],
    parts: pd.DataFrame,
    complaints: Cause | None,
    changes: pd.DataFrame | None,
) -> Iteration:
    top, blank = cause_of(parts, row["target_id"]), unrecorded(parts, row["target_id"])
    gap, part = difference(gap_kind(row["metric"]), row["gap"]), "" if top is None else top["part"]
    theirs = complaints.mostly_from(top["dimension"], part) if top and complaints and row["group_id"] == "all" else 0
    waits = bool(top is not None and complaints and theirs)
    if top is not None and complaints and theirs:
        reason: dict[str, Any] = {"reason": literal(complaints.reason), "all": complaints.n, "m": theirs}
        said = msg("review.iteration.missed_at_cause", gap=gap, **reason, **where(engagement, top))
    elif top is not None:
        said = msg("review.iteration.missed_at", gap=gap, **where(engagement, top))
    elif blank is not None:
        said = msg("review.iteration.unrecorded", gap=gap, **where(engagement, blank))
    elif (low := standing(parts, row["target_id"])) is not None:
        usual = measure(engagement, row["metric"])
        said = msg("review.iteration.missed_standing", gap=gap, measure=usual, **where(engagement, low))
    else:
        name = named(engagement, row["metric"], row["group_id"])
        smallest = engagement.definitions.smallest_base
        mine = parts[parts["target_id"] == row["target_id"]] if len(parts) else parts
        tested = "_untested" if len(mine) and not large(mine, smallest).any() else ""
        usual = measure(engagement, row["metric"]) if changes is None else _measured(engagement, row, changes)
        said = msg(f"review.iteration.missed{tested}", gap=gap, target=name, measure=usual, smallest=smallest)
    return Iteration(f"target:{row['target_id']}", "start", said, owner_of(engagement, row, part), waits)


# Metrics whose usual measure is not that of the diagnosis's rule on them.
MEASURES = (
    "repurchase_rate",
    "orders",
    "new_customers",
    "average_order_value",
    "purchase_frequency",
    "items_per_order",
    "revenue_per_customer",
    "contact_response_rate",
    "need_conversion_rate",
)


def measure(engagement: Engagement, metric: str) -> Message:
    """What is usually done about a metric that is short everywhere: the diagnosis's advice on it."""
    if metric in MEASURES:
        return msg(f"review.measure.{engagement.in_trade('review.measure', metric)}{metric}")
    rule = RULE_OF[metric]
    return msg(f"diagnosis.action.{engagement.in_trade('diagnosis.action', rule)}{rule}")


FACTORS = ("purchase_frequency", "average_order_value")  # of revenue a customer, before refunds


def _measured(engagement: Engagement, row: dict[str, Any], changes: pd.DataFrame) -> Message:
    """`measure`; of revenue a customer that of the factor that fell more, with both."""
    usual = measure(engagement, row["metric"])
    mine = changes[changes["group_id"].eq(row["group_id"]) & changes["metric"].isin(FACTORS)].set_index("metric")
    known = mine[(mine["before"] > 0) & (mine["after"] > 0) & ~mine["verdict"].isin(["few", "none"])]
    if row["metric"] != "revenue_per_customer" or len(known) < len(FACTORS):
        return usual
    steps = known["after"] / known["before"] - 1
    worst = str(steps.loc[list(FACTORS)].idxmin())
    if steps[worst] >= 0:
        return usual
    items = [
        msg(
            "review.factor",
            metric=label(name),
            before=value(METRICS[name].kind, known.at[name, "before"]),
            after=value(METRICS[name].kind, known.at[name, "after"]),
            change=msg(
                "review.plus" if steps[name] > 0 else "review.value", value=Value("percent", float(steps[name]))
            ),
        )
        for name in FACTORS
    ]
    return msg(
        f"review.measure.factors.{'clear' if known.at[worst, 'verdict'] == 'worse' else 'unclear'}",
        items=Value("list", items),
        worst=label(worst),
        measure=measure(engagement, worst),
    )


CLEAR = ("clear", "unclear")


def _of_goal(engagement: Engagement, row: dict[str, Any], moved: pd.DataFrame | None) -> Iterator[Iteration]:
    """That a missed target asks for more than such groups do by themselves, where its group fell by no more than that."""
    if moved is None or not len(moved) or row["metric"] != "revenue_per_customer" or row["target"] < row["baseline"]:
        return
    spend = moved[moved["group_id"].eq(row["group_id"]) & moved["measure"].eq("spend")]
    for found in records(spend[(spend["expected_high"] < 0) & spend["verdict"].isin(["better", "unclear"])]):
        said = msg(
            "review.iteration.goal",
            target=named(engagement, row["metric"], row["group_id"]),
            usual=msg("review.value_full", value=difference("price", *(found[f"expected{end}"] for end in _ENDS))),
            change=difference("price", found["change"]),
        )
        yield Iteration(f"target:{row['target_id']}", "change", said, owner_of(engagement, row, ""))


_ENDS = ("", "_low", "_high")


def owner_of(engagement: Engagement, target: dict[str, Any], part: str) -> str:
    """Who is to answer for a missed target: the owner of a strategy for the same class, metric, or kind of data; else
    'team:<id>' of the team whose subject the metric is."""
    classes = {target["group_id"].partition(":")[2], part}
    needs = METRICS[target["metric"]].needs
    tests = (
        lambda s: s.operating_class in classes and s.metric == target["metric"],
        lambda s: part in s.channels and s.metric == target["metric"],
        lambda s: s.operating_class in classes,
        lambda s: s.metric == target["metric"],
        lambda s: s.metric in METRICS and {METRICS[s.metric].needs, needs} <= _SERVICE,
    )
    owners = (s.owner for test in tests for s in engagement.strategies if test(s))
    return next(owners, "") or as_owner(team_of_metric(engagement, target["metric"]), NO_OWNER)
