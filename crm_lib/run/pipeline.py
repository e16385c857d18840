"""One run: contract, then each playbook in a kernel of its own while the one before is rendered, then publish."""

from __future__ import annotations

import json
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, wait
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from crm_lib.engagement import FILE_NAME
from crm_lib.errors import Problem, UserError
from crm_lib.handoff import ARTIFACTS
from crm_lib.language import LANGUAGES, catalogue, msg, user_language
from crm_lib.paths import REPORTS
from crm_lib.report.render import FORMATS
from crm_lib.run import carry, manifest, preload, private
from crm_lib.run.cache import Cache, key, library
from crm_lib.run.engine_address import reference
from crm_lib.run.lock import only_run
from crm_lib.run.plan import (
    FILES,
    LISTS,
    LISTS_FILE,
    PHASES,
    Asked,
    Checked,
    Step,
    playbooks,
)
from crm_lib.run.progress import Teller
from crm_lib.run.publish import Staging, latest
from crm_lib.run.schedule import MOST, Execution, Schedule
from crm_lib.run.spare_kernels import SpareKernels
from crm_lib.run.workers import Workers

CELL_SECONDS = 3600
_CHECK, _RENDER = "check", "render"  # lanes of workers
_RENDERERS = 2
_UNUSED = ("rfc3987_syntax", "isoduration", "pyarrow")  # formats that no notebook has, files on a Hadoop cluster


@dataclass(frozen=True)
class Order:
    """A run as it was asked for; languages and formats where they are not the engagement's."""

    asked: Asked
    languages: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    out: Path = REPORTS
    fresh: bool = False
    cell_seconds: int = CELL_SECONDS


@dataclass
class Made:
    """A published run. `seconds` by phase and part."""

    folder: Path
    checked: Checked
    languages: Sequence[str]
    formats: Sequence[str]
    seconds: dict[str, float] = field(default_factory=dict)
    cached: list[str] = field(default_factory=list)
    origins: dict[str, carry.Origin] = field(default_factory=dict)
    taken: carry.Taken = field(default_factory=carry.Taken)
    lists: Path | None = None  # of customers by name, for internal use


def run(order: Order, teller: Teller) -> Made:
    """Publish the run. Raise UserError, OSError (disk full), notebook.PlaybookFailed; `latest` is then as it was."""
    began = time.perf_counter()
    private.sweep()
    folder = order.asked.folder.resolve()
    with Workers() as workers, ExitStack() as stack:
        checking = workers.submit(_CHECK, preload.CONTRACT, "crm_lib.run.contract:check", order.asked)
        workers.open(_RENDER, _RENDERERS)
        for _ in range(_RENDERERS):
            arguments = list(order.languages or LANGUAGES), list(order.formats or FORMATS)
            workers.submit(_RENDER, preload.RENDER, "crm_lib.run.deliver:warm", *arguments)
        notebook = _notebook()
        kernels = stack.enter_context(SpareKernels(notebook, order.asked.playbooks))
        kernels.come_up(min(MOST, len(order.asked.phases) or MOST), checking)
        library(), manifest.program()  # asked for later: looked up while the data are prepared
        checked: Checked = checking.result()
        workers.end(_CHECK)
        _no_address_among_reports(order, checked)
        _not_among_anothers(order, checked)
        report = checked.engagement.report
        made = Made(folder, checked, order.languages or report.languages, order.formats or report.formats)
        made.seconds["prepare"] = time.perf_counter() - began
        teller.say(msg("run.progress.checked", files=len(checked.inputs), seconds=made.seconds["prepare"]))
        for sentence in checked.set_aside:
            teller.say(sentence)
        teller.begin(checked.steps)
        with only_run(folder / ".work"), _staging(order, made, workers) as staging:
            _Run(order, made, staging, workers, teller, kernels, notebook).all_steps()
            made.seconds["total"] = time.perf_counter() - began
            _write_manifest(staging, made)
            _write_origins(staging, made)
            made.folder = staging.publish()
            if made.lists:
                made.lists = made.lists.replace(folder / LISTS_FILE)
    return made


