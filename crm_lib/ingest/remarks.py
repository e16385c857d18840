"""What a user should look at in the data though nothing is refused for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any

import pandas as pd

from crm_lib.engagement import Source
from crm_lib.engagement_data import BASIS
from crm_lib.ingest.doubtful.refunds import HOW, LINKED
from crm_lib.ingest.late_sources import late_sources
from crm_lib.ingest.mapping import decisive, source_columns
from crm_lib.ingest.values.forms import are_ages
from crm_lib.ingest.values.tax_words import basis_of
from crm_lib.language import NOT_KNOWN, Message, Value, msg
from crm_lib.tables import SOURCE_TABLES, Column

Frames = Mapping[str, pd.DataFrame]
OFTEN = 0.01  # share of a column's values that cannot be read, from which it is told
FAR = timedelta(days=366)  # an event dated so long after the last known day is rather a slip of the year
MOST_TOTALS = 5  # of a file that are told one by one


def remarks(frames: Frames, as_of: date, sources: Iterable[Source] = ()) -> list[Message]:
    """Remarks on the account of ingest (`account.FRAMES`), the gravest kind first."""
    said = (
        *(_without_rate, _repeated, _twice, _shared_keys, _nothing_to_count, _refunds),
        *(
            _people,
            _strangers,
            _unlisted,
            _taxes,
            _basis_unsaid,
            _masked,
            _unsure,
            _unreadable,
            _stated,
            _left_out,
            _filled,
            _reading,
        ),
    )
    told = (message for kind in said for message in kind(frames))
    return [*told, *_late(late_sources(frames, sources, as_of)), *_far(frames, as_of)]


def _late(found: pd.DataFrame) -> Iterator[Message]:
    """Sources that begin later than others of their table (`late_sources`)."""
    for row in _rows(found):
        share, table = Value("percent", row.share), msg(f"table.{row.table}")
        args = {"source": row.source, "first": row.first_on, "since": row.since}
        yield msg("ingest.remark.late_source", table=table, share=share, **args)


def _rows(frame: pd.DataFrame) -> Iterator[Any]:
    return iter(frame.itertuples())


def _repeated(frames: Frames) -> Iterator[Message]:
    """Rows set aside or kept that repeat another one."""
    for row in _rows(frames["repeated"]):
        yield msg("ingest.remark.repeated", file=row.file, n=int(row.rows), amount=Value("float", row.amount))
    for row in _rows(lookalikes(frames)):
        args = {"file": row.file, "headers": row.headers or NOT_KNOWN, "n": int(row.rows)}
        id = "lookalikes" if row.headers else "lookalikes_written"
        yield msg(f"ingest.remark.{id}", amount=Value("float", row.amount), **args)
    for row in _rows(duplicates(frames)):
        yield msg("ingest.remark.duplicates", file=row.file, n=int(row.duplicates), amount=Value("float", row.amount))


def lookalikes(frames: Frames) -> pd.DataFrame:
    """The frame of rows that differ in columns that are not mapped only; empty in accounts that do not know it."""
    found = frames.get("lookalikes")
    return pd.DataFrame(columns=["source", "file", "headers", "rows", "amount"]) if found is None else found


def duplicates(frames: Frames) -> pd.DataFrame:
    """[source, file, rows_read, duplicates, amount] of order files that repeat themselves, beside what another source
    delivers, too."""
    files, shared = frames["files"], twice(frames)
    own = files[files["table"] == "order_lines"].rename(columns={"amount_duplicates": "amount"})
    elsewhere = shared.groupby(["source", "file"])[["rows", "amount"]].sum()
    less = elsewhere.reindex(pd.MultiIndex.from_frame(own[["source", "file"]])).fillna(0.0)
    own = own.assign(
        duplicates=own["duplicates"] - less["rows"].to_numpy(), amount=own["amount"] - less["amount"].to_numpy()
    )
    return own.loc[own["duplicates"] > 0, ["source", "file", "rows_read", "duplicates", "amount"]]


def twice(frames: Frames) -> pd.DataFrame:
    """The frame of order lines that two sources deliver; empty in accounts that do not know it."""
    found = frames.get("twice")
    columns = ["source", "file", "other", "rows", "amount", "first", "last", "days"]
    return pd.DataFrame(columns=columns).astype({"rows": "int64", "amount": "float64"}) if found is None else found


def _twice(frames: Frames) -> Iterator[Message]:
    """Orders that two systems delivered, counted once."""
    for row in _rows(twice(frames)):
        args = {"file": row.file, "other": row.other, "n": int(row.rows), "days": int(row.days)}
        span = {
            "first": Value("date", pd.Timestamp(row.first).date()),
            "last": Value("date", pd.Timestamp(row.last).date()),
        }
        yield msg("ingest.remark.twice", amount=Value("float", row.amount), **args, **span)


HALF_A_CENT = 0.005


def _without_rate(frames: Frames) -> Iterator[Message]:
    """Amounts in other currencies: those that no rate converts, then those that were converted."""
    found = frames["currencies"]
    for row in _rows(found[found["without_rate"] > 0]):
        yield msg("ingest.remark.no_rate", file=row.file, n=int(row.without_rate), currency=row.currency)
    for row in _rows(found[found["rows"] > found["without_rate"]]):
        amounts = {"original": Value("ratio", row.amount_original), "amount": Value("ratio", row.amount)}
        rows = int(row.rows - row.without_rate)
        said = msg("ingest.remark.currency", file=row.file, rows=rows, currency=row.currency, **amounts)
        same = abs(row.amount - row.amount_of_sum) < HALF_A_CENT
        yield said if same else msg("currency.rounded", said=said, whole=Value("ratio", row.amount_of_sum))


def _people(frames: Frames) -> Iterator[Message]:
    """People of accounts, and how many name none that others know."""
    found = frames.get("people")
    for row in _rows(found if found is not None else pd.DataFrame()):
        counts = {name: int(getattr(row, name)) for name in ("rows", "accounts", "deciders")}
        yield msg("ingest.remark.people", source=row.source, **counts)
        if row.nobodys:
            yield msg("ingest.remark.people_of_nobody", source=row.source, n=int(row.nobodys), rows=int(row.rows))


def _strangers(frames: Frames) -> Iterator[Message]:
    """Rows that name somebody by what no customer can be told by."""
    found = frames.get("strangers")
    for row in _rows(found if found is not None else pd.DataFrame()):
        if row.nobodys >= OFTEN * row.named:
            yield msg("ingest.remark.strangers", source=row.source, n=int(row.nobodys), rows=int(row.named))


def _unlisted(frames: Frames) -> Iterator[Message]:
    """Addresses that make customers whom neither a list of customers nor an order knows."""
    found = frames.get("unlisted")
    for row in _rows(found if found is not None else pd.DataFrame()):
        if row.made >= OFTEN * row.customers:
            yield msg("ingest.remark.unlisted", source=row.source, n=int(row.made), customers=int(row.customers))


def _masked(frames: Frames) -> Iterator[Message]:
    """What was masked before it was delivered: it joins no records."""
    headers = {(row.source, row.column): row.header for row in _rows(frames["columns"])}
    rows = frames["columns"].set_index(["source", "column"])["rows"]
    found = frames["standardised"]
    for row in _rows(found[found["rule"].isin(["masked", "masked_name"])]):
        at = (row.source, row.column)
        yield msg(
            f"ingest.remark.{row.rule}", source=row.source, header=headers[at], n=int(row.changed), rows=int(rows[at])
        )


def _taxes(frames: Frames) -> Iterator[Message]:
    """Amounts that were brought to another basis, and rows whose tax is not known."""
    for row in _rows(taxes(frames)):
        tax = Value("float", abs(row.amount - row.amount_written))
        amounts = {"written": Value("float", row.amount_written), "amount": Value("float", row.amount), "tax": tax}
        if row.rows:
            yield msg(f"ingest.remark.{row.counted}", file=row.file, n=int(row.rows), **amounts)
        if row.without_tax_known:
            yield msg("ingest.remark.no_tax", file=row.file, n=int(row.without_tax_known))


def taxes(frames: Frames) -> pd.DataFrame:
    """The frame of files that say whether their amounts hold tax; empty in accounts that do not know it."""
    found = frames.get("taxes")
    return (
        pd.DataFrame(columns=["file", "written", "counted", "rows", "amount_written", "amount"])
        if found is None
        else found
    )


def _basis_unsaid(frames: Frames) -> Iterator[Message]:
    """Order files whose headers say that one has amounts with tax, another without, where nothing declares it."""
    if len(taxes(frames)):
        return
    columns = frames["columns"]
    amounts = columns[(columns["table"] == "order_lines") & (columns["column"] == "amount")]
    said = {row.source: (basis_of(row.header), row.header) for row in _rows(amounts)}
    named = {
        basis: Value("list", [msg("ingest.headed", source=s, header=h) for s, (b, h) in said.items() if b == basis])
        for basis in BASIS
    }
    if {basis for basis, _ in said.values()} >= set(BASIS):
        yield msg("ingest.remark.two_bases", **named)


def _refunds(frames: Frames) -> Iterator[Message]:
    """Money paid back for orders that the data do not show."""
    found = frames["refunds"]
    loose = found[~found["how"].isin(LINKED)]
    if loose.empty:
        return
    why = loose.groupby("how")["rows"].sum()
    told = [
        msg("ingest.refund_rows", why=msg(f"ingest.refund.{how}"), n=int(why[how])) for how in HOW if how in why.index
    ]
    everything, n = int(found["rows"].sum()), int(loose["rows"].sum())
    amount = Value("float", float(loose["amount"].sum()))
    args = {"n": n, "all": everything, "linked": everything - n}
    yield msg("ingest.remark.refunds", amount=amount, why=Value("list", told), **args)


def _unsure(frames: Frames) -> Iterator[Message]:
    """Values that were given but leave open what they mean."""
    headers = {(row.source, row.column): row.header for row in _rows(frames["columns"])}
    for row in _rows(frames["doubtful"]):
        args = {"source": row.source, "column": row.column, "header": headers.get((row.source, row.column), "")}
        yield msg(f"ingest.remark.{row.rule}", n=int(row.cells), **args)


def _filled(frames: Frames) -> Iterator[Message]:
    for row in _rows(frames["filled"]):
        yield msg("ingest.remark.filled", source=row.source, column=row.column, n=int(row.cells), rule=row.rule)


def _shared_keys(frames: Frames) -> Iterator[Message]:
    for row in _rows(frames["shared_keys"]):
        args = {"source": row.source, "other": row.other, "header": row.header, "other_header": row.other_header}
        yield msg("ingest.remark.shared_keys", shared=int(row.shared), apart=int(row.apart), **args)


def _nothing_to_count(frames: Frames) -> Iterator[Message]:
    """Ticket files none of whose rows says whether it is a complaint, campaign lists without one answer,
    interactions of which nobody knows who began them or what came of them."""
    columns, files = frames["columns"], frames["files"]
    for table, column, said in _COUNTED_BY:
        known = set(columns.loc[columns["column"].eq(column) & columns["filled"].gt(0), "source"])
        for row in _rows(files[files["table"].eq(table) & files["accepted"].gt(0)]):
            if row.source not in known:
                yield msg(f"ingest.remark.{said}", file=row.file, n=int(row.accepted))


_COUNTED_BY = (
    ("tickets", "kind", "no_ticket_kind"),
    ("campaign_members", "responded_on", "no_responses"),
    ("interactions", "outcome", "no_outcomes"),
    ("interactions", "direction", "no_direction"),
)


def unreadable(frames: Frames) -> pd.DataFrame:
    """Rows of `columns` more of whose values cannot be read than can, where the rows are accepted all the same."""
    columns = frames["columns"]
    free = [
        not decisive(table, _column(table, name))
        for table, name in zip(columns["table"], columns["column"], strict=True)
    ]
    return columns[pd.Series(free, index=columns.index, dtype=bool) & (columns["invalid"] > columns["filled"])]


def _column(table: str, name: str) -> Column:
    return next(column for column in source_columns(SOURCE_TABLES[table]) if column.name == name)


def forms_of(frames: Frames, source: str, column: str) -> dict[str, int]:
    """Form of the cells of a column that could not be read -> cells, the most frequent first."""
    found = frames.get("unread")
    if found is None:
        return {}
    own = found[(found["source"] == source) & (found["column"] == column)]
    return dict(zip(own["form"], own["cells"].astype(int), strict=True))


def how_unread(table: str, column: str, forms: Mapping[str, int]) -> str:
    """What the cells rather are: 'ages', 'dates' or ''."""
    kind = _column(table, column).type
    if column == "birth_date" and are_ages(forms):
        return "ages"
    return "dates" if kind in ("DATE", "TIMESTAMP") else ""


def often_unread(frames: Frames) -> pd.DataFrame:
    """Rows of `columns` of which a share worth telling cannot be read, where the rows are accepted all the same."""
    columns = frames["columns"]
    free = [
        not decisive(table, _column(table, name))
        for table, name in zip(columns["table"], columns["column"], strict=True)
    ]
    given = columns["invalid"] + columns["filled"]
    return columns[pd.Series(free, index=columns.index, dtype=bool) & (columns["invalid"] > OFTEN * given)]


def _unreadable(frames: Frames) -> Iterator[Message]:
    for row in _rows(often_unread(frames)):
        forms = forms_of(frames, row.source, row.column)
        how = how_unread(row.table, row.column, forms)
        id = f"ingest.remark.unreadable_{how}" if how else "ingest.remark.unreadable"
        given = int(row.invalid + row.filled)
        args = {
            "source": row.source,
            "header": row.header,
            "column": row.column,
            "forms": " · ".join(forms) or NOT_KNOWN,
        }
        yield msg(id, n=int(row.invalid), given=given, **args)


def _stated(frames: Frames) -> Iterator[Message]:
    """What a file's own rows of totals say, against its rows: each that differs, the others once a file."""
    found = frames.get("stated_totals")
    if found is None or found.empty:
        return
    for row in _rows(differing_totals(found)):
        args = {name: Value("float", getattr(row, name)) for name in ("stated", "found", "difference")}
        id = "ingest.remark.total_differs_since" if row.since else "ingest.remark.total_differs"
        yield msg(id, file=row.file, line=int(row.line), since=int(row.since), **args)
    for file, rows in found.groupby("file", sort=False):
        fits = rows[rows["like"] != "nothing"]
        bad = len(rows) - len(fits)
        if bad > MOST_TOTALS:
            yield msg("ingest.remark.totals_differ", file=str(file), n=bad, all=len(rows))
        for row in _rows(fits.tail(1)):
            why = msg(f"ingest.total.{row.like}", since=int(row.since))
            stated = Value("float", row.stated)
            yield msg("ingest.remark.total_fits", file=row.file, line=int(row.line), stated=stated, why=why)
            if len(fits) > 1:
                yield msg("ingest.remark.totals_fit", file=row.file, n=len(fits), all=len(rows))


