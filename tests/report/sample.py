"""A document with every block and every chart form, in both languages, with figures as a beauty chain has them."""

from __future__ import annotations

import base64
import math
import struct
import zlib
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pandas as pd

from crm_lib.language import Finding, Message, Value, local, msg, term
from crm_lib.report import blocks as b

HOSTILE = (
    "=cmd|' /C calc'!A0",
    "<script>alert(1)</script>",
    "{{7*7}}",
    "\u202eevil \u200fabc\u202c",
    "مرحبا שלום",
    "😀 emoji",
    "长" * 500,
    "x" * 500,
    '"><img src=x onerror=alert(1)>',
    "#[set page](x) *bold* _it_ `code` $x$ \\ @ref",
    "None",
    "NULL",
)
MONTHS = [f"{2025 + (i // 12)}-{i % 12 + 1:02d}" for i in range(15)]


def t(zh: str, en: str) -> Message:
    return local({"zh": zh, "en": en})


def col(name: str, zh: str, en: str, kind: str = "text", **options: Any) -> b.Column:
    return b.Column(name, t(zh, en), kind, **options)


def _chart(
    form: b.Form, id: str, title: Message, columns: Sequence[b.Column], rows: Sequence[Sequence[Any]], **options: Any
) -> b.Chart:
    labels = {column.name: column.label for column in columns}
    options.setdefault("x", columns[0].name)
    options.setdefault("y", [columns[1].name])
    options.setdefault("x_label", labels[options["x"]])
    options.setdefault("y_label", labels[options["y"][0]])
    return b.Chart(id, form, title, columns, rows, **options)


def _churn(i: int) -> float:
    return 0.19 + 0.012 * math.sin(i) + (0.05 * (i - 9) if i > 9 else 0)


