"""Channels to begin with where a class has not answered enough: the preset of region and trade, as the data allow."""

from __future__ import annotations

from crm_lib.engagement import Engagement
from crm_lib.engine import Engine
from crm_lib.presets import contact_channels

# Tables whose contacts or visits show that a channel is in use, and the column that names it.
SEEN_IN = {
    "interactions": "channel",
    "campaigns": "channel",
    "campaign_members": "channel",
    "tickets": "channel",
    "orders": "channel",
    "customers": "join_channel",
}
CONTACTS = ("interactions", "campaigns", "campaign_members")
OWN = ("app", "mini_program", "community")  # only where the client has one
NEEDS = {"phone": "phone", "sms": "phone", "email": "email"}  # channel -> the field that it needs


def preset_channels(engine: Engine, engagement: Engagement) -> dict[str, tuple[str, ...]]:
    """Operating class -> channels, in order.

    Of the preset, those that the client has contacted customers on; where there are none, those that can work: an app
    or mini-program only where it occurs in the data, phone and e-mail only where there are any to use.
    """
    presets = contact_channels(engagement.report.phone_region, engagement.client.industry)
    contacted, seen = _seen(engine, CONTACTS), _seen(engine, tuple(SEEN_IN))
    missing = {channel for channel, field in NEEDS.items() if not _filled(engine, field)}
    found = {}
    for name, preset in presets.items():
        able = tuple(one for one in preset if one not in missing and (one not in OWN or one in seen))
        found[name] = tuple(one for one in able if one in contacted) or able or preset
    return found


def _seen(engine: Engine, tables: tuple[str, ...]) -> set[str]:
    there = [table for table in tables if engine.has(table)]
    parts = [f"SELECT DISTINCT {SEEN_IN[table]} AS channel FROM {table}" for table in there]
    return set(engine.sql(" UNION ".join(parts))["channel"].dropna()) if parts else set()


def _filled(engine: Engine, field: str) -> bool:
    if not engine.has("customers"):
        return False
    return int(engine.sql(f"SELECT COUNT({field}) AS n FROM customers")["n"].iloc[0]) > 0
