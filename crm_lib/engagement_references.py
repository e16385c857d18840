"""What the parts of an engagement say of each other, read from the parsed TOML, so that it can be told at once with
everything else that is wrong there."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from crm_lib.engagement_errors import OPERATING_GROUPS, place
from crm_lib.engagement_tag_checks import tag_problems
from crm_lib.errors import Problem, hint
from crm_lib.language import Message, Value, msg
from crm_lib.tables import IDENTITY, SOURCE_TABLES

_LISTS = ("cycles", "sources", "targets", "scope", "links", "teams", "strategies", "tags")
Entry = tuple[int, Mapping[str, Any]]


def reference_problems(given: Mapping[str, Any], where: str) -> Iterator[Problem]:
    """Ids used twice; owners, teams, groups and columns that nothing names; targets that are due too early."""
    for parts, message in (
        *_doubles(given),
        *_groups(given),
        *_dues(given),
        *_people(given),
        *_columns(given),
        *_taxes(given),
        *tag_problems(given),
        *_secrets(given),
    ):
        yield Problem(message, where=f"{where} {place(parts, given)}")


def entries(given: Mapping[str, Any], name: str) -> list[Entry]:
    """(position, entry) of a list of sections, whatever else is wrong there."""
    found = given.get(name)
    return [(i, entry) for i, entry in enumerate(found) if isinstance(entry, dict)] if isinstance(found, list) else []


def ids(found: Iterable[Entry], key: str = "id") -> list[str]:
    return [entry[key] for _, entry in found if isinstance(entry.get(key), str)]


def _doubles(given: Mapping[str, Any]) -> Iterator[tuple[tuple[Any, ...], Message]]:
    for name in _LISTS:
        named = Counter(ids(entries(given, name), "name" if name == "sources" else "id"))
        for double in sorted(id for id, n in named.items() if n > 1):
            yield (name,), msg("errors.engagement.double_id", id=double, n=named[double])


def _groups(given: Mapping[str, Any]) -> Iterator[tuple[tuple[Any, ...], Message]]:
    known = [*OPERATING_GROUPS, *(f"scope:{id}" for id in ids(entries(given, "scope")))]
    for i, target in entries(given, "targets"):
        group = target.get("group", "all")
        if isinstance(group, str) and group not in known:
            yield ("targets", i, "group"), msg("errors.engagement.unknown_group", id=group, hint=hint(group, known))


def _dues(given: Mapping[str, Any]) -> Iterator[tuple[tuple[Any, ...], Message]]:
    cycles = entries(given, "cycles")
    baseline = cycles[-1][1].get("baseline") if cycles else None
    for i, target in entries(given, "targets"):
        due = target.get("due")
        if isinstance(due, date) and isinstance(baseline, date) and str(due) <= str(baseline):
            args = {"due": Value("date", due), "baseline": Value("date", baseline)}
            yield ("targets", i, "due"), msg("errors.engagement.due_before_baseline", **args)


def _people(given: Mapping[str, Any]) -> Iterator[tuple[tuple[Any, ...], Message]]:
    teams = ids(entries(given, "teams"))
    owners = [id for _, team in entries(given, "teams") for id in ids(entries(team, "owners"))]
    for i, link in entries(given, "links"):
        team = link.get("team")
        if isinstance(team, str) and team not in teams:
            yield ("links", i, "team"), msg("errors.engagement.unknown_team", id=team, hint=hint(team, teams))
    for i, strategy in entries(given, "strategies"):
        owner = strategy.get("owner")
        if isinstance(owner, str) and owner not in owners:
            words = msg("errors.engagement.unknown_owner", id=owner, hint=hint(owner, owners))
            yield ("strategies", i, "owner"), words


def _columns(given: Mapping[str, Any]) -> Iterator[tuple[tuple[Any, ...], Message]]:
    for i, source in entries(given, "sources"):
        table = SOURCE_TABLES.get(source["table"]) if isinstance(source.get("table"), str) else None
        if table is None:
            continue
        known = {*table.names, *(c.name for c in (*IDENTITY, *table.said) if table.identity)} - {"record_count"}
        for key in ("columns", "values", "constants"):
            named = source.get(key)
            for column in sorted(set(named) - known) if isinstance(named, dict) else ():
                args = {"table": table.name, "id": column, "hint": hint(column, known)}
                yield ("sources", i, key, column), msg("errors.engagement.unknown_column", **args)


def _taxes(given: Mapping[str, Any]) -> Iterator[tuple[tuple[Any, ...], Message]]:
    """Amounts with tax beside amounts without, of which nobody says how they are counted."""
    data = given.get("data")
    amounts = data.get("amounts") if isinstance(data, dict) else None
    orders = [(i, one) for i, one in entries(given, "sources") if one.get("table") == "order_lines"]
    said = {one.get("tax") for _, one in orders if one.get("tax")}
    if amounts is None and len(said) > 1:
        yield ("data", "amounts"), msg("errors.engagement.amounts_needed")
    for i, one in orders:
        if (said or amounts) and not one.get("tax"):
            yield ("sources", i, "tax"), msg("errors.engagement.tax_needed")


_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://[^\s/@:]*:[^\s@]+@", re.IGNORECASE)


def password_problems(given: Mapping[str, Any], where: str) -> list[Problem]:
    """Addresses with a password, wherever they stand."""
    told = without_passwords(given)
    return [Problem(message, where=f"{where} {place(parts, told)}") for parts, message in _secrets(given)]


def without_passwords(given: Any) -> Any:
    """The same with '***' for every address that has a password in it."""
    if isinstance(given, Mapping):
        return {key: without_passwords(part) for key, part in given.items()}
    if isinstance(given, list):
        return [without_passwords(part) for part in given]
    return "***" if isinstance(given, str) and _ADDRESS.search(given) else given


def _secrets(given: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Message]]:
    if isinstance(given, str) and _ADDRESS.search(given):
        yield path, msg("errors.engagement.secret")
    parts = given.items() if isinstance(given, Mapping) else enumerate(given) if isinstance(given, list) else ()
    for key, part in parts:
        yield from _secrets(part, (*path, key))