def charts() -> list[b.Chart]:
    """One or more of each form."""
    classes = ("core", "potential", "ordinary", "dormant")
    groups = col("group", "客户层级", "Class", "term", prefix="class.")
    churn = [[m, _churn(i), _churn(i) - 0.02, _churn(i) + 0.02] for i, m in enumerate(MONTHS)]
    repurchase = [
        [m, c, (0.61 - 0.14 * k) + 0.02 * math.sin(i + k) - (0.012 * i if k == 1 else 0)]
        for i, m in enumerate(MONTHS)
        for k, c in enumerate(classes)
    ]
    channels = [
        ["企业微信一对一", 0.312, 0.28, 0.35],
        ["门店到店邀约", 0.268, 0.22, 0.31],
        ["小程序订阅消息", 0.141, 0.12, 0.16],
        ["短信", 0.062, 0.05, 0.07],
        ["A very long channel name that a client really uses in the CRM", 0.041, 0.03, 0.06],
    ]
    reasons = [["缺货", 212], ["发货慢", 148], ["色号不符", 97], ["过敏反应", 61], ["其他", 33]]
    mix = [
        [m, c, (0.12, 0.25, 0.38, 0.25)[k] + (0.01 * (i - 6) * (k == 3) - 0.01 * (i - 6) * (k == 2))]
        for i, m in enumerate(MONTHS[-9:])
        for k, c in enumerate(classes)
    ]
    cohorts = [[MONTHS[c], age, 0.46 * 0.88**age + 0.01 * math.sin(c)] for c in range(9) for age in range(9 - c)]
    moves = [
        [a, z, n]
        for a, line in zip(
            classes, ((310, 42, 21, 7), (55, 402, 120, 83), (12, 88, 690, 240), (3, 21, 64, 842)), strict=True
        )
        for z, n in zip(classes, line, strict=True)
    ]
    scatter = [
        [round(5 + 45 * abs(math.sin(i * 1.7)), 1), 200 + 900 * abs(math.sin(i * 0.9)) ** 2, classes[i % 4]]
        for i in range(60)
    ]
    start = date(2026, 4, 1)
    days = [(start + timedelta(days=i)).isoformat() for i in range(28)]
    contacts = [
        [day, owner, (i * 7 + k * 5) % 13]
        for k, owner in enumerate(("美妆顾问组", "会员运营", "客服中心"))
        for i, day in enumerate(days)
        if date.fromisoformat(day).isoweekday() <= 5
    ]
    share = [[i / 20, 1 - (1 - i / 20) ** 3.1] for i in range(21)]
    target = b.Mark("y", 0.15, t("目标 15.0%", "Target 15.0%"))
    started = b.Mark("x", "2025-12", t("新系统上线", "New system"))
    return [
        _chart(
            "line",
            "sample.churn",
            t(
                "流失率自 2025年11月起上升，2026年3月达到 41.0%",
                "Churn has risen since Nov 2025 and reached 41.0% in Mar 2026",
            ),
            [
                col("period", "月份", "Month", "month"),
                col("value", "流失率", "Churn rate", "percent"),
                col("low", "下限", "Low", "percent", hidden=True),
                col("high", "上限", "High", "percent", hidden=True),
            ],
            churn,
            low="low",
            high="high",
            marks=(target, started),
            note=t("阴影为 95% 置信区间。", "The band is the 95% interval."),
        ),
        _chart(
            "line",
            "sample.repurchase",
            t(
                "潜力客户的复购率一年下降 15.3 个百分点",
                "Repurchase of potential customers fell by 15.3 points in a year",
            ),
            [
                col("period", "月份", "Month", "month"),
                groups,
                col("value", "复购率（90 天内）", "Repurchase rate (within 90 days)", "percent"),
            ],
            repurchase,
            y=["value"],
            series="group",
            highlight=("potential",),
        ),
        _chart(
            "line",
            "sample.weekly",
            t("近 12 周投诉量没有下降", "Complaints did not fall in the last 12 weeks"),
            [
                col("week", "周（周一）", "Week (Monday)", "week"),
                col("opened", "新增投诉", "Opened", "int"),
                col("closed", "已关闭投诉", "Closed", "int"),
            ],
            [
                [(date(2026, 1, 5) + timedelta(days=7 * i)).isoformat(), 40 + i * 2 + i % 3, 38 + i if i != 5 else None]
                for i in range(12)
            ],
            y=["opened", "closed"],
            y_label=t("投诉（件）", "Complaints"),
        ),
        _chart(
            "bar",
            "sample.revenue",
            t("营收在 2026年2月降到 ¥118.2万", "Revenue fell to CN¥1.2M in Feb 2026"),
            [col("period", "月份", "Month", "month"), col("revenue", "营收", "Revenue", "money")],
            [[m, 1_500_000 - 40_000 * i + 90_000 * math.sin(i)] for i, m in enumerate(MONTHS)],
            highlight=("2026-02",),
        ),
        _chart(
            "bar",
            "sample.class_size",
            t("沉睡客户最多，占 31.0%", "Dormant customers are the largest class with 31.0%"),
            [groups, col("n", "客户数", "Customers", "int")],
            [["core", 380], ["potential", 660], ["ordinary", 1030], ["dormant", 930]],
        ),
        _chart(
            "bar",
            "sample.grouped",
            t("两期相比，核心客户的客单价上升", "Average order value of core customers rose"),
            [groups, col("before", "基线期", "Baseline", "money"), col("after", "本期", "This period", "money")],
            [["core", 620, 688], ["potential", 410, 402], ["ordinary", 236, 240], ["dormant", 190, 150]],
            y=["before", "after"],
            y_label=t("客单价（元）", "Average order value (CNY)"),
        ),
        _chart(
            "barh",
            "sample.channels",
            t("企业微信的响应率最高：31.2%", "WeCom is answered most: 31.2%"),
            [col("channel", "渠道", "Channel"), col("rate", "响应率", "Response rate", "percent")],
            [row[:2] for row in channels],
            highlight=("企业微信一对一",),
        ),
        _chart(
            "barh",
            "sample.contribution",
            t("流失主要来自南京西路店", "West Nanjing Road store lost most"),
            [col("store", "门店", "Store"), col("change", "活跃客户变化", "Change of active customers", "int")],
            [["南京西路店", -212], ["徐家汇店", -64], ["五角场店", 12], ["线上商城", 95]],
        ),
        _chart(
            "stacked",
            "sample.mix",
            t("沉睡客户占比升至 27.0%", "Dormant customers grew to 27.0%"),
            [
                col("period", "月份", "Month", "month"),
                groups,
                col("share", "客户占比", "Share of customers", "percent"),
            ],
            mix,
            y=["share"],
            series="group",
        ),
        _chart(
            "stacked_h",
            "sample.capacity",
            t("美妆顾问组每周超出可用工时 12 小时", "Beauty advisers are 12 hours a week over capacity"),
            [
                col("owner", "负责人", "Owner"),
                col("kind", "工作", "Work"),
                col("hours", "每周工时", "Hours a week", "float"),
            ],
            [
                ["美妆顾问组", "回访", 22.0],
                ["美妆顾问组", "到店邀约", 30.0],
                ["会员运营", "回访", 8.0],
                ["会员运营", "权益发放", 14.0],
                ["客服中心", "回访", 12.5],
            ],
            y=["hours"],
            series="kind",
            marks=(b.Mark("y", 40, t("可用工时 40", "Capacity 40")),),
        ),
        _chart(
            "heatmap",
            "sample.cohorts",
            t("首购后第 3 个月的留存只有 31.3%", "Three months after the first order 31.3% are retained"),
            [
                col("age", "首购后第几个月", "Months since first order", "int"),
                col("cohort", "首购月", "First order", "month"),
                col("rate", "留存率", "Retention", "percent"),
            ],
            [[age, cohort, rate] for cohort, age, rate in cohorts],
            y=["rate"],
            series="cohort",
        ),
        _chart(
            "scatter",
            "sample.quadrant",
            t("高价值高潜力客户有 14 位", "14 customers are high in value and potential"),
            [
                col("recency", "距上次购买（天）", "Days since last purchase", "days"),
                col("value", "年消费", "Spend in a year", "money"),
                groups,
            ],
            scatter,
            series="group",
            marks=(b.Mark("x", 30, t("30 天", "30 days")), b.Mark("y", 700, t("前 20%", "Top 20%"))),
        ),
        _chart(
            "pareto",
            "sample.pareto",
            t("前 20% 的客户贡献 49.9% 的营收", "The top 20% of customers bring 49.9% of revenue"),
            [
                col("customers", "客户累计占比", "Cumulative share of customers", "percent"),
                col("revenue", "营收累计占比", "Cumulative share of revenue", "percent"),
            ],
            share,
            marks=(b.Mark("x", 0.2, t("前 20%", "Top 20%")),),
        ),
        _chart(
            "dumbbell",
            "sample.before_after",
            t("复购率：核心客户 +5.2 个百分点", "Repurchase rate: core customers +5.2 points"),
            [groups, col("before", "前", "Before", "percent"), col("after", "后", "After", "percent")],
            [["core", 0.56, 0.612], ["potential", 0.41, 0.455], ["ordinary", 0.301, 0.295], ["dormant", 0.12, 0.13]],
            y=["before", "after"],
            y_label=t("复购率", "Repurchase rate"),
        ),
        _chart(
            "interval",
            "sample.effect",
            t("唤醒短信对复购率没有可见的作用", "The wake-up SMS had no visible effect on repurchase"),
            [
                col("strategy", "策略", "Strategy"),
                col("effect", "提升", "Lift", "points"),
                col("low", "下限", "Low", "points"),
                col("high", "上限", "High", "points"),
            ],
            [
                ["核心客户专属顾问", 0.062, 0.021, 0.103],
                ["潜力客户满额礼", 0.034, 0.004, 0.064],
                ["沉睡客户唤醒短信", 0.006, -0.014, 0.026],
            ],
            low="low",
            high="high",
        ),
        _chart(
            "funnel",
            "sample.funnel",
            t("触达之后流失最多：只有 38.0% 响应", "Most are lost after contact: 38.0% respond"),
            [col("stage", "环节", "Stage"), col("n", "客户数", "Customers", "int")],
            [["计划触达", 1850], ["已触达", 1402], ["已响应", 533], ["已转化", 187]],
        ),
        _chart(
            "flow",
            "sample.movement",
            t("240 位普通客户转为沉睡", "240 ordinary customers became dormant"),
            [
                col("from", "上期", "Last period", "term", prefix="class."),
                col("to", "本期", "This period", "term", prefix="class."),
                col("n", "客户数", "Customers", "int"),
            ],
            moves,
            y=["n"],
            series="to",
        ),
        _chart(
            "calendar",
            "sample.calendar",
            t("四周共 216 次触达", "216 contacts in four weeks"),
            [
                col("day", "日期", "Date", "date"),
                col("owner", "负责人", "Owner"),
                col("n", "触达次数", "Contacts", "int"),
            ],
            contacts,
            y=["n"],
            series="owner",
        ),
        _chart(
            "pyramid",
            "sample.pyramid",
            t("20.1% 的 VIP 客户带来 61.4% 的收入", "20.1% of customers, the VIPs, bring 61.4% of revenue"),
            [
                col("tier", "层级", "Tier"),
                col("customers", "客户占比", "Share of customers", "percent"),
                col("revenue", "收入占比", "Share of revenue", "percent"),
                col("margin", "毛利占比", "Share of margin", "percent"),
            ],
            [["VIP", 0.201, 0.614, 0.633], ["High potential", 0.247, 0.171, 0.162], ["Ordinary", 0.552, 0.215, 0.205]],
            y=["customers", "revenue", "margin"],
        ),
        _chart(
            "density",
            "sample.density",
            t("312 位客户高价值且高潜力", "312 customers are of high value and high potential"),
            [
                col("potential", "潜力排名", "Rank by potential", "percent"),
                col("value", "价值排名", "Rank by value", "percent"),
                col("quadrant", "象限", "Quadrant"),
                col("customers", "客户数", "Customers", "int"),
            ],
            [
                [(i + 0.5) / 10, (j + 0.5) / 10, ("low", "high")[i > 5] + " / " + ("low", "high")[j > 7], (i * j) % 17]
                for i in range(10)
                for j in range(10)
            ],
            y=["value"],
            series="quadrant",
            size="customers",
            marks=(b.Mark("x", 0.6, t("潜力线", "Potential cut")), b.Mark("y", 0.8, t("价值线", "Value cut"))),
        ),
        _chart(
            "alluvial",
            "sample.revenue_flow",
            t("核心客户的收入有 18.2 万元转入沉睡", "Revenue of 182,000 moved from core to dormant"),
            [
                col("from", "上期", "Last period", "term", prefix="class."),
                col("to", "本期", "This period", "term", prefix="class."),
                col("revenue", "收入", "Revenue", "money"),
            ],
            [[a, b_, n * 1000.0] for a, b_, n in moves],
            y=["revenue"],
            series="to",
        ),
        _chart(
            "upset",
            "sample.overlap",
            t("61.0% 的客户同时出现在会员与收银两个来源", "61.0% of customers stand in members and tills alike"),
            [col("sets", "来源", "Sources", "list"), col("n", "客户数", "Customers", "int")],
            [
                [[s.to_json() for s in sets], n]
                for sets, n in (
                    ((t("小程序会员", "Mini-program members"), t("收银系统订单", "Point-of-sale orders")), 1220),
                    ((t("小程序会员", "Mini-program members"),), 410),
                    ((t("门店客户档案", "Customer cards of the stores"),), 131),
                    (
                        (t("收银系统订单", "Point-of-sale orders"), t("门店客户档案", "Customer cards of the stores")),
                        90,
                    ),
                )
            ],
        ),
        _chart(
            "barh",
            "sample.reasons",
            t("缺货是投诉的首要原因", "Out of stock is the first reason of complaints"),
            [col("reason", "原因", "Reason"), col("n", "投诉数", "Complaints", "int")],
            reasons,
        ),
        _chart(
            "line",
            "sample.empty",
            t("没有投诉数据", "There are no complaints in the data"),
            [col("period", "月份", "Month", "month"), col("value", "投诉率", "Complaint rate", "percent")],
            [],
        ),
    ]


