"""All rules on what was measured: the pain points in priority order, and what each rule saw."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from crm_lib.diagnosis.checks import LARGE_SHARE, Check, PainPoint, in_order, label
from crm_lib.diagnosis.events import root_of
from crm_lib.diagnosis.measured import Measured
from crm_lib.diagnosis.rules_campaigns import campaign_weak
from crm_lib.diagnosis.rules_complaints import closing_slow, complaints_rise, response_slow
from crm_lib.diagnosis.rules_goods import goods_fall
from crm_lib.diagnosis.rules_key_customers import key_leaving, key_uncontacted
from crm_lib.diagnosis.rules_parts import part_falls
from crm_lib.diagnosis.rules_profile import profile_incomplete
from crm_lib.diagnosis.rules_renewals import renewal_falls, renewal_falls_apart, renewal_low
from crm_lib.diagnosis.rules_revenue import revenue_fall
from crm_lib.diagnosis.rules_spending import concentrated, discount_deep, one_time
from crm_lib.diagnosis.rules_surveys import csat_low, nps_low
from crm_lib.diagnosis.rules_trend import active_fall, churn_rise, new_fall, refunds_rise, repurchase_fall
from crm_lib.diagnosis.rules_visits import absent_holders, missed_rise
from crm_lib.diagnosis.since import LOOKS_AHEAD, since_short
from crm_lib.diagnosis.words import sentences
from crm_lib.engagement import Engagement
from crm_lib.language import Finding, Message, Value, msg
from crm_lib.metrics import says_cover
from crm_lib.metrics.responsible import team_for
from crm_lib.presets import PAID_AHEAD

RULES: dict[str, Callable[[Measured], Check]] = {
    "revenue_fall": revenue_fall,
    "repurchase_fall": repurchase_fall,
    "churn_rise": churn_rise,
    "active_fall": active_fall,
    "new_fall": new_fall,
    "part_falls": part_falls,
    "goods_fall": goods_fall,
    "renewal_falls": renewal_falls,
    "renewal_falls_apart": renewal_falls_apart,
    "renewal_low": renewal_low,
    "absent_holders": absent_holders,
    "missed_rise": missed_rise,
    "key_leaving": key_leaving,
    "key_uncontacted": key_uncontacted,
    "concentrated": concentrated,
    "one_time": one_time,
    "profile_incomplete": profile_incomplete,
    "complaints_rise": complaints_rise,
    "response_slow": response_slow,
    "closing_slow": closing_slow,
    "nps_low": nps_low,
    "csat_low": csat_low,
    "campaign_weak": campaign_weak,
    "discount_deep": discount_deep,
    "refunds_rise": refunds_rise,
}
OF_TERMS = ("renewal_falls", "renewal_falls_apart", "renewal_low")  # of trades that are paid ahead
# Rules on a table of some trades: elsewhere nobody misses them.
OF_SOME_TRADES = {"absent_holders": "visits", "missed_rise": "visits"}


@dataclass(frozen=True)
class Diagnosis:
    """`points` in priority order; `checks` one a rule, in the order of RULES, without those of other trades."""

    points: list[PainPoint]
    checks: list[Check]

    def check(self, rule: str) -> Check:
        return next(check for check in self.checks if check.rule == rule)

    def findings(self, most: int, told: Sequence[Finding] = ()) -> list[Finding]:
        """The first `most` points that `told` does not head already."""
        headed = [finding.headline for finding in told]
        return [point.finding for point in self.points if point.headline not in headed][:most]


def find_pain_points(measured: Measured) -> Diagnosis:
    asked = [name for name in RULES if _of_this_trade(name, measured)]
    checks = [RULES[name](measured) for name in asked]
    points = in_order(checks, measured.revenue_year)
    return Diagnosis([_with_root(point, points, measured.engagement) for point in points], checks)


def _of_this_trade(rule: str, measured: Measured) -> bool:
    if rule in OF_TERMS:
        return says_cover(measured.engine) or measured.engagement.client.industry in PAID_AHEAD
    return rule not in OF_SOME_TRADES or measured.engine.has(OF_SOME_TRADES[rule])


def _with_root(point: PainPoint, points: list[PainPoint], engagement: Engagement) -> PainPoint:
    """What customers complain of in the same parts comes first in the action, with the team that answers for complaints."""
    root = root_of(point, points)
    if root is None:
        return point
    team = team_for(engagement, "complaints_rise")
    other = team is not None and team != team_for(engagement, point.rule)
    whose = msg("diagnosis.action.root_team", team=team.label.message) if team and other else None
    first = msg("diagnosis.action.root_first", root=root)
    return replace(point, action=sentences(first, whose, point.action) or point.action)


def pain_table(found: Diagnosis, measured: Measured) -> pd.DataFrame:
    """[rank, pain_point (Message), severity, customers, revenue, revenue_share, since (Message), basis (Message)]."""
    rows = [
        {
            "rank": point.rank,
            "pain_point": label(point.rule),
            "severity": point.severity,
            "customers": point.customers,
            "revenue": point.revenue,
            "revenue_share": None
            if point.revenue is None or measured.revenue_year <= 0
            else point.revenue / measured.revenue_year,
            "since": since_short(measured.definitions, LOOKS_AHEAD.get(point.rule, ""), point.since),
            "basis": point.basis,
        }
        for point in found.points
    ]
    names = ["rank", "pain_point", "severity", "customers", "revenue", "revenue_share", "since", "basis"]
    return pd.DataFrame(rows, columns=names).astype({"since": object})


def rule_table(found: Diagnosis) -> pd.DataFrame:
    """[rule, limit, seen (Messages), result]: what every rule looked at, and what it found."""
    rows = [{"rule": label(c.rule), "limit": c.limit, "seen": c.measured, "result": c.state} for c in found.checks]
    return pd.DataFrame(rows, columns=["rule", "limit", "seen", "result"])


def severity_note() -> Message:
    """The rule of severity in words."""
    return msg("diagnosis.note.severity", share=Value("percent", LARGE_SHARE))


def pain_basis(found: Diagnosis) -> list[Message]:
    """How each pain point's customers and revenue were counted."""
    return [msg("diagnosis.noted", what=label(point.rule), note=point.basis) for point in found.points]
