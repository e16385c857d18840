"""Who there is: true people, with habits that drive their purchases."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from generator.settings import CITIES, EAST, FIRST, LAST, PEOPLE, WEST, stream

SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡林郭何高罗郑梁谢宋唐许邓韩冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁"
FEMALE = "娜芳静敏丽艳娟霞秀英慧倩雪琳婷玲洁悦颖怡欣妍萱晴蓉薇菲瑶璐珊莹蕾"
MALE = "伟强磊军洋勇杰涛斌浩宇鹏飞峰俊辉凯旭晨博文昊然"
PREFIXES = ("135", "136", "137", "138", "139", "150", "151", "158", "159", "182", "186", "187", "188")
# habit -> (share, mean orders a day while active, chance a day to fall quiet, basket factor)
HABITS = {
    "heavy": (0.17, 0.0225, 1 / 900, 1.35),
    "small_basket": (0.09, 0.0270, 1 / 600, 0.42),
    "regular": (0.37, 0.0095, 1 / 330, 0.95),
    "light": (0.37, 0.0030, 1 / 260, 0.85),
}


@dataclass
class Person:
    """One true person. `member_numbers` are registrations in the mini-program, `store_number` the store's card."""

    id: int
    surname: str
    given: str
    female: bool
    phone: str
    email: str
    birth: date
    city: str
    joined: date
    channel: str  # 门店, 小程序, 线上商城
    habit: str
    rate: float
    quiet_hazard: float
    basket: float
    warehouse: str
    shop: str
    buys: bool
    member_numbers: list[str] = field(default_factory=list)
    store_number: str = ""
    shares_phone: bool = False

    @property
    def name(self) -> str:
        return self.surname + self.given


def make_people() -> list[Person]:
    rng = stream("people")
    people = [_person(rng, i) for i in range(1, PEOPLE + 1)]
    _unique_phones(rng, people)
    _families(rng, people)
    _enrol(rng, people)
    return people


def _person(rng: Random, id: int) -> Person:
    female = rng.random() < 0.86
    given = "".join(rng.choices(FEMALE if female else MALE, k=1 if rng.random() < 0.35 else 2))
    channel = rng.choices(("门店", "小程序", "线上商城"), (40, 46, 14))[0]
    habit = rng.choices(list(HABITS), [share for share, *_ in HABITS.values()])[0]
    _, rate, quiet, basket = HABITS[habit]
    return Person(
        id=id,
        surname=rng.choice(SURNAMES),
        given=given,
        female=female,
        phone="",
        email=f"user{id:04d}{rng.choice('abcdefgh')}@example.{rng.choice(('com', 'net', 'org'))}",
        birth=date(1965, 1, 1) + timedelta(days=int(rng.triangular(0, 15000, 10500))),
        city=rng.choices(CITIES, (40, 28, 20, 12))[0],
        joined=_join_date(rng),
        channel=channel,
        habit=habit,
        rate=rate * rng.gammavariate(2.2, 1 / 2.2),
        quiet_hazard=quiet,
        basket=basket * rng.lognormvariate(0, 0.33),
        warehouse=WEST if rng.random() < 0.56 else EAST,
        shop="",
        buys=rng.random() < 0.94,
    )


def _join_date(rng: Random) -> date:
    if rng.random() < 0.46:
        return FIRST - timedelta(days=rng.randrange(1, 900))
    return FIRST + timedelta(days=rng.randrange((LAST - FIRST).days - 10))


def _unique_phones(rng: Random, people: list[Person]) -> None:
    taken: set[str] = set()
    for person in people:
        while not person.phone or person.phone in taken:
            person.phone = rng.choice(PREFIXES) + f"{rng.randrange(10**8):08d}"
        taken.add(person.phone)


def _families(rng: Random, people: list[Person]) -> None:
    """30 pairs of two people with different names and one phone: they must not be merged."""
    for first, second in zip(people[100:130], people[1500:1530], strict=True):
        second.phone = first.phone
        first.shares_phone = second.shares_phone = True
        first.channel = second.channel = "小程序"
        while second.given[0] == first.given[0] or second.surname == first.surname:
            second.surname = rng.choice(SURNAMES)
            second.given = rng.choice(FEMALE) + rng.choice(FEMALE)


def _enrol(rng: Random, people: list[Person]) -> None:
    """Which lists a person stands in. Some stand in both, some registered twice, some are known by phone only."""
    from generator.settings import STORES

    for person in people:
        person.shop = rng.choices(STORES, (24, 20, 18, 15, 13, 10))[0]
        app = {"门店": 0.42, "小程序": 1.0, "线上商城": 0.8}[person.channel]
        shop = {"门店": 0.86, "小程序": 0.24, "线上商城": 0.12}[person.channel]
        if rng.random() < app:
            person.member_numbers = [f"M{100000 + person.id * 7}"]
            if not person.shares_phone and rng.random() < 0.03:
                person.member_numbers.append(f"M{300000 + person.id * 7}")
        if not person.shares_phone and rng.random() < shop:
            person.store_number = f"K{20000 + person.id * 3}"
