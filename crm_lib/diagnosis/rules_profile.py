"""Rule on customer records: required fields that are missing."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from crm_lib.diagnosis.checks import Check, PainPoint, absent, limit
from crm_lib.diagnosis.measured import Measured
from crm_lib.diagnosis.rules_trend import action
from crm_lib.diagnosis.words import sentences
from crm_lib.language import Message, Value, msg, term, term_or_text

COMPLETE = 0.90  # of the required fields filled


def profile_incomplete(measured: Measured) -> Check:
    """The required fields that are filled, over all customers on record."""
    said = limit("profile_incomplete", share=Value("percent", COMPLETE))
    filled = measured.completeness
    if not filled.base:
        return absent("profile_incomplete", said, "customers", measured.engine, measured.smallest_base)
    figure = msg("diagnosis.check.value", value=filled)
    if filled.value >= COMPLETE:
        return Check("profile_incomplete", "clear", figure, said)
    fields = list(measured.definitions.complete_fields)
    people = measured.customers[measured.customers["has_profile"] == 1]
    empty = measured.empty_fields
    if len(empty) == len(fields):
        return Check("profile_incomplete", "absent", msg("diagnosis.check.no_profile"), said)
    lacking = people[(people[[f"has_{field}" for field in fields]] == 0).any(axis=1)]
    contact = [field for field in ("phone", "email") if field in fields]
    unreachable = (
        people[(people[[f"has_{field}" for field in contact]] == 0).all(axis=1)] if contact else people.iloc[:0]
    )
    given = [field for field in fields if field not in empty]
    worst = min(given, key=lambda field: (people[f"has_{field}"].mean(), field))
    pain = PainPoint(
        rule="profile_incomplete",
        headline=msg("diagnosis.finding.profile_incomplete", value=filled, limit=Value("percent", COMPLETE)),
        evidence=sentences(
            _empty_fields(empty), _worst_field(people, worst, given), _worst_channel(measured, people, worst)
        ),
        action=_action(measured, people),
        basis=msg("diagnosis.basis.profile" if contact else "diagnosis.basis.profile_no_contact"),
        customers=len(lacking),
        revenue=float(unreachable["revenue_year"].sum()) if contact else None,
    )
    return Check("profile_incomplete", "found", figure, said, pain)


def _action(measured: Measured, people: pd.DataFrame) -> Message:
    """Completeness is published by owner only where customers have one."""
    by = "entry_by_owner" if people["owner"].notna().any() else "entry"
    return action(measured, "profile_incomplete", more=msg(f"diagnosis.action.{by}"))


def _empty_fields(fields: tuple[str, ...]) -> Message | None:
    """The required fields without a value in any record: rather not delivered than never asked for."""
    if not fields:
        return None
    return msg("diagnosis.evidence.empty_fields", fields=Value("list", [term(f"column.customers.{f}") for f in fields]))


def _worst_field(people: pd.DataFrame, field: str, given: Sequence[str]) -> Message:
    share = Value("percent", float(people[f"has_{field}"].mean()), len(people), name=f"profile.{field}")
    return msg("diagnosis.evidence.worst_field", field=emptiest(people, field, given), share=share)


def emptiest(people: pd.DataFrame, field: str, given: Sequence[str]) -> Value:
    """The field with all others that are filled as seldom."""
    filled = {name: int(people[f"has_{name}"].sum()) for name in given}
    return Value("list", [term(f"column.customers.{name}") for name in given if filled[name] == filled[field]])


def _worst_channel(measured: Measured, people: pd.DataFrame, field: str) -> Message | None:
    """The join channel, else the usual channel, that makes up most of what is missing in a field, where it stands out."""
    lacking = people[f"has_{field}"] == 0
    joined = _standing_out("diagnosis.evidence.worst_channel", people["join_channel"], lacking)
    if joined:
        return joined
    parts = measured.dimensions
    usual = parts[parts["dimension"] == "channel"].set_index("customer_id")["part"]
    return _standing_out("diagnosis.evidence.usual_channel", people["customer_id"].map(usual), lacking)


def _standing_out(id: str, channels: pd.Series, lacking: pd.Series) -> Message | None:
    channels = channels.where(channels.notna() & channels.ne(""))
    counts = channels[lacking].value_counts().sort_index().sort_values(ascending=False, kind="stable")
    if counts.empty or channels.nunique() < 2:
        return None
    channel, share = counts.index[0], counts.iloc[0] / int(lacking.sum())
    own = channels.eq(channel).mean()
    if share < 1.25 * own:
        return None
    return msg(
        id,
        channel=term_or_text("channel", channel),
        share=Value("percent", float(share), int(counts.iloc[0])),
        own=Value("percent", float(own)),
    )