def _no_address_among_reports(order: Order, checked: Checked) -> None:
    """Raise UserError where a file with a database's address lies where reports are published."""
    named: dict[str, Any] = {source.place: source for source in checked.engagement.sources}
    named["engine_url_file"] = reference(checked.engagement)
    if any(one.url_file for one in named.values()):
        from crm_lib.ingest.databases.database_url import lies_in

        told = {place: one for place, one in named.items() if lies_in(one, order.asked.folder, order.out)}
        words = {place: msg("errors.data.sql.file_published", file=one.url_file or "") for place, one in told.items()}
        if told:
            raise UserError([Problem(message, f"{FILE_NAME} {place}") for place, message in words.items()])


def _not_among_anothers(order: Order, checked: Checked) -> None:
    """Raise UserError where the runs of the engagement's id were made for another client: phases are taken over."""
    root, handoffs = order.out.resolve() / checked.engagement.id, order.asked.folder / ".work" / "handoffs"
    if client := carry.of_another_client(root, latest(handoffs), checked.engagement):
        message = msg("run.another_client", id=checked.engagement.id, client=client, folder=str(root))
        raise UserError([Problem(message, f"{FILE_NAME} id")])


def _notebook() -> ModuleType:
    """The module that executes, imported without what papermill and jsonschema import where it can be had and a run has
    no use of: the grammar of IRIs alone takes 2 s to compile."""
    hidden = [name for name in _UNUSED if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]
    try:
        from crm_lib.run import notebook
    finally:
        for name in hidden:
            del sys.modules[name]
    return notebook


@contextmanager
def _staging(order: Order, made: Made, workers: Workers) -> Iterator[Staging]:
    """Folders to build in, removed unless published; whoever writes into them is ended first."""
    engagement = made.checked.engagement
    staging = Staging(order.out.resolve() / engagement.id, made.folder / ".work" / "handoffs", engagement.as_of)
    try:
        yield staging
    except BaseException:
        workers.kill()
        raise
    finally:
        staging.drop()
        _staged_lists(made).unlink(missing_ok=True)


