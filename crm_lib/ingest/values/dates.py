"""Dates and times in the forms that people and programs write."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Literal
from zoneinfo import ZoneInfo

from crm_lib.ingest.values.text import match_form

_TIME = (
    r"(?:[T ]*(?P<half1>上午|下午|中午|凌晨|晚上|[AaPp][Mm])? *(?P<h>\d{1,2})[:时点](?P<mi>\d{1,2})分?(?::?(?P<s>\d{1,2})秒?(?P<f>\.\d+)?)?"
    r" *(?P<half2>[AaPp]\.?[Mm]\.?)? *(?P<zone>Z|UTC|GMT|[+-]\d{2}:?\d{2})?)?"
)
_MONTHS = {
    name: i
    for i, name in enumerate(["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], 1)
}
_WEEKDAY = re.compile(
    r"^(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,? +|(?:[(]?(?:星期|周)[一二三四五六日天][)]?)", re.IGNORECASE
)
_YEAR_FIRST = re.compile(rf"(?P<y>\d{{4}})(?:[-/.]|年) *(?P<m>\d{{1,2}})(?:[-/.]|月) *(?P<d>\d{{1,2}})日?{_TIME}")
_COMPACT = re.compile(
    r"(?P<y>(?:19|20)\d{2})(?P<m>\d{2})(?P<d>\d{2})(?:[T ]?(?P<h>\d{2}):?(?P<mi>\d{2})(?::?(?P<s>\d{2}))?)?"
)
_THREE = re.compile(rf"(?P<a>\d{{1,2}})[-/.](?P<b>\d{{1,2}})[-/.](?P<c>\d{{4}}|\d{{1,2}}){_TIME}")
_DAY_NAMED = re.compile(
    rf"(?P<d>\d{{1,2}})(?:st|nd|rd|th)?[- ](?P<mon>[A-Za-z]{{3,9}})\.?,?[- ](?P<y>\d{{4}}|\d{{2}}),?{_TIME}"
)
_NAMED_DAY = re.compile(rf"(?P<mon>[A-Za-z]{{3,9}})\.? (?P<d>\d{{1,2}})(?:st|nd|rd|th)?,? (?P<y>\d{{4}}),?{_TIME}")
ORDERS = ("DMY", "MDY", "YMD")
_OFFSET = re.compile(r":\d{2}(?:\.\d+)? *(?:Z|UTC|GMT|[+-]\d{2}:?\d{2})$|^\d{10}(?:\d{3})?$")
_EPOCH = re.compile(r"(\d{10})(\d{3})?")
_SERIAL = re.compile(r"\d{4,5}(\.\d+)?")
_EXCEL_ZERO = datetime(1899, 12, 30)
_EXCEL_ZERO_1904 = datetime(1904, 1, 1)


@dataclass(frozen=True)
class DateForm:
    """How a source writes dates: order of day, month and year in digits, '' where nobody said; Excel serial numbers; the
    report's time zone; `own`: the zone of times that name none, '' where it is the report's."""

    order: str = "YMD"
    serials: bool = False
    zone: str = "UTC"
    own: str = ""
    from_1904: bool = False  # serial numbers begin in 1904, as those of old workbooks of the Macintosh


def parse_datetime(text: str, form: DateForm) -> datetime | None:
    """Local time without a zone; None where no form fits or the day does not exist."""
    plain = _WEEKDAY.sub("", match_form(text)).strip()
    try:
        if form.serials and _SERIAL.fullmatch(plain):
            zero = _EXCEL_ZERO_1904 if form.from_1904 else _EXCEL_ZERO
            moment = zero + timedelta(seconds=round(float(plain) * 86400))
            return _sane(moment if float(plain).is_integer() else _of_own(moment, form))
        for pattern in (_YEAR_FIRST, _COMPACT, _THREE, _DAY_NAMED, _NAMED_DAY):
            if found := pattern.fullmatch(plain):
                return _sane(_moment(found.groupdict(), form))
        if found := _EPOCH.fullmatch(plain):
            return _sane(
                datetime.fromtimestamp(int(found[1]), UTC).astimezone(ZoneInfo(form.zone)).replace(tzinfo=None)
            )
    except (ValueError, OverflowError, KeyError):
        return None
    return None


def without_order(text: str, form: DateForm) -> bool:
    """Whether a text is a date whose order of day, month and year nobody said: 01/02/2024, 25/12/2024, 24-01-05."""
    if form.order or not _THREE.fullmatch(_WEEKDAY.sub("", match_form(text)).strip()):
        return False
    return any(parse_datetime(text, DateForm(order, zone=form.zone)) for order in ORDERS)


def likely_order(texts: Iterable[str]) -> str:
    """The only order in which all dates can be read, '' where there is none or more than one."""
    fitting = set(ORDERS)
    for text in texts:
        fitting = {order for order in fitting if parse_datetime(text, DateForm(order))}
    return fitting.pop() if len(fitting) == 1 else ""


def in_own_zone(text: str, form: DateForm) -> Literal["", "read", "skipped", "repeated"]:
    """What becomes of a time of the source's own zone: '' of a text that is none, 'skipped' where its clock was put forward
    over it, 'repeated' where the clock showed it twice."""
    written = parse_datetime(text, replace(form, own="")) if form.own else None
    if written is None:
        return ""
    here = parse_datetime(text, form)
    if here is None or here == written:
        return "" if here else "skipped"
    local = written.replace(tzinfo=ZoneInfo(form.own))
    return "repeated" if local.utcoffset() != local.replace(fold=1).utcoffset() else "read"


def says_utc(header: str) -> bool:
    """Whether a header says that its times are those of Greenwich."""
    return re.search(r"(?<![a-z])(?:utc|gmt)(?![a-z])", match_form(header).casefold()) is not None


def has_offset(text: str) -> bool:
    """Whether a time says how far it is from UTC: it is brought to the report's zone."""
    return _OFFSET.search(match_form(text)) is not None


