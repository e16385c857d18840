"""What the pairs of items say: titles, the finding, and what is used where no pair is sure."""

from __future__ import annotations

import pandas as pd

from crm_lib.language import Finding, Message, Value, literal, msg, term
from crm_lib.layering.products.counts import LEVELS, Counts
from crm_lib.layering.products.rules import EXPECTED, certain
from crm_lib.metrics.association import ACCEPTED


def level_word(counts: Counts) -> Message:
    return msg(f"product.level.{counts.level}")


def basis(counts: Counts) -> list[Message]:
    """What an item is, how many there are, how pairs are tested."""
    known = Value("percent", counts.known)
    words = [msg("product.basis", level=level_word(counts), known=known, sold=counts.sold, baskets=counts.all_baskets)]
    if counts.sold > len(counts.items):
        words.append(msg("product.basis.capped", n=len(counts.items), sold=counts.sold))
    test: dict[str, Value | int] = {"q": Value("percent", ACCEPTED), "expected": int(EXPECTED)}
    return [*words, msg("product.basis.test", **test)]


def missing(smallest_base: int) -> Message:
    """Why there is no chapter: no column tells what was bought."""
    return msg("product.missing", levels=Value("list", [msg(f"product.level.{level}") for level in LEVELS]))


def shown(rules: pd.DataFrame) -> pd.DataFrame:
    """Each sure pair once, in the direction with the higher confidence; the farthest from chance first."""
    sure = certain(rules)
    low, high = sure[["bought", "offer"]].min(axis=1), sure[["bought", "offer"]].max(axis=1)
    keys = [*([sure["operating_class"]] if "operating_class" in sure else []), low, high]
    first = sure.sort_values(["confidence", "bought"], ascending=[False, True]).groupby(keys, sort=False).head(1)
    return first.sort_values(["against_chance", "bought", "offer"], ascending=[False, True, True], ignore_index=True)


def baskets_title(counts: Counts, rules: pd.DataFrame) -> Message:
    """`rules` is `basket_rules`."""
    sure = shown(rules)
    tested = int(rules["p"].notna().sum()) // 2
    if not tested:
        return msg("product.title.baskets_few", n=counts.all_baskets)
    if sure.empty:
        return msg("product.title.baskets_none", tested=tested)
    best = sure.iloc[0]
    return msg(
        "product.title.baskets",
        n=len(sure),
        tested=tested,
        bought=literal(best["bought"]),
        offer=literal(best["offer"]),
        times=Value("ratio", best["against_chance"]),
        baskets=int(best["both"]),
    )


def offers_title(table: pd.DataFrame) -> Message:
    """`table` is `offers`."""
    sure, borrowed = (table[table["rests_on"] == kind] for kind in ("layer", "everyone"))
    if sure.empty and borrowed.empty:
        usable = table[table["rests_on"] == "popular"]
        return msg("product.title.offers_popular" if len(usable) else "product.title.offers_few")
    others = int(borrowed["open_customers"].sum())
    if sure.empty:
        return msg("product.title.offers_borrowed", n=others)
    title = msg("product.title.offers", n=int(sure["open_customers"].sum()), **_named(_widest(sure)))
    return msg("product.title.offers_both", title=title, n=others) if others else title


def _widest(table: pd.DataFrame) -> pd.Series:
    """The offer that applies to most customers."""
    return table.sort_values(["open_customers", "operating_class"], ascending=[False, True]).iloc[0]


def _named(row: pd.Series) -> dict[str, Value | Message]:
    return {
        "class": term(f"class.{row['operating_class']}"),
        "bought": literal(row["bought"]),
        "offer": literal(row["offer"]),
        "open": Value("int", int(row["open_customers"])),
    }


def offer_rows(table: pd.DataFrame) -> pd.DataFrame:
    """`offers` with the offer and its reason in words."""
    return table.assign(
        words=pd.Series([_offer_words(row) for _, row in table.iterrows()], dtype=object),
        reason=pd.Series([_reason(row) for _, row in table.iterrows()], dtype=object),
    )


def _offer_words(row: pd.Series) -> Message:
    if row["rests_on"] == "none":
        return msg("product.offer.none")
    if row["rests_on"] == "popular":
        return msg("product.offer.popular", offer=literal(row["offer"]))
    return msg("product.offer.rule", bought=literal(row["bought"]), offer=literal(row["offer"]))


def _reason(row: pd.Series) -> Message:
    if row["rests_on"] == "none":
        return msg("product.reason.none", n=int(row["buyers"]))
    share = Value("percent", row["confidence"])
    if row["rests_on"] == "popular":
        return msg("product.reason.popular", share=share)
    times, n = Value("ratio", row["against_chance"]), int(row["units"])
    return msg(f"product.reason.{row['rests_on']}", share=share, times=times, n=n)


def finding(counts: Counts, table: pd.DataFrame) -> Finding | None:
    """Of the offers that are sure within their layer the one that applies to most customers, and its evidence; None without.
    `table` is `offers`."""
    sure = table[table["rests_on"] == "layer"]
    if sure.empty:
        return None
    best = _widest(sure)
    return Finding(
        msg("product.finding", **_named(best)),
        msg(
            "product.finding.evidence",
            bought=literal(best["bought"]),
            offer=literal(best["offer"]),
            share=Value("percent", best["confidence"], base=int(best["units"])),
            times=Value("ratio", best["against_chance"]),
            q=Value("ratio", max(float(best["q"]), 0.01)),
            days=Value("days", round(best["mean_days"]) if best["mean_days"] == best["mean_days"] else None),
        ),
        msg(
            "product.finding.action",
            **{name: word for name, word in _named(best).items() if name in ("class", "offer")},
        ),
        "low",
    )


def bundle_rows(table: pd.DataFrame) -> pd.DataFrame:
    """`bundles` with its items as words."""
    return table.assign(items=pd.Series([[literal(item) for item in items] for items in table["items"]], dtype=object))
