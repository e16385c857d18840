"""Scenario presets, industry x growth stage: where an engagement says nothing, these stand. Each can be changed."""

from __future__ import annotations

from typing import Any

_INDUSTRY: dict[str, dict[str, Any]] = {
    "retail": {},
    "service": {"definitions": {"active_window_days": 120, "churn_window_days": 120, "repurchase_window_days": 120}},
    "b2b": {
        "definitions": {
            "active_window_days": 180,
            "churn_window_days": 180,
            "repurchase_window_days": 180,
            "response_window_days": 30,
            "complete_fields": ["name", "phone", "email", "owner"],
        },
        "identity": {"kind": "company"},
        "layering": {"m_weight": 2, "dormant_days": 365},
    },
    "saas": {
        "definitions": {"active_window_days": 30, "churn_window_days": 60, "repurchase_window_days": 60},
        "layering": {"r_weight": 2, "dormant_days": 60},
    },
    "education": {
        "definitions": {"active_window_days": 180, "churn_window_days": 180, "repurchase_window_days": 180},
        "layering": {"dormant_days": 365},
    },
    "fitness": {
        "definitions": {"active_window_days": 120, "churn_window_days": 120, "repurchase_window_days": 120},
        "layering": {"f_weight": 2, "dormant_days": 240},
    },
}
_STAGE: dict[str, dict[str, Any]] = {
    "startup": {"layering": {"scores": 3}},
    "growing": {},
    "mature": {},
}


def preset(industry: str | None, stage: str | None) -> dict[str, Any]:
    """Defaults of an industry and a stage, the industry's first. An unknown one has none."""
    merged: dict[str, Any] = {}
    for part in (_INDUSTRY.get(industry or "", {}), _STAGE.get(stage or "", {})):
        for section, values in part.items():
            merged[section] = {**merged.get(section, {}), **values}
    return merged


# Channels to begin with, before a client's own answers are known: by region of the phone numbers, and for companies.
_CONTACTS: dict[str, dict[str, tuple[str, ...]]] = {
    "CN": {
        "core": ("phone", "wecom", "visit"),
        "potential": ("wecom", "mini_program", "sms"),
        "ordinary": ("sms", "mini_program", "community"),
        "dormant": ("sms", "phone"),
    },
    "CN b2b": {
        "core": ("visit", "phone", "wecom"),
        "potential": ("phone", "wecom"),
        "ordinary": ("wecom", "email"),
        "dormant": ("email", "phone"),
    },
    "elsewhere": {
        "core": ("phone", "email", "visit"),
        "potential": ("email", "app", "sms"),
        "ordinary": ("email", "sms"),
        "dormant": ("email", "sms", "phone"),
    },
    "elsewhere b2b": {
        "core": ("visit", "phone", "email"),
        "potential": ("phone", "email"),
        "ordinary": ("email", "phone"),
        "dormant": ("email", "phone"),
    },
}


def contact_channels(phone_region: str, industry: str | None) -> dict[str, tuple[str, ...]]:
    """Operating class -> channels in order of preference."""
    place = "CN" if phone_region == "CN" else "elsewhere"
    return _CONTACTS[f"{place} b2b" if industry == "b2b" else place]


PAID_AHEAD = ("fitness", "education", "saas")  # a term paid ahead may still run while nothing is bought
LONGEST_TERM_DAYS = 365


def terms_may_run(industry: str | None, window_days: int) -> bool:
    """Whether a customer silent for `window_days` may still hold a paid term, which the data do not tell."""
    return industry in PAID_AHEAD and window_days < LONGEST_TERM_DAYS
