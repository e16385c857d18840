"""A missed target is put down to the part that monitoring found, or to none."""

import pandas as pd
import pytest

from crm_lib.language import LANGUAGES, catalogue
from crm_lib.review.cause import Cause
from crm_lib.review.contributions import causes, compared, contributions, explained, picture
from crm_lib.review.due import due_on
from crm_lib.review.iterations import iterations
from crm_lib.review.remarks import contribution_words
from crm_lib.review.titles import contribution_title
from tests.review.shop import engagement
from tests.review.test_targets import NOTHING, strategies

SHOP = engagement()
GIVEN = {"metric": "repurchase_rate", "change": -0.05, "p": 0.001, "contribution": -0.01, "role": ""}
PARTS = [
    {"part": "", "before": 0.5, "now": 0.5, "base": 30, "share": 0.1},
    {"part": "mini_program", "before": 0.4, "now": 0.2, "base": 120, "share": 0.3, "contribution": -0.06},
    {"part": "store", "before": 0.5, "now": 0.55, "base": 200, "share": 0.6, "contribution": 0.02},
    {"part": "app", "before": 0.5, "now": 0.1, "base": 2, "share": 0.0},
]


def missed(*targets: str) -> pd.DataFrame:
    rows = [{"target_id": t, "metric": "repurchase_rate", "group_id": "all", "gap": -0.07} for t in targets]
    return pd.DataFrame(rows)


def handed(role: str = "", part: str = "mini_program", target: str = "t") -> pd.DataFrame:
    """Handoff target_parts with `role` at one part of the join channel."""
    rows = [GIVEN | {"target_id": target, "dimension": "join_channel"} | row for row in PARTS]
    return pd.DataFrame([row | ({"role": role} if row["part"] == part else {}) for row in rows])


def test_the_cause_is_the_one_that_monitoring_found():
    parts = contributions(missed("t"), handed("cause"))
    assert explained(parts) == "t"
    shown = compared(SHOP, parts, "t")
    assert shown[["before", "after"]].to_numpy().tolist() == [[0.4, 0.2], [0.5, 0.5], [0.5, 0.55]]  # not the app's two
    words = [catalogue("en").text(label) for label in shown["part_label"]]
    assert words == ["Mini-program", "other / not stated", "Store"]
    assert picture(parts, "t")["spec"].startswith("part_label:message before:percent after:percent")
    said = catalogue("en").text(contribution_title(SHOP, parts, "t"))
    assert "join channel “Mini-program” (n = 120, 30.0% of the whole) went from 40.0%" in said
    assert causes(SHOP, parts)["base"].tolist() == [120]


def test_without_a_cause_none_is_named_however_low_a_part_is():
    parts = contributions(missed("t"), handed())
    assert explained(parts) == ""
    assert compared(SHOP, parts, "").empty
    assert causes(SHOP, parts).empty
    assert contribution_title(SHOP, parts, "").id == "review.title.parts.even"
    assert catalogue("en").text(contribution_words(SHOP, parts, missed("t"))).endswith("one of them.")
    row = iterations(SHOP, strategies().iloc[:0], NOTHING, missed("t"), parts, 0.05).iloc[0]
    assert "review.iteration.missed" in row["message"]
    assert "review.iteration.missed_at" not in row["message"]


def test_where_no_part_counts_enough_nothing_is_said_to_have_been_tested():
    """A part of enough that is nearly the whole is none."""
    few = handed().assign(base=[500, 1, 1, 1], share=[0.95, 0.03, 0.02, 0.0])
    parts = contributions(missed("t"), few)
    assert contribution_title(SHOP, parts, "").id == "review.title.parts.untested"
    (said,) = iterations(SHOP, strategies().iloc[:0], NOTHING, missed("t"), parts, 0.05)["message"]
    assert said == "review.iteration.missed_untested"
    enough = contributions(missed("t"), handed()).assign(target_id="u")
    both = pd.concat([parts, enough], ignore_index=True)
    some = contribution_title(SHOP, both.assign(group_id=both["target_id"].map({"t": "class:core", "u": "all"})), "")
    assert some.id == "review.title.parts.even_some"
    words = catalogue("en").text(some)
    assert words.startswith("Repurchase rate (All customers): where")
    assert "; Repurchase rate (Core customers): none has as many" in words


def test_a_part_that_nobody_wrote_down_asks_to_record_it():
    parts = contributions(missed("t"), handed("nameless", ""))
    assert contribution_title(SHOP, parts, explained(parts)).id == "review.title.parts.unrecorded"
    assert causes(SHOP, parts).empty


def test_only_missed_targets_are_explained_in_their_order():
    both = pd.concat([handed("cause", target="a"), handed("cause", target="b"), handed("cause", target="met")])
    parts = contributions(missed("b", "a"), both)
    assert list(dict.fromkeys(parts["target_id"])) == ["b", "a"]
    assert explained(parts) == "b"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_is_known(language):
    parts = contributions(missed("t"), handed("cause"))
    row = causes(SHOP, parts).iloc[0]
    for name in ("target_name", "part_label", "before_words", "now_words", "contribution_words", "change_words"):
        assert catalogue(language).text(row[name])


def test_what_cannot_be_taken_apart_is_not_called_met():
    none, some = contributions(missed("t").iloc[:0], handed()), missed("t")
    assert contribution_words(SHOP, none, none).id == "review.text.contributions.none"
    assert contribution_words(SHOP, none, some).id == "review.text.contributions.unsplit"
    assert contribution_title(SHOP, none, "").id == "review.title.parts.none"


@pytest.mark.parametrize(("from_app", "id"), [(19, "missed_at_cause"), (16, "missed_at")])
def test_a_part_that_most_complaints_of_one_reason_come_from_is_served_by_removing_it(from_app, id):
    parts = contributions(missed("t"), handed("cause"))
    top = parts[parts["role"] == "cause"].iloc[0]
    found = Cause("late", 33, 57, 42, 64, by_part={("join_channel", top["part"]): from_app})
    listed = iterations(SHOP, strategies().iloc[:0], NOTHING, missed("t"), parts, 0.05, found)
    due, said = listed.set_index("subject").loc["target:t", ["due", "words"]]
    assert said.id == f"review.iteration.{id}"
    assert due == due_on("cause" if id == "missed_at_cause" else "measure", SHOP)
    for language in LANGUAGES:
        assert ("late" in catalogue(language).text(said)) == (id == "missed_at_cause")