def cover() -> b.Cover:
    client = t("花漾美妆连锁", "Huayang Beauty")
    return b.Cover(
        phase="diagnosis",
        title=msg("phase.diagnosis"),
        deliverables=[msg("deliverable.diagnosis.1")],
        client=client,
        currency="CNY",
        as_of="2026-03-31",
        facts=[
            (msg("report.fact.client"), Value("message", client)),
            (msg("report.fact.industry"), term("industry.retail")),
            (msg("report.fact.stage"), term("stage.growing")),
            (msg("report.fact.cycle"), Value("int", 1)),
            (msg("report.fact.baseline"), Value("date", "2026-03-31")),
            (msg("report.fact.start"), Value("date", "2026-04-01")),
            (msg("report.fact.known_until"), Value("date", "2026-03-31")),
        ],
    )


def findings(summary: bool) -> b.Findings:
    return b.Findings(
        [
            Finding(
                t(
                    "流失率从 2025年10月的 18.9% 升到 2026年3月的 41.0%（n = 1,234），涉及 506 位客户",
                    "Churn rose from 18.9% in Oct 2025 to 41.0% in Mar 2026 (n = 1,234): 506 customers",
                ),
                t(
                    "七成流失发生在 11 月系统切换后未被回访的客户",
                    "Seven of ten were not followed up after the change of system in November",
                ),
                t(
                    "由会员运营在两周内回访 506 位客户，首批为年消费 5,000 元以上的 88 位",
                    "Member operations call the 506 within two weeks, the 88 who spend over 5,000 a year first",
                ),
                "high",
            ),
            Finding(
                t(
                    "客户信息完整度为 60.2%，手机号缺失 31.0%",
                    "Customer information is 60.2% complete; 31.0% have no phone number",
                ),
                t("POS 收银未强制录入", "The point of sale does not ask for it"),
                t("收银台增加一键扫码入会", "Add sign-up by code at the till"),
            ),
            Finding(
                t("NPS 样本只有 12 份，不足以下结论", "NPS rests on 12 answers: not enough to conclude"), severity="low"
            ),
        ],
        summary=summary,
    )


