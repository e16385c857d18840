"""What the strategy phase found: what, how much, why, and what to do; the gravest first."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import reduce
from typing import Any

import pandas as pd

from crm_lib.engagement import OPERATING_CLASSES, Engagement
from crm_lib.frames import rows
from crm_lib.language import Finding, Message, Value, msg, term
from crm_lib.metrics import label
from crm_lib.strategy.capacity import is_owner, weekly_by_class
from crm_lib.strategy.channel_findings import channel_findings
from crm_lib.strategy.priority import BAND_UP_TO, RANKED
from crm_lib.strategy.titles import judged
from crm_lib.strategy.unserved import targets_finding, unserved_finding
from crm_lib.strategy.words import (
    all_words,
    better,
    class_words,
    consent,
    contacts,
    detail_words,
    figure_words,
    metric_value,
    share_value,
)

_GRAVITY = {"high": 0, "medium": 1, "low": 2}
MOST_NEEDS = 2
MOST_OVERLOADED = 3  # owners with a finding each
GRAVE_SHARE = 0.1  # of the revenue: value at risk from here is grave


def findings(
    engagement: Engagement,
    customers: pd.DataFrame,
    profile: pd.DataFrame,
    needs: pd.DataFrame,
    responses: pd.DataFrame,
    plan: pd.DataFrame,
    capacity: pd.DataFrame,
    weeks: pd.DataFrame,
    bands: pd.DataFrame,
    fatigue: pd.DataFrame,
    limit: float,
    targets: pd.DataFrame,
    load: pd.DataFrame,
    listed: pd.DataFrame,
    points: pd.DataFrame,
) -> list[Finding]:
    """All findings (`load` is workload, `listed` the customers on lists, `points` phase 1's pain points), gravest first;
    of equal gravity first one of each topic, in the topics' order."""
    topics = [
        _consent(customers, listed),
        _ended(load, capacity),
        _load(capacity, weeks, load),
        unserved_finding(points, plan),
        _classes(plan, profile),
        _aims(plan, targets),
        targets_finding(engagement, targets, plan),
        channel_findings(engagement, plan, responses, capacity, bool(customers["address_known"].all())),
        _at_risk(engagement, customers, bands, profile, load, capacity),
        _needs(engagement, needs, plan),
        _fatigue(fatigue, limit),
        _excluded(profile),
    ]
    ranked = [(_GRAVITY[one.severity], nth, i, one) for i, topic in enumerate(topics) for nth, one in enumerate(topic)]
    return [one for *_, one in sorted(ranked, key=lambda place: place[:3])]


def _consent(customers: pd.DataFrame, listed: pd.DataFrame) -> Iterator[Finding]:
    """Customers on lists of whom nobody knows whether they agreed."""
    unknown = int(listed["consent_unknown"].sum())
    if not unknown:
        return
    anywhere, agreed = bool(customers["address_known"].all()), len(listed) - unknown
    yield Finding(
        msg("strategy.finding.consent" if agreed else "strategy.finding.consent_all", n=unknown, all=len(listed)),
        None if anywhere else _without_addresses(listed),
        msg("strategy.finding.consent_do" if agreed else "strategy.finding.consent_all_do", agreed=agreed),
        "high",
    )


def _without_addresses(listed: pd.DataFrame) -> Message:
    """That the data hold no address of anybody, and of how many a contact of ours is on record all the same."""
    before = int(listed["last_contact_days"].notna().sum())
    some = "" if not before else "_all_before" if before == len(listed) > 1 else "_before"
    return msg(f"strategy.finding.consent_no_address{some}", n=before)


def _ended(load: pd.DataFrame, capacity: pd.DataFrame) -> Iterator[Finding]:
    """Contacts planned with owners whose own contacts, or whose sales, have ended."""
    labels = dict(zip(capacity["owner"], capacity["label"], strict=True))
    for day, pace, known_by in (("last_on", "pace", "owner_ended"), ("sold_on", "sales", "owner_sold")):
        for owner, own in load[load[day].notna() & load["contacts_per_week"].gt(0)].groupby("owner", sort=True):
            who, planned = labels[owner], contacts(own["contacts_per_week"].sum())
            last = Value("date", own[day].iloc[0].date())
            count = int(own["customers"].sum())
            yield Finding(
                msg(f"strategy.finding.{known_by}", owner=who, contacts=planned, customers=count, last=last),
                msg(f"strategy.finding.{known_by}_why", pace=Value("float", float(own[pace].iloc[0]))),
                msg("strategy.finding.owner_ended_do", owner=who),
                "high",
            )


def _load(capacity: pd.DataFrame, weeks: pd.DataFrame, load: pd.DataFrame) -> Iterator[Finding]:
    busy = capacity[capacity["contacts_per_week"] > 0]
    above = busy[busy["status"] == "bad"]
    if len(above) > MOST_OVERLOADED:
        yield _many_overloaded(above, len(busy))
    for row in rows(above.iloc[: 0 if len(above) > MOST_OVERLOADED else None]):
        mine = weeks[weeks["owner_id"] == row.owner]
        why = msg(
            "strategy.finding.overload_why",
            overflow=int(mine["overflow"].sum()),
            due=int(mine["due_contacts"].sum()),
        )
        yield Finding(
            _over("overload", row),
            _with_agreed(why, load[load["owner"] == row.owner], float(row.capacity)),
            row.remedy,
            "high",
        )
    nameless = busy[busy["status"] == "unknown"]
    if len(nameless):
        unowned = contacts(nameless["contacts_per_week"].sum())
        named = int(nameless["owner"].map(is_owner).sum())
        rule = "state_capacities" if named == len(nameless) else "state_or_name" if named else "name_owner"
        yield Finding(
            msg("strategy.finding.no_owner", contacts=unowned),
            None,
            msg(f"strategy.remedy.{rule}", contacts=unowned, owners=named),
            "high",
        )
    if len(busy) and not len(above) and not len(nameless):
        row = next(rows(busy))
        given = {"owner": row.label, "load": Value("percent", row.load), "contacts": contacts(row.contacts_per_week)}
        yield Finding(msg("strategy.finding.load_fits", **given), None, row.remedy, "low")


def _with_agreed(why: Message, mine: pd.DataFrame, capacity: float) -> Message:
    """How many contacts a week there are until consent is verified, where some customers gave it and others may not have,
    and whether these fit."""
    part = 1 - (mine["unverified"] / mine["customers"].where(mine["customers"] > 0)).fillna(0.0)
    agreed, planned = float((mine["contacts_per_week"] * part).sum()), float(mine["contacts_per_week"].sum())
    if not 0 < agreed < planned:
        return why
    fits = "_fits" if agreed <= capacity else ""
    told = msg(f"strategy.finding.overload_agreed{fits}", agreed=contacts(agreed))
    return msg("strategy.two_sentences", first=why, second=told)


def _over(id: str, row: Any) -> Message:
    """Who has how many contacts a week, and how many too many."""
    return msg(
        f"strategy.finding.{id}",
        owner=row.label,
        contacts=contacts(row.contacts_per_week),
        limit=contacts(row.capacity),
        over=contacts(-row.free),
    )


def _many_overloaded(above: pd.DataFrame, busy: int) -> Finding:
    """One finding instead of one for each owner: how many, by how much in all, and who most."""
    most = above.sort_values(["free", "owner"]).head(MOST_OVERLOADED)
    items = [_over("owner_over", row) for row in rows(most)]
    return Finding(
        msg("strategy.finding.overload_many", n=len(above), all=busy, over=contacts(-above["free"].sum())),
        msg("strategy.finding.overload_many_why", items=Value("list", items)),
        msg("strategy.finding.overload_many_do"),
        "high",
    )


def _classes(plan: pd.DataFrame, profile: pd.DataFrame) -> Iterator[Finding]:
    if len(plan) and plan["proposed"].all():
        yield Finding(
            msg("strategy.finding.proposed", n=len(plan)),
            msg("strategy.finding.proposed_why"),
            msg("strategy.finding.proposed_do"),
            "medium",
        )
    filled = profile[profile["customers"] > 0]
    served = plan.loc[plan["trigger"] == "schedule", "operating_class"]
    bare = filled[~filled["operating_class"].isin(served)]
    if len(bare):
        share = bare["revenue_share"].sum(min_count=1)
        yield Finding(
            msg(
                "strategy.finding.bare", classes=_list(bare["operating_class"]), customers=int(bare["customers"].sum())
            ),
            msg("strategy.finding.bare_why", share=Value("percent", None if pd.isna(share) else float(share))),
            msg("strategy.finding.bare_do", classes=_list(bare["operating_class"])),
            "high",
        )


def _aims(plan: pd.DataFrame, targets: pd.DataFrame) -> Iterator[Finding]:
    """Targets of strategies that are no better than the baseline, or not there, all in one finding."""
    known = {(row.metric, row.group_id): row.target for row in rows(targets)}
    low = [row for row in rows(plan) if not better(row)]
    none = [row.label for row in rows(plan[~plan["proposed"]]) if pd.isna(row.target)]
    given: dict[str, Any] = {"n": len(none), "all": len(plan), "items": Value("list", none)}
    every = "_all" if len(none) == len(plan) > 1 else ""
    without = msg(f"strategy.finding.no_aims{every}", **given) if none else None
    if not low:
        if without is not None:
            yield Finding(without, None, msg("strategy.finding.no_aims_do"), "medium")
        return
    words = [
        _low_aim(row, "strategy.finding.low_aim_line" if len(low) > 1 else "strategy.finding.low_aim") for row in low
    ]
    others = []
    for row in low:
        group = f"class:{row.operating_class}" if row.trigger == "schedule" else "all"
        other = known.get((row.metric, group))
        if other is not None and not pd.isna(other) and other != row.target:
            told = {"strategy": row.label, "other": metric_value(row.metric, other)}
            others.append(msg("strategy.finding.low_aim_why", **told))
    said = [*others, *([without] if without is not None else [])]
    why = (
        reduce(lambda first, second: msg("strategy.two_sentences", first=first, second=second), said) if said else None
    )
    yield Finding(
        words[0] if len(words) == 1 else msg("strategy.finding.low_aims", n=len(words), aims=Value("list", words)),
        why,
        msg("strategy.finding.low_aim_do"),
        "medium",
    )


def _low_aim(row: Any, id: str) -> Message:
    return msg(
        id,
        strategy=row.label,
        metric=figure_words(row.metric, row.trigger == "complaint_closed"),
        target=metric_value(row.metric, row.target),
        baseline=metric_value(row.metric, row.baseline, row),
    )


def _list(names: pd.Series) -> Value:
    return Value("list", [class_words(name) for name in OPERATING_CLASSES if name in set(names)])


def _at_risk(
    engagement: Engagement,
    customers: pd.DataFrame,
    bands: pd.DataFrame,
    profile: pd.DataFrame,
    plan: pd.DataFrame,
    capacity: pd.DataFrame,
) -> Iterator[Finding]:
    total, first = float(bands["value_at_risk"].sum()), bands[bands["band"] == "a"]
    if total <= 0:
        return
    rhythmic = ~bands["band"].isin(["gone", "unknown"]) & bands["operating_class"].ne("dormant")
    known = int(bands.loc[rhythmic, "customers"].sum())
    mine = customers["reachable"] & customers["own_rhythm"].astype(bool) & customers["operating_class"].ne("dormant")
    unknown = int(customers.loc[mine, "consent_unknown"].sum())
    agreed = consent(unknown, known)
    share = total / profile["revenue"].sum() if profile["revenue"].sum() > 0 else 0.0
    yield Finding(
        msg(
            f"strategy.finding.at_risk{'' if agreed == 'agreed' else f'_{agreed}'}",
            unknown=unknown,
            value=Value("money_short", total),
            late=int(bands.loc[bands["band"].isin(list(BAND_UP_TO)), "customers"].sum()),
            known=known,
            first=int(first["customers"].sum()),
            window=Value("days", engagement.layering.window_days),
        ),
        _why_at_risk(customers, bands),
        _consenting(customers, int(first["customers"].sum()), _first_calls(first, plan, capacity)),
        "high" if share >= GRAVE_SHARE else "medium",
    )


def _why_at_risk(customers: pd.DataFrame, bands: pd.DataFrame) -> Message:
    """Whose it is, and how many of those whom phase 2 counts cannot be contacted."""
    at_risk = bands[bands["value_at_risk"] > 0].groupby("operating_class", sort=False)[["customers", "value_at_risk"]]
    items = [
        msg(
            "strategy.finding.at_risk_class",
            name=class_words(row.operating_class),
            customers=int(row.customers),
            value=Value("money_short", float(row.value_at_risk)),
        )
        for row in rows(at_risk.sum().reset_index())
    ]
    of_layers = customers[customers["beyond"] & customers["operating_class"].isin(["core", "potential"])]
    unreachable = int((~of_layers["reachable"]).sum())
    return msg(
        "strategy.finding.at_risk_why" if unreachable else "strategy.finding.at_risk_why_all",
        items=Value("list", items),
        n=len(of_layers),
        value=Value("money_short", float(of_layers["value_at_risk"].sum())),
        unreachable=unreachable,
    )


def _first_calls(first: pd.DataFrame, plan: pd.DataFrame, capacity: pd.DataFrame) -> Message:
    """Whom to contact first, and in how many weeks the strategies and their owners' capacity can do it."""
    given: dict[str, Any] = {"first": int(first["customers"].sum())}
    weekly = weekly_by_class(plan, capacity)
    filled = first[first["customers"] > 0].set_index("operating_class")["customers"]
    unplanned = [name for name in filled.index if not weekly.get(name, 0.0)]
    if unplanned:
        given |= {"n": int(filled[unplanned].sum()), "classes": _list(pd.Series(unplanned))}
        every = "_all" if given["n"] == given["first"] else ""
        return msg(f"strategy.finding.at_risk_unplanned{every}", **given)
    weeks = max(math.ceil(n / weekly[str(name)]) for name, n in filled.items())
    return msg("strategy.finding.at_risk_do" if weeks <= 1 else "strategy.finding.at_risk_weeks", weeks=weeks, **given)


def _consenting(customers: pd.DataFrame, first: int, advice: Message) -> Message:
    """The advice to contact the `first` customers by value at risk, with how many of them are to be asked for consent."""
    ranked = customers[customers["reachable"]].sort_values(RANKED, ascending=[False, True]).head(first)
    unknown = int(ranked["consent_unknown"].sum())
    if not unknown:
        return advice
    every = "_all" if unknown == len(ranked) > 1 else ""
    asked = msg(f"strategy.finding.at_risk_consent{every}", n=unknown)
    return msg("strategy.two_sentences", first=advice, second=asked)


def _needs(engagement: Engagement, needs: pd.DataFrame, plan: pd.DataFrame) -> Iterator[Finding]:
    """The needs that concern most customers beyond all customers' share, the first of each class, and any that a strategy
    answers in another class; each with all classes in which it stands out."""
    notable = needs[needs["notable"]]
    notable = notable.assign(beyond=notable["gap"] * notable["base"]).sort_values(
        ["beyond", "operating_class", "need"], ascending=[False, True, True]
    )
    first = list(notable.drop_duplicates("operating_class").head(MOST_NEEDS)["need"])
    for need, same in notable.groupby("need", sort=False):
        classes = list(rows(same))
        elsewhere = _elsewhere(classes, needs, plan)
        if need not in first and elsewhere is None:
            continue
        yield Finding(
            msg(
                "strategy.finding.need",
                classes=Value("list", [_class_share(row) for row in classes]),
                need=term(f"strategy.need.{classes[0].need}"),
                overall=Value("percent", float(classes[0].overall)),
                all=all_words(classes[0].need),
            ),
            _mostly(classes),
            elsewhere or need_advice(engagement, classes[0].need),
            "low" if classes[0].need == "incomplete" else "medium",  # as the diagnosis has it
        )
    if not len(notable):
        smallest = engagement.definitions.smallest_base
        id = "strategy.finding.no_need" if judged(needs, smallest) else "strategy.title.needs_few"
        yield Finding(msg(id, smallest=smallest), None, msg("strategy.finding.no_need_do"), "low")


def _mostly(classes: list[Any]) -> Message | None:
    """The reason, field or category behind a need, class by class."""
    items = [
        msg("strategy.mostly", name=class_words(row.operating_class), detail=detail_words(row.need, row.detail))
        for row in classes
        if row.detail
    ]
    return msg("strategy.mostly_all", items=Value("list", items)) if items else None


# A strategy that aims at this figure is taken to answer the need.
ANSWERED_BY = {"small_basket": "average_order_value", "few_orders": "purchase_frequency"}


def _elsewhere(classes: list[Any], needs: pd.DataFrame, plan: pd.DataFrame) -> Message | None:
    """To move a strategy that answers the need, where it serves a class in which the need does not stand out, has no
    target agreed there, and none serves these."""
    need, names = classes[0].need, [row.operating_class for row in classes]
    answering = plan[plan["metric"].eq(ANSWERED_BY.get(need, "")) & ~plan["proposed"] & plan["trigger"].eq("schedule")]
    if not len(answering) or answering["operating_class"].isin(names).any():
        return None
    there = needs[needs["need"].eq(need) & ~needs["notable"]].set_index("operating_class")
    for row in rows(answering[answering["target"].isna()]):
        if row.operating_class in there.index:
            return msg(
                "strategy.finding.need_elsewhere",
                strategy=row.label,
                name=class_words(row.operating_class),
                share=share_value(next(rows(there.loc[[row.operating_class]].reset_index()))),
                classes=_list(pd.Series(names)),
                metric=label(row.metric),
            )
    return None


def need_advice(engagement: Engagement, need: str) -> Message:
    """What to do about a need, in the words of the trade."""
    return msg(f"strategy.need_do.{engagement.in_trade('strategy.need_do', need)}{need}")


def _class_share(row: Any) -> Message:
    return msg("strategy.class_share", name=class_words(row.operating_class), share=share_value(row))


def _fatigue(fatigue: pd.DataFrame, limit: float) -> Iterator[Finding]:
    above, all_of = int(fatigue["above"].sum()), int(fatigue["customers"].sum())
    if not all_of:
        return
    most = float(fatigue["most_contacts"].max())
    several = int(fatigue.loc[fatigue["strategies"] > 1, "customers"].sum())
    given = {"limit": limit, "most": most, "several": several, "n": all_of}
    if above:
        yield Finding(
            msg("strategy.finding.fatigue", above=above, **given),
            msg("strategy.finding.fatigue_why", **given),
            msg("strategy.finding.fatigue_do", **given),
            "medium",
        )


def _excluded(profile: pd.DataFrame) -> Iterator[Finding]:
    excluded = int(profile["excluded"].sum())
    if not excluded:
        return
    most = profile.sort_values(["excluded", "operating_class"], ascending=[False, True]).iloc[0]
    yield Finding(
        msg("strategy.finding.excluded", n=excluded, all=int(profile["customers"].sum())),
        msg(
            "strategy.finding.excluded_why", name=class_words(most["operating_class"]), customers=int(most["excluded"])
        ),
        msg("strategy.finding.excluded_do"),
        "low",
    )
