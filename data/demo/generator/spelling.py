"""One person, many spellings: how names, phones, dates and so on are written down in each source."""

from __future__ import annotations

from datetime import date
from random import Random

from generator.people import Person


def phone(rng: Random, digits: str) -> str:
    a, b, c = digits[:3], digits[3:7], digits[7:]
    spellings = (
        digits,
        f"{a}-{b}-{c}",
        f"+86 {a}-{b}-{c}",
        f"+86{digits}",
        f"{a} {b} {c}",
        f"{digits}.0",
        f"0086{digits}",
        digits.translate(str.maketrans("0123456789", "０１２３４５６７８９")),
    )
    return rng.choices(spellings, (60, 8, 8, 5, 7, 5, 3, 4))[0]


def name(rng: Random, person: Person, titles: float) -> str:
    """The full name, or with a space, a title before or after it, or the surname and a title only."""
    if rng.random() >= titles:
        return person.name
    title = rng.choice(("女士", "小姐")) if person.female else "先生"
    english = rng.choice(("Ms. ", "Miss ")) if person.female else "Mr. "
    spellings = (
        f"{person.surname} {person.given}",
        f"{person.surname}　{person.given}",
        f"{person.name}{title}",
        f"{person.name} {title}",
        f"{english}{person.name}",
        f"{person.surname}{title}",
    )
    weights = (22, 8, 26, 8, 12, 0 if person.shares_phone else 14)
    return rng.choices(spellings, weights)[0]


def email(rng: Random, person: Person) -> str:
    return person.email.upper() if rng.random() < 0.08 else f" {person.email}" if rng.random() < 0.04 else person.email


def gender(rng: Random, person: Person) -> str:
    return rng.choices(("女", "女性", "F") if person.female else ("男", "男性", "M"), (88, 6, 6))[0]


def day(rng: Random, when: date) -> str:
    spellings = (
        f"{when:%Y-%m-%d}",
        f"{when.year}/{when.month}/{when.day}",
        f"{when.year}年{when.month}月{when.day}日",
        f"{when:%Y%m%d}",
    )
    return rng.choices(spellings, (76, 12, 8, 4))[0]


def short(rng: Random) -> str:
    """A phone that lacks two digits."""
    return f"13{rng.randrange(10**7):07d}"
