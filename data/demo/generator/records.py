"""The sources' rows as the client would export them. A `Sheet` keeps the true person beside each row."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from generator import spelling
from generator.campaigns import CAMPAIGNS, Membership
from generator.contacts import Contact, Points
from generator.orders import Order
from generator.people import Person
from generator.service import Answer, Ticket
from generator.settings import LAST, stream


@dataclass
class Sheet:
    """Rows of one file. `people[i]` is the true person of row i, None where the row names nobody."""

    file: str
    header: tuple[str, ...]
    key: int | tuple[int, ...]  # columns that make the key of a record in truth.json
    rows: list[list[Any]] = field(default_factory=list)
    people: list[int | None] = field(default_factory=list)

    def add(self, person: Person | None, *cells: Any) -> None:
        self.rows.append(list(cells))
        self.people.append(person.id if person else None)

    def column(self, name: str) -> int:
        return self.header.index(name)


def pos_orders(orders: list[Order]) -> Sheet:
    header = "单号 行号 下单时间 会员手机 会员号 商品编码 商品名称 品类 品牌 数量 实收金额 成本 优惠金额 渠道 门店 类型 原单号"
    sheet, rng = Sheet("pos_orders.csv", tuple(header.split()), 0), stream("pos")
    for order in orders:
        phone, number = _named(rng, order)
        time = f"{order.at:%Y/%m/%d %H:%M}" if rng.random() < 0.04 else f"{order.at:%Y-%m-%d %H:%M}"
        original = order.of.id if order.of and order.names_original else ""
        person = order.person if phone or number else None
        for i, (product, quantity, amount, cost, discount) in enumerate(order.lines, 1):
            goods = (product.id, product.name, product.category, product.brand, quantity)
            money = (f"{amount:.2f}", f"{cost:.2f}", f"{discount:.2f}" if discount else "0")
            sheet.add(
                person,
                order.id,
                i,
                time,
                phone,
                number,
                *goods,
                *money,
                order.channel,
                order.store,
                order.kind,
                original,
            )
    return sheet


def _named(rng: Any, order: Order) -> tuple[str, str]:
    """How the till knew the customer: by phone, by member number, by both, or not at all."""
    person = order.person
    if person is None or (not person.shares_phone and rng.random() < 0.03):
        return "", ""
    number = rng.choice(person.member_numbers) if person.member_numbers else ""
    if number and rng.random() < 0.16:
        return "", number
    keep = number if person.shares_phone or rng.random() < 0.42 else ""
    return spelling.phone(rng, person.phone), keep


def members(people: list[Person]) -> Sheet:
    header = "会员号 昵称 姓名 手机号 邮箱 性别 生日 城市 注册日期 注册渠道 会员等级 是否接受营销"
    sheet, rng = Sheet("members.xlsx", tuple(header.split()), 0), stream("members")
    nick = ("爱美的", "小", "可爱", "甜甜", "晴天")
    for person in people:
        for nth, number in enumerate(person.member_numbers):
            phone: Any = spelling.phone(rng, person.phone)
            phone = (
                float(person.phone)
                if rng.random() < 0.2
                else ""
                if rng.random() < 0.02 and nth == 0 and not person.shares_phone
                else phone
            )
            sheet.add(
                person,
                number,
                f"{rng.choice(nick)}{person.given[-1]}{rng.randrange(100)}",
                spelling.name(rng, person, 0.12) if rng.random() < 0.93 or person.shares_phone else "",
                phone,
                spelling.email(rng, person) if rng.random() < 0.4 or phone == "" else "",
                spelling.gender(rng, person) if rng.random() < 0.9 else "",
                _birth(rng, person, 0.72),
                person.city if rng.random() < 0.86 else "",
                person.joined if rng.random() < 0.85 else spelling.day(rng, person.joined),
                {"门店": "门店扫码", "小程序": "小程序", "线上商城": "线上商城"}[person.channel],
                _tier(person),
                rng.choices(("是", "否", ""), (78, 14, 8))[0],
            )
    return sheet


def _birth(rng: Any, person: Person, share: float) -> Any:
    if rng.random() >= share:
        return ""
    return person.birth if rng.random() < 0.8 else spelling.day(rng, person.birth)


def _tier(person: Person) -> str:
    value = person.rate * person.basket
    return "黑卡" if value > 0.025 else "金卡" if value > 0.011 else "银卡"


def store_customers(people: list[Person]) -> Sheet:
    header = "客户编号 客户姓名 联系电话 电子邮箱 性别 出生日期 所在城市 建档日期 建档门店 会员等级 专属顾问"
    sheet, rng = Sheet("store_customers.csv", tuple(header.split()), 0), stream("store customers")
    for person in (p for p in people if p.store_number):
        sheet.add(
            person,
            person.store_number,
            spelling.name(rng, person, 0.4),
            spelling.phone(rng, person.phone) if rng.random() < 0.96 else "",
            spelling.email(rng, person) if rng.random() < 0.09 else "",
            spelling.gender(rng, person) if rng.random() < 0.66 else "",
            spelling.day(rng, person.birth) if rng.random() < 0.24 else "",
            person.city if rng.random() < 0.38 else "",
            spelling.day(rng, person.joined),
            person.shop,
            {"黑卡": "VIP", "金卡": "金卡", "银卡": "普通"}[_tier(person)],
            rng.choice(("王敏", "周倩", "")),
        )
    return sheet


def _contactable(rng: Any, person: Person) -> tuple[str, str]:
    """(member number, phone) as staff write them: at least one of them."""
    number = person.member_numbers[0] if person.member_numbers and (person.shares_phone or rng.random() < 0.7) else ""
    return number, "" if number and rng.random() < 0.5 else spelling.phone(rng, person.phone)


def tickets(found: list[Ticket]) -> Sheet:
    header = "工单号 会员号 手机号 客户姓名 提交时间 首次响应时间 关闭时间 工单类型 原因 渠道 门店 处理人 满意度 描述"
    sheet, rng = Sheet("tickets.csv", tuple(header.split()), 0), stream("ticket rows")
    for i, t in enumerate(found, 1):
        number, phone = _contactable(rng, t.person)
        times = (f"{at:%Y-%m-%d %H:%M}" if at else "" for at in (t.opened, t.answered, t.closed))
        name = spelling.name(rng, t.person, 0.3) if rng.random() < 0.7 or t.person.shares_phone else ""
        rest = (t.kind, t.reason, t.channel, t.store, t.owner, "" if t.csat is None else t.csat, t.words)
        sheet.add(t.person, f"T{i:05d}", number, phone, name, *times, *rest)
    return sheet


def interactions(found: list[Contact]) -> Sheet:
    header = "记录编号 会员号 手机号 联系时间 渠道 方向 负责人 策略编号 结果 需求"
    sheet, rng = Sheet("interactions.csv", tuple(header.split()), 0), stream("contact rows")
    for i, c in enumerate(found, 1):
        number, phone = _contactable(rng, c.person)
        way = "呼入" if c.inward else "呼出"
        sheet.add(
            c.person,
            f"I{i:05d}",
            number,
            phone,
            f"{c.at:%Y-%m-%d %H:%M}",
            c.channel,
            way,
            c.owner,
            c.strategy,
            c.outcome,
            c.need,
        )
    return sheet


def survey(found: list[Answer]) -> Sheet:
    header = "问卷编号 手机号 会员号 答题日期 推荐意愿(0-10) 满意度(1-5) 来源 意见"
    sheet, rng = Sheet("nps_survey.xlsx", tuple(header.split()), 0), stream("survey rows")
    for i, a in enumerate(found, 1):
        number, phone = _contactable(rng, a.person)
        sheet.add(
            a.person,
            f"Q{i:05d}",
            phone,
            number,
            a.on,
            a.nps,
            a.csat if a.csat is not None else "",
            a.channel,
            a.comment,
        )
    return sheet


def campaigns() -> Sheet:
    header = "活动编号 活动名称 策略编号 渠道 开始日期 结束日期 费用"
    sheet = Sheet("campaigns.csv", tuple(header.split()), 0)
    for c in CAMPAIGNS:
        sheet.add(None, c.id, c.name, c.strategy, c.channel, c.sent.isoformat(), c.ends.isoformat(), f"{c.cost:.2f}")
    return sheet


def campaign_members(found: list[Membership]) -> Sheet:
    header = "活动编号 会员号 手机号 组别 发送日期 渠道 响应日期"
    sheet, rng = Sheet("campaign_members.csv", tuple(header.split()), (0, 1, 2)), stream("campaign rows")
    for m in found:
        number = m.person.member_numbers[0] if m.person.member_numbers else ""
        phone = "" if number and (m.person.shares_phone or rng.random() < 0.7) else spelling.phone(rng, m.person.phone)
        answered = m.responded.isoformat() if m.responded and m.responded <= LAST else ""
        c = m.campaign
        sheet.add(m.person, c.id, number, phone, m.arm, c.sent.isoformat(), c.channel, answered)
    return sheet


def points(found: list[Points]) -> Sheet:
    header = "流水号 会员号 日期 类型 积分"
    sheet = Sheet("points.csv", tuple(header.split()), 0)
    for i, p in enumerate(found, 1):
        sheet.add(p.person, f"L{i:05d}", p.person.member_numbers[0], p.on.isoformat(), p.kind, p.points)
    return sheet
