"""Exports of German ERP and CRM systems, with umlauts and without, and amounts in a column for each currency."""

import csv
import io
import tomllib

import pytest

from crm_lib.ingest.profile.files import profile
from crm_lib.ingest.profile.notes import notes
from crm_lib.language import catalogue
from crm_lib.run.profile import look_at, write_draft

INVOICES = [
    "Belegnummer", "Belegart", "Belegdatum", "Kundennummer", "Kundenname", "Pos", "Artikelnummer",
    "Artikelbezeichnung", "Warengruppe", "Menge", "Währung", "Netto EUR", "Netto CHF", "Einstand EUR", "Bezugsbeleg",
]  # fmt: skip
KINDS = {"order_id": "Belegnummer", "kind": "Belegart", "ordered_on": "Belegdatum", "customer_key": "Kundennummer"}
KINDS |= {"amount": "Netto EUR", "cost": "Einstand EUR", "currency": "Währung", "refund_of": "Bezugsbeleg"}


def invoices():
    for i in range(60):
        amounts = ["", f"{i + 1},50"] if i % 3 == 0 else [f"1.{i:03d},20", ""]
        kind, of = ("GU", str(7000 + i - 1)) if i % 20 == 5 else ("RE", "")
        yield [
            str(7000 + i), kind, f"{i % 28 + 1:02d}.03.2025", f"1000{i % 9}", f"Müller {i % 9} GmbH", "1", f"A{i % 7}",
            f"Lager {i % 7}", "Antrieb", "2", "CHF" if amounts[1] else "EUR", *amounts, "0,75", of,
        ]  # fmt: skip


def written(path, head, rows, encoding="cp1252"):
    stream = io.StringIO()
    csv.writer(stream, delimiter=";").writerows([head, *rows])
    path.write_bytes(stream.getvalue().encode(encoding))
    return path


@pytest.mark.parametrize("ascii_only", [False, True])
def test_an_invoice_export_is_known(tmp_path, ascii_only):
    head = [header.replace("ä", "ae") for header in INVOICES] if ascii_only else INVOICES
    (found,) = profile(written(tmp_path / "Rechnungen.csv", head, list(invoices())))
    assert found.guess.table == "order_lines"
    assert found.guess.confidence > 0.7
    ours = {pair.column: pair.header.replace("ae", "ä") for pair in found.mapping}
    assert {column: ours.get(column) for column in KINDS} == KINDS


def test_the_draft_knows_currency_place_and_credit_notes(tmp_path):
    path = written(tmp_path / "Rechnungen.csv", INVOICES, list(invoices()))
    found, _ = look_at([path])
    write_draft(found, tmp_path / "a", catalogue("en"), "A", "b2b")
    draft = tomllib.loads((tmp_path / "a" / "engagement.toml").read_text())
    assert draft["report"]["currency"] == "EUR"
    assert draft["sources"][0]["values"]["kind"] == {"RE": "sale", "GU": "refund"}


def test_amounts_in_a_column_for_each_currency_are_told(tmp_path):
    (found,) = profile(written(tmp_path / "Rechnungen.csv", INVOICES, list(invoices())))
    (note,) = [note for note in notes(found) if note.id == "profile.note.by_currency"]
    assert note.args["headers"].value == "Netto EUR, Netto CHF"
    both = [[*row[:11], "1,00", "2,00", *row[13:]] for row in invoices()]  # the same amount in two currencies
    (found,) = profile(written(tmp_path / "both.csv", INVOICES, both))
    assert "profile.note.by_currency" not in {note.id for note in notes(found)}


def test_a_list_of_complaints_is_known(tmp_path):
    head = [
        "Reklamationsnummer",
        "Kunden-Nr.",
        "Eröffnet am",
        "Erstreaktion",
        "Geschlossen am",
        "Grund",
        "Beschreibung",
    ]
    rows = [
        [f"R{i}", f"1000{i}", "01.03.2025 08:00", "01.03.2025 09:00", "14.03.2025 10:00", "Lieferverzug", "x"]
        for i in range(20)
    ]
    (found,) = profile(written(tmp_path / "Reklamationen.csv", head, rows))
    assert found.guess.table == "tickets"
    assert {"ticket_id", "customer_key", "opened_at", "closed_at", "reason"} <= {pair.column for pair in found.mapping}


def test_exports_of_an_insurance_broker_are_known(tmp_path):
    dated = [f"{i % 28 + 1:02d}.03.2025" for i in range(40)]
    kinds = [("Storno", "-12,50") if i % 9 == 0 else ("Beitrag", "1.012,50") for i in range(40)]
    premiums = [
        [f"B{i}", dated[i], kind, f"K{i % 12}", "Kfz", "Alpina AG", amount, "31.03.2025"]
        for i, (kind, amount) in enumerate(kinds)
    ]
    head = ["Beleg-Nr.", "Buchungsdatum", "Buchungsart", "Kundennr.", "Sparte", "Versicherer", "Beitrag brutto EUR"]
    (found,) = profile(written(tmp_path / "Abrechnung.csv", [*head, "Beitrag bezahlt bis"], premiums))
    ours = {pair.column: pair.header for pair in found.mapping}
    assert found.guess.table == "order_lines"
    assert (ours["amount"], ours["brand"], ours["paid_until"]) == (head[6], head[5], "Beitrag bezahlt bis")
    assert (ours["kind"], ours["category"]) == (head[2], head[4])
    claims = [[f"S{i}", f"K{i % 12}", f"{day} 09:00", f"{day} 17:00", "Sturm"] for i, day in enumerate(dated)]
    head = ["Schadennummer", "Kundennr.", "gemeldet am", "abgeschlossen am", "Schadenart"]
    (found,) = profile(written(tmp_path / "Meldungen.csv", head, claims))
    assert found.guess.table == "tickets"
    assert {"ticket_id", "reason", "closed_at"} <= {pair.column for pair in found.mapping}
    members = [[f"K{i}", "Brief 2025", "Kontrollgruppe" if i % 4 == 0 else "Anschreiben", dated[0]] for i in range(40)]
    (found,) = profile(written(tmp_path / "Brief.csv", ["Kundennr.", "Aktion", "Testgruppe", "Versendet am"], members))
    assert found.guess.table == "campaign_members"
    assert {"campaign_id", "arm"} <= {pair.column for pair in found.mapping}
    asked = "Würden Sie uns weiterempfehlen? (0 = sicher nicht)"
    answers = [[str(i), f"{day} 10:00", str(i % 11), f"k{i}@web.de"] for i, day in enumerate(dated)]
    (found,) = profile(written(tmp_path / "Antworten.csv", ["Antwort-ID", "Zeitstempel", asked, "E-Mail"], answers))
    assert found.guess.table == "surveys"
    assert {pair.column: pair.header for pair in found.mapping}["nps"] == asked


def test_people_of_a_german_list_have_a_birthday_consent_and_a_first_name(tmp_path):
    rows = [[f"K{i}", "Moser", f"Anna{i}", f"{i % 28 + 1:02d}.03.1960", "JN"[i % 2]] for i in range(30)]
    head = ["Kundennr.", "Name", "Vorname", "Geburtsdatum", "Werbeeinwilligung"]
    (found,) = profile(written(tmp_path / "Kunden.csv", head, rows))
    ours = {pair.column: pair.header for pair in found.mapping}
    assert (ours["birth_date"], ours["may_contact"]) == (head[3], head[4])
    (note,) = [note for note in notes(found) if note.id == "profile.note.split_name"]
    assert note.args["joined"].value == '"Vorname" || \' \' || "Name"'
