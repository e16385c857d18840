"""Which canonical table a file is and which of its headers is which column: by names first, by values where they tell."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

from crm_lib.ingest.mapping import ABOUT_CUSTOMERS, SURROGATE_IDS, source_columns
from crm_lib.ingest.profile.synonyms import (
    ACCOUNTS,
    ASKS_TO_RECOMMEND,
    BIRTH,
    GENERIC_IDS,
    NAMES_OF_OTHERS,
    NO_GOODS,
    NUMBERS_OF_OTHERS,
    PEOPLE,
    PRICES,
    ROLES,
    TABLES,
    header_form,
    header_words,
    is_another_sum,
    is_chinese,
    is_complaint_flag,
    is_dependants,
    names_of,
)
from crm_lib.ingest.profile.values import Evidence
from crm_lib.ingest.readers.two_headers import JOINT
from crm_lib.ingest.values.currency_words import currencies
from crm_lib.tables import DURATIONS, IDENTITY, SOURCE_TABLES, Column

PROPOSED = 0.5  # a lower confidence proposes nothing
SURE = 0.8  # a lower one is to be checked
DOUBTED = 0.6  # at most, of a column some of whose words nobody knows
_JOINED = 0.78  # what stands above may say otherwise
MOSTLY_MASKED = 0.5  # of the values: many people have one
_READS_AS = 0.95  # share of values that settles what a column is
_MOST_RATES = 30  # different rates of tax; a column with more holds amounts of it
_PERSONAL = ("birth_date", "name")
_MONEY = ("amount", "cost", "discount", "tax_amount")
_IDENTITY = tuple(column.name for column in IDENTITY)
# Groups of columns of which a file of the table has at least one each.
_ESSENTIAL: dict[str, tuple[tuple[str, ...], ...]] = {
    "customers": (_IDENTITY, ("joined_on", "tier", "gender", "birth_date", "city", "join_channel", "company_size", "owner")),
    "order_lines": (("order_id",), ("ordered_on", "ordered_at"), ("amount",), ("product_name", "product_id", "quantity", "kind", *_IDENTITY)),
    "tickets": (("ticket_id",), ("opened_at",), ("closed_at", "first_response_at", "closed_in", "first_response_in", "description", "reason", "csat")),
    "interactions": (("happened_at",), ("outcome", "note", "direction", "need"), _IDENTITY),
    "surveys": (("answered_on",), ("nps", "csat"), ("nps", "csat", "comment")),
    "campaigns": (("campaign_id",), ("starts_on",), ("ends_on", "cost", "name")),
    "campaign_members": (("campaign_id",), ("sent_on",), _IDENTITY, ("arm", "responded_on")),
    "loyalty": (("entry_id",), ("occurred_on",), ("points",), _IDENTITY),
    "visits": (("visited_at",), _IDENTITY, ("status", "kind", "store", "owner", "channel")),
}  # fmt: skip


@dataclass(frozen=True)
class Suggestion:
    """`reason` is one of 'header', 'header_values', 'similar', 'values', 'doubtful' (words `profile.reason.<reason>`)."""

    column: str
    header: str
    confidence: float
    reason: str


@dataclass(frozen=True)
class TableGuess:
    table: str
    confidence: float
    mapping: tuple[Suggestion, ...]


@cache
def header_score(header: str, table: str, column: str) -> float:
    """0 to 1: how much a header sounds like a column of a table. Of one of several rows the last says what it is."""
    whole, last = _score(header, table, column), header.rpartition(JOINT)[2]
    return max(whole, _JOINED * _score(last, table, column)) if last != header else whole


def _score(header: str, table: str, column: str) -> float:
    """The first names of the list are the best."""
    form, words = header_form(header), frozenset(header_words(header))
    own = frozenset(TABLES[table].split("|"))  # an order's date is the date where everything is an order
    if not form or _other_thing(table, column, form, words) or (column in _PERSONAL and is_dependants(header)):
        return 0.0
    names = names_of(table, column)
    forms = [name for name, _ in names]
    if column == "nps" and form not in forms and any(all(one in form for one in asks) for asks in ASKS_TO_RECOMMEND):
        return 0.95
    if form in forms:
        return 1 - 0.0005 * min(forms.index(form), 100)
    if column == "amount" and is_another_sum(header):
        return 0.0
    if _other_ending(form) in forms:
        return 0.95
    if form in GENERIC_IDS and column in (SOURCE_TABLES[table].key[0], "customer_key"):
        return 0.7 if column == SOURCE_TABLES[table].key[0] or table == "customers" else 0.3
    spoken = own.union(*(one for _, one in names))
    if column not in _IDENTITY and words - own in {frozenset(one) for _, one in names}:
        return 0.95
    if column in _MONEY and frozenset(word for word in words if not currencies(word)) in {
        frozenset(w) for _, w in names
    }:
        return 0.95  # Net amount EUR
    return max((_likeness(form, words, name, frozenset(one), spoken) for name, one in names), default=0.0)


def _other_thing(table: str, column: str, form: str, words: frozenset[str]) -> bool:
    """A plain date is no birthday, the name of a campaign or product is no customer's, and the number of who asked is none
    of what was asked."""
    if column == "birth_date":
        return not any(word in form for word in BIRTH)
    if column == "category" and form.startswith(NO_GOODS):
        return True
    if column == "refund_of" and form in _orders() and form not in {name for name, _ in names_of(table, column)}:
        return True  # the number of a contract or order of its own is none of another one's
    if column == SOURCE_TABLES[table].key[0] and table != "customers" and words & ROLES:
        return True
    return column == "name" and table != "campaigns" and bool(words & NAMES_OF_OTHERS)


@cache
def _orders() -> frozenset[str]:
    return frozenset(name for name, _ in names_of("order_lines", "order_id"))


def _other_ending(form: str) -> str:
    """A day for a moment, a moment for a day: exports say either of both."""
    stem = form[:-2]
    return stem + "时间" if form.endswith("日期") else stem + "日期" if form.endswith("时间") else ""


def _likeness(form: str, words: frozenset[str], name: str, named: frozenset[str], spoken: frozenset[str]) -> float:
    if is_chinese(form) or is_chinese(name):
        return _chinese_likeness(form, name)
    if named <= words:
        return (0.55 if words <= spoken else 0.3) + 0.4 * len(named) / len(words)
    if words < named:
        return 0.4 + 0.3 * len(words) / len(named)
    near = len(form) > 4 and abs(len(form) - len(name)) <= 2 and form[0] == name[0]
    ratio = difflib.SequenceMatcher(None, form, name).ratio() if near else 0.0
    return 0.8 * ratio if ratio >= 0.88 else 0.0


def _chinese_likeness(form: str, name: str) -> float:
    """A name at the end of a header is what the header is of: 买家会员手机号."""
    if len(name) >= 2 and name in form:
        return (0.55 if form.endswith(name) else 0.4) + 0.4 * len(name) / len(form)
    if len(form) >= 2 and form in name:
        return 0.4 + 0.3 * len(form) / len(name)
    return 0.0


def fit(table: str, column: Column, found: Evidence) -> float:
    """Share of the values that could stand in the column."""
    share = found.share
    if column.name == "arm" and found.distinct == 2 and share(f"{table}.arm"):
        return 1.0  # one word names the control group: the other is that of those who were sent something
    if is_complaint_flag(table, column.name, found.header):
        return share("boolean")
    if column.name == "role" and share("customers.gender") >= 0.5:
        return 0.0  # Mr, Mrs, Ms: how somebody is addressed
    if column.name == "tax_rate":
        return share("rate") * (1 if found.distinct <= _MOST_RATES else 0.3)
    if column.name in DURATIONS:
        return share("duration")
    if column.values or column.low is not None:
        return share(f"{table}.{column.name}")
    if column.name == "phone":
        return max(share("phone"), share("dialled"))
    if column.name == "email":
        return share("email")
    if column.type in ("DATE", "TIMESTAMP"):
        timed = share("time") >= 0.5
        return share("date") * (1 if timed == (column.type == "TIMESTAMP") else 0.9)
    if column.type == "BOOLEAN":
        return share("boolean")
    if column.type == "BIGINT":
        return share("integer")
    if column.type.startswith("DECIMAL"):
        return share("number") * (0.3 if share("phone") >= _READS_AS else 1)
    if column.name == "contact":
        return 1 - share("id")  # a person's name, not the number of one
    if column.name == "currency":
        return share("currency")
    if column.name == "name" and table != "campaigns":
        return share("person") * (0.5 if share("id") >= _READS_AS else 1)  # names of people have no digits
    if column.name == "customer_key" and share("masked") >= MOSTLY_MASKED:
        return 0.0
    if column.name == "customer_key" or column.name.endswith("_id") or column.name == "refund_of":
        return max(share("id"), 1 - max(share("date"), share("email"), 0.3))
    return 1 - 0.8 * max(share("phone"), share("email"), share("date") if share("id") < 1 else 0, share("number") * 0.5)


def confidence(table: str, column: Column, found: Evidence) -> Suggestion:
    """How sure it is that the header is of the column, and why."""
    name = header_score(found.header, table, column.name)
    if not found.filled:
        return Suggestion(column.name, found.header, 0.6 * name, "header")
    fits = fit(table, column, found)
    by_values = _by_values(table, column, found, fits)
    by_name = name * (0.5 + 0.5 * fits) if fits >= 0.5 else 0.6 * name * fits
    if column.name != "phone" and found.share("phone") >= _READS_AS:
        by_name *= 0.65
    if by_values > by_name:
        return Suggestion(column.name, found.header, by_values, "values" if name < 0.5 else "header_values")
    reason = (
        "doubtful" if fits < 0.8 else "similar" if name < 0.9 else "header_values" if _telling(column) else "header"
    )
    return Suggestion(column.name, found.header, by_name, reason)


def _telling(column: Column) -> bool:
    """Whether values can bear a header out."""
    return column.type != "VARCHAR" or bool(column.values) or column.name in ("phone", "email")


def _by_values(table: str, column: Column, found: Evidence, fits: float) -> float:
    """Confidence where the header is not asked."""
    if fits < _READS_AS:
        return 0.0
    if column.name in ("phone", "email") and found.share(column.name) >= _READS_AS:
        return 0.96 * fits
    words = found.distinct >= 2 and found.share("number") < 0.5
    return 0.7 if (table, column.name) == ("customers", "gender") and words else 0.0


def guess_table(columns: Sequence[Evidence], said: str = "") -> TableGuess:
    """The most likely table of a file; `said` is the name of file and sheet."""
    guesses = [_guess(table, columns, said) for table in SOURCE_TABLES]
    first, second = sorted(guesses, key=lambda guess: -guess.confidence)[:2]
    margin = min(1.0, (first.confidence - second.confidence) / 0.15)
    sure = first.confidence * (0.7 + 0.3 * margin)
    if len(lacking_groups(first)) > 1:  # a day and a department are no orders
        sure = min(sure, 0.9 * PROPOSED)
    return TableGuess(first.table, sure, first.mapping)


def _guess(table: str, columns: Sequence[Evidence], said: str) -> TableGuess:
    mapping = map_headers(table, columns)
    sure = {one.column: one.confidence for one in mapping}
    groups = _ESSENTIAL[table]
    essential = sum(max((sure.get(name, 0.0) for name in group), default=0.0) for group in groups) / len(groups)
    named = {one.header for one in mapping}
    explained = sum(sure.values()) / max(1, sum(1 for c in columns if c.filled or c.header in named))
    single = _one_row_each(table, mapping, columns)
    words = any(word in header_form(said) for word in TABLES[table].replace(" ", "").split("|"))
    named_arms = table == "campaign_members" and min(sure.get("campaign_id", 0.0), sure.get("arm", 0.0)) >= DOUBTED
    if table == "customers":
        mapping = _of_an_account(mapping, columns)
        single *= 0.6 if any(c.is_key and header_form(c.header) in NUMBERS_OF_OTHERS for c in columns) else 1.0
    if table == "campaigns":
        mapping = _told_by_name(mapping, columns)
    words = words or named_arms  # who was sent what and who was held out: no other list says it
    return TableGuess(table, (0.55 * essential + 0.25 * explained + 0.2 * words) * single, mapping)


def _told_by_name(mapping: tuple[Suggestion, ...], columns: Sequence[Evidence]) -> tuple[Suggestion, ...]:
    """A list of campaigns without numbers, each of a name of its own: the lists of recipients tell them by it."""
    mapped = {one.column: one for one in mapping}
    name = mapped.get("name")
    if name is None or "campaign_id" in mapped:
        return mapping
    alone = any(c.header == name.header and c.filled and c.distinct == c.filled for c in columns)
    return (replace(name, column="campaign_id"), *mapping) if alone else mapping


def _of_an_account(mapping: tuple[Suggestion, ...], columns: Sequence[Evidence]) -> tuple[Suggestion, ...]:
    """Of a list of contacts that names person and account, the account is the customer and the person its contact."""
    mapped = {one.column: one for one in mapping}
    name = mapped.get("name")
    if name is None or "contact" in mapped or not {"role", "is_primary", "decides"} & {*mapped}:
        return mapping
    used = {one.header for one in mapping} - {name.header}
    account = next((c.header for c in columns if c.header not in used and header_form(c.header) in ACCOUNTS), "")
    person = next((c.header for c in columns if c.header not in used and header_form(c.header) in PEOPLE), "")
    if not account or not person or account == person:
        return mapping
    pairs = {"name": account, "contact": person}
    changed = [Suggestion(column, header, name.confidence, name.reason) for column, header in pairs.items()]
    order = [column.name for column in source_columns(SOURCE_TABLES["customers"])]
    kept = [one for one in mapping if one.column != "name"]
    return tuple(sorted([*kept, *changed], key=lambda one: order.index(one.column)))


def lacking_groups(guess: TableGuess) -> list[tuple[str, ...]]:
    """Groups of columns of each of which a file of the table has one, where it has none."""
    found = {one.column for one in guess.mapping}
    return [group for group in _ESSENTIAL[guess.table] if not found & set(group)]


def _one_row_each(table: str, mapping: Sequence[Suggestion], columns: Sequence[Evidence]) -> float:
    """A list of customers, tickets or campaigns names each of them once: 1 where it does, less where it repeats them."""
    wanted = (
        _IDENTITY[:3]
        if table == "customers"
        else SOURCE_TABLES[table].key
        if len(SOURCE_TABLES[table].key) == 1
        else ()
    )
    headers = {one.header for one in mapping if one.column in wanted}
    shares = [c.distinct / c.filled for c in columns if c.header in headers and c.filled]
    return 0.6 + 0.4 * max(shares) ** 2 if shares else 1.0


def map_headers(table: str, columns: Sequence[Evidence]) -> tuple[Suggestion, ...]:
    """The surest pairs of header and column, each once, in the order of the table's columns."""
    order = {column.name: i for i, column in enumerate(source_columns(SOURCE_TABLES[table]))}
    pairs = [confidence(table, column, found) for column in source_columns(SOURCE_TABLES[table]) for found in columns]
    position = {found.header: i for i, found in enumerate(columns)}
    pairs = sorted(
        (pair for pair in pairs if pair.confidence >= PROPOSED),
        key=lambda pair: (-round(pair.confidence, 6), order[pair.column], position[pair.header]),
    )
    chosen: dict[str, Suggestion] = {}
    used: set[str] = set()
    for pair in pairs:
        if pair.column not in chosen and pair.header not in used and not _said_already(pair.column, chosen):
            chosen[pair.column] = pair
            used.add(pair.header)
    amount = chosen.get("amount")
    if (
        amount is not None and header_form(amount.header) in PRICES and "quantity" in chosen
    ):  # of a piece or of the line
        chosen["amount"] = replace(amount, confidence=min(amount.confidence, DOUBTED), reason="doubtful")
    return tuple(sorted(chosen.values(), key=lambda pair: order[pair.column]))


def _said_already(column: str, chosen: Mapping[str, Suggestion]) -> bool:
    """The day of an order follows from its moment: of two columns only one is taken."""
    return {"ordered_on": "ordered_at", "ordered_at": "ordered_on"}.get(column) in chosen


def missing(table: str, mapping: Sequence[Suggestion]) -> list[str]:
    """Required columns that nothing was found for."""
    found = {one.column for one in mapping}
    needed = [
        column.name
        for column in source_columns(SOURCE_TABLES[table])
        if column.required and column.name != SURROGATE_IDS.get(table)
    ]
    lacking = [name for name in needed if name not in found and not (name == "ordered_on" and "ordered_at" in found)]
    about = table in ABOUT_CUSTOMERS
    return lacking + (["customer_key"] if about and not found & set(_IDENTITY) else [])
