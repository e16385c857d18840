"""Chart titles: each says what the data show, whichever way they point."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd

from crm_lib.engagement import OPERATING_CLASSES, Engagement
from crm_lib.engine import Engine
from crm_lib.frames import rows
from crm_lib.language import Message, Value, msg, term, term_or_text
from crm_lib.metrics import says_cover
from crm_lib.metrics.association import two_shares
from crm_lib.presets import terms_may_run
from crm_lib.strategy.channel_pairs import clearest_pair, pair_finding
from crm_lib.strategy.needs import LEAST_GAP, MOST_OVERALL
from crm_lib.strategy.priority import BAND_UP_TO
from crm_lib.strategy.words import all_words, channel_words, class_words, contacts, share_value


def size_title(profile: pd.DataFrame) -> Message:
    if not profile["customers"].sum() or profile["revenue_share"].isna().all():
        return msg("strategy.title.size_unknown", customers=int(profile["customers"].sum()))
    first = profile.sort_values(["revenue_share", "operating_class"], ascending=[False, True]).iloc[0]
    return msg(
        "strategy.title.size",
        name=class_words(first["operating_class"]),
        customers=Value("percent", float(first["customer_share"]), base=int(profile["customers"].sum())),
        revenue=Value("percent", float(first["revenue_share"])),
    )


def size_note(
    engagement: Engagement, engine: Engine | None = None, customers: pd.DataFrame | None = None
) -> Message | None:
    """How many of the dormant have never bought; and of terms."""
    terms = _terms_note(engagement, engine)
    if customers is None:
        return terms
    never = int((customers["operating_class"].eq("dormant") & customers["purchase_days"].fillna(0).eq(0)).sum())
    if not never:
        return terms
    said = msg("strategy.note.never_bought", n=never)
    return said if terms is None else msg("strategy.two_sentences", first=said, second=terms)


def _terms_note(engagement: Engagement, engine: Engine | None) -> Message | None:
    """Where terms are paid ahead: from when silence counts or, where the data do not say until when they run, that one
    who buys nothing may still hold one."""
    if engine and says_cover(engine):
        return msg("strategy.note.recency_covered")
    unsaid = terms_may_run(engagement.client.industry, engagement.definitions.churn_window_days)
    return msg("strategy.note.term_may_run") if unsaid else None


def judged(needs: pd.DataFrame, smallest: int) -> bool:
    """Whether any need of any class rests on enough to be compared with all customers'."""
    return bool((needs["base"] >= smallest).any())


def widest(needs: pd.DataFrame) -> Any:
    """The notable need with the widest gap to all customers, None where none stands out."""
    notable = needs[needs["notable"]].sort_values(["gap", "operating_class", "need"], ascending=[False, True, True])
    return next(rows(notable), None)


def needs_text(baseline: date, smallest: int) -> Message:
    gap = Value("float", 100 * LEAST_GAP)
    return msg(
        "strategy.text.needs", baseline=baseline, smallest=smallest, gap=gap, most=Value("percent", MOST_OVERALL)
    )


def needs_title(needs: pd.DataFrame, smallest: int) -> Message:
    row = widest(needs)
    if row is None:
        return msg(
            "strategy.title.needs_none" if judged(needs, smallest) else "strategy.title.needs_few", smallest=smallest
        )
    return msg(
        "strategy.title.needs",
        need=term(f"strategy.need.{row.need}"),
        name=class_words(row.operating_class),
        share=share_value(row),
        overall=Value("percent", float(row.overall)),
        all=all_words(row.need),
    )


def best_channels(responses: pd.DataFrame) -> pd.DataFrame:
    """The most answered channel of each class and kind of contact with enough, one row each; `channels`: how many have
    enough and are comparable; `proven`: more than the next one beyond chance (Newcombe)."""
    keys = ["operating_class", "kind"]
    known = responses[responses["enough"]]
    fair = known["comparable"] & known["comparable"].groupby([known[key] for key in keys]).transform("sum").gt(1)
    several = fair.groupby([known[key] for key in keys]).transform("any")
    known = known[fair | ~several & ~known.duplicated(keys)]
    best, second = known.drop_duplicates(keys), known.groupby(keys).nth(1)
    both = best.merge(second[[*keys, "channel", "responses", "contacts"]], on=keys, how="left", suffixes=("", "_next"))
    both = both.merge(known.groupby(keys, as_index=False).size().rename(columns={"size": "channels"}), on=keys)
    low, _, _ = two_shares(both["responses"], both["contacts"], both["responses_next"], both["contacts_next"])
    return both.assign(proven=low > 0)


