"""Duplicates found and how sure that is, pairs that wait for a person, and which source gave which value."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crm_lib.engagement import Identity
from crm_lib.frames import objects
from crm_lib.frames import rows as rows_of
from crm_lib.language import Message, Value, literal, local, msg, term_or_text
from crm_lib.layering.inventory.counts import Inventory, field_words

_ONE_LIST = "_one_list"  # behind a rule: both have numbers of their own in one list, so that it is less sure
_SURE = frozenset(
    {"key", "phone", "email", f"phone{_ONE_LIST}", f"email{_ONE_LIST}"}
)  # rules that go by an exact value


def duplicates(inventory: Inventory) -> pd.DataFrame:
    """One row a rule that joined records, the most records first: rule, words, records, share of the records joined,

    sure (how sure, in words), probability (mean, NaN where the rule goes by an exact value).
    """
    merges = _parted(inventory["merges"])
    merges = merges[merges["records"] > 0].sort_values(["records", "rule"], ascending=[False, True], ignore_index=True)
    mean = next((merges[name] for name in merges if "probability" in str(name)), None)
    return pd.DataFrame(
        {
            "rule": merges["rule"],
            "words": objects(_rule_words(rule) for rule in merges["rule"]),
            "records": merges["records"].astype("int64"),
            "share": merges["records"] / max(int(merges["records"].sum()), 1),
            "sure": objects(_sure(rule) for rule in merges["rule"]),
            "probability": np.nan
            if mean is None
            else mean.astype("float64").where(~merges["rule"].isin(_SURE)).to_numpy(),
        }
    )


def _parted(merges: pd.DataFrame) -> pd.DataFrame:
    """Joins within one list are a rule of their own."""
    if "one_list" not in merges:
        return merges
    one_list = merges["one_list"].fillna(0).astype("int64")
    within = merges.assign(rule=merges["rule"] + _ONE_LIST, records=one_list)[one_list > 0]
    return pd.concat([merges.assign(records=merges["records"] - one_list), within], ignore_index=True)


def rule_words(identity: Identity) -> Message:
    """How records become customers."""
    if identity.kind == "none":
        return msg("layering.merge_rule")
    join, review = (Value("percent", share) for share in (identity.join_at, identity.review_at))
    said = msg("layering.merge_rule_similar", join=join, review=review)
    return msg("layering.merge_rule_company", said=said) if identity.kind == "company" else said


def _rule_words(rule: str) -> Message:
    return term_or_text("inventory.rule", rule)


def _sure(rule: str) -> Message:
    found = term_or_text("inventory.sure", rule)
    return found if found.id else msg("inventory.sure.other")


def duplicates_title(table: pd.DataFrame, stages: pd.DataFrame) -> Message:
    """How many records are one more of a customer who is there already, and by which rule most were found.

    `table` is `duplicates`, `stages` is `inventory.records_to_customers`.
    """
    counts = stages.set_index("stage")["count"]
    records, customers = int(counts["records"]), int(counts["customers"])
    if table.empty:
        return msg("layering.title.merges_none", records=records, customers=customers)
    first = next(rows_of(table))
    return msg(
        "inventory.title.duplicates" if len(table) > 1 else "inventory.title.duplicates_one",
        records=records,
        customers=customers,
        rule=first.words,
        share=Value("percent", first.share, base=int(table["records"].sum())),
    )


def waiting(inventory: Inventory) -> pd.DataFrame:
    """Pairs that a person has to judge, by band of probability, the most probable first: at_least, below, pairs."""
    review = inventory.get("review")
    if review is None or review.empty:
        return pd.DataFrame({"at_least": [], "below": [], "pairs": []}).astype({"pairs": "int64"})
    review = review[review["pairs"] > 0].sort_values("at_least", ascending=False, ignore_index=True)
    return review[["at_least", "below", "pairs"]]


def decided(inventory: Inventory) -> dict[str, int]:
    """Pairs that a person has judged: 'same', 'different' -> how many."""
    decisions = inventory.get("decisions")
    if decisions is None or decisions.empty:
        return {}
    counts = decisions.groupby("decision")["pairs"].sum()
    return {str(name): int(n) for name, n in counts.items() if n}


def review_words(inventory: Inventory) -> Message | None:
    """How many pairs wait and how many were judged; None where there is neither."""
    pairs, judged = int(waiting(inventory)["pairs"].sum()), decided(inventory)
    if not pairs and not judged:
        return None
    counts = {name: judged.get(name, 0) for name in ("same", "different")}
    return msg("inventory.review" if pairs else "inventory.review_done", pairs=pairs, **counts)


def survivors(inventory: Inventory) -> pd.DataFrame:
    """Which source gave which column of the merged customer: field, rule, label, values, share of the column's values."""
    given = inventory.get("survivorship")
    if given is None or given.empty:
        return pd.DataFrame(columns=["field", "rule", "label", "values", "share"])
    labels = inventory["files"].drop_duplicates("source").set_index("source")["label"].to_dict()
    given = given.sort_values(["column", "values", "source"], ascending=[True, False, True], ignore_index=True)
    sums = given.groupby("column")["values"].transform("sum")
    return pd.DataFrame(
        {
            "field": objects(field_words("customers", column) for column in given["column"]),
            "rule": objects(_survivor_rule(rule) for rule in given["rule"]),
            "label": objects(local(labels[s]) if s in labels else literal(s) for s in given["source"]),
            "values": given["values"],
            "share": given["values"] / sums.where(sums > 0),
        }
    )


def _survivor_rule(rule: str) -> Message:
    return term_or_text("inventory.survivor", rule)


def source_sets(inventory: Inventory) -> pd.DataFrame:
    """In exactly which sources customers stand, the most customers first: sets (a list of messages), customers, share."""
    overlap = inventory["overlap"]
    labels = inventory["files"].drop_duplicates("source").set_index("source")["label"].to_dict()
    total = max(int(overlap["customers"].sum()), 1)
    return pd.DataFrame(
        {
            "sets": objects([local(labels[name]) for name in words.split(" + ")] for words in overlap["sources"]),
            "customers": overlap["customers"],
            "share": overlap["customers"] / total,
        }
    )


def several(inventory: Inventory) -> bool:
    """Whether more than one source names customers."""
    return inventory["records"].dropna(subset=["customer_id"])["source"].nunique() > 1


def one_source(inventory: Inventory) -> Message:
    """In place of an overlap where one source names all customers, or none does."""
    n = int(inventory["overlap"]["customers"].sum())
    return msg("inventory.text.one_source", n=n) if n else msg("layering.title.overlap_none")
