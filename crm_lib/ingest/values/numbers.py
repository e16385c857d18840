"""Amounts and counts as people and programs write them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from crm_lib.ingest.values.currency_words import split_currency
from crm_lib.ingest.values.text import match_form

_COUNTED = re.compile(r"\s*(?:个|件|次|分|星|天|积分|points?|pcs)$", re.IGNORECASE)
_SCALE = re.compile(r"(?<=[\d.])\s*([十百千万萬亿億]+|[kmKM]|(?i:bn|mn|mio))$")
_POWERS = {"十": 1, "百": 2, "千": 3, "万": 4, "萬": 4, "亿": 8, "億": 8, "k": 3, "m": 6, "bn": 9, "mn": 6, "mio": 6}
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d*)?")
_EUROPEAN = re.compile(r"(?:\d{1,3}(?:\.\d{3})+|\d+),\d{1,2}")
_PLAIN = re.compile(r"(?:\d+\.?\d*|\.\d+)(?:E[+-]?\d{1,2})?", re.IGNORECASE)
_LARGEST = Decimal(10) ** 15


@dataclass(frozen=True)
class Number:
    """`currencies`: what the sign or code beside it can mean, the likeliest first; () where there is none.
    `scaled`: a unit such as 万 stood behind it."""

    value: Decimal
    currencies: tuple[str, ...] = ()
    scaled: bool = False


def parse_number(text: str, places: int = 2, unit: float = 1) -> Decimal | None:
    """Number rounded half up to `places`, times `unit`; None where it is no number or too large to keep."""
    number = read_number(text, places, unit)
    return number.value if number else None


def read_number(text: str, places: int = 2, unit: float = 1) -> Number | None:
    """The same with what stood beside it. A unit in the cell itself (12万) takes the place of `unit`."""
    plain = match_form(text).replace("\u2212", "-").replace("\u2013", "-").replace("'", "")
    negative = plain.startswith("(") and plain.endswith(")")
    plain = plain[1:-1].strip() if negative else plain
    plain, minus = _unsigned(plain)
    negative ^= minus
    plain, currencies = split_currency(plain)
    if not minus:  # the sign may stand behind the currency: ¥-5
        plain, minus = _unsigned(plain)
        negative ^= minus
    plain, power = _scale(_COUNTED.sub("", plain))
    number = _decimal(plain)
    if number is None:
        return None
    number = number * (Decimal(str(unit)) if power is None else Decimal(10) ** power)
    if abs(number) >= _LARGEST:
        return None
    value = number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    return Number(-value if negative and value else value, currencies, power is not None)


def parse_rate(text: str) -> Decimal | None:
    """A rate of tax as a share: '13%', '13' and '0.13' are 0.13. No tax is 1 or more of the price."""
    plain = match_form(text)
    number = read_number(plain.removesuffix("%"), 6)
    if number is None or number.currencies or number.scaled:
        return None
    return number.value / 100 if plain.endswith("%") or number.value >= 1 else number.value


def parse_integer(text: str) -> int | None:
    """Whole number; '4.0' is 4, '4.5' is none."""
    number = parse_number(text, places=6)
    return int(number) if number is not None and number == number.to_integral_value() else None


def _scale(plain: str) -> tuple[str, int | None]:
    """The number without its unit, and the unit's power of ten: 12万, 3千万, 1.5亿, 20k."""
    found = _SCALE.search(plain)
    if not found:
        return plain, None
    unit = found[1].lower()
    whole = [unit] if unit in _POWERS else list(unit)
    return plain[: found.start()], sum(_POWERS[part] for part in whole)


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
