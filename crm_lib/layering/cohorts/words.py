"""What the cohorts say: titles, findings, and what is missing where they say nothing."""

from __future__ import annotations

import pandas as pd

from crm_lib.language import Finding, Message, Value, msg, term_or_text
from crm_lib.layering.cohorts.compare import DECIDED, ENOUGH, Break, as_old, break_by_channel, compared
from crm_lib.layering.cohorts.retention import QUARTER, WARM_UP_MONTHS, Cohorts, cohort_word, covering
from crm_lib.metrics.association import ACCEPTED

POINTS_HIGH = 0.1  # a fall by so many points is grave


def unit(found: Cohorts, count: int) -> Message:
    """'3 months', '2 quarters'."""
    return msg("cohort.span.quarters" if found.step == QUARTER else "cohort.span.months", n=count)


def basis(found: Cohorts) -> list[Message]:
    """Who is counted as new, who is left out, and which cohorts are too few or of doubtful beginning."""
    sizes = found.sizes
    span = "quarter" if found.step == QUARTER else "month"
    words = [msg(f"cohort.basis.{span}{_covered(found)}", n=int(sizes["customers"].sum()))]
    if found.by_term:
        words.append(msg(f"cohort.basis.terms.{span}"))
    if found.existing:
        words.append(msg("cohort.basis.existing", n=found.existing))
    if sizes["doubtful"].any():
        old = int(sizes.loc[sizes["doubtful"], "customers"].sum())
        words.append(msg("cohort.basis.doubtful", n=int(sizes["doubtful"].sum()), months=WARM_UP_MONTHS, customers=old))
    if few := int((sizes["few"] & ~sizes["doubtful"]).sum()) if len(sizes) else 0:
        words.append(msg("cohort.basis.few", n=few, needed=found.smallest_base))
    return words


def _covered(found: Cohorts) -> str:
    return ".covered" if found.covers else ""


def note(found: Cohorts, name: str) -> Message:
    """What a picture or table ('triangle', 'curve', 'compared') shows."""
    if name == "triangle":
        return msg("cohort.note.triangle")
    days = {"days": Value("days", found.renewal_days), "decided": Value("percent", DECIDED)} if found.covers else {}
    said = msg(f"cohort.note.{name}{_covered(found)}", **days)
    if name == "compared" and found.by_term:
        span = "quarter" if found.step == QUARTER else "month"
        return msg(f"cohort.note.compared.terms.{span}", note=said)
    return said


def triangle_title(found: Cohorts, table: pd.DataFrame) -> Message:
    """What the average cohort keeps. `table` is `curve`."""
    active = table[table["measure"].isin(["active", "covered"])]
    if active.empty:
        return msg("cohort.title.few", needed=found.smallest_base)
    cells = found.cells[found.cells["finished"] & ~found.cells["doubtful"] & ~found.cells["few"]]
    each = cells.groupby("age")["cohort"].size()
    last = each.index[(each >= ENOUGH) & each.index.isin(active["age"])].max()
    if not last > 1:
        return msg(f"cohort.title.one{_covered(found)}", share=_value(active.iloc[0]), age=unit(found, 1))
    first_share, last_share, cohorts, customers = _at_both(cells, int(last))
    return msg(
        f"cohort.title.triangle{_covered(found)}",
        n=cohorts,
        customers=customers,
        share=first_share,
        age=unit(found, 1),
        last_share=last_share,
        last_age=unit(found, int(last)),
    )


def _at_both(cells: pd.DataFrame, age: int) -> tuple[Value, Value, int, int]:
    """Share active one period after the first and `age` periods after it, of the same cohorts; how many these are, and
    their customers."""
    reached = cells.loc[cells["age"] == age, "cohort"]
    cells = cells[cells["cohort"].isin(reached)]
    rows = [cells[cells["age"] == one] for one in (1, age)]
    customers = int(rows[1]["customers"].sum())
    first, last = (Value("percent", row["active"].sum() / customers, customers) for row in rows)
    return first, last, len(reached), customers


def curve_title(found: Cohorts, table: pd.DataFrame) -> Message:
    """By when how many have come back. `table` is `curve`."""
    returned = table[table["measure"] == "returned"]
    if returned.empty:
        return msg("cohort.title.few", needed=found.smallest_base)
    last = returned.iloc[-1]
    share = Value("percent", last["share"], int(returned["customers"].max()), last["low"], last["high"])
    return msg("cohort.title.curve", share=share, age=unit(found, int(last["age"])))


def _value(row: pd.Series) -> Value:
    return Value("percent", row["share"], int(row["customers"]), row["low"], row["high"])


