"""What a table can show: columns without any value are left out, and notes speak of what is there."""

from __future__ import annotations

import pandas as pd

from crm_lib.language import Message, msg


def known_columns(table: pd.DataFrame, spec: str) -> str:
    """`spec` ('name:kind name:kind! ...') without the columns that hold no value in any row."""
    return " ".join(part for part in spec.split() if table[part.partition(":")[0]].notna().any())


def stand_out_note(profile: pd.DataFrame, smallest_base: int) -> Message | None:
    """How a category stands out, where any is shown."""
    return msg("layering.note.stand_out", n=smallest_base) if profile["stand_out"].notna().any() else None


def service_note(profile: pd.DataFrame, smallest_base: int) -> Message | None:
    """What the shares of complaints and the NPS are, of those that are shown."""
    complaints, nps = profile["complaint_share"].notna().any(), profile["nps_words"].notna().any()
    if complaints and nps:
        return msg("layering.note.service", n=smallest_base)
    if complaints:
        return msg("layering.note.complaints")
    return msg("layering.note.nps", n=smallest_base) if nps else None
