"""Messages without words, and the catalogue that gives them words in zh or en.

A `Message` is an id and named arguments; nothing in it is in any language. A `Value` is a typed number, date or
term with its base and interval. Only `Catalogue` makes text of them, from `templates/locale/<language>/*.po`
(one file a subject, the subject is the first part of each id), so one execution renders in any language.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args

from babel import Locale, dates, numbers

from crm_lib import catalogue_files
from crm_lib.paths import LOCALE

LANGUAGES = ("zh", "en")
LANGUAGE_ENV = "CRM_LANG"
LOCALES = {"zh": "zh_Hans_CN", "en": "en_GB"}
_MONTHS = {"zh": "zh_Hans_CN", "en": "en"}  # 'Sep' as in workbooks; British English writes 'Sept'
NOT_KNOWN = "–"

Kind = Literal[
    "text",  # as it stands in the data
    "int",
    "float",  # one decimal
    "ratio",  # two decimals
    "digits",  # the same; three digits of what is below 1
    "percent",  # 0.41 -> 41.0 %
    "points",  # difference of two percentages, 0.08 -> 8.0 points
    "money",  # whole units of the engagement's currency
    "price",  # money with two decimals
    "money_short",  # 1.2 M, 120 万
    "date",
    "month",  # any date in the month, or 'YYYY-MM'
    "week",  # the Monday
    "datetime",
    "days",
    "hours",
    "minutes",
    "term",  # a message id: translated
    "local",  # {"zh": ..., "en": ...} from the engagement
    "message",  # a Message in a message
    "list",  # list of Values or Messages, joined
    "status",  # good, watch, bad, unknown: a shape and a word
    "bool",
]
KINDS = frozenset(get_args(Kind))
STATUS_SHAPES = {"good": "●", "watch": "▲", "bad": "■", "unknown": "○"}


@dataclass(frozen=True)
class Value:
    """One typed value; `base` is the n it rests on, `low`/`high` its 95 % interval, `name` its home in the results."""

    kind: Kind
    value: Any
    base: int | None = None
    low: float | None = None
    high: float | None = None
    name: str = ""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"unknown kind {self.kind!r}")

    def to_json(self) -> dict[str, Any]:
        plain: dict[str, Any] = {"kind": self.kind, "value": _plain(self.value)}
        for key in ("base", "low", "high"):
            if (part := _plain(getattr(self, key))) is not None:
                plain[key] = part
        return plain | ({"name": self.name} if self.name else {})

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> Value:
        value = plain["value"]
        if plain["kind"] == "message":
            value = Message.from_json(value)
        elif plain["kind"] == "list":
            value = [Message.from_json(v) if "id" in v else Value.from_json(v) for v in value]
        return cls(plain["kind"], value, plain.get("base"), plain.get("low"), plain.get("high"), plain.get("name", ""))


@dataclass(frozen=True)
class Message:
    """A message id with its arguments; an id of '' carries `literal` words (an analyst's own, shown as written)."""

    id: str
    args: Mapping[str, Value] = field(default_factory=dict)
    literal: str = ""

    def to_json(self) -> dict[str, Any]:
        plain: dict[str, Any] = {"id": self.id}
        if self.args:
            plain["args"] = {name: value.to_json() for name, value in self.args.items()}
        return plain | ({"literal": self.literal} if not self.id else {})

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> Message:
        args = {name: Value.from_json(value) for name, value in plain.get("args", {}).items()}
        return cls(plain["id"], args, plain.get("literal", ""))


def msg(id: str, /, **args: Value | Message | str | int | float | date | None) -> Message:
    """Message with plain arguments wrapped: str as text, int, float, date by their type; a Message is nested."""
    return Message(id, {name: value if isinstance(value, Value) else _wrap(value) for name, value in args.items()})


def literal(words: str) -> Message:
    return Message("", literal=words)


def term(id: str) -> Value:
    return Value("term", id)


def term_or_text(prefix: str, value: str | None) -> Message:
    """Words for a code such as 'channel.sms' where the catalogue has them, else the client's own word as written."""
    if not value:
        return msg("common.not_known")
    return msg(f"{prefix}.{value}") if f"{prefix}.{value}" in _messages("en", LOCALE) else literal(value)


def variant(prefix: str, trades: Sequence[str], id: str) -> str:
    """'saas.' where the catalogue has `prefix`.saas.`id`, of the first such trade; '' where everybody's words serve."""
    known = _messages("en", LOCALE)
    return next((f"{trade}." for trade in trades if f"{prefix}.{trade}.{id}" in known), "")


def local(texts: Mapping[str, str]) -> Message:
    """Message for words that the engagement gives in each language."""
    return Message("common.local", {"text": Value("local", dict(texts))})


@dataclass(frozen=True)
class Finding:
    """What, how much, since when (`headline`); why (`evidence`); what to do (`action`)."""

    headline: Message
    evidence: Message | None = None
    action: Message | None = None
    severity: Literal["high", "medium", "low", "good"] = "medium"  # good: nothing to mend, something achieved


def _wrap(value: Any) -> Value:
    if isinstance(value, Message):
        return Value("message", value)
    if isinstance(value, bool):
        return Value("bool", value)
    if isinstance(value, int):
        return Value("int", value)
    if isinstance(value, float):
        return Value("float", value)
    if isinstance(value, datetime):
        return Value("datetime", value)
    if isinstance(value, date):
        return Value("date", value)
    if isinstance(value, (list, tuple)):
        return Value("list", [v if isinstance(v, (Value, Message)) else _wrap(v) for v in value])
    return Value("text", "" if value is None else str(value))


READY = frozenset({str, int, bool, type(None)})  # what JSON takes as it is


def _plain(value: Any) -> Any:
    """JSON-ready; a not-a-number is None; NumPy, Decimal and pandas scalars become Python's."""
    kind = value.__class__
    if kind in READY:
        return value
    if kind is float:
        return value if math.isfinite(value) else None
    if isinstance(value, (Value, Message)):
        return value.to_json()
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    if type(value).__name__ == "NAType" or value != value:  # nan, NaT
        return None
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if hasattr(value, "item"):
        return _plain(value.item())
    number = float(value)
    return number if math.isfinite(number) else None


plain = _plain


_pattern = cache(numbers.parse_pattern)


class MissingMessage(KeyError):
    """An id that the catalogue of a language does not hold."""


WORDED = 10_000  # messages of tables whose words a catalogue keeps
SPOKEN = 1 << 16  # numbers and dates whose words it keeps


class Catalogue:
    """Words of one language. `text(message)` and `value(value)` are all that renderers need."""

    def __init__(
        self, language: str, messages: Mapping[str, str], currency: str = "CNY", like: Catalogue | None = None
    ) -> None:
        """`like`: a catalogue that writes numbers and dates in the same way; what it has written is not written again."""
        self.language = language
        self.currency = currency
        self._messages = messages
        self._locale = Locale.parse(LOCALES[language])
        self._months = Locale.parse(_MONTHS[language])
        self._worded: dict[str, str] = {}
        # A number is written several times: in the page, in print, in the workbook, and to measure its column.
        self._spoken: dict[tuple[str, type, Any], str] = like._spoken if like else {}

    def __contains__(self, id: str) -> bool:
        return id in self._messages

    @property
    def ids(self) -> Iterable[str]:
        return self._messages.keys()

    def word(self, id: str) -> str:
        """Raise MissingMessage where the catalogue has no such id."""
        try:
            return self._messages[id]
        except KeyError:
            raise MissingMessage(f"{self.language}: {id}") from None

    def text(self, message: Message | str, /, **args: Any) -> str:
        """Words of a message. `{name}` gives the value, `{name:full}` with its interval and base, `{name:low}` as it
        stands within a sentence.

        `{name:customer|customers}` gives the first where the value is 1 or a list of one.
        """
        if isinstance(message, str):
            message = msg(message, **args)
        if not message.id:
            return self._text(message.literal)
        spoken = {name: _Spoken(self, value) for name, value in message.args.items()}
        try:
            return _unnested(_closed(self.word(message.id).format_map(spoken)))
        except (KeyError, IndexError, ValueError) as error:
            if isinstance(error, MissingMessage):
                raise
            raise MissingMessage(f"{self.language}: {message.id}: argument {error}") from None

    def value(self, value: Value) -> str:
        """Words of a value, without interval. None is a dash."""
        return self.format(value.kind, value.value)

    def format(self, kind: str, value: Any) -> str:
        """Words of a bare value of a kind."""
        if kind == "text" or not isinstance(value, (int, float, str, date)):
            return self._format(kind, value if isinstance(value, (Message, list, dict)) else _plain(value))
        key = (kind, value.__class__, value)
        if (words := self._spoken.get(key)) is None:
            if len(self._spoken) >= SPOKEN:
                self._spoken.clear()
            words = self._spoken[key] = self._format(kind, _plain(value))
        return words

    def _format(self, kind: str, value: Any) -> str:
        if value is None or (value == "" and kind != "text"):
            return NOT_KNOWN
        formatter = getattr(self, f"_{kind}", None)
        return formatter(value) if formatter else str(value)

    def _text(self, value: object) -> str:
        """As it stands in the data, unless the engagement names it."""
        words = str(value)
        return self._messages.get(f"{NAMED}{words}", words)

    def interval(self, value: Value) -> str:
        """'39.0 % to 43.1 %, n = 1,234'; '' where neither interval nor base is known."""
        parts = []
        if value.low is not None and value.high is not None:
            low, high = self.bounds(value.kind, value.low, value.high)
            parts.append(self.text("common.interval", low=low, high=high))
        if value.base is not None:
            parts.append(self.text("common.base", n=int(value.base)))
        return self.word("common.interval_join").join(parts)

    def bounds(self, kind: str, low: float, high: float) -> tuple[str, str]:
        """Both ends of an interval without plus signs, and the first without a unit in words, which the second says."""
        first, last = (self.format(kind, end).removeprefix("+") for end in (low, high))
        unit = self.word(f"common.{kind}").partition("{0}")[2] if kind in ("points", "days", "hours", "minutes") else ""
        return first.removesuffix(unit), last

    def _number(self, value: float, pattern: str) -> str:
        return numbers.format_decimal(value, format=_pattern(pattern), locale=self._locale)

    def _int(self, value: float) -> str:
        return self._number(round(value), "#,##0")

    def _float(self, value: float) -> str:
        return self._number(_unsigned_zero(value, 1), "#,##0.0")

    def _ratio(self, value: float) -> str:
        return self._number(_unsigned_zero(value, 2), "#,##0.00")

    def _digits(self, value: float) -> str:
        if not value or abs(value) >= 1:
            return self._ratio(value)
        return self._number(value, "@@@" if abs(value) >= 1e-6 else "0.00E0")

    def _percent(self, value: float) -> str:
        return self.word("common.percent").format(self._number(_unsigned_zero(value * 100, 1), "#,##0.0"))

    def _points(self, value: float) -> str:
        return self.word("common.points").format(self._signed(value * 100, "#,##0.0"))

    def _signed(self, value: float, pattern: str) -> str:
        """With its sign, but '0.0' of what comes to nothing."""
        rounded = _unsigned_zero(value, 1)
        return self._number(rounded, f"+{pattern};-{pattern}" if rounded else pattern)

    def _money(self, value: float) -> str:
        pattern = _pattern("¤#,##0;-¤#,##0")
        return numbers.format_currency(
            _unsigned_zero(value, 0), self.currency, pattern, locale=self._locale, currency_digits=False
        )

    def _price(self, value: float) -> str:
        rounded = _unsigned_zero(value, 2)
        return numbers.format_currency(rounded, self.currency, _pattern("¤#,##0.00;-¤#,##0.00"), locale=self._locale)

    def _money_short(self, value: float) -> str:
        if abs(value) < 10_000:
            return self._money(value)
        words = numbers.format_compact_currency(value, self.currency, locale=self._locale, fraction_digits=1)
        return words if "." in words else _LAST_DIGIT.sub(r"\1.0", words)  # 24.0 beside 83.2

    def _date(self, value: str | date) -> str:
        return dates.format_date(_day(value), self.word("common.date_pattern"), locale=self._months)

    def _month(self, value: str | date) -> str:
        return dates.format_date(_day(value), self.word("common.month_pattern"), locale=self._months)

    def _week(self, value: str | date) -> str:
        return self._date(value)

    def _datetime(self, value: str | datetime) -> str:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else value
        return dates.format_datetime(moment, self.word("common.datetime_pattern"), locale=self._months)

    def _days(self, value: float) -> str:
        return self.word("common.day" if value == 1 else "common.days").format(self._short(value))

    def _hours(self, value: float) -> str:
        return self.word("common.hours").format(self._short(value))

    def _minutes(self, value: float) -> str:
        return self.word("common.minutes").format(self._short(value))

    def _short(self, value: float) -> str:
        return self._int(value) if float(value).is_integer() else self._float(value)

    def _bool(self, value: bool) -> str:
        return self.word("common.yes" if value else "common.no")

    def _term(self, value: str) -> str:
        return self.word(value)

    def _status(self, value: str) -> str:
        return f"{STATUS_SHAPES[value]} {self.word('status.' + value)}"

    def _local(self, value: Mapping[str, str]) -> str:
        return value.get(self.language) or next(iter(value.values()), "")

    def _message(self, value: Message | Mapping[str, Any]) -> str:
        if isinstance(value, Message):
            return self.text(value)
        key = repr(value)  # a table repeats a few messages in thousands of rows
        if key not in self._worded:
            if len(self._worded) >= WORDED:
                self._worded.clear()
            self._worded[key] = self.text(Message.from_json(value))
        return self._worded[key]

    def _list(self, value: Iterable[Any]) -> str:
        return self.word("common.list_join").join(self._part(part) for part in value)

    def _part(self, part: Any) -> str:
        """A part of a list: a Message, a Value, or the JSON of one, as a table's row holds it."""
        if isinstance(part, Mapping):
            part = Message.from_json(part) if "id" in part else Value.from_json(part)
        return self.text(part) if isinstance(part, Message) else self.value(part)


class _Spoken:
    def __init__(self, catalogue: Catalogue, value: Value) -> None:
        self._catalogue, self._value = catalogue, value

    def __format__(self, spec: str) -> str:
        one, plural, many = spec.partition("|")
        if plural:
            return one if self._count() == 1 else many
        words = self._catalogue.value(self._value)
        if spec == "full" and (interval := self._catalogue.interval(self._value)):
            words = self._catalogue.word("common.with_interval").format(words, interval)
        if spec == "low" and self._value.kind == "list":
            words = self._catalogue.word("common.list_join").join(
                map(_low, map(self._catalogue._part, self._value.value))
            )
        elif spec == "low":
            words = _low(words)
        if spec not in ("", "full", "low"):
            raise ValueError(f"unknown format {spec!r}")
        if self._catalogue.language != "zh":
            return words
        edge = _EDGE if self._is_quantity() or _DATED.search(words) else _SEAM
        return f"{_DATE if _DATE_FIRST.match(words) else edge}{words}{edge}"

    def _count(self) -> int | None:
        """The number itself, or how many parts a list has."""
        kind, inner = self._value.kind, self._value.value
        return inner if kind == "int" else len(inner) if kind == "list" else None

    def _is_quantity(self) -> bool:
        """Whether it is a number or date, bare or in a message that gives nothing but it and its sign."""
        kind, inner = self._value.kind, self._value.value
        while kind == "message":
            message = inner if isinstance(inner, Message) else Message.from_json(inner)
            bare = _BARE.fullmatch(self._catalogue.word(message.id)) if message.id else None
            if bare is None:
                return False
            kind, inner = message.args[bare[1]].kind, message.args[bare[1]].value
        return kind in _QUANTITIES


def _low(words: str) -> str:
    """With a small first letter, but 'NPS' and 'WeCom' as they are."""
    first = words.partition(" ")[0]
    return words[:1].lower() + words[1:] if first[1:].islower() else words


_EDGE = "\x00"  # around a number or date in a Chinese sentence
_SEAM = "\x01"  # around other words that are put in
_DATE = "\x02"  # before words that begin with a date
_QUANTITIES = KINDS - {"text", "term", "local", "message", "list", "status", "bool"}
_BARE = re.compile(r"\+?\{(\w+)(?::full)?\}(?: 分)?")
_DATED, _DATE_FIRST = re.compile("[0-9][年月日]$"), re.compile("[0-9]{4}年")
_CHINESE = "[\u3001-\u303f\u4e00-\u9fff\uff01-\uff5e]"
_SEAMS = f"[{_EDGE}{_SEAM}]+"
_GAP = re.compile(
    f"(?<={_CHINESE})(?:{_EDGE} [{_EDGE}{_DATE}]?| {_EDGE})(?={_CHINESE})|(?<={_CHINESE}) {_DATE}"
    f"|(?<=）){_SEAMS} (?=[{_EDGE}0-9A-Za-z\u4e00-\u9fff])"
)
_TOUCHING = re.compile(
    f"(?<=[\u4e00-\u9fff]){_SEAMS}(?=[0-9A-Za-z%¥$€£+\u2212-])|(?<=[0-9A-Za-z%]){_SEAMS}(?=[\u4e00-\u9fff])"
)
_MARKS = str.maketrans("", "", _EDGE + _SEAM + _DATE)
_LAST_DIGIT = re.compile(r"(\d)(?=\D*$)")


def _closed(sentence: str) -> str:
    """A space stands between '40.3%' or a name in Latin letters and a Chinese word; a date, and what follows '）', stands without."""
    if _EDGE not in sentence and _SEAM not in sentence:
        return sentence
    return _TOUCHING.sub(" ", _GAP.sub("", sentence)).translate(_MARKS)


_NESTED = re.compile(
    "(（[^（）]*)（((?:n[ \u00a0]=|95%)[^（）]*)）(?=[），、；])|(\\([^()]*) \\(((?:n[ \u00a0]=|95%)[^()]*)\\)(?=[),;])"
)


def _unnested(sentence: str) -> str:
    """No brackets of an interval or base within brackets: '(27.9%, n = 2,796)'."""
    if not sentence or (
        "（n" not in sentence and "（95%" not in sentence and "(n" not in sentence and "(95%" not in sentence
    ):
        return sentence
    return _NESTED.sub(lambda found: f"{found[1]}，{found[2]}" if found[1] else f"{found[3]}, {found[4]}", sentence)


def _unsigned_zero(value: float, digits: int) -> float:
    """No '-0.0 %'."""
    return 0.0 if round(value, digits) == 0 else value


def _day(value: str | date) -> date:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    return date.fromisoformat(f"{value}-01" if len(value) == 7 else value[:10])


@cache
def _messages(language: str, root: Path) -> Mapping[str, str]:
    return catalogue_files.read(root / language, LOCALES[language], catalogue_files.OURS if root == LOCALE else None)


@cache
def catalogue(
    language: str, currency: str = "CNY", root: Path = LOCALE, class_names: tuple[tuple[str, str], ...] = ()
) -> Catalogue:
    """Catalogue of 'zh' or 'en'; money is written in `currency` (ISO 4217).

    class_names: (operating class, what the trade calls it) where it is not the usual name; ('place', what the parts of
    the client's business are) where they are no stores; ('head', 'company' or 'any') where customers are no persons;
    ('value:...', name of what stands in the data).
    """
    if language not in LANGUAGES:
        raise ValueError(f"language {language!r}, have {', '.join(LANGUAGES)}")
    return Catalogue(language, _with_classes(_messages(language, root), dict(class_names)), currency)


_CLASS = re.compile(r"\{class\.([a-z]+)(:low)?\}")  # in a message: the name of a class, at the beginning and within
NAMED = "value:"  # before what stands in the data: the id of its name
_CLASS_IDS = ("class", "churn.col", "layering.origin", "product.group")  # where their names stand by themselves
_SHOP = re.compile(r"\{shop\.(one|many)(:low)?\}")  # in a message: the client's stores, or what stands for them
_HEAD = re.compile(r"\{head\.([a-z]+)\}")  # in a message: a word that customers are counted or named with
_BRACES = str.maketrans("{}", "()")


def _with_classes(messages: Mapping[str, str], given: Mapping[str, str]) -> Mapping[str, str]:
    """Messages with the names of the operating classes, of what the client's stores are and of how its customers are
    counted in their places."""
    place, head = given.get("place", "store"), given.get("head", "person")
    named = {name: words for name, words in given.items() if name.startswith(NAMED)}
    given = {name: words for name, words in given.items() if name not in ("place", "head") and name not in named}
    names = {f"{kind}.{name}": words.translate(_BRACES) for name, words in given.items() for kind in _CLASS_IDS}
    known = {**messages, **names}

    def name(found: re.Match[str]) -> str:
        words = known[f"class.{found[1]}"]
        return _low(words) if found[2] else words

    def named_place(found: re.Match[str]) -> str:
        words = known[f"place.{place}.{found[1]}"]
        return _low(words) if found[2] else words

    def counted(found: re.Match[str]) -> str:
        return known[f"head.{head}.{found[1]}"]

    said = {id: _CLASS.sub(name, text) if "{class." in text else text for id, text in known.items()}
    said = {id: _HEAD.sub(counted, text) if "{head." in text else text for id, text in said.items()}
    return {id: _SHOP.sub(named_place, text) if "{shop." in text else text for id, text in said.items()} | named


def user_language() -> str:
    """Language of whoever sits at the machine: CRM_LANG, else that of the locale where it is Chinese, else English."""
    for name in (LANGUAGE_ENV, "LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(name):
            return "zh" if value.lower().startswith("zh") else "en"
    return "en"
