"""Sign-ins and appointments are known by their headers and words; what is only agreed on is no visit."""

import tomllib

import pytest

from crm_lib.language import LANGUAGES, catalogue
from crm_lib.run.profile import write_draft
from tests.ingest.profile.test_profile import mapping, one, said, text

SALES = {  # visits to customers, by those who sell
    "sales_visits.csv": ["Visit ID", "Visit Date", "Customer", "Sales Rep", "Result", "Notes"],
    "拜访记录.csv": ["拜访编号", "拜访日期", "客户名称", "业务员", "拜访结果", "拜访内容"],
    "Besuchsberichte.csv": ["Besuchsnr", "Besuchsdatum", "Kunde", "Außendienst", "Ergebnis", "Notiz"],
}
STATES = ("Completed", "Did not attend", "Cancelled", "Scheduled")
FILES = {
    "签到记录.csv": (["会员卡号", "签到时间", "门店", "教练"], ("customer_key", "visited_at", "store", "owner")),
    "appointments.csv": (
        ["Appt ID", "Patient #", "Appt Date", "Provider", "Appt Status"],
        ("visit_id", "customer_key", "visited_at", "owner", "status"),
    ),
    "checkins.csv": (["Member", "Check-in", "Location"], ("customer_key", "visited_at", "store")),
    "attendance.csv": (
        ["Student ID", "Class", "Session Date", "Teacher", "Attendance"],
        ("customer_key", "kind", "visited_at", "owner", "status"),
    ),
    "Termine.csv": (
        ["Kundennummer", "Termin", "Filiale", "Terminstatus"],
        ("customer_key", "visited_at", "store", "status"),
    ),
}


def row(header, i):
    cell = {"status": STATES[i % 4], "visited_at": f"2026-0{1 + i % 5}-1{i % 9} 18:0{i % 7}", "visit_id": f"A{i}"}
    return [cell.get(column, f"M{10_000 + i % 20}" if column == "customer_key" else f"x{i % 3}") for column in header]


@pytest.mark.parametrize("file", FILES)
def test_a_log_of_visits_is_known(tmp_path, file):
    header, columns = FILES[file]
    found = one(tmp_path / file, text([header, *(row(columns, i) for i in range(60))]))
    assert found.guess.table == "visits"
    wanted = {column: name for name, column in zip(header, columns, strict=True) if column}
    assert {name: mapping(found).get(name) for name in wanted} == wanted


@pytest.mark.parametrize("file", SALES)
def test_a_visit_to_a_customer_is_a_contact(tmp_path, file):
    rows = [[f"V{i}", f"2026-01-{1 + i % 28:02d}", "Acme Ltd", "Bob", "Interested", "call back"] for i in range(60)]
    assert one(tmp_path / file, text([SALES[file], *rows])).guess.table == "interactions"


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_appointment_that_is_only_agreed_on_is_proposed_as_no_data(tmp_path, language):
    header, columns = FILES["appointments.csv"]
    found = one(tmp_path / "appointments.csv", text([header, *(row(columns, i) for i in range(60))]))
    assert "profile.note.not_yet" in said(found)
    told = tomllib.loads(write_draft([found], tmp_path / "new", catalogue(language), "x", "dental").read_text("utf-8"))
    (source,) = told["sources"]
    assert source["not_data"] == {"Appt Status": ["Scheduled"]}
    assert source["values"]["status"] == {"Did not attend": "missed"}