def compared_title(found: Cohorts, split: Break | None) -> Message:
    """Whether newer customers come back less often. `split` is `turning_point`."""
    horizon, table = as_old(found)
    if split is None and found.by_term and len(table) >= 2:
        span = "quarter" if found.step == QUARTER else "month"
        return msg(f"cohort.title.compared_terms.{span}", base=found.smallest_base)
    if split is None:
        return msg(f"cohort.title.compared_few{_covered(found)}", needed=ENOUGH, base=found.smallest_base)
    if not split.sure:
        ages = {} if found.covers else {"age": unit(found, horizon)}
        return msg(f"cohort.title.compared_none{_covered(found)}", **ages, n=len(table))
    return msg(f"cohort.title.compared_{_way(split)}{_covered(found)}", **_split_words(found, split))


def _way(split: Break) -> str:
    return "worse" if split.difference < 0 else "better"


def _whom(found: Cohorts, split: Break) -> Message:
    since = cohort_word(found, split.since)
    if split.until is None:
        return msg("cohort.whom.since", since=since)
    if split.until == split.since:
        return msg("cohort.whom.one", since=since)
    return msg("cohort.whom.several", since=since, until=cohort_word(found, split.until))


def _split_words(found: Cohorts, split: Break) -> dict[str, Value | Message]:
    return {
        "whom": _whom(found, split),
        **({"days": Value("days", found.renewal_days)} if found.covers else {"age": unit(found, split.horizon)}),
        "share": Value("percent", split.share, split.customers, name="cohort.share"),
        "older": Value("percent", split.older_share, split.older_customers, name="cohort.older_share"),
        "points": Value("points", split.difference, None, split.low, split.high, "cohort.difference"),
    }


def finding(found: Cohorts, split: Break | None) -> Finding | None:
    """That new customers come back less (or more) often since a cohort, where and by how many points."""
    if split is None or not split.sure:
        return None
    way = _way(split)
    evidence = msg(
        "cohort.finding.evidence",
        p=Value("ratio", max(split.p, 0.01)),
        low=Value("points", split.low),
        high=Value("points", split.high),
        cause=cause(found, split),
    )
    if split.until is not None:
        after = Value("percent", split.after_share, split.after_customers)
        kind = "ended" if split.ended else "open"
        evidence = msg(f"cohort.finding.evidence.{kind}", evidence=evidence, share=after, n=split.after_cohorts)
    grave = -split.difference >= POINTS_HIGH and not split.ended
    return Finding(
        msg(f"cohort.finding.{way}{_covered(found)}", **_split_words(found, split)),
        evidence,
        _action(found, split, way),
        "low" if way == "better" else "high" if grave else "medium",
    )


def _action(found: Cohorts, split: Break, way: str) -> Message:
    if found.covers:
        return msg(f"cohort.finding.{way}.action.covered", days=Value("days", found.renewal_days))
    return msg(f"cohort.finding.{way}.action", age=unit(found, split.horizon))


def cause(found: Cohorts, split: Break) -> Message:
    """Among which channel's customers the share changed most, if beyond chance."""
    table = break_by_channel(found, split)
    table = table[table["p"] * max(len(table), 1) < ACCEPTED]
    ordered = table if split.difference < 0 else table.iloc[::-1]
    if ordered.empty or (ordered.iloc[0]["difference"] < 0) != (split.difference < 0):
        return msg("cohort.cause.none")
    row = ordered.iloc[0]
    return msg(
        "cohort.cause.channel",
        channel=term_or_text("channel", row["channel"]),
        share=Value("percent", row["share"], int(row["customers"])),
        older=Value("percent", row["older_share"], int(row["older_customers"])),
    )


def compared_table(found: Cohorts) -> pd.DataFrame:
    """`compared` with the cohort in words, and whether it differs beyond chance ('worse', 'better', 'same', 'first')."""
    table = compared(found)
    kinds = [
        "first" if q != q else "same" if q >= ACCEPTED else "worse" if d < 0 else "better"
        for q, d in zip(table["q"], table["difference"], strict=True)
    ]
    words = pd.Series([cohort_word(found, day) for day in table["cohort"]], dtype=object)
    return table.assign(label=words, verdict=pd.Series(kinds, dtype=object))


def cells_table(found: Cohorts) -> pd.DataFrame:
    """`cells` of the periods that are over, with the cohort in words, for the workbook."""
    table = found.cells[found.cells["finished"]].reset_index(drop=True)
    labels = pd.Series([cohort_word(found, day) for day in table["cohort"]], dtype=object)
    return covering(found, table.assign(label=labels))


def age_label(found: Cohorts) -> Message:
    return msg("cohort.axis.quarters" if found.step == QUARTER else "cohort.axis.months")
