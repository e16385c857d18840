"""What the prepared tables tell of the engagement: files that were misunderstood, days outside the data, rows that a
user should know of."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd

from crm_lib.engagement import FILE_NAME, Engagement, Source
from crm_lib.engine import Engine, connect
from crm_lib.errors import Problem, UserError
from crm_lib.ingest.mapping import source_columns
from crm_lib.ingest.opened import source_place
from crm_lib.ingest.remarks import remarks
from crm_lib.ingest.values.currency_words import header_currency
from crm_lib.ingest.values.dates import DateForm, parse_datetime, says_utc
from crm_lib.ingest.values.text import folded
from crm_lib.language import Message, Value, msg
from crm_lib.metrics import METRICS, measurable
from crm_lib.run.prepare import inventory, prepare
from crm_lib.scratch import scratch
from crm_lib.tables import SOURCE_TABLES

_PAID_AHEAD = re.compile(r"充值|储值|\btop[ -]?up\b|\bstored value\b", re.IGNORECASE)
_NEARLY_ALL = 0.9  # of the dates
_SHOWN = 5  # values of a list
_MOST_CODES = 20  # different values that may still be codes
_UNMAPPED = 0.02  # of the rows set aside for a word that is not mapped: too many to run
_FEW_ASIDE = 10  # rows; of so few a share says nothing
_SLIPS = 0.01  # of the events
_NOT_DELIVERED = {"tickets": "no_kind", "campaign_members": "no_responses", "interactions": "no_outcomes"}
_DIMENSIONS = {
    "customers": ("join_channel", "owner", "city", "tier", "customer_type"),
    "order_lines": ("channel", "store", "category", "brand", "salesperson"),
    "tickets": ("channel", "store", "owner", "team", "reason"),
    "interactions": ("channel", "owner"),
}
_PEOPLE = ("owner", "salesperson")
_NAMEABLE = {
    "order_lines": ("store", "channel", "category"),
    "customers": ("join_channel",),
    "tickets": ("store", "channel"),
}
_CHINESE = re.compile("[\u4e00-\u9fff]")
_LATE = timedelta(days=31)  # an as_of later than this after the last event is a slip
# Tables that say when something happened; a customer's or a campaign's own date may lie ahead.
_EVENTS = ("order_lines", "tickets", "interactions", "surveys", "campaign_members", "loyalty", "visits")


def check_data(folder: Path, engagement: Engagement) -> list[Problem]:
    """Everything that is wrong with the engagement's data, [] where nothing is; of sources that can be opened also what
    their rows tell, though others cannot. The engagement may be the sound part of one (`engagement.examine`)."""
    if not engagement.sources:
        return []
    try:
        canonical = prepare(folder, engagement)
    except UserError as error:
        told = {problem.where for problem in error.problems}
        sound = [s for s in engagement.sources if not any(where.startswith(source_place(s)) for where in told)]
        rest = engagement.model_copy(update={"sources": tuple(sound)})
        return [*error.problems, *(_of_the_rest(prepare(folder, rest), rest, engagement) if sound else ())]
    with closing(connect(canonical)) as engine:
        checks = (_dates_outside, _no_orders_yet, _not_delivered, _terms_unpaid)
        found = [problem for check in checks for problem in check(engine, engagement)]
    return [*_mostly_unusable(canonical, engagement), *_other_currency(canonical, engagement), *found]


def _of_the_rest(canonical: Path, rest: Engagement, engagement: Engagement) -> Iterator[Problem]:
    """What the sources tell that could be opened; of days only where each table of events has such a source."""
    yield from _mostly_unusable(canonical, rest)
    if {s.table for s in engagement.sources} & set(_EVENTS) <= {s.table for s in rest.sources}:
        with closing(connect(canonical)) as engine:
            first, last = _span(engine, rest.as_of)
        if rest.as_of and first and last and not first <= rest.as_of <= last + _LATE:
            args = {"as_of": rest.as_of, "first": first, "last": last}
            yield Problem(msg("errors.data.as_of_outside_readable", **args), f"{FILE_NAME} as_of")


def _no_orders_yet(engine: Engine, engagement: Engagement) -> Iterator[Problem]:
    """Orders that all lie after a baseline, though other events do not: nothing could be counted on that day."""
    if not engine.has("order_lines"):
        return
    days = engine.sql("SELECT MIN(ordered_on) AS first_on FROM order_lines")["first_on"]
    begun, _ = _span(engine, engagement.as_of)
    if pd.isna(days.iloc[0]) or begun is None:
        return
    first = pd.Timestamp(days.iloc[0]).date()
    for cycle in engagement.cycles:
        if begun <= cycle.baseline < first:
            message = msg("errors.data.no_orders_before", baseline=cycle.baseline, first=first)
            yield Problem(message, f"{FILE_NAME} {cycle.place} baseline")


def _terms_unpaid(engine: Engine, engagement: Engagement) -> Iterator[Problem]:
    """Ends of terms in rows without an amount only, as of framework contracts: a term counts from what pays for it."""
    if not engine.has("order_lines"):
        return
    counts = engine.sql(
        "SELECT COUNT(*) AS terms, COUNT(CASE WHEN amount > 0 THEN 1 END) AS paid FROM order_lines"
        " WHERE paid_until IS NOT NULL"
    ).iloc[0]
    where = next((source for source in engagement.sources if "paid_until" in source.columns), None)
    if where and counts["terms"] and not counts["paid"]:
        message = msg("errors.data.terms_unpaid", n=int(counts["terms"]), header=where.columns["paid_until"])
        yield Problem(message, f"{source_place(where)} columns.paid_until")


def _not_delivered(engine: Engine, engagement: Engagement) -> Iterator[Problem]:
    """Targets and strategies on complaints where no ticket says whether it is one, on answers where no list has any."""
    named = [(f"[[targets]] #{i} ({t.id})", t.metric) for i, t in enumerate(engagement.targets, 1)]
    named += [(f"[[strategies]] #{i} ({s.id})", s.metric) for i, s in enumerate(engagement.strategies, 1)]
    asked = [(place, METRICS[metric]) for place, metric in named if metric in METRICS]
    for place, metric in asked:
        if engine.has(*metric.needs) and not measurable(engine, metric):
            yield Problem(
                msg(f"run.metric.{_NOT_DELIVERED[metric.needs[0]]}", metric=metric.name), f"{FILE_NAME} {place} metric"
            )


def _other_currency(canonical: Path, engagement: Engagement) -> Iterator[Problem]:
    """Amounts whose header names another currency than the report's, where nothing says that of the rows: they would be
    summed as they stand."""
    told = set(inventory(canonical)["currencies"]["source"])
    for source in engagement.sources:
        header, said = source.columns.get("amount", ""), {*source.columns, *source.constants}
        code, base = header_currency(header), engagement.report.currency
        if code and code != base and "currency" not in said and source.name not in told:
            message = msg("errors.data.header_currency", header=header, currency=code, base=base)
            yield Problem(message, f"{source_place(source)} constants")


def _mostly_unusable(canonical: Path, engagement: Engagement) -> Iterator[Problem]:
    """A file of which more rows were set aside than accepted was misunderstood."""
    frames, sources = inventory(canonical), {source.name: source for source in engagement.sources}
    for file in frames["files"].to_dict("records"):
        usable, source = int(file["accepted"] + file["duplicates"]), sources[file["source"]]
        if not usable + file["quarantined"]:
            yield Problem(msg("errors.data.empty", file=file["file"]), source_place(source))
            continue
        rows = frames["quarantine"][frames["quarantine"]["source"] == source.name]
        rows = rows[rows["file"] == file["file"]]
        if unmapped := list(_unmapped(canonical, file, rows, source)):
            yield from unmapped
        elif file["quarantined"] > usable:
            args = {"file": file["file"], "n": int(file["quarantined"]), "accepted": int(file["accepted"])}
            if order := _better_date_order(canonical, source, rows):
                yield Problem(msg("errors.data.date_order", order=order, **args), f"{source_place(source)} date_order")
            else:
                reason = _worst_reason(rows)[1]
                yield Problem(msg("errors.data.nothing_accepted", reason=reason, **args), source_place(source))
        else:
            yield from _too_many_aside(file, rows, source, engagement.data.most_set_aside)


def _too_many_aside(file: dict[Any, Any], rows: pd.DataFrame, source: Source, most: float) -> Iterator[Problem]:
    """A file of whose rows a larger share was set aside than the engagement allows, with every reason."""
    n, of = int(file["quarantined"]), int(file["rows_read"] - file["non_data"])
    if n < _FEW_ASIDE or n <= most * of:
        return
    reasons = [
        msg("errors.data.aside_reason", reason=_reason(row), n=int(row["rows"]))
        for row in rows.sort_values("rows", ascending=False, kind="stable").to_dict("records")
    ]
    args: dict[str, Any] = {"file": file["file"], "n": n, "rows": of, "reasons": Value("list", reasons)}
    args |= {"share": Value("percent", n / of), "most": Value("percent", most), "setting": _allowing(n / of)}
    money = _money_aside(file)
    if not money and _may_be_first_rows(rows, source):
        header = source.columns.get("order_id", "order_id")
        yield Problem(msg("errors.data.too_many_aside_orders", header=header, **args), source_place(source))
        return
    yield Problem(
        msg("errors.data.too_many_aside_amount" if money else "errors.data.too_many_aside", **(money | args)),
        source_place(source),
    )


def _may_be_first_rows(rows: pd.DataFrame, source: Source) -> bool:
    """Whether most rows set aside are order lines that lack what a first row of their order may have."""
    if source.table != "order_lines" or source.whole_order or source.query:
        return False
    lacking = rows["reason"].eq("required_missing") & rows["column"].ne("order_id")
    return bool(rows.loc[lacking, "rows"].sum() >= _NEARLY_ALL * rows["rows"].sum())


def _allowing(share: float) -> str:
    """The least share of whole percents that allows it, as it is written in the engagement."""
    return f"{min(1.0, -(-share // 0.01) / 100):.2f}"


def _unmapped(canonical: Path, file: dict[Any, Any], rows: pd.DataFrame, source: Source) -> Iterator[Problem]:
    """Words of a mapped column of few words that are none of ours and set many rows aside."""
    for name, found in rows[rows["reason"] == "not_allowed"].groupby("column", sort=True):
        n, column = int(found["rows"].sum()), str(name)
        codes = _codes(canonical, source.name, column)
        if n < _UNMAPPED * file["rows_read"] or not 0 < len(codes) <= min(_MOST_CODES, n / 2):
            continue
        allowed = next(c for c in source_columns(SOURCE_TABLES[source.table]) if c.name == column).values
        args: dict[str, Any] = {"file": file["file"], "n": n, "rows": int(file["rows_read"]), "column": column}
        args |= {"share": Value("percent", n / file["rows_read"]), "header": source.columns.get(column, column)}
        args |= {"found": ", ".join(f"{raw} ({cells})" for raw, cells in codes[:_SHOWN]), "allowed": ", ".join(allowed)}
        money = _money_aside(file)
        if money:
            args |= {"amount": money["amount"], "read": money["read"], "share_amount": money["share"]}
        message = msg("errors.data.unmapped_amount" if money else "errors.data.unmapped", **args)
        yield Problem(message, f"{source_place(source)} values.{column}")


def _codes(canonical: Path, source: str, column: str) -> list[tuple[str, int]]:
    """Words of a column that could not be read, and their cells; the most frequent first."""
    query = (
        'SELECT raw, CAST(SUM(cells) AS BIGINT) AS n FROM read_parquet(?) WHERE source = ? AND "column" = ?'
        " AND rule = 'invalid' GROUP BY raw ORDER BY n DESC, raw"
    )
    with scratch() as connection:
        return connection.execute(query, [str(canonical / "trail" / "values.parquet"), source, column]).fetchall()


def _better_date_order(canonical: Path, source: Source, rows: pd.DataFrame) -> str:
    """The order of day, month and year in which nearly all dates that could not be read can be; '' where there is none."""
    worst = rows.sort_values("rows", ascending=False, kind="stable").iloc[0]
    name = str(worst["column"])
    types = {column.name: column.type for column in source_columns(SOURCE_TABLES[source.table])}
    if worst["reason"] not in ("invalid_value", "ambiguous_date") or types.get(name) not in ("DATE", "TIMESTAMP"):
        return ""
    query = (
        "SELECT raw FROM read_parquet(?) WHERE source = ? AND \"column\" = ? AND rule IN ('invalid', 'ambiguous_date')"
    )
    path = str(canonical / "trail" / "values.parquet")
    with scratch() as connection:
        cells = [cell for (cell,) in connection.execute(query, [path, source.name, name]).fetchall()]
    read = {
        order: sum(parse_datetime(c, DateForm(order)) is not None for c in cells) for order in ("DMY", "MDY", "YMD")
    }
    best = max(read, key=lambda order: read[order])
    alone = sorted(read.values())[-2] < read[best]  # 01/02/2026 says nothing of its order
    return best if cells and alone and read[best] >= _NEARLY_ALL * len(cells) else ""


def _worst_reason(rows: pd.DataFrame) -> tuple[int, Message]:
    """How many rows of a file's quarantine have its most frequent reason, and its words with the column."""
    worst = rows.sort_values("rows", ascending=False, kind="stable").iloc[0].to_dict()
    return int(worst["rows"]), _reason(worst)


