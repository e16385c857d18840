"""A draft of engagement.toml from what files seem to be: what is a guess says so, what nobody can guess is left open."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import get_args

from crm_lib.engagement_data import BASIS
from crm_lib.engagement_models import Industry, Report
from crm_lib.ingest.mapping import source_columns
from crm_lib.ingest.profile.files import Profile, Values
from crm_lib.ingest.profile.match import SURE, Suggestion, missing
from crm_lib.ingest.profile.notes import amount_header, are_people, is_table, notes, region_of, tax_headers
from crm_lib.ingest.profile.synonyms import all_complaints
from crm_lib.ingest.profile.together import (
    FEWEST_SHARED,
    NEARLY_ALL,
    SameMoney,
    as_one,
    free_ids,
    of_one_layout,
    same_money,
    same_numbers,
)
from crm_lib.ingest.profile.values import Evidence, shared
from crm_lib.ingest.readers.layout import looks_like_data
from crm_lib.ingest.values.currency_words import header_currency
from crm_lib.ingest.values.dates import says_utc
from crm_lib.ingest.values.durations import UNITS, unit_of
from crm_lib.ingest.values.tax_words import basis_of
from crm_lib.ingest.values.text import folded
from crm_lib.language import Catalogue, Value
from crm_lib.run.template import identifier, toml
from crm_lib.tables import DURATIONS, SOURCE_TABLES

OPEN = "?"  # stands where only the consultant knows; `check` names it
# Folders that are called after what they hold, not after whose it is.
GENERIC = frozenset(
    [
        "eng",
        "engagement",
        "engagements",
        "data",
        "client",
        "clients",
        "customer",
        "project",
        "export",
        "exports",
        "raw",
        "new",
        "tmp",
        "temp",
        "draft",
        "work",
        "demo",
        "test",
    ]
)
# Currency -> the zone and region where most of its users live.
PLACES = {
    "USD": ("America/New_York", "US"), "GBP": ("Europe/London", "GB"), "EUR": ("Europe/Berlin", "DE"),
    "HKD": ("Asia/Hong_Kong", "HK"), "SGD": ("Asia/Singapore", "SG"), "JPY": ("Asia/Tokyo", "JP"),
    "CHF": ("Europe/Zurich", "CH"), "PLN": ("Europe/Warsaw", "PL"), "AUD": ("Australia/Sydney", "AU"), "INR": ("Asia/Kolkata", "IN"), "TWD": ("Asia/Taipei", "TW"),
}  # fmt: skip
_BY_QUERY = ("sql", "parquet")  # formats of which a query says which rows are read
_UNASKED = ("csv",)  # formats that need no saying


def draft(found: Sequence[Profile], folder: Path, words: Catalogue, client: str = "", industry: str = "") -> str:
    """Text of the engagement.toml of a folder."""
    used = [one for one in found if is_table(one) and not one.hidden]
    lines = [_comment(line) for line in words.word("profile.draft.head").split("\n")]
    lines += [_id(folder, words), *_as_of(used, words), ""]
    lines += [*_client(words, client, industry), *_report(used, words), *_cycle(used, words)]
    names: list[str] = []
    spaces = key_spaces(used)
    doubled = same_money(used)
    main = main_currency(used) or Report().currency
    for group in of_one_layout(used):
        one = group[0]
        shared = next((spaces[id(each)] for each in group if id(each) in spaces), "")
        same = next((pair for pair in doubled if _first_told(pair, group, used)), None)
        lines += ["", *_doubled(one if same is None else same.other if same.other in group else same.one, same, words)]
        if len(group) > 1:
            files = ", ".join(_shown(each) for each in group)
            lines += [_comment(words.text("profile.draft.of_one_layout", n=len(group), files=files))]
        whole = as_one(group)
        foreign = code if (code := _header_currency(one)) != main else ""
        lines += _second_number(one, used, words)
        lines += [*_source(whole, _name(whole, names), folder, words, shared, _other_order(whole, used), foreign)]
    for one in found:
        if one not in used:
            why = "hidden" if one.hidden else "no_table"
            lines += ["", _comment(words.text(f"profile.draft.{why}", file=_shown(one)))]
            lines += [_comment(words.text(note)) for note in notes(one) if not one.hidden]
    return "\n".join(lines) + "\n"


def _first_told(pair: SameMoney, group: Sequence[Profile], used: Sequence[Profile]) -> bool:
    """Whether a group holds the later file of a pair and not both, of which one source is told by its account."""
    one, other = (any(each is side for each in group) for side in (pair.one, pair.other))
    return one != other and (other or used.index(pair.other) < used.index(pair.one))


def open_heads(folder: Path, client: str, industry: str) -> list[str]:
    """Keys at the head of the draft that only the consultant can set."""
    open_ = {
        "id": identifier(folder.resolve().name) in GENERIC,
        "client.name": not client,
        "client.industry": not industry,
    }
    return [name for name, lacking in open_.items() if lacking]


def _id(folder: Path, words: Catalogue) -> str:
    id = identifier(folder.resolve().name)
    return f"id = {toml(id)}" + (f"  # {words.word('profile.draft.change_id')}" if id in GENERIC else "")


def _doubled(one: Profile, same: SameMoney | None, words: Catalogue) -> Iterator[str]:
    if same:
        other = same.one if same.other is one else same.other
        args = {"file": _shown(other), "header": same.header, "n": same.orders}
        yield _comment(words.text("profile.draft.same_money", **args))


def _comment(text: str) -> str:
    return f"# {' '.join(text.split())}".rstrip()


def _check(words: Catalogue, why: str = "") -> str:
    if not why:
        return f"  # {words.word('profile.draft.check')}"
    return f"  # {words.text('profile.draft.check_why', why=' '.join(why.split()))}"


def _fill(words: Catalogue, what: str = "") -> str:
    return f"  # {words.text('profile.draft.fill_what', what=what) if what else words.word('profile.draft.fill')}"


def _last(used: Sequence[Profile]) -> date | None:
    """The last day of an event; appointments are agreed on ahead."""
    days = [
        d for one in used if one.guess.table not in ("customers", "campaigns", "visits") for d in [_span(one)[1]] if d
    ]
    return max(days, default=None)


def _span(one: Profile) -> tuple[date | None, date | None]:
    event = SOURCE_TABLES[one.guess.table].event
    names = {event, "ordered_at"} if event == "ordered_on" else {event}
    column = next((one.column(m.header) for m in one.mapping if m.column in names), None)
    return (column.first, column.last) if column else (None, None)


def _as_of(used: Sequence[Profile], words: Catalogue) -> Iterator[str]:
    last = _last(used)
    told = f"as_of = {last}" + _check(words, words.word("profile.draft.as_of"))
    yield told if last else "# as_of = 2026-06-30" + _fill(words)


def _client(words: Catalogue, client: str, industry: str) -> Iterator[str]:
    yield "[client]"
    sample = toml({"zh": "客户名称", "en": "Client's name"})
    yield f"name = {toml(client)}" if client else f"# name = {sample}" + _fill(words)
    known = ", ".join(get_args(Industry))
    yield f"industry = {toml(industry)}" if industry else f"industry = {toml(OPEN)}" + _fill(words, known)


def _report(used: Sequence[Profile], words: Catalogue) -> list[str]:
    """What the data say of currency and place, beside the defaults."""
    phones = Counter[str]()
    for one in used:
        phones[region_of(one)] += sum(one.column(pair.header).filled for pair in one.mapping if pair.column == "phone")
    ours = phones.pop("", 0)
    regions = sorted((region for region in phones if phones[region] > ours), key=lambda name: (-phones[name], name))
    found = [f'phone_region = "{region}"' + _check(words) for region in regions]
    lines = [*found[:1], *(f"# {line}" for line in found[1:])]
    if code := main_currency(used):
        why = words.word("profile.draft.currency")
        zone, region = PLACES.get(code, ("", ""))
        lines = [f'currency = "{code}"' + _check(words, why), *lines]
        lines += [f'# time_zone = "{zone}"' + _check(words)] if zone else []
        lines += [f'# phone_region = "{region}"' + _check(words)] if region and not found else []
    return ["", "[report]", *lines] if lines else []


def main_currency(used: Sequence[Profile]) -> str:
    """The currency that most rows of the files with amounts name, where it is not the default; '' where none does."""
    named: dict[str, float] = {}
    rows = 0
    for one in (one for one in used if one.guess.table == "order_lines"):
        said = [one.column(pair.header) for pair in one.mapping if pair.column in ("currency", "amount")]
        filled = next((one.column(p.header).filled for p in one.mapping if p.column == "amount"), one.rows)
        rows += filled
        if code := _header_currency(one):
            named[code] = named.get(code, 0.0) + filled
            continue
        best = max(said, key=lambda column: sum(column.currencies.values()), default=None)
        for code, share in best.currencies.items() if best else ():
            named[code] = named.get(code, 0.0) + share * best.filled if best else 0.0
    code = max(sorted(named), key=lambda name: named[name], default="")
    return code if code and named[code] > rows / 2 and code != Report().currency else ""


def _header_currency(one: Profile) -> str:
    """The currency that the header of the amounts names, where no column says that of each row; '' where none is."""
    mapped = {pair.column: pair.header for pair in one.mapping}
    return "" if "currency" in mapped else header_currency(mapped.get("amount", ""))


def key_spaces(used: Sequence[Profile]) -> dict[int, str]:
    """id of a profile -> name of the key space that it shares with others, by the customer numbers that they share."""
    keyed = [(one, one.column(p.header)) for one in used for p in one.mapping if p.column == "customer_key"]
    group = {id(one): id(one) for one, _ in keyed}
    for i, (one, column) in enumerate(keyed):
        for other, against in keyed[i + 1 :]:
            both, share = shared(column, against)
            if both >= FEWEST_SHARED and share >= NEARLY_ALL:
                old, new = group[id(other)], group[id(one)]
                group = {k: new if g == old else g for k, g in group.items()}
    groups = [g for g in dict.fromkeys(group.values()) if list(group.values()).count(g) > 1]
    names = {g: "client" if i == 1 else f"client_{i}" for i, g in enumerate(groups, 1)}
    return {k: names[g] for k, g in group.items() if g in names}


def _second_number(one: Profile, used: Sequence[Profile], words: Catalogue) -> list[str]:
    """Of a list of customers with two numbers (a CRM's and an ERP's), the one that is not mapped and by which other files
    name customers: what joins them all."""
    first = next((pair.header for pair in one.mapping if pair.column == "customer_key"), "")
    if one.guess.table != "customers" or not first or are_people(one):
        return []
    lines = []
    for column in free_ids(one):
        by = [other for other in used if other is not one and (key := _key_of(other)) and same_numbers(column, key)]
        if by:
            query = f'CASE WHEN "{column.header}" <> \'\' THEN "{column.header}" ELSE "{first}" END'
            files = ", ".join(dict.fromkeys(_shown(other) for other in by))
            said = words.text(
                "profile.draft.second_number", header=column.header, files=files, first=first, query=query
            )
            lines += [_comment(line) for line in said.split("\n")]
    return lines


def _key_of(one: Profile) -> Evidence | None:
    return next((one.column(pair.header) for pair in one.mapping if pair.column == "customer_key"), None)


def _other_order(one: Profile, used: Sequence[Profile]) -> tuple[str, str]:
    """The order of dates of another file that leaves no choice, and that file's name, for a file that leaves one."""
    if not one.date_order or one.order_sure:
        return "", ""
    return next(
        ((other.date_order, _shown(other)) for other in used if other.date_order and other.order_sure), ("", "")
    )


