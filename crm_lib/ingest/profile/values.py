"""What the values of a column read as, whatever its header says."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import duckdb

from crm_lib.ingest import sql
from crm_lib.ingest.profile.synonyms import given_back, header_form, known_values, no_orders, not_yet, unpaid
from crm_lib.ingest.values.contacts import parse_email, parse_phone
from crm_lib.ingest.values.currency_words import currencies, parse_currency, split_currency
from crm_lib.ingest.values.dates import DateForm, parse_datetime
from crm_lib.ingest.values.durations import parse_duration
from crm_lib.ingest.values.masked import is_masked
from crm_lib.ingest.values.numbers import parse_integer, parse_number, parse_rate
from crm_lib.ingest.values.text import match_form, nobody
from crm_lib.ingest.values.words import parse_boolean, parse_word
from crm_lib.tables import SOURCE_TABLES, Column

REGIONS = ("CN", "US", "GB", "DE", "FR", "HK", "SG", "JP", "AU", "IN")
ORDERS = ("YMD", "DMY", "MDY")
_HALF = 0.5
_SAMPLE = 1000  # different values of a column that are looked at
_MASKED = 3  # examples
_MANY = 200  # different values that are no codes
_FEW = 20  # different values that may be codes
_LONGEST_CODE = 24
_FEW_PHONES = 200  # that are tried as numbers of each region
_ID = re.compile(r"#?[A-Za-z0-9][A-Za-z0-9._/#-]*")
_PERSON = re.compile(r"[\u3400-\u9fff·]{2,20}|[^\W\d_][\w .,'’&()-]*", re.UNICODE)
_HAS_TIME = re.compile(r"\d[:时点]\d")
_COLUMNS = [(table.name, column) for table in SOURCE_TABLES.values() for column in table.columns]
_DIALLED = re.compile(
    r"(?!\d{4}[-/.]\d{1,2}[-/.])'?[+(]?\d[\d\s().·-]{6,22}(?:(?:转|ext\.?|x)\s*\d{1,6})?", re.IGNORECASE
)
_WRITTEN_AS_PHONE = re.compile(  # of China; with a country's code; as North Americans write them
    r"(?:\+?86|0086)?1[3-9]\d{9}(?:\.0+)?|\+\d{8,15}|0\d{2,3}-\d{7,8}|(?:\+?1[ .-])?(?:\(\d{3}\) ?|\d{3}-)\d{3}-\d{4}"
)


@dataclass(frozen=True)
class Evidence:
    """`shares`: kind -> share of the filled cells that read as it; `orders`: order of dates -> the same; `words`:
    value -> cells, of a column of few codes; `masked`: forms of values, without what they say; `currencies`: code -> share
    of the cells that name it; `sketch`: the values whose hashes come first, in their order, by which columns are compared."""

    header: str
    rows: int
    filled: int
    distinct: int
    shares: Mapping[str, float] = field(default_factory=dict)
    orders: Mapping[str, float] = field(default_factory=dict)
    region: str = "CN"
    first: date | None = None
    last: date | None = None
    words: Mapping[str, int] = field(default_factory=dict)
    masked: tuple[str, ...] = ()
    currencies: Mapping[str, float] = field(default_factory=dict)
    sketch: tuple[str, ...] = ()

    @property
    def completeness(self) -> float:
        return self.filled / self.rows if self.rows else 0.0

    @property
    def is_key(self) -> bool:
        return self.rows > 1 and self.filled == self.rows == self.distinct

    def share(self, kind: str) -> float:
        return self.shares.get(kind, 0.0)


_FOUR_DIGITS = re.compile(r"\s*\d{4}(?:\.\d*)?\s*")


def evidence(connection: duckdb.DuckDBPyConnection, relation: str, header: str, serials: bool = False) -> Evidence:
    """What a column of a relation holds. `serials`: numbers may be Excel's days."""
    cell = f"CAST({sql.quoted(header)} AS VARCHAR)"
    cells = f"(SELECT {cell} AS v, COUNT(*) AS n FROM {relation} GROUP BY 1) AS c WHERE TRIM(v) <> ''"
    rows = sql.one(connection, f"SELECT COUNT(*) FROM {relation}")
    counts = connection.execute(f"SELECT COALESCE(SUM(n), 0), COUNT(*) FROM {cells}").fetchone() or (0, 0)
    sample = connection.execute(f"SELECT v, n FROM {cells} ORDER BY md5(v) LIMIT {_SAMPLE}").fetchall()
    kept = tuple(match_form(value) for value, _ in sample)
    ends = connection.execute(f"SELECT MIN(v), MAX(v) FROM {cells}").fetchone() or (None, None)
    found = _of_sample(header, rows, int(counts[0]), int(counts[1]), Counter(dict(sample)), ends, serials)
    return replace(found, sketch=kept)