def _reason(row: Mapping[Any, Any]) -> Message:
    """Words of a row of the frame 'quarantine'."""
    reason, column = msg(f"ingest.reason.{row['reason']}"), str(row["column"])
    return msg("ingest.reason_in", reason=reason, column=column) if column else reason


def set_aside(canonical: Path, as_of: date, sources: Iterable[Source] = ()) -> list[Message]:
    """What a user should look at, and know of each file: rows taken for totals, rows dated after `as_of`, rows set aside and the
    most frequent reason."""
    frames = inventory(canonical, as_of)
    files = frames["files"].to_dict("records")
    some = [msg("ingest.later_file", **_later(file)) for file in files if 0 < file["later"] <= file["accepted"]]
    first = [msg("ingest.later", as_of=as_of, files=Value("list", some))] if some else []
    return [*first, *remarks(frames, as_of, sources)] + [
        sentence for file in files for sentence in _told_of(canonical, file, frames, as_of)
    ]


def _later(file: dict[Any, Any]) -> dict[str, str | int]:
    return {"file": str(file["file"]), "n": int(file["later"]), "rows": int(file["rows_read"])}


def _told_of(canonical: Path, file: dict[Any, Any], frames: dict[str, pd.DataFrame], as_of: date) -> Iterator[Message]:
    def own(name: str) -> pd.DataFrame:
        frame = frames[name]
        return frame[(frame["source"] == file["source"]) & (frame["file"] == file["file"])]

    of: dict[str, str | int] = {"file": str(file["file"]), "rows": int(file["rows_read"])}
    if totals := int(own("non_data").query("kind == 'total'")["rows"].sum()):
        yield msg("ingest.totals", n=totals, **of)
    if declared := int(own("non_data").query("kind == 'declared'")["rows"].sum()):
        money = file["amount_declared"]
        some = {} if pd.isna(money) or not money else {"amount": Value("float", money)}
        yield msg("ingest.declared_amount" if some else "ingest.declared", n=declared, **of, **some)
    if file["later"] > file["accepted"]:
        yield msg("ingest.later_most", as_of=as_of, **_later(file))
    if not own("quarantine").empty:
        money = _money_aside(file)
        worst, reason = _worst_reason(own("quarantine"))
        reason = _outside_list(canonical, file, own("quarantine")) or reason
        of |= {"n": int(file["quarantined"]), "worst": worst, "list": _list(canonical, file["source"])}
        yield msg("ingest.set_aside_amount" if money else "ingest.set_aside", reason=reason, **of, **money)


