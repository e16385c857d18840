"""The plan by who does it: each customer's own owner where the record names one, else the strategy's."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from crm_lib.engagement import Engagement, Strategy
from crm_lib.engine import Engine
from crm_lib.language import Message, msg
from crm_lib.metrics.ended_owners import ended_people
from crm_lib.metrics.owners import MOSTLY, own_owners


def workload(
    engine: Engine,
    engagement: Engagement,
    strategies: Sequence[Strategy],
    plan: pd.DataFrame,
    members: pd.DataFrame,
    customers: pd.DataFrame,
) -> pd.DataFrame:
    """`plan` with a row for each strategy and owner, in the plan's order and then by owner.

    customers, reachable and contacts_per_week are the owner's part of the strategy's; owned: how many of the customers
    are contacted by an owner of their own. An own owner who is in no team has no capacity to plan with: those customers
    stay with the strategy's owner, who answers for them (unnamed: how many; unverified: without known consent), unless that one is in no team either. Mailings (campaign_prefix) and calls after complaints are one team's work:
    they stay with the strategy's owner, as does a strategy without customers, and a list with whose customers their own
    owners made less than MOSTLY of our contacts in the layering window (see _past): monitoring will count it so. last_on and pace: the last contact on
    record of an owner whose records have ended, and contacts a week before; NaT and NaN of the others. sold_on and sales:
    the same of the orders that an owner sold, of those whose contacts have not ended.
    """
    own = own_owners(engine)
    kept = {strategy.id for strategy in strategies if strategy.campaign_prefix or strategy.trigger != "schedule"}
    past = _past(engine, engagement, members, own)
    kept |= set(past.index[past["past_own"] < MOSTLY * past["past"]])
    named = own[own.isin(list(engagement.owners))]
    lines = [plan.iloc[[place]] for place in range(len(plan))]
    parts = [
        _divided(line, own, named if line["owner"].iloc[0] in engagement.owners else own, members, customers, kept)
        for line in lines
    ]
    found = pd.concat(parts, ignore_index=True) if parts else plan.assign(owned=0, unnamed=0, unverified=0)
    owners = found["owner"].astype(object)
    gone = ended_people(engine, engagement, owners.dropna().unique())
    ended = gone[gone["known_by"].eq("contacts")]
    sold = gone[gone["known_by"].eq("sales") & gone.index.isin(owners[found["owned"] > 0])]
    found = found.join(past, on="strategy").fillna(dict.fromkeys(_PAST, 0))
    return found.assign(
        last_on=pd.to_datetime(owners.map(ended["last_on"])),
        pace=owners.map(ended["contacts_per_week"]).astype("float64"),
        sold_on=pd.to_datetime(owners.map(sold["last_on"])),
        sales=owners.map(sold["contacts_per_week"]).astype("float64"),
    )


_PAST = ["past", "past_own", "lists_past", "lists_own"]


def _past(engine: Engine, engagement: Engagement, members: pd.DataFrame, own: pd.Series) -> pd.DataFrame:
    """strategy -> past, past_own: our contacts with customers of its list who have an owner of their own, and how many
    of these that owner made. Below the smallest base those of all lists together say it, and below it again nothing."""
    if not engine.has("interactions"):
        return pd.DataFrame(columns=_PAST, dtype="int64")
    made = engine.sql(
        "SELECT customer_id, owner FROM interactions WHERE direction = 'out' AND customer_id IS NOT NULL "
        "AND owner IS NOT NULL AND date_diff('day', CAST(happened_at AS DATE), CAST($baseline AS DATE)) < $window",
        baseline=engagement.cycle.baseline,
        window=engagement.layering.window_days,
    ).astype("str")
    made = made[made["customer_id"].isin(own.index)]
    made = made.assign(by_own=made["owner"].eq(made["customer_id"].map(own)))
    both = members.merge(made, on="customer_id").groupby("strategy")["by_own"].agg(["size", "sum"])
    both = both.set_axis(["past", "past_own"], axis=1).reindex(sorted(set(members["strategy"])), fill_value=0)
    few = both["past"] < engagement.definitions.smallest_base
    total = both.sum()
    both.loc[few] = total.tolist()
    both = both.assign(lists_past=total["past"], lists_own=total["past_own"])
    return both[both["past"] >= engagement.definitions.smallest_base].astype("int64")


def _divided(
    line: pd.DataFrame,
    every: pd.Series,
    own: pd.Series,
    members: pd.DataFrame,
    customers: pd.DataFrame,
    kept: set[str],
) -> pd.DataFrame:
    """every: customer_id -> owner of the record; own: those of them who are planned with."""
    strategy, owner, operating_class = line[["strategy", "owner", "operating_class"]].astype(str).iloc[0]
    mine = members.loc[members["strategy"] == strategy, "customer_id"]
    unknown = customers.loc[customers["consent_unknown"], "customer_id"]
    if strategy in kept or not len(mine):
        return line.assign(owned=0, unnamed=0, unverified=int(mine.isin(unknown).sum()))
    reachable = customers.loc[customers["reachable"] & customers["operating_class"].eq(operating_class), "customer_id"]
    known = mine.map(own).astype(object)
    found = pd.DataFrame(
        {
            "customers": known.fillna(owner).value_counts(),
            "reachable": reachable.map(own).astype(object).fillna(owner).value_counts(),
            "owned": known.value_counts(),
            "unverified": known[mine.isin(unknown)].fillna(owner).value_counts(),
            "unnamed": pd.Series({owner: int(mine.isin(every.index).sum() - known.notna().sum())}),
        }
    )
    found = found[found["customers"] > 0].fillna(0).astype("int64").sort_index()
    shared = line.drop(columns=["customers", "reachable", "owner"]).merge(found.reset_index(names="owner"), how="cross")
    part = shared["customers"] / len(mine)
    return shared.assign(contacts_per_week=shared["contacts_per_week"] * part)[
        [*line.columns, "owned", "unnamed", "unverified"]
    ]


def divided(load: pd.DataFrame) -> bool:
    """Whether any contact is planned with a customer's own owner."""
    return bool(load["owned"].sum())


def workload_text(load: pd.DataFrame) -> Message:
    """How contacts and load are counted, and by whose owners."""
    owned, everyone, unnamed = (int(load[name].sum()) for name in ("owned", "customers", "unnamed"))
    counted = msg("strategy.text.capacity")
    scheduled = load[load["trigger"] == "schedule"].drop_duplicates("strategy")
    others = scheduled[(scheduled["past"] > 0) & (scheduled["past_own"] < MOSTLY * scheduled["past"])]
    if len(others) and not divided(load):
        all_lists = others.iloc[0]
        counted = msg("strategy.text.capacity_past", past=int(all_lists["lists_past"]), own=int(all_lists["lists_own"]))
    if divided(load):
        counted = msg("strategy.text.capacity_own", owned=owned, all=everyone, rest=everyone - owned)
        if owned == everyone:
            counted = msg("strategy.text.capacity_all_own", all=everyone)
    return msg("strategy.text.capacity_unnamed", counted=counted, n=unnamed) if unnamed else counted
