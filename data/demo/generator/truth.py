"""What was planted, in numbers, for the tests."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from generator import settings
from generator.campaigns import CAMPAIGNS, Membership, bought
from generator.orders import Order
from generator.people import Person
from generator.records import Sheet
from generator.service import LATE, Ticket


def records(sheets: list[Sheet]) -> dict[str, dict[str, int]]:
    """file -> record key -> true person, of files whose keys are theirs alone (the others name a member number)."""
    found: dict[str, dict[str, int]] = {}
    for sheet in sheets:
        if sheet.file in ("campaign_members.csv", "points.csv"):
            continue
        columns = sheet.key if isinstance(sheet.key, tuple) else (sheet.key,)
        for row, person in zip(sheet.rows, sheet.people, strict=True):
            if person is not None:
                found.setdefault(sheet.file, {})["|".join(str(row[i]) for i in columns)] = person
    return found


def story(
    people: list[Person], orders: list[Order], tickets: list[Ticket], members: list[Membership]
) -> dict[str, Any]:
    days: dict[int, list[date]] = {}
    for order in orders:
        if order.person and order.kind == "销售":
            days.setdefault(order.person.id, []).append(order.at.date())
    return {
        "wave": _wave(people, days),
        "complaints": _complaints(tickets),
        "campaigns": [_campaign(c.id, members, days) for c in CAMPAIGNS],
        "families": [[a.id, b.id] for a, b in zip(people[100:130], people[1500:1530], strict=True)],
        "registered_twice": [p.id for p in people if len(p.member_numbers) > 1],
    }


def _repurchase(ids: list[int], days: dict[int, list[date]], first: date, last: date) -> dict[str, float]:
    """Share of those who bought in the period with another purchase on a later day within WINDOW days."""
    base = again = 0
    for id in ids:
        inside = [d for d in days.get(id, []) if first <= d <= last]
        base += bool(inside)
        again += any(0 < (d - min(inside)).days <= settings.WINDOW for d in days.get(id, [])) if inside else 0
    return {"base": base, "share": round(again / base, 4) if base else 0.0}


def _wave(people: list[Person], days: dict[int, list[date]]) -> dict[str, Any]:
    before = (date(2025, 6, 1), date(2025, 8, 31))
    after = (settings.WAVE, date(2026, 1, 30))
    groups = {channel: [p.id for p in people if p.channel == channel] for channel in ("门店", "小程序", "线上商城")}
    groups["all"] = [p.id for p in people]
    return {
        "since": settings.WAVE.isoformat(),
        "joined_through": "小程序",
        "repurchase_within_days": settings.WINDOW,
        "before": {name: _repurchase(ids, days, *before) for name, ids in groups.items()},
        "after": {name: _repurchase(ids, days, *after) for name, ids in groups.items()},
    }


def _complaints(tickets: list[Ticket]) -> dict[str, Any]:
    mine = [t for t in tickets if t.kind == "投诉"]
    late = [t for t in mine if t.reason == LATE]
    since = settings.WAVE + timedelta(days=4)
    return {
        "reason": LATE,
        "channel": "小程序",
        "store": settings.WEST,
        "count": len(mine),
        "late": len(late),
        "late_at_store": sum(t.store == settings.WEST for t in late),
        "late_since_wave": sum(t.opened.date() >= since for t in late),
    }


def _campaign(id: str, members: list[Membership], days: dict[int, list[date]]) -> dict[str, Any]:
    mine = [m for m in members if m.campaign.id == id]
    arms: dict[str, dict[str, int]] = {}
    for m in mine:
        arm = arms.setdefault(m.arm or "none", {"n": 0, "bought": 0})
        arm["n"] += 1
        arm["bought"] += bought(days.get(m.person.id, []), m.campaign.sent)
    planted = settings.LIFTS.get(id) if mine and mine[0].campaign.holdout else None
    return {"id": id, "strategy": mine[0].campaign.strategy if mine else "", "planted_lift": planted, "arms": arms}