def _outside_list(canonical: Path, file: dict[Any, Any], rows: pd.DataFrame) -> Message | None:
    """The values outside a list and the list, where they are the most frequent reason; many different ones are rather a
    wrong column's, and may be customers' data: they are not shown."""
    worst = rows.sort_values("rows", ascending=False, kind="stable").iloc[0]
    if worst["reason"] != "not_allowed":
        return None
    columns = {column.name: column for column in source_columns(SOURCE_TABLES[file["table"]])}
    name = str(worst["column"])
    found = _codes(canonical, file["source"], name)
    codes = [f"{raw} ({n})" for raw, n in found[:_SHOWN]] if len(found) <= _MOST_CODES else []
    args = {"column": name, "found": ", ".join(codes) or "***", "allowed": ", ".join(columns[name].values)}
    return msg("ingest.reason_outside", reason=msg("ingest.reason.not_allowed"), **args)


def utc_headers(canonical: Path, engagement: Engagement) -> Iterator[Message]:
    """Times whose header says UTC while no cell says an offset: they were read as local ones."""
    zone = engagement.report.time_zone
    if zone in ("UTC", "Etc/UTC", "GMT", "Etc/GMT"):
        return
    frames = inventory(canonical, engagement.as_of)
    moved = frames["standardised"].query("rule == 'time_zone'")
    known = set(moved[["source", "column"]].itertuples(index=False, name=None))
    declared = {source.name for source in engagement.sources if source.time_zone}
    timed = {(name, c.name) for name, table in SOURCE_TABLES.items() for c in table.columns if c.type == "TIMESTAMP"}
    rows = frames["columns"].query("filled > 0")[["source", "table", "column", "header"]].astype("str")
    for source, table, column, header in rows.itertuples(index=False, name=None):
        if source in declared or (table, column) not in timed or (source, column) in known:
            continue
        if says_utc(header):
            yield msg("ingest.remark.header_utc", zone=zone, source=source, header=header, column=column)


