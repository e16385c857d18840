"""A campaign tells of the people whom it reached: where they are not the strategy's class, the review says so."""

import pandas as pd
import pytest

from crm_lib.engine import connect_frames
from crm_lib.language import LANGUAGES, catalogue
from crm_lib.review.aimed import aimed, beside_class
from crm_lib.review.effects import campaign_effects
from crm_lib.review.findings import _effects
from crm_lib.review.iterations import iterations
from crm_lib.review.remarks import strategy_words, warnings
from crm_lib.review.strategies import planned, strategy_effects
from crm_lib.review.windows import windows
from tests.review.shop import AS_OF, campaign, engagement

SHOP = engagement()
WINDOWS = windows(SHOP.cycle, AS_OF)
NO_DRIFT = pd.DataFrame(columns=["group_id", "measure", "members"])


def judged(of_class: int, numbers=(200, 180, 60, 20), known: bool = True) -> pd.DataFrame:
    """Strategies of a shop whose campaign W-1 ('wake', for dormant customers) reached so many dormant customers."""
    frames = campaign(*numbers)
    people = frames["campaign_members"]["customer_id"]
    classes = ["class:dormant" if i < of_class else "class:core" for i in range(len(people))]
    groups = pd.DataFrame({"group_id": classes, "customer_id": people})
    groups = groups if known else groups.head(0)
    engine = connect_frames(frames)
    effects = campaign_effects(engine, SHOP, WINDOWS)
    counted = aimed(engine, WINDOWS, groups, effects)
    return strategy_effects(SHOP, planned(SHOP, None), effects, NO_DRIFT, counted=counted)


def wake(found: pd.DataFrame) -> dict:
    return found.set_index("strategy").loc["wake"].to_dict()


def test_the_share_is_of_all_who_were_drawn():
    row = wake(judged(of_class=38))
    assert (row["people"], row["class_share"]) == (380, pytest.approx(0.1))
    assert beside_class(row)


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_effect_on_others_is_no_effect_on_the_class(language):
    words, found = catalogue(language), judged(of_class=38)
    (finding,) = _effects(found)
    assert finding.severity == "medium"
    listed = iterations(SHOP, found, pd.DataFrame(), pd.DataFrame(), pd.DataFrame()).set_index("subject")
    assert listed.loc["strategy:wake", "decision"] == "change", "nothing is kept or widened on other people's answer"
    said = [
        finding.headline,
        strategy_words(SHOP, found)["says"].iloc[0],
        listed.loc["strategy:wake", "words"],
        warnings(found)[-1],
    ]
    for message in said:
        text = words.text(message)
        assert "10.0%" in text
        assert "380" in text


@pytest.mark.parametrize(
    ("numbers", "decision", "rule"),
    [((400, 400, 40, 40), "drop", "aimed_too_small"), ((80, 80, 10, 8), "change", "aimed")],
)
def test_no_effect_on_others_ends_the_campaign_at_most(numbers, decision, rule):
    listed = iterations(SHOP, judged(0, numbers), pd.DataFrame(), pd.DataFrame(), pd.DataFrame())
    mine = listed.set_index("subject").loc["strategy:wake"]
    assert (mine["decision"], mine["message"]) == (decision, f"review.iteration.{rule}")


def test_no_test_is_advised_in_a_class_that_is_too_small_for_it():
    small = judged(0, (80, 80, 10, 8)).assign(members=300.0)
    listed = iterations(SHOP, small, pd.DataFrame(), pd.DataFrame(), pd.DataFrame())
    assert listed.set_index("subject").loc["strategy:wake", "message"] == "review.iteration.aimed_class"


def test_a_campaign_among_its_class_is_judged_as_before():
    found = judged(of_class=200)
    assert not beside_class(wake(found))
    assert next(_effects(found)).headline.id == "review.finding.works"
    assert all(said.id != "aimed.warning" for said in warnings(found))


def test_without_classes_nothing_is_said_of_them():
    row = wake(judged(of_class=0, known=False))
    assert row["people"] == 0
    assert pd.isna(row["class_share"])
    assert not beside_class(row)


def test_who_had_no_class_at_baseline_is_none_of_the_class():
    frames = campaign(20, 20, 5, 5)
    first = frames["campaign_members"]["customer_id"].head(10)
    groups = pd.DataFrame({"group_id": "class:dormant", "customer_id": first})
    engine = connect_frames(frames)
    found = aimed(engine, WINDOWS, groups, campaign_effects(engine, SHOP, WINDOWS)).set_index("group_id")["people"]
    assert found.to_dict() == {"": 30, "class:dormant": 10}
