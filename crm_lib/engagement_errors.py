"""What pydantic found in an engagement -> problems in our words, with the key's path and what to do."""

from __future__ import annotations

import json
import re
import typing
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any
from zoneinfo import available_timezones

from pydantic import BaseModel

from crm_lib.errors import Problem, closest, hint
from crm_lib.language import Message, msg
from crm_lib.tables import SOURCE_TABLES

# pydantic's error types -> `errors.engagement.<id>`; anything else is reported with pydantic's own words.
TYPES = {
    "missing": "missing",
    "extra_forbidden": "unknown_key",
    "literal_error": "not_one_of",
    "int_type": "not_whole",
    "int_parsing": "not_whole",
    "int_from_float": "not_whole",
    "float_type": "not_number",
    "float_parsing": "not_number",
    "finite_number": "not_number",
    "bool_type": "not_bool",
    "bool_parsing": "not_bool",
    "string_type": "not_text",
    "date_type": "not_date",
    "date_parsing": "not_date",
    "date_from_datetime_parsing": "not_date",
    "date_from_datetime_inexact": "not_date",
    "greater_than": "out_of_range",
    "greater_than_equal": "out_of_range",
    "less_than": "out_of_range",
    "less_than_equal": "out_of_range",
    "string_pattern_mismatch": "wrong_form",
    "string_too_short": "wrong_form",
    "string_too_long": "wrong_form",
    "too_short": "too_few",
    "tuple_type": "not_list",
    "list_type": "not_list",
    "dict_type": "not_table",
    "model_type": "not_table",
    "model_attributes_type": "not_table",
    "value_error": "rule",
}
RULES = (
    "report.unknown_currency",
    "report.unknown_time_zone",
    "report.unknown_region",
    "cycle.start_before_baseline",
    "cycle.end_before_start",
    "source.one_origin",
    "source.files_without_query",
    "source.sql_incomplete",
    "source.rows_by_query",
    "source.same_marks",
    "source.unknown_table",
    "source.tax_of_what",
    "source.orders_of_what",
    "source.split_of_what",
    "source.people_of_what",
    "source.durations_of_what",
    "currency.no_source",
    "fill.unknown_table",
    "fill.unknown_column",
    "fill.never",
    "fill.incomplete",
    "fill.no_number",
    "fill.no_customer",
    "target.value_or_change",
    "scope.no_bound",
    "scope.bounds_crossed",
    "identity.review_above_join",
    "engine.unknown",
    "engine.one_address",
    "layering.cuts_missing",
    "layering.cuts_not_ascending",
    "tag.no_number",
    "tag.no_days",
    "tag.no_value",
    "cycles.not_in_order",
    "cycles.baselines_not_in_order",
    "cycles.as_of_before_baseline",
)
# What the patterns of the models ask for, by example.
_ID = r"^[a-z][a-z0-9_]*$"
_EXAMPLES = {
    r"^[A-Z]{3}$": "CNY",
    r"^[A-Z]{2}$": "CN",
    r"^(\d{4}-(0[1-9]|1[0-2]))?$": "2026-01",
    r"^[A-Z][A-Z0-9_]*$": "CLIENT_DATABASE_URL",
    r"^[^\r\n]?$": "'",
}
# What people write for a code.
_MEANT = {"RMB": "CNY", "YUAN": "CNY", "CNH": "CNY", "EURO": "EUR", "STG": "GBP", "UKP": "GBP", "DOLLAR": "USD"}
_MEANT |= {
    "CHN": "CN",
    "GER": "DE",
    "DEU": "DE",
    "UK": "GB",
    "GBR": "GB",
    "USA": "US",
    "FRA": "FR",
    "JPN": "JP",
    "ITA": "IT",
}
_ONE_CHARACTER = ";"  # of a delimiter
_BOUNDS = {"gt": ">", "ge": ">=", "lt": "<", "le": "<="}
_INSIDE = frozenset({"LocalText", "[key]"})  # parts of pydantic's path that are not keys of the file
OPERATING_GROUPS = ("all", "class:core", "class:potential", "class:ordinary", "class:dormant")
_SECRET = frozenset(
    {"url_env", "url_file", "engine", "engine_url_env", "engine_url_file"}
)  # some write the URL with its password there
_LONGEST = 60  # characters of a value that are shown
# What a rule's sentence shows of the entry that breaks it: its values, or which of some keys are there.
_SHOWN = {
    "cycle.start_before_baseline": ("start", "baseline"),
    "cycle.end_before_start": ("end", "start"),
    "scope.bounds_crossed": ("at_least", "at_most"),
}
_PRESENT = {
    "source.one_origin": ("file", "files", "url_env", "url_file"),
    "source.sql_incomplete": ("format", "url_env", "url_file", "query"),
    "target.value_or_change": ("value", "change"),
    "engine.one_address": ("engine", "engine_url_env", "engine_url_file"),
}


def problems_of(
    errors: Sequence[Any], where: str, model: type[BaseModel], given: Mapping[str, Any] | None = None
) -> Iterator[Problem]:
    """One problem an error of pydantic's ValidationError; `given` is what was validated, for the entries' names."""
    for error in errors:
        if error["type"] == "too_short" and any(_inside(other["loc"], error["loc"]) for other in errors):
            continue  # its entries are there, but wrong
        path = [part for part in error["loc"] if part not in _INSIDE]
        if error["type"] == "string_pattern_mismatch" and path[-1:] == ["group"]:
            continue  # told with the groups that there are
        yield Problem(_message(error, path, model), where=f"{where} {place(path, given)}".strip())