def _columns_of(path: Path) -> frozenset[str]:
    with scratch() as connection:
        found = connection.execute("DESCRIBE SELECT * FROM read_parquet(?)", [str(path)]).fetchall()
    return frozenset(row[0] for row in found)


def _person_form(name: str) -> str:
    """A name folded, its parts in one order: Moser, Anna and Anna Moser."""
    last, _, first = name.partition(",")
    return folded(f"{first} {last}" if first and "," not in first else name)


def alike_words(canonical: Path) -> Iterator[Message]:
    """Values of a dimension that differ in case, width, spaces or the order of a name only: each counts as a part of its
    own."""
    with scratch() as connection:
        for table, columns in _DIMENSIONS.items():
            path = canonical / f"{table}.parquet"
            given = _columns_of(path) if path.exists() else frozenset()
            for column in (name for name in columns if name in given):
                query = f'SELECT "{column}", COUNT(*) FROM read_parquet(?) WHERE "{column}" IS NOT NULL GROUP BY ALL'  # nosec B608: of our own tables
                counts = pd.DataFrame(connection.execute(query, [str(path)]).fetchall(), columns=["value", "n"])
                form = _person_form if column in _PEOPLE else folded
                counts = counts.assign(form=counts["value"].map(form)).sort_values(
                    ["n", "value"], ascending=[False, True]
                )
                several = counts[counts.groupby("form")["value"].transform("size") > 1]
                if len(several):
                    forms = list(several.groupby("form", sort=False))[:_SHOWN]
                    written = "; ".join(
                        ", ".join(f"{value} ({n})" for value, n in zip(of["value"], of["n"], strict=True))
                        for _, of in forms
                    )
                    words = msg(f"table.{table}"), msg(f"column.{table}.{column}")
                    n = int(several["form"].nunique())
                    yield msg(
                        "ingest.remark.alike_words", table=words[0], field=words[1], column=column, n=n, written=written
                    )


