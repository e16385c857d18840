"""Campaigns: who was drawn for which arm, and the purchases that a campaign really caused."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from generator.orders import Order, Product, new_order
from generator.people import Person
from generator.settings import BASELINE, LAST, LIFTS, WINDOW, stream


@dataclass(frozen=True)
class Campaign:
    id: str
    name: str
    strategy: str
    channel: str
    sent: date
    ends: date
    cost: float
    holdout: float  # share held out; 0: nobody was


CAMPAIGNS = (
    Campaign("QIXI-2508", "七夕礼遇", "", "短信", date(2025, 8, 22), date(2025, 8, 31), 3200, 0),
    Campaign("D11-2511", "双十一会员预售", "", "短信", date(2025, 10, 28), date(2025, 11, 11), 9800, 0),
    Campaign("CNY-2602", "新春焕颜礼盒", "", "企业微信", date(2026, 1, 30), date(2026, 2, 14), 5600, 0),
    Campaign("WAKE-2604", "沉睡客户唤醒礼", "wake_up", "短信", date(2026, 4, 8), date(2026, 5, 8), 6400, 0.5),
    Campaign("SECOND-2604", "新客二单礼", "second_order", "小程序", date(2026, 4, 10), date(2026, 5, 10), 4200, 0.5),
    Campaign("CORE-2604", "核心会员沙龙邀约", "core_care", "企业微信", date(2026, 4, 15), date(2026, 4, 30), 12000, 0),
    Campaign(
        "BUNDLE-2604", "小额高频加购礼包", "step_up_bundle", "小程序", date(2026, 4, 20), date(2026, 5, 20), 1800, 0.3
    ),
    Campaign("CROSS-2605", "跨品类体验券", "cross_category", "短信", date(2026, 4, 28), date(2026, 5, 28), 5200, 0.5),
)


@dataclass
class Membership:
    campaign: Campaign
    person: Person
    arm: str  # 试验组, 对照组, '' where nobody was held out
    responded: date | None = None


def run_campaigns(
    people: list[Person], orders: list[Order], products: list[Product]
) -> tuple[list[Membership], list[Order]]:
    """Memberships of all campaigns, and the additional orders that they caused."""
    history = _history(orders)
    members: list[Membership] = []
    extra: list[Order] = []
    for campaign in CAMPAIGNS:
        chosen = _draw(campaign, _eligible(campaign, people, history))
        members += chosen
        extra += _caused(campaign, chosen, history, products)
        _answer(campaign, chosen, history)
    return members, extra


def _history(orders: list[Order]) -> dict[int, list[date]]:
    found: dict[int, list[date]] = {}
    for order in orders:
        if order.person:
            found.setdefault(order.person.id, []).append(order.at.date())
    return {id: sorted(days) for id, days in found.items()}


def _eligible(campaign: Campaign, people: list[Person], history: dict[int, list[date]]) -> list[Person]:
    by_sms = campaign.channel == "短信"
    reachable = [p for p in people if (p.member_numbers or by_sms) and p.joined <= campaign.sent]
    known = {p.id: [d for d in history.get(p.id, []) if d <= min(campaign.sent, BASELINE)] for p in reachable}
    rules = {
        "wake_up": lambda d: bool(d) and (BASELINE - d[-1]).days >= 180,
        "second_order": lambda d: len(d) == 1 and (BASELINE - d[0]).days < 150,
        "cross_category": lambda d: (
            1 <= len([x for x in d if (BASELINE - x).days < 365]) <= 3 and (BASELINE - d[-1]).days < 180
        ),
        "core_care": lambda d: len([x for x in d if (BASELINE - x).days < 365]) >= 6,
        "": lambda d: bool(d) and (campaign.sent - d[-1]).days < 200,
    }
    if campaign.strategy == "step_up_bundle":
        return [p for p in reachable if p.habit == "small_basket" and len(known[p.id]) >= 4]
    return [p for p in reachable if rules[campaign.strategy](known[p.id])]


DRAW = 16  # chosen so that the arms happen to be alike and a reader sees what was planted
_SHARE = {"": 0.32, "step_up_bundle": 0.45, "core_care": 0.7}


def _draw(campaign: Campaign, eligible: list[Person]) -> list[Membership]:
    rng = stream(f"draw {DRAW}:{campaign.id}")
    chosen = [p for p in eligible if rng.random() < _SHARE.get(campaign.strategy, 1)]
    if not campaign.holdout:
        return [Membership(campaign, person, "") for person in chosen]
    arms = ["对照组" if i < len(chosen) * campaign.holdout else "试验组" for i in range(len(chosen))]
    rng.shuffle(arms)
    return [Membership(campaign, person, arm) for person, arm in zip(chosen, arms, strict=True)]


def bought(days: list[date], sent: date) -> bool:
    """A purchase after the day of sending, at most WINDOW days later."""
    return any(0 < (day - sent).days <= WINDOW for day in days)


def _caused(
    campaign: Campaign, members: list[Membership], history: dict[int, list[date]], products: list[Product]
) -> list[Order]:
    """Treated people who would not have bought do so with the chance that makes the planted lift on average."""
    lift = LIFTS.get(campaign.id, 0)
    treated = [m.person for m in members if m.arm == "试验组"]
    if not lift or not treated:
        return []
    rng = stream(f"effect:{campaign.id}")
    idle = [p for p in treated if not bought(history.get(p.id, []), campaign.sent)]
    count = round(lift * len(treated))
    found = []
    for person in sorted(rng.sample(idle, count), key=lambda p: p.id):
        day = min(campaign.sent + timedelta(days=rng.randrange(2, 40)), LAST)
        found.append(new_order(rng, person, day, products))
        history[person.id] = sorted([*history.get(person.id, []), day])
    return found


def _answer(campaign: Campaign, members: list[Membership], history: dict[int, list[date]]) -> None:
    rng = stream(f"answer:{campaign.id}")
    for member in members:
        after = [d for d in history.get(member.person.id, []) if campaign.sent < d <= campaign.ends]
        if member.arm != "对照组" and after and rng.random() < 0.55:
            member.responded = after[0]
        elif member.arm != "对照组" and rng.random() < 0.02:
            member.responded = campaign.sent + timedelta(days=rng.randrange(1, 10))
