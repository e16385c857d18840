"""The query for few rows gives what Splink gives, and rows that share no key have nothing to say."""

import pandas as pd
import pytest

from crm_lib.engagement import Identity
from crm_lib.identity import probable
from crm_lib.identity.blocking import find_blocks, gather_candidates
from crm_lib.identity.evidence import make_evidence
from crm_lib.identity.model import MACROS, model
from crm_lib.identity.resolution import _make_nodes, resolve_records
from crm_lib.identity.scoring import score_few, score_with_splink
from crm_lib.ingest import sql
from crm_lib.run.invented_customers import invented_customers
from tests.identity.companies import companies
from tests.identity.test_persons import febrl3


def chinese():
    return invented_customers(1500, 0.3, 7)[0]


def several_of_one_key():
    """Rows of one key that say the same, or half of it, beside others'."""
    records = chinese()
    records["customer_key"] = [f"M{i // 3}" for i in range(len(records))]
    again = records.sample(200, random_state=1)
    again = again.assign(record_id=again["record_id"] + "x", name=again["name"].str.replace("丽", "麗"), gender=None)
    return pd.concat([records, again], ignore_index=True)


GIVEN = {
    "chinese": (chinese, "person"),
    "latin": (lambda: febrl3()[0].head(1500), "person"),
    "several_of_one_key": (several_of_one_key, "person"),
    "companies": (lambda: companies(800, 3)[0], "company"),
}


def scored(connection):
    table = connection.execute("SELECT * FROM scored ORDER BY node_l, node_r").df()
    return table[sorted(name for name in table if name.startswith(("node_", "gamma_")))].join(
        table["match_probability"]
    )


@pytest.mark.parametrize("name", GIVEN)
def test_splink_over_all_rows_finds_the_same_pairs_with_the_same_probabilities(name):
    make, kind = GIVEN[name]
    used_model = model(kind)
    with sql.connect(1) as connection:
        _make_nodes(connection, make())
        make_evidence(connection, kind)
        blocks = find_blocks(connection, used_model, 1_000_000)
        used = list(blocks["block"][blocks["used"]])
        for head, body in MACROS.items():
            connection.execute(f"CREATE MACRO {head} AS ({body})")
        few = gather_candidates(connection)
        score_few(connection, used_model, used, 0.5)
        ours = scored(connection)
        connection.execute("CREATE OR REPLACE TABLE members AS SELECT node FROM evidence")
        assert gather_candidates(connection) > few
        score_with_splink(connection, used_model, used, 0.5)
        pd.testing.assert_frame_equal(ours, scored(connection), check_exact=True, check_dtype=False)
        assert len(ours) > 50
        left = connection.execute("SELECT table_name FROM duckdb_tables() WHERE table_name LIKE '%splink%'").fetchall()
        assert left == []


def test_pairs_of_a_rule_are_those_of_its_keys():
    records = chinese()
    blocks = resolve_records(records).blocks.set_index("block")["pairs"]
    for column in ("phone", "email"):
        sizes = records[column].value_counts()
        assert blocks[column] == (sizes * (sizes - 1) // 2).sum() > 0


def test_many_rows_are_matched_as_few_are(monkeypatch):
    records = several_of_one_key()
    few = resolve_records(records, Identity(review_at=0.5))
    monkeypatch.setattr(probable, "FEW", 0)
    many = resolve_records(records, Identity(review_at=0.5))
    for part in ("records", "pairs", "blocks"):
        pd.testing.assert_frame_equal(getattr(few, part), getattr(many, part), check_exact=True)
    assert len(few.pairs)


@pytest.mark.parametrize(
    ("one", "other", "slip"),
    [("abcd", "abdc", True), ("abcd", "abxd", True), ("abcd", "abc", True), ("abcd", "abcde", True), ("a", "", True),
     ("abcd", "abcd", False), ("abcd", "axyd", False), ("abcd", "ab", False), ("张丽", "张莉", False), ("ab12", "ba21", False)],
)  # fmt: skip
def test_one_slip_is_a_distance_of_one(one, other, slip):
    with sql.connect(1) as connection:
        connection.execute(f"CREATE MACRO one_slip(a, b) AS ({MACROS['one_slip(a, b)']})")
        found = connection.execute("SELECT one_slip($1, $2), damerau_levenshtein($1, $2) = 1", [one, other]).fetchone()
    assert found == (slip, slip)
