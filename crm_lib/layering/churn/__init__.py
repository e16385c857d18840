"""Churn warning and repurchase: features at a cut-off, the outcome after it, a forecast with its track record."""

from crm_lib.layering.churn.findings import (
    active_words,
    calibration_title,
    gains_marks,
    gains_title,
    kept_words,
    leaving,
    limits,
    method_words,
    methods_title,
    reasons_title,
    repurchase_words,
    thresholds_title,
    value_words,
)
from crm_lib.layering.churn.forecasting import Forecast, forecast
from crm_lib.layering.churn.tables import (
    artifact,
    calibration_lines,
    first_to_contact,
    gains,
    methods,
    reasons_by_class,
    thresholds,
    tried,
)

__all__ = [
    "Forecast",
    "active_words",
    "artifact",
    "calibration_lines",
    "calibration_title",
    "first_to_contact",
    "forecast",
    "gains",
    "gains_marks",
    "gains_title",
    "kept_words",
    "leaving",
    "limits",
    "method_words",
    "methods",
    "methods_title",
    "reasons_by_class",
    "reasons_title",
    "repurchase_words",
    "thresholds",
    "thresholds_title",
    "tried",
    "value_words",
]
