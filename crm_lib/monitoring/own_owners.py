"""Customers' own owners, and which strategies they work: those are counted by them, the others by the strategy's."""

from __future__ import annotations

from itertools import cycle, islice

import pandas as pd

from crm_lib.engagement import Engagement
from crm_lib.engine import Engine
from crm_lib.metrics.owners import own_owners

MOSTLY = 0.5  # of the contacts with a list, from which on its customers' own owners are taken to work it


def who_answers(engine: Engine, engagement: Engagement, plan: pd.DataFrame, members: pd.DataFrame) -> pd.DataFrame:
    """Who answers for each customer of each list: strategy, customer_id, owner, worked, by_own, contacts; by customer_id.

    `worked`: the customers' own owners made at least MOSTLY of our `contacts` of the cycle with those of the list who
    have one (at least the smallest base; `by_own` of them). There the owner is the customer's own, for who has none
    and elsewhere the strategy's.
    """
    own = own_owners(engine)
    found = members[["strategy", "customer_id"]].astype("str").reset_index(drop=True)
    found = found.merge(_worked(_made(engine, engagement), found, own), on="strategy", how="left")
    found = found.fillna({"contacts": 0, "by_own": 0}).astype({"contacts": "int64", "by_own": "int64"})
    enough = found["contacts"] >= engagement.definitions.smallest_base
    worked = enough & (found["by_own"] >= MOSTLY * found["contacts"])
    of_strategy = found["strategy"].map(dict(zip(plan["strategy"], plan["owner"], strict=True)))
    owner = found["customer_id"].map(own).astype("object").where(worked).fillna(of_strategy)
    return found.assign(owner=owner.astype("str"), worked=worked).sort_values(
        ["strategy", "customer_id"], ignore_index=True
    )


def _made(engine: Engine, engagement: Engagement) -> pd.DataFrame:
    """customer_id, owner of the interactions that we began in the cycle."""
    if not engine.has("interactions"):
        return pd.DataFrame({"customer_id": pd.Series(dtype="str"), "owner": pd.Series(dtype="str")})
    return engine.sql(
        "SELECT customer_id, owner FROM interactions WHERE direction = 'out' AND customer_id IS NOT NULL "
        "AND CAST(happened_at AS DATE) >= CAST($start AS DATE)",
        start=engagement.cycle.start,
    ).astype("str")


def _worked(made: pd.DataFrame, members: pd.DataFrame, own: pd.Series) -> pd.DataFrame:
    """strategy, contacts with customers of its list who have an owner of their own, and by_own: how many it made."""
    made = made[made["customer_id"].isin(own.index)]
    both = members.merge(made.assign(by_own=made["owner"].eq(made["customer_id"].map(own))), on="customer_id")
    return both.groupby("strategy", as_index=False).agg(contacts=("by_own", "size"), by_own=("by_own", "sum"))


def of_strategies(contact_plan: pd.DataFrame, plan: pd.DataFrame) -> pd.DataFrame:
    """contact_plan with one row a strategy and week, of the strategy's owner: phase 3 divides it by customers' own
    owners before anybody knows whether these will work the list."""
    owners = dict(zip(plan["strategy"], plan["owner"], strict=True))
    keys = ["strategy", "week", "due"]
    sums = contact_plan.groupby(keys, as_index=False)[["contacts", "overflow"]].sum()
    sums = sums.assign(owner=sums["strategy"].map(owners))[list(contact_plan.columns)]
    return sums.sort_values(["week", "owner", "strategy"], ignore_index=True)


def by_own_owner(contact_plan: pd.DataFrame, answering: pd.DataFrame) -> pd.DataFrame:
    """contact_plan with the contacts of the strategies that are worked by own owners divided among them.

    The nth contact of the cycle is taken to be with the nth customer of the list by number, again and again.
    """
    lists = {str(name): mine["owner"].tolist() for name, mine in answering[answering["worked"]].groupby("strategy")}
    parts = [contact_plan[~contact_plan["strategy"].isin(list(lists))]]
    for name, owners in lists.items():
        mine = contact_plan[contact_plan["strategy"] == name].sort_values("week", ignore_index=True)
        parts.append(_divided(mine, owners))
    return pd.concat(parts, ignore_index=True).sort_values(["week", "owner", "strategy"], ignore_index=True)


def _divided(mine: pd.DataFrame, owners: list[str]) -> pd.DataFrame:
    """One strategy's weeks, a row for each owner who has contacts in it."""
    each = mine.loc[mine.index.repeat(mine["contacts"])]
    each = each.assign(owner=list(islice(cycle(owners), len(each))), contacts=1)
    keys = [name for name in mine.columns if name != "contacts"]
    return each.groupby(keys, dropna=False)["contacts"].sum().reset_index()[list(mine.columns)]
