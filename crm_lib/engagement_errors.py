"""What pydantic found in an engagement -> problems in our words, with the key's path and what to do."""

from __future__ import annotations

import difflib
import re
import typing
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from crm_lib.errors import Problem
from crm_lib.language import msg

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
    "cycle.start_before_baseline",
    "cycle.end_before_start",
    "source.one_origin",
    "source.files_without_query",
    "source.sql_incomplete",
    "source.rows_by_query",
    "source.unknown_table",
    "target.value_or_change",
    "scope.no_bound",
    "cycles.not_in_order",
    "cycles.as_of_before_baseline",
)
# What the patterns of the models ask for, by example.
_EXAMPLES = {
    r"^[a-z][a-z0-9_]*$": "big_spenders",
    r"^[A-Z]{3}$": "CNY",
    r"^[A-Z]{2}$": "CN",
    r"^[A-Z][A-Z0-9_]*$": "CLIENT_DATABASE_URL",
}
_GROUP_EXAMPLE = "all, class:core, scope:big_spenders"
_BOUNDS = {"gt": ">", "ge": ">=", "lt": "<", "le": "<="}
_INSIDE = frozenset({"LocalText", "[key]"})  # parts of pydantic's path that are not keys of the file


def problems_of(errors: Sequence[Any], where: str, model: type[BaseModel]) -> Iterator[Problem]:
    """One problem an error of pydantic's ValidationError."""
    for error in errors:
        if error["type"] == "too_short" and any(_inside(other["loc"], error["loc"]) for other in errors):
            continue  # its entries are there, but wrong
        path = [part for part in error["loc"] if part not in _INSIDE]
        context = error.get("ctx", {})
        id = TYPES.get(error["type"], "wrong_value")
        if id == "rule":
            message = msg(f"errors.engagement.{context['error']}")
        else:
            arguments = _arguments(id, error, context, path, model)
            id = "unknown_key_near" if arguments.get("near") else id
            message = msg(f"errors.engagement.{id}", **arguments)
        yield Problem(message, where=f"{where} {key_path(path)}".strip())


def _arguments(
    id: str, error: Any, context: Mapping[str, Any], path: Sequence[Any], model: type[BaseModel]
) -> dict[str, str]:
    if id == "unknown_key":
        known = sorted(_keys(model, path[:-1]))
        near = difflib.get_close_matches(str(path[-1]), known, n=1, cutoff=0.6)
        return {"near": near[0] if near else "", "known": ", ".join(known)}
    if id == "out_of_range":
        return {"bound": ", ".join(f"{_BOUNDS[name]} {context[name]:g}" for name in _BOUNDS if name in context)}
    if id == "wrong_form":
        return {"example": _EXAMPLES.get(str(context.get("pattern", "")), _GROUP_EXAMPLE)}
    return {"expected": ", ".join(re.findall(r"'([^']*)'", str(context.get("expected", "")))), "reason": error["msg"]}


def _inside(inner: Sequence[Any], outer: Sequence[Any]) -> bool:
    return len(inner) > len(outer) and tuple(inner[: len(outer)]) == tuple(outer)


def key_path(parts: Sequence[Any]) -> str:
    """'sources[0].columns.phone' of ('sources', 0, 'columns', 'phone')."""
    text = ""
    for part in parts:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def _keys(model: type[BaseModel], path: Sequence[Any]) -> set[str]:
    """Keys that the table at a path may have; empty where it may have any."""
    found: type[BaseModel] | None = model
    for part in path:
        if isinstance(part, int) or found is None:
            continue
        field = found.model_fields.get(str(part))
        found = _model_in(field.annotation) if field else None
    return set(found.model_fields) if found else set()


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((model for part in typing.get_args(annotation) if (model := _model_in(part))), None)
