"""What was done: interactions and campaign messages of the cycle, each with the strategy that it belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from math import nan
from pathlib import Path

import pandas as pd

from crm_lib.engagement import Engagement
from crm_lib.engine import Engine

_SQL = Path(__file__).parent
MATCHES = ("stated", "member", "none")


def interactions(engine: Engine, engagement: Engagement, plan: pd.DataFrame, answering: pd.DataFrame) -> pd.DataFrame:
    """Every interaction of the cycle, by day and id.

    Columns: interaction_id, customer_id, day, channel, direction, owner, strategy (as recorded), outcome, need,
    has_note, judged (0 where no interaction of the data says how it was answered), matched (strategy of the plan, '' without) and match: 'stated' where the record names the strategy;
    'member' where it names none and we contacted a customer of the strategy's list, by the strategy's owner or by who
    answers for the customer (see own_owners.who_answers), on one of its channels (the first such strategy of the plan);
    else 'none'.
    """
    found = engine.run(_SQL / "interactions.sql", start=engagement.cycle.start).astype(_TEXT)
    stated = found["strategy"].isin(plan["strategy"])
    open_ones = found[found["strategy"].isna() & found["direction"].eq("out") & found["customer_id"].notna()]
    by_member = _by_member(open_ones, plan, answering)
    matched = found["strategy"].where(stated, found["interaction_id"].map(by_member)).fillna("")
    match = pd.Series("none", index=found.index).where(matched.eq(""), "member").where(~stated, "stated")
    return found.assign(matched=matched.astype("str"), match=match)


_TEXT = dict.fromkeys(
    ("interaction_id", "customer_id", "channel", "direction", "owner", "strategy", "outcome", "need"), "str"
)


def _by_member(found: pd.DataFrame, plan: pd.DataFrame, answering: pd.DataFrame) -> pd.Series:
    """interaction_id -> first strategy of the plan whose list, owner and channels fit."""
    lines = plan.assign(place=range(len(plan)), channel=plan["channels"].str.split(",")).explode("channel")
    lines = lines[["strategy", "owner", "channel", "place"]].merge(
        answering[["strategy", "customer_id", "owner"]], on="strategy", suffixes=("", "_own")
    )
    own = lines.assign(owner=lines["owner_own"])
    keys = ["customer_id", "owner", "channel"]
    lines = pd.concat([lines, own])[[*keys, "strategy", "place"]].drop_duplicates()
    both = found[["interaction_id", *keys]].merge(lines, on=keys).sort_values(["interaction_id", "place"])
    return both.drop_duplicates("interaction_id").set_index("interaction_id")["strategy"]


def sends(engine: Engine, engagement: Engagement, plan: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """Campaign messages of the cycle: campaign_id, customer_id, day, channel, strategy (as stated), answered,
    judged, matched (strategy of the plan that the campaign states, else the one whose prefix its id has)."""
    found = engine.run(
        _SQL / "sends.sql",
        start=engagement.cycle.start,
        as_of=as_of,
        response_days=engagement.definitions.response_window_days,
    )
    kept = set(plan["strategy"])
    prefixes = [
        (one.campaign_prefix, one.id) for one in engagement.strategies if one.campaign_prefix and one.id in kept
    ]
    ids = {id: _strategy_of(id, prefixes) for id in found["campaign_id"].unique()}
    stated = found["strategy"].where(found["strategy"].isin(kept))
    return found.assign(matched=stated.fillna(found["campaign_id"].map(ids)).fillna("").astype("str"))


def _strategy_of(campaign_id: str, prefixes: list[tuple[str, str]]) -> str:
    """The longest prefix wins, of equal ones the first."""
    fitting = [(-len(prefix), i, id) for i, (prefix, id) in enumerate(prefixes) if campaign_id.startswith(prefix)]
    return min(fitting)[2] if fitting else ""


def contacts(
    interactions: pd.DataFrame, sends: pd.DataFrame, plan: pd.DataFrame, answering: pd.DataFrame
) -> pd.DataFrame:
    """Contacts made for the plan's strategies: strategy, owner (who answers for the customer), day, contacts.

    Several records of one strategy, customer and day are one contact; a record without a customer counts alone.
    """
    ours = interactions[(interactions["matched"] != "") & (interactions["direction"] == "out")]
    parts = [
        ours[["matched", "day"]].assign(who=ours["customer_id"].fillna("record " + ours["interaction_id"])),
        sends.loc[sends["matched"] != "", ["matched", "day"]].assign(who=sends["customer_id"]),
    ]
    each = pd.concat(parts, ignore_index=True).drop_duplicates().rename(columns={"matched": "strategy"})
    listed = answering[["strategy", "customer_id", "owner"]].rename(columns={"customer_id": "who"})
    each = each.astype({"who": "str", "strategy": "str"}).merge(listed, on=["strategy", "who"], how="left")
    of_strategy = each["strategy"].map(dict(zip(plan["strategy"], plan["owner"], strict=True)))
    each = each.assign(owner=each["owner"].astype("object").fillna(of_strategy).astype("str"))
    found = each.groupby(["strategy", "owner", "day"], as_index=False).size().rename(columns={"size": "contacts"})
    return found.astype({"day": "datetime64[us]", "strategy": "str", "owner": "str", "contacts": "int64"})


def recorded(engine: Engine, plan: pd.DataFrame, sends: pd.DataFrame, interactions: pd.DataFrame) -> set[str]:
    """Strategies whose contacts the data can show: those with campaigns or with contacts matched to them; all where the
    contacts of the cycle name strategies, or where contacts of ours are recorded but none in the cycle."""
    shown = set(sends["matched"]) | set(interactions.loc[interactions["direction"].eq("out"), "matched"])
    everything = outbound(engine) and not unmatchable(interactions)
    return set(plan["strategy"]) if everything else shown - {""}


def unmatchable(interactions: pd.DataFrame) -> int:
    """Contacts of ours in the cycle that no strategy can be credited with, where no record of them names one of the
    plan: they are no proof that nothing was done. 0 where the records do name strategies."""
    ours = interactions[interactions["direction"].eq("out")]
    return 0 if ours["match"].eq("stated").any() else int(ours["match"].eq("none").sum())


@dataclass(frozen=True)
class RecordedSpan:
    """Days before `as_of` of the first and the last interaction that we began; NaN without any."""

    first_days: float = nan
    last_days: float = nan

    def covers(self, interval_days: pd.Series) -> pd.Series:
        """Whether it can be told who was not contacted for so long: the records begin before the interval does. False
        where there is no interval."""
        return self.first_days >= interval_days.astype("float64")


def recorded_span(engine: Engine, as_of: date) -> RecordedSpan:
    if not engine.has("interactions"):
        return RecordedSpan()
    row = engine.sql(
        "SELECT MIN(CAST(happened_at AS DATE)) AS first_on, MAX(CAST(happened_at AS DATE)) AS last_on "
        "FROM interactions WHERE direction = 'out'"
    ).iloc[0]
    if pd.isna(row["first_on"]):
        return RecordedSpan()
    return RecordedSpan(
        *(float((pd.Timestamp(as_of) - pd.Timestamp(row[name])).days) for name in ("first_on", "last_on"))
    )


def outbound(engine: Engine) -> bool:
    """Whether any interaction is recorded as begun by us; bookings and calls that come in show no contact of ours."""
    if not engine.has("interactions"):
        return False
    return bool(engine.sql("SELECT COUNT(*) AS n FROM interactions WHERE direction = 'out'")["n"].iloc[0])
