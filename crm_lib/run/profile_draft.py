"""A draft of engagement.toml from what files seem to be: what is a guess says so, what nobody can guess is left open."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import get_args

from crm_lib.engagement_models import Industry
from crm_lib.ingest.profile.files import Profile, Values
from crm_lib.ingest.profile.match import SURE, Suggestion, missing
from crm_lib.ingest.profile.notes import is_table, notes, region_of
from crm_lib.ingest.readers.layout import looks_like_data
from crm_lib.language import Catalogue, Value
from crm_lib.run.template import identifier, toml
from crm_lib.tables import SOURCE_TABLES

OPEN = "?"  # stands where only the consultant knows; `check` names it
_UNASKED = ("csv",)  # formats that need no saying


def draft(found: Sequence[Profile], folder: Path, words: Catalogue, client: str = "", industry: str = "") -> str:
    """Text of the engagement.toml of a folder."""
    used = [one for one in found if is_table(one) and not one.hidden]
    lines = [_comment(line) for line in words.word("profile.draft.head").split("\n")]
    lines += [f"id = {toml(identifier(folder.resolve().name))}", *_as_of(used, words), ""]
    lines += [*_client(words, client, industry), *_region(used, words), *_cycle(used, words)]
    names: list[str] = []
    for one in used:
        lines += ["", *_source(one, _name(one, names), folder, words)]
    for one in found:
        if one not in used:
            why = "hidden" if one.hidden else "no_table"
            lines += ["", _comment(words.text(f"profile.draft.{why}", file=_shown(one)))]
    return "\n".join(lines) + "\n"


def _comment(text: str) -> str:
    return f"# {' '.join(text.split())}".rstrip()


def _check(words: Catalogue, why: str = "") -> str:
    if not why:
        return f"  # {words.word('profile.draft.check')}"
    return f"  # {words.text('profile.draft.check_why', why=' '.join(why.split()))}"


def _fill(words: Catalogue, what: str = "") -> str:
    return f"  # {words.text('profile.draft.fill_what', what=what) if what else words.word('profile.draft.fill')}"


def _last(used: Sequence[Profile]) -> date | None:
    """The last day of an event."""
    days = [d for one in used if one.guess.table not in ("customers", "campaigns") for d in [_span(one)[1]] if d]
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


def _region(used: Sequence[Profile], words: Catalogue) -> list[str]:
    regions = {region_of(one) for one in used} - {""}
    found = [f'phone_region = "{region}"' + _check(words) for region in sorted(regions)]
    return ["", "[report]", found[0], *(f"# {line}" for line in found[1:])] if found else []


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
    """A short name that no source has yet."""
    plain = identifier(f"{one.path.stem} {one.sheet}".strip())
    base = one.guess.table if plain.startswith("engagement") and plain != identifier(one.path.stem.lower()) else plain
    base = one.guess.table if base == "engagement" else base
    name = next(n for n in [base, *(f"{base}_{i}" for i in range(2, 10_000))] if n not in taken)
    taken.append(name)
    return name


def _source(one: Profile, name: str, folder: Path, words: Catalogue) -> Iterator[str]:
    sure = words.text("profile.draft.sure", sure=Value("percent", one.guess.confidence))
    for note in notes(one):
        yield _comment(words.text(note))
    yield "[[sources]]"
    yield f"name = {toml(name)}"
    yield f"table = {toml(one.guess.table)}" + ("" if one.guess.confidence >= SURE else _check(words, sure))
    yield f"file = {toml(_file(one.path, folder))}"
    if one.format not in _UNASKED:
        yield f"format = {toml(one.format)}"
    for key, value in one.settings.items():
        yield f"{key} = {toml(value)}" + (_check(words) if key == "encoding" else "")
    if one.date_order:
        yield f"date_order = {toml(one.date_order)}" + ("" if one.order_sure else _check(words))
    if one.amount_unit != 1:
        yield f"amount_unit = {one.amount_unit}" + _check(words)
    if not_data := {said.header: said.not_data for said in one.values.values() if said.not_data}:
        yield f"not_data = {toml(not_data)}" + _check(words, words.word("profile.draft.no_orders"))
    yield from _columns(one, words)
    for column, said in one.values.items():
        yield from _values(column, said, one, words)


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
        if pair.column in open_:
            yield f"# {line}" + _check(words, words.text("profile.draft.either", column=pair.column))
        else:
            yield line + ("" if pair.confidence >= SURE else _check(words, why(pair, words)))
    for column in missing(one.guess.table, one.mapping):
        yield f"# {column} = {toml(OPEN)}" + _fill(words, words.word("profile.draft.nothing_fits"))
    used = {pair.header for pair in one.mapping}
    left = [c.header for c in one.columns if c.header not in used and not looks_like_data([c.header])]
    if left:
        yield _comment(words.text("profile.draft.not_used", headers=", ".join(left)))


def _open(one: Profile) -> set[str]:
    """Columns that may be left out, some of whose words nobody knows."""
    table = {column.name: column for column in SOURCE_TABLES[one.guess.table].columns}
    return {name for name, said in one.values.items() if said.unknown and not table[name].required}


def why(pair: Suggestion, words: Catalogue) -> str:
    reason = words.text(f"profile.reason.{pair.reason}")
    return words.text("profile.draft.because", sure=Value("percent", pair.confidence), reason=reason)


def _values(column: str, said: Values, one: Profile, words: Catalogue) -> Iterator[str]:
    """Words that are known are mapped; for the others the consultant chooses."""
    if not said.known and not said.unknown:
        return
    aside = "# " if column in _open(one) else ""
    yield f"{aside}[sources.values.{column}]"
    for word, ours in said.known.items():
        yield f"{aside}{_key(word)} = {toml(ours)}" + _check(words)
    allowed = ", ".join(SOURCE_TABLES[one.guess.table].column(column).values)
    for word in said.unknown:
        yield f"# {_key(word)} = {toml(OPEN)}" + _fill(words, allowed)


def _key(word: str) -> str:
    return json.dumps(" ".join(word.split()), ensure_ascii=False)
