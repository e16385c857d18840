"""Two systems that deliver the same orders for a while: an overlap, counted once, and no error of the client's."""

from datetime import date

import pandas as pd
import pytest

from crm_lib.ingest.remarks import remarks
from crm_lib.layering.inventory import questions
from crm_lib.run.prepare import inventory
from tests.ingest.folder import account, canonical, rows, write_csv

OLD = {"name": "old", "table": "order_lines", "file": "old.csv", "key_space": "card"}
NEW = {"name": "new", "table": "order_lines", "file": "new.csv", "key_space": "card"}
OLD_HEAD = ["order_id", "customer_key", "ordered_at", "product_name", "amount", "store"]
NEW_HEAD = ["order_id", "customer_key", "ordered_on", "product_name", "amount"]


def old(i, amount="9"):
    return [f"A{i}", f"C{i}", f"2026-01-{i + 1:02d} 10:00", "年卡", amount, "一店"]


def new(i, amount="9"):
    return [f"A{i}", f"C{i}", f"2026-01-{i + 1:02d}", "年卡", amount]


def made(folder, olds, news, *sources):
    write_csv(folder / "old.csv", [OLD_HEAD, *olds])
    write_csv(folder / "new.csv", [NEW_HEAD, *news])
    return canonical(folder, *(sources or (NEW, OLD)))


@pytest.mark.parametrize("sources", [(NEW, OLD), (OLD, NEW)])
def test_the_same_order_of_both_is_kept_from_the_fuller_one(tmp_path, sources):
    found = made(tmp_path, [old(i) for i in range(10)], [new(i) for i in range(6, 20)], *sources)
    files = account(found).set_index("source")
    assert files["quarantined"].tolist() == [0, 0]
    assert files["duplicates"].to_dict() == {"new": 4, "old": 0}
    assert rows(found, "SELECT COUNT(*), COUNT(store) FROM {order_lines}") == [(20, 10)]
    (told,) = [m for m in remarks(inventory(found), date(2026, 6, 30)) if m.id.startswith("ingest.remark.")]
    assert told.id == "ingest.remark.twice"
    assert {name: told.args[name].value for name in ("file", "other", "n", "days", "amount")} == {
        "file": "new.csv", "other": "old", "n": 4, "days": 4, "amount": 36.0
    }  # fmt: skip


@pytest.mark.parametrize(
    "other",
    [new(3, "8"), [*new(3)[:2], "2026-01-05", *new(3)[3:]], ["A3", "C9", *new(3)[2:]], [*new(3)[:3], "次卡", "9"]],
)
def test_another_content_is_still_a_conflict_and_the_first_source_stays(tmp_path, other):
    found = made(tmp_path, [old(i) for i in range(5)], [other])
    assert account(found).set_index("source")["quarantined"].to_dict() == {"new": 0, "old": 1}


def test_within_one_source_a_lacking_cell_is_another_content(tmp_path):
    numbered = [[*OLD_HEAD, "line_no"], [*old(3), "1"], [*old(3)[:5], "", "1"]]
    write_csv(tmp_path / "old.csv", numbered)
    write_csv(tmp_path / "new.csv", [[*NEW_HEAD, "line_no"], [*new(3), "1"]])
    found = canonical(tmp_path, OLD, NEW)
    assert account(found).set_index("source")["quarantined"].to_dict() == {"old": 1, "new": 1}
    assert inventory(found)["twice"].empty


def test_an_old_source_that_another_goes_on_from_is_not_said_to_be_stale():
    label = {"zh": "x", "en": "x"}
    files = pd.DataFrame(
        [
            {"source": s, "label": label, "table": "order_lines", "file": f"{s}.csv", "freshness": f, "newest_known": d}
            for s, f, d in (("old", "bad", date(2025, 1, 3)), ("new", "good", date(2026, 3, 30)))
        ]
    )
    days = pd.DataFrame(
        [(s, f"{s}.csv", d) for s, d in (("old", date(2024, 1, 2)), ("new", date(2024, 1, 2)))],
        columns=["source", "file", "day"],
    )
    asked = [questions._stale({"days": days}, account, date(2026, 3, 31)) for account in (files, files[:1])]
    assert [[m.id for _, m, _, _ in one] for one in asked] == [["inventory.ask.replaced"], ["inventory.ask.stale"]]