def _message(error: Any, path: Sequence[Any], model: type[BaseModel]) -> Message:
    context, found = error.get("ctx", {}), shown(error["input"], path)
    id = TYPES.get(error["type"], "wrong_value")
    if id == "rule":
        return _broken(str(context["error"]), error["input"])
    if id == "unknown_key":
        known = sorted(_keys(model, path[:-1]))
        near = closest(str(path[-1]), known)
        return msg(
            "errors.engagement.unknown_key_near" if near else f"errors.engagement.{id}",
            near=near,
            known=", ".join(known),
        )
    if id == "not_one_of":
        choices = re.findall(r"'([^']*)'", str(context.get("expected", "")))
        return msg("errors.engagement.not_one_of", found=found, hint=hint(str(error["input"]), choices))
    if id == "out_of_range":
        bound = ", ".join(f"{_BOUNDS[name]} {context[name]:g}" for name in _BOUNDS if name in context)
        return msg("errors.engagement.out_of_range", found=found, bound=bound)
    if id == "wrong_form" and context.get("pattern") == _ID:
        return msg("errors.engagement.wrong_id", found=found, example=_as_id(str(error["input"])))
    if id == "wrong_form":
        meant = _MEANT.get(str(error["input"]).upper())
        example = meant or _EXAMPLES.get(str(context.get("pattern", "")), _ONE_CHARACTER)
        return msg("errors.engagement.wrong_form", found=found, example=example)
    return msg(f"errors.engagement.{id}", found=found, reason=error["msg"])


def _as_id(text: str) -> str:
    """An id like what was written."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"^[0-9_]+|_+$", "", re.sub(r"[^a-z0-9]+", "_", plain.lower())) or "big_spenders"


def _broken(rule: str, entry: Any) -> Message:
    """A rule of the models' own; what it is about is shown."""

    def read(key: str) -> Any:
        return entry.get(key) if isinstance(entry, Mapping) else getattr(entry, key, None)

    if rule == "source.unknown_table":
        table = str(read("table"))
        return msg("errors.engagement.source.unknown_table", found=table, hint=hint(table, SOURCE_TABLES))
    if rule == "cycles.not_in_order":
        numbers = [shown(part.get("number") if isinstance(part, Mapping) else part.number) for part in read("cycles")]
        return msg("errors.engagement.cycles.not_in_order", found=", ".join(numbers))
    if rule == "cycles.baselines_not_in_order":
        days = [str(part["baseline"] if isinstance(part, Mapping) else part.baseline) for part in read("cycles")]
        return msg("errors.engagement.cycles.baselines_not_in_order", found=", ".join(days))
    if rule == "cycles.as_of_before_baseline":
        last = read("cycles")[-1]
        baseline = last["baseline"] if isinstance(last, Mapping) else last.baseline
        args = {"as_of": str(read("as_of")), "baseline": str(baseline)}
        return msg("errors.engagement.cycles.as_of_before_baseline", **args)
    if rule == "report.unknown_time_zone":
        near = closest(str(entry), available_timezones()) or "Asia/Shanghai"
        return msg("errors.engagement.report.unknown_time_zone", found=shown(entry), near=near)
    if meant := _MEANT.get(str(entry)):
        return msg("errors.engagement.report.meant", found=shown(entry), meant=meant)
    values = {key: str(read(key)) for key in _SHOWN.get(rule, ())}
    present = ", ".join(f"`{key}`" for key in _PRESENT.get(rule, ()) if read(key)) or "-"
    return msg(f"errors.engagement.{rule}", found=shown(entry), present=present, **values)


def shown(value: Any, path: Sequence[Any] = ()) -> str:
    """A value of the file as it is written there, cut short; nothing of what may be a secret."""
    if _SECRET & set(map(str, path)):
        return "***"
    text = value.isoformat() if isinstance(value, date) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."


def _inside(inner: Sequence[Any], outer: Sequence[Any]) -> bool:
    return len(inner) > len(outer) and tuple(inner[: len(outer)]) == tuple(outer)


def place(parts: Sequence[Any], given: Any = None) -> str:
    """'[[sources]] #1 (pos) columns.phone' of ('sources', 0, 'columns', 'phone'): entries are counted from 1 and called
    by the id or name that they have in `given`."""
    words: list[str] = []
    for i, part in enumerate(parts):
        given = _part(given, part)
        if isinstance(part, int):
            words.append(f"#{part + 1}{_named(given)}")
        elif i == 0 and len(parts) > 1 and isinstance(parts[1], int):
            words.append(f"[[{part}]]")
        elif i and not isinstance(parts[i - 1], int):
            words[-1] += f".{part}"
        else:
            words.append(str(part))
    return " ".join(words)


def _part(given: Any, part: Any) -> Any:
    if isinstance(given, Mapping):
        return given.get(part)
    return given[part] if isinstance(given, (list, tuple)) and isinstance(part, int) and part < len(given) else None


def _named(entry: Any) -> str:
    name = (entry.get("id") or entry.get("name")) if isinstance(entry, Mapping) else None
    return f" ({name[:_LONGEST]})" if isinstance(name, str) else ""


def _keys(model: type[BaseModel], path: Sequence[Any]) -> set[str]:
    """Keys that the table at a path may have; empty where it may have any."""
    found: type[BaseModel] | None = model
    named = False  # whether the next part is a key of the file's own
    for part in path:
        if isinstance(part, int) or found is None or named:
            named = False
            continue
        field = found.model_fields.get(str(part))
        found = _model_in(field.annotation) if field else None
        named = field is not None and typing.get_origin(field.annotation) is dict
    return {field.alias or name for name, field in found.model_fields.items()} if found else set()


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((model for part in typing.get_args(annotation) if (model := _model_in(part))), None)
