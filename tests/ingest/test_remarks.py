"""What is told of the data though the run is not refused."""

from datetime import date

import pytest

from crm_lib.errors import UserError
from crm_lib.ingest.remarks import remarks
from crm_lib.language import LANGUAGES, catalogue
from crm_lib.run.data_checks import check_data, none_answered, set_aside, unknown_owners
from crm_lib.run.prepare import inventory
from crm_lib.run.template import engagement_toml
from tests.ingest.folder import MEMBERS, ORDERS, account, canonical, engagement, rows, write_csv

DAY = date(2026, 6, 30)
HEADER = ["order_id", "customer_key", "product_id", "ordered_on", "amount", "paid_by"]


def order(number, product="p1", amount="10", paid="cash"):
    return [f"A{number}", f"C{number % 5}", product, "2026-01-05", amount, paid]


def said(made):
    found = remarks(inventory(made), DAY)
    for language in LANGUAGES:
        assert all(catalogue(language).text(message) for message in found)
    return {
        message.id.removeprefix("ingest.remark."): {k: v.value for k, v in message.args.items()} for message in found
    }


def test_the_same_row_of_a_file_of_orders_is_counted_once(tmp_path):
    write_csv(tmp_path / "pos.csv", [HEADER, *(order(i) for i in range(20)), order(3), order(3), order(4, paid="card")])
    made = canonical(tmp_path, ORDERS)
    file = account(made).iloc[0]
    assert (file["accepted"], file["duplicates"], file["amount_duplicates"]) == (21, 2, 20)
    assert said(made)["duplicates"]["n"] == 2
    assert rows(made, "SELECT SUM(amount) FROM {orders}") == [(210,)]


def test_the_same_row_of_a_file_of_order_lines_is_kept_and_told(tmp_path):
    lines = [order(i, product) for i in range(20) for product in ("p1", "p2")]
    write_csv(tmp_path / "pos.csv", [HEADER, *lines, order(3)])
    made = canonical(tmp_path, ORDERS)
    assert account(made).iloc[0]["accepted"] == 41
    assert said(made)["repeated"] == {"file": "pos.csv", "n": 1, "amount": 10}


def members(offset=0, phone="1380013{:04d}"):
    return [[f"C{i}", phone.format(i + offset), f"2026-01-{i + 1:02d}"] for i in range(20)]


@pytest.mark.parametrize("header", ["customer_key", "card"])
def test_shared_numbers_without_a_common_key_space(tmp_path, header):
    write_csv(
        tmp_path / "pos.csv",
        [["order_id", header, "ordered_on", "amount"], *([*order(i)[:2], "2026-01-05", "9"] for i in range(20))],
    )
    write_csv(tmp_path / "members.csv", [["customer_key", "phone", "joined_on"], *members()])
    pos = ORDERS | {"columns": {"customer_key": header}}
    made = canonical(tmp_path, pos, MEMBERS)
    assert ("shared_keys" in said(made)) is (header == "customer_key")  # five numbers of another header may be chance
    both = [source | {"key_space": "card"} for source in (pos, MEMBERS)]
    assert "shared_keys" not in said(canonical(tmp_path, *both))


def test_numbers_of_other_people_are_no_shared_numbers(tmp_path):
    write_csv(tmp_path / "members.csv", [["customer_key", "phone", "joined_on"], *members()])
    write_csv(tmp_path / "club.csv", [["customer_key", "phone", "joined_on"], *members(500)])
    club = MEMBERS | {"name": "club", "file": "club.csv"}
    assert "shared_keys" not in said(canonical(tmp_path, MEMBERS, club))


def test_tickets_without_a_kind(tmp_path):
    tickets = {"name": "tickets", "table": "tickets", "file": "tickets.csv"}
    write_csv(tmp_path / "tickets.csv", [["ticket_id", "opened_at", "customer_key"], ["T1", "2026-01-05 10:00", "C1"]])
    assert said(canonical(tmp_path, tickets))["no_ticket_kind"]["n"] == 1
    assert "no_ticket_kind" not in said(canonical(tmp_path, tickets | {"constants": {"kind": "complaint"}}))


