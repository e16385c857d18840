"""The team that answers for a subject, read from the ids of the engagement's links and teams, else from their labels."""

from __future__ import annotations

import re

from crm_lib.engagement import Engagement, LocalText, Team

# Words in the ids or English labels of links and teams that answer for a rule's subject, the most telling first.
TEAM_WORDS: dict[str, tuple[str, ...]] = {
    "churn_rise": ("follow", "retention", "crm", "advisor", "sales", "member"),
    "revenue_fall": ("sales", "key", "account", "store", "crm"),
    "repurchase_fall": ("follow", "retention", "crm", "advisor", "sales", "member"),
    "active_fall": ("follow", "retention", "crm", "advisor", "sales", "member"),
    "new_fall": ("campaign", "marketing", "channel", "store", "sales", "crm"),
    "part_falls": ("store", "branch", "sales", "channel", "crm"),
    "goods_fall": ("product", "quality", "category", "sales", "store", "crm"),
    "renewal_low": ("store", "branch", "follow", "retention", "crm", "advisor", "sales", "member"),
    "renewal_falls": ("store", "branch", "follow", "retention", "crm", "advisor", "sales", "member"),
    "renewal_falls_apart": ("store", "branch", "follow", "retention", "crm", "advisor", "sales", "member"),
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
# The same in Chinese labels.
CHINESE: dict[str, tuple[str, ...]] = {
    "account": ("客户经理",),
    "advisor": ("顾问",),
    "after": ("售后",),
    "appointment": ("预约",),
    "booking": ("预订",),
    "branch": ("分店", "分公司", "校区"),
    "campaign": ("活动",),
    "care": ("关怀",),
    "category": ("品类",),
    "channel": ("渠道",),
    "complaint": ("投诉",),
    "crm": ("会员运营", "客户运营", "用户运营"),
    "data": ("数据",),
    "delivery": ("履约", "配送", "物流"),
    "entry": ("录入",),
    "follow": ("回访", "跟进"),
    "front": ("前台",),
    "key": ("大客户", "重点客户"),
    "mailing": ("群发", "短信"),
    "marketing": ("营销", "市场"),
    "member": ("会员",),
    "panel": ("样本组",),
    "product": ("产品", "商品"),
    "profile": ("档案", "客户信息"),
    "quality": ("质量", "品控"),
    "reception": ("接待",),
    "record": ("客户资料",),
    "renewal": ("续卡", "续会"),
    "retention": ("留存", "续费", "续约", "挽留"),
    "sales": ("销售", "业务部", "业务组"),
    "satisfaction": ("满意度",),
    "service": ("客服", "客户服务", "服务"),
    "store": ("门店", "店铺"),
    "support": ("支持",),
    "survey": ("调研", "问卷"),
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
    """The team that answers for a rule's subject: by the ids of links and teams, by their labels, by what teams do, where
    these say so of one team alone; the only one that there is answers for everything, unless its name tells its part."""
    teams = {team.id: team for team in engagement.teams}
    for word in TEAM_WORDS[rule]:
        linked = [teams[link.team] for link in engagement.links if word in link.id]
        found = _one(linked) or _one([team for team in engagement.teams if word in team.id])
        if found:
            return found
    labels = [(link.label, teams[link.team]) for link in engagement.links]
    labels += [(team.label, team) for team in engagement.teams]
    duties = [(team.duties, team) for team in engagement.teams if team.duties]
    for said in (labels, duties):
        for word in TEAM_WORDS[rule]:
            if found := _one([team for label, team in said if _named(word, label)]):
                return found
    special = any(word in team.id or _named(word, team.label) for team in engagement.teams for word in CHINESE)
    return engagement.teams[0] if len(teams) == 1 and not special else None


def _one(found: list[Team]) -> Team | None:
    """The team, where it is one alone: of the sales teams of two regions neither answers for the whole."""
    return found[0] if len({team.id for team in found}) == 1 else None


def _named(word: str, label: LocalText) -> bool:
    english = re.search(rf"\b{word}", label.en, re.IGNORECASE)
    return bool(english) or any(part in label.zh for part in CHINESE[word])


def team_of_metric(engagement: Engagement, metric: str) -> Team | None:
    """The team whose subject the metric is."""
    return team_for(engagement, RULE_OF.get(metric, OTHER_RULE))


def as_owner(team: Team | None, otherwise: str) -> str:
    """A team where an owner is asked for; `otherwise` without one. See Engagement.owner_label."""
    return f"team:{team.id}" if team else otherwise
