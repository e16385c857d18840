"""Generate the demo's files: `python data/demo/make_demo.py [--out FOLDER]`. The same bytes on every run.

Nobody in them exists. What was planted is written to truth.json, which only the tests read.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from generator import campaigns, contacts, faults, files, orders, people, records, service, settings, truth  # noqa: E402


def main(out: Path) -> None:
    everyone = people.make_people()
    products = orders.make_products()
    bought = orders.simulate(everyone, products)
    members, caused = campaigns.run_campaigns(everyone, bought, products)
    sold = orders.add_walk_ins([*bought, *caused], products, 520)
    all_orders = orders.number(orders.add_refunds(sold))
    tickets = service.make_tickets(all_orders)
    complainers = sorted({t.person.id: t.person for t in tickets if t.kind == "投诉"}.values(), key=lambda p: p.id)
    sheets = [
        records.pos_orders(all_orders),
        records.members(everyone),
        records.store_customers(everyone),
        records.tickets(tickets),
        records.interactions(contacts.make_contacts(everyone, all_orders, complainers)),
        records.survey(service.make_answers(everyone)),
        records.campaigns(),
        records.campaign_members(members),
        records.points(contacts.make_points(all_orders)),
    ]
    planted = {sheet.file: faults.spoil(sheet) for sheet in sheets}
    (out / "raw").mkdir(parents=True, exist_ok=True)
    for sheet in sheets:
        files.write_sheet(out / "raw", sheet)
    told = {
        "seed": settings.SEED,
        "rows": {sheet.file: len(sheet.rows) for sheet in sheets},
        "walk_in_orders": len(
            {row[0] for row, who in zip(sheets[0].rows, sheets[0].people, strict=True) if not (who or row[3] or row[4])}
        ),
        "faults": {file: found for file, found in planted.items() if found},
        **truth.story(everyone, all_orders, tickets, members),
        "records": truth.records(sheets),
    }
    files.write_truth(out / "truth.json", told)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=HERE)
    main(parser.parse_args().out)
