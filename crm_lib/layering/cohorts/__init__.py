"""New customers by the month of their first purchase: retention, and newer cohorts against older ones."""

from crm_lib.layering.cohorts.compare import as_old, break_by_channel, compared, turning_point
from crm_lib.layering.cohorts.retention import Cohorts, cohorts, curve, shown_columns, triangle
from crm_lib.layering.cohorts.words import (
    age_label,
    basis,
    cells_table,
    compared_table,
    compared_title,
    curve_title,
    finding,
    note,
    triangle_title,
)

__all__ = [
    "Cohorts",
    "age_label",
    "as_old",
    "basis",
    "break_by_channel",
    "cells_table",
    "cohorts",
    "compared",
    "compared_table",
    "compared_title",
    "curve",
    "curve_title",
    "finding",
    "note",
    "shown_columns",
    "triangle",
    "triangle_title",
    "turning_point",
]
