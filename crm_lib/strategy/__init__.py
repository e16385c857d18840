"""Phase 3: what each class needs, which channels it answers to, who contacts whom how often, and whether it fits."""

from crm_lib.metrics.customer_types import customer_types, types_words
from crm_lib.strategy.baselines import aim_periods
from crm_lib.strategy.capacity import busiest, capacity, drawn
from crm_lib.strategy.categories import categories, preferences
from crm_lib.strategy.channels import purchase_channels, responses
from crm_lib.strategy.customers import customers
from crm_lib.strategy.definitions import definitions
from crm_lib.strategy.findings import findings
from crm_lib.strategy.headline import headline
from crm_lib.strategy.needs import needs
from crm_lib.strategy.plan import members, plan, plan_handoff
from crm_lib.strategy.priority import bands, fatigue
from crm_lib.strategy.profile import class_profile
from crm_lib.strategy.proposals import strategies
from crm_lib.strategy.remarks import remarks
from crm_lib.strategy.schedule import calendar_days, contact_plan, days, last_day
from crm_lib.strategy.strategy_table import strategy_table
from crm_lib.strategy.tables import (
    category_table,
    compared_needs,
    day_table,
    needs_table,
    owner_days,
    purchase_table,
    response_table,
    scope_coverage,
    size_table,
    week_table,
)
from crm_lib.strategy.titles import (
    bands_title,
    calendar_title,
    load_title,
    needs_text,
    needs_title,
    response_title,
    size_note,
    size_title,
)
from crm_lib.strategy.workload import workload, workload_text

__all__ = [
    "aim_periods",
    "bands",
    "bands_title",
    "busiest",
    "calendar_days",
    "calendar_title",
    "capacity",
    "categories",
    "category_table",
    "class_profile",
    "compared_needs",
    "contact_plan",
    "customer_types",
    "customers",
    "day_table",
    "days",
    "definitions",
    "drawn",
    "fatigue",
    "findings",
    "headline",
    "last_day",
    "load_title",
    "members",
    "needs",
    "needs_table",
    "needs_text",
    "needs_title",
    "owner_days",
    "plan",
    "plan_handoff",
    "preferences",
    "purchase_channels",
    "purchase_table",
    "remarks",
    "response_table",
    "response_title",
    "responses",
    "scope_coverage",
    "size_note",
    "size_table",
    "size_title",
    "strategies",
    "strategy_table",
    "types_words",
    "week_table",
    "workload",
    "workload_text",
]
