"""Addresses that make customers whom no list and no order knows."""

from datetime import date

import pytest

from crm_lib.ingest.remarks import remarks
from crm_lib.language import LANGUAGES, catalogue
from crm_lib.layering.inventory.questions import other_remarks
from crm_lib.run.prepare import inventory
from tests.ingest.folder import MEMBERS, ORDERS, canonical, write_csv

ASKED = {"name": "asked", "table": "surveys", "file": "asked.csv"}


def made(folder, *answers, head=("answered_on", "email", "nps")):
    write_csv(folder / "members.csv", [["customer_key", "email"], ["a", "a@example.com"], ["b", "b@example.com"]])
    write_csv(
        folder / "pos.csv",
        [["order_id", "ordered_on", "amount", "email"], ["1", "2026-01-05", "10", "buyer@example.com"]],
    )
    write_csv(folder / "asked.csv", [list(head), *([f"2026-02-{i:02}", who, "9"] for i, who in enumerate(answers, 1))])
    return inventory(canonical(folder, MEMBERS, ORDERS, ASKED))


def told(frames):
    return [one for one in remarks(frames, date(2026, 6, 30)) if one.id == "ingest.remark.unlisted"]


def test_addresses_that_nobody_else_knows_are_counted_once(tmp_path):
    frames = made(tmp_path, "a@example.com", "A2@example.com", "a2@example.com", "buyer@example.com", "x@example.com")
    (one,) = told(frames)
    assert (one.args["source"].value, one.args["n"].value, one.args["customers"].value) == ("asked", 2, 4)
    (ours,) = other_remarks([one], frames)
    assert ours.id == "inventory.remark.unlisted"
    assert all(catalogue(language).text(ours) for language in LANGUAGES)


@pytest.mark.parametrize(
    ("answers", "head"),
    [
        (("a@example.com", "buyer@example.com"), ("answered_on", "email", "nps")),
        (("z",), ("answered_on", "customer_key", "nps")),  # a number of its own space says nothing of an address
    ],
)
def test_known_addresses_and_numbers_are_not(tmp_path, answers, head):
    assert told(made(tmp_path, *answers, head=head)) == []