class _Run:
    def __init__(
        self,
        order: Order,
        made: Made,
        staging: Staging,
        workers: Workers,
        teller: Teller,
        kernels: SpareKernels,
        notebook: ModuleType,
    ) -> None:
        self.order, self.made, self.staging, self.workers = order, made, staging, workers
        self.teller, self.kernels, self.notebook = teller, kernels, notebook
        self.work = made.folder / ".work"
        self.engagement = made.checked.engagement
        self.cycle = f"cycle-{self.engagement.cycle.number}"
        self.handoffs = staging.handoffs / self.cycle
        self.cache = Cache(self.work / "cache")
        self.rendering: dict[Future[float], str] = {}
        self.listing: Future[Path | None] | None = None
        self.executed: dict[str, Path] = {}
        self.begun: set[str] = set()  # phases that have a kernel
        every = playbooks(order.asked.playbooks)  # those of this run are read already
        self.playbooks = {p.phase: p for p in (*every, *(step.playbook for step in made.checked.steps))}
        engine = self.engagement.engine_url_env
        hidden = {source.url_env for source in self.engagement.sources if source.url_env and source.url_env != engine}
        kernels.point(made.checked.canonical, staging.handoffs, hidden)

    def all_steps(self) -> None:
        (self.staging.reports / carry.NOTEBOOKS).mkdir()
        self._say_basis()
        try:
            for execution in Schedule(self.made.checked.steps, self, self._cell).run():
                self._end(execution)
                _raise_first(self.rendering)
        except self.notebook.PlaybookFailed as failed:
            failed.kept = self._keep_failed(failed)
            raise
        self.teller.say(msg("run.progress.rendering"))
        wait(self.rendering, return_when=FIRST_EXCEPTION)
        _raise_first(self.rendering)
        self.made.lists = self.listing.result() if self.listing else None
        self.made.cached.sort(key=PHASES.index)  # whatever came first
        self.made.origins = {phase: self.made.origins[phase] for phase in PHASES if phase in self.made.origins}
        self.made.seconds["render"] = sum(future.result() for future in self.rendering)
        self._take_over()
        self._index()
        self.workers.end(_RENDER)
        self.cache.trim()

    def _say_basis(self) -> None:
        """Which runs' handoffs this run reads."""
        steps = [step.playbook for step in self.made.checked.steps]
        read = {ARTIFACTS[name].phase for playbook in steps for name in playbook.reads} - {p.phase for p in steps}
        known = carry.read_origins((latest(self.work / "handoffs") or self.work) / carry.ORIGINS)
        basis = {phase: known[name] for phase in read if (name := f"{self.cycle}/{phase}") in known}
        for message in carry.builds_on(basis):
            self.teller.say(message)

    def _take_over(self) -> None:
        """Put beside this run's phases what stands of the others in earlier runs."""
        made, run = self.made, self.staging.run
        others = [phase for phase in PHASES if phase not in made.origins]
        now = {phase: carry.origin(run, phase, made.checked, self._visible(phase)) for phase in others}
        made.taken = carry.take_over(self.staging.reports.parent, self.staging.reports, now)
        for message in carry.carried(made.taken.phases, made.taken.left):
            self.teller.say(message)

    def key(self, step: Step) -> str:
        """Of the step's entry in the cache."""
        visible = self._visible(step.playbook.phase)
        return key(step, self.engagement, self.made.checked.canonical.name, visible)

    def is_there(self, artifact: str) -> bool:
        return (self.handoffs / f"{artifact}.parquet").exists()

    def cached(self, step: Step, key: str) -> bool:
        return not self.order.fresh and self.cache.get(key, self.handoffs)

    def execute(self, step: Step, report: Callable[[int], None]) -> Any:
        """In a thread. The kernel is the one that was launched ahead, if nobody has it yet."""
        self.begun.add(step.playbook.phase)
        kernel = self.kernels.take()
        try:
            return self.notebook.execute(
                step, report, self.kernels.env, step.playbook.path.parent, self.order.cell_seconds, kernel
            )
        finally:
            if kernel:
                kernel.close()

    def _cell(self, step: Step, done: int) -> None:
        """Tell of it; while it is executed, a kernel comes up for a step that has not begun."""
        self.teller.cell(step, done)
        if self.kernels.is_empty() and len(self.begun) < len(self.made.checked.steps):
            self.kernels.launch()

    def _end(self, execution: Execution) -> None:
        """Keep what was executed and have it rendered."""
        step, phase = execution.step, execution.step.playbook.phase
        cached = execution.notebook is None
        if cached:
            self.made.cached.append(phase)
        else:
            self.cache.put(execution.key, execution.notebook, _written(self.handoffs, step))
        self.made.origins[phase] = carry.origin(self.staging.run, phase, self.made.checked, self._visible(phase))
        self.made.seconds[phase] = execution.seconds
        self._deliver(step, self.cache.notebook(execution.key))
        self._list()
        self.teller.end(step, execution.seconds, cached)

    def _keep_failed(self, failed: Any) -> Path:
        folder = self.work / "failed"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        words = catalogue(user_language()).text(failed.message)
        path = folder / f"{FILES[PHASES.index(failed.phase)]}.ipynb"
        path.write_text(json.dumps(self.notebook.with_error(failed.notebook, words), indent=1), encoding="utf-8")
        return path

    def _deliver(self, step: Step, executed: Path) -> None:
        self.executed[step.playbook.phase] = executed
        for language in self.made.languages:
            kept = self.staging.reports / carry.NOTEBOOKS / step.playbook.path.name
            shown = kept if language == self.made.languages[0] else None
            base = self.staging.reports / f"{step.playbook.name}.{language}"
            arguments = (executed, base, language, list(self.made.formats), shown)
            job = self.workers.submit(_RENDER, preload.RENDER, "crm_lib.run.deliver:deliver", *arguments)
            self.rendering[job] = base.name

    def _list(self) -> None:
        """Have the lists of customers written once all phases that name them are done."""
        named = {ARTIFACTS[name].phase for name in LISTS}
        wanted = named & {step.playbook.phase for step in self.made.checked.steps}
        if self.listing is None and wanted <= self.made.origins.keys():
            earlier = [self.staging.earlier / self.cycle] if self.staging.earlier else []
            arguments = ([self.handoffs, *earlier], self.made.checked.canonical, _staged_lists(self.made))
            target = "crm_lib.run.lists:write"
            self.listing = self.workers.submit(_RENDER, preload.RENDER, target, *arguments, self.engagement)

    def _index(self) -> None:
        taken, reports = self.made.taken, self.staging.reports
        executed = self.executed | {phase: reports / carry.notebook_of(phase) for phase in taken.phases}
        names = {phase: carry.deliverable_name(phase) for phase in PHASES if phase in executed}
        languages = list(dict.fromkeys([*self.made.languages, *taken.languages]))
        notes = {phase: carry.note(*found) for phase, found in taken.phases.items()}
        arguments = (executed, names, reports, self.staging.run, languages, notes)
        self.workers.submit(_RENDER, preload.RENDER, "crm_lib.run.deliver:write_index", *arguments).result()

    def _visible(self, phase: str) -> dict[str, Path]:
        """Handoffs that the phase may read: of this cycle what earlier phases left, of earlier cycles all; of both what
        its playbook asks for."""
        earlier = PHASES[: PHASES.index(phase)]
        wanted, found = self.playbooks[phase].may_read, dict[str, Path]()
        for root in (latest(self.work / "handoffs"), self.staging.handoffs):
            for path in sorted(root.glob("cycle-*/*.parquet")) if root else ():
                if path.stem in wanted and (path.parent.name != self.cycle or ARTIFACTS[path.stem].phase in earlier):
                    found[f"{path.parent.name}/{path.name}"] = path
        return found


