"""Everything that a run takes for granted, checked before any kernel starts, every problem at once."""

from __future__ import annotations

import math
import string
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from crm_lib.engagement import FILE_NAME, Engagement, Examined, examine, read
from crm_lib.engagement_errors import place
from crm_lib.engagement_references import entries, ids
from crm_lib.errors import Problem, UserError, hint
from crm_lib.handoff import ARTIFACTS
from crm_lib.ingest.databases.snapshot import asked_once
from crm_lib.language import LANGUAGES, Message, Value, catalogue, msg, term
from crm_lib.metrics import METRICS, Metric
from crm_lib.paths import PROJECT
from crm_lib.report.brand import load_brand
from crm_lib.run import carry, plan
from crm_lib.run.data_checks import (
    alike_words,
    check_data,
    none_answered,
    set_aside,
    topped_up,
    unknown_owners,
    unnamed_values,
    utc_headers,
)
from crm_lib.run.engine_address import check_engine
from crm_lib.run.plan import Asked, Checked, Playbook
from crm_lib.run.prepare import fingerprints, prepare
from crm_lib.run.publish import LATEST, latest

_AS_OF = f"{FILE_NAME} as_of"
MOST_CHANGE = 2  # of a target against its baseline: thrice the baseline; who wants more says the level


def check(asked: Asked) -> Checked:
    """Raise UserError with every problem of engagement, parameters, data, metrics, handoffs, catalogue and brand."""
    chosen = plan.playbooks(asked.playbooks, asked.phases)
    given, problems = plan.parse_given(asked.parameters)
    problems += [*_unequal_catalogues(), *_brand()]
    problems += [Problem(msg("run.no_playbook"), where=str(p.path)) for p in chosen if not p.path.is_file()]
    chosen = [playbook for playbook in chosen if playbook.path.is_file()]
    problems += [playbook.problem for playbook in chosen if playbook.problem]
    chosen = [playbook for playbook in chosen if playbook.problem is None]
    try:
        own = read(asked.folder)
        examined = examine(own)
    except UserError as error:
        raise UserError([*error.problems, *problems]) from None
    engagement, more = _on_day(examined, asked.as_of)
    steps, wrong = plan.steps(chosen, given, engagement.parameters, _fixed(asked))
    problems = [*more, *problems, *wrong, *_metrics(examined.given)]
    if not examined.problems:
        problems += _handoffs(chosen, asked.folder, engagement)
        problems += check_engine(engagement, asked.folder.resolve())
    with asked_once(asked.folder):
        found = check_data(asked.folder, engagement)
        problems += [replace(p, where="--as-of") if asked.as_of and p.where == _AS_OF else p for p in found]
        if problems:
            raise UserError(problems)
        canonical = prepare(asked.folder, engagement)
        inputs = fingerprints(asked.folder, engagement)
    said = [*set_aside(canonical, engagement.as_of, engagement.sources), *unknown_owners(canonical, engagement)]
    said += [
        *none_answered(canonical),
        *topped_up(canonical),
        *alike_words(canonical),
        *unnamed_values(canonical, engagement),
    ]
    said += [*utc_headers(canonical, engagement), *_cost_in_yuan(own, engagement)]
    return Checked(engagement, steps, canonical, inputs, said)


def _cost_in_yuan(own: Mapping[str, Any], engagement: Engagement) -> Iterator[Message]:
    """That a preset's cost of a contact is counted as if it were in the report's currency."""
    currency = engagement.report.currency
    if currency != "CNY" and "contact_cost" not in own.get("churn", {}):
        yield msg("run.remark.cost_in_yuan", cost=f"{engagement.churn.contact_cost:g}", currency=currency)


def _on_day(examined: Examined, as_of: date | None) -> tuple[Engagement, list[Problem]]:
    """The engagement on the day that was asked for, and everything that is wrong with it."""
    problems, engagement = list(examined.problems), examined.engagement
    if problems:
        if as_of and engagement.cycles and (baseline := engagement.cycle.baseline) > as_of:
            args = {"as_of": str(as_of), "baseline": str(baseline)}
            problems.append(Problem(msg("errors.engagement.cycles.as_of_before_baseline", **args), "--as-of"))
        return engagement.model_copy(update={"as_of": as_of} if as_of else {}), problems
    try:
        return engagement.with_as_of(as_of), problems
    except UserError as error:
        return engagement, error.problems


def _fixed(asked: Asked) -> dict[str, plan.Plain]:
    """The parameters that every playbook has; the folder as seen from the playbooks, so that it names no machine."""
    folder = asked.folder.resolve()
    engagement = str(folder)
    if folder.is_relative_to(PROJECT):
        seen = f"../{folder.relative_to(PROJECT).as_posix()}"
        beside = asked.playbooks / seen  # where a copy of the playbooks would look first
        engagement = seen if not beside.exists() or beside.resolve() == folder else engagement
    return {"engagement": engagement, "as_of": asked.as_of.isoformat() if asked.as_of else ""}