def test_an_optional_column_that_cannot_be_read(tmp_path):
    write_csv(
        tmp_path / "members.csv", [["customer_key", "joined_on"], *([f"C{i}", f"{i + 13}/01/2026"] for i in range(9))]
    )
    found = said(canonical(tmp_path, MEMBERS))["unreadable_dates"]
    assert (found["column"], found["n"], found["given"]) == ("joined_on", 9, 9)
    assert "unreadable_dates" not in said(canonical(tmp_path, MEMBERS | {"date_order": "DMY"}))


def test_ages_among_birthdays_are_told_by_their_form(tmp_path):
    birthdays = [["1990-01-05"]] * 15 + [["35岁"], ["41岁"], ["28"], ["1991-13-45"]]
    lines = [["customer_key", "birth_date"], *([f"C{i}", *cell] for i, cell in enumerate(birthdays))]
    write_csv(tmp_path / "members.csv", lines)
    found = said(canonical(tmp_path, MEMBERS))["unreadable_ages"]
    assert (found["n"], found["given"], found["forms"]) == (4, 19, "99岁 · 99 · 9999-99-99")


def test_phones_that_cannot_be_read_are_told_by_their_form(tmp_path):
    lines = [["customer_key", "phone"], *([f"C{i}", f"1380013{i:04d}" if i % 5 else f"分机 {i}"] for i in range(20))]
    write_csv(tmp_path / "members.csv", lines)
    found = said(canonical(tmp_path, MEMBERS))["unreadable"]
    assert (found["column"], found["n"], found["forms"]) == ("phone", 4, "某某 9 · 某某 99")


@pytest.mark.parametrize(
    "words",
    [
        "注：黑金卡含家庭副卡",
        "Exported by the front desk",
        "* without family cards",
        "共20条记录",
        "(20 rows)",
        "Total records: 20",
    ],
)
def test_a_note_at_the_end_is_no_customer(tmp_path, words):
    write_csv(tmp_path / "members.csv", [["customer_key", "phone", "joined_on"], *members(), [words, "", ""], []])
    made = canonical(tmp_path, MEMBERS)
    assert rows(made, "SELECT COUNT(*) FROM {customers}") == [(20,)]
    assert said(made)["note"]["n"] == 1


@pytest.mark.parametrize("key", ["C77", "4711", "Anna Noteboom", "共享门店客户", "20-row"])
def test_a_customer_of_whom_only_the_number_is_known_is_no_note(tmp_path, key):
    write_csv(tmp_path / "members.csv", [["customer_key", "phone", "joined_on"], *members(), [key, "", ""]])
    assert rows(canonical(tmp_path, MEMBERS), "SELECT COUNT(*) FROM {customers}") == [(21,)]


def test_rows_cut_by_footer_rows_are_told(tmp_path):
    write_csv(tmp_path / "members.csv", [["customer_key", "phone", "joined_on"], *members()])
    assert said(canonical(tmp_path, MEMBERS | {"footer_rows": 5}))["footer"]["n"] == 5


def test_a_mistyped_year_is_told(tmp_path):
    write_csv(tmp_path / "pos.csv", [HEADER, *(order(i) for i in range(5)), ["A9", "C1", "p1", "2062-03-05", "1", ""]])
    found = said(canonical(tmp_path, ORDERS))["far"]
    assert (found["n"], str(found["newest"])[:10]) == (1, "2062-03-05")


def test_a_target_on_complaints_where_no_ticket_has_a_kind_is_refused(tmp_path):
    write_csv(tmp_path / "tickets.csv", [["ticket_id", "opened_at", "customer_key"], ["T1", "2026-03-05 10:00", "C1"]])
    tickets = {"name": "tickets", "table": "tickets", "file": "tickets.csv"}
    target = {"id": "fast", "metric": "complaint_close_rate", "value": 0.9, "due": DAY}
    asked = {"as_of": date(2026, 3, 31), "targets": [target]}
    refused = [p.message.id for p in check_data(tmp_path, engagement(tickets, **asked))]
    assert refused == ["run.metric.no_kind"]
    told = tickets | {"constants": {"kind": "complaint"}}
    assert check_data(tmp_path, engagement(told, **asked)) == []


