"""What a finding says of owners whose contacts on record have ended, and what to do about their customers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pandas as pd

from crm_lib.diagnosis.measured import Measured
from crm_lib.diagnosis.words import part_label, responsible, sentences
from crm_lib.language import Message, Value, msg


def gone_of(measured: Measured, dimension: str, parts: Iterable[str]) -> pd.DataFrame:
    """Of these parts, where they are owners: `ended_owners`."""
    found = measured.ended_owners
    return found[found["owner"].isin([*parts])] if dimension == "owner" else found.iloc[:0]


def last_contacts(measured: Measured, gone: pd.DataFrame) -> list[Message]:
    return [
        msg(
            "diagnosis.part.owner_ended",
            owner=part_label(measured.engagement, "owner", row["owner"]),
            last=Value("date", pd.Timestamp(row["last_on"]).date()),
            pace=Value("float", row["contacts_per_week"]),
        )
        for row in gone.to_dict("records")
    ]


def handed_over(measured: Measured, gone: Sequence[str], known_by: str, rule: str) -> Message:
    """The whole action of a finding on these owners' customers."""
    said = sentences(
        msg(f"diagnosis.action.{known_by}", owners=_listed(measured, gone)), responsible(measured.engagement, rule)
    )
    assert said is not None
    return said


def look_after(measured: Measured, gone: Sequence[str]) -> Message | None:
    """The same in one sentence, beside the action of another finding."""
    named = list(dict.fromkeys(gone))
    return msg("diagnosis.action.look_after", owners=_listed(measured, named)) if named else None


def _listed(measured: Measured, owners: Sequence[str]) -> Value:
    return Value("list", [part_label(measured.engagement, "owner", owner) for owner in owners])
