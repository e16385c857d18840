"""What the data carry is judged by the share of rows that have what it takes."""

import pandas as pd

from crm_lib.engagement import Definitions
from crm_lib.engine import connect_frames
from crm_lib.language import catalogue
from crm_lib.layering.inventory.findings import customer_fields
from crm_lib.layering.inventory.uses import USES, conclusion, consent, consent_title, uses
from tests.layering.inventory_frames import account, column_row, file_row

EN = catalogue("en")
FILES = account(
    files=[file_row("lists", "campaign_members", accepted=10)],
    columns=[column_row("lists", "campaign_members", "arm", filled=7)],
)
FIELDS = Definitions(complete_fields=("name", "phone"))


def customers(n=10, **columns):
    return pd.DataFrame({"customer_id": [f"C{i}" for i in range(n)]} | columns)


def orders(named, all=10):
    ids = [f"C{i}" if i < named else None for i in range(all)]
    days = pd.Timestamp("2026-01-01")
    return pd.DataFrame(
        {"order_id": [f"o{i}" for i in range(all)], "customer_id": ids, "ordered_on": days, "amount": 1, "kind": "sale"}
    )


def judged(**tables):
    engine = connect_frames(tables)
    return uses(engine, customer_fields(engine, FIELDS), FILES)


def test_by_share_and_what_nobody_delivers():
    table = judged(orders=orders(7), customers=customers(phone=["1"] * 9 + [None])).set_index("use")
    assert list(table.index) == list(USES)
    assert table.loc["layers", ["base", "have", "carries"]].tolist() == [10, 7, "partly"]
    assert table.loc["phone", "carries"] == "yes"
    assert table.loc["phone", "lacking"] is None
    assert table.loc["profile", ["base", "have", "carries"]].tolist() == [20, 9, "no"]
    assert table.loc["email", "carries"] == "none"
    assert table.loc["email", "lacking"].id == "inventory.use.email.lacking"
    assert table.loc["complaints", "carries"] == "none"
    assert table.loc["complaints", "lacking"].id == "inventory.not_delivered"


def test_refunds_are_no_orders_that_name_their_customer():
    back = orders(5, 5).assign(order_id=[f"r{i}" for i in range(5)], kind="refund", amount=-1)
    table = judged(orders=pd.concat([orders(7), back]), customers=customers()).set_index("use")
    assert table.loc["layers", ["base", "have"]].tolist() == [10, 7]


def test_either_question_of_a_survey_tells_of_satisfaction():
    asked = {"survey_id": list("abc"), "customer_id": ["C1", "C2", None], "answered_on": pd.Timestamp("2026-01-01")}
    answers = pd.DataFrame(asked | {"nps": [9, None, None], "csat": [None, 4, None]})
    table = judged(customers=customers(), surveys=answers).set_index("use")
    assert table.loc["satisfaction", ["base", "have"]].tolist() == [2, 2]


def test_the_conclusion_names_what_is_carried_in_part_and_not():
    found = conclusion(judged(orders=orders(7), customers=customers(phone="1", name="a")))
    headline = EN.text(found.headline)
    assert headline.startswith(
        "The data carry: customer profile, contact by phone and SMS; in part: layering by purchases;"
    )
    assert "; not: " in headline
    assert found.severity == "medium"
    assert "phone number or member number" in EN.text(found.action)
    firms = catalogue("en", class_names=(("head", "company"),))
    assert "customer or registration number" in firms.text(found.action)


def test_nothing_and_all_of_it_can_be_said():
    nothing = conclusion(judged(customers=customers(0)))
    assert nothing.severity == "high"
    for language in ("zh", "en"):
        assert catalogue(language).text(nothing.headline)
    table = judged(orders=orders(10)).assign(carries="yes", lacking=None)
    assert conclusion(table).severity == "low"
    assert conclusion(table).action is None
    assert ";" not in EN.text(conclusion(table).headline)


def test_consent_counts_each_reading_and_who_can_be_called():
    given = customers(
        4, may_contact=[True, True, False, None], phone=["1", None, "2", "3"], email=["a", None, None, "b"]
    )
    table = consent(connect_frames({"customers": given}))
    assert table[["consent", "customers", "with_phone", "with_email"]].to_numpy().tolist() == [
        ["allowed", 2, 1, 1],
        ["refused", 1, 1, 0],
        ["unknown", 1, 1, 1],
    ]
    assert EN.text(consent_title(table)).startswith("1 customer, 25.0%")
    unknown = consent(connect_frames({"customers": customers(4, phone="1")}))
    assert consent_title(unknown).id == "inventory.title.consent_none"
    assert consent_title(consent(connect_frames({}))).args["n"].value == 0


def test_what_is_said_only_since_the_baseline_is_not_called_undelivered():
    members = pd.DataFrame({"campaign_id": "k", "customer_id": ["C1", "C2"], "sent_on": pd.Timestamp("2026-01-01")})
    row = judged(customers=customers(), campaign_members=members.assign(arm=None)).set_index("use").loc["campaigns"]
    assert (row["base"], row["have"], row["carries"]) == (2, 0, "no")
    assert "70.0% in all files" in EN.text(row["lacking"])
