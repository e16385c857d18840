"""Dates, sizes and the planted story of the demo. Everything that a test may want to know goes to truth.json."""

from __future__ import annotations

import random
from datetime import date

SEED = 20260630
FIRST, LAST = date(2025, 1, 1), date(2026, 6, 30)
BASELINE, START = date(2026, 3, 31), date(2026, 4, 1)
WAVE = date(2025, 11, 1)  # late deliveries begin, mini-program members begin to leave
REPAIR = date(2026, 5, 1)  # deliveries get better, first answers faster
PEOPLE = 3000

STORES = ("春柳路店", "望江门店", "银杏街店", "东湖广场店", "梧桐里店", "南塘店")
WEST, EAST = "城西仓", "城东仓"
CITIES = ("临江市", "湖州市", "云川市", "安平市")
CATEGORIES = {  # category -> (products, lowest price, highest price, cost share)
    "护肤": (
        ("保湿面霜", "玻尿酸精华", "修护乳液", "氨基酸洁面", "舒缓喷雾", "防晒乳", "眼霜", "面膜礼盒"),
        98,
        560,
        0.38,
    ),
    "彩妆": (("丝绒口红", "轻雾粉底液", "四色眼影盘", "持妆散粉", "纤长睫毛膏", "腮红"), 69, 290, 0.34),
    "香水": (("木质香水", "花果香水", "香氛礼盒"), 260, 780, 0.42),
    "身体护理": (("身体乳", "沐浴露", "护手霜", "磨砂膏"), 29, 128, 0.45),
    "美发": (("修护洗发水", "护发精油", "头皮精华"), 49, 198, 0.44),
    "美妆工具": (("化妆刷套装", "美妆蛋", "洁面仪", "化妆棉"), 15, 320, 0.5),
}
BRANDS = ("澄露", "花屿", "素瓷", "柏叶", "慕岚")

# Planted effects: true change of the probability of a purchase within 60 days of sending.
LIFTS = {"WAKE-2604": 0.08, "SECOND-2604": 0.12, "CROSS-2605": 0.0, "BUNDLE-2604": 0.05}
WINDOW = 60
LEAVE = {WEST: 0.74, EAST: 0.42}  # chance that a mini-program member leaves after a purchase since WAVE, by warehouse
LEFT_RATE = 0.06  # what is left of the purchase rate of one who left
LATE_COMPLAINT = {"before": 0.008, "wave": 0.17, "repaired": 0.1}  # a mini-program order from WEST


def stream(part: str) -> random.Random:
    """A random stream of its own for each part: a change in one leaves the others as they were."""
    return random.Random(f"{SEED}:{part}")
