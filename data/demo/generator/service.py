"""Service tickets and the survey: late deliveries from one warehouse, slow first answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

from generator.orders import Order
from generator.people import Person
from generator.settings import FIRST, LAST, LATE_COMPLAINT, REPAIR, START, WAVE, WEST, stream

LATE = "配送延迟"
_OTHER = (("商品破损", 30), ("使用后过敏", 22), ("价格争议", 18), ("服务态度", 18), ("积分未到账", 12))
_WORDS = {
    LATE: ("下单一周还没发货，要求退款", "物流一直停在仓库", "说好三天到，等了十天"),
    "商品破损": ("收到时瓶身破裂", "礼盒压坏了，要求换货"),
    "使用后过敏": ("用后脸部发红，怀疑质量问题",),
    "价格争议": ("买完第二天就降价",),
    "服务态度": ("导购不理人", "电话没人接"),
    "积分未到账": ("消费后积分没有到账",),
}


@dataclass
class Ticket:
    person: Person
    opened: datetime
    answered: datetime | None
    closed: datetime | None
    kind: str
    reason: str
    channel: str
    store: str
    owner: str
    csat: int | None
    words: str


def make_tickets(orders: list[Order]) -> list[Ticket]:
    rng = stream("tickets")
    found = []
    for order in orders:
        if order.person and order.kind == "销售" and (subject := _subject(rng, order)):
            ticket = _ticket(rng, order, *subject)
            if ticket.opened.date() <= LAST:
                found.append(ticket)
    return sorted(found, key=lambda t: (t.opened, t.person.id))


def _subject(rng: Random, order: Order) -> tuple[str, str] | None:
    day = order.at.date()
    if order.channel == "小程序" and order.store == WEST:
        phase = "before" if day < WAVE else "wave" if day < REPAIR else "repaired"
        if rng.random() < LATE_COMPLAINT[phase]:
            return "投诉", LATE
    chance = rng.random()
    if chance < 0.012:
        return "投诉", rng.choices([r for r, _ in _OTHER], [w for _, w in _OTHER])[0]
    if chance < 0.055:
        return "咨询", rng.choice(("商品成分", "门店营业时间", "优惠规则", "物流查询"))
    return ("服务请求", rng.choice(("退换货", "修改地址", "补开发票"))) if chance < 0.075 else None


def _ticket(rng: Random, order: Order, kind: str, reason: str) -> Ticket:
    assert order.person
    opened = order.at + timedelta(
        days=rng.randrange(4, 10) if reason == LATE else rng.randrange(1, 6), minutes=rng.randrange(300)
    )
    day = opened.date()
    slow = 42 if day < WAVE else 75 if day < START else 40 if day < REPAIR else 21
    answered = opened + timedelta(minutes=round(slow * rng.lognormvariate(0, 0.9)) + 1)
    hours = (19 if day < WAVE else 31 if day < REPAIR else 22) * rng.lognormvariate(0, 0.6)
    closed = answered + timedelta(minutes=round(hours * 60)) if rng.random() < 0.94 else None
    mood = (2.3 if kind == "投诉" else 4.1) - (0.4 if slow > 60 else 0)
    csat = min(5, max(1, round(rng.gauss(mood, 0.9)))) if closed and rng.random() < 0.55 else None
    words = rng.choice(_WORDS[reason]) if kind == "投诉" else ""
    channel = rng.choice(("电话", "小程序", "企业微信"))
    owner = rng.choices(("陈露", "钱宁"), (7, 3))[0]
    if closed and closed.date() > LAST:
        closed = csat = None
    return Ticket(order.person, opened, answered, closed, kind, reason, channel, order.store, owner, csat, words)


@dataclass
class Answer:
    person: Person
    on: date
    nps: int
    csat: int | None
    channel: str
    comment: str


def make_answers(people: list[Person]) -> list[Answer]:
    """A quarterly survey of members; mini-program members score lower once deliveries are late."""
    rng = stream("survey")
    found = []
    for wave in (
        date(2025, 3, 10),
        date(2025, 6, 9),
        date(2025, 9, 8),
        date(2025, 12, 8),
        date(2026, 3, 9),
        date(2026, 6, 8),
    ):
        asked = [p for p in people if p.joined < wave and p.buys]
        for person in rng.sample(asked, min(210, len(asked))):
            unhappy = person.channel == "小程序" and wave >= WAVE
            score = min(
                10,
                max(0, round(rng.gauss(7.2 if unhappy and person.warehouse == WEST else 8.0 if unhappy else 8.5, 1.9))),
            )
            csat = min(5, max(1, round(score / 2.1 + rng.gauss(0, 0.5)))) if rng.random() < 0.85 else None
            comment = (
                rng.choice(("发货太慢", "物流慢", "希望改进配送"))
                if score <= 6 and unhappy and rng.random() < 0.6
                else ""
            )
            found.append(Answer(person, wave + timedelta(days=rng.randrange(14)), score, csat, "短信链接", comment))
    return sorted((a for a in found if FIRST <= a.on <= LAST), key=lambda a: (a.on, a.person.id))
