"""Who answers for what: business links, teams, duties, owners, targets (责任分工)."""

from __future__ import annotations

import pandas as pd

from crm_lib import metrics
from crm_lib.engagement import Engagement, Target
from crm_lib.language import Message, Value, msg
from crm_lib.metrics.responsible import team_of_metric


def links(engagement: Engagement) -> pd.DataFrame:
    """[link, team] (Messages): the business links in scope and who answers for each."""
    teams = {team.id: team.label.message for team in engagement.teams}
    rows = [{"link": link.label.message, "team": teams[link.team]} for link in engagement.links]
    return pd.DataFrame(rows, columns=["link", "team"])


def responsibilities(engagement: Engagement) -> pd.DataFrame:
    """[team, duties, owners, links, targets] (Messages). A target is a team's when a strategy of its owners aims at the
    target's metric, else when the metric is the team's subject by the ids of teams and links."""
    rows = [
        {
            "team": team.label.message,
            "duties": team.duties.message if team.duties else msg("diagnosis.none"),
            "owners": _listed([owner.label.message for owner in team.owners]),
            "links": _listed([link.label.message for link in engagement.links if link.team == team.id]),
            "targets": _listed(
                [_target_label(engagement, t) for t in engagement.targets if team.id in _teams_of(engagement, t)]
            ),
        }
        for team in engagement.teams
    ]
    return pd.DataFrame(rows, columns=["team", "duties", "owners", "links", "targets"])


def _teams_of(engagement: Engagement, target: Target) -> list[str]:
    """Ids of the teams with a strategy for the target's metric, else of the team whose subject it is."""
    owners = {strategy.owner for strategy in engagement.strategies if strategy.metric == target.metric}
    found = [team.id for team in engagement.teams if owners & {owner.id for owner in team.owners}]
    subject = team_of_metric(engagement, target.metric)
    return found or ([subject.id] if subject else [])


def _target_label(engagement: Engagement, target: Target) -> Message:
    group = engagement.group_label(target.group)
    return msg("diagnosis.target.label", metric=metrics.label(target.metric), group=group)


def unowned_targets(engagement: Engagement) -> tuple[Message, str]:
    """The targets that no team answers for, with the tone; that there are none is said too."""
    open_ = [_target_label(engagement, t) for t in engagement.targets if not _teams_of(engagement, t)]
    if open_:
        return msg("diagnosis.unowned.some", targets=Value("list", open_)), "watch"
    return msg("diagnosis.unowned.none"), "info"


def _listed(items: list[Message]) -> Message:
    return msg("diagnosis.list", items=Value("list", items)) if items else msg("diagnosis.none")
