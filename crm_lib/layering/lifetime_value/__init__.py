"""What customers will be worth and how long they stay: BG/NBD or MBG/NBD with Gamma-Gamma, retention, survival."""

from crm_lib.layering.lifetime_value.estimate import buying, estimate, spending
from crm_lib.layering.lifetime_value.forecast import forecast
from crm_lib.layering.lifetime_value.survival import kaplan_meier, log_rank, survival
from crm_lib.layering.lifetime_value.tables import (
    alive_bands,
    channel_curves,
    channel_tests,
    curve,
    errors,
    fits,
    top_customers,
    weeks_long,
)
from crm_lib.layering.lifetime_value.titles import (
    alive_title,
    channels_table_title,
    channels_title,
    classes_title,
    past_title,
    retention_note,
    retention_title,
    values_note,
)
from crm_lib.layering.lifetime_value.words import (
    best_words,
    conclusion,
    core_words,
    finding,
    guard_words,
    limits,
    method,
    past_words,
    replaced,
    spend_words,
)
from crm_lib.layering.lifetime_value.worth import Worth, artifact, historic, predicted, worth

__all__ = [
    "Worth",
    "alive_bands",
    "alive_title",
    "artifact",
    "best_words",
    "buying",
    "channel_curves",
    "channel_tests",
    "channels_table_title",
    "channels_title",
    "classes_title",
    "conclusion",
    "core_words",
    "curve",
    "errors",
    "estimate",
    "finding",
    "fits",
    "forecast",
    "guard_words",
    "historic",
    "kaplan_meier",
    "limits",
    "log_rank",
    "method",
    "past_title",
    "past_words",
    "predicted",
    "replaced",
    "retention_note",
    "retention_title",
    "spend_words",
    "spending",
    "survival",
    "top_customers",
    "values_note",
    "weeks_long",
    "worth",
]