def _cycle(used: Sequence[Profile], words: Catalogue) -> list[str]:
    lines = ["", "[[cycles]]", "number = 1"]
    last, first = _last(used), min((d for one in used for d in [_span(one)[0]] if d), default=None)
    if last is None:
        return [*lines, "# baseline = 2026-03-31" + _fill(words), "# start = 2026-04-01" + _fill(words)]
    baseline = max(_months_before(last, 3), first or date.min)
    why = words.word("profile.draft.baseline")
    return [*lines, f"baseline = {baseline}" + _check(words, why), f"start = {baseline + timedelta(days=1)}"]


def _months_before(day: date, months: int) -> date:
    """The last day of a month, so many months before the month of `day`."""
    index = day.year * 12 + day.month - months
    return date(index // 12, index % 12 + 1, 1) - timedelta(days=1)


def _name(one: Profile, taken: list[str]) -> str:
    """A short name that no source has yet: of the file and sheet, or where these are not in our letters, of the table."""
    said = f"{one.path.stem} {one.sheet}".strip() if one.format != "sql" else one.sheet
    said = " ".join(dict.fromkeys(said.split()))
    if not said.isascii():
        said = " ".join([one.guess.table, *re.findall(r"[0-9]+", one.path.stem)])
    base = identifier(said)
    base = base if base != "engagement" else one.guess.table
    name = next(n for n in [base, *(f"{base}_{i}" for i in range(2, 10_000))] if n not in taken)
    taken.append(name)
    return name


def _source(
    one: Profile, name: str, folder: Path, words: Catalogue, key_space: str, other: tuple[str, str], currency: str
) -> Iterator[str]:
    sure = words.text("profile.draft.sure", sure=Value("percent", one.guess.confidence))
    for note in notes(one):
        yield _comment(words.text(note))
    yield "[[sources]]"
    yield f"name = {toml(name)}"
    yield f"table = {toml(one.guess.table)}" + ("" if one.guess.confidence >= SURE else _check(words, sure))
    if one.format == "sql":
        address = f"sqlite:////{one.path.resolve().as_posix().lstrip('/')}"
        why = words.text("profile.draft.url_file", address=address)
        yield f"url_file = {toml(f'~/.crm/{identifier(folder.resolve().name)}.url')}" + _fill(words, why)
    else:
        yield f"file = {toml(_file(one.path, folder))}"
    if key_space:
        yield f"key_space = {toml(key_space)}" + _check(words, words.word("profile.draft.key_space"))
    if one.format not in _UNASKED:
        yield f"format = {toml(one.format)}"
    for key, value in one.settings.items():
        yield f"{key} = {toml(value)}" + (_check(words) if key == "encoding" else "")
    if one.date_order:
        yield from _date_order(one, other, words)
    yield from _zone(one, words)
    if one.amount_unit != 1:
        yield f"amount_unit = {one.amount_unit}" + _check(words)
    yield from _durations(one, words)
    if are_people(one):
        yield "people = true" + _check(words, words.word("profile.draft.people"))
    if tax_headers(one):
        yield from _tax(one, words)
    if currency:
        why = words.text("profile.draft.header_currency", header=amount_header(one))
        yield f"constants = {toml({'currency': currency})}" + _check(words, why)
    mapped = {pair.column for pair in one.mapping}
    if one.guess.table == "tickets" and "kind" not in mapped and all_complaints(f"{one.path.stem} {one.sheet}"):
        constant = toml({"kind": "complaint"})
        yield f"constants = {constant}" + _check(words, words.word("profile.draft.all_complaints"))
    yield from _whole_order(one, words)
    yield from _not_data(one, words)
    yield from _columns(one, words)
    for column, said in one.values.items():
        yield from _values(column, said, one, words)


def _date_order(one: Profile, other: tuple[str, str], words: Catalogue) -> Iterator[str]:
    """An order that the file itself does not tell is proposed only."""
    if one.order_sure:
        yield f"date_order = {toml(one.date_order)}"
    elif other[0]:
        yield f"# date_order = {toml(other[0])}" + _check(words, words.text("profile.draft.as_other", file=other[1]))
    else:
        yield f"# date_order = {toml(one.date_order)}" + _check(words, words.word("profile.draft.any_order"))


def _zone(one: Profile, words: Catalogue) -> Iterator[str]:
    """Of a file whose headers say UTC: proposed only where its other times say nothing of it."""
    columns = {column.name: column for column in source_columns(SOURCE_TABLES[one.guess.table])}
    timed = [p.header for p in one.mapping if columns[p.column].type in ("DATE", "TIMESTAMP")]
    timed = [header for header in timed if one.column(header).share("time") > 0]
    if said := [header for header in timed if says_utc(header)]:
        aside = "" if len(said) == len(timed) else "# "
        yield f'{aside}time_zone = "UTC"' + _check(words, words.text("profile.draft.time_zone", header=said[0]))


def _not_data(one: Profile, words: Catalogue) -> Iterator[str]:
    """Orders that came to nothing or were given back in the row of their sale; a query leaves them out by itself."""
    told = [said for said in one.values.values() if said.not_data or said.given_back]
    if not told:
        return
    line = f"not_data = {toml({said.header: (*said.not_data, *said.given_back) for said in told})}"
    if one.format in _BY_QUERY:
        yield f"# {line}" + _fill(words, words.word("profile.draft.no_orders_query"))
    else:
        none = "not_yet" if one.guess.table == "visits" else "no_orders"
        none = "prepaid" if any(said.prepaid for said in told) else none
        back = "given_back" if any(said.given_back for said in told) else none
        yield line + _check(words, words.word(f"profile.draft.{back}"))


def _whole_order(one: Profile, words: Catalogue) -> Iterator[str]:
    """An order's first row speaks for its others; money given back in the row of the sale is taken off."""
    if one.whole.header:
        yield f"whole_order = {toml(one.whole.header)}" + _check(words, words.word("profile.draft.whole_order"))
        if one.whole.parts:
            yield f"split_by = {toml(one.whole.parts)}" + _check(words)
    if one.whole.given_back:
        yield f"given_back = {toml(one.whole.given_back)}" + _check(
            words, words.word("profile.draft.given_back_amount")
        )


def _durations(one: Profile, words: Catalogue) -> Iterator[str]:
    """Durations whose header does not say what their numbers count."""
    open_ = [
        pair.column
        for pair in one.mapping
        if pair.column in DURATIONS and not unit_of(pair.header) and one.column(pair.header).share("number") > 0
    ]
    if open_:
        yield f"# duration_units = {toml(dict.fromkeys(open_, OPEN))}" + _fill(words, ", ".join(UNITS))


def _tax(one: Profile, words: Catalogue) -> Iterator[str]:
    """Proposed only: with it each other source of amounts has to say the same."""
    said = basis_of(amount_header(one))
    known = words.word("profile.draft.tax") if said else ""
    yield f"# tax = {toml(said or OPEN)}" + (_check(words, known) if said else _fill(words, ", ".join(BASIS)))


def _file(path: Path, folder: Path) -> str:
    """As seen from the engagement's folder, where it lies in it."""
    whole, root = path.resolve(), folder.resolve()
    return whole.relative_to(root).as_posix() if whole.is_relative_to(root) else whole.as_posix()


def _shown(one: Profile) -> str:
    return f"{one.path.name} [{one.sheet}]" if one.sheet else one.path.name


def _columns(one: Profile, words: Catalogue) -> Iterator[str]:
    yield "[sources.columns]"
    open_ = _open(one)
    for pair in one.mapping:
        line = f"{pair.column} = {toml(pair.header)}"
        if pair.column in open_ and folded(pair.header) == pair.column:  # it would be read all the same
            told = words.text("profile.draft.either_own", column=pair.column, header=toml(pair.header))
            yield f'{pair.column} = ""' + _check(words, told)
        elif pair.column in open_:
            yield f"# {line}" + _check(words, words.text("profile.draft.either", column=pair.column))
        else:
            yield line + ("" if pair.confidence >= SURE else _check(words, why(pair, words)))
    for column in missing(one.guess.table, one.mapping):
        yield f"# {column} = {toml(OPEN)}" + _fill(words, words.word("profile.draft.nothing_fits"))
    used = {pair.header for pair in one.mapping}
    left = [c.header for c in one.columns if c.header not in used and not looks_like_data([c.header])]
    given, ours = {pair.column for pair in one.mapping}, source_columns(SOURCE_TABLES[one.guess.table])
    alike = sorted({c.name for c in ours if not c.required} & set(map(folded, left)) - given)
    for column in alike:
        yield f'{column} = ""' + _check(words, words.text("profile.draft.own_name", column=column))
    if left:
        yield _comment(words.text("profile.draft.not_used", headers=", ".join(left)))


def _open(one: Profile) -> set[str]:
    """Columns that may be left out, some of whose words nobody knows."""
    table = {column.name: column for column in SOURCE_TABLES[one.guess.table].columns}
    return {name for name, said in one.values.items() if (said.unknown or said.unpaid) and not table[name].required}


def why(pair: Suggestion, words: Catalogue) -> str:
    reason = words.text(f"profile.reason.{pair.reason}")
    return words.text("profile.draft.because", sure=Value("percent", pair.confidence), reason=reason)


def _values(column: str, said: Values, one: Profile, words: Catalogue) -> Iterator[str]:
    """Words that are known are mapped; for the others the consultant chooses."""
    if not said.known and not said.unpaid and not said.unknown:
        return
    aside = "# " if column in _open(one) else ""
    yield f"{aside}[sources.values.{column}]"
    for word, ours in said.known.items():
        yield f"{aside}{_key(word)} = {toml(ours)}" + _check(words)
    of = SOURCE_TABLES[one.guess.table].column(column)
    scale = map(str, range(int(of.low or 0), int(of.high or 0) + 1)) if of.low is not None else ()
    allowed = ", ".join(of.values or scale)
    for word in said.unpaid:
        yield f"# {_key(word)} = {toml(OPEN)}" + _fill(words, words.word("profile.draft.unpaid"))
    for word in said.unknown:
        yield f"# {_key(word)} = {toml(OPEN)}" + _fill(words, allowed)


def _key(word: str) -> str:
    return json.dumps(" ".join(word.split()), ensure_ascii=False)
