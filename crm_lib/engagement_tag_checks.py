"""What is wrong with the rules of [[tags]], read from the parsed TOML: forms, names that must exist, values that cannot
be, tags that need each other. All of it at once, each with its place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from crm_lib.engagement_tags import AGGREGATES, MEASURES, SETTINGS, TABLES_OF_EVENTS, columns_of
from crm_lib.errors import hint
from crm_lib.language import Message, msg
from crm_lib.presets import library
from crm_lib.tables import Column

Path = tuple[Any, ...]
Found = Iterator[tuple[Path, Message]]
GROUPS = ("all", "any")
FORMS = (*GROUPS, "not", "tag", "customer", "measure", "table")
ORDERED = ("at_least", "above", "at_most", "below")
LISTS = ("one_of", "not_one_of")
TESTS = (*ORDERED, "equals", *LISTS, "known", "anniversary_within_days")
_MEASURED = ("aggregate", "column", "window_days", "offset_days", "where", "relative_to", *ORDERED, "equals")
ALLOWED: dict[str, tuple[str, ...]] = {
    "customer": (*ORDERED, "equals", "one_of", "known", "anniversary_within_days"),
    "measure": tuple(key for key in _MEASURED if key not in ("aggregate", "column")),
    "table": _MEASURED,
}
NUMBERS = ("sum", "mean", "min", "max")
NEVER_ASKED = ("customer_id", "record_count")  # of the customer's own columns


def tag_problems(given: Mapping[str, Any]) -> Found:
    """(path, message) of everything that is wrong with [[tags]] and [tagging]."""
    own = [(i, tag) for i, tag in enumerate(_list(given.get("tags"))) if isinstance(tag, Mapping)]
    known = {*library(), *(tag["id"] for _, tag in own if isinstance(tag.get("id"), str))}
    tagging = given.get("tagging")
    chosen = _list(tagging.get("library")) if isinstance(tagging, Mapping) else []
    for id in (id for id in chosen if isinstance(id, str) and id not in library()):
        yield ("tagging", "library"), msg("tag.error.unknown_tag", id=id, hint=hint(id, library()))
    for i, tag in own:
        if tag.get("id") not in library() and "label" not in tag:
            yield ("tags", i), msg("tag.error.no_label")
        if isinstance(tag.get("rule"), Mapping):
            yield from _rule(tag["rule"], ("tags", i, "rule"), known)
    for i, ring in _rings(own):
        yield ("tags", i, "rule"), msg("tag.error.ring", ring=" -> ".join(ring))


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _rule(rule: Mapping[str, Any], path: Path, known: Iterable[str]) -> Found:
    forms = [form for form in FORMS if form in rule]
    if len(forms) != 1:
        yield path, msg("tag.error.form", found=", ".join(forms) or "-", forms=", ".join(FORMS))
        return
    form = forms[0]
    allowed = (form, *ALLOWED.get(form, ()))
    extra = sorted(key for key in rule if key not in allowed and key in _ALL_KEYS)
    if extra:
        yield path, msg("tag.error.not_with", keys=", ".join(extra), form=form, allowed=", ".join(allowed))
    if form in GROUPS:
        parts = rule[form]
        if parts == []:
            yield (*path, form), msg("tag.error.empty")
        for i, part in enumerate(_list(parts)):
            if isinstance(part, Mapping):
                yield from _rule(part, (*path, form, i), known)
    elif form == "not" and isinstance(rule["not"], Mapping):
        yield from _rule(rule["not"], (*path, "not"), known)
    elif form == "tag" and isinstance(rule["tag"], str) and rule["tag"] not in known:
        yield (*path, "tag"), msg("tag.error.unknown_tag", id=rule["tag"], hint=hint(rule["tag"], known))
    elif form == "customer":
        yield from _customer(rule, path)
    elif form in ("measure", "table"):
        yield from _compared(rule, path)


_ALL_KEYS = frozenset({*FORMS, *TESTS, *_MEASURED})


def _customer(rule: Mapping[str, Any], path: Path) -> Found:
    columns = {name: column for name, column in columns_of("customers").items() if name not in NEVER_ASKED}
    name = rule["customer"]
    if not isinstance(name, str):
        return
    if name not in columns:
        yield (*path, "customer"), msg("tag.error.unknown_column", id=name, table="customers", hint=hint(name, columns))
        return
    dated = columns[name].type == "DATE"
    if not any(key in rule for key in TESTS):
        yield path, msg("tag.error.no_test", tests=", ".join(ALLOWED["customer"]))
    if not dated and "anniversary_within_days" in rule:
        yield (*path, "anniversary_within_days"), msg("tag.error.no_date", column=name, type=columns[name].type)
    numbers = ORDERED if dated else ()  # days since the date
    yield from _values(rule, path, columns[name], skip=numbers)


def _compared(rule: Mapping[str, Any], path: Path) -> Found:
    yield from _measure(rule, path)
    if not any(key in rule for key in (*ORDERED, "equals")):
        yield path, msg("tag.error.no_test", tests=", ".join((*ORDERED, "equals")))
    equal = rule.get("equals", 0)
    if isinstance(equal, bool) or not isinstance(equal, int | float):
        yield (*path, "equals"), msg("tag.error.no_number", found=str(equal))
    other = rule.get("relative_to")
    if isinstance(other, Mapping):
        yield from _measure(other, (*path, "relative_to"))
        for name, part in (("", rule), ("relative_to", other)):
            if str(_aggregate(part)).startswith(("days_", "top_", "min", "max")):
                yield (*path, name) if name else path, msg("tag.error.no_ratio", aggregate=str(_aggregate(part)))


def _aggregate(measure: Mapping[str, Any]) -> Any:
    name = measure.get("measure")
    return MEASURES[name]["aggregate"] if isinstance(name, str) and name in MEASURES else measure.get("aggregate")


def _measure(measure: Mapping[str, Any], path: Path) -> Found:
    named, table = measure.get("measure"), measure.get("table")
    if (named is None) == (table is None):
        yield (
            path,
            msg(
                "tag.error.form",
                found=", ".join(k for k in ("measure", "table") if k in measure) or "-",
                forms="measure, table",
            ),
        )
        return
    if isinstance(named, str):
        table = MEASURES[named]["table"] if named in MEASURES else None  # an unknown one is told by its type
    elif isinstance(table, str) and table not in TABLES_OF_EVENTS:
        yield (*path, "table"), msg("tag.error.unknown_table", id=table, hint=hint(table, TABLES_OF_EVENTS))
        return
    elif isinstance(table, str):
        yield from _aggregated(measure, path, table)
    if "offset_days" in measure and "window_days" not in measure:
        yield path, msg("tag.error.offset_alone")
    if isinstance(table, str):
        for i, part in enumerate(_list(measure.get("where"))):
            if isinstance(part, Mapping):
                yield from _filter(part, (*path, "where", i), table)


def _aggregated(measure: Mapping[str, Any], path: Path, table: str) -> Found:
    aggregate, name, columns = measure.get("aggregate"), measure.get("column"), columns_of(table)
    if aggregate is None:
        yield path, msg("tag.error.no_aggregate", known=", ".join(AGGREGATES))
        return
    needs = aggregate in (*NUMBERS, "count_distinct", "top_share")
    if needs and name is None:
        yield path, msg("tag.error.no_column", aggregate=str(aggregate))
    if isinstance(name, str) and name not in columns:
        yield (*path, "column"), msg("tag.error.unknown_column", id=name, table=table, hint=hint(name, columns))
    elif isinstance(name, str) and aggregate in NUMBERS and not _is_number(columns[name]):
        yield (*path, "column"), msg("tag.error.not_of_numbers", column=name, type=columns[name].type)


def _filter(part: Mapping[str, Any], path: Path, table: str) -> Found:
    name, columns = part.get("column"), columns_of(table)
    if not isinstance(name, str):
        return
    if name not in columns:
        yield (*path, "column"), msg("tag.error.unknown_column", id=name, table=table, hint=hint(name, columns))
        return
    if not any(key in part for key in TESTS):
        yield path, msg("tag.error.no_test", tests=", ".join((*ORDERED, "equals", *LISTS, "known")))
    yield from _values(part, path, columns[name])


def _values(part: Mapping[str, Any], path: Path, column: Column, skip: Iterable[str] = ()) -> Found:
    """Values that a column cannot have, and comparisons of what has no order."""
    for key in (key for key in (*ORDERED, "equals", *LISTS) if key in part and key not in skip):
        if key in ORDERED and (column.type in ("VARCHAR", "BOOLEAN")):
            yield (*path, key), msg("tag.error.no_order", column=column.name, type=column.type)
            continue
        for value in _list(part[key]) if key in LISTS else [part[key]]:
            if isinstance(value, Mapping | list):
                continue  # told by its type
            if not _fits(value, column, key in ORDERED):
                yield (*path, key), msg("tag.error.wrong_type", column=column.name, type=column.type, found=str(value))
            elif column.values and value not in column.values:
                words = hint(str(value), column.values)
                yield (*path, key), msg("tag.error.unknown_value", column=column.name, found=str(value), hint=words)


def _is_number(column: Column) -> bool:
    return column.type.startswith(("DECIMAL", "BIGINT"))


def _fits(value: Any, column: Column, setting: bool) -> bool:
    if column.type == "VARCHAR":
        return isinstance(value, str)
    if column.type == "BOOLEAN":
        return isinstance(value, bool)
    if column.type in ("DATE", "TIMESTAMP"):
        return isinstance(value, date)
    return (isinstance(value, int | float) and not isinstance(value, bool)) or (setting and value in SETTINGS)


def _rings(own: list[tuple[int, Mapping[str, Any]]]) -> Iterator[tuple[int, list[str]]]:
    """Own tags that need themselves, each ring once."""
    rules = {id: tag["rule"] for id, tag in library().items()}
    rules |= {tag["id"]: tag["rule"] for _, tag in own if isinstance(tag.get("id"), str) and "rule" in tag}
    told: set[frozenset[str]] = set()
    for i, tag in own:
        ring = _ring(tag.get("id"), rules, [])
        if ring and frozenset(ring) not in told:
            told.add(frozenset(ring))
            yield i, ring


def _ring(id: Any, rules: Mapping[str, Any], way: list[str]) -> list[str]:
    if id in way:
        return [*way[way.index(id) :], id] if way[0] == id else []
    parts = (_ring(other, rules, [*way, id]) for other in sorted(_named(rules.get(id))))
    return next((ring for ring in parts if ring), [])


def _named(rule: Any) -> set[str]:
    """Tags that a rule names."""
    if isinstance(rule, Mapping):
        own = {rule["tag"]} if isinstance(rule.get("tag"), str) else set()
        return own.union(*(_named(part) for key, part in rule.items() if key in ("all", "any", "not")))
    return set().union(*map(_named, rule)) if isinstance(rule, list) else set()