TICKETS = {"name": "tickets", "table": "tickets", "file": "tickets.csv"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_values_outside_a_list_are_shown_with_the_list_but_not_those_of_a_wrong_column(tmp_path, language):
    head = ["ticket_id", "opened_at", "customer_key", "kind"]
    good = [[f"G{i}", "2026-01-05 10:00", "C1", "complaint"] for i in range(30)]
    write_csv(
        tmp_path / "tickets.csv", [head, *good, *([f"T{i}", "2026-01-05 10:00", "C1", "Reklamation"] for i in range(3))]
    )
    text = " ".join(catalogue(language).text(m) for m in set_aside(canonical(tmp_path, TICKETS), DAY))
    assert "Reklamation (3)" in text
    assert "complaint, inquiry, request" in text
    write_csv(
        tmp_path / "tickets.csv", [head, *good, *([f"T{i}", "2026-01-05 10:00", "C1", f"13800{i}"] for i in range(25))]
    )
    text = " ".join(catalogue(language).text(m) for m in set_aside(canonical(tmp_path, TICKETS), DAY))
    assert "13800" not in text


def test_owners_that_are_in_no_team_are_told(tmp_path):
    write_csv(
        tmp_path / "tickets.csv",
        [
            ["ticket_id", "opened_at", "owner"],
            ["T1", "2026-01-05 10:00", "Liu Yang"],
            ["T2", "2026-01-05 10:00", "Chen"],
        ],
    )
    owner = {"id": "liu", "label": {"zh": "刘洋", "en": "Liu Yang"}, "contacts_per_week": 5}
    teams = [{"id": "desk", "label": "Desk", "owners": [owner]}]
    made = canonical(tmp_path, TICKETS, teams=teams)
    told = list(unknown_owners(made, engagement(TICKETS, teams=teams)))
    assert [(m.args["n"].value, m.args["names"].value) for m in told] == [(1, "Chen (1)")]
    assert list(unknown_owners(made, engagement(TICKETS))) == []
    by_name = TICKETS | {"values": {"owner": {"Chen": "liu"}}}  # who says who is who, says it of all
    made = canonical(tmp_path, by_name, teams=teams)
    told = list(unknown_owners(made, engagement(by_name, teams=teams)))
    assert [m.args["names"].value for m in told] == ["Liu Yang (1)"]


@pytest.mark.parametrize(
    ("outcomes", "told"), [(["reached", "reached", "no_answer"], 1), (["reached", "converted"], 0)]
)
def test_outcomes_of_which_none_counts_as_an_answer_are_told(tmp_path, outcomes, told):
    header = ["interaction_id", "customer_key", "happened_at", "channel", "direction", "outcome"]
    lines = [[f"i{n}", "C1", "2026-03-01 10:00", "phone", "out", one] for n, one in enumerate(outcomes)]
    write_csv(tmp_path / "calls.csv", [header, *lines])
    made = canonical(tmp_path, {"name": "calls", "table": "interactions", "file": "calls.csv"})
    found = list(none_answered(made))
    assert len(found) == told
    for message in found:
        assert all("reached (2), no_answer (1)" in catalogue(language).text(message) for language in LANGUAGES)


def test_a_file_of_nearly_the_name_is_named(tmp_path):
    write_csv(tmp_path / "Umsatz.csv", [HEADER, order(1)])
    found = check_data(tmp_path, engagement(ORDERS | {"file": "umsatz.csv"}))
    assert [(p.message.id, p.message.args["near"].value) for p in found] == [("errors.data.no_file_near", "Umsatz.csv")]


@pytest.mark.parametrize(("key", "given", "meant"), [("currency", "RMB", "CNY"), ("phone_region", "GER", "DE")])
def test_what_people_write_for_a_code_is_understood(key, given, meant):
    with pytest.raises(UserError) as refused:
        engagement(ORDERS, report={key: given})
    assert meant in refused.value.text(catalogue("en"))


def test_the_template_lists_the_values_that_columns_allow():
    assert "tickets.kind: complaint, inquiry, request" in engagement_toml("x", catalogue("en"))


LIST = {"name": "sends", "table": "campaign_members", "file": "sends.csv"}


@pytest.mark.parametrize("answered", ["", "2026-03-06"])
def test_a_campaign_list_without_answers_is_told_and_refused_as_a_target(tmp_path, answered):
    header = ["campaign_id", "sent_on", "customer_key", "responded_on"]
    write_csv(tmp_path / "sends.csv", [header, ["W1", "2026-03-05", "C1", answered], ["W1", "2026-03-05", "C2", ""]])
    target = {"id": "more", "metric": "campaign_response_rate", "value": 0.2, "due": DAY}
    refused = check_data(tmp_path, engagement(LIST, as_of=date(2026, 3, 31), targets=[target]))
    assert [p.message.id for p in refused] == ([] if answered else ["run.metric.no_responses"])
    told = said(canonical(tmp_path, LIST))
    assert ("no_responses" in told) is not bool(answered)


@pytest.mark.parametrize("constants", [{}, {"direction": "out"}])
def test_contacts_of_which_nobody_knows_who_began_them_are_told(tmp_path, constants):
    """Without it none counts as ours, and the reports are empty where the client made thousands."""
    calls = {"name": "calls", "table": "interactions", "file": "calls.csv", "constants": constants}
    calls["columns"] = {"happened_at": "day", "outcome": "result", "customer_key": "member"}
    calls["values"] = {"outcome": {"yes": "converted"}}
    write_csv(
        tmp_path / "calls.csv", [["day", "result", "member"], ["2026-01-05", "yes", "a"], ["2026-01-06", "yes", "b"]]
    )
    made = canonical(tmp_path, calls)
    told = [m for m in set_aside(made, date(2026, 6, 30)) if m.id == "ingest.remark.no_direction"]
    assert len(told) == (0 if constants else 1)
    for language in LANGUAGES if told else ():
        assert 'direction = "out"' in catalogue(language).text(told[0])


def test_a_holdout_without_a_day_of_sending_is_compared_from_the_first_day_of_its_campaign(tmp_path):
    head = ["campaign_id", "customer_key", "arm", "sent_on"]
    sent = [["A", f"C{i}", "treatment", f"2026-02-0{i % 3 + 2}"] for i in range(20)]
    held = [["A", f"C{i}", "holdout", ""] for i in range(20, 30)]
    nobody = [["B", "C31", "holdout", ""], ["A", "C32", "treatment", ""]]  # nothing is known of these
    write_csv(tmp_path / "list.csv", [head, *sent, *held, *nobody])
    source = {"name": "list", "table": "campaign_members", "file": "list.csv"}
    made = canonical(tmp_path, source, data={"most_set_aside": 0.2})
    counts = account(made).iloc[0]
    assert (counts["accepted"], counts["quarantined"]) == (30, 2)
    days = rows(made, "SELECT arm, MIN(sent_on), MAX(sent_on) FROM {campaign_members} GROUP BY arm ORDER BY arm")
    assert days == [("holdout", date(2026, 2, 2), date(2026, 2, 2)), ("treatment", date(2026, 2, 2), date(2026, 2, 4))]


def test_a_pattern_may_lie_outside_of_the_engagement(tmp_path):
    folder, outside = tmp_path / "engagement", tmp_path / "exports"
    folder.mkdir()
    for month in ("01", "02"):
        write_csv(outside / month / "pos.csv", [HEADER, *(order(int(month) * 100 + i) for i in range(20))])
    made = canonical(folder, ORDERS | {"file": f"{outside}/*/pos.csv"})
    assert account(made)["file"].tolist() == ["01/pos.csv", "02/pos.csv"]
    assert account(made)["accepted"].sum() == 40
