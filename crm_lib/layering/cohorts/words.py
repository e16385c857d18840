"""What the cohorts say: titles, findings, and what is missing where they say nothing."""

from __future__ import annotations

import pandas as pd

from crm_lib.language import Finding, Message, Value, msg, term_or_text
from crm_lib.layering.cohorts.compare import ENOUGH, Break, as_old, break_by_channel, compared
from crm_lib.layering.cohorts.retention import QUARTER, WARM_UP_MONTHS, Cohorts, cohort_word
from crm_lib.metrics.association import ACCEPTED

POINTS_HIGH = 0.1  # a fall by so many points is grave


def unit(found: Cohorts, count: int) -> Message:
    """'3 months', '2 quarters'."""
    return msg("cohort.span.quarters" if found.step == QUARTER else "cohort.span.months", n=count)


def basis(found: Cohorts) -> list[Message]:
    """Who is counted as new, who is left out, and which cohorts are too few or of doubtful beginning."""
    sizes = found.sizes
    words = [
        msg("cohort.basis.quarter" if found.step == QUARTER else "cohort.basis.month", n=int(sizes["customers"].sum()))
    ]
    if found.existing:
        words.append(msg("cohort.basis.existing", n=found.existing))
    if sizes["doubtful"].any():
        words.append(msg("cohort.basis.doubtful", n=int(sizes["doubtful"].sum()), months=WARM_UP_MONTHS))
    if few := int((sizes["few"] & ~sizes["doubtful"]).sum()) if len(sizes) else 0:
        words.append(msg("cohort.basis.few", n=few, needed=found.smallest_base))
    return words


def triangle_title(found: Cohorts, table: pd.DataFrame) -> Message:
    """What the average cohort keeps. `table` is `curve`."""
    active = table[table["measure"] == "active"]
    if active.empty:
        return msg("cohort.title.few", needed=found.smallest_base)
    if len(active) == 1:
        return msg("cohort.title.one", share=_value(active.iloc[0]), age=unit(found, 1))
    first, last = active.iloc[0], active.iloc[-1]
    return msg(
        "cohort.title.triangle",
        share=_value(first),
        age=unit(found, int(first["age"])),
        last_share=_value(last),
        last_age=unit(found, int(last["age"])),
    )


def curve_title(found: Cohorts, table: pd.DataFrame) -> Message:
    """By when how many have come back. `table` is `curve`."""
    returned = table[table["measure"] == "returned"]
    if returned.empty:
        return msg("cohort.title.few", needed=found.smallest_base)
    last = returned.iloc[-1]
    return msg("cohort.title.curve", share=_value(last), age=unit(found, int(last["age"])))


def _value(row: pd.Series) -> Value:
    return Value("percent", row["share"], int(row["customers"]), row["low"], row["high"])


def compared_title(found: Cohorts, split: Break | None) -> Message:
    """Whether newer customers come back less often. `split` is `turning_point`."""
    horizon, table = as_old(found)
    if split is None:
        return msg("cohort.title.compared_few", needed=ENOUGH, base=found.smallest_base)
    if not split.sure:
        return msg("cohort.title.compared_none", age=unit(found, horizon), n=len(table))
    return msg(f"cohort.title.compared_{_way(split)}", **_split_words(found, split))


def _way(split: Break) -> str:
    return "worse" if split.difference < 0 else "better"


def _split_words(found: Cohorts, split: Break) -> dict[str, Value | Message]:
    return {
        "since": cohort_word(found, split.since),
        "age": unit(found, split.horizon),
        "share": Value("percent", split.share, split.customers, name="cohort.share"),
        "older": Value("percent", split.older_share, split.older_customers, name="cohort.older_share"),
        "points": Value("points", split.difference, None, split.low, split.high, "cohort.difference"),
    }


def finding(found: Cohorts, split: Break | None) -> Finding | None:
    """That new customers come back less (or more) often since a cohort, where and by how many points."""
    if split is None or not split.sure:
        return None
    way = _way(split)
    return Finding(
        msg(f"cohort.finding.{way}", **_split_words(found, split)),
        msg(
            "cohort.finding.evidence",
            p=Value("ratio", max(split.p, 0.01)),
            low=Value("points", split.low),
            high=Value("points", split.high),
            cause=cause(found, split),
        ),
        msg(f"cohort.finding.{way}.action", age=unit(found, split.horizon)),
        "low" if way == "better" else "high" if -split.difference >= POINTS_HIGH else "medium",
    )


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
    return table.assign(label=pd.Series([cohort_word(found, day) for day in table["cohort"]], dtype=object))


def age_label(found: Cohorts) -> Message:
    return msg("cohort.axis.quarters" if found.step == QUARTER else "cohort.axis.months")