def evidence_of_cells(header: str, cells: Sequence[str], serials: bool = False) -> Evidence:
    """What a column of some rows holds."""
    sample = Counter(cell for cell in cells if cell.strip())
    return _of_sample(header, len(cells), sample.total(), len(sample), sample, (), serials)


def _of_sample(
    header: str, rows: int, filled: int, distinct: int, sample: Counter[str], ends: Iterable[str | None], serials: bool
) -> Evidence:
    told = Counter({value: n for value, n in sample.items() if not nobody(value) or value == "0"}) or sample
    region, dialled = _phones(told)
    forms = {order: DateForm(order, serials) for order in ORDERS}
    orders = {order: _share(told, _is_date(form)) for order, form in forms.items()}
    shares = {kind: _share(told, test) for kind, test in _TESTS.items()} | _column_shares(told, distinct)
    shares |= {"dialled": dialled, "date": max(orders.values())}
    best = max(ORDERS, key=lambda order: orders[order])
    dates = [parse_datetime(v, forms[best]) for v in {*told, *filter(None, ends)}] if shares["date"] >= 0.5 else []
    days = sorted(moment.date() for moment in dates if moment)
    few = distinct <= _FEW and filled >= 2 * distinct and all(len(v) <= _LONGEST_CODE for v in sample)
    personal = max(shares["phone"], shares["email"]) > 0.2 or shares["date"] > 0.5
    return Evidence(
        header,
        rows,
        filled,
        distinct,
        shares,
        orders,
        region,
        days[0] if days else None,
        days[-1] if days else None,
        dict(sorted(sample.items(), key=lambda entry: (-entry[1], entry[0]))) if few and not personal else {},
        tuple(dict.fromkeys(map(masked, sorted(sample, key=lambda v: (-sample[v], v)))))[:_MASKED],
        _currencies(told, shares["number"]),
    )


def _currencies(sample: Counter[str], numbers: float) -> dict[str, float]:
    """Of amounts with a sign or code, and of codes alone: the likeliest currency of each."""
    found: Counter[str] = Counter()
    for value, n in sample.items():
        plain = match_form(value)
        meant = split_currency(plain)[1] if numbers > _HALF else (parse_currency(plain),)
        if meant and meant[0]:
            found[meant[0]] += n
    return {code: n / sample.total() for code, n in sorted(found.items())}


def shared(one: Evidence, other: Evidence) -> tuple[int, float]:
    """How many values two columns share as far as their sketches reach, and what part of the fewer that is."""
    ends = [
        _hash(column.sketch[-1]) for column in (one, other) if column.sketch and column.distinct > len(column.sketch)
    ]
    kept = [{v for v in column.sketch if not ends or _hash(v) <= min(ends)} for column in (one, other)]
    least = min(map(len, kept))
    both = len(kept[0] & kept[1])
    return both, both / least if least else 0.0


def _hash(value: str) -> str:
    return hashlib.md5(value.encode(), usedforsecurity=False).hexdigest()


def _is_date(form: DateForm) -> Callable[[str], bool]:
    """Days before 1927 as serial numbers are rather amounts."""
    return lambda value: not _FOUR_DIGITS.fullmatch(value) and parse_datetime(value, form) is not None


