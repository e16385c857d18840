"""What the data carry and what they do not: each use of them, by the share of rows that have what it takes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from crm_lib.engine import Engine
from crm_lib.frames import objects
from crm_lib.frames import rows as rows_of
from crm_lib.language import Finding, Message, Value, msg
from crm_lib.layering.inventory.counts import Inventory

# In reading order. Each has its words as inventory.use.<use>, .measure and .lacking (what to do where it is lacking).
USES = (
    "layers",
    "margin",
    "profile",
    "phone",
    "email",
    "consent",
    "complaints",
    "satisfaction",
    "contacts",
    "campaigns",
)
# Uses that a column alone decides.
_COLUMN_OF = {
    "margin": ("order_lines", "cost"),
    "contacts": ("interactions", "outcome"),
    "campaigns": ("campaign_members", "arm"),
}
CARRIES, PARTLY = 0.9, 0.6  # share from which a use is carried, and carried in part
_COUNTS = Path(__file__).with_name("uses.sql")
_CONSENT = Path(__file__).with_name("consent.sql")
CONSENTS = ("allowed", "refused", "unknown")


def uses(engine: Engine, field_table: pd.DataFrame, inventory: Inventory) -> pd.DataFrame:
    """One row of USES: use, measure (its words), base, have, share, carries ('yes', 'partly', 'no', 'none' where no row

    has it), lacking (what to do). `field_table` is `inventory.findings.customer_fields`.
    """
    counts = engine.run(_COUNTS).set_index("purpose")
    counts.loc["profile"] = _required(field_table)
    table = counts.loc[list(USES)].rename_axis("use").reset_index()
    share = table["have"] / table["base"].where(table["base"] > 0)
    later = np.array([_begun_later(*one, inventory) for one in zip(table["use"], table["base"], share, strict=True)])
    steps = [(table["have"] == 0) & ~(later > 0), share >= CARRIES, share >= PARTLY]
    carries = np.select(steps, ["none", "yes", "partly"], "no")
    return table.assign(
        share=share,
        carries=carries,
        measure=objects(msg(f"inventory.use.{use}.measure") for use in table["use"]),
        lacking=objects(map(_lacking, table["use"], table["base"], carries, later)),
    )


def _required(field_table: pd.DataFrame) -> list[int]:
    """Cells of the required fields, and how many are filled."""
    required = field_table[field_table["required"]]
    return [int(required["customers"].sum()), int(required["filled"].sum())]


def _lacking(use: str, base: int, carries: str, later: float) -> Message | None:
    if carries == "yes":
        return None
    if later:
        return msg("inventory.use.later", share=Value("percent", later))
    return msg(f"inventory.use.{use}.lacking") if base else msg("inventory.not_delivered")


def _begun_later(use: str, base: int, share: float, inventory: Inventory) -> float:
    """Share in all files where it is far above that of the rows up to the baseline, else 0."""
    if not base or use not in _COLUMN_OF:
        return 0.0
    whole = _in_files(inventory, *_COLUMN_OF[use])
    return whole if whole >= max(PARTLY, 2 * share) else 0.0


def _in_files(inventory: Inventory, table: str, column: str) -> float:
    """Share of the rows of all files, later ones than the baseline's among them, that have the column."""
    columns, files = inventory["columns"], inventory["files"]
    filled = columns.loc[(columns["table"] == table) & (columns["column"] == column), "filled"].sum()
    rows = int(files.loc[files["table"] == table, "accepted"].sum())
    return float(filled) / rows if rows else 0.0


def conclusion(table: pd.DataFrame) -> Finding:
    """What the data carry, carry in part and do not carry. `table` is `uses`."""
    weak = table[(table["carries"] != "yes") & (table["base"] > 0)]
    layers = str(table.set_index("use").loc["layers", "carries"])
    severity = "high" if layers in ("no", "none") else "medium" if layers == "partly" or len(weak) else "low"
    return Finding(
        _told(table),
        msg("inventory.conclusion.evidence", carries=Value("percent", CARRIES), partly=Value("percent", PARTLY)),
        _first_to_mend(weak),
        severity,  # type: ignore[arg-type]
    )


def _first_to_mend(weak: pd.DataFrame) -> Message | None:
    first = next((row.lacking for row in rows_of(weak)), None)
    return msg("inventory.conclusion.action", first=first) if first and len(weak) > 1 else first


def _told(table: pd.DataFrame) -> Message:
    """'The data carry: ...; in part: ...; not: ...', without the parts that hold nothing."""
    kinds = {"yes": ["yes"], "partly": ["partly"], "no": ["no", "none"]}
    uses = {name: list(table.loc[table["carries"].isin(kinds[name]), "use"]) for name in kinds}
    named = {
        name: Value("list", [msg(f"inventory.use.{use}") for use in found]) for name, found in uses.items() if found
    }
    first, *others = named
    opening = "yes" if first == "yes" else f"first_{first}"
    parts = [msg(f"inventory.conclusion.{opening}", uses=named[first])]
    parts += [msg(f"inventory.conclusion.{name}", uses=named[name]) for name in others]
    told = parts.pop()
    for part in reversed(parts):
        told = msg("inventory.conclusion.joined", first=part, rest=told)
    return told


def consent(engine: Engine) -> pd.DataFrame:
    """One row of CONSENTS that occurs: consent, customers, share, with_phone, with_email (those who have one)."""
    counts = engine.run(_CONSENT).set_index("consent")
    table = counts.reindex([name for name in CONSENTS if name in counts.index]).rename_axis("consent").reset_index()
    return table.assign(share=table["customers"] / max(int(table["customers"].sum()), 1))


def consent_title(table: pd.DataFrame) -> Message:
    """How many may be contacted by phone. `table` is `consent`."""
    counts = table.set_index("consent")
    total = int(table["customers"].sum())
    if not total or set(counts.index) == {"unknown"}:
        return msg("inventory.title.consent_none", n=total)
    allowed = int(counts["with_phone"].get("allowed", 0))
    refused = int(counts["customers"].get("refused", 0))
    share = Value("percent", allowed / total, base=total)
    return msg("inventory.title.consent", n=allowed, share=share, refused=refused)