def _written(handoffs: Path, step: Step) -> list[Path]:
    return [path for path in sorted(handoffs.glob("*.parquet")) if ARTIFACTS[path.stem].phase == step.playbook.phase]


def _raise_first(jobs: Mapping[Future[float], str]) -> None:
    """Raise the error of the first job that failed, with what it was about."""
    for job, name in jobs.items():
        if job.done() and (error := job.exception()):
            error.add_note(name)
            raise error


def _write_manifest(staging: Staging, made: Made) -> None:
    taken = made.taken.phases
    told = {
        "languages": list(made.languages),
        "formats": list(made.formats),
        "seconds": {name: round(seconds, 3) for name, seconds in made.seconds.items()},
        "from_cache": made.cached,
        "parameters": {s.playbook.phase: dict(s.parameters) for s in made.checked.steps} | made.taken.parameters,
        "taken_over": {phase: found for phase, (_, found) in taken.items()},
        "origins": carry.as_json(made.origins | {phase: one for phase, (one, _) in taken.items()}),
    }
    manifest.write(staging.reports, staging.run, made.checked, told)


def _staged_lists(made: Made) -> Path:
    """Where the lists of the customers by name are until the run is published."""
    return made.folder / f"{LISTS_FILE}.new"


def _write_origins(staging: Staging, made: Made) -> None:
    """Which run made which handoffs, those that are carried over included."""
    earlier = carry.read_origins((staging.earlier or staging.handoffs) / carry.ORIGINS)
    cycle = f"cycle-{made.checked.engagement.cycle.number}"
    carry.write_origins(staging.handoffs, earlier | {f"{cycle}/{phase}": one for phase, one in made.origins.items()})