def differing_totals(found: pd.DataFrame) -> pd.DataFrame:
    """Rows of totals that nothing comes to, of each file the MOST_TOTALS furthest off, in the order of the file."""
    bad = found[found["like"] == "nothing"]
    order = bad["difference"].abs().sort_values(ascending=False, kind="stable").index
    return bad.loc[order].groupby(["source", "file"], sort=False).head(MOST_TOTALS).sort_index()


def _left_out(frames: Frames) -> Iterator[Message]:
    """Rows that were taken for no data by their look or place."""
    for row in _rows(frames["non_data"]):
        if row.kind in ("note", "footer"):
            yield msg(f"ingest.remark.{row.kind}", file=row.file, n=int(row.rows))


def _reading(frames: Frames) -> Iterator[Message]:
    """What a file does not show by itself: errors, formulas without results, hidden sheets."""
    for row in _rows(frames["reading"].drop_duplicates()):
        yield msg(f"ingest.remark.read.{row.kind}", file=row.file, n=int(row.cells), what=row.what)


def _far(frames: Frames, as_of: date) -> Iterator[Message]:
    """Rows dated so late that the year was probably mistyped."""
    days = frames["days"]
    late = days[pd.to_datetime(days["day"]) > pd.Timestamp(as_of + FAR)]
    for file, rows in late.groupby("file", sort=True):
        newest = pd.Timestamp(rows["day"].max()).date()
        yield msg("ingest.remark.far", file=str(file), n=int(rows["rows"].sum()), as_of=as_of, newest=newest)
