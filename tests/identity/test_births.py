"""Days of birth and numbers of one list speak against a join: relatives share a telephone, and a name too."""

import duckdb
import pandas as pd
import pytest

from crm_lib.engagement import Identity
from crm_lib.identity.births import agree
from crm_lib.identity.model import MACROS
from crm_lib.identity.resolution import resolve_records

P, MAIL = "+14255550137", "smith@example.com"
FIELDS = ("key_space", "customer_key", "phone", "email", "name", "birth_date", "first_on")


def records(*rows, day=None):
    """Rows of (id, 'space:key', phone, email, name, birth)."""
    found = []
    for id, key, phone, email, name, birth in rows:
        space, _, number = (key or ":").rpartition(":")
        found.append((id, space or None, number or None, phone, email, name, birth and pd.Timestamp(birth), day))
    return pd.DataFrame(found, columns=["record_id", *FIELDS], dtype=object)


def customers(*rows, how=None):
    found = resolve_records(records(*rows), how).records
    return {frozenset(ids) for ids in found.groupby("customer_id")["record_id"].agg(list)}


FATHER = ("father", "desk:1", P, MAIL, "John Smith", "1975-03-12")
SON = ("son", "desk:2", P, MAIL, "John Smith", "2014-08-30")


@pytest.mark.parametrize("born", ["2014-08-30", "1982-01-01", "1985-11-12"])
@pytest.mark.parametrize("kind", ["person", "none"])
@pytest.mark.parametrize("space", ["desk", "lab"])
def test_father_and_son_of_one_name_and_one_telephone_are_two(kind, space, born):
    son = (SON[0], f"{space}:2", *SON[2:-1], born)
    assert len(customers(FATHER, son, how=Identity(kind=kind))) == 2


def test_they_wait_for_a_person_instead():
    pairs = resolve_records(records(FATHER, SON)).pairs
    assert pairs[["left", "right"]].to_numpy().tolist() == [["father", "son"]]
    assert 0.5 <= pairs["probability"][0] < 0.99


@pytest.mark.parametrize("born", ["1975-03-13", "1975-12-03", "1957-03-12", "2075-03-12", "1975-01-01", "1900-01-01"])
def test_a_slip_in_the_day_of_birth_parts_nobody(born):
    again = ("again", "desk:2", P, MAIL, "John Smith", born)
    assert len(customers(FATHER, again)) == 1


def test_nobody_without_a_birth_is_a_bridge_between_father_and_son():
    by_phone = ("order", None, P, None, "John Smith", None)
    assert customers(FATHER, SON, by_phone) == {frozenset(["father"]), frozenset(["son"]), frozenset(["order"])}
    father, son = ("father", "desk:1", P, None, *FATHER[4:]), ("son", "desk:2", None, MAIL, *SON[4:])
    bridge = ("bridge", "till:9", P, MAIL, "John Smith", None)
    assert customers(father, son, bridge) == {frozenset(["father", "bridge"]), frozenset(["son"])}


def test_the_same_number_of_a_document_still_decides():
    both = records(FATHER, SON).assign(id_number="530-11-4432")
    assert resolve_records(both).records["customer_id"].nunique() == 1


def test_two_numbers_of_one_list_are_told_as_less_sure_unless_births_are_one():
    def sure(*rows):
        found = resolve_records(records(*rows)).records.set_index("record_id")
        assert found["customer_id"].nunique() == 1
        return found.loc["again", ["rule", "match_probability"]].tolist()

    first = ("first", "desk:1", P, None, "John Smith", None)
    assert sure(first, ("again", "desk:2", P, None, "John Smith", None)) == ["phone", Identity().join_at]
    assert sure(first, ("again", "lab:2", P, None, "John Smith", None)) == ["phone", 1]
    assert sure(FATHER, ("again", "desk:2", P, None, "John Smith", "1975-03-12")) == ["phone", 1]


DAYS = ("19750312", "19750313", "19753012", "19751203", "20750312", "19570312", "20140830", "19000101", "1975312", "19750101", "19840312", "20030101", "20190127")  # fmt: skip


def test_python_and_sql_agree_on_days_of_birth():
    with duckdb.connect() as connection:
        for head, body in MACROS.items():
            connection.execute(f"CREATE MACRO {head} AS ({body})")
        for one in DAYS:
            for other in DAYS:
                (told,) = connection.execute("SELECT births_agree(?, ?)", [one, other]).fetchone()
                assert told == agree(one, other) == agree(other, one), (one, other)
