"""Which settings the report used, and where each came from: the engagement, the stage, the industry, or our default."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from crm_lib.engagement import OPERATING_CLASSES, Engagement
from crm_lib.language import Kind, Message, Value, local, msg
from crm_lib.presets import industry_preset, library, stage_preset

SHOWN: dict[str, tuple[str, ...]] = {
    "definitions": ("active_window_days", "churn_window_days", "repurchase_window_days", "response_window_days"),
    "layering": (
        "window_days",
        "cut",
        "scores",
        "r_weight",
        "f_weight",
        "m_weight",
        "top_share",
        "potential_share",
        "predicted_spend",
        "dormant_days",
        "re_evaluate_growth",
        "names",
    ),
    "identity": ("kind",),
    "tagging": ("library",),
    "": ("kpis",),
}
_SHARES = ("top_share", "potential_share", "re_evaluate_growth")


def settings_used(engagement: Engagement, given: Mapping[str, Any]) -> pd.DataFrame:
    """One row a setting: setting, value (Messages), origin. `given` is engagement.toml as it was written."""
    client = engagement.client
    origins = {"engagement": given, "stage": stage_preset(client.stage), "industry": industry_preset(client.industry)}
    rows = []
    for section, keys in SHOWN.items():
        model = getattr(engagement, section) if section else engagement
        for key in keys:
            origin = next((name for name, told in origins.items() if key in _section(told, section)), "default")
            rows.append((msg(f"template.{section or 'engagement'}.{key}"), _value(key, getattr(model, key)), origin))
    return pd.DataFrame(rows, columns=["setting", "value", "origin"])


def preset_words(engagement: Engagement) -> Message:
    """Which presets stood under the engagement's own settings."""
    client = engagement.client
    return msg("tag.presets", industry=msg(f"industry.{client.industry}"), stage=msg(f"stage.{client.stage}"))


def kpi_words(engagement: Engagement) -> Message | None:
    """Metrics that should have a target and have none."""
    aimed = {target.metric for target in engagement.targets}
    open_ones = [Value("term", f"metric.{name}") for name in engagement.kpis if name not in aimed]
    return msg("tag.kpis_open", kpis=Value("list", open_ones)) if open_ones else None


def _section(told: Mapping[str, Any], section: str) -> Mapping[str, Any]:
    part = told.get(section, {}) if section else told
    return part if isinstance(part, Mapping) else {}


def _value(key: str, value: Any) -> Message:
    if isinstance(value, bool):
        return msg("tag.value", value=Value("bool", value))
    if key == "names":
        return _list(_names(value))
    if key == "library":
        return _list(Value("term", f"tag.name.{id}") for id in value if id in library())
    if key == "kpis":
        return _list(Value("term", f"metric.{name}") for name in value)
    if key in ("cut", "kind"):
        return msg(f"tag.setting.{key}.{value}")
    kind: Kind = (
        "days" if key.endswith("_days") else "percent" if key in _SHARES else "int" if key == "scores" else "ratio"
    )
    return msg("tag.value", value=Value(kind, value))


def _names(given: Mapping[str, Any]) -> Iterator[Value]:
    for name in OPERATING_CLASSES:
        words = given.get(name)
        yield Value("message", local({"zh": words.zh, "en": words.en}) if words else msg(f"class.{name}"))


def _list(parts: Any) -> Message:
    found = list(parts)
    return msg("tag.value", value=Value("list", found)) if found else msg("tag.none")
