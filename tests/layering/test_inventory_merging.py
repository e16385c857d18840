"""Duplicates and how sure, pairs that wait, survivorship and the sets of sources."""

import math

import pandas as pd

from crm_lib.language import catalogue
from crm_lib.layering.inventory import merging, records_to_customers
from crm_lib.layering.inventory.findings import merging as merging_finding
from tests.layering.inventory_frames import account, file_row

EN = catalogue("en")
FILES = [file_row("a"), file_row("b", "customers"), file_row("c", "tickets")]


def totals(**given):
    return [{"name": name, "value": value} for name, value in given.items()]


def test_rules_that_joined_records_the_most_first():
    merges = [{"rule": r, "records": n} for r, n in (("key", 3), ("phone", 9), ("email", 0))]
    frames = account(merges=merges, totals=totals(records=20, customers=8, unnamed=0))
    table = merging.duplicates(frames)
    assert table["rule"].tolist() == ["phone", "key"]
    assert table["share"].tolist() == [0.75, 0.25]
    assert table["probability"].isna().all()
    title = EN.text(merging.duplicates_title(table, records_to_customers(frames)))
    assert title == "20 records make 8 customers; most duplicates were found by phone number (75.0%)"


def test_joins_within_one_list_are_told_apart_and_as_less_sure():
    merges = [{"rule": "phone", "records": 9, "one_list": 4}, {"rule": "email", "records": 2, "one_list": 2}]
    table = merging.duplicates(account(merges=merges, totals=totals(records=20, customers=9, unnamed=0)))
    assert dict(zip(table["rule"], table["records"], strict=True)) == {
        "phone": 5,
        "phone_one_list": 4,
        "email_one_list": 2,
    }
    assert table["share"].sum() == 1
    sure = dict(zip(table["rule"], map(EN.text, table["sure"]), strict=True))
    assert sure["phone"].startswith("Practically certain")
    assert sure["phone_one_list"].startswith("Likely")
    assert sure["email_one_list"].startswith("Likely")
    assert table["probability"].isna().all()


def test_probable_merges_say_how_probable_and_exact_ones_do_not():
    merges = pd.DataFrame({"rule": ["key", "probable", "new_rule"], "records": [3, 2, 1]})
    frames = {**account(), "merges": merges.assign(mean_probability=[1.0, 0.995, 0.9])}
    table = merging.duplicates(frames)
    assert math.isnan(table["probability"][0])
    assert table["probability"].tolist()[1:] == [0.995, 0.9]
    assert EN.text(table["sure"][1]).startswith("Probable")
    assert table["sure"][2].id == "inventory.sure.other"


def test_joins_by_similarity_are_in_the_account_of_records():
    merges = [{"rule": r, "records": n} for r, n in (("key", 3), ("probable", 4), ("decision", 1))]
    frames = account(merges=merges, totals=totals(records=20, customers=12, unnamed=0))
    stages = records_to_customers(frames)
    assert stages.set_index("stage")["count"].drop("records").sum() == 20
    words = EN.text(merging_finding(frames, stages).evidence)
    assert "Joined: 8 records" in words
    assert "4 by similarity, 1 by a person's decision" in words


def test_nothing_merged():
    frames = account(merges=[{"rule": "key", "records": 0}], totals=totals(records=5, customers=5, unnamed=0))
    table = merging.duplicates(frames)
    assert table.empty
    assert merging.duplicates_title(table, records_to_customers(frames)).id == "layering.title.merges_none"
    assert merging.waiting(frames).empty
    assert merging.review_words(frames) is None
    assert merging.survivors(frames).empty


def test_pairs_that_wait_and_pairs_that_were_judged():
    frames = {
        **account(),
        "review": pd.DataFrame({"at_least": [0.9, 0.95, 0.97], "below": [0.95, 0.97, 0.99], "pairs": [7, 3, 0]}),
        "decisions": pd.DataFrame({"decision": ["same", "different"], "pairs": [2, 1], "applied": [2, 0]}),
    }
    assert merging.waiting(frames)[["at_least", "pairs"]].to_numpy().tolist() == [[0.95, 3], [0.9, 7]]
    words = EN.text(merging.review_words(frames))
    assert words == ("Pairs of records that wait for a person's decision: 10. Judged so far: 2 the same, 1 different.")
    del frames["review"]
    assert merging.review_words(frames).id == "inventory.review_done"


def test_survivors_by_column_with_the_source_of_most_values_first():
    given = [("phone", "most_recent", "a", 3), ("phone", "most_recent", "b", 9), ("name", "own_rule", "gone", 2)]
    frames = {
        **account(files=FILES),
        "survivorship": pd.DataFrame(given, columns=["column", "rule", "source", "values"]),
    }
    table = merging.survivors(frames)
    assert [EN.text(word) for word in table["label"]] == ["gone", "Source b", "Source a"]
    assert table["share"].tolist() == [1.0, 0.75, 0.25]
    assert [EN.text(word) for word in table["rule"]] == ["own_rule", "most recent", "most recent"]


def test_sets_of_sources():
    overlap = [
        {"sources": "a + b", "label": {}, "customers": 6},
        {"sources": "c", "label": {}, "customers": 2},
    ]
    records = [
        {"record_id": str(i), "source": s, "customer_id": c} for i, (s, c) in enumerate([("a", "x"), ("b", "x")])
    ]
    frames = account(files=FILES, overlap=overlap, records=records)
    table = merging.source_sets(frames)
    assert [[EN.text(name) for name in sets] for sets in table["sets"]] == [["Source a", "Source b"], ["Source c"]]
    assert table["share"].tolist() == [0.75, 0.25]
    assert merging.several(frames)
    assert not merging.several(account(files=FILES, records=records[:1]))
    assert merging.one_source(account()).id == "layering.title.overlap_none"
