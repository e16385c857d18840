"""What files tell of each other: customer numbers by the values that they share, the same money in two files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from crm_lib.ingest.mapping import source_columns
from crm_lib.ingest.profile.files import Profile, Values, taken_off
from crm_lib.ingest.profile.match import Suggestion
from crm_lib.ingest.profile.notes import is_table
from crm_lib.ingest.profile.synonyms import header_form, ways_added
from crm_lib.ingest.profile.values import Evidence, shared
from crm_lib.tables import SOURCE_TABLES

FEWEST_SHARED = 10  # numbers
NEARLY_ALL = 0.8  # of the numbers of the file with fewer
_SHARED = 0.75  # how sure a column is a customer's number whose values are those of the list of customers
_IS_ID = 0.95  # of the values
_TEXTS = ("csv", "tsv")
_SEVERAL = 2  # orders of dates
_FEWEST_LETTERS = 3  # with which all names begin
_OTHERS = ("date", "phone", "email")


@dataclass(frozen=True)
class SameMoney:
    """`header` of one file holds the order numbers of the other, and both have amounts."""

    one: Profile
    other: Profile
    header: str
    orders: int


def with_shared_keys(found: Sequence[Profile]) -> list[Profile]:
    """The same profiles; those without a customer number have the column whose values are a list of customers' own."""
    used = [one for one in found if is_table(one)]
    keys = [(one, column) for one in used if (column := _own_key(one, used))]
    return [_keyed(one, keys) if one in used else one for one in found]


def without_ways_added(found: Sequence[Profile]) -> list[Profile]:
    """The same profiles; how a contact of WeCom was added is no channel of joining where another list tells that."""
    told = [one for one in found if is_table(one) and one.guess.table == "customers" and _joined_by(one)]
    ways = [one for one in told if _says_ways(_joined_by(one))]
    return [_without_channel(one) if one in ways and len(told) > len(ways) else one for one in found]


def _joined_by(one: Profile) -> Evidence | None:
    return next((one.column(pair.header) for pair in one.mapping if pair.column == "join_channel"), None)


def _says_ways(column: Evidence | None) -> bool:
    words = column.words if column else {}
    known = sum(n for word, n in words.items() if header_form(word) in ways_added())
    return bool(words) and known >= NEARLY_ALL * sum(words.values())


def _without_channel(one: Profile) -> Profile:
    kept = tuple(pair for pair in one.mapping if pair.column != "join_channel")
    return replace(one, guess=replace(one.guess, mapping=kept))


def _own_key(one: Profile, used: Sequence[Profile]) -> Evidence | None:
    """The customer number of a list of customers: as mapped, else an identifier of its own that other files name."""
    if one.guess.table != "customers":
        return None
    mapped = {pair.column: pair.header for pair in one.mapping}
    if "customer_key" in mapped:
        return one.column(mapped["customer_key"])
    free = [column for column in free_ids(one) if column.is_key]
    named = [
        (sum(same_numbers(column, c) for other in used if other is not one for c in free_ids(other)), -i)
        for i, column in enumerate(free)
    ]
    times, at = max(named, default=(0, 0))
    return free[-at] if times else None


def free_ids(one: Profile) -> list[Evidence]:
    """Columns of identifiers that are mapped to nothing."""
    mapped = {pair.header for pair in one.mapping}
    return [
        column
        for column in one.columns
        if column.header not in mapped and column.share("id") >= _IS_ID and max(map(column.share, _OTHERS)) < 0.5
    ]


def same_numbers(one: Evidence, other: Evidence) -> bool:
    both, share = shared(one, other)
    return both >= FEWEST_SHARED and share >= NEARLY_ALL


def _keyed(one: Profile, keys: Sequence[tuple[Profile, Evidence]]) -> Profile:
    names = [column.name for column in source_columns(SOURCE_TABLES[one.guess.table])]
    if "customer_key" not in names or any(pair.column == "customer_key" for pair in one.mapping):
        return one
    fitting = [
        (header_form(column.header) == header_form(key.header), shared(column, key)[1], -i, column.header)
        for i, column in enumerate(free_ids(one))
        for owner, key in keys
        if (owner is one and column is key) or (owner is not one and same_numbers(column, key))
    ]
    if not fitting:
        return one
    pair = Suggestion("customer_key", max(fitting)[-1], _SHARED, "shared")
    mapping = sorted([*one.mapping, pair], key=lambda pair: names.index(pair.column))
    return replace(one, guess=replace(one.guess, mapping=tuple(mapping)))


