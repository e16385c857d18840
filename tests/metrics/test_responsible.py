"""Who answers for a metric, by the ids of links and teams; a team may stand where an owner is asked for."""

import pytest

from crm_lib.engagement import NO_OWNER, Engagement
from crm_lib.language import catalogue
from crm_lib.metrics.responsible import CHINESE, TEAM_WORDS, as_owner, team_of_metric
from tests.monitoring import shop


def test_the_team_of_a_link_or_of_its_own_name_answers():
    owner = [{"id": "eve", "label": "Eve", "contacts_per_week": 5}]
    teams = [{"id": "front", "label": "Front office", "owners": owner}, {"id": "service", "label": "Service"}]
    teams[1]["owners"] = [{"id": "kim", "label": "Kim", "contacts_per_week": 5}]
    links = [{"id": "entry", "label": "Entry", "team": "front"}]
    made = shop.engagement(teams=teams, links=links, strategies=[])
    assert team_of_metric(made, "profile_completeness").id == "front"
    assert team_of_metric(made, "complaint_close_rate").id == "service"
    assert team_of_metric(made, "campaign_response_rate") is None
    owner_id = as_owner(team_of_metric(made, "profile_completeness"), NO_OWNER)
    assert catalogue("en").text(made.owner_label(owner_id)) == "Front office"
    assert as_owner(None, NO_OWNER) == NO_OWNER


def of_labels(**labels: str) -> Engagement:
    def team(id: str, words: str) -> dict:
        return {"id": id, "label": words, "owners": [{"id": f"{id}_1", "label": "x", "contacts_per_week": 1}]}

    return shop.engagement(teams=[team(id, words) for id, words in labels.items()], links=[], strategies=[])


@pytest.mark.parametrize(
    ("metric", "answers"),
    [("complaint_close_rate", "t1"), ("campaign_response_rate", "t2"), ("repurchase_rate", "t3"), ("nps", "t1")],
)
def test_a_team_is_known_by_its_label_where_no_id_tells(metric: str, answers: str):
    for labels in (("客服组", "活动组", "会员回访组"), ("Customer service", "Campaigns", "Follow-up")):
        engagement = of_labels(**dict(zip(("t1", "t2", "t3"), labels, strict=True)))
        team = team_of_metric(engagement, metric)
        assert team is not None
        assert team.id == answers


def test_the_only_team_answers_for_everything_and_none_of_several_that_nothing_names():
    assert as_owner(team_of_metric(of_labels(t1="一组"), "nps"), "") == "team:t1"
    assert as_owner(team_of_metric(of_labels(t1="一组", t2="二组"), "nps"), "") == ""
    assert set(CHINESE) == {word for words in TEAM_WORDS.values() for word in words}


def test_of_the_sales_teams_of_two_regions_neither_answers_for_the_whole():
    two = {"t1": "华北销售组", "t2": "华南销售组"}
    assert team_of_metric(of_labels(**two), "revenue_per_customer") is None
    assert team_of_metric(of_labels(t1="华北销售组"), "revenue_per_customer").id == "t1"
    assert team_of_metric(of_labels(**two, t3="客户运营组"), "revenue_per_customer").id == "t3"
