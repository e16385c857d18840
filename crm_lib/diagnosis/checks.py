"""What a rule finds: a pain point with its evidence, or that there is none, or too little to say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

import pandas as pd

from crm_lib import metrics
from crm_lib.engine import Engine
from crm_lib.language import Finding, Message, Value, local, msg

if TYPE_CHECKING:
    from crm_lib.diagnosis.measured import Measured

State = Literal["found", "clear", "few", "absent"]
Severity = Literal["high", "medium", "low"]
STATES: dict[State, str] = {"found": "bad", "clear": "good", "few": "unknown", "absent": "unknown"}
NOT_DELIVERED = {"tickets": "no_ticket_kind", "campaign_members": "no_responses", "interactions": "no_outcomes"}
LOCAL = (
    "part_falls",
    "goods_fall",
    "renewal_falls",
    "renewal_falls_apart",
    "renewal_low",
)  # rules that name the parts in which it happens
LARGE_SHARE = 0.05  # of a year's revenue that a pain point touches to count as large


@dataclass(frozen=True)
class PainPoint:
    """`revenue` is a year's; `given_away` what discounts came to, which is no revenue; `basis` says how customers and revenue were counted. `worse`: proven to get worse, by the
    interval of the difference. `event`: (dimension, parts) in which it took place, empty where it cannot be told;
    `named`: the parts of every dimension in which it stands out; `within`: parts of other dimensions that lie in those of
    `event`; `cause`: what customers themselves say of it; `root`: the same in a few words, for an action; `gone`: what is
    known of owners in it who have left, `gone_action`: what to do about their customers."""

    rule: str
    headline: Message
    evidence: Message | None
    action: Message
    basis: Message
    customers: int | None = None
    revenue: float | None = None
    given_away: float | None = None
    worse: bool = False
    since: str = ""
    event: tuple[str, tuple[str, ...]] = ("", ())
    named: tuple[tuple[str, tuple[str, ...]], ...] = ()
    within: tuple[tuple[str, tuple[str, ...]], ...] = ()
    cause: Message | None = None
    root: Message | None = None
    gone: tuple[Message, ...] = ()
    gone_action: Message | None = None
    severity: Severity = "low"
    rank: int = 0

    @property
    def stake(self) -> float | None:
        """The money by which it is ranked."""
        return self.revenue if self.given_away is None else self.given_away

    @property
    def finding(self) -> Finding:
        return Finding(self.headline, self.evidence, self.action, self.severity)


@dataclass(frozen=True)
class Check:
    """One rule's result. `measured` says the figure it looked at; `limit` is the rule in words; `detail` what it counted,
    for figures and lists."""

    rule: str
    state: State
    measured: Message
    limit: Message
    pain: PainPoint | None = None
    reasons: pd.DataFrame = field(default_factory=pd.DataFrame)
    detail: object = None


def label(rule: str) -> Message:
    return msg(f"diagnosis.rule.{rule}")


def limit(rule: str, **args: Value | Message | float | int) -> Message:
    return msg(f"diagnosis.limit.{rule}", **args)


def absent(rule: str, said: Message, table: str, engine: Engine, smallest_base: int = 1) -> Check:
    """The rule needs a table that is not there, or that holds nothing it can measure."""
    if engine.has(table) and not metrics.delivered(engine, table):
        return Check(rule, "absent", msg(f"diagnosis.check.{NOT_DELIVERED[table]}"), said)
    if engine.has(table):
        return few(rule, said, 0, smallest_base)
    return Check(rule, "absent", msg("diagnosis.check.absent", table=msg(f"table.{table}")), said)


def few(rule: str, said: Message, n: float, smallest_base: int) -> Check:
    """Too few to judge."""
    counted = msg("diagnosis.check.few", n=Value("int", int(n)), least=Value("int", smallest_base))
    return Check(rule, "few", counted, said)


def not_judged(measured: Measured, rule: str, said: Message, row: pd.Series) -> Check:
    """A trend that is not known: a source that begins between the months, or too few."""
    late = measured.late_source(str(row["metric"]))
    if late is None:
        return few(rule, said, row["base"], measured.smallest_base)
    seen = msg("diagnosis.check.late_source", source=local(late["label"]), first=Value("date", late["first_on"]))
    return Check(rule, "few", seen, said)


def severity(pain: PainPoint, revenue_year: float) -> Severity:
    """high: proven worse and at least LARGE_SHARE of a year's revenue; medium: one of the two; low: neither."""
    large = pain.stake is not None and revenue_year > 0 and pain.stake / revenue_year >= LARGE_SHARE
    return "high" if pain.worse and large else "medium" if pain.worse or large else "low"


def in_order(checks: list[Check], revenue_year: float) -> list[PainPoint]:
    """The pain points by severity, then what names the parts of the business in which it happens, what is proven to get
    worse, revenue, customers, rule; ranked from 1."""
    found = [replace(c.pain, severity=severity(c.pain, revenue_year)) for c in checks if c.pain is not None]
    place: Mapping[str, int] = {"high": 0, "medium": 1, "low": 2}
    found.sort(
        key=lambda p: (
            place[p.severity],
            p.rule not in LOCAL,
            not p.worse,
            -(p.stake or 0),
            -(p.customers or 0),
            p.rule,
        )
    )
    return [replace(pain, rank=rank) for rank, pain in enumerate(found, 1)]
