"""Who answers for a metric, by the ids of links and teams; a team may stand where an owner is asked for."""

from crm_lib.engagement import NO_OWNER
from crm_lib.language import catalogue
from crm_lib.metrics.responsible import as_owner, team_of_metric
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
