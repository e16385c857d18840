"""The team that answers for a subject, read from the ids of the engagement's links and teams."""

from __future__ import annotations

from crm_lib.engagement import Engagement, Team

# Words in the ids of links and teams that answer for a rule's subject, the most telling first.
TEAM_WORDS: dict[str, tuple[str, ...]] = {
    "churn_rise": ("follow", "retention", "crm", "advisor", "sales", "member"),
    "revenue_fall": ("sales", "key", "account", "store", "crm"),
    "repurchase_fall": ("follow", "retention", "crm", "advisor", "sales", "member"),
    "active_fall": ("follow", "retention", "crm", "advisor", "sales", "member"),
    "part_falls": ("store", "branch", "sales", "channel", "crm"),
    "renewal_falls": ("store", "branch", "follow", "retention", "crm", "advisor", "sales", "member"),
    "absent_holders": ("follow", "retention", "renewal", "member", "crm", "advisor", "sales", "store", "branch"),
    "missed_rise": ("appointment", "booking", "reception", "front", "store", "branch", "service", "crm"),
    "key_leaving": ("key", "advisor", "follow", "sales", "account", "store", "crm"),
    "key_uncontacted": ("key", "advisor", "follow", "sales", "account", "store", "crm"),
    "profile_incomplete": ("entry", "panel", "profile", "record", "data", "advisor"),
    "complaints_rise": ("complaint", "delivery", "service", "support", "care"),
    "response_slow": ("complaint", "service", "support", "care"),
    "closing_slow": ("complaint", "service", "support", "care"),
    "nps_low": ("satisfaction", "survey", "service", "support", "crm"),
    "csat_low": ("satisfaction", "survey", "service", "support", "crm"),
    "campaign_weak": ("campaign", "mailing", "marketing", "crm"),
    "discount_deep": ("campaign", "mailing", "marketing", "crm", "sales"),
    "concentrated": ("key", "advisor", "sales", "account", "crm"),
    "refunds_rise": ("delivery", "after", "service", "support"),
    "one_time": ("campaign", "mailing", "marketing", "crm", "follow"),
}
# The rule whose subject a metric is.
RULE_OF: dict[str, str] = {
    "active_customers": "active_fall",
    "revenue": "revenue_fall",
    "repurchase_rate": "repurchase_fall",
    "churn_rate": "churn_rise",
    "refund_rate": "refunds_rise",
    "campaign_response_rate": "campaign_weak",
    "complaints": "complaints_rise",
    "complaint_first_response_rate": "response_slow",
    "complaint_close_rate": "closing_slow",
    "complaint_close_hours": "closing_slow",
    "csat": "csat_low",
    "nps": "nps_low",
    "profile_completeness": "profile_incomplete",
    "contact_response_rate": "key_uncontacted",
    "need_conversion_rate": "key_uncontacted",
}
OTHER_RULE = "concentrated"  # what customers spend


def team_for(engagement: Engagement, rule: str) -> Team | None:
    """The team that answers for a rule's subject, by the ids of links and teams."""
    teams = {team.id: team for team in engagement.teams}
    for word in TEAM_WORDS[rule]:
        for link in engagement.links:
            if word in link.id:
                return teams[link.team]
        for team in engagement.teams:
            if word in team.id:
                return team
    return None


def team_of_metric(engagement: Engagement, metric: str) -> Team | None:
    """The team whose subject the metric is."""
    return team_for(engagement, RULE_OF.get(metric, OTHER_RULE))


def as_owner(team: Team | None, otherwise: str) -> str:
    """A team where an owner is asked for; `otherwise` without one. See Engagement.owner_label."""
    return f"team:{team.id}" if team else otherwise
