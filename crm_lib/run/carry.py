"""What a run of some phases takes over from the run before it, so that `latest` is always the whole picture.

Each phase has an origin: the run that made it, and what it was made from. It stands in the run's manifest.json beside
the deliverables, and in origins.json beside the handoffs.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from crm_lib.engagement import Engagement
from crm_lib.handoff import ARTIFACTS
from crm_lib.language import Message, Value, msg, term
from crm_lib.run.cache import digest
from crm_lib.run.plan import FILES, PHASES, PLANNING, Checked

MANIFEST = "manifest.json"
ORIGINS = "origins.json"
NOTEBOOKS = "notebooks"
_RUN = re.compile(r"\d{4}-\d\d-\d\d-r\d+")
Verdict = Literal["fits", "outdated", "other"]


@dataclass(frozen=True)
class Days:
    """Cycle and last day that a phase tells of; days are ISO."""

    cycle: int
    baseline: str
    start: str
    known_until: str


@dataclass(frozen=True)
class Origin:
    """The run that made a phase, and the hashes of what it was made from; `handoffs` by name."""

    run: str
    days: Days
    inputs: str
    settings: str
    handoffs: Mapping[str, str]


def days(phase: str, engagement: Engagement) -> Days:
    cycle = engagement.cycle
    known_until = cycle.baseline if phase in PLANNING else engagement.as_of
    return Days(cycle.number, cycle.baseline.isoformat(), cycle.start.isoformat(), known_until.isoformat())


def origin(run: str, phase: str, checked: Checked, handoffs: Mapping[str, Path]) -> Origin:
    """Origin of a phase that `run` makes. `handoffs`: the tables it may read, by name."""
    settings = checked.engagement.model_dump(mode="json")
    del settings["as_of"]  # phases 1 to 3 do not see it; for the others it is their last day
    for shown in ("languages", "formats"):
        settings["report"].pop(shown)
    read = {name: digest(path) for name, path in sorted(handoffs.items())}
    return Origin(run, days(phase, checked.engagement), _hash(checked.inputs), _hash(settings), read)


def _hash(told: object) -> str:
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def verdict(made: Origin, now: Origin) -> Verdict:
    """Whether what was made then tells of the days that it would tell of now, and would come out the same."""
    if made.days != now.days:
        return "other"
    return "fits" if replace(made, run=now.run) == now else "outdated"


def read_origins(file: Path) -> dict[str, Origin]:
    """Origins by phase in a manifest.json, by 'cycle-<n>/<phase>' in an origins.json; none where it cannot be read."""
    try:
        told = json.loads(file.read_text(encoding="utf-8"))["origins"]
        return {name: Origin(**one | {"days": Days(**one["days"])}) for name, one in told.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def as_json(origins: Mapping[str, Origin]) -> dict[str, dict[str, Any]]:
    return {name: asdict(one) for name, one in origins.items()}


def write_origins(folder: Path, origins: Mapping[str, Origin]) -> None:
    """origins.json beside handoffs."""
    text = json.dumps({"origins": as_json(origins)}, indent=1)
    (folder / ORIGINS).write_text(text + "\n", encoding="utf-8")


@dataclass
class Taken:
    """What a run takes over: phase -> origin and verdict, what is left out, and more of the copied phases."""

    phases: dict[str, tuple[Origin, Verdict]] = field(default_factory=dict)
    left: dict[str, Origin] = field(default_factory=dict)
    languages: list[str] = field(default_factory=list)
    parameters: dict[str, Any] = field(default_factory=dict)


def take_over(root: Path, target: Path, now: Mapping[str, Origin]) -> Taken:
    """Copy into `target` the phases `now` from the newest run under `root` that made them of the same days.

    `now`: what would be their origin in this run.
    """
    taken = Taken()
    told = {run: read_origins(run / MANIFEST) for run in _runs(root)} if now else {}
    for phase, wanted in now.items():
        made = [(run, origins[phase]) for run, origins in told.items() if phase in origins]
        fitting = [(run, one) for run, one in made if verdict(one, wanted) != "other"]
        copied = copy_phase(phase, fitting[0][0], target) if fitting else []
        if copied:
            run, one = fitting[0]
            old = {earlier for earlier, (_, found) in taken.phases.items() if found == "outdated"}
            taken.phases[phase] = one, "outdated" if old & _built_on(one) else verdict(one, wanted)
            taken.languages += [language for language in languages_of(copied) if language not in taken.languages]
            taken.parameters[phase] = _told(run).get("parameters", {}).get(phase, {})
        elif made:
            taken.left[phase] = made[0][1]
    return taken


def of_another_client(root: Path, handoffs: Path | None, engagement: Engagement) -> str | None:
    """Client of the newest run under `root`, where it is another's: neither a name of the client nor an origin of the
    engagement's own `handoffs` is the same."""
    for run in _runs(root)[:1] if root.is_dir() else ():
        names = set(_told(run).get("engagement", {}).get("client", {}).values())
        own = read_origins(handoffs / ORIGINS).values() if handoffs else ()
        same = any(one in own for one in read_origins(run / MANIFEST).values())
        if names and not same and not names & set(engagement.client.name.model_dump().values()):
            return " · ".join(sorted(names))
    return None


