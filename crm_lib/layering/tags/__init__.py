"""Tags: groups of customers by rules that the engagement declares or that the library holds (tree -> SQL -> sizes)."""

from crm_lib.layering.tags.findings import drift, lengthy, overlap_title, reading, sizes_title
from crm_lib.layering.tags.membership import Tags, artifact, largest, missing, overlap, pairs, sizes, tags
from crm_lib.layering.tags.settings import kpi_words, preset_words, settings_used

__all__ = [
    "Tags",
    "artifact",
    "drift",
    "kpi_words",
    "largest",
    "lengthy",
    "missing",
    "overlap",
    "overlap_title",
    "pairs",
    "preset_words",
    "reading",
    "settings_used",
    "sizes",
    "sizes_title",
    "tags",
]
