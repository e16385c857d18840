"""The interaction ledger: the records themselves (masked), counts, completeness of entry, answers by strategy."""

from __future__ import annotations

import re

import pandas as pd

from crm_lib.engagement import Engagement
from crm_lib.frames import objects
from crm_lib.language import term_or_text
from crm_lib.metrics.intervals import wilson
from crm_lib.metrics.masked import masked_customer

FIELDS = ("outcome", "note", "need", "strategy", "channel")  # of a good record
_NUMBER = re.compile(r"\d[\d\- ]{5,}\d")  # phone, id or card number


def ledger(engagement: Engagement, interactions: pd.DataFrame) -> pd.DataFrame:
    """The newest record first, without names, customers' numbers masked; runs of seven and more digits in the need are struck out.

    Columns: interaction_id, day, customer_id, strategy, channel, owner (Messages), direction, outcome, need, note (bool;
    NA where the data never hold any), match.
    """
    found = interactions.sort_values(["day", "interaction_id"], ascending=[False, False], ignore_index=True)
    noted = found["has_note"].astype(bool).astype("boolean")
    labels = {id: engagement.strategy_label(id or None) for id in found["matched"].unique()}
    owners = {id: engagement.owner_label(_text(id)) for id in found["owner"].unique()}
    channels = {id: term_or_text("channel", _text(id)) for id in found["channel"].unique()}
    return found[["interaction_id", "day"]].assign(
        customer_id=[masked_customer(known) if (known := _text(one)) else "" for one in found["customer_id"]],
        strategy=objects(found["matched"].map(labels)),
        channel=objects(found["channel"].map(channels)),
        owner=objects(found["owner"].map(owners)),
        direction=found["direction"],
        outcome=found["outcome"],
        need=[masked(need) for need in found["need"]],
        note=noted.where(pd.Series(bool(noted.any()), index=found.index)),
        match=found["match"],
    )


def masked(text: object) -> str:
    return _NUMBER.sub("***", str(text)) if _text(text) else ""


def _text(value: object) -> str | None:
    return None if value is None or value != value else str(value)


def outcomes_by_week(interactions: pd.DataFrame) -> pd.DataFrame:
    """Our contacts by week and outcome: week, outcome ('none' where not recorded), contacts."""
    ours = interactions[interactions["direction"] == "out"]
    week = ours["day"] - pd.to_timedelta(ours["day"].dt.day_of_week, unit="D")
    keyed = ours.assign(week=week, outcome=ours["outcome"].fillna("not_recorded"))
    found = keyed.groupby(["week", "outcome"], as_index=False).size().rename(columns={"size": "contacts"})
    return found.assign(_rank=found["outcome"].map(RANK)).sort_values(["week", "_rank"], ignore_index=True)[
        ["week", "outcome", "contacts"]
    ]


OUTCOMES = ("converted", "responded", "reached", "no_answer", "refused", "not_recorded")
RANK = {name: i for i, name in enumerate(OUTCOMES)}


def counts(engagement: Engagement, interactions: pd.DataFrame) -> pd.DataFrame:
    """Records by owner and channel: owner, channel (Messages), records, out, customers, days since the last one is not kept."""
    keyed = interactions.assign(owner=interactions["owner"].fillna(""), channel=interactions["channel"].fillna(""))
    keyed = keyed.assign(out=keyed["direction"].eq("out"))
    found = keyed.groupby(["owner", "channel"]).agg(
        records=("interaction_id", "size"), out=("out", "sum"), customers=("customer_id", "nunique")
    )
    found = found.reset_index().sort_values(
        ["records", "owner", "channel"], ascending=[False, True, True], ignore_index=True
    )
    return found.assign(
        owner=objects(engagement.owner_label(owner or None) for owner in found["owner"]),
        channel=objects(term_or_text("channel", channel or None) for channel in found["channel"]),
    )