def metrics(headline: bool) -> b.Metrics:
    against = t("较上月", "on last month")
    return b.Metrics(
        [
            b.Metric(t("活跃客户", "Active customers"), Value("int", 1234), Value("int", -87), against, "watch"),
            b.Metric(t("营收", "Revenue"), Value("money_short", 1_182_000), Value("percent", -0.083), against, "bad"),
            b.Metric(
                t("复购率", "Repurchase rate"),
                Value("percent", 0.412, 1234, 0.39, 0.431),
                Value("points", -0.021),
                against,
                "bad",
            ),
            b.Metric(t("投诉 24 小时关闭率", "Complaints closed in 24 h"), Value("percent", 0.93, 211), status="good"),
            b.Metric(t("净推荐值 NPS", "NPS"), Value("int", None), status="unknown"),
        ],
        headline=headline,
    )


def kpi_table() -> b.Table:
    rows = [
        [
            f"metric {i}" if i % 3 else "响应率",
            "core" if i % 2 else "dormant",
            0.2 + i / 300,
            0.35,
            -0.02 * i,
            120000.0 * i,
            ["good", "watch", "bad", "unknown"][i % 4],
            "2026-03-31",
            f"2026-{i % 12 + 1:02d}",
            msg("report.chart.more", n=i).to_json(),
        ]
        for i in range(57)
    ]
    rows[3][2] = None
    columns = [
        col("metric", "指标", "Metric"),
        col("class", "层级", "Class", "term", prefix="class."),
        col("value", "实际", "Actual", "percent"),
        col("target", "目标", "Target", "percent"),
        col("deviation", "偏差", "Deviation", "points"),
        col("revenue", "影响营收", "Revenue affected", "money"),
        col("status", "状态", "Status", "status"),
        col("due", "截止", "Due", "date"),
        col("month", "月份", "Month", "month"),
        col("why", "说明", "Remark", "message"),
        col("secret", "内部", "Internal", hidden=True),
    ]
    return b.Table(
        "sample.kpi",
        t("各层级 KPI 与目标", "KPIs against targets by class"),
        columns,
        [[*row, "x"] for row in rows],
        note=t("偏差为实际减目标。", "Deviation is actual less target."),
    )


