"""Next product: items that go together beyond chance, and for each layer whom to offer what."""

from crm_lib.layering.products.chance import pairs_by_chance
from crm_lib.layering.products.counts import Counts, count
from crm_lib.layering.products.itemsets import bundles, itemsets
from crm_lib.layering.products.offers import offers
from crm_lib.layering.products.rules import basket_rules, certain, customer_rules, pair_table
from crm_lib.layering.products.words import (
    basis,
    baskets_title,
    bundle_rows,
    finding,
    missing,
    offer_rows,
    offers_title,
    shown,
)

__all__ = [
    "Counts",
    "basis",
    "basket_rules",
    "baskets_title",
    "bundle_rows",
    "bundles",
    "certain",
    "count",
    "customer_rules",
    "finding",
    "itemsets",
    "missing",
    "offer_rows",
    "offers",
    "offers_title",
    "pair_table",
    "pairs_by_chance",
    "shown",
]
