"""Advice is in the words of the client's trade: no coupon for a school, no free delivery for software."""

import pytest

from crm_lib.engagement import OPERATING_CLASSES, Engagement, validate
from crm_lib.language import LANGUAGES, catalogue, msg
from crm_lib.review.iterations import MEASURES, measure
from crm_lib.strategy.findings import need_advice
from crm_lib.strategy.needs import NEEDS
from tests.test_labels import GIVEN

RULES = (
    "repurchase_fall",
    "churn_rise",
    "key_leaving",
    "one_time",
    "profile_incomplete",
    "discount_deep",
    "refunds_rise",
)
FOREIGN = (
    "coupon",
    "free delivery",
    "cross-category",
    "categor",
    "step-up",
    "券",
    "运费",
    "满减",
    "品类",
    "补货",
    "入会",
    "送货",
)
STORES = ("store", "门店", "到店")


def client(industry: str, kind: str = "person") -> Engagement:
    return validate(GIVEN | {"client": {"name": "X", "industry": industry}, "identity": {"kind": kind}})


def advice(engagement: Engagement, language: str) -> list[str]:
    said = [msg(f"diagnosis.action.{engagement.in_trade('diagnosis.action', rule)}{rule}") for rule in RULES]
    said += [need_advice(engagement, need) for need in NEEDS if need != "lapsed_category"]
    for name in OPERATING_CLASSES:
        said.append(msg(f"strategy.proposed.{engagement.in_trade('strategy.proposed', f'{name}.mode')}{name}.mode"))
        said.append(engagement.strategy_label(f"proposed_{name}"))
    return [catalogue(language).text(one) for one in said]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("industry", "kind"),
    [
        ("saas", "company"),
        ("saas", "person"),
        ("education", "person"),
        ("service", "person"),
        ("beauty", "person"),
        ("fitness", "person"),
    ],
)
def test_no_word_of_another_trade(industry: str, kind: str, language: str):
    said = advice(client(industry, kind), language)
    words = FOREIGN + (STORES if industry in ("saas", "education") else ())
    assert [text for text in said if any(word in text.lower() for word in words)] == []


def test_a_retailer_keeps_everybodys_words_and_companies_hear_of_accounts():
    assert client("retail").trades == ()
    assert client("b2b", "company").trades == ("b2b",)
    assert client("saas", "company").trades == ("saas", "b2b")
    assert client("saas", "company").in_trade("strategy.proposed", "core.label") == "b2b."
    assert client("saas").in_trade("strategy.proposed", "core.label") == ""


@pytest.mark.parametrize("language", LANGUAGES)
def test_companies_hear_of_quotations_rather_than_of_tills(language: str):
    of_shops = (*FOREIGN, "receipt", "basket", "checkout", "in the store", "小票", "导购", "结账")
    for industry in ("b2b", "saas"):
        said = [catalogue(language).text(measure(client(industry, "company"), metric)) for metric in MEASURES]
        assert [text for text in said if any(word in text.lower() for word in of_shops)] == []
    assert measure(client("retail"), "items_per_order").id == "review.measure.items_per_order"


def test_a_contact_costs_what_it_takes_in_the_trade():
    cost = {name: client(name).churn.contact_cost for name in ("retail", "service", "fitness", "education", "saas")}
    assert cost["retail"] <= cost["service"] <= cost["fitness"] <= cost["education"]
    assert client("saas", "company").churn.contact_cost > cost["saas"]
    assert client("b2b", "company").churn.contact_cost > client("saas", "company").churn.contact_cost
    own = validate(GIVEN | {"client": {"name": "X", "industry": "b2b"}, "churn": {"contact_cost": 8}})
    assert own.churn.contact_cost == 8


def test_a_salon_has_its_own_windows_and_takes_the_words_of_services_where_it_has_none():
    salon, workshop = client("beauty"), client("service")
    windows = salon.definitions
    assert windows.repurchase_window_days <= 60 < windows.churn_window_days < workshop.definitions.churn_window_days
    assert salon.in_trade("diagnosis.action", "one_time") == "beauty."
    assert salon.in_trade("diagnosis.action", "refunds_rise") == "service."
    assert "stylist" in " ".join(advice(salon, "en"))
