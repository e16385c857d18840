"""Signs, codes and names of currencies as exports write them -> ISO 4217."""

from __future__ import annotations

import re
from functools import cache

from crm_lib.ingest.values.text import folded

_DOLLARS = ("USD", "HKD", "TWD", "SGD", "AUD", "CAD", "NZD")
# Sign or word -> the currencies that it can mean, the likeliest first.
_WORDS: dict[str, tuple[str, ...]] = {
    "¥": ("CNY", "JPY"),
    "cn¥": ("CNY",),
    "rmb": ("CNY",),
    "人民币": ("CNY",),
    "人民幣": ("CNY",),
    "元": ("CNY", "TWD", "HKD", "SGD"),
    "圆": ("CNY", "JPY"),
    "圓": ("CNY", "JPY"),
    "块": ("CNY",),
    "jp¥": ("JPY",),
    "日元": ("JPY",),
    "日圆": ("JPY",),
    "円": ("JPY",),
    "$": _DOLLARS,
    "us$": ("USD",),
    "美元": ("USD",),
    "美金": ("USD",),
    "hk$": ("HKD",),
    "港币": ("HKD",),
    "港元": ("HKD",),
    "港幣": ("HKD",),
    "nt$": ("TWD",),
    "新台币": ("TWD",),
    "台币": ("TWD",),
    "s$": ("SGD",),
    "新加坡元": ("SGD",),
    "新币": ("SGD",),
    "a$": ("AUD",),
    "澳元": ("AUD",),
    "c$": ("CAD",),
    "加元": ("CAD",),
    "€": ("EUR",),
    "欧元": ("EUR",),
    "£": ("GBP",),
    "英镑": ("GBP",),
    "₩": ("KRW",),
    "韩元": ("KRW",),
    "₽": ("RUB",),
    "卢布": ("RUB",),
    "₹": ("INR",),
    "฿": ("THB",),
    "泰铢": ("THB",),
    "chf": ("CHF",),
    "zł": ("PLN",),
    "kr": ("SEK", "NOK", "DKK"),
}
_BEFORE = re.compile(r"([A-Za-z]{0,3}[$¥€£₩₽₹฿]|[A-Za-z]{2,3}(?=[\s\d.,+-])|人民币|人民幣)\s*(?=[\d.+-])")
_BEHIND = re.compile(
    r"(?<=[\d.十百千万萬亿億kKmM)-])\s*([A-Za-z]{0,3}[$¥€£₩₽₹฿]|[A-Za-z]{3}|zł|kr|"
    + "|".join(sorted((word for word in _WORDS if not word.isascii() and len(word) <= 4), key=len, reverse=True))
    + r")$"
)


def split_currency(text: str) -> tuple[str, tuple[str, ...]]:
    """A number's text without sign, code or word of a currency, and what these can mean; () where none stands there."""
    meant: tuple[str, ...] = ()
    if (found := _BEFORE.match(text)) and (meant := currencies(found[1])):
        text = text[found.end() :]
    if (found := _BEHIND.search(text)) and (behind := currencies(found[1])):
        both = tuple(code for code in meant if code in behind) if meant else behind
        return (text[: found.start()].strip(), both) if both else (text, ())  # $5 € says two things: no number
    return text.strip(), meant


@cache
def currencies(word: str) -> tuple[str, ...]:
    """Currencies that a sign, a code or a name can mean, the likeliest first; () for an unknown word."""
    form = folded(word)
    if form in _WORDS:
        return _WORDS[form]
    from babel.numbers import is_currency

    if len(form) == 3 and form.isascii() and is_currency(form.upper()):
        return (form.upper(),)
    return _by_name().get(form, ()) if len(form) > 3 or not form.isascii() else ()


@cache
def _by_name() -> dict[str, tuple[str, ...]]:
    """Names in both languages of the reports."""
    from babel import Locale

    names: dict[str, tuple[str, ...]] = {}
    for language in ("en", "zh"):
        for code, name in sorted(Locale(language).currencies.items()):
            names.setdefault(folded(name), (code,))
    return names


def parse_currency(text: str) -> str | None:
    """ISO 4217 code of a cell; None where it is no currency."""
    found = currencies(text)
    return found[0] if found else None


_IN_HEADERS = ("USD", "EUR", "GBP", "CNY", "RMB", "HKD", "TWD", "SGD", "JPY", "KRW", "AUD", "CAD", "NZD", "CHF", "PLN", "SEK", "NOK", "DKK", "INR", "THB", "VND", "RUB")  # fmt: skip


def header_currency(header: str) -> str:
    """ISO 4217 code of the one currency that a header names (Amount (USD), 金额（美元）); '' of none or several."""
    words = [word for word in re.split(r"[^\w$€£¥]+|_", header) if word.upper() in (*_IN_HEADERS, *"$€£¥")]
    words += [name for name in _WORDS if len(name) > 1 and not name.isascii() and name in header]
    meant = {codes[0] for codes in map(currencies, words) if len(codes) == 1}
    return next(iter(meant)) if len(meant) == 1 else ""
