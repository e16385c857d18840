"""Two channels are compared within classes: a class that answers everything says nothing of its channel."""

import pandas as pd
import pytest

from crm_lib.language import LANGUAGES, catalogue
from crm_lib.metrics.stratified import shares_within
from crm_lib.strategy.channel_findings import channel_findings
from crm_lib.strategy.channel_pairs import clearest_pair, pair_finding
from crm_lib.strategy.channels import with_interval
from crm_lib.strategy.titles import best_channels, response_title
from tests.strategy import shop

NO_PLAN = pd.DataFrame(columns=["operating_class", "strategy", "channels", "label", "contacts_per_week", "trigger"])
NO_OWNERS = pd.DataFrame(columns=["owner", "label", "status"])
DENTAL = [("core", "sms", 690, 310), ("core", "email", 645, 240), ("dormant", "sms", 326, 131)]
DENTAL += [("dormant", "email", 333, 129)]
# SMS went to those who answer anything, e-mail to those who answer little: within each class both are answered alike.
CONFOUNDED = [("core", "sms", 900, 540), ("core", "email", 100, 60), ("dormant", "sms", 100, 10)]
CONFOUNDED += [("dormant", "email", 900, 90)]


def answers(counts) -> pd.DataFrame:
    frame = pd.DataFrame(counts, columns=["operating_class", "channel", "contacts", "responses"])
    frame = with_interval(frame.astype({"responses": "float64"}), "responses", "contacts")
    return frame.assign(enough=frame["contacts"] >= 30, kind="interaction", comparable=True)


def test_the_difference_is_that_of_the_classes_together():
    pair = clearest_pair(answers(DENTAL), 30)
    assert (pair.channel, pair.other) == ("sms", "email")
    strata = pd.DataFrame({"x": [310, 131], "n": [690, 326], "y": [240, 129], "m": [645, 333]})
    assert pair.within == pytest.approx(shares_within(strata))


def test_what_lies_in_the_classes_is_not_the_channels():
    assert clearest_pair(answers(CONFOUNDED), 30) is None


def test_a_talk_is_not_compared_with_a_mailing():
    both = pd.concat(
        [answers([("core", "phone", 200, 150)]), answers([("core", "sms", 400, 20)]).assign(kind="campaign")]
    )
    assert clearest_pair(both, 30) is None
    assert not best_channels(both)["proven"].any()
    assert clearest_pair(both.assign(kind="campaign"), 30) is not None


def test_mailings_of_one_campaign_are_no_evidence_on_their_channel():
    sent = answers(DENTAL).assign(kind="campaign")
    assert clearest_pair(sent, 30) is not None
    one = sent.assign(comparable=sent["channel"].eq("sms"))
    assert clearest_pair(one, 30) is None
    assert best_channels(sent)["proven"].any()
    assert best_channels(one)["channels"].tolist() == [1, 1]
    assert not best_channels(one)["proven"].any()


def test_the_title_names_what_only_all_classes_together_prove():
    counts = [(name, "sms", 100, 50) for name in ("core", "potential", "ordinary")]
    found = answers([*counts, *((name, "email", 100, 38) for name in ("core", "potential", "ordinary"))])
    assert not best_channels(found)["proven"].any()
    pair = clearest_pair(found, 30)
    assert response_title(found, 30) == pair_finding(pair, True).headline


def test_a_test_is_advised_only_where_there_were_contacts_enough_for_one():
    pair = clearest_pair(answers(DENTAL), 30)
    told = [catalogue("en").text(pair_finding(pair, testable).action) for testable in (True, False)]
    assert "by lot" in told[0]
    assert "too few for a test" in told[1]


def test_few_contacts_and_channels_without_a_common_class_are_not_compared():
    assert clearest_pair(answers([("core", "sms", 29, 29), ("core", "email", 500, 5)]), 30) is None
    assert clearest_pair(answers([("core", "sms", 90, 80), ("dormant", "email", 90, 5)]), 30) is None
    assert clearest_pair(answers([]), 30) is None


def test_the_more_channels_the_more_must_be_shown():
    bare = [("core", "sms", 500, 226), ("core", "email", 500, 194)]
    assert clearest_pair(answers(bare), 30) is not None
    more = [("core", name, 500, 210) for name in ("phone", "visit", "app")]
    assert clearest_pair(answers(bare + more), 30) is None


def test_rows_may_stand_in_any_order():
    turned = answers(DENTAL).iloc[::-1].reset_index(drop=True)
    one, other = clearest_pair(answers(DENTAL), 30), clearest_pair(turned, 30)
    assert one.within == pytest.approx(other.within)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_finding_can_reach_the_summary(language):
    (finding,) = list(channel_findings(shop.engagement(), NO_PLAN, answers(DENTAL), NO_OWNERS, True))
    assert finding == pair_finding(clearest_pair(answers(DENTAL), 30), False)
    assert finding.severity == "medium", "low ones come after all others and never reach the summary"
    text = catalogue(language).text(finding.headline)
    assert "+" in text
    assert "n = 1,994" in text
