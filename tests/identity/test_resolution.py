import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_lib.engagement import Identity
from crm_lib.identity.resolution import COLUMNS
from crm_lib.identity.resolution import resolve_records as resolve

LARGEST = Identity().shared_contact

EXACT = Identity(kind="none")
LILI, WEI = "张丽", "李伟"
P, Q = "+8613800138000", "+8613900139000"


def frame(*rows):
    """Rows of (id, key, phone, email, name), with the key space before a colon."""
    found = []
    for id, key, phone, email, name in rows:
        space, _, key = (key or ":").rpartition(":")
        found.append((id, space or "crm", key or None, phone, email, name))
    return pd.DataFrame(found, columns=list(COLUMNS))


def customers(records):
    """Sets of record ids that are one customer."""
    found = resolve(records).records.dropna(subset=["customer_id"])
    return {frozenset(ids) for ids in found.groupby("customer_id")["record_id"].agg(list)}


def rules(records):
    return dict(resolve(records).records[["record_id", "rule"]].itertuples(index=False))


def test_one_key_is_one_customer_whatever_else_differs():
    records = frame(("a", "7", P, None, LILI), ("b", "7", Q, None, WEI), ("c", "7", None, None, None))
    assert customers(records) == {frozenset("abc")}
    assert sorted(rules(records).values()) == ["first", "key", "key"]


def test_keys_of_other_systems_are_other_keys():
    assert len(customers(frame(("a", "crm:7", None, None, LILI), ("b", "till:7", None, None, LILI)))) == 2


def test_a_key_in_another_case_is_the_same_key():
    records = frame(("a", "K7", P, None, LILI), ("b", "k7", None, None, None), ("c", "till:k7", None, None, None))
    assert customers(records) == {frozenset("ab"), frozenset("c")}
    alone = resolve(records.iloc[:1]).records["customer_id"].tolist()
    assert set(resolve(records.iloc[:2]).records["customer_id"]) == set(alone)


def test_keys_in_two_cases_stay_two_where_both_name_somebody_or_case_tells():
    records = frame(("a", "K7", P, None, LILI), ("b", "k7", Q, None, WEI), ("c", "K7", None, None, None))
    assert customers(records) == {frozenset("ac"), frozenset("b")}
    assert len(customers(frame(("a", "aBc", P, None, LILI), ("b", "abC", None, None, None)))) == 2


def test_a_phone_joins_names_that_agree():
    records = frame(("a", "7", P, None, LILI), ("b", "till:9", P, None, "张女士"), ("c", None, P, None, None))
    assert customers(records) == {frozenset("abc")}
    assert rules(records) == {"a": "first", "b": "phone", "c": "phone"}


def test_a_family_phone_does_not_join_two_people():
    records = frame(("a", "7", P, None, LILI), ("b", "8", P, None, WEI))
    assert len(customers(records)) == 2


def test_a_record_that_could_be_either_stays_by_itself():
    records = frame(
        ("a", "7", P, None, LILI), ("b", "8", P, None, WEI), ("c", None, P, None, None), ("d", None, P, None, "李*")
    )
    assert customers(records) == {frozenset("a"), frozenset("bd"), frozenset("c")}


def test_nobody_is_a_bridge_between_two_people():
    mail = "family@example.com"
    records = frame(("a", "7", P, None, LILI), ("b", "9", P, mail, None), ("c", "8", None, mail, WEI))
    assert customers(records) == {frozenset("ab"), frozenset("c")}


def test_an_email_joins_too():
    records = frame(("a", "7", P, "l@example.com", LILI), ("b", "till:1", Q, "l@example.com", LILI))
    assert rules(records) == {"a": "first", "b": "email"}


def test_a_contact_that_too_many_share_joins_nobody_and_is_told():
    rows = [(f"r{i}", f"{i:03}", P, None, None) for i in range(LARGEST + 1)]
    found = resolve(frame(*rows))
    assert found.records["customer_id"].nunique() == LARGEST + 1
    assert found.shared.values.tolist() == [["phone", LARGEST + 1]]
    assert resolve(frame(*rows[:-1])).records["customer_id"].nunique() == 1


def test_a_name_alone_is_nobody():
    assert rules(frame(("a", None, None, None, LILI))) == {"a": "none"}


def test_the_number_stays_when_records_come_and_go():
    old = resolve(frame(("a", "7", P, None, LILI))).records
    new = resolve(frame(("b", "till:9", P, None, LILI), ("a", "7", P, None, LILI), ("c", None, P, None, None))).records
    assert set(new["customer_id"]) == set(old["customer_id"])
    assert old["customer_id"].str.fullmatch("C[A-Z2-7]{12}").all()


