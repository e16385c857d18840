"""engagement.toml -> frozen models (`engagement_models`), or everything that is wrong with it and what of it is sound."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, TypeAdapter, ValidationError

from crm_lib.engagement_churn import Churn
from crm_lib.engagement_data import Currency, Data, Fill
from crm_lib.engagement_errors import problems_of
from crm_lib.engagement_models import (
    NO_OWNER,
    OPERATING_CLASSES,
    Cadence,
    Client,
    CompleteField,
    Cycle,
    Definitions,
    Engagement,
    Identity,
    Layering,
    Link,
    OperatingClass,
    Owner,
    Placed,
    Report,
    ScopeRule,
    Source,
    Strategy,
    Target,
    Team,
    broken_rule,
)
from crm_lib.engagement_references import entries, password_problems, reference_problems, without_passwords
from crm_lib.engagement_tags import Tag, Tagging
from crm_lib.engagement_words import LocalText
from crm_lib.errors import Problem, UserError
from crm_lib.language import LANGUAGES, msg
from crm_lib.presets import kind_preset, preset
from crm_lib.tables import SOURCE_TABLES

__all__ = [
    "FILE_NAME",
    "NO_OWNER",
    "OPERATING_CLASSES",
    "Cadence",
    "Churn",
    "Client",
    "CompleteField",
    "Currency",
    "Cycle",
    "Data",
    "Definitions",
    "Engagement",
    "Examined",
    "Fill",
    "Identity",
    "Layering",
    "Link",
    "LocalText",
    "OperatingClass",
    "Owner",
    "Report",
    "ScopeRule",
    "Source",
    "Strategy",
    "Tag",
    "Tagging",
    "Target",
    "Team",
    "examine",
    "load",
    "read",
    "validate",
]

FILE_NAME = "engagement.toml"


@dataclass(frozen=True)
class Examined:
    """An engagement as far as it is sound: entries and keys that are wrong are left out, `as_of` and `client` may be
    None. Where there is no problem it is whole. `given` is the parsed file with the presets."""

    engagement: Engagement
    given: Mapping[str, Any]
    problems: Sequence[Problem]


def load(folder: Path) -> Engagement:
    """Engagement of a folder, presets of its industry and stage filled in. Raise UserError with every problem."""
    return _whole(examine(read(folder)))


def validate(given: Mapping[str, Any], where: str = FILE_NAME) -> Engagement:
    """Engagement of a parsed TOML. Raise UserError with every problem."""
    return _whole(examine(given, where))


def _whole(examined: Examined) -> Engagement:
    if examined.problems:
        raise UserError(examined.problems)
    return examined.engagement


def read(folder: Path) -> dict[str, Any]:
    """The parsed engagement.toml of a folder. Raise UserError."""
    path = folder / FILE_NAME
    if not path.is_file():
        raise UserError(Problem(msg("errors.engagement.no_file", file=FILE_NAME), where=str(folder)))
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError:
        raise UserError(Problem(msg("errors.engagement.not_utf8"), where=str(path))) from None
    except tomllib.TOMLDecodeError as error:
        raise UserError(Problem(msg("errors.engagement.not_toml", reason=str(error)), where=str(path))) from None


def examine(given: Mapping[str, Any], where: str = FILE_NAME) -> Examined:
    """Everything that is wrong with a parsed TOML, and what of it is sound."""
    client = given.get("client", {})
    said = client if isinstance(client, dict) else {}
    merged = _merge(preset(str(said.get("industry", "")), str(said.get("stage", "growing"))), given)
    identity = merged.get("identity", {})
    merged = _merge(kind_preset(identity.get("kind") if isinstance(identity, dict) else None), merged)
    merged = _with_owners_by_name(_in_both(merged, _only_language(given)))
    wrong = password_problems(merged, where)
    merged = without_passwords(merged)
    wrong += reference_problems(merged, where)
    try:
        return Examined(Engagement.model_validate(merged), merged, wrong)
    except ValidationError as error:
        found = [*problems_of(error.errors(), where, Engagement, merged), *wrong]
    sound = _sound_parts(merged)
    if not any("cycles" in p.message.id for p in found):
        found += problems_of(_broken_rules(sound), where, Engagement, merged)
    return Examined(sound, merged, found)


def _only_language(given: Mapping[str, Any]) -> str:
    """The language of reports in one language; '' for others."""
    report = given.get("report", {})
    languages = report.get("languages") if isinstance(report, dict) else None
    alone = languages[0] if isinstance(languages, list) and len(languages) == 1 else ""
    return alone if alone in LANGUAGES else ""


def _in_both(given: Any, language: str) -> Any:
    """`{ en = "..." }` is enough where reports are in English alone: it serves for both."""
    if isinstance(given, Mapping):
        if language and set(given) == {language}:
            return dict.fromkeys(LANGUAGES, given[language])
        return {key: _in_both(part, language) for key, part in given.items()}
    return [_in_both(part, language) for part in given] if isinstance(given, list) else given


def _with_owners_by_name(given: Mapping[str, Any]) -> dict[str, Any]:
    """Owners whom a source calls by the names that the teams give them, where it does not say who is who."""
    ids: dict[str, set[str]] = {}
    for _, team in entries(given, "teams"):
        for _, owner in entries(team, "owners"):
            label = owner.get("label")
            for name in label.values() if isinstance(label, dict) else [label]:
                if isinstance(name, str) and isinstance(owner.get("id"), str) and name != owner["id"]:
                    ids.setdefault(name, set()).add(owner["id"])
    meant = {name: next(iter(found)) for name, found in ids.items() if len(found) == 1}
    sources = given.get("sources")
    if not meant or not isinstance(sources, list):
        return dict(given)
    return {**given, "sources": [_owners_named(source, meant) for source in sources]}


def _owners_named(source: Any, meant: Mapping[str, str]) -> Any:
    table = SOURCE_TABLES.get(str(source.get("table"))) if isinstance(source, dict) else None
    if table is None or "owner" not in table.names:
        return source
    columns, values = source.get("columns", {}), source.get("values", {})
    if not isinstance(values, dict) or "owner" in values or (columns and "owner" not in columns):
        return source
    return {**source, "values": {**values, "owner": dict(meant)}}


def _broken_rules(sound: Engagement) -> list[dict[str, Any]]:
    """The rules of the whole, where only other parts of it are wrong, in the form of pydantic's errors."""
    rule = broken_rule(sound.cycles, sound.as_of) if sound.cycles and sound.as_of else ""
    return [{"type": "value_error", "loc": (), "ctx": {"error": rule}, "input": sound}] if rule else []


