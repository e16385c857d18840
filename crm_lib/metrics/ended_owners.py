"""Owners whose records of contacts, or whose own sales, have ended while those of others go on."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from crm_lib.engagement import Engagement
from crm_lib.engine import Engine
from crm_lib.metrics.not_stated import nameless

LEAST_CONTACTS = 30  # in the owner's last year of records
LEAST_MISSED = 10  # contacts that the owner's own pace would have brought since: none of ten is chance in e^-10
LONGER_THAN_EVER = 2.0  # times the owner's longest pause before
LEAST_PACE_DAYS = 90  # a pace is not told from fewer days
YEAR = 365
COLUMNS = ["owner", "last_on", "contacts_per_week"]


def ended_owners(engine: Engine) -> pd.DataFrame:
    """COLUMNS by owner; contacts_per_week: the pace of the year before the last contact. Contacts of any direction."""
    return _ended_in(
        engine,
        "interactions",
        "SELECT owner, CAST(happened_at AS DATE) AS day, COUNT(*) AS contacts FROM interactions"
        " WHERE owner IS NOT NULL GROUP BY owner, CAST(happened_at AS DATE) ORDER BY owner, day",
    )


def ended_sellers(engine: Engine) -> pd.DataFrame:
    """The same of who sold the lines: COLUMNS, of their orders in place of contacts."""
    return _ended_in(
        engine,
        "order_lines",
        "SELECT salesperson AS owner, ordered_on AS day, COUNT(DISTINCT order_id) AS contacts FROM order_lines"
        " WHERE salesperson IS NOT NULL AND kind = 'sale' AND amount > 0 GROUP BY salesperson, ordered_on"
        " ORDER BY owner, day",
    )


def ended_people(engine: Engine, engagement: Engagement, owners: Iterable[str]) -> pd.DataFrame:
    """Of `owners` those who left, by owner: last_on, contacts_per_week and known_by: 'contacts' (`ended_owners`), else
    'sales' (`ended_sellers`, sold under their id or a name of theirs)."""
    asked = sorted({*owners})
    contacts = ended_owners(engine).set_index("owner").assign(known_by="contacts")
    contacts = contacts[contacts.index.isin(asked)]
    sellers = ended_sellers(engine).set_index("owner").assign(known_by="sales") if asked else contacts.iloc[:0]
    names = {owner: sorted(names_of(engagement, owner)) for owner in asked if owner not in contacts.index}
    sold = {owner: next((n for n in known if n in sellers.index), None) for owner, known in names.items()}
    there = {owner: name for owner, name in sold.items() if name is not None}
    return pd.concat([contacts, sellers.loc[list(there.values())].set_axis(list(there), axis=0)])


def names_of(engagement: Engagement, person: str) -> set[str]:
    """What the data and the engagement call a person."""
    owner = engagement.owners.get(person)
    return {person, *(() if owner is None else (owner.label.zh, owner.label.en))}


def _ended_in(engine: Engine, table: str, query: str) -> pd.DataFrame:
    """query: [owner, day, contacts] of the table."""
    if not engine.has(table):
        return pd.DataFrame(columns=COLUMNS)
    days = engine.sql(query).assign(day=lambda frame: pd.to_datetime(frame["day"]))
    last = days["day"].max()
    found = [_ended(str(owner), own, last) for owner, own in days.groupby("owner", sort=True) if not nameless(owner)]
    return pd.DataFrame([row for row in found if row], columns=COLUMNS)


def _ended(owner: str, days: pd.DataFrame, last: pd.Timestamp) -> tuple[str, pd.Timestamp, float] | None:
    ended = days["day"].max()
    year = days[days["day"] > ended - pd.Timedelta(days=YEAR)]
    pace = year["contacts"].sum() / max(LEAST_PACE_DAYS, (ended - year["day"].min()).days + 1)
    silent_days, pauses = (last - ended).days, year["day"].diff().dt.days
    longest = float(pauses.max()) if len(year) > 1 else float("inf")
    enough = year["contacts"].sum() >= LEAST_CONTACTS and pace * silent_days >= LEAST_MISSED
    return (owner, ended, 7 * pace) if enough and silent_days >= LONGER_THAN_EVER * longest else None