def hostile_table() -> b.Table:
    columns = [col("name", "姓名", "Name"), col("n", "订单", "Orders", "int")]
    return b.Table(
        "sample.hostile", t("奇怪的名字", "Odd names"), columns, [[name, i] for i, name in enumerate(HOSTILE)]
    )


def monthly_table() -> b.Table:
    columns = [col("month", "月份", "Month", "month")]
    columns += [col(f"n{i}", f"第 {i} 项指标的名称", f"Name of metric {i}", "money") for i in range(8)]
    rows = [[month, *(1000.0 * i for i in range(8))] for month in MONTHS]
    return b.Table("sample.monthly", t("月度 KPI", "Monthly KPIs"), columns, rows)


def strategy_table() -> b.Table:
    columns = [
        col("class", "客户层级", "Class", "term", prefix="class."), col("n", "客户数", "Customers", "int"),
        col("need", "需求痛点", "Needs and pain points", "local"), col("way", "方式", "Way"), col("owner", "负责人", "Owner"),
    ]  # fmt: skip
    need = {
        "zh": "护肤品类占消费 46.0%（购买者 265 人）；近半年投诉 16.1%，主要为配送延迟；多在折扣时购买 60.3%（全部客户 51.7%）",
        "en": "Skin care is 46.0% of spending (265 buyers); 16.1% complained in the last half-year, mostly of late delivery",
    }
    rows = [[name, 300 + i, need, "企业微信", "王敏"] for i, name in enumerate(("core", "potential", "dormant"))]
    return b.Table("sample.strategies", t("客户分层互动策略表", "Interaction strategies"), columns, rows)


