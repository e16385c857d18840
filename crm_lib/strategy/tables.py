"""The other tables that the client reads: needs, channels, calendar, scope, with ids turned into words."""

from __future__ import annotations

import pandas as pd

from crm_lib.engagement import OPERATING_CLASSES, Engagement
from crm_lib.frames import objects, rows
from crm_lib.language import literal, term_or_text
from crm_lib.strategy.words import channel_words, detail_words

READINGS = ("stands_out", "as_others", "below", "by_rule", "too_few")
MOST_CATEGORIES = 3  # of each class before the others


def needs_table(needs: pd.DataFrame, smallest: int) -> pd.DataFrame:
    """needs with detail in words and a `reading` of READINGS; those that stand out first, else in their order."""
    frame = needs.assign(reading="as_others")
    frame.loc[frame["high"] < frame["overall"], "reading"] = "below"
    frame.loc[frame["notable"], "reading"] = "stands_out"
    frame.loc[frame["by_rule"], "reading"] = "by_rule"
    frame.loc[frame["base"] < smallest, "reading"] = "too_few"
    frame["detail"] = objects(detail_words(row.need, row.detail) if row.detail else None for row in rows(frame))
    return frame.sort_values("reading", key=lambda one: one.map(READINGS.index), kind="stable", ignore_index=True)


def compared_needs(needs: pd.DataFrame, smallest: int) -> pd.DataFrame:
    """The needs that a picture may compare: enough customers, and not brought about by the rule of the class."""
    return needs[(needs["base"] >= smallest) & ~needs["by_rule"]]


def response_table(responses: pd.DataFrame) -> pd.DataFrame:
    """responses with channel and kind in words and a `reading`: enough, one_campaign (compared with none) or too_few;
    these come last."""
    frame = responses.assign(
        channel=objects(channel_words(row.channel, row.kind) for row in rows(responses)),
        reading=responses["enough"].map({True: "enough", False: "too_few"}),
    )
    frame.loc[frame["enough"] & ~frame["comparable"], "reading"] = "one_campaign"
    return frame.sort_values("reading", kind="stable", ignore_index=True)


def purchase_table(purchases: pd.DataFrame) -> pd.DataFrame:
    """purchase_channels with the channel in words."""
    return purchases.assign(channel=objects(term_or_text("channel", channel) for channel in purchases["channel"]))


def category_table(preferences: pd.DataFrame) -> pd.DataFrame:
    """preferences with category in words, the strongest leaning first; three of every class before the others."""
    frame = preferences.assign(_class=preferences["operating_class"].map(list(OPERATING_CLASSES).index))
    frame = frame.sort_values(["_class", "index", "category"], ascending=[True, False, True], ignore_index=True)
    frame = frame.drop(columns="_class").assign(category=objects(literal(category) for category in frame["category"]))
    later = frame.groupby("operating_class").cumcount() >= MOST_CATEGORIES
    return frame.iloc[later.argsort(kind="stable")].reset_index(drop=True)


def owner_days(engagement: Engagement, days: pd.DataFrame) -> pd.DataFrame:
    """Contacts by day and owner, the owner in words: day, owner, contacts."""
    sums = days.groupby(["day", "owner"], as_index=False)["contacts"].sum()
    return sums.assign(owner=objects(engagement.owner_label(owner) for owner in sums["owner"]))


def day_table(engagement: Engagement, plan: pd.DataFrame, days: pd.DataFrame) -> pd.DataFrame:
    """Contacts by day, owner and strategy in words: day, weekday, owner, strategy, contacts."""
    labels = dict(zip(plan["strategy"], plan["label"], strict=True))
    return days.assign(
        weekday=days["day"].dt.day_of_week + 1,
        owner=objects(engagement.owner_label(owner) for owner in days["owner"]),
        strategy=objects(labels[strategy] for strategy in days["strategy"]),
    )


def week_table(engagement: Engagement, contact_plan: pd.DataFrame, count: int) -> pd.DataFrame:
    """The first weeks by owner: week, owner_id, owner (words), due_contacts, contacts, overflow."""
    sums = contact_plan.groupby(["week", "owner"], as_index=False)[["contacts", "overflow"]].sum()
    sums = sums[sums["week"].isin(sorted(sums["week"].unique())[:count])].reset_index(drop=True)
    return sums.assign(
        due_contacts=sums["contacts"] + sums["overflow"],
        owner_id=sums["owner"],
        owner=objects(engagement.owner_label(owner) for owner in sums["owner"]),
    )


def scope_coverage(engagement: Engagement, scope_members: pd.DataFrame, members: pd.DataFrame) -> pd.DataFrame:
    """How much of each scope group the strategies reach: group (words), customers, contacted, share."""
    touched = set(members["customer_id"])
    flags = scope_members.assign(contacted=scope_members["customer_id"].isin(touched))
    known = {f"scope:{rule.id}" for rule in engagement.scope}
    flags = flags[flags["group_id"].isin(known)]
    frame = flags.groupby("group_id")["contacted"].agg(["size", "sum"]).reset_index()
    frame = frame.rename(columns={"size": "customers", "sum": "contacted"}).astype({"contacted": "int64"})
    frame["share"] = frame["contacted"] / frame["customers"]
    return frame.assign(group=objects(engagement.group_label(group) for group in frame["group_id"]))


def size_table(profile: pd.DataFrame) -> pd.DataFrame:
    """Share of customers and of revenue, one row a class and measure: operating_class, measure, share."""
    return profile.melt("operating_class", ["customer_share", "revenue_share"], "measure", "share")