def unnamed_values(canonical: Path, engagement: Engagement) -> Iterator[Message]:
    """Stores, channels and categories in Chinese that English reports quote as they stand."""
    if "en" not in engagement.report.languages:
        return
    found: dict[str, int] = {}
    with scratch() as connection:
        for table, columns in _NAMEABLE.items():
            path = canonical / f"{table}.parquet"
            for column in columns if path.exists() else ():
                query = f'SELECT "{column}", COUNT(*) FROM read_parquet(?) WHERE "{column}" IS NOT NULL GROUP BY ALL'  # nosec B608: of our own tables
                for value, n in connection.execute(query, [str(path)]).fetchall():
                    if _CHINESE.search(str(value)) and str(value) not in engagement.report.names:
                        found[str(value)] = found.get(str(value), 0) + n
    if found:
        names = "; ".join(sorted(found, key=lambda value: (-found[value], value))[:_SHOWN])
        yield msg("ingest.remark.unnamed", n=len(found), names=names)


def topped_up(canonical: Path) -> Iterator[Message]:
    """Sales that are money paid in ahead by what they sell, beside other sales: what is bought from it would count twice."""
    path = canonical / "order_lines.parquet"
    own = [c for c in ("category", "product_name") if path.exists() and c in _columns_of(path)]
    if not own:
        return
    columns = ", ".join(f'"{column}"' for column in own)
    query = f"SELECT {columns}, COUNT(*), SUM(amount) FROM read_parquet(?) WHERE kind = 'sale' GROUP BY ALL"  # nosec B608: of our own tables
    with scratch() as connection:
        rows = connection.execute(query, [str(path)]).fetchall()
    paid = [row for row in rows if any(_PAID_AHEAD.search(str(cell)) for cell in row[:-2] if cell)]
    amount, whole = (float(sum(row[-1] or 0 for row in of)) for of in (paid, rows))
    if amount <= 0 or len(paid) == len(rows):
        return
    names = "; ".join(sorted({str(next(cell for cell in row[-3::-1] if cell)) for row in paid})[:_SHOWN])
    yield msg(
        "ingest.remark.topped_up",
        n=sum(row[-2] for row in paid),
        amount=Value("float", amount),
        share=Value("percent", amount / whole),
        names=names,
    )