def png(width: int = 240, height: int = 90) -> str:
    """A small picture: base64 PNG."""
    rows = b"".join(b"\0" + bytes(v for x in range(width) for v in (60 + x // 2, 120, 200 - y)) for y in range(height))
    parts = b"\x89PNG\r\n\x1a\n"
    for kind, data in (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(rows)),
        (b"IEND", b""),
    ):
        parts += struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    return base64.b64encode(parts).decode()


def document() -> b.Document:
    drawn = charts()
    parts: list[b.Block] = [
        b.Heading(msg("report.summary")),
        findings(summary=True),
        metrics(headline=True),
        b.Heading(t("KPI 基线", "KPI baseline")),
        b.Text(t("以下指标按月统计，口径见文末。", "The following figures are monthly; definitions are at the end.")),
        *drawn[:4],
        b.Heading(t("各层级表现", "By class"), 2),
        b.Bullets([t("核心客户：优先维护", "Core: maintain first"), t("潜力客户：培育转化", "Potential: nurture")]),
        kpi_table(),
        monthly_table(),
        strategy_table(),
        b.Callout(t("数据中没有 NPS 调查。", "There is no NPS survey in the data."), "info"),
        b.Callout(
            t("流失率三个月内翻倍。", "Churn doubled within three months."), "bad", t("需要决策", "Decision needed")
        ),
        b.Callout(t("分组因低而选，自然会回升。", "Groups picked for being low rise by themselves."), "watch"),
        b.Callout(t("投诉关闭率达标。", "Complaint closing is on target."), "good"),
        b.Heading(t("图表", "Charts")),
        *drawn[4:],
        b.Heading(t("痛点", "Pain points")),
        findings(summary=False),
        metrics(headline=False),
        hostile_table(),
        b.Table("sample.none", t("空表", "Empty table"), [col("a", "甲", "A")], []),
        b.Markdown(
            "## 分析师补充 Analyst's remark\n\nText with **bold**, `code` and a [link](https://example.com).\n\n- one\n- two\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n<script>alert(1)</script>"
        ),
        b.Image(png(), "A gradient from teal to violet"),
        b.Preformatted("count   1234\nmean    41.2\n" + "wide " * 60),
        b.frame_table("analyst.frame", pd.DataFrame({"店": ["甲", "乙"], "n": [1, 2], "x": [0.5, float("nan")]})),
        b.Heading(msg("report.definitions")),
        b.Definitions(
            [
                b.Definition(
                    t("复购率", "Repurchase rate"),
                    t(
                        "当期有购买的客户中，90 天内再次购买的比例。",
                        "Of the customers who purchased in the period, the share that purchased again within 90 days.",
                    ),
                ),
                b.Definition(
                    t("流失率", "Churn rate"),
                    t(
                        "期初前 90 天内活跃、当期未购买的客户比例。",
                        "Of the customers active in the 90 days before, the share without a purchase in the period.",
                    ),
                ),
            ]
        ),
    ]
    return b.Document(cover(), tuple(parts))