def _sane(moment: datetime) -> datetime | None:
    return moment if 1900 <= moment.year <= 2100 else None


def _moment(part: dict[str, str | None], form: DateForm) -> datetime:
    day = _day(part, form.order)
    clock = datetime(day.year, day.month, day.day) + _clock(part)
    if not part.get("zone"):
        return _of_own(clock, form) if part.get("h") else clock
    return _local(clock, part.get("zone"), form.zone)


def _of_own(clock: datetime, form: DateForm) -> datetime:
    """A time of the source's own zone in the report's; a time that was there twice is the first."""
    if not form.own:
        return clock
    if _in_gap(clock, form.own):
        raise ValueError("no such time")
    return clock.replace(tzinfo=ZoneInfo(form.own)).astimezone(ZoneInfo(form.zone)).replace(tzinfo=None)


def _in_gap(clock: datetime, zone: str) -> bool:
    local = clock.replace(tzinfo=ZoneInfo(zone))
    return local.astimezone(UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None) != clock


def _day(part: dict[str, str | None], order: str) -> date:
    if part.get("a"):
        year, month, day = _by_order(part["a"] or "", part["b"] or "", part["c"] or "", order)
        return date(_year(year), int(month), int(day))
    month_number = _MONTHS[(part["mon"] or "")[:3].lower()] if part.get("mon") else int(part["m"] or 0)
    return date(_year(part["y"]), month_number, int(part["d"] or 0))


def _by_order(a: str, b: str, c: str, order: str) -> tuple[str, str, str]:
    """Year, month, day of three numbers; a year at the end needs a declared order, and two digits at least.

    5.1.26 is no date under YMD: no program writes 2005 as 5, so that the order is rather another in this cell.
    """
    if order in ("", "YMD"):
        if len(c) == 4 or len(a) < 2 or not order:
            raise ValueError("day and month could be either: the order is not declared")
        return a, b, c
    if len(c) < 2:
        raise ValueError("no year")
    return (c, b, a) if order == "DMY" else (c, a, b)


def _year(digits: str | None) -> int:
    """'26' is 2026, '65' is 1965."""
    year = int(digits or 0)
    return year + (0 if year >= 100 else 2000 if year < 40 else 1900)


def _clock(part: dict[str, str | None]) -> timedelta:
    hour, minute, second = (int(part.get(name) or 0) for name in ("h", "mi", "s"))
    half = (part.get("half1") or part.get("half2") or "").lower().replace(".", "")
    if (half in ("pm", "下午", "晚上") and hour < 12) or (half == "中午" and hour < 11):
        hour += 12
    elif half in ("am", "上午", "凌晨") and hour == 12:
        hour = 0
    if hour > 23 or minute > 59 or second > 59:
        raise ValueError("no such time")
    return timedelta(hours=hour, minutes=minute, seconds=second)


def _local(clock: datetime, offset: str | None, zone: str) -> datetime:
    if not offset:
        return clock
    if offset in ("Z", "UTC", "GMT"):
        given = UTC
    else:
        minutes = int(offset[1:3]) * 60 + int(offset[-2:])
        given = timezone(timedelta(minutes=-minutes if offset[0] == "-" else minutes))
    return clock.replace(tzinfo=given).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
