"""One cell of text -> its canonical value and the rules that changed it, by the column's type."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from crm_lib.engagement_data import MISSING_WORDS
from crm_lib.ingest.values.contacts import parse_email, read_phone
from crm_lib.ingest.values.currency_words import parse_currency
from crm_lib.ingest.values.dates import DateForm, has_offset, in_own_zone, parse_datetime, without_order
from crm_lib.ingest.values.durations import parse_duration
from crm_lib.ingest.values.masked import is_masked
from crm_lib.ingest.values.numbers import parse_integer, parse_number, parse_rate, read_number
from crm_lib.ingest.values.places import REGIONS, parse_place
from crm_lib.ingest.values.text import (
    broken_by_excel,
    folded,
    has_invisible,
    identifier,
    nobody,
    person_name,
    tidy,
    widened,
)
from crm_lib.ingest.values.words import NAMES, parse_boolean, parse_word
from crm_lib.tables import DURATIONS, Column

# Each has a label `ingest.rule.<rule>`. A cell that several rules changed is counted under each.
RULES = (
    "mapped",
    "missing",
    "trimmed",
    "width",
    "invisible",
    "identifier",
    "name",
    "date",
    "time_zone",
    "duration",
    "from_duration",
    "repeated_hour",
    "number",
    "currency_sign",
    "unit",
    "currency",
    "converted",
    "tax_added",
    "tax_removed",
    "word",
    "gender",
    "yes_no",
    "phone",
    "phone_extension",
    "phone_first",
    "masked",
    "masked_name",
    "email",
    "place",
    "refund_sign",
    "before_start",
    "same_day",
    "holdout_day",
    "nobody",
    "refund_linked",
)
# Why a value could not be read; counted apart. Each but 'invalid' is a reason of `raw.REASONS` too.
UNREAD = ("invalid", "ambiguous_date", "excel_broken", "impossible_time", "other_currency", "no_rate")
MONEY = "DECIMAL(18,2)"
# Values that can be read and that others of the same row contradict.
CONTRADICTED = ("duration_differs",)
_ID_COLUMNS = frozenset({"customer_key", "refund_of"})
_PLACES = frozenset({"city", "province"})
_MATCHED = frozenset({"phone", "email", "name"})


@dataclass(frozen=True)
class CellForm:
    """What a source says about how it writes values. `missing`: folded words that stand for nothing."""

    dates: DateForm = field(default_factory=DateForm)
    unit: float = 1
    region: str = "CN"
    missing: frozenset[str] = frozenset(map(folded, MISSING_WORDS))
    moments: frozenset[str] = frozenset()  # columns whose times, not days, are those of `dates.own`
    durations: Mapping[str, str] = field(default_factory=dict)  # column -> unit of its plain numbers


@dataclass(frozen=True)
class Cell:
    """`value` is text that the engine can cast, None for missing; `rule` is '' where nothing changed, `also` what else
    did."""

    value: str | None
    rule: str = ""
    also: tuple[str, ...] = ()

    @property
    def unread(self) -> bool:
        return self.rule in UNREAD


INVALID = Cell(None, "invalid")
_Read = tuple[str | None, tuple[str, ...]]  # canonical text, None where it cannot be read, '' for missing; its rules


def is_identifier(column: Column) -> bool:
    return column.name.endswith("_id") or column.name in _ID_COLUMNS


def may_be_missing(column: Column) -> bool:
    """Whether a word such as 'N/A' stands for nothing in a column."""
    return column.name not in NAMES


def parser(table: str, column: Column, form: CellForm, given: Mapping[str, str]) -> Callable[[str], Cell]:
    """Function from a cell that is not empty to a Cell; `given` is the engagement's mapping of values."""
    read = _reader(table, column, form)
    known = {folded(theirs): ours for theirs, ours in given.items()}
    missing = form.missing if may_be_missing(column) else frozenset()
    names = column.name == "name" and table != "campaigns"
    hides = not names and column.name in (*_MATCHED, "customer_key", "id_number", "address")
    longest = max(map(len, missing), default=0) + 2

    def parse(text: str) -> Cell:
        form_of_text = folded(text) if known or len(text) <= longest else text
        mapped = known.get(form_of_text)
        if mapped == "":
            return Cell(None, "mapped")
        if mapped is None and form_of_text in missing:
            return Cell(None, "nobody" if column.name == "customer_key" else "missing")
        if mapped is None and hides and is_masked(text, column.name):
            return Cell(None, "masked")
        value, rules = read(text if mapped is None else mapped)
        if value is None or not _within(column, value):
            return Cell(None, _why_not(column, text, form))
        if mapped is not None:
            return Cell(value, "mapped" if value != text else "")
        marked = ("masked_name",) if names and value and is_masked(value, "name") else ()
        first, *others = rules or marked or ("",)
        return Cell(value or None, first, (*others, *(marked if rules else ()), *_key_rules(column, text)))

    return parse


def _why_not(column: Column, text: str, form: CellForm) -> str:
    if column.type in ("DATE", "TIMESTAMP"):
        if without_order(text, form.dates):
            return "ambiguous_date"
        if in_own_zone(text, date_form(column, form)) == "skipped":
            return "impossible_time"
    return "excel_broken" if (is_identifier(column) or column.name == "phone") and broken_by_excel(text) else "invalid"


