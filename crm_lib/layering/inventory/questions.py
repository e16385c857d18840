"""Open questions for the client: concrete, numbered, each with what holds until it is answered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pandas as pd

from crm_lib.frames import objects
from crm_lib.frames import rows as rows_of
from crm_lib.ingest.remarks import FAR, differing_totals, duplicates, forms_of, how_unread, lookalikes, unreadable
from crm_lib.language import NOT_KNOWN, Message, Value, literal, local, msg, term_or_text
from crm_lib.layering.inventory.counts import Inventory, begin_of, field_words
from crm_lib.layering.inventory.rules import LINKED

# Remarks of ingest that are asked as questions.
ASKED = frozenset(
    f"ingest.remark.{name}"
    for name in (
        "repeated",
        "duplicates",
        "lookalikes",
        "lookalikes_written",
        "total_differs",
        "total_differs_since",
        "shared_keys",
        "no_ticket_kind",
        "unreadable",
        "unreadable_dates",
        "unreadable_ages",
        "note",
        "footer",
        "far",
        "excel_broken",
        "ambiguous_date",
        "impossible_time",
        "duration_differs",
        "refunds",
        "no_rate",
    )
)
# Remarks that name settings to the consultant -> the same in words for the client.
SHEETS = ("hidden", "hidden_unread")
CLIENT = {
    f"ingest.remark.{name}": name
    for name in ("owners", "no_responses", "no_outcomes", "no_direction", "strangers", "unlisted", "late_source")
}
CLIENT |= {f"ingest.remark.read.{name}": name for name in SHEETS}
UNREADABLE = 0.01  # share of a column's values from which the form of the others is asked for
AGREEING = 0.9  # share of a list's values that the customer's other records bear out: below it one asks which is right
MOST_PAIRS = 2  # pairs of sources that are asked about one by one
FEW_NAMED = 0.9  # orders: below this share the missing names are asked for
DOUBTS = ("ambiguous_date", "excel_broken", "impossible_time", "duration_differs")
Question = tuple[float, Message, Message, str]  # weight, question, until then, who answers


def questions(
    inventory: Inventory,
    account: pd.DataFrame,
    aside: pd.DataFrame,
    uses: pd.DataFrame,
    field_table: pd.DataFrame,
    baseline: date,
    as_of: date,
) -> pd.DataFrame:
    """The heaviest first: number, question, meanwhile, job (who answers).

    account: `inventory.account`; aside: `inventory.aside.set_aside`; uses: `inventory_uses.uses`; field_table:
    `inventory.findings.customer_fields`. The weight is the share of its data that a question is about.
    """
    found: list[Question] = [
        *_of_uses(uses, field_table),
        *_keys(inventory),
        *_kinds(inventory, account),
        *_aside(inventory, aside),
        *_unread(inventory),
        *_doubtful(inventory),
        *_disagreeing(inventory),
        *_refunds(inventory),
        *_repeats(inventory, account),
        *_stale(inventory, account, baseline),
        *_stated(inventory),
        *_left_out(inventory),
        *_far(inventory, as_of),
        *_waiting(inventory),
    ]
    found.sort(key=lambda one: -one[0])
    return pd.DataFrame(
        {
            "number": range(1, len(found) + 1),
            "question": objects(_with_source(question, inventory) for _, question, _, _ in found),
            "meanwhile": objects(meanwhile for _, _, meanwhile, _ in found),
            "job": objects(msg(f"inventory.job.{job}") for *_, job in found),
        }
    )


def _ask(kind: str, weight: float, job: str = "keeper", **args: Any) -> Question:
    return weight, msg(f"inventory.ask.{kind}", **args), msg(f"inventory.until.{kind}"), job


def _of_uses(uses: pd.DataFrame, field_table: pd.DataFrame) -> Iterator[Question]:
    """What nobody delivers, and orders that name no customer."""
    empty = list(field_table.loc[field_table["required"] & (field_table["filled"] == 0), "field"])
    if empty:
        yield _ask("no_field", 0.95, fields=Value("list", empty))
    table = {row.use: row for row in rows_of(uses)}
    orders, known, cost = table["layers"], table["consent"], table["margin"]
    if orders.base and orders.share < FEW_NAMED:
        lacking = Value("percent", 1 - orders.share)
        yield _ask("no_customer", 1 - orders.share, n=int(orders.base - orders.have), share=lacking)
    if known.base and not known.have:
        yield _ask("no_consent", 0.9)
    elif known.base and known.share < 1:
        yield _ask("some_consent", (1 - known.share) / 2, n=int(known.base - known.have), base=int(known.base))
    if cost.base and not cost.have:
        yield _ask("no_cost", 0.3)


def _keys(inventory: Inventory) -> Iterator[Question]:
    labels, pairs = _labels(inventory), inventory["shared_keys"]
    if len(pairs) > MOST_PAIRS:
        names = sorted({*pairs["source"], *pairs["other"]}, key=list(labels).index)
        sources = Value("list", [local(labels[name]) for name in names])
        yield _ask("one_numbering", 0.8, "both", sources=sources, shared=int(pairs["shared"].max()))
    for row in rows_of(pairs if len(pairs) <= MOST_PAIRS else pairs[:0]):
        args = {"header": row.header, "other_header": row.other_header, "shared": int(row.shared)}
        yield _ask("shared_keys", 0.8, "both", source=local(labels[row.source]), other=local(labels[row.other]), **args)
    if len(inventory["shared"]):
        most = int(inventory["shared"]["entities"].max())
        yield _ask("shared_contacts", 0.05, n=len(inventory["shared"]), most=most)


def _kinds(inventory: Inventory, account: pd.DataFrame) -> Iterator[Question]:
    """Tickets that do not say what they are."""
    columns = inventory["columns"]
    known = set(columns.loc[columns["column"].eq("kind") & columns["filled"].gt(0), "source"])
    for row in rows_of(account[account["table"].eq("tickets") & account["accepted"].gt(0)]):
        if row.source not in known:
            yield _ask("no_kind", 0.7, file=row.file, n=int(row.accepted))


def _aside(inventory: Inventory, aside: pd.DataFrame) -> Iterator[Question]:
    """One a reason and field of a file."""
    read = inventory["files"].set_index(["source", "file"])["rows_read"]
    columns = inventory["columns"]
    headers = dict(zip(zip(columns["source"], columns["column"], strict=True), columns["header"], strict=True))
    for row in rows_of(aside):
        told = term_or_text("inventory.ask_aside", row.code)
        id = told.id or "inventory.ask_aside.other"
        header = headers.get((row.source, row.column)) or ""
        question = msg(
            id,
            rows=int(row.rows),
            file=row.file,
            field=literal(header) if header else row.field or msg("inventory.whole_row"),
            reason=row.reason,
            example=row.examples[0] if row.examples else msg("inventory.no_example"),
        )
        weight = int(row.rows) / max(int(read.get((row.source, row.file), 0)), 1)
        yield weight, question, msg("inventory.until.aside"), "keeper"


def _unread(inventory: Inventory) -> Iterator[Question]:
    """Columns whose values cannot be read now and then, where the rows are kept all the same."""
    columns = inventory["columns"]
    decisive = set(zip(inventory["quarantine"]["source"], inventory["quarantine"]["column"], strict=True))
    most = set(unreadable(inventory).index)
    for i, row in zip(columns.index, rows_of(columns), strict=True):
        given = int(row.filled + row.invalid)
        if (row.source, row.column) in decisive or not given or row.invalid / given < UNREADABLE:
            continue
        forms = forms_of(inventory, row.source, row.column)
        yield _ask(
            "unread_ages" if how_unread(row.table, row.column, forms) == "ages" else "unread",
            0.6 if i in most else row.invalid / max(int(row.rows), given) / 2,
            source=local(row.label),
            header=row.header,
            field=field_words(row.table, row.column),
            n=int(row.invalid),
            given=given,
            forms=" · ".join(forms) or NOT_KNOWN,
        )


def _doubtful(inventory: Inventory) -> Iterator[Question]:
    """Values that leave open what they mean: each rule has its own question."""
    given, columns = inventory.get("doubtful"), inventory["columns"].set_index(["source", "column"])
    for row in rows_of(given) if given is not None else ():
        if row.rule in DOUBTS and (row.source, row.column) in columns.index:
            of = columns.loc[(row.source, row.column)]
            source, header = local(of["label"]), of["header"]
            yield _ask(row.rule, row.cells / max(int(of["rows"]), 1), source=source, header=header, n=int(row.cells))


def _disagreeing(inventory: Inventory) -> Iterator[Question]:
    """Columns of lists of customers that say something else than the customer's other records, of the same list or another; not those that the
    engagement itself sets to one value (`sources.constants`)."""
    given, labels, columns = inventory.get("quality"), _labels(inventory), inventory["columns"]
    if given is None or given.empty or "consistent" not in given:
        return
    set_by_us = columns.loc[columns["constant"].notna(), ["source", "column"]].itertuples(index=False, name=None)
    ours, of = set(set_by_us), columns["source"]
    for row in rows_of(given[given["table"].eq("customers") & given["consistent"].lt(AGREEING)]):
        if (row.source, row.column) in ours:
            continue
        other = round((1 - row.consistent) * row.compared)
        rows = max(int(columns.loc[of.eq(row.source) & columns["column"].eq(row.column), "rows"].sum()), row.compared)
        source, field = local(labels[row.source]), field_words(row.table, row.column)
        weight, question, _, job = _ask(
            "disagrees", other / rows / 2, source=source, field=field, n=int(other), all=int(row.compared)
        )
        yield weight, question, _taken(inventory, row.column), job


def _taken(inventory: Inventory, column: str) -> Message:
    """By which rule the value of a column is chosen until somebody answers."""
    given = inventory.get("survivorship")
    rules = [] if given is None else list(given.loc[given["column"].eq(column), "rule"])
    if not rules:
        return msg("inventory.until.disagrees")
    return msg("inventory.until.disagrees_rule", rule=term_or_text("inventory.survivor", rules[0]))


def _refunds(inventory: Inventory) -> Iterator[Question]:
    given = inventory.get("refunds")
    if given is None or given.empty:
        return
    loose = given[~given["how"].isin(LINKED)]
    if n := int(loose["rows"].sum()):
        all = int(given["rows"].sum())
        yield _ask("refunds", 0.2 * n / all, n=n, all=all, amount=Value("money", loose["amount"].sum()))


def _repeats(inventory: Inventory, account: pd.DataFrame) -> Iterator[Question]:
    """Rows that say again what another says."""
    orders = account[account["table"] == "order_lines"].set_index("file")
    for row in rows_of(inventory["repeated"]):
        yield _ask("repeated", _part(orders, row), file=row.file, n=int(row.rows), amount=Value("money", row.amount))
    for row in rows_of(lookalikes(inventory)):
        args = {"file": row.file, "headers": row.headers or NOT_KNOWN, "n": int(row.rows)}
        yield _ask(
            "lookalikes" if row.headers else "lookalikes_written",
            _part(orders, row),
            amount=Value("money", row.amount),
            **args,
        )
    for row in rows_of(duplicates(inventory)):
        amount = Value("money", row.amount)
        weight = row.duplicates / max(row.rows_read, 1)
        yield _ask("duplicates", weight, file=row.file, n=int(row.duplicates), amount=amount)


def _part(orders: pd.DataFrame, row: Any) -> float:
    read = int(orders["rows_read"].get(row.file, 0))
    return float(row.rows) / read if read else 0.0


def _stale(inventory: Inventory, account: pd.DataFrame, baseline: date) -> Iterator[Question]:
    """Of each file that ended: whether the source that goes on from there has taken its place, else one still fresh."""
    others = account.assign(begins=begin_of(inventory, account))
    for row in rows_of(account[account["freshness"] == "bad"]):
        newest = Value("date", row.newest_known)
        same = others[others["table"].eq(row.table) & others["source"].ne(row.source)]
        after = same[same["begins"] > pd.Timestamp(row.newest_known)].sort_values("begins", kind="stable")
        known = pd.concat([after, same[same["freshness"] != "bad"]])
        if len(known):
            source, other = local(row.label), local(known["label"].iloc[0])
            yield _ask("replaced", 0.1, source=source, file=row.file, newest=newest, other=other)
            continue
        yield _ask("stale", 0.5, source=local(row.label), file=row.file, newest=newest, baseline=baseline)


def _stated(inventory: Inventory) -> Iterator[Question]:
    """Rows of totals that come to something else than the rows above them."""
    given = inventory.get("stated_totals")
    for row in rows_of(differing_totals(given)) if given is not None else ():
        money: dict[str, Any] = {name: Value("money", getattr(row, name)) for name in ("stated", "found", "difference")}
        weight = min(1.0, abs(row.difference) / max(abs(row.stated), 1.0))
        id = "total_differs_since" if row.since else "total_differs"
        yield _ask(id, weight, file=row.file, line=int(row.line), since=int(row.since), **money)


def _left_out(inventory: Inventory) -> Iterator[Question]:
    """Rows at the end that were taken for no data."""
    kept = inventory["non_data"]
    for row in rows_of(kept[kept["kind"].isin(["note", "footer"])]):
        yield _ask("left_out", 0.1, file=row.file, n=int(row.rows))


def _far(inventory: Inventory, as_of: date) -> Iterator[Question]:
    """Rows dated so late that the year was probably mistyped."""
    days = inventory["days"]
    late = days[pd.to_datetime(days["day"]) > pd.Timestamp(as_of + FAR)]
    for file, rows in late.groupby("file", sort=True):
        newest = Value("date", pd.Timestamp(rows["day"].max()).date())
        yield _ask("far", 0.2, file=str(file), n=int(rows["rows"].sum()), newest=newest)


def other_remarks(remarks: Sequence[Message], inventory: Inventory) -> list[Message]:
    """The remarks of ingest that no question asks, in words for the client: no names of settings, sources by their
    labels, one a workbook."""
    labels = _labels(inventory)
    found: dict[tuple[str, str], Message] = {}
    for i, remark in enumerate(one for one in remarks if one.id not in ASKED):
        told = replace(remark, id=f"inventory.remark.{name}") if (name := CLIENT.get(remark.id)) else remark
        told = replace(told, args={name: _by_label(name, arg, labels) for name, arg in told.args.items()})
        key = (told.id, _said(told, "file")) if name in SHEETS else (told.id, str(i))
        found[key] = _joined(found[key], told) if key in found else told
    return [_with_source(one, inventory) for one in found.values()]


def _with_source(said: Message, inventory: Inventory) -> Message:
    """A file by the label of the source that it is of, the file behind it; as it stands where the sentence names the
    source, or several sources read the file."""
    if "file" not in said.args or "source" in said.args:
        return said
    files, file = inventory["files"], str(said.args["file"].value)
    labels = files.loc[files["file"].eq(file)].drop_duplicates("source")["label"].tolist()
    if len(labels) != 1:
        return said
    named = msg("inventory.source_file", source=local(labels[0]), file=file)
    return replace(said, args={**said.args, "file": Value("message", named)})


def _by_label(name: str, arg: Value, labels: Mapping[Any, dict[str, str]]) -> Value:
    """A source's label instead of its name in engagement.toml, which the client has never seen."""
    known = labels.get(arg.value) if name in ("source", "other") and arg.kind == "text" else None
    return arg if known is None else Value("message", local(known))


def _said(remark: Message, name: str) -> str:
    return str(remark.args[name].value)


def _joined(one: Message, other: Message) -> Message:
    """Two remarks on a workbook as one that names every sheet once."""
    sheets = dict.fromkeys(sheet for part in (one, other) for sheet in _said(part, "what").split(", "))
    return replace(one, args={**one.args, "what": Value("text", ", ".join(sheets))})


def _waiting(inventory: Inventory) -> Iterator[Question]:
    review = inventory.get("review")
    if review is not None and int(review["pairs"].sum() if len(review) else 0):
        pairs, customers = (
            int(review["pairs"].sum()),
            inventory["totals"].set_index("name")["value"].get("customers", 0),
        )
        yield _ask("review", min(0.4, pairs / max(int(customers), 1)), "both", n=pairs)


def _labels(inventory: Inventory) -> Mapping[Any, dict[str, str]]:
    return inventory["files"].drop_duplicates("source").set_index("source")["label"].to_dict()
