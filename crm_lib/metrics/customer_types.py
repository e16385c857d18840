"""Of which type the customers of each operating class are, beside those of the other classes: 02 and 03 tell the same."""

from __future__ import annotations

import pandas as pd

from crm_lib.engagement import OPERATING_CLASSES
from crm_lib.engine import Engine
from crm_lib.frames import objects
from crm_lib.language import Message, Value, literal, msg, term
from crm_lib.metrics.association import beyond_rest
from crm_lib.metrics.intervals import wilson
from crm_lib.metrics.not_stated import named_parts

MOST_TYPES = 8  # the largest
COLUMNS = [
    "operating_class",
    "customer_type",
    "type_label",
    "customers",
    "base",
    "share",
    "low",
    "high",
    "others",
    "above",
]


def customer_types(engine: Engine, members: pd.DataFrame, smallest: int) -> pd.DataFrame:
    """COLUMNS a class and type of `members` [customer_id, operating_class]; empty with fewer than two types on record.

    share: of the class's customers with a type (`base`), with its interval; others: of those of all other classes; above:
    whether the share lies above it by more than chance (Bonferroni over all classes and types with `smallest`).
    """
    said = engine.sql("SELECT customer_id, customer_type FROM customers WHERE customer_type IS NOT NULL")
    said = said.assign(customer_type=named_parts(said["customer_type"]))
    known = members[["customer_id", "operating_class"]].merge(said[said["customer_type"].ne("")], on="customer_id")
    sizes = known["customer_type"].value_counts().rename_axis("name").reset_index(name="n")
    types = sizes.sort_values(["n", "name"], ascending=[False, True])["name"].head(MOST_TYPES).tolist()
    if len(types) < 2:
        return pd.DataFrame(columns=COLUMNS)
    counts = known.groupby(["operating_class", "customer_type"]).size()
    classes = [name for name in OPERATING_CLASSES if name in set(known["operating_class"])]
    cells = pd.MultiIndex.from_product([classes, types], names=["operating_class", "customer_type"])
    found = counts.reindex(cells, fill_value=0).rename("customers").reset_index()
    found["base"] = found["operating_class"].map(known["operating_class"].value_counts())
    rest = (
        found["customer_type"].map(known["customer_type"].value_counts()) - found["customers"],
        len(known) - found["base"],
    )
    low, high = wilson(found["customers"], found["base"])
    others, above = beyond_rest(found["customers"], found["base"], found["base"] >= smallest, rest)
    found = found.assign(share=found["customers"] / found["base"], low=low, high=high, others=others, above=above)
    return found.assign(type_label=objects(map(literal, found["customer_type"])))[COLUMNS]


def types_words(found: pd.DataFrame, advised: bool = False) -> Message:
    """The class and type with the widest gap to the others, or that none differs by more than chance; `advised`: what
    follows from it."""
    above = found[found["above"].astype(bool)]
    if above.empty:
        return msg("customer_types.none", n=int(found.drop_duplicates("operating_class")["base"].sum()))
    gap = above["share"] - above["others"]
    row = above.assign(gap=gap).sort_values(["gap", "operating_class", "customer_type"], ascending=[False, True, True])
    first = row.iloc[0]
    name = f"customer_type.{first['operating_class']}"
    share = Value("percent", first["share"], int(first["base"]), first["low"], first["high"], name)
    return msg(
        f"customer_types.{'advised' if advised else 'most'}",
        name=term(f"class.{first['operating_class']}"),
        type=literal(first["customer_type"]),
        share=share,
        others=Value("percent", first["others"]),
    )