def _key_rules(column: Column, text: str) -> tuple[str, ...]:
    """What was done to the characters of a value that is compared with others."""
    if text.isascii() or (column.name not in _MATCHED and not is_identifier(column)):
        return ()
    kept = column.name == "name"  # a name keeps its width
    return tuple(
        rule for rule, is_so in (("width", widened(text) and not kept), ("invisible", has_invisible(text))) if is_so
    )


def _reader(table: str, column: Column, form: CellForm) -> Callable[[str], _Read]:
    """Function from text to canonical text and the rules that made it so."""
    if column.values or column.type == "BOOLEAN":
        return lambda text: _word(text, table, column)
    if column.name == "phone":
        return lambda text: _phone(text, form.region)
    if column.type in ("DATE", "TIMESTAMP"):
        dates = date_form(column, form)
        return lambda text: _date(text, dates, column.type == "DATE")
    if column.name in DURATIONS:
        return lambda text: _duration(text, form.durations.get(column.name, ""))
    if column.type == "BIGINT":
        return lambda text: _integer(text)
    if column.name == "tax_rate":
        return _rate
    if column.type.startswith("DECIMAL"):
        return lambda text: _number(text, column.type == MONEY, form.unit)
    plain, rule = _text_reader(table, column, form)
    return lambda text: _text(text, plain(text), rule)


def date_form(column: Column, form: CellForm) -> DateForm:
    """How a column's dates are read: days stay the days that they are."""
    return form.dates if column.name in form.moments else replace(form.dates, own="")


def _text_reader(table: str, column: Column, form: CellForm) -> tuple[Callable[[str], str | None], str]:
    if column.name == "email":
        return parse_email, "email"
    if column.name == "name" and table != "campaigns":
        return person_name, "name"
    if column.name == "currency":
        return parse_currency, "currency"
    if column.name in _PLACES and form.region in REGIONS:
        return lambda text: parse_place(text, column.name), "place"
    if column.name == "customer_key":
        return lambda text: "" if nobody(text) else _identifier(text), "identifier"
    return (_identifier, "identifier") if is_identifier(column) else (tidy, "trimmed")


def _identifier(text: str) -> str | None:
    return None if broken_by_excel(text) else identifier(text)


def _text(text: str, value: str | None, rule: str) -> _Read:
    if value is None or text == value:
        return value, ()
    if not value:
        return "", ("nobody" if rule == "identifier" else "missing",)
    return value, ("trimmed" if tidy(text) == value and rule != "email" else rule,)


def _word(text: str, table: str, column: Column) -> _Read:
    if column.type == "BOOLEAN":
        return parse_boolean(text), ("yes_no",)
    if text in column.values:
        return text, ()
    return parse_word(text, table, column.name), ("gender" if column.name == "gender" else "word",)


def _phone(text: str, region: str) -> _Read:
    phone = read_phone(text, region)
    if phone is None:
        return None, ()
    changed = ("phone",) if text != phone.number else ()
    if not phone.extension and not phone.several:
        return phone.number, changed
    extra = [rule for rule, is_so in (("phone_extension", phone.extension), ("phone_first", phone.several)) if is_so]
    return phone.number, (*changed, *extra)


def _date(text: str, form: DateForm, whole_day: bool) -> _Read:
    moment = parse_datetime(text, form)
    if moment is None:
        return None, ()
    value = moment.date().isoformat() if whole_day else moment.isoformat(" ")
    if how := in_own_zone(text, form):
        return value, ("time_zone", "repeated_hour") if how == "repeated" else ("time_zone",)
    if has_offset(text):
        return value, ("time_zone",)
    return value, () if _same_moment(text, value) else ("date",)


def _duration(text: str, unit: str) -> _Read:
    seconds = parse_duration(text, unit)
    return (None, ()) if seconds is None else (str(seconds), () if parse_number(text) is not None else ("duration",))


def _integer(text: str) -> _Read:
    number = parse_integer(text)
    return (None, ()) if number is None else (str(number), () if _same_number(text, str(number)) else ("number",))


def _number(text: str, money: bool, unit: float) -> _Read:
    number = read_number(text, 2 if money else 3, unit if money else 1)
    if number is None:
        return None, ()
    value = f"{number.value:f}"
    scaled = number.scaled or (money and unit != 1)
    rules = [rule for rule, is_so in (("unit", scaled), ("currency_sign", bool(number.currencies))) if is_so]
    return value, tuple(rules) if rules or _same_number(text, value) else ("number",)


def _rate(text: str) -> _Read:
    rate = parse_rate(text)
    return (None, ()) if rate is None else (f"{rate:f}", () if _same_number(text, f"{rate:f}") else ("number",))


def _within(column: Column, value: str) -> bool:
    if not value or (column.low is None and column.high is None):
        return True
    number = float(value)
    return (column.low is None or number >= column.low) and (column.high is None or number <= column.high)


def _same_moment(text: str, value: str) -> bool:
    return text.replace("T", " ").replace(" 00:00:00", "") == value.replace(" 00:00:00", "")


def _same_number(text: str, value: str) -> bool:
    """'5', '5.0' and '5.00' are the same; '5.001' rounded to '5.00' is a change."""
    try:
        return float(text) == float(value) and text.lstrip("-").replace(".", "", 1).isdigit()
    except ValueError:
        return False