def entry(interactions: pd.DataFrame) -> pd.DataFrame:
    """Completeness of entry by owner, lowest first: owner, records, a column a field (share filled), completeness.

    Fields that the data never hold are left out (NaN in their column). The need counts where the customer answered.
    """
    answered = interactions["outcome"].isin(["responded", "converted"])
    filled = {
        "outcome": interactions["outcome"].notna(),
        "note": interactions["has_note"].astype(bool),
        "need": interactions["need"].notna().where(answered),
        "strategy": interactions["matched"].ne("") | interactions["strategy"].notna(),
        "channel": interactions["channel"].notna(),
    }
    flags = pd.DataFrame({name: values.astype("float64") for name, values in filled.items()})
    flags = flags.mask(pd.DataFrame({name: flags[name].sum() == 0 for name in FIELDS}, index=flags.index))
    keyed = flags.assign(owner=interactions["owner"].fillna(""))
    found = keyed.groupby("owner")[list(FIELDS)].mean()
    sums, known = (
        keyed.groupby("owner")[list(FIELDS)].sum().sum(axis=1),
        keyed.groupby("owner")[list(FIELDS)].count().sum(axis=1),
    )
    found.insert(0, "records", keyed.groupby("owner").size())
    found["completeness"] = sums / known.where(known > 0)
    return found.reset_index().sort_values(["completeness", "owner"], ignore_index=True)


def answers(
    engagement: Engagement,
    plan: pd.DataFrame,
    interactions: pd.DataFrame,
    sends: pd.DataFrame,
    answering: pd.DataFrame,
    closed: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Answers and conversions by strategy, in the order of the plan.

    Columns: strategy, name, contacts (ours where the data tell answers, and campaign messages whose window has passed), responses, share, low,
    high, base_conversion (interactions only: messages do not record it), conversions, conversion, conversion_low, conversion_high, enough, made
    (contacts whether or not the data tell answers), off_list (of these with customers who are not on the strategy's list), by_complaint (a complaint sets it off: its list are
    `closed`, see call_backs.closed_complaints, up to the day of the contact; off_list is NA without them).
    """
    ours = interactions[interactions["direction"] == "out"]
    lists = answering.groupby("strategy")["customer_id"].agg(set).to_dict()
    triggered = {one.id for one in engagement.strategies if one.trigger == "complaint_closed"}
    rows, made, strangers = [], [], []
    for strategy in plan["strategy"]:
        every = ours[ours["matched"] == strategy]
        mine = every[every["judged"] == 1]
        sent = sends[(sends["matched"] == strategy) & (sends["judged"] == 1)]
        answered = int(mine["outcome"].isin(["responded", "converted"]).sum()) + int(sent["answered"].sum())
        rows.append((strategy, len(mine) + len(sent), answered, len(mine), int(mine["outcome"].eq("converted").sum())))
        who = pd.concat([every[["customer_id", "day"]].dropna(), sent[["customer_id", "day"]]])
        made.append(len(every) + len(sent))
        if strategy in triggered:
            strangers.append(pd.NA if closed is None else _uncalled_for(who, closed))
        else:
            strangers.append(int((~who["customer_id"].isin(lists.get(strategy, set()))).sum()))
    frame = pd.DataFrame(rows, columns=["strategy", "contacts", "responses", "base_conversion", "conversions"])
    counts = frame[["contacts", "responses", "base_conversion", "conversions"]].to_numpy(dtype=float).T
    low, high = wilson(counts[1], counts[0])
    c_low, c_high = wilson(counts[3], counts[2])
    return frame.assign(
        name=objects(engagement.strategy_label(strategy) for strategy in frame["strategy"]),
        share=frame["responses"] / frame["contacts"].where(frame["contacts"] > 0),
        low=low,
        high=high,
        conversion=frame["conversions"] / frame["base_conversion"].where(frame["base_conversion"] > 0),
        conversion_low=c_low,
        conversion_high=c_high,
        enough=frame["contacts"] >= engagement.definitions.smallest_base,
        made=made,
        off_list=pd.array(strangers, dtype="Int64"),
        by_complaint=frame["strategy"].isin(triggered),
    )


def _uncalled_for(who: pd.DataFrame, closed: pd.DataFrame) -> int:
    """Contacts (customer_id, day) of whose customer no complaint had been closed by then."""
    both = who.reset_index(drop=True).reset_index().merge(closed, on="customer_id")
    return len(who) - int(both.loc[both["closed_on"] <= both["day"], "index"].nunique())


def contacts_handoff(answers: pd.DataFrame) -> pd.DataFrame:
    """The answers of the strategies that work by a list, as handoff `strategy_contacts`."""
    listed = answers[~answers["by_complaint"]].reset_index(drop=True)
    return listed.assign(contacts=listed["made"])[["strategy", "contacts", "off_list"]].astype(
        {"contacts": "int64", "off_list": "int64"}
    )


def mixed_kinds(answers: pd.DataFrame) -> bool:
    """Whether the strategies' contacts are talks in unequal shares: talks and bulk messages are answered unlike, so that
    the rates do not compare the strategies."""
    return bool((answers["base_conversion"] / answers["contacts"]).round(9).nunique() > 1)