def unknown_owners(canonical: Path, engagement: Engagement) -> Iterator[Message]:
    """Owners named in the data that are no team's; nothing where no teams are declared."""
    known = {name for team in engagement.teams for name in (owner.id for owner in team.owners)}
    paths = {table: canonical / f"{table}.parquet" for table in ("tickets", "interactions", "customers")}
    query = (
        "SELECT owner, COUNT(*) AS n FROM read_parquet(?) WHERE owner IS NOT NULL GROUP BY owner ORDER BY n DESC, owner"
    )
    with scratch() as connection:
        for table, path in paths.items() if known else ():
            found = connection.execute(query, [str(path)]).fetchall() if path.exists() else []
            others = [(owner, n) for owner, n in found if owner not in known]
            names = ", ".join(f"{owner} ({n})" for owner, n in others[:_SHOWN])
            if others:
                yield msg("ingest.remark.owners", table=msg(f"table.{table}"), n=len(others), names=names)


def none_answered(canonical: Path) -> Iterator[Message]:
    """That contacts say what came of them, but of none that it was answered or converted."""
    path = canonical / "interactions.parquet"
    if not path.exists():
        return
    query = (
        "SELECT outcome, COUNT(*) AS n FROM read_parquet(?) WHERE outcome IS NOT NULL GROUP BY outcome"
        " ORDER BY n DESC, outcome"
    )
    with scratch() as connection:
        found = connection.execute(query, [str(path)]).fetchall()
    if found and not {"responded", "converted"} & {outcome for outcome, _ in found}:
        told = ", ".join(f"{outcome} ({n})" for outcome, n in found)
        yield msg("ingest.remark.none_answered", n=sum(n for _, n in found), outcomes=told)


def _list(canonical: Path, source: str) -> str:
    """Where the rows that were set aside stand, as seen from the engagement's folder."""
    return f".work/quarantine/{canonical.name}/{source}.csv"


def _money_aside(file: dict[Any, Any]) -> dict[str, Value]:
    """What the rows set aside come to, of what was read; {} where they have no amounts."""
    amount, read = file["amount_quarantined"], file["amount_read"]
    if pd.isna(amount) or not amount or file["table"] != "order_lines":
        return {}
    share = amount / read if read else None
    return {"amount": Value("float", amount), "read": Value("float", read), "share": Value("percent", share)}


def _dates_outside(engine: Engine, engagement: Engagement) -> Iterator[Problem]:
    """as_of and baseline must lie within the days that the data tell of."""
    first, last = _span(engine, engagement.as_of)
    if first is None or last is None:
        return
    if engagement.as_of and not first <= engagement.as_of <= last + _LATE:
        args = {"as_of": engagement.as_of, "first": first, "last": last}
        yield Problem(msg("errors.data.as_of_outside", **args), f"{FILE_NAME} as_of")
    for cycle in engagement.cycles:
        if not first <= cycle.baseline:
            message = msg("errors.data.baseline_outside", baseline=cycle.baseline, first=first)
            yield Problem(message, f"{FILE_NAME} {cycle.place} baseline")


def _span(engine: Engine, as_of: date | None) -> tuple[date | None, date | None]:
    """First and last day of the events. A few days after as_of, such as slips of the year, do not say that the data
    go on till then."""
    days = [
        f'SELECT CAST("{SOURCE_TABLES[name].event}" AS DATE) AS day FROM "{name}"'
        for name in _EVENTS
        if engine.has(name)
    ]
    if not days:
        return None, None
    query = (
        "SELECT MIN(d.day) AS first_on, MAX(d.day) AS last_on, MAX(CASE WHEN d.day <= $as_of THEN d.day END) AS known_on, "
        "COUNT(CASE WHEN d.day > $as_of THEN 1 END) AS later, COUNT(*) AS events"
    )
    row = engine.sql(f"{query} FROM ({' UNION ALL '.join(days)}) AS d", as_of=as_of).iloc[0]
    first, last, known = (None if pd.isna(day) else day.date() for day in row.iloc[:3])
    last = known if known and row["later"] < _SLIPS * row["events"] else last
    return first, max(filter(None, (last, _last_joined(engine, as_of))), default=None)


def _last_joined(engine: Engine, as_of: date | None) -> date | None:
    """The last day up to as_of on which a customer joined: where leads still come in, the business goes on."""
    if as_of is None or not engine.has("customers"):
        return None
    found = engine.sql("SELECT MAX(joined_on) AS day FROM customers WHERE joined_on <= $as_of", as_of=as_of)
    return None if pd.isna(found["day"].iloc[0]) else pd.Timestamp(found["day"].iloc[0]).date()
