"""What declared rules did to the data: refunds and their orders, amounts converted, missing values filled."""

from __future__ import annotations

import pandas as pd

from crm_lib.frames import objects
from crm_lib.language import Message, msg, term_or_text
from crm_lib.layering.inventory.counts import Inventory, field_words

LINKED = frozenset({"given", "same_order", "matched"})  # ways in which a refund came to its order


def refunds(inventory: Inventory) -> pd.DataFrame:
    """One row a way in which refunds came to their order, the linked first: how (words), linked, rows, amount."""
    given = inventory.get("refunds")
    if given is None or given.empty:
        return pd.DataFrame(columns=["how", "linked", "rows", "amount"])
    sums = given.groupby("how", as_index=False)[["rows", "amount"]].sum()
    sums = sums.assign(linked=sums["how"].isin(LINKED))
    sums = sums.sort_values(["linked", "rows", "how"], ascending=[False, False, True], ignore_index=True)
    return sums.assign(how=objects(term_or_text("ingest.refund", how) for how in sums["how"]))


def currencies(inventory: Inventory) -> pd.DataFrame:
    """One row a file and currency other than the report's: file, currency, rows, amount_original, amount,
    amount_of_sum, without_rate."""
    names = ["file", "currency", "rows", "amount_original", "amount", "amount_of_sum", "without_rate"]
    given = inventory.get("currencies")
    return pd.DataFrame(columns=names) if given is None else given[names].reset_index(drop=True)


def taxes(inventory: Inventory) -> pd.DataFrame:
    """One row a file whose amounts were brought to another basis, or could not be: file, written, counted (words), rows, amount_written, amount,
    without_tax_known."""
    names = ["file", "written", "counted", "rows", "amount_written", "amount", "without_tax_known"]
    given = inventory.get("taxes")
    if given is None or given.empty:
        return pd.DataFrame(columns=names)
    given = given[(given["rows"] > 0) | (given["without_tax_known"] > 0)].reset_index(drop=True)
    words = {name: objects(msg(f"inventory.basis.{basis}") for basis in given[name]) for name in ("written", "counted")}
    return given.assign(**words)[names]


def fills(inventory: Inventory) -> pd.DataFrame:
    """One row a source, field and rule that filled missing values: label, field, rule (words), cells."""
    given = inventory.get("filled")
    if given is None or given.empty:
        return pd.DataFrame(columns=["label", "field", "rule", "cells"])
    labels = inventory["files"].drop_duplicates("source").set_index("source")["label"]
    return pd.DataFrame(
        {
            "label": objects(labels[source] for source in given["source"]),
            "field": objects(map(field_words, given["table"], given["column"])),
            "rule": objects(_rule(rule) for rule in given["rule"]),
            "cells": given["cells"].to_numpy(),
        }
    )


def _rule(rule: str) -> Message:
    return term_or_text("inventory.fill", rule)
