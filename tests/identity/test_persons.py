"""How well persons are found: Febrl's third set, invented Chinese customers, and the pairs that must not be joined."""

import gzip
from pathlib import Path

import pandas as pd
import pytest

from crm_lib.engagement import Identity
from crm_lib.identity import resolve
from crm_lib.identity.resolution import resolve_records
from crm_lib.run.invented_customers import invented_customers
from crm_lib.run.pair_quality import quality
from tests.identity.test_resolution import check_growth

FEBRL3 = Path(__file__).parent / "data" / "febrl3.csv.gz"
P, Q = "+8613800138000", "+8613900139111"


def febrl3():
    """Records with both names in one column, as exports have them, and the original of each."""
    with gzip.open(FEBRL3, "rt", encoding="utf-8") as stream:
        given = pd.read_csv(stream, dtype=str, skipinitialspace=True, keep_default_na=False)

    def joined(*names):
        text = given[list(names)].agg(" ".join, axis=1).str.split().str.join(" ")
        return text.where(text != "", None)

    records = pd.DataFrame(
        {
            "record_id": given["rec_id"],
            "key_space": "febrl",
            "customer_key": None,
            "phone": None,
            "email": None,
            "name": joined("given_name", "surname"),
            "birth_date": joined("date_of_birth"),
            "city": joined("suburb"),
            "address": joined("street_number", "address_1", "address_2", "postcode"),
            "id_number": joined("soc_sec_id"),
        },
        dtype=object,
    )
    return records, given["rec_id"].str.extract(r"rec-(\d+)-")[0]


def test_latin_names_of_febrl3():
    records, truth = febrl3()
    found = quality(records[["record_id"]].merge(resolve(records), on="record_id")["customer_id"], truth)
    assert found.f1 >= 0.99, found


@pytest.mark.parametrize("seed", [11, 12])
def test_five_thousand_chinese_customers(seed):
    records, truth = invented_customers(5000, 0.2, seed, gaps=0.3)
    before = records.copy(deep=True)
    found = resolve(records)
    pd.testing.assert_frame_equal(records, before)
    reached = quality(records[["record_id"]].merge(found, on="record_id")["customer_id"], truth)
    assert reached.precision >= 0.98, reached
    assert reached.recall >= 0.95, reached
    assert found["match_probability"].between(0.99, 1).all()
    exact = quality(
        records[["record_id"]].merge(resolve(records, Identity(kind="none")), on="record_id")["customer_id"], truth
    )
    assert reached.f1 > exact.f1


def test_the_order_of_rows_does_not_matter_and_later_months_part_nobody():
    records, _ = invented_customers(1500, 0.3, 5)
    one = resolve_records(records).records
    two = resolve_records(records.sample(frac=1, random_state=1)).records
    pd.testing.assert_frame_equal(one, two)
    for day in ("2023-06-30", "2024-07-31"):
        check_growth(records[records["first_on"] <= pd.Timestamp(day)], records, Identity())


def pair(one, other):
    names = ("name", "phone", "email", "birth_date", "gender", "city", "address", "id_number")
    rows = [
        {"record_id": f"r{i}", "key_space": "crm", "customer_key": f"{i}", **given}
        for i, given in enumerate((one, other))
    ]
    return pd.DataFrame(rows, columns=["record_id", "key_space", "customer_key", *names], dtype=object)


BORN = {"birth_date": "19880312"}
HOME = {"address": "中山路88号3幢502室", "city": "杭州"}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"name": "张丽华", "phone": P, **BORN}, {"name": "张丽花", "phone": P, **BORN}),
        ({"name": "張麗華", "phone": P, **BORN, **HOME}, {"name": "张丽华", "phone": Q, **BORN, **HOME}),
        ({"name": "欧阳静", "phone": P, **BORN}, {"name": "Ouyang Jing", "phone": "+8613800138001", **BORN}),
        ({"name": "Jing Ouyang", **BORN, **HOME}, {"name": "欧阳静", **BORN, **HOME}),
        ({"name": "Bob Marlowe", **BORN, **HOME}, {"name": "Robert Marlowe", **BORN, **HOME}),
        ({"name": "张丽华", "phone": P, **BORN}, {"name": "丽张华", "phone": P, **BORN}),
        ({"name": "王建国", "phone": P}, {"name": "王建国", "phone": "+8613800138009", **HOME}),
        ({"name": "李雪", "birth_date": "19880312", "id_number": "330102198803121234"},
         {"name": "李雪梅", "birth_date": "19880321", "id_number": "330102198803121234"}),
    ],
)  # fmt: skip
def test_slips_are_seen_through(one, other):
    found = resolve_records(pair(one, other)).records
    assert found["customer_id"].nunique() == 1
    assert sorted(found["rule"]) in (["first", "probable"], ["first", "phone"])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"name": "张小明", "phone": P, "birth_date": "20100105", **HOME}, {"name": "张小亮", "phone": P, "birth_date": "20130819", **HOME}),
        ({"name": "张伟", "phone": P, **HOME}, {"name": "李娜", "phone": P, **HOME}),
        ({"name": "John Smith", "phone": P, "email": "s@example.com", **HOME}, {"name": "Jane Smith", "phone": P, "email": "s@example.com", **HOME}),
        ({"name": "张一", **BORN, "phone": P, **HOME}, {"name": "李二", **BORN, "phone": P, **HOME}),
        ({"name": "张伟", "city": "上海", "phone": P}, {"name": "张伟", "city": "上海", "phone": Q}),
        ({"name": "张伟", "birth_date": "19900101"}, {"name": "张伟", "birth_date": "19900101"}),
    ],
)  # fmt: skip
def test_families_and_namesakes_stay_apart(one, other):
    assert resolve_records(pair(one, other)).records["customer_id"].nunique() == 2


def test_brothers_of_one_telephone_are_shown_to_a_person():
    found = resolve_records(pair({"name": "张小明", "phone": P, **HOME}, {"name": "张小亮", "phone": P, **HOME}))
    assert found.records["customer_id"].nunique() == 2
    assert found.pairs["probability"].between(0.9, 0.99).tolist() == [True]


def test_a_rule_with_too_many_pairs_is_left_out_and_told():
    records, _ = invented_customers(600, 0.3, 5)
    blocks = resolve_records(records, Identity(most_pairs=20)).blocks.set_index("block")
    assert (blocks.loc[blocks["pairs"] > 20, "used"] == False).all()  # noqa: E712
    assert blocks.loc["phone", "pairs"] > 20


def test_similarity_never_makes_a_customer_larger_than_the_cap():
    same = {"name": "欧阳静怡", **BORN, **HOME}
    rows = [same | {"record_id": f"r{i}", "key_space": "crm", "customer_key": str(i)} for i in range(9)]
    found = resolve(pd.DataFrame(rows, dtype=object).assign(phone=None, email=None), Identity(largest_cluster=4))
    assert found["customer_id"].value_counts().max() == 4
