"""What they buy: a day-by-day simulation with seasons, quiet spells and the wave of leaving."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cache
from random import Random

from generator.people import Person
from generator.settings import BRANDS, CATEGORIES, FIRST, LAST, LEAVE, LEFT_RATE, STORES, WAVE, stream


@dataclass(frozen=True)
class Product:
    id: str
    name: str
    category: str
    brand: str
    price: float
    cost: float


@dataclass
class Order:
    """`person` is None for a walk-in. `lines` are (product, quantity, amount, cost, discount)."""

    person: Person | None
    at: datetime
    channel: str
    store: str
    lines: list[tuple[Product, int, float, float, float]] = field(default_factory=list)
    kind: str = "销售"
    id: str = ""
    of: Order | None = None
    names_original: bool = True

    @property
    def amount(self) -> float:
        return round(sum(line[2] for line in self.lines), 2)


def make_products() -> list[Product]:
    rng = stream("products")
    found = []
    for category, (names, low, high, cost) in CATEGORIES.items():
        for name in names:
            for brand in rng.sample(BRANDS, 2):
                price = round(low * (high / low) ** rng.random()) + rng.choice((0, 0.9))
                id = f"P{len(found) + 1001}"
                found.append(Product(id, f"{brand}{name}", category, brand, price, round(price * cost, 2)))
    return found


@cache
def season(day: date) -> float:
    """Factor of the day: 11.11, 6.18, the weeks before the Spring Festival, 8 March, week-ends."""
    factor = 1.18 if day.weekday() >= 5 else 0.93
    md = (day.month, day.day)
    if (11, 1) <= md <= (11, 11):
        factor *= 1.6
    elif (6, 1) <= md <= (6, 18):
        factor *= 1.4
    elif (3, 1) <= md <= (3, 8):
        factor *= 1.25
    for festival in (date(2025, 1, 29), date(2026, 2, 17)):
        if 2 <= (festival - day).days <= 18:
            factor *= 1.25
        elif -6 <= (festival - day).days < 2:
            factor *= 0.35
    return factor


def leaves(rng: Random, person: Person, day: date) -> bool:
    """A mini-program member may leave after a purchase since the deliveries are late."""
    return person.channel == "小程序" and day >= WAVE and rng.random() < LEAVE[person.warehouse]


def simulate(people: list[Person], products: list[Product]) -> list[Order]:
    """All purchases of all people, by person and day."""
    rng = stream("orders")
    return [new_order(rng, person, day, products) for person in people for day in _days(rng, person)]


def _days(rng: Random, person: Person) -> list[date]:
    if not person.buys:
        return []
    days = [person.joined] if person.joined >= FIRST and rng.random() < 0.85 else []
    quiet = person.joined < FIRST and rng.random() < 0.42
    left = bool(days) and leaves(rng, person, days[0])
    day = max(FIRST, person.joined + timedelta(days=1))
    while day <= LAST:
        if rng.random() < (1 / 420 if quiet else person.quiet_hazard):
            quiet = not quiet
        if rng.random() < person.rate * season(day) * (LEFT_RATE if left else 0.1 if quiet else 1):
            days.append(day)
            left = left or leaves(rng, person, day)
        day += timedelta(days=1)
    return days


_CHANNELS = {"门店": (80, 15, 5), "小程序": (22, 72, 6), "线上商城": (12, 20, 68)}


def new_order(rng: Random, person: Person | None, day: date, products: list[Product]) -> Order:
    """One purchase. A walk-in is in a store."""
    at = datetime.combine(day, time(10, 0)) + timedelta(seconds=rng.randrange(11 * 3600))
    if person is None:
        order = Order(None, at, "门店", rng.choice(STORES))
    else:
        channel = rng.choices(("门店", "小程序", "线上商城"), _CHANNELS[person.channel])[0]
        order = Order(person, at, channel, person.shop if channel == "门店" else person.warehouse)
    small = person is not None and person.habit == "small_basket"
    basket = person.basket if person else 0.7
    for _ in range(1 if small and rng.random() < 0.75 else rng.choices((1, 2, 3, 4), (60, 28, 9, 3))[0]):
        order.lines.append(_line(rng, products, small, basket))
    return order


def _line(rng: Random, products: list[Product], small: bool, basket: float) -> tuple[Product, int, float, float, float]:
    choice = [p for p in products if p.price < 130] if small else products
    weights = [p.price**0.9 if basket > 1.2 else p.price**-0.2 for p in choice]
    product = rng.choices(choice, weights)[0]
    quantity = 2 if rng.random() < 0.1 else 1
    full = product.price * quantity
    off = rng.choices((0.0, 0.05, 0.1, 0.2), (55, 15, 20, 10))[0]
    discount = round(full * off, 2)
    return product, quantity, round(full - discount, 2), round(product.cost * quantity, 2), discount


def add_walk_ins(orders: list[Order], products: list[Product], count: int) -> list[Order]:
    rng = stream("walk-ins")
    span = (LAST - FIRST).days + 1
    days = [FIRST + timedelta(days=rng.randrange(span)) for _ in range(count)]
    return [*orders, *(new_order(rng, None, day, products) for day in days)]


def add_refunds(orders: list[Order]) -> list[Order]:
    """Some orders come back within three weeks; a third of the refunds do not name their order."""
    rng = stream("refunds")
    refunds = []
    for order in orders:
        back = order.at + timedelta(days=rng.randrange(1, 21), minutes=rng.randrange(200))
        if rng.random() < 0.035 and back.date() <= LAST:
            product, quantity, amount, cost, discount = order.lines[0]
            refund = Order(order.person, back, order.channel, order.store, kind="退货", of=order)
            refund.lines = [(product, -quantity, -amount, -cost, -discount)]
            refund.names_original = rng.random() < 0.66
            refunds.append(refund)
    return [*orders, *refunds]


def number(orders: list[Order]) -> list[Order]:
    """Orders in time, each with its number."""
    rows = sorted(orders, key=lambda o: (o.at, o.person.id if o.person else 0, o.kind))
    counter: dict[date, int] = {}
    for order in rows:
        day = order.at.date()
        counter[day] = counter.get(day, 0) + 1
        order.id = f"{'R' if order.kind == '退货' else 'S'}{day:%y%m%d}{counter[day]:03d}"
    return rows
