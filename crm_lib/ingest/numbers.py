"""Amounts and counts as people and programs write them."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from crm_lib.ingest.text import match_form

_CURRENCY = re.compile(
    r"^(?:CNY|RMB|USD|EUR|GBP|HKD|US\$|[¥$€£])\s*|\s*(?:CNY|RMB|USD|EUR|GBP|HKD|US\$|[¥$€£]|人民币|元|圆)$",
    re.IGNORECASE,
)
_UNIT = re.compile(r"\s*(?:个|件|次|分|星|天|积分|points?|pcs)$", re.IGNORECASE)
_TEN_THOUSANDS = re.compile(r"\s*万$")
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d*)?")
_EUROPEAN = re.compile(r"(?:\d{1,3}(?:\.\d{3})+|\d+),\d{1,2}")
_PLAIN = re.compile(r"(?:\d+\.?\d*|\.\d+)(?:E[+-]?\d{1,2})?", re.IGNORECASE)
_LARGEST = Decimal(10) ** 15


def parse_number(text: str, places: int = 2, unit: float = 1) -> Decimal | None:
    """Number rounded half up to `places`, times `unit`; None where it is no number or too large to keep."""
    plain = match_form(text).replace("\u2212", "-").replace("\u2013", "-").replace("'", "")
    negative = plain.startswith("(") and plain.endswith(")")
    plain = plain[1:-1].strip() if negative else plain
    plain, minus = _unsigned(plain)
    negative ^= minus
    plain = _CURRENCY.sub("", _CURRENCY.sub("", plain))
    scale = Decimal(str(unit))
    if _TEN_THOUSANDS.search(plain):
        plain, scale = _TEN_THOUSANDS.sub("", plain), scale * 10000
    plain = _UNIT.sub("", plain)
    if not minus:  # the sign may stand behind the currency: ¥-5
        plain, minus = _unsigned(plain)
        negative ^= minus
    number = _decimal(plain)
    if number is None or abs(number * scale) >= _LARGEST:
        return None
    value = (number * scale).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    return -value if negative and value else value


def parse_integer(text: str) -> int | None:
    """Whole number; '4.0' is 4, '4.5' is none."""
    number = parse_number(text, places=6)
    return int(number) if number is not None and number == number.to_integral_value() else None


def _unsigned(text: str) -> tuple[str, bool]:
    """Sign before, or after as accounting programs write it."""
    if text[:1] in "+-" and text:
        return text[1:].strip(), text[0] == "-"
    return (text[:-1].strip(), True) if text.endswith("-") else (text, False)


def _decimal(plain: str) -> Decimal | None:
    plain = plain.strip()
    if _THOUSANDS.fullmatch(plain):
        plain = plain.replace(",", "")
    elif _EUROPEAN.fullmatch(plain):
        plain = plain.replace(".", "").replace(",", ".")
    if not _PLAIN.fullmatch(plain):
        return None
    try:
        return Decimal(plain)
    except InvalidOperation:
        return None
