"""The integration inventory: what was received, what became of each row, how good it is, how records became customers."""

from crm_lib.layering.inventory import aside, findings, mapping, masking, merging, quality, questions, rules, uses
from crm_lib.layering.inventory.counts import (
    account,
    completeness_grid,
    field_words,
    fields,
    quarantine,
    records_to_customers,
    rows_by_outcome,
    sent,
    source_overlap,
    sources_per_customer,
    standardised,
    standardised_by_rule,
)

__all__ = [
    "account",
    "aside",
    "completeness_grid",
    "field_words",
    "fields",
    "findings",
    "mapping",
    "masking",
    "merging",
    "quality",
    "quarantine",
    "questions",
    "records_to_customers",
    "rows_by_outcome",
    "rules",
    "sent",
    "source_overlap",
    "sources_per_customer",
    "standardised",
    "standardised_by_rule",
    "uses",
]