def _told(run: Path) -> dict[str, Any]:
    """Its manifest.json; nothing where that cannot be read."""
    try:
        told = json.loads((run / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}


def _built_on(one: Origin) -> set[str]:
    """Phases of the same cycle whose handoffs the phase was made from."""
    own = (Path(name) for name in one.handoffs if name.startswith(f"cycle-{one.days.cycle}/"))
    return {ARTIFACTS[path.stem].phase for path in own if path.stem in ARTIFACTS}


def _runs(root: Path) -> list[Path]:
    """Folders of published runs, the newest first."""
    found = [path for path in root.iterdir() if not path.is_symlink() and _RUN.fullmatch(path.name)]
    times = {path: (path / MANIFEST).stat().st_mtime_ns for path in found if (path / MANIFEST).is_file()}
    return sorted(times, key=lambda path: (times[path], path.name), reverse=True)


def copy_phase(phase: str, source: Path, target: Path) -> list[Path]:
    """Copy a phase's deliverables and notebook to another run; nothing where the notebook is not there."""
    notebook = notebook_of(phase)
    if not (source / notebook).is_file():
        return []
    documents = [path.relative_to(source) for path in sorted(source.glob(f"{deliverable_name(phase)}.*.*"))]
    for path in (notebook, *documents):
        shutil.copyfile(source / path, target / path)
    return documents


def notebook_of(phase: str) -> Path:
    """Where a run keeps the phase's executed notebook."""
    return Path(NOTEBOOKS) / f"{FILES[PHASES.index(phase)]}.ipynb"


def deliverable_name(phase: str) -> str:
    return FILES[PHASES.index(phase)].replace("_", "-")


def languages_of(documents: Iterable[Path]) -> list[str]:
    """Languages of deliverables, 'zh' of '01-diagnosis.zh.html'."""
    return sorted({path.name.split(".")[-2] for path in documents})


def builds_on(origins: Mapping[str, Origin]) -> Iterator[Message]:
    """Which runs the phases come from that this run reads from and does not make."""
    for run in sorted({one.run for one in origins.values()}):
        phases = [phase for phase in PHASES if phase in origins and origins[phase].run == run]
        yield msg("run.carry.builds_on", run=run, phases=_phases(phases))


def carried(taken: Mapping[str, tuple[Origin, Verdict]], left: Mapping[str, Origin]) -> Iterator[Message]:
    """What was taken over, what of it may no longer hold, and what was left out."""
    for run in sorted({one.run for one, _ in taken.values()}):
        phases = [phase for phase in PHASES if phase in taken and taken[phase][0].run == run]
        yield msg("run.carry.carried", run=run, phases=_phases(phases))
    old = [phase for phase in PHASES if phase in taken and taken[phase][1] == "outdated"]
    if old:
        yield msg("run.carry.outdated", phases=_phases(old), options=_options(old))
    for phase in (phase for phase in PHASES if phase in left):
        one = left[phase]
        yield msg(
            "run.carry.left_out",
            phase=term(f"phase.{phase}"),
            run=one.run,
            cycle=one.days.cycle,
            baseline=Value("date", one.days.baseline),
            day=Value("date", one.days.known_until),
            options=_options([phase]),
        )


def note(one: Origin, found: Verdict) -> Message:
    """What the index page says of a phase that another run made."""
    return msg("run.carry.note_outdated", run=one.run) if found == "outdated" else msg("run.carry.note", run=one.run)


def _phases(phases: list[str]) -> Value:
    return Value("list", [term(f"phase.{phase}") for phase in phases])


def _options(phases: list[str]) -> str:
    return " ".join(f"--phase {PHASES.index(phase) + 1}" for phase in phases)
