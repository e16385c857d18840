"""How long something took, as people and programs write it, in seconds."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal

from crm_lib.ingest.values.numbers import parse_number
from crm_lib.ingest.values.text import match_form

UNITS = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86_400}
_WORDS = {
    "seconds": "秒钟|秒|seconds|second|secs|sec|s|sekunden|sek",
    "minutes": "分钟|分|minutes|minute|mins|min|m|minuten",
    "hours": "个小时|小时|个钟头|钟头|时|hours|hour|hrs|hr|h|stunden|stunde|std",
    "days": "天|日|days|day|d|tage|tag",
}
_UNIT_OF = {word: unit for unit, words in _WORDS.items() for word in words.split("|")}
_NUMBER = r"\d+(?:[.,]\d+)?"
_PART = re.compile(rf"({_NUMBER})\s*({'|'.join(sorted(_UNIT_OF, key=len, reverse=True))})(?![a-zäöü])\.?[\s,，零及又]*")
_CLOCK = re.compile(r"(\d+):([0-5]?\d)(?::([0-5]?\d)(?:\.\d+)?)?")
_SPOKEN = {"seconds": ("秒",), "minutes": ("分钟", "(分)"), "hours": ("小时", "(时)", "钟头"), "days": ("天", "(日)")}
_SHORT = frozenset({"m", "s", "d", "时", "日", "分"})  # in a header they may be anything
_WORKING = re.compile(r"工作|营业|business|working|office|arbeits")
_LONGEST = 10 * 366 * UNITS["days"]


def unit_of(header: str) -> str:
    """The unit that a header names; '' where it names none, several, or hours of work, which are no hours of the clock."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", match_form(header))
    plain = apart.casefold()
    if _WORKING.search(plain):
        return ""
    words = {_UNIT_OF[word] for word in re.findall(r"[a-zäöü]+", plain) if word in _UNIT_OF and word not in _SHORT}
    words |= {unit for unit, spoken in _SPOKEN.items() if any(one in plain for one in spoken)}
    return words.pop() if len(words) == 1 else ""


def parse_duration(text: str, unit: str = "") -> int | None:
    """Seconds; None where it is no duration. `unit`: of a number that names none. 2:35 are hours and minutes, in a column of
    minutes or seconds minutes and seconds."""
    plain = match_form(text).casefold()
    if re.fullmatch(r"p(?=.*\d)[\d.dthms]+", plain):  # ISO 8601
        plain = plain[1:].replace("t", "")
    seconds, rest = Decimal(0), plain
    while found := _PART.match(rest):
        seconds += Decimal(found[1].replace(",", ".")) * UNITS[_UNIT_OF[found[2]]]
        rest = rest[found.end() :]
    named = rest != plain
    if clock := _CLOCK.fullmatch(rest):
        first, second, third = (int(part or 0) for part in clock.groups())
        short = clock[3] is None and unit in ("minutes", "seconds") and not named
        seconds += first * 60 + second if short else first * 3600 + second * 60 + third
    elif rest and (named or not unit):
        return None
    elif rest:
        number = parse_number(rest, 6)
        if number is None:
            return None
        seconds = number * UNITS[unit]
    elif not named:
        return None
    return int(seconds.quantize(Decimal(1), ROUND_HALF_UP)) if 0 <= seconds <= _LONGEST else None


def bare_number(text: str) -> bool:
    """Whether a text is a number that leaves open what it counts."""
    return parse_number(text) is not None and parse_duration(text) is None
