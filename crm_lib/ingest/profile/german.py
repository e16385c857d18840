"""What German ERP and CRM exports call the canonical columns, their files and some values; laid out as in `synonyms`."""

from __future__ import annotations

HEADERS: dict[str, dict[str, str]] = {
    "*": {
        "customer_key": "kundennummer|kundennr|kunden nr|kunden-id|kundenid|kunde nr|kunden no|debitor|debitorennummer|debitorennr|debitor nr|"
        "adressnummer|adress nr|kontonummer debitor|accountnummer|firmennummer|mandantennummer|regulierer|auftraggeber nr",
        "phone": "telefon|telefonnummer|telefonnr|tel nr|telefon geschäftlich|telefon zentrale|handy|handynummer|mobil|mobiltelefon|mobilnummer|rufnummer",
        "email": "e-mail-adresse|email adresse|mailadresse|e-mail geschäftlich",
        "name": "kundenname|kunde|firma|firmenname|firmierung|name 1|name1|debitorenname|unternehmen|organisation|auftraggeber|ansprechpartner name",
        "channel": "kanal|vertriebskanal|vertriebsweg|auftragsart|kontaktart|kontaktkanal|eingangskanal|art des kontakts|besuchsart",
        "store": "filiale|niederlassung|standort|verkaufsstelle|werk|lager",
        "owner": "verkäufer|vertreter|außendienst|außendienstmitarbeiter|innendienst|kundenbetreuer|betreuer|vertriebsmitarbeiter|sachbearbeiter|"
        "bearbeiter|zuständig|zuständiger|mitarbeiter|verantwortlich|verantwortlicher|besitzer|adm",
    },
    "customers": {
        "gender": "geschlecht|anrede",
        "birth_date": "geburtsdatum|geburtstag",
        "city": "ort|stadt|wohnort",
        "address": "straße|strasse|anschrift|adresse|straße und hausnummer",
        "province": "bundesland|region|kanton",
        "joined_on": "kunde seit|anlagedatum|angelegt am|erstellt am|erstanlage|eröffnungsdatum|eintrittsdatum|mitglied seit",
        "join_channel": "herkunft|quelle|kundenherkunft|lead quelle",
        "tier": "kundenklasse|kundengruppe|abc-klasse|abc klassifizierung|kundenkategorie|kundensegment",
        "id_number": "ust-idnr|ust-id|ust id nr|umsatzsteuer-id|umsatzsteuer identifikationsnummer|uid|uid-nummer|uid nr|steuernummer|handelsregisternummer|hrb",
        "company_size": "mitarbeiterzahl|anzahl mitarbeiter|unternehmensgröße|betriebsgröße",
        "decision_maker": "entscheider|entscheidungsträger|einkaufsleiter",
        "contact": "ansprechpartner|kontaktperson|kontakt",
        "role": "funktion|position|rolle|abteilung",
        "is_primary": "hauptansprechpartner|hauptkontakt",
        "decides": "ist entscheider",
        "may_contact": "werbeeinwilligung|einwilligung|newsletter erlaubt|darf kontaktiert werden|kontakt erlaubt",
    },
    "order_lines": {
        "order_id": "belegnummer|belegnr|beleg nr|rechnungsnummer|rechnungsnr|rechnung nr|auftragsnummer|auftragsnr|auftrag nr|bestellnummer|bestellnr|"
        "vorgangsnummer|faktura|fakturanummer|lieferscheinnummer|dokumentnummer|bonnummer",
        "line_no": "pos|position|positionsnummer|pos nr|belegposition|zeile|zeilennummer",
        "ordered_on": "belegdatum|rechnungsdatum|auftragsdatum|bestelldatum|fakturadatum|buchungsdatum|verkaufsdatum|datum",
        "kind": "belegart|vorgangsart|dokumentart|rechnungsart|fakturaart|buchungsart",
        "refund_of": "bezugsbeleg|bezug|ursprungsbeleg|referenzbeleg|originalrechnung|bezugsrechnung|ursprungsrechnung|storno zu|gutschrift zu",
        "product_id": "artikelnummer|artikelnr|artikel nr|art nr|materialnummer|material nr|produktnummer|sachnummer",
        "product_name": "artikelbezeichnung|artikel|bezeichnung|artikeltext|materialbezeichnung|produktbezeichnung|produkt|produktname|leistung",
        "category": "warengruppe|artikelgruppe|produktgruppe|sortiment|kategorie|hauptwarengruppe|sparte",
        "brand": "marke|hersteller|lieferant",
        "quantity": "menge|anzahl|stückzahl|liefermenge|fakturamenge|verkaufsmenge|stück",
        "amount": "nettobetrag|netto|nettowert|nettoumsatz|umsatz netto|betrag netto|umsatz|positionsbetrag|positionswert|zeilenbetrag|gesamtbetrag|"
        "gesamtpreis|rechnungsbetrag|warenwert|betrag|erlös|bruttobetrag|betrag brutto|brutto",
        "currency": "währung|belegwährung|währungsschlüssel|whg|wkz",
        "cost": "einstand|einstandswert|einstandspreis gesamt|wareneinsatz|einkaufswert|ek-wert|ek gesamt|selbstkosten|kosten|herstellkosten",
        "tax_rate": "steuersatz|mwst-satz|ust-satz|mwst %|ust %",
        "tax_amount": "steuerbetrag|mwst|mwst-betrag|umsatzsteuer|ust|ust-betrag",
        "discount": "rabatt|rabattbetrag|nachlass|skonto",
        "paid_until": "vertragsende|laufzeit bis|gültig bis|ablaufdatum",
    },
    "tickets": {
        "ticket_id": "ticketnummer|ticketnr|ticket nr|vorgangsnummer|reklamationsnummer|reklamationsnr|servicefall|fallnummer|meldungsnummer",
        "opened_at": "eröffnet am|eröffnet|erstellt am|erfasst am|eingang|eingangsdatum|gemeldet am|angelegt am|reklamationsdatum",
        "first_response_at": "erste antwort|erste antwort am|erstreaktion|erste reaktion|reaktion am|beantwortet am",
        "closed_at": "geschlossen am|geschlossen|abgeschlossen am|erledigt am|gelöst am|erledigt|abschlussdatum",
        "first_response_in": "reaktionszeit|erstreaktionszeit|antwortzeit|dauer bis zur ersten antwort",
        "closed_in": "bearbeitungsdauer|bearbeitungszeit|lösungszeit|lösungsdauer|durchlaufzeit|dauer",
        "kind": "ticketart|ticket-typ|art|vorgangsart|meldungsart",
        "reason": "grund|ursache|reklamationsgrund|kategorie|fehlerart|beschwerdegrund",
        "csat": "zufriedenheit|bewertung",
        "description": "beschreibung|betreff|text|meldungstext|beschwerdetext",
    },
    "interactions": {
        "interaction_id": "berichtsnummer|berichtsnr|bericht nr|besuchsnummer|aktivitätsnummer|aktivität nr|kontaktnummer",
        "happened_at": "besuchsdatum|kontaktdatum|datum|termin|besucht am|gespräch am|berichtsdatum",
        "direction": "richtung|ein-/ausgehend|anrufrichtung",
        "strategy": "maßnahme|strategie",
        "outcome": "ergebnis|besuchsergebnis|gesprächsergebnis|resultat|status",
        "need": "bedarf|interesse|kundenbedarf",
        "note": "bemerkung|bemerkungen|notiz|notizen|gesprächsnotiz|besuchsbericht|kommentar|inhalt|bericht",
    },
    "surveys": {
        "survey_id": "fragebogen nr|antwort id|umfrage id",
        "answered_on": "beantwortet am|antwortdatum|befragt am|umfragedatum|ausgefüllt am|datum",
        "nps": "weiterempfehlung|weiterempfehlungsbereitschaft|empfehlung|empfehlungswahrscheinlichkeit",
        "csat": "zufriedenheit|gesamtzufriedenheit",
        "comment": "kommentar|anmerkung|anmerkungen|bemerkung|freitext",
    },
    "campaigns": {
        "campaign_id": "kampagnennummer|kampagnen nr|kampagnen id|aktionsnummer",
        "name": "kampagne|kampagnenname|aktion",
        "starts_on": "start|startdatum|beginn",
        "ends_on": "ende|enddatum",
        "cost": "kosten|budget",
    },
    "campaign_members": {
        "campaign_id": "kampagnennummer|kampagnen nr|kampagnen id|kampagne",
        "arm": "gruppe|testgruppe",
        "sent_on": "versendet am|versanddatum|gesendet am",
        "responded_on": "reagiert am|antwort am|geklickt am",
    },
    "loyalty": {"points": "punkte|bonuspunkte", "kind": "buchungsart", "occurred_on": "buchungsdatum"},
    "visits": {
        "visit_id": "terminnummer|termin nr|termin id|check-in nr",
        "visited_at": "termin|termindatum|terminzeit|check-in zeit|check-in am|eingecheckt am|anwesend am|datum|uhrzeit",
        "kind": "terminart|kurs|kursname|behandlung|behandlungsart|leistung",
        "status": "terminstatus|anwesenheit|teilnahme|status",
    },
}
TABLES: dict[str, str] = {
    "customers": "kunde|kunden|debitor|adress|ansprechpartner|kontaktperson|firmen",
    "order_lines": "rechnung|rechnungen|auftrag|aufträge|umsatz|umsätze|verkauf|verkäufe|beleg|belege|faktura",
    "tickets": "reklamation|beschwerde|servicefälle|störung",
    "interactions": "besuch|besuche|besuchsberichte|kontakte|aktivität|gespräch|anruf",
    "surveys": "umfrage|zufriedenheit|befragung",
    "campaigns": "kampagne|aktionen",
    "visits": "termin|termine|check-ins|anwesenheit|anwesenheiten|kursbesuche",
}
VALUES: dict[tuple[str, str], dict[str, str]] = {
    ("order_lines", "kind"): {
        "sale": "re|rg|rechnung|verkauf|faktura|ar|barverkauf",
        "refund": "gu|gs|gutschrift|rechnungskorrektur|storno|stornorechnung|retoure|rücksendung|sr",
    },
    ("customers", "gender"): {"male": "herr|männlich|m", "female": "frau|weiblich|w", "": "firma|divers"},
    ("tickets", "kind"): {
        "complaint": "reklamation|beschwerde|mangel|mängelrüge",
        "inquiry": "anfrage|frage|beratung|auskunft",
        "request": "auftrag|serviceauftrag|reparatur",
    },
    ("interactions", "direction"): {"out": "ausgehend", "in": "eingehend"},
    ("interactions", "outcome"): {
        "no_answer": "nicht erreicht|niemand erreicht|besetzt",
        "reached": "erreicht|gesprochen|besucht|wiedervorlage",
        "responded": "interesse|interessiert|angebot angefordert|angebot",
        "converted": "auftrag|auftrag erteilt|bestellt|abschluss",
        "refused": "kein interesse|kein bedarf|abgelehnt|absage",
    },
    ("visits", "status"): {
        "kept": "erschienen|anwesend|teilgenommen|wahrgenommen|eingecheckt|erledigt",
        "missed": "nicht erschienen|abwesend|unentschuldigt|versäumt|ausgefallen ohne absage",
        "cancelled": "abgesagt|storniert|entschuldigt|verschoben",
    },
}
