"""Phase 4: tasks and how they stand, the interaction ledger, figures against their path, alerts."""

from crm_lib.metrics.closings_recorded import closings
from crm_lib.metrics.consent import consent_unknown
from crm_lib.metrics.owners import own_owners
from crm_lib.monitoring.alerts import alerts, target_label, who_left, with_words
from crm_lib.monitoring.call_backs import closed_complaints, task_list
from crm_lib.monitoring.contacts import contacts, interactions, recorded, sends
from crm_lib.monitoring.definitions import definitions
from crm_lib.monitoring.events import all_events, events_by_week, words_of
from crm_lib.monitoring.findings import beyond_summary, findings
from crm_lib.monitoring.groups import target_groups
from crm_lib.monitoring.headline import headline, ledger_words, nothing_in, remarks
from crm_lib.monitoring.lacking import lacking_fields
from crm_lib.monitoring.ledger import answers, contacts_handoff, counts, entry, ledger, outcomes_by_week
from crm_lib.monitoring.own_owners import by_own_owner, who_answers
from crm_lib.monitoring.owner_coverage import accounts, by_own, own_findings, own_note, own_table, own_title
from crm_lib.monitoring.path import (
    against_path,
    kpi_handoff,
    measured,
    readings,
    red_twice,
    spans,
)
from crm_lib.monitoring.path_charts import path_charts
from crm_lib.monitoring.plan import proposed_table, read_plan
from crm_lib.monitoring.reasons import contributions, main_reasons, parts_handoff, standing, without_name
from crm_lib.monitoring.tables import (
    late_note,
    newest_first,
    owner_table,
    period_table,
    reason_table,
    status_table,
    task_table,
)
from crm_lib.monitoring.tasks import by_owner, by_strategy, by_week, overdue, task_handoff, tasks
from crm_lib.monitoring.titles import answers_title, events_title, outcomes_title, owners_title, weeks_title

__all__ = [
    "accounts",
    "against_path",
    "alerts",
    "all_events",
    "answers",
    "answers_title",
    "beyond_summary",
    "by_own",
    "by_own_owner",
    "by_owner",
    "by_strategy",
    "by_week",
    "closed_complaints",
    "closings",
    "consent_unknown",
    "contacts",
    "contacts_handoff",
    "contributions",
    "counts",
    "definitions",
    "entry",
    "events_by_week",
    "events_title",
    "findings",
    "headline",
    "interactions",
    "kpi_handoff",
    "lacking_fields",
    "late_note",
    "ledger",
    "ledger_words",
    "main_reasons",
    "measured",
    "newest_first",
    "nothing_in",
    "outcomes_by_week",
    "outcomes_title",
    "overdue",
    "own_findings",
    "own_note",
    "own_owners",
    "own_table",
    "own_title",
    "owner_table",
    "owners_title",
    "parts_handoff",
    "path_charts",
    "period_table",
    "proposed_table",
    "read_plan",
    "readings",
    "reason_table",
    "recorded",
    "red_twice",
    "remarks",
    "sends",
    "spans",
    "standing",
    "status_table",
    "target_groups",
    "target_label",
    "task_handoff",
    "task_list",
    "task_table",
    "tasks",
    "weeks_title",
    "who_answers",
    "who_left",
    "with_words",
    "without_name",
    "words_of",
]
