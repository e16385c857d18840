"""What a consultant should know of a file beside its columns, as messages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from crm_lib.ingest.profile.files import Profile
from crm_lib.ingest.profile.match import MOSTLY_MASKED, PROPOSED, header_score, lacking_groups, missing
from crm_lib.ingest.profile.synonyms import (
    AHEAD,
    APPOINTMENTS,
    BIRTH,
    back_amounts,
    header_form,
    header_words,
    is_dependants,
    is_known,
    is_portion,
)
from crm_lib.ingest.profile.values import REGIONS, Evidence
from crm_lib.ingest.readers.mojibake import meanings
from crm_lib.ingest.values.currency_words import currencies
from crm_lib.ingest.values.tax_words import basis_of
from crm_lib.language import Message, msg

_SHOWN = 12
_MOSTLY = 0.9  # of the values
_SEVERAL = 2  # headers
_SPLIT = frozenset({"firstname", "lastname", "givenname", "familyname", "surname", "名", "姓"})
_FAMILY = frozenset({"nachname", "familienname", "zuname"})


def is_table(found: Profile) -> bool:
    """Whether a page seems to be one of our tables, with rows in it: a list of top-ups is none of sales."""
    return _reads_as_one(found) and _ahead(found) != "topups"


def _reads_as_one(found: Profile) -> bool:
    return found.rows > 0 and found.guess.confidence >= PROPOSED and bool(found.mapping)


def notes(found: Profile) -> list[Message]:
    return [*_layout(found), *_rows(found), *_nearest(found), *_columns(found), *_beside(found)]


def _layout(found: Profile) -> Iterator[Message]:
    if found.hidden:
        yield msg("profile.note.hidden", sheet=found.sheet)
    if spoilt := _spoilt(found):
        yield msg("profile.note.mojibake", was=spoilt[0], meant=spoilt[1])
    elif found.headless:
        yield msg("profile.note.headless")
    if "header_rows" in found.settings:
        yield msg("profile.note.header_rows", row=found.header_row, above=found.header_row - 1)
    elif found.upper:
        yield msg("profile.note.two_headers", row=found.header_row, above=found.header_row - 1)
    elif found.header_row > 1:
        yield msg("profile.note.titles", row=found.header_row)


def _spoilt(found: Profile) -> tuple[str, str] | None:
    """A header and what it was, where the headers are known names only after a wrong encoding is undone."""
    headers = [column.header for column in found.columns]
    best = max(meanings(headers), key=lambda meant: sum(map(is_known, meant)))
    pairs = [(was, now) for was, now in zip(headers, best, strict=True) if was != now and is_known(now)]
    return pairs[0] if len(pairs) >= _SEVERAL else None


def _rows(found: Profile) -> Iterator[Message]:
    for reason, n in sorted(found.rejected.items()):
        yield msg("profile.note.rejected", n=n, reason=msg(f"ingest.reason.{reason}"))
    if found.merged:
        yield msg("profile.note.merged", n=found.merged)
    for kind, n in sorted(found.not_data.items()):
        yield msg(f"ingest.non_data.{kind}", rows=n)
    if found.date_order:
        sure = "date_order" if found.order_sure else "date_order_open"
        yield msg(f"profile.note.{sure}", order=found.date_order)
    if found.amount_unit != 1:
        yield msg("profile.note.amount_unit", unit=found.amount_unit)
    if region := region_of(found):
        yield msg("profile.note.region", region=region)


def region_of(found: Profile) -> str:
    """The region of the phones, where it is not the default."""
    phone = next((found.column(one.header) for one in found.mapping if one.column == "phone"), None)
    return phone.region if phone and phone.region != REGIONS[0] and phone.share("dialled") >= _MOSTLY else ""


def _names(found: Profile) -> list[str]:
    """What a page and its numbers are called."""
    return [
        header_form(name) for name in (found.path.stem, found.sheet, *(c.header for c in found.columns if c.is_key))
    ]


def _ahead(found: Profile) -> str:
    """What a page that may be taken for sales holds by its name and numbers: money paid in ahead, or uses of what was."""
    sold = found.guess.table == "order_lines" and "kind" not in {one.column for one in found.mapping}
    if _reads_as_one(found) and not sold:
        return ""
    names = _names(found)[1:] if found.sheet else _names(found)
    kinds = (kind for kind, words in AHEAD.items() if any(word in name for word in words for name in names))
    return next(kinds, "")


def _nearest(found: Profile) -> Iterator[Message]:
    """Of a page like none of the tables: the table that it comes closest to, and what it would need for it. Of one that is
    no sales, though it looks like them: what it is."""
    if not found.rows or found.headless:
        return
    if ahead := _ahead(found):
        yield msg(f"profile.note.{ahead}")
        return
    if is_table(found) and found.guess.table != "customers":
        return
    if any(one in name for one in APPOINTMENTS for name in _names(found)):
        yield msg("profile.note.appointments")
    elif found.mapping and not is_table(found):
        pairs = ", ".join(f"{pair.column} = {pair.header}" for pair in found.mapping)
        lacking = "; ".join(" / ".join(group) for group in lacking_groups(found.guess))
        table = msg(f"table.{found.guess.table}")
        told = "nearest" if lacking else "hardly"
        yield msg(f"profile.note.{told}", table=table, id=found.guess.table, columns=pairs, lacking=lacking)


def _beside(found: Profile) -> Iterator[Message]:
    """Columns that are mapped to nothing for a reason."""
    free = [c for c in found.columns if c.filled and c.header not in {pair.header for pair in found.mapping}]
    if not is_table(found):
        return
    if hidden := tuple(c.header for c in free if c.share("masked") >= MOSTLY_MASKED and _of_person(c.header)):
        yield msg("profile.note.masked", headers=_listed(hidden))
    if born := tuple(c.header for c in free if is_dependants(c.header) and _of_birth(c)):
        yield msg("profile.note.dependants", headers=_listed(born))
    if by_currency := _by_currency(found):
        headers, joined = _listed(by_currency), ", ".join(f'"{header}"' for header in by_currency)
        yield msg("profile.note.by_currency", headers=headers, joined=joined)
    if found.guess.table != "order_lines" or not amount_header(found):
        return
    numbers = [c for c in free if c.share("number") >= _MOSTLY]
    args = {"amount": amount_header(found)}
    if found.whole.header:
        yield msg("profile.note.whole_order", header=found.whole.header, n=len(found.whole.once))
    if back := tuple(c.header for c in numbers if header_form(c.header) in back_amounts()):
        yield msg(
            "profile.note.back_taken" if found.whole.given_back else "profile.note.back_amount",
            headers=_listed(back),
            **args,
        )
    if parts := tuple(c.header for c in numbers if is_portion(c.header)):
        yield msg("profile.note.portions", headers=_listed(parts), **args)


def _of_person(header: str) -> bool:
    """Whether a header is of what tells people apart."""
    names = ("name", "phone", "email", "customer_key", "id_number")
    return "地址" in header or any(header_score(header, "customers", name) >= PROPOSED for name in names)


def _of_birth(column: Evidence) -> bool:
    return column.share("date") >= _MOSTLY and any(word in header_form(column.header) for word in BIRTH)


def _parts_of_name(columns: Sequence[Evidence]) -> list[str]:
    """Headers that a customer's name is made of; beside a German Vorname the Name is the family's and comes after it."""
    forms = {c.header: "".join(c.header.casefold().split()) for c in columns}
    split = [header for header, form in forms.items() if form in _SPLIT]
    if not (given := [header for header, form in forms.items() if form == "vorname"]):
        return split
    family = [header for header, form in forms.items() if form in _FAMILY]
    return given + (family or [header for header, form in forms.items() if form == "name"])[:1]


def _columns(found: Profile) -> Iterator[Message]:
    if is_table(found) and (lacking := missing(found.guess.table, found.mapping)):
        yield msg("profile.note.missing", columns=", ".join(lacking))
    for said in found.values.values():
        if said.prepaid:
            yield msg("profile.note.prepaid", header=said.header, words=_listed(said.prepaid))
        if idle := tuple(word for word in said.not_data if word not in said.prepaid):
            came_to = "not_yet" if found.guess.table == "visits" else "no_orders"
            yield msg(f"profile.note.{came_to}", header=said.header, words=_listed(idle))
        if said.given_back:
            yield msg("profile.note.given_back", header=said.header, words=_listed(said.given_back))
        if said.unpaid:
            yield msg("profile.note.unpaid", header=said.header, words=_listed(said.unpaid))
        if said.unknown:
            yield msg("profile.note.unknown_words", header=said.header, words=_listed(said.unknown))
    if is_table(found) and are_people(found):
        yield msg("profile.note.people")
    if taxed := tax_headers(found):
        yield msg("profile.note.tax", headers=_listed(taxed), amount=amount_header(found))
    if len(split := _parts_of_name(found.columns)) > 1:
        joined = " || ' ' || ".join(f'"{header}"' for header in split)
        rule = "split_name_query" if found.format == "sql" else "split_name"
        yield msg(f"profile.note.{rule}", headers=", ".join(split), joined=joined)


def are_people(found: Profile) -> bool:
    """Whether a list of customers is one of their people: it names a person beside the account, and who that is there."""
    mapped = {one.column for one in found.mapping}
    about = {"role", "is_primary", "decides"} & mapped
    return (
        found.guess.table == "customers" and "contact" in mapped and bool(about and {"customer_key", "name"} & mapped)
    )


def amount_header(found: Profile) -> str:
    return next((one.header for one in found.mapping if one.column == "amount"), "")


def tax_headers(found: Profile) -> tuple[str, ...]:
    """Headers of an order file that tell of sales tax: of the tax itself, or that money holds it or not."""
    if not is_table(found) or found.guess.table != "order_lines" or not amount_header(found):
        return ()
    own = {one.header for one in found.mapping if one.column in ("tax_rate", "tax_amount")}
    return tuple(
        c.header for c in found.columns if c.header in own or (basis_of(c.header) and c.share("number") >= _MOSTLY)
    )


def _by_currency(found: Profile) -> tuple[str, ...]:
    """Headers that are the amount's but for the currency that they name, where a row fills one of them: Net EUR, Net PLN."""
    kinds = {column.header: _without_currency(column.header) for column in found.columns}
    said = kinds.get(amount_header(found), ("", frozenset()))
    alike = [column for column in found.columns if kinds[column.header][0] == said[0] and kinds[column.header][1]]
    codes = frozenset[str]().union(*(kinds[column.header][1] for column in alike))
    filled = sum(column.filled for column in alike)
    apart = len(codes) == len(alike) > 1 and _MOSTLY * found.rows <= filled <= found.rows
    return tuple(column.header for column in alike) if said[1] and apart else ()


def _without_currency(header: str) -> tuple[str, frozenset[str]]:
    """The form of a header without the one currency that it names, and that currency."""
    meant = {word: currencies(word) for word in header_words(header)}
    codes = frozenset(codes[0] for codes in meant.values() if len(codes) == 1)
    return "".join(word for word, codes in meant.items() if len(codes) != 1), codes


def _listed(words: tuple[str, ...]) -> str:
    return ", ".join(words[:_SHOWN]) + (", ..." if len(words) > _SHOWN else "")


def reads_as(column: Evidence) -> str:
    """What most values are: a word `profile.kind.<kind>`."""
    if not column.filled:
        return "empty"
    if column.words and column.share("number") < _MOSTLY:
        return "words"
    kinds = {"phone": max(column.share("phone"), column.share("dialled") * (column.share("phone") > 0))}
    kinds |= {kind: column.share(kind) for kind in ("email", "date", "integer", "number", "id")}
    kind = next((kind for kind, share in kinds.items() if share >= _MOSTLY), "text")
    return "datetime" if kind == "date" and column.share("time") >= _MOSTLY / 2 else kind
