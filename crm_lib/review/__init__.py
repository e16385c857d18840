"""Phase 5: what changed, what caused it, what was missed and why, and what to do next."""

from crm_lib.review.aimed import aimed
from crm_lib.review.campaigns import (
    campaign_columns,
    campaign_note,
    campaign_table,
    campaign_title,
    open_windows,
    trial_findings,
)
from crm_lib.review.cause import cause
from crm_lib.review.cells import group_note, own_kind, signed, with_intervals
from crm_lib.review.compare import by_group, compare, family
from crm_lib.review.contributions import attributes, causes, compared, contributions, explained
from crm_lib.review.contributions import picture as parts_picture
from crm_lib.review.drift import comparable, drift
from crm_lib.review.due import due_words
from crm_lib.review.effects import campaign_effects, earlier_trials
from crm_lib.review.findings import summary
from crm_lib.review.groups import fixed_groups
from crm_lib.review.headline import definitions_used, figures
from crm_lib.review.iterations import artifact, iteration_table, iterations
from crm_lib.review.remarks import (
    contribution_words,
    drift_words,
    effects_words,
    missing_words,
    strategy_words,
    task_words,
    warnings,
    window_words,
)
from crm_lib.review.same_customers import by_mix, mix_words, same_customers
from crm_lib.review.strategies import planned, strategy_columns, strategy_effects
from crm_lib.review.targets import attainment, attainment_table, missed
from crm_lib.review.tasks import GOOD, by_owner, completion
from crm_lib.review.titles import (
    attainment_title,
    beyond_title,
    contribution_title,
    effects_title,
    plan_words,
    rates_title,
    rise_title,
    tasks_title,
    with_words,
)
from crm_lib.review.unclosed import unclosed
from crm_lib.review.where import where
from crm_lib.review.windows import windows

__all__ = [
    "GOOD",
    "aimed",
    "artifact",
    "attainment",
    "attainment_table",
    "attainment_title",
    "attributes",
    "beyond_title",
    "by_group",
    "by_mix",
    "by_owner",
    "campaign_columns",
    "campaign_effects",
    "campaign_note",
    "campaign_table",
    "campaign_title",
    "cause",
    "causes",
    "comparable",
    "compare",
    "compared",
    "completion",
    "contribution_title",
    "contribution_words",
    "contributions",
    "definitions_used",
    "drift",
    "drift_words",
    "due_words",
    "earlier_trials",
    "effects_title",
    "effects_words",
    "explained",
    "family",
    "figures",
    "fixed_groups",
    "group_note",
    "iteration_table",
    "iterations",
    "missed",
    "missing_words",
    "mix_words",
    "open_windows",
    "own_kind",
    "parts_picture",
    "plan_words",
    "planned",
    "rates_title",
    "rise_title",
    "same_customers",
    "signed",
    "strategy_columns",
    "strategy_effects",
    "strategy_words",
    "summary",
    "task_words",
    "tasks_title",
    "trial_findings",
    "unclosed",
    "warnings",
    "where",
    "window_words",
    "windows",
    "with_intervals",
    "with_words",
]
