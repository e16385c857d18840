"""How each owner keeps in touch with the own accounts, and whose neglect is more than chance."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from crm_lib.engagement import Engagement
from crm_lib.engine import Engine
from crm_lib.frames import objects, rows
from crm_lib.language import Finding, Message, Value, msg
from crm_lib.metrics.association import beyond_rest, two_shares
from crm_lib.metrics.cover import covered_until, silent_since
from crm_lib.metrics.ended_owners import ended_people
from crm_lib.metrics.intervals import wilson
from crm_lib.monitoring.contacts import recorded_span
from crm_lib.monitoring.plan import agreed

MOST_NAMED = 3
MOST = 0.5  # of the accounts: more not contacted in time is a finding by itself
_SQL = Path(__file__).parent
COLUMNS = ["owner", "accounts", "judged", "silent", "never", "share", "low", "high", "median_days"]
_ACCOUNT = [
    "customer_id",
    "owner",
    "cadence_days",
    "last_contact_days",
    "ended",
    "judged",
    "silent",
    "ended_on",
    "ended_by",
]
COLUMNS += ["rest", "gap", "gap_low", "gap_high", "p", "far", "ended_on", "ended_by"]


def accounts(
    engine: Engine, engagement: Engagement, plan: pd.DataFrame, members: pd.DataFrame, as_of: date
) -> pd.DataFrame:
    """Customers with an owner of their own who may be contacted: customer_id, owner, cadence_days, last_contact_days
    (since the last interaction that we began, whoever made it; NaN without), ended, judged, silent, ended_on and
    ended_by (day of the owner's last contact on record or last sale where these have ended, see `ended_people`).

    The cadence is the shortest interval of the agreed strategies on whose list the customer stands, else the active
    window. Ended: on no such list, and silent for `layering.dormant_days` when the cadence began (who never bought is
    counted from joining): an expired trial, a customer long lost. Judged: our interactions are recorded over the whole
    cadence, the customer was one before it began, and has not ended.
    """
    if not (engine.has("customers") and engine.has("interactions") and engine.has("orders")):
        return pd.DataFrame(columns=_ACCOUNT)
    found = engine.run(_SQL / "accounts.sql", as_of=as_of).astype({"customer_id": "str", "owner": "str"})
    lists = agreed(plan, members).merge(plan[["strategy", "every_days"]], on="strategy")
    own = lists.astype({"customer_id": "str"}).groupby("customer_id")["every_days"].min()
    window = engagement.definitions.active_window_days
    cadence = found["customer_id"].map(own).astype("float64").fillna(float(window))
    known = found["known_days"].astype("float64").fillna(np.inf) >= cadence
    since = silent_since(found["last_on"], covered_until(engine, found["customer_id"], as_of)).fillna(
        found["joined_on"]
    )
    quiet = (pd.Timestamp(as_of) - since).dt.days.fillna(np.inf) - cadence >= engagement.layering.dormant_days
    ended = quiet & ~found["customer_id"].isin(own.index)
    judged = recorded_span(engine, as_of).covers(cadence) & known & ~ended
    silent = judged & ~(found["last_contact_days"].astype("float64") <= cadence)
    gone = ended_people(engine, engagement, found["owner"].unique())
    on, by = pd.to_datetime(found["owner"].map(gone["last_on"])), found["owner"].map(gone["known_by"])
    found = found.assign(cadence_days=cadence, ended=ended, judged=judged, silent=silent, ended_on=on, ended_by=by)
    return found[_ACCOUNT]


def by_own(accounts: pd.DataFrame, smallest: int) -> pd.DataFrame:
    """One row an owner with judged accounts, the largest share first: COLUMNS.

    accounts, judged, silent (not contacted within the cadence) and never (no contact on record) count accounts; share =
    silent / judged with Wilson's interval; median_days since the last contact, NaN where half have none on record. gap =
    share - rest (that of all other owners together) with Newcombe's interval; p is of the test of two
    proportions; far: see `beyond_rest`, of the owners with `smallest` judged accounts.
    """
    mine = accounts[accounts["judged"].astype(bool)]
    if not len(mine):
        return pd.DataFrame(columns=COLUMNS)
    days = mine["last_contact_days"].astype("float64")
    keyed = mine.assign(never=days.isna(), days=days.fillna(np.inf))
    found = keyed.groupby("owner").agg(
        judged=("customer_id", "size"),
        silent=("silent", "sum"),
        never=("never", "sum"),
        median_days=("days", "median"),
        ended_on=("ended_on", "first"),
        ended_by=("ended_by", "first"),
    )
    found = found.join(accounts.groupby("owner").size().rename("accounts")).reset_index()
    x, n = found["silent"].to_numpy(float), found["judged"].to_numpy(float)
    y, m = x.sum() - x, n.sum() - n
    low, high = wilson(x, n)
    gap_low, gap_high, p = two_shares(x, n, y, m)
    compared = (n >= smallest) & (m >= smallest)
    rest, far = beyond_rest(x, n, compared)
    found = found.assign(
        share=x / n, low=low, high=high, rest=rest, gap=x / n - rest, gap_low=gap_low, gap_high=gap_high, p=p
    )
    median = found["median_days"].where(np.isfinite(found["median_days"]))
    return found.assign(far=far, median_days=median).sort_values(
        ["share", "judged", "owner"], ascending=[False, False, True], ignore_index=True
    )[COLUMNS]


def own_table(engagement: Engagement, owners: pd.DataFrame) -> pd.DataFrame:
    """by_own with the owner in words."""
    return owners.assign(owner=objects(engagement.owner_label(one) for one in owners["owner"]))


def own_title(engagement: Engagement, owners: pd.DataFrame) -> Message:
    far = owners[owners["far"].astype(bool)]
    row = next(rows(far if len(far) else owners))
    given: dict[str, Any] = {"owner": engagement.owner_label(row.owner), "share": _share(row), "owners": len(owners)}
    if len(far):
        return msg("account.title.far", rest=Value("percent", float(row.rest)), **given)
    return msg("account.title.even" if len(owners) > 1 else "account.title.one", **(given | {"all": _together(owners)}))


def own_note(engagement: Engagement, accounts: pd.DataFrame) -> Message:
    """What the cadence is, and how many accounts could not be judged."""
    return msg(
        "account.note.table",
        window=Value("days", engagement.definitions.active_window_days),
        smallest=engagement.definitions.smallest_base,
        dormant=Value("days", engagement.layering.dormant_days),
        ended=int(accounts["ended"].astype(bool).sum()),
        n=int((~accounts["judged"].astype(bool) & ~accounts["ended"].astype(bool)).sum()),
    )


def own_findings(engagement: Engagement, owners: pd.DataFrame) -> Iterator[Finding]:
    """The owners who keep in touch with fewer of their accounts than the others, by more than chance; else that of all
    accounts most were not contacted in time."""
    far = owners[owners["far"].astype(bool)]
    if not len(far):
        every = _together(owners) if len(owners) else None
        if every is not None and every.value > MOST:
            n, never = int(owners["silent"].sum()), int(owners["never"].sum())
            why = msg("account.finding.all_why", never=never, owners=len(owners))
            judged, total = int(owners["judged"].sum()), int(owners["accounts"].sum())
            headline = msg("account.finding.all", n=n, all=judged, accounts=total, share=every)
            yield Finding(headline, why, msg("account.finding.all_do", n=n), "high")
        return
    row, *others = list(rows(far.head(MOST_NAMED)))
    label = engagement.owner_label(row.owner)
    why = msg(
        "account.finding.why",
        rest=Value("percent", float(row.rest)),
        gap=Value("points", float(row.gap), None, float(row.gap_low), float(row.gap_high)),
        never=int(row.never),
        owners=len(owners),
    )
    if not pd.isna(row.ended_on):
        told = "account.finding.ended" if row.ended_by == "contacts" else "account.finding.sold"
        last = msg(told, owner=label, last=Value("date", row.ended_on.date()))
        why = msg("monitoring.and_then", first=why, second=last)
    if others:
        also = Value(
            "list", [msg("account.also", owner=engagement.owner_label(one.owner), share=_share(one)) for one in others]
        )
        why = msg("monitoring.and_then", first=why, second=msg("account.finding.others", others=also))
    headline = msg("account.finding.far", owner=label, n=int(row.silent), all=int(row.judged), share=_share(row))
    do = "account.finding.do" if pd.isna(row.ended_on) else "account.finding.ended_do"
    yield Finding(headline, why, msg(do, owner=label, n=int(row.silent)), "high")


def _together(owners: pd.DataFrame) -> Value:
    """The share of all owners' accounts not contacted in time."""
    silent, judged = int(owners["silent"].sum()), int(owners["judged"].sum())
    low, high = wilson(silent, judged)
    return Value("percent", silent / judged, judged, float(low), float(high), "silent.all")


def _share(row: Any) -> Value:
    return Value("percent", float(row.share), int(row.judged), float(row.low), float(row.high), f"silent.{row.owner}")