def same_money(found: Sequence[Profile]) -> list[SameMoney]:
    """Pairs of files with amounts one of which names the orders of the other: bills and their payments, for one."""
    used = [one for one in found if is_table(one) and not one.hidden and one.guess.table == "order_lines"]
    pairs = [(one, other) for i, other in enumerate(used) for one in used[:i]]
    told = [_told(one, other) or _told(other, one) for one, other in pairs]
    return [same for same in told if same]


def _told(one: Profile, other: Profile) -> SameMoney | None:
    """Where columns of `other` hold the order numbers of `one`."""
    number = next((one.column(pair.header) for pair in one.mapping if pair.column == "order_id"), None)
    if number is None:
        return None
    columns = [c for c in other.columns if c.share("id") >= _IS_ID and same_numbers(number, c)]
    if not columns:
        return None
    best = max(columns, key=lambda column: shared(number, column)[1])
    return SameMoney(one, other, best.header, shared(number, best)[0])


def of_one_layout(used: Sequence[Profile]) -> list[list[Profile]]:
    """The profiles, those together that one source can read: text files of one folder with the same headers in the same
    order, read in the same way, whose names a pattern tells from all others there."""
    groups: dict[object, list[Profile]] = {}
    for one in used:
        groups.setdefault(_layout_of(one), []).append(one)
    found = []
    for group in groups.values():
        orders = {one.date_order for one in group if one.order_sure and one.date_order}
        together = len(group) > 1 and len(orders) < _SEVERAL and pattern(group)
        found += [group] if together else [[one] for one in group]
    return sorted(found, key=lambda group: used.index(group[0]))


def _layout_of(one: Profile) -> object:
    if one.format not in _TEXTS or one.sheet:
        return id(one)
    headers = tuple(column.header for column in one.columns)
    settings = tuple(sorted(one.settings.items()))
    return one.path.parent, one.format, headers, one.guess.table, settings, one.amount_unit


def pattern(group: Sequence[Profile]) -> str:
    """orders_*.csv where that names the files of the group and no others of their folder; '' where nothing does."""
    names = [one.path.name for one in group]
    start = _beginning(names).rstrip("0123456789")  # of years and months
    end = _beginning([name[len(start) :][::-1] for name in names])[::-1]
    told = f"{start}*{end}"
    if len(start) < _FEWEST_LETTERS or any(mark in start + end for mark in "*?["):
        return ""
    there = {path.name for path in group[0].path.parent.glob(told)}
    return told if there == {*names} else ""


def _beginning(texts: Sequence[str]) -> str:
    """The letters with which all begin."""
    least, most = min(texts), max(texts)
    same = next((i for i, (a, b) in enumerate(zip(least, most, strict=False)) if a != b), len(least))
    return least[:same]


def as_one(group: Sequence[Profile]) -> Profile:
    """The profile of the fullest of several files of one layout, with the words that any of them has."""
    first = max(group, key=lambda one: one.rows)
    if len(group) == 1:
        return first
    values: dict[str, Values] = {}
    for column in dict.fromkeys(name for one in group for name in one.values):
        said = [one.values[column] for one in group if column in one.values]
        lists = {
            name: tuple(sorted({word for each in said for word in getattr(each, name)}))
            for name in ("not_data", "unpaid", "given_back", "unknown", "prepaid")
        }
        known = {word: ours for each in said for word, ours in each.known.items()}
        values[column] = Values(said[0].header, known, **lists)
    sure = next((one for one in group if one.order_sure and one.date_order), first)
    whole = max((one.whole for one in group), key=lambda whole: (bool(whole.header), bool(whole.given_back)))
    back = next((one.whole.given_back for one in group if one.whole.given_back), "")
    if back:
        values = taken_off(values)
    return replace(
        first,
        whole=replace(whole, given_back=back),
        path=first.path.parent / pattern(group),
        values=values,
        date_order=sure.date_order,
        order_sure=sure.order_sure,
        rows=sum(one.rows for one in group),
    )