def test_merges_records_and_customers_add_up():
    records = frame(
        ("a", "7", P, None, LILI), ("b", "7", Q, None, LILI), ("c", "8", Q, None, None), ("d", None, None, None, "x")
    )
    found = resolve(records).records
    counts = found["rule"].value_counts()
    assert counts["first"] == found["customer_id"].nunique()
    assert counts.sum() == len(records)


def test_no_records():
    assert resolve(frame()).records.empty


RECORD = st.tuples(
    st.sampled_from([None, "crm:1", "crm:2", "crm:3", "till:1", "till:2"]),
    st.sampled_from([None, P, Q, "+8613700137000"]),
    st.sampled_from([None, "a@example.com", "b@example.com"]),
    st.sampled_from([None, LILI, WEI, "张女士", "李*", "Li Zhang", "J Smith", "John Smith", "Jane Smith", "糖糖"]),
)
APART = 4  # sets of records resolved at once, which share nothing: to begin takes longer than so few records


def apart(sets):
    """(record_id, customer_key, phone, email, name, ...) of all sets, each with keys, phones and addresses of its own."""
    rows = []
    for n, records in enumerate(sets):
        for i, (key, phone, email, *rest) in enumerate(records):
            own = (key and f"{key}{n}", phone and f"{phone[:-1]}{n}", email and f"{n}{email}")
            rows.append((f"r{n}{i:02}", *own, *rest))
    return rows


RECORDS = st.lists(st.lists(RECORD, max_size=12, unique=True), min_size=APART, max_size=APART).map(apart)


@settings(max_examples=16)
@given(RECORDS, st.randoms(use_true_random=False))
def test_the_order_of_records_does_not_matter(rows, shuffle):
    one = resolve(frame(*rows), EXACT).records
    two = resolve(frame(*shuffle.sample(rows, len(rows))), EXACT).records
    pd.testing.assert_frame_equal(one, two)


@settings(max_examples=16)
@given(RECORDS)
def test_resolving_again_changes_nothing(rows):
    """Records of one customer under one key stay one customer, and no two customers come together."""
    records = frame(*rows)
    before = records.copy(deep=True)
    first = resolve(records, EXACT).records
    pd.testing.assert_frame_equal(records, before)
    known = records.merge(first.dropna(subset=["customer_id"]), on="record_id")
    again = resolve(known.assign(key_space="golden", customer_key=known["customer_id"])[list(COLUMNS)], EXACT).records
    merged = first.merge(again, on="record_id", suffixes=("", "_again"))
    assert (merged.groupby("customer_id")["customer_id_again"].nunique() == 1).all()


@settings(max_examples=16)
@given(RECORDS)
def test_a_key_is_never_split_and_every_reference_gets_a_customer(rows):
    records = frame(*rows)
    found = records.merge(resolve(records, EXACT).records, on="record_id")
    keyed = found[found["customer_key"].notna()]
    assert (keyed.groupby(["key_space", "customer_key"])["customer_id"].nunique() <= 1).all()
    named = found[["customer_key", "phone", "email"]].notna().any(axis=1)
    assert found.loc[named, "customer_id"].notna().all()
    assert found.loc[~named, "customer_id"].isna().all()


DATED = st.lists(
    st.lists(
        st.tuples(RECORD, st.integers(1, 5), st.integers(1, 28)).map(lambda row: (*row[0], *row[1:])),
        max_size=12,
        unique=True,
    ),
    min_size=APART,
    max_size=APART,
).map(apart)


def dated(rows):
    records = frame(*(row[:5] for row in rows))
    return records.assign(first_on=[pd.Timestamp(2026, *row[5:]) for row in rows])


@settings(max_examples=16)
@given(DATED, st.integers(1, 4), st.randoms(use_true_random=False))
def test_next_months_records_part_nobody_and_change_no_number(rows, month, shuffle):
    """Whoever was one customer stays one, under the number of the first record's customer."""
    known = [row for row in rows if row[5] <= month]
    check_growth(dated(known), dated(shuffle.sample(rows, len(rows))), EXACT)


def check_growth(old_records, new_records, how):
    old = resolve(old_records, how).records.dropna(subset=["customer_id"])
    new = resolve(new_records, how).records.dropna(subset=["customer_id"])
    both = old.merge(new, on="record_id", suffixes=("", "_new"))
    assert len(both) == len(old)
    assert (both.groupby("customer_id")["customer_id_new"].nunique() <= 1).all()
    for number, group in both.groupby("customer_id_new"):
        assert number in set(group["customer_id"])


def test_a_customer_that_gets_nothing_new_keeps_its_number_though_others_come():
    old = dated([("a", "7", P, None, LILI, 2, 3)])
    new = dated([("a", "7", P, None, LILI, 2, 3), ("b", "1", Q, None, WEI, 3, 1), ("c", "0", P, None, LILI, 3, 1)])
    number = resolve(old).records["customer_id"].iloc[0]
    assert resolve(new).records.set_index("record_id")["customer_id"].loc[["a", "c"]].tolist() == [number, number]