def nothing_to_compare(best: pd.DataFrame, smallest: int) -> Message:
    """That no class has two channels with enough contacts, and the most answered one."""
    top = next(rows(best.sort_values(["share", "operating_class"], ascending=[False, True])))
    channel, name = channel_words(top.channel, top.kind), class_words(top.operating_class)
    return msg("strategy.title.response_alone", smallest=smallest, channel=channel, name=name, rate=share_value(top))


def alike(several: pd.DataFrame) -> Message:
    """That in none of these classes, each named once, a channel is answered more than another."""
    there = [name for name in OPERATING_CLASSES if name in set(several["operating_class"])]
    names = Value("list", [class_words(name) for name in there])
    return msg("strategy.title.response_alike", classes=len(there), names=names)


def response_title(responses: pd.DataFrame, smallest: int) -> Message:
    best = best_channels(responses)
    if not len(best):
        return msg("strategy.title.response_none", smallest=smallest)
    several = best[best["channels"] > 1]
    if not len(several):
        return nothing_to_compare(best, smallest)
    best = best[best["proven"]]
    if not len(best):
        pair = clearest_pair(responses, smallest)
        return alike(several) if pair is None else pair_finding(pair, True).headline
    best = best.assign(leads=best.groupby(["kind", "channel"])["channel"].transform("size"))
    row = next(rows(best.sort_values(["leads", "share", "operating_class"], ascending=[False, False, True])))
    one = responses["enough"] & responses["comparable"] & responses["channel"].eq(row.channel)
    there = responses[one & responses["kind"].eq(row.kind)].merge(several[["operating_class", "kind"]])
    return msg(
        f"strategy.title.response.{row.kind}",
        name=class_words(row.operating_class),
        channel=term_or_text("channel", row.channel),
        rate=share_value(row),
        other=term_or_text("channel", row.channel_next),
        other_rate=Value("percent", float(row.responses_next / row.contacts_next)),
        leads=int(row.leads),
        classes=len(there),  # where it was compared with another
    )


def load_title(capacity: pd.DataFrame) -> Message:
    busy = capacity[capacity["contacts_per_week"] > 0]
    if not len(busy):
        return msg("strategy.title.load_none")
    row = busy.iloc[0]
    given: dict[str, Any] = {"owner": row["label"], "contacts": contacts(row["contacts_per_week"]), "owners": len(busy)}
    if pd.isna(row["capacity"]):
        every = len(busy) > 1 and busy["capacity"].isna().all()
        return msg(f"strategy.title.load_unknown{'_all' if every else ''}", **given)
    given |= {"load": Value("percent", None if pd.isna(row["load"]) else row["load"])}
    above, idle = int((busy["status"] == "bad").sum()), len(capacity) - len(busy)
    rest = "_idle" if idle else ""
    return msg(f"strategy.title.load_{'above' if above else 'fits'}{rest}", above=above, idle=idle, **given)


def calendar_title(weeks: pd.DataFrame, start: date, capacity: pd.DataFrame, days: int, last: date) -> Message:
    """`days`: working days of the calendar from `start` to `last`."""
    if not weeks["due_contacts"].sum():
        return msg("strategy.title.calendar_none")
    given: dict[str, Any] = {
        "days": days,
        "contacts": int(weeks["contacts"].sum()),
        "first": Value("date", max(start, weeks["week"].min().date())),
        "last": Value("date", last),
    }
    overflow = int(weeks["overflow"].sum())
    if not overflow and capacity.loc[capacity["contacts_per_week"] > 0, "capacity"].isna().any():
        return msg("strategy.title.calendar_unknown", **given)
    if not overflow:
        return msg("strategy.title.calendar_fits", **given)
    return msg("strategy.title.calendar_overflow", overflow=overflow, due=int(weeks["due_contacts"].sum()), **given)


def bands_title(bands: pd.DataFrame) -> Message:
    total = float(bands["value_at_risk"].sum())
    if total <= 0:
        return msg("strategy.title.bands_none")
    first = bands[bands["band"] == "a"]
    return msg(
        "strategy.title.bands",
        customers=int(first["customers"].sum()),
        all=int(bands.loc[bands["band"].isin(list(BAND_UP_TO)), "customers"].sum()),
        value=Value("money_short", float(first["value_at_risk"].sum())),
        share=Value("percent", float(first["value_at_risk"].sum()) / total),
    )
