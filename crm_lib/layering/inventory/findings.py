"""What the inventory says: titles that hold on any data, and findings with what to do."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd

from crm_lib.engagement import Definitions
from crm_lib.engine import Engine
from crm_lib.frames import rows as rows_of
from crm_lib.ingest.readers.not_data import KINDS
from crm_lib.ingest.remarks import remarks as remarks
from crm_lib.language import Finding, Message, Value, local, msg
from crm_lib.layering.inventory.counts import FRESH_DAYS, JOINED, OUTCOMES, STALE_DAYS, Inventory, field_words
from crm_lib.layering.layers import Layers

QUARANTINE_HIGH, QUARANTINE_MEDIUM = 0.05, 0.01  # of the rows that are data
TOO_INCOMPLETE = 0.6  # of the required customer fields
_FIELDS = Path(__file__).with_name("customer_fields.sql")


def account_callout(files: pd.DataFrame) -> tuple[Message, str, Message | None]:
    """(text, tone, title): whether every row read is accounted for, and every amount. `files` is `account`."""
    counts = {name: Value("int", int(files[name].sum())) for name in ("rows_read", *OUTCOMES)}
    lost = int(files["difference"].abs().sum())
    not_data = _non_data_words(files)
    if lost:
        rows = msg("layering.account.lost", lost=lost, not_data=not_data, **counts)
    else:
        id = "layering.account.later" if counts["later"].value else "layering.account"
        rows = msg(id, not_data=not_data, **counts)
    amounts = amount_words(files)
    tone = "bad" if lost else "good"
    return (amounts, tone, rows) if amounts else (rows, tone, None)


def _non_data_words(files: pd.DataFrame) -> Message:
    """How many rows are no data, and of which kinds."""
    sums = {kind: int(files[kind].sum()) for kind in KINDS if kind in files}
    kinds = [msg(f"ingest.non_data.{kind}", rows=n) for kind, n in sums.items() if n]
    n = int(files["non_data"].sum())
    return msg("layering.not_data.kinds" if kinds else "layering.not_data", n=n, kinds=Value("list", kinds))


def amount_words(files: pd.DataFrame) -> Message | None:
    """The same account in money, for order lines."""
    orders = files[files["table"] == "order_lines"]
    if orders.empty:
        return None
    names = ("read", "accepted", "quarantined", "duplicates", "later", "declared")
    amounts = {name: Value("money", orders[f"amount_{name}"].sum()) for name in names}
    if orders["amount_declared"].sum():
        return msg("layering.account.amount_declared", **amounts)
    return msg("layering.account.amount_later" if orders["later"].sum() else "layering.account.amount", **amounts)


def rows_title(files: pd.DataFrame) -> Message:
    read, aside = int(files["rows_read"].sum()), int(files["quarantined"].sum())
    if not read:
        return msg("layering.title.rows_none")
    accepted = Value("percent", files["accepted"].sum() / read, base=read, name="layering.accepted_share")
    return msg("layering.title.rows" if aside else "layering.title.rows_all", accepted=accepted, read=read, aside=aside)


def completeness_title(grid: pd.DataFrame) -> Message:
    """`grid` is `completeness_grid`."""
    known = grid.dropna(subset=["completeness"])
    if known.empty:
        return msg("layering.title.completeness_none")
    weakest = known.iloc[known["completeness"].argmin()]
    if weakest["completeness"] >= 1:
        return msg("layering.title.completeness_full")
    share = Value("percent", weakest["completeness"], base=int(weakest["rows"]))
    least = known[known["completeness"] == weakest["completeness"]]
    fields = Value("list", [row.field for row in rows_of(least) if row.label == weakest["label"]])
    return msg("layering.title.completeness", field=fields, source=local(weakest["label"]), share=share)


def customers_words(inventory: Inventory, layers: Layers) -> list[Message]:
    """How many people the customer lists hold, and how many customers were known by the baseline."""
    totals = inventory["totals"].set_index("name")["value"]
    counts = {name: int(totals.get(name, 0)) for name in ("profiles", "profile_customers", "customers")}
    words = [msg("layering.profiles", **counts)] if counts["profiles"] else []
    return [*words, msg("layering.known", until=layers.as_of, known=len(layers.customers), **counts)]


def overlap_title(spread: pd.DataFrame) -> Message:
    """`spread` is `sources_per_customer`."""
    total = int(spread["customers"].sum())
    if not total:
        return msg("layering.title.overlap_none")
    several = int(spread.loc[spread["sources"] > 1, "customers"].sum())
    return msg("layering.title.overlap", share=Value("percent", several / total, base=total), n=several)


def customer_fields(engine: Engine, definitions: Definitions) -> pd.DataFrame:
    """One row a field of the merged customer that anyone has, or that is required: field, column, required, filled,

    customers, completeness; the required first, the least complete first.
    """
    counts = engine.run(_FIELDS).iloc[0]
    customers, required = int(counts["customers"]), definitions.complete_fields
    names = [name for name in counts.index if name != "customers" and (counts[name] or name in required)]
    table = pd.DataFrame(
        {
            "field": [field_words("customers", name) for name in names],
            "column": names,
            "required": [name in required for name in names],
            "filled": [int(counts[name]) for name in names],
            "customers": customers,
        }
    )
    table["completeness"] = (table["filled"] / customers) if customers else float("nan")
    return table.sort_values(["required", "completeness", "column"], ascending=[False, True, True], ignore_index=True)


def information(field_table: pd.DataFrame) -> Finding | None:
    """Completeness of the required customer information and its weakest field. `field_table` is `customer_fields`."""
    required = field_table[field_table["required"]]
    if required.empty or not required["customers"].iloc[0]:
        return None
    given, empty = required[required["filled"] > 0], list(required.loc[required["filled"] == 0, "field"])
    if given.empty:
        return Finding(
            msg("layering.finding.information_none", fields=Value("list", empty)),
            None,
            msg("layering.finding.information_none.action"),
            "medium",
        )
    share, weakest = float(given["completeness"].mean()), given.iloc[0]
    fields = Value("list", list(given.loc[given["filled"] == weakest["filled"], "field"]))
    base = int(weakest["customers"])
    severity = "medium" if share < TOO_INCOMPLETE else "low"
    return Finding(
        msg(
            "layering.finding.information",
            share=Value("percent", share, base=base, name="layering.information"),
            field=fields,
            weakest=Value("percent", weakest["completeness"]),
        ),
        msg(
            "layering.finding.information.evidence_empty" if empty else "layering.finding.information.evidence",
            fields=Value("list", list(required["field"])),
            empty=Value("list", empty),
            missing=base - int(weakest["filled"]),
        ),
        msg("layering.finding.information.action", field=fields),
        severity,  # type: ignore[arg-type]
    )


def quality(files: pd.DataFrame, reasons: pd.DataFrame) -> Finding | None:
    """Rows set aside and the reason of most of them. `files` is `account`, `reasons` is `quarantine`."""
    data = int((files["rows_read"] - files["non_data"]).sum())
    aside = int(files["quarantined"].sum())
    if not aside or not data or reasons.empty:
        return None
    size, worst = aside / data, reasons.iloc[0]
    orders = files[files["table"] == "order_lines"]
    amount, read = orders["amount_quarantined"].abs().sum(), orders["amount_read"].abs().sum()
    money = float(amount / read) if read else 0.0
    weight = max(size, money)
    severity = "high" if weight >= QUARANTINE_HIGH else "medium" if weight >= QUARANTINE_MEDIUM else "low"
    named = isinstance(worst["field"], Message)
    return Finding(
        msg(
            "layering.finding.quality_amount" if money > size else "layering.finding.quality",
            n=aside,
            share=Value("percent", size, base=data),
            amount=Value("money", amount),
            part=Value("percent", money),
        ),
        msg(
            "layering.finding.quality.evidence_field" if named else "layering.finding.quality.evidence",
            source=local(worst["label"]),
            reason=worst["reason"],
            field=worst["field"] if named else "",
            rows=int(worst["rows"]),
            amount=Value("money", amount),
        ),
        msg("layering.finding.quality.action"),
        severity,  # type: ignore[arg-type]
    )


def merging(inventory: Inventory, stages: pd.DataFrame) -> Finding:
    """How many records became how many customers, and by which rule. `stages` is `records_to_customers`."""
    counts = {str(stage): int(n) for stage, n in zip(stages["stage"], stages["count"], strict=True)}
    sources = int(inventory["records"]["source"].nunique())
    joined = sum(counts[rule] for rule in JOINED)
    more = "_named" if counts["name"] else "_more" if counts["probable"] or counts["decision"] else ""
    shared = len(inventory["shared"])
    return Finding(
        msg("layering.finding.merging", records=counts["records"], sources=sources, customers=counts["customers"]),
        msg(
            f"layering.finding.merging.evidence{more}",
            joined=joined,
            shared=shared,
            **{k: counts[k] for k in (*JOINED, "unnamed")},
        ),
        msg(
            "layering.finding.merging.action_done"
            if joined and joined == counts["key"]
            else "layering.finding.merging.action"
        ),
        "low",
    )


def freshness_words(until: date) -> Message:
    """From when a source is no longer fresh."""
    return msg("layering.freshness_rule", until=until, fresh=Value("days", FRESH_DAYS), stale=Value("days", STALE_DAYS))
