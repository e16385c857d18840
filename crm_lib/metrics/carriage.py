"""Lines of an order that are no goods: postage, freight, packing. They are money, but nobody prefers or recommends them."""

from __future__ import annotations

from typing import Any

import pandas as pd

CHINESE = "运费 邮费 邮资 快递费 快递费用 配送费 配送费用 物流费 物流费用 运输费 运输费用 运杂费 送货费 运费补差 邮费补差 包装费 冷链运费 冷链费"
ENGLISH = (
    "shipping,shipping fee,shipping fees,shipping charge,shipping charges,shipping cost,shipping costs,"
    "shipping & handling,shipping and handling,freight,freight charge,freight charges,freight cost,postage,"
    "postage & packing,postage and packing,delivery,delivery fee,delivery charge,delivery charges,delivery cost,carriage,"
    "handling fee,handling charge,packing,packaging fee,versand,versandkosten,porto,fracht,frachtkosten,lieferkosten"
)
WORDS = frozenset((*CHINESE.split(), *ENGLISH.split(",")))


def is_carriage(text: Any) -> bool:
    return isinstance(text, str) and text.strip().strip("()\uff08\uff09[]【】").strip().casefold() in WORDS


def goods_only(frame: pd.DataFrame, column: str) -> pd.DataFrame:
    """The rows whose category, brand or product is none of carriage; each distinct word is looked at once."""
    carried = [word for word in frame[column].dropna().unique() if is_carriage(word)]
    return frame[~frame[column].isin(carried)].reset_index(drop=True) if carried else frame
