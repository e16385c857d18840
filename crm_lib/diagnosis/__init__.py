"""Phase 1: KPI baseline, pain points, SMART targets, scope and responsibilities at baseline."""

from crm_lib.diagnosis import figures, figures_visits, handoffs
from crm_lib.diagnosis.billing import term_warning
from crm_lib.diagnosis.iterations import iteration_table
from crm_lib.diagnosis.kpi_tables import definitions, kpi_columns, kpi_table, trend_note, trend_table
from crm_lib.diagnosis.measured import Measured, measure
from crm_lib.diagnosis.pain_points import (
    RULES,
    Diagnosis,
    find_pain_points,
    pain_basis,
    pain_table,
    rule_table,
    severity_note,
)
from crm_lib.diagnosis.responsibilities import links, responsibilities, unowned_targets
from crm_lib.diagnosis.scope import scope_groups, scope_note, scope_overlap
from crm_lib.diagnosis.silent_accounts import silent_accounts, silent_title
from crm_lib.diagnosis.sufficiency import history, missing, orders_note, tables
from crm_lib.diagnosis.summary import headline, no_pains, situation, summary
from crm_lib.diagnosis.targets import class_members, names_classes, pace_chart, target_notes, targets, targets_title
from crm_lib.ingest.late_sources import late_sources

__all__ = [
    "RULES",
    "Diagnosis",
    "Measured",
    "class_members",
    "definitions",
    "figures",
    "figures_visits",
    "find_pain_points",
    "handoffs",
    "headline",
    "history",
    "iteration_table",
    "kpi_columns",
    "kpi_table",
    "late_sources",
    "links",
    "measure",
    "missing",
    "names_classes",
    "no_pains",
    "orders_note",
    "pace_chart",
    "pain_basis",
    "pain_table",
    "responsibilities",
    "rule_table",
    "scope_groups",
    "scope_note",
    "scope_overlap",
    "severity_note",
    "silent_accounts",
    "silent_title",
    "situation",
    "summary",
    "tables",
    "target_notes",
    "targets",
    "targets_title",
    "term_warning",
    "trend_note",
    "trend_table",
    "unowned_targets",
]