def _column_shares(sample: Counter[str], distinct: int) -> dict[str, float]:
    """'table.column' -> share, for columns that take certain words or numbers only."""
    if distinct > _MANY:
        return {}
    return {
        f"{table}.{column.name}": _share(
            sample, _word_test(table, column.name) if column.values else _within(table, column)
        )
        for table, column in _COLUMNS
        if column.values or column.low is not None
    }


def _within(table: str, column: Column) -> Callable[[str], bool]:
    """A number of the scale, or a word that stands for one."""
    low, high, words = column.low or 0, column.high or 0, known_values(table, column.name)

    def test(value: str) -> bool:
        number = parse_integer(value)
        return header_form(value) in words if number is None else low <= number <= high

    return test


def masked(value: str) -> str:
    """The form of a value: digits as 9, letters as A and a, Chinese as 某."""
    plain = match_form(value)[:_LONGEST_CODE]
    plain = re.sub(r"[\u3400-\u9fff]", "某", re.sub(r"\d", "9", plain))
    plain = "".join(c if c in "某9" or not c.isalpha() else "A" if c.isupper() else "a" for c in plain)
    return plain + ("…" if len(value) > _LONGEST_CODE else "")


def _share(sample: Counter[str], test: Callable[[str], bool]) -> float:
    total = sample.total()
    return sum(n for value, n in sample.items() if test(value)) / total if total else 0.0


def _phones(sample: Counter[str]) -> tuple[str, float]:
    """The region as whose numbers most values can be dialled, and their share."""
    likely = Counter({v: n for v, n in sample.items() if _DIALLED.fullmatch(match_form(v))})
    if not sample or likely.total() < 0.5 * sample.total():
        return REGIONS[0], 0.0
    few = Counter(dict(sorted(likely.items())[:: -(-len(likely) // _FEW_PHONES)]))  # mobiles and landlines alike
    best, most = REGIONS[0], 0.0
    for region in REGIONS:
        share = _share(few, _dialled_in(region))
        if share > most + 0.02:
            best, most = region, share
        if most >= 0.9:
            break
    return best, most * likely.total() / sample.total()


def _dialled_in(region: str) -> Callable[[str], bool]:
    return lambda value: parse_phone(value, region) is not None


def _word_test(table: str, column: str) -> Callable[[str], bool]:
    known = known_values(table, column)
    beside = {
        ("order_lines", "kind"): no_orders() | unpaid() | given_back(),
        ("visits", "status"): not_yet(),
    }.get((table, column), frozenset())

    def test(value: str) -> bool:
        form = header_form(value)
        return parse_word(value, table, column) is not None or form in known or form in beside

    return test


_MASKABLE = ("phone", "email", "customer_key")
_SHORT_MASK = re.compile(r"[^\W\d]{0,4}[*＊][^\W\d]{0,4}")  # 张*; not 500ml*2
_TESTS: dict[str, Callable[[str], bool]] = {
    "email": lambda v: "@" in match_form(v) and parse_email(v) is not None,
    "phone": lambda v: _WRITTEN_AS_PHONE.fullmatch(re.sub(r"(?<=\d)[ -](?=\d{4})", "", match_form(v))) is not None,
    "number": lambda v: parse_number(v) is not None,
    "integer": lambda v: (number := parse_number(v, 6)) is not None and number == number.to_integral_value(),
    "duration": lambda v: parse_duration(v, "hours") is not None,
    "rate": lambda v: (rate := parse_rate(v)) is not None and 0 <= rate < 1,
    "boolean": lambda v: parse_boolean(v) is not None,
    "id": lambda v: _ID.fullmatch(match_form(v)) is not None and any(c.isdigit() for c in v),
    "person": lambda v: _PERSON.fullmatch(match_form(v)) is not None,
    "time": lambda v: _HAS_TIME.search(v) is not None,
    "masked": lambda v: (
        any(is_masked(v, column) for column in _MASKABLE) or _SHORT_MASK.fullmatch(v.strip()) is not None
    ),
    "currency": lambda v: re.fullmatch("[A-Z]{3}|[a-z]{3}", match_form(v)) is not None and bool(currencies(v)),
}
