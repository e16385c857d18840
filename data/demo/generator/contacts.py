"""Advisors' contacts, before the cycle without a plan, since its start for the strategies; and loyalty points."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random

from generator.orders import Order
from generator.people import Person
from generator.settings import BASELINE, FIRST, LAST, START, stream

# strategy -> (owner, channels, contacts planned a week, share done by month of the cycle)
PLANS = {
    "core_care": ("王敏", ("企业微信", "电话", "到店"), 104, (0.96, 0.92, 0.86)),
    "step_up_bundle": ("周倩", ("企业微信", "电话"), 66, (0.9, 0.5, 0.3)),
    "second_order": ("林浩", ("小程序", "短信"), 66, (1.0, 0.97, 0.95)),
    "cross_category": ("林浩", ("短信", "企业微信"), 27, (0.98, 0.95, 0.92)),
    "wake_up": ("何静", ("短信", "电话"), 56, (0.97, 0.9, 0.93)),
    "complaint_care": ("陈露", ("电话",), 8, (0.7, 0.85, 0.95)),
}
NEEDS = ("敏感肌护理", "抗初老", "送礼", "补水", "彩妆入门", "价格敏感")


@dataclass
class Contact:
    person: Person
    at: datetime
    channel: str
    inward: bool
    owner: str
    strategy: str
    outcome: str
    need: str


def make_contacts(people: list[Person], orders: list[Order], complainers: list[Person]) -> list[Contact]:
    rng = stream("contacts")
    groups = _groups(people, orders) | {"complaint_care": complainers}
    found = _history(rng, [p for p in people if p.store_number or p.member_numbers])
    for strategy in PLANS:
        found += _planned(rng, strategy, groups[strategy])
    return sorted(found, key=lambda c: (c.at, c.person.id))


def _groups(people: list[Person], orders: list[Order]) -> dict[str, list[Person]]:
    """Roughly the operating classes at baseline, as the stores' own staff would see them."""
    spend: dict[int, float] = {}
    last: dict[int, date] = {}
    for order in orders:
        if order.person and order.at.date() <= BASELINE:
            spend[order.person.id] = spend.get(order.person.id, 0) + order.amount
            last[order.person.id] = max(last.get(order.person.id, FIRST), order.at.date())
    ranked = sorted((p for p in people if p.id in last), key=lambda p: (-spend[p.id], p.id))
    asleep = [p for p in ranked if (BASELINE - last[p.id]).days >= 180]
    awake = [p for p in ranked if (BASELINE - last[p.id]).days < 180]
    core, rest = awake[: len(ranked) // 5], awake[len(ranked) // 5 :]
    young = [p for p in rest if (BASELINE - p.joined).days < 200]
    small = [p for p in rest if p.habit == "small_basket"]
    return {
        "core_care": core,
        "second_order": young,
        "step_up_bundle": small,
        "cross_category": [p for p in rest if p not in young and p not in small],
        "wake_up": asleep,
    }


def _planned(rng: Random, strategy: str, group: list[Person]) -> list[Contact]:
    owner, channels, a_week, done = PLANS[strategy]
    queue: list[Person] = []
    found = []
    for week in range((LAST - START).days // 7 + 1):
        share = done[min(week // 4, 2)]
        for _ in range(round(a_week * share)):
            queue = queue or rng.sample(group, len(group))
            day = START + timedelta(days=7 * week + rng.randrange(7))
            if day <= LAST:
                found.append(_contact(rng, queue.pop(), day, rng.choice(channels), owner, strategy))
    return found


def _history(rng: Random, people: list[Person]) -> list[Contact]:
    """Before the cycle: contacts as it came, most in the stores, without a strategy."""
    found = []
    for _ in range(1100):
        day = FIRST + timedelta(days=rng.randrange((BASELINE - FIRST).days))
        person = rng.choice([p for p in rng.sample(people, 5) if p.joined <= day] or [people[0]])
        owner = rng.choice(("王敏", "周倩", "林浩", "陈露"))
        found.append(
            _contact(rng, person, max(day, person.joined), rng.choice(("电话", "企业微信", "到店")), owner, "")
        )
    return found


def _contact(rng: Random, person: Person, day: date, channel: str, owner: str, strategy: str) -> Contact:
    at = datetime.combine(day, time(9, 30)) + timedelta(minutes=rng.randrange(600))
    good = 0.06 if strategy == "wake_up" else 0.13
    outcomes = ("未接通", "已触达", "有回应", "已转化", "拒绝")
    outcome = rng.choices(outcomes, (26, 40, 20, 100 * good, 4))[0]
    need = rng.choice(NEEDS) if outcome in ("有回应", "已转化") and rng.random() < 0.7 else ""
    return Contact(person, at, channel, not strategy and rng.random() < 0.25, owner, strategy, outcome, need)


@dataclass
class Points:
    person: Person
    on: date
    kind: str
    points: int


def make_points(orders: list[Order]) -> list[Points]:
    """A point a yuan for members' sales; now and then they redeem; few expire."""
    rng = stream("points")
    balance: dict[int, int] = {}
    found = []
    for order in orders:
        person = order.person
        if person is None or not person.member_numbers or order.kind != "销售" or order.amount < 120:
            continue
        found.append(Points(person, order.at.date(), "获取", int(order.amount)))
        balance[person.id] = balance.get(person.id, 0) + int(order.amount)
        if balance[person.id] > 800 and rng.random() < 0.12:
            found.append(Points(person, order.at.date(), "兑换", -500))
            balance[person.id] -= 500
        elif rng.random() < 0.01:
            found.append(Points(person, order.at.date(), "过期", -min(balance[person.id], 200)))
    return found
