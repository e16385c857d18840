"""Scenario presets, industry x growth stage: where an engagement says nothing, these stand. Each can be changed.

An industry and a stage are a TOML file each, with the sections of engagement.toml; `tags.toml` is the library of tags,
`channels.toml` the channels to begin with, before a client's own answers are known. Costs of a contact are assumptions in
yuan: where the report has another currency, or where somebody has measured them, the engagement says its own.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent
INDUSTRIES = ("retail", "service", "beauty", "b2b", "saas", "education", "fitness")
SAME_WORDS = {"beauty": "service"}  # whose words a trade takes where it has none of its own
COMPANY_FIELDS = ["name", "phone", "email", "owner"]  # a company has no gender and no birthday
COMPANY_CHURN = {"contact_cost": 60}  # half an hour of who knows the account; yuan, as the industries' costs are
STAGES = ("startup", "growing", "mature")


def preset(industry: str | None, stage: str | None) -> dict[str, Any]:
    """Defaults of an industry and a stage, the industry's first. An unknown one has none."""
    merged: dict[str, Any] = {}
    for part in (industry_preset(industry), stage_preset(stage)):
        for key, value in part.items():
            merged[key] = {**merged.get(key, {}), **value} if isinstance(value, dict) else value
    return merged


def kind_preset(kind: str | None) -> Mapping[str, Any]:
    """What follows from what a customer is, under an industry's and a stage's."""
    return {"definitions": {"complete_fields": COMPANY_FIELDS}, "churn": COMPANY_CHURN} if kind == "company" else {}


def industry_preset(industry: str | None) -> Mapping[str, Any]:
    return _read(industry) if industry in INDUSTRIES else {}


def stage_preset(stage: str | None) -> Mapping[str, Any]:
    return _read(stage) if stage in STAGES else {}


def library() -> dict[str, Mapping[str, Any]]:
    """Library tags by id, each as an entry of [[tags]] without a label."""
    return {tag["id"]: tag for tag in _read("tags")["tags"]}


def contact_channels(phone_region: str, industry: str | None) -> dict[str, tuple[str, ...]]:
    """Operating class -> channels in order of preference: by region of the phone numbers, and for companies."""
    place = "cn" if phone_region == "CN" else "elsewhere"
    found = _read("channels")[f"{place}_b2b" if industry == "b2b" else place]
    return {name: tuple(channels) for name, channels in found.items()}


@cache
def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((_FOLDER / f"{name}.toml").read_text(encoding="utf-8"))


PAID_AHEAD = ("saas", "education", "fitness")  # a term paid ahead may still run while nothing is bought
LONGEST_TERM_DAYS = 365


def terms_may_run(industry: str | None, window_days: int) -> bool:
    """Whether a customer silent for `window_days` may still hold a paid term, which the data do not tell."""
    return industry in PAID_AHEAD and window_days < LONGEST_TERM_DAYS
