"""Exports as many systems write them: what their headers commonly say, with made-up rows.

A line of an export: header, what it is for us ('' for nothing), how its values are made.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

SURNAMES, GIVEN = "王李张刘陈杨赵黄周吴", ["伟", "芳", "丽华", "敏", "静怡", "磊", "洋", "艳", "勇", "子涵"]
FIRST, LAST = ["Anna", "Ben", "Chloe", "Dan", "Eva", "Finn"], ["Lee", "Smith", "O'Neil", "Garcia", "Brown", "Novak"]
START = datetime(2026, 1, 1)


@dataclass(frozen=True)
class Export:
    name: str
    table: str
    lines: str
    key: str = ""  # a column of numbers that differ
    titles: int = 0

    @property
    def columns(self) -> list[tuple[str, str, str]]:
        return [tuple(part.strip() for part in line.split("=")) for line in self.lines.strip().splitlines()]  # type: ignore[misc]

    def rows(self, count: int = 120) -> list[list[str]]:
        chance = random.Random(self.name)
        makers = [maker(how, chance) for _, _, how in self.columns]
        body = [[make(i) for make in makers] for i in range(count)]
        return [["导出报表"]] * self.titles + [[header for header, _, _ in self.columns], *body]

    @property
    def expected(self) -> dict[str, str]:
        return {ours: header for header, ours, _ in self.columns if ours}


def maker(how: str, chance: random.Random) -> Callable[[int], str]:
    """'phone', 'one of a|b', 'id R10', ..."""
    kind, _, rest = how.partition(" ")
    moment = lambda i: START + timedelta(minutes=chance.randrange(150_000))  # noqa: E731
    makers: dict[str, Callable[[int], str]] = {
        "phone": lambda i: f"1{chance.choice('3578')}{chance.randrange(10**9):09d}",
        "us_phone": lambda i: f"(415) 555-{chance.randrange(100, 200):04d}",
        "plus_phone": lambda i: f"+4420794{chance.randrange(60000, 69999):05d}",
        "email": lambda i: f"user{chance.randrange(10**6)}@example.com",
        "person": lambda i: chance.choice(SURNAMES) + chance.choice(GIVEN),
        "name": lambda i: f"{chance.choice(FIRST)} {chance.choice(LAST)}",
        "first": lambda i: chance.choice(FIRST),
        "id": lambda i: f"{rest}{10_000 + i}",
        "ref": lambda i: f"{rest}{chance.randrange(1, 60):05d}",
        "long": lambda i: f"{20260101:d}{chance.randrange(10**10):010d}",
        "one": lambda i: chance.choice(rest.removeprefix("of ").split("|")),
        "day": lambda i: moment(i).strftime(rest or "%Y-%m-%d"),
        "time": lambda i: moment(i).strftime(rest or "%Y-%m-%d %H:%M:%S"),
        "money": lambda i: f"{chance.randrange(100, 99999) / 100:.2f}",
        "sign": lambda i: f"{rest}{chance.randrange(1000, 99999) / 100:,.2f}",
        "int": lambda i: str(chance.randrange(*map(int, rest.split("-")))),
        "text": lambda i: (
            chance.choice(["很好，谢谢", "物流有点慢", "please call back later", "无", "the box was open"])
            + " " * (i % 2)
        ),
        "blank": lambda i: "",
    }
    return makers[kind]


# Systems that the list of names was written with in mind.
KNOWN = [
    Export("有赞订单", "order_lines", """
        订单号 = order_id = long
        订单状态 = kind = one of 交易完成|交易完成|交易完成|待付款|交易关闭|已退款
        订单创建时间 = ordered_at = time
        买家付款时间 = = time
        收货人 = name = person
        收货人手机号 = phone = phone
        商品名称 = product_name = one of 洗发水|面霜|护手霜
        规格编码 = product_id = ref SP
        商品数量 = quantity = int 1-5
        订单实付金额 = amount = money
        店铺名称 = store = one of 旗舰店|分店
        买家备注 = = text
    """),
    Export("微盟客户", "customers", """
        会员卡号 = customer_key = id WM
        姓名 = name = person
        手机号码 = phone = phone
        性别 = gender = one of 男|女|未知
        生日 = birth_date = day
        会员等级 = tier = one of 银卡|金卡
        成为会员时间 = joined_on = time
        来源渠道 = join_channel = one of 小程序|门店
        累计消费金额 = = money
        专属导购 = owner = one of 小王|小李
        所在城市 = city = one of 上海市|杭州市
    """),
    Export("金蝶销售出库单", "order_lines", """
        单据编号 = order_id = id XOUT
        日期 = ordered_on = day %Y/%m/%d
        购货单位 = name = one of 上海一二三商贸有限公司|杭州某某有限公司|北京测试科技有限公司
        物料编码 = product_id = ref M.
        物料名称 = product_name = one of 钢板|螺丝
        实发数量 = quantity = int 1-100
        价税合计 = amount = sign
        业务员 = salesperson = one of 赵一|钱二
        单据状态 = = one of 已审核
    """, titles=2),
    Export("shopify_orders_export", "order_lines", """
        Name = order_id = id #
        Email = email = email
        Financial Status = kind = one of paid|paid|paid|refunded|pending|voided
        Paid at = ordered_at = time %Y-%m-%d %H:%M:%S +0000
        Currency = currency = one of USD
        Subtotal = = money
        Shipping = = money
        Taxes = = money
        Total = amount = money
        Discount Amount = discount = money
        Lineitem quantity = quantity = int 1-4
        Lineitem name = product_name = one of Mug|Shirt
        Lineitem sku = product_id = ref SKU-
        Billing Name = name = name
        Billing Phone = phone = us_phone
        Vendor = brand = one of Acme|Umbrella
    """),
    Export("salesforce contacts", "customers", """
        Contact ID = customer_key = id 0035g00000
        Full Name = name = name
        Account Name = = one of Acme Inc|Globex LLC
        Email = email = email
        Mobile Phone = phone = us_phone
        Mailing City = city = one of Boston|Austin
        Lead Source = join_channel = one of Web|Partner
        Created Date = joined_on = day %m/%d/%Y
        Contact Owner = owner = one of Kim Park|Joe Doe
        Birthdate = birth_date = day %m/%d/%Y
    """),
    Export("hubspot-crm-exports-all-deals", "order_lines", """
        Record ID = order_id = id 99
        Deal Name = product_name = one of Renewal|New business
        Deal Stage = kind = one of Closed Won|Closed Won|Closed Lost
        Close Date = ordered_on = day
        Amount = amount = money
        Associated Contact IDs = customer_key = ref 5
        Deal owner = salesperson = one of Kim Park|Joe Doe
        Pipeline = = one of Sales Pipeline
    """),
    Export("woocommerce orders", "order_lines", """
        Order Number = order_id = id 7
        Order Status = kind = one of Completed|Processing|Refunded|Cancelled
        Order Date = ordered_at = time %Y-%m-%d %H:%M
        Phone (Billing) = phone = us_phone
        Email (Billing) = email = email
        Item Name = product_name = one of Lamp|Desk
        SKU = product_id = ref A-
        Quantity = quantity = int 1-4
        Order Total Amount = amount = money
        Payment Method Title = = one of Card|PayPal
    """),
]  # fmt: skip
# Systems that the list knew nothing of when it was first tried on them; some of their names are in it since.
UNSEEN = [
    Export("聚水潭订单导出", "order_lines", """
        内部订单号 = order_id = id 88
        线上订单号 = = long
        店铺 = store = one of 天猫旗舰店|京东自营
        下单时间 = ordered_at = time
        商品编码 = product_id = ref JST
        商品名 = product_name = one of 毛巾|浴巾
        数量 = quantity = int 1-6
        实付金额 = amount = money
        买家账号 = customer_key = ref buyer
        收件人手机 = phone = phone
        订单类型 = kind = one of 普通订单|换货订单
    """),
    Export("管家婆往来单位", "customers", """
        单位编号 = customer_key = id DW
        单位全名 = name = one of 宁波甲乙有限公司|苏州丙丁有限公司|无锡戊己有限公司
        联系人 = = person
        手机 = phone = phone
        电子信箱 = email = email
        地区 = city = one of 宁波|苏州
        经手人 = owner = one of 周一|周二
        建立日期 = joined_on = day %Y/%m/%d
    """),
    Export("抖店售后单", "tickets", """
        售后单号 = ticket_id = id SH
        申请时间 = opened_at = time
        首次响应时间 = first_response_at = time
        完结时间 = closed_at = time
        售后原因 = reason = one of 质量问题|不想要了
        用户手机 = phone = phone
        处理客服 = owner = one of 小美|小强
        备注 = description = text
    """),
    Export("zendesk_tickets", "tickets", """
        Ticket ID = ticket_id = id 4
        Requester = name = name
        Requester email = email = email
        Ticket created - Timestamp = opened_at = time
        First reply time stamp = first_response_at = time
        Ticket solved - Timestamp = closed_at = time
        Ticket type = kind = one of problem|question|task|incident
        Channel = channel = one of web|email|voice
        Assignee name = owner = one of Kim Park|Joe Doe
        Ticket satisfaction rating = csat = int 1-6
        Subject = description = text
    """),
    Export("typeform responses", "surveys", """
        # = = id r
        How likely are you to recommend us to a friend? = nps = int 0-11
        How satisfied were you with your visit? = csat = int 1-6
        Anything else you would like to tell us? = comment = text
        Your email address = email = email
        Submit Date (UTC) = answered_on = time
    """),
    Export("reservation detail", "order_lines", """
        Conf. No. = order_id = id 4
        Hotel = store = one of The Quay, Leith|Mill House, Bath
        Profile ID = customer_key = ref P
        Guest Name = name = name
        Guest E-mail = email = email
        Booked On = ordered_on = day %d/%m/%Y
        Arrival = = day %d/%m/%Y
        Res. Status = kind = one of Checked Out|In House|Reserved|Cancelled|No Show
        Source of Business = channel = one of OTA|Direct - Web|Corporate
        Room Type = product_name = one of Twin|Double|Suite
        Amount = amount = sign £
        Curr. = currency = one of GBP|EUR
    """),
    Export("complaints log", "tickets", """
        Case ref = ticket_id = id C-
        Date raised = opened_at = day %d/%m/%Y
        Date closed = closed_at = day %d/%m/%Y
        Guest = name = name
        E-mail = email = email
        Nature of complaint = reason = one of Noise|Billing|Housekeeping
        Handled by = owner = one of Kim Park|Joe Doe
    """),
    Export("guest profiles", "customers", """
        Profile ID = customer_key = id P
        Title = = one of Mr|Mrs|Ms|Dr
        Full Name = name = name
        E-mail = email = email
        Town = city = one of Leeds|York|Bath
        Created = joined_on = day %d/%m/%Y
    """),
    Export("Square transactions", "order_lines", """
        Date = ordered_on = day %m/%d/%Y
        Time = = one of 10:15:00|11:30:00
        Gross Sales = = money
        Net Sales = amount = money
        Item = product_name = one of Latte|Mocha
        Category = category = one of Drinks|Food
        Qty = quantity = int 1-4
        Transaction ID = order_id = id TX
        Customer Name = name = name
        Customer ID = customer_key = ref C
        Location = store = one of Main St|Airport
    """),
    Export("mailchimp recipients", "campaign_members", """
        Campaign = campaign_id = one of Spring sale|Newsletter 12
        Email Address = email = email
        Send Date = sent_on = day
        Clicked At = responded_on = time
        Variant = arm = one of A|B
    """),
    Export("POS积分变动明细", "loyalty", """
        流水编号 = entry_id = id P
        卡号 = customer_key = ref V
        手机号 = phone = phone
        变动日期 = occurred_on = day
        变动类型 = kind = one of 消费赠送|积分兑换|过期
        变动积分 = points = int 1-500
    """),
    Export("企微跟进记录", "interactions", """
        跟进ID = interaction_id = id G
        客户名称 = name = person
        客户电话 = phone = phone
        跟进人 = owner = one of 小王|小李
        跟进方式 = channel = one of 电话|企业微信
        跟进时间 = happened_at = time
        跟进内容 = note = text
        跟进结果 = outcome = one of 已联系|有意向|无意向|未接通
    """),
    Export("uk_members", "customers", """
        Membership No. = customer_key = id GB
        Forename and surname = name = name
        Contact tel. = phone = plus_phone
        E-mail = email = email
        Gender = gender = one of M|F
        D.O.B. = birth_date = day %d/%m/%Y
        Town = city = one of Leeds|York
        Date of joining = joined_on = day %d/%m/%Y
        Happy to be contacted? = may_contact = one of Y|N
    """),
    Export("字段缩写", "order_lines", """
        ord_no = order_id = id K
        ord_dt = ordered_on = day %Y%m%d
        cust_no = customer_key = ref U
        mob = phone = phone
        prod_nm = product_name = one of 牛奶|酸奶
        qty = quantity = int 1-9
        amt = amount = money
    """),
]  # fmt: skip

# Systems for which nothing was changed after they were tried: what can be expected of files that nobody has seen.
HELD_OUT = [
    Export("magento sales order", "order_lines", """
        Increment ID = order_id = id 1000
        Purchase Point = store = one of Main Website|Outlet
        Purchase Date = ordered_at = time %b %d, %Y %H:%M
        Bill-to Name = name = name
        Grand Total (Purchased) = amount = money
        Customer Email = email = email
        Customer Group = = one of General|Wholesale
        Status = kind = one of complete|processing|canceled|closed
        Product SKU = product_id = ref MG
        Product Name = product_name = one of Bag|Watch
        Qty Ordered = quantity = int 1-4
    """),
    Export("freshdesk export", "tickets", """
        Ticket ID = ticket_id = id 9
        Subject = description = text
        Type = kind = one of Question|Problem|Refund
        Source = channel = one of Portal|Phone
        Agent = owner = one of Kim Park|Joe Doe
        Created time = opened_at = time
        Initial response time = first_response_at = time
        Closed time = closed_at = time
        Full name = name = name
        Work phone = phone = us_phone
    """),
    Export("用友客户档案", "customers", """
        客户编码 = customer_key = id KH
        客户名称 = name = one of 成都甲有限公司|重庆乙有限公司|绵阳丙有限公司
        客户简称 = = one of 甲|乙|丙
        所属分类 = tier = one of 重点|一般
        专管业务员 = owner = one of 孙一|李二
        发展日期 = joined_on = day
        电话 = phone = phone
        所属地区 = city = one of 成都|重庆
    """),
    Export("美团团购核销", "order_lines", """
        券码 = order_id = long
        验券时间 = ordered_at = time
        项目名 = product_name = one of 单人餐|双人餐
        顾客手机号 = phone = phone
        售卖价格 = amount = money
        商家优惠金额 = discount = money
        验券门店 = store = one of 人民广场店|徐家汇店
        购买件数 = quantity = int 1-3
    """),
    Export("klaviyo profiles", "customers", """
        Email = email = email
        Klaviyo ID = customer_key = id 01H
        Full Name = name = name
        Phone Number = phone = us_phone
        City = city = one of Denver|Miami
        Date Added = joined_on = day %m/%d/%Y
        Email Marketing Consent = may_contact = one of TRUE|FALSE
        Source = join_channel = one of Popup|Checkout
    """),
    Export("健身房签到回访", "interactions", """
        回访单号 = interaction_id = id HF
        回访时间 = happened_at = time
        会员姓名 = name = person
        会员手机 = phone = phone
        会籍 = owner = one of 教练A|教练B
        回访渠道 = channel = one of 微信|电话
        回访情况 = note = text
        是否接通 = = one of 是|否
    """),
]  # fmt: skip