def _sound_parts(given: Mapping[str, Any]) -> Engagement:
    """The parts that are sound by themselves; where one has to be and is not, None. Positions of entries are kept."""
    parts: dict[str, Any] = {"as_of": None, "client": None}
    for name, field in Engagement.model_fields.items():
        if name not in given:
            continue
        model = next((m for m in get_args(field.annotation) if isinstance(m, type) and issubclass(m, BaseModel)), None)
        if model is not None:
            found = [_sound_entry(model, i, entry) for i, entry in entries(given, name)]
            parts[name] = tuple(entry for entry in found if entry is not None)
        else:
            with suppress(ValidationError):
                parts[name] = TypeAdapter[Any](Any if field.annotation is None else field.annotation).validate_python(
                    given[name]
                )
    return Engagement.model_construct(**parts)


def _sound_entry(model: type[BaseModel], position: int, given: Mapping[str, Any]) -> BaseModel | None:
    """The entry; a label that is wrong does not matter to whoever reads the data."""
    for attempt in (given, {key: value for key, value in given.items() if key != "label"}):
        with suppress(ValidationError):
            entry = model.model_validate(attempt)
            if isinstance(entry, Placed):
                entry.stand(position)
            return entry
    return None


def _merge(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """`over` wins; tables merge key by key, lists are replaced whole."""
    merged = dict(under)
    for key, value in over.items():
        both = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = _merge(merged[key], value) if both else value
    return merged