def _metrics(given: Mapping[str, Any]) -> Iterator[Problem]:
    """Targets and strategies on metrics that do not exist, or whose tables no source gives."""
    tables = {"customers", *ids(entries(given, "sources"), "table")}
    tables |= {"orders"} if "order_lines" in tables else set()
    for name in ("targets", "strategies"):
        for i, entry in entries(given, name):
            metric = entry.get("metric")
            where = f"{FILE_NAME} {place((name, i, 'metric'), given)}"
            if not isinstance(metric, str):
                continue
            if metric not in METRICS:
                yield Problem(msg("run.metric.unknown", metric=metric, hint=hint(metric, METRICS)), where)
                continue
            if missing := sorted(set(METRICS[metric].needs) - tables):
                lacking = Value("list", [term(f"table.{table}") for table in missing])
                yield Problem(msg("run.metric.no_data", metric=metric, tables=lacking), where)
            for key in ("value", "target", "change"):
                if message := _no_level(METRICS[metric], key, entry.get(key)):
                    yield Problem(message, f"{FILE_NAME} {place((name, i, key), given)}")


def _no_level(metric: Metric, key: str, found: Any) -> Message | None:
    """Why the metric can come to no such level, or by no such change: mostly 48 written for 48 %."""
    if isinstance(found, bool) or not isinstance(found, (int, float)):
        return None
    least, most = metric.least if math.isfinite(metric.least) else 0, metric.most
    if key == "change":
        kind, least, most = "change", -1, MOST_CHANGE
    elif metric.kind == "percent":
        kind, least, most = "share", 0, 1
    else:
        kind = "between" if math.isfinite(most) else "negative"
    if least <= found <= most:
        return None
    return msg(f"run.metric.{kind}", metric=metric.name, found=f"{found:g}", least=f"{least:g}", most=f"{most:g}")


def _handoffs(chosen: Sequence[Playbook], folder: Path, engagement: Engagement) -> Iterator[Problem]:
    """What a phase reads must come from a phase before it in this run, or have been published by an earlier run."""
    running = {playbook.phase for playbook in chosen}
    published = latest(folder / ".work" / "handoffs") or folder / ".work" / "handoffs" / LATEST
    for playbook in chosen:
        for name in playbook.reads:
            if ARTIFACTS[name].phase not in running and (message := _unusable(name, published, engagement)):
                yield Problem(message, where=playbook.path.name)


def _unusable(artifact: str, published: Path, engagement: Engagement) -> Message | None:
    """Why a published handoff cannot be built on: it is not there, or tells of other days."""
    phase, cycle = ARTIFACTS[artifact].phase, f"cycle-{engagement.cycle.number}"
    named: dict[str, Value] = {
        "phase": term(f"phase.{phase}"),
        "number": Value("int", plan.PHASES.index(phase) + 1),
        "artifact": Value("text", artifact),
    }
    if not (published / cycle / f"{artifact}.parquet").exists():
        later = engagement.cycle.number > 1  # who ran the phase before has run it for another cycle
        return msg(
            "run.handoff_missing_cycle" if later else "run.handoff_missing", cycle=engagement.cycle.number, **named
        )
    made, now = carry.read_origins(published / carry.ORIGINS).get(f"{cycle}/{phase}"), carry.days(phase, engagement)
    if made is None or made.days == now:
        return None
    days = {"made": Value("date", made.days.known_until), "now": Value("date", now.known_until)}
    return msg("run.handoff_other_days", run=made.run, **days, **named)


def _brand() -> list[Problem]:
    try:
        load_brand()
    except UserError as error:
        return error.problems
    return []


def _unequal_catalogues() -> Iterator[Problem]:
    """Messages that one language lacks, or with other arguments."""
    all_words = {language: catalogue(language) for language in LANGUAGES}
    every = sorted({id for words in all_words.values() for id in words.ids})
    for id in every:
        lacking = [language for language, words in all_words.items() if id not in words]
        if lacking:
            yield Problem(msg("run.translation.missing", id=id), where=f"templates/locale/{lacking[0]}")
        elif len({arguments(words.word(id)) for words in all_words.values()}) > 1:
            yield Problem(msg("run.translation.arguments", id=id), where="templates/locale")


def arguments(text: str) -> frozenset[str]:
    """Names in braces."""
    return frozenset(_names(string.Formatter().parse(text)))


def _names(parts: Iterable[tuple[str, str | None, str | None, str | None]]) -> Iterator[str]:
    yield from (name for _, name, _, _ in parts if name is not None)
