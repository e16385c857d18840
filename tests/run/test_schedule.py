"""When a playbook is executed: as soon as what it reads is there, and again where that has changed."""

import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from small import write_playbooks

from crm_lib.run.plan import Step, playbooks
from crm_lib.run.schedule import Schedule

READS = {  # what the small playbooks read, and a session that reads by a name that is made up as it goes
    "layering": "1",
    "strategy": 'session.read("layers"), session.read("targets")',
    "monitoring": 'session.read("strategy_plan"); session.read_or_none("iterations", cycles_back=1)',
    "review": 'session.read("task_status"), session.read("layers")',
}


class Desk:
    """Executes by calling the functions given by phase; a handoff is a line in `left`."""

    def __init__(self, work: Mapping[str, Callable[["Desk"], object]], known: Mapping[str, str] | None = None) -> None:
        self.work, self.known = work, known or {}
        self.left: dict[str, int] = {}
        self.log: list[str] = []
        self.most = self.now = 0

    def leave(self, artifact: str, value: int = 1) -> None:
        self.left[artifact] = value

    def key(self, step: Step) -> str:
        return f"{step.playbook.phase} {[self.left.get(name) for name in sorted(step.playbook.may_read)]}"

    def is_there(self, artifact: str) -> bool:
        return artifact in self.left

    def cached(self, step: Step, key: str) -> bool:
        return step.playbook.phase in self.known

    def execute(self, step: Step, report: Callable[[int], None]) -> object:
        phase = step.playbook.phase
        self.now += 1
        self.most = max(self.most, self.now)
        self.log.append(f"{phase} begins")
        try:
            return self.work.get(phase, lambda desk: phase)(self) or phase
        finally:
            report(1)
            self.log.append(f"{phase} ends")
            self.now -= 1


@pytest.fixture
def five(tmp_path: Path) -> list[Step]:
    return [Step(playbook, {}) for playbook in playbooks(write_playbooks(tmp_path, READS))]


def done(steps: list[Step], desk: Desk, cell: Callable[[Step, int], None] = lambda step, n: None) -> list[str]:
    return [execution.step.playbook.phase for execution in Schedule(steps, desk, cell).run()]


def all_handoffs(desk: Desk) -> None:
    for name in ("layers", "targets", "scope_members", "strategy_plan", "task_status"):
        desk.leave(name)


def test_steps_that_read_nothing_of_each_other_are_executed_together(five: list[Step]):
    met = threading.Barrier(2)
    desk = Desk({"diagnosis": lambda desk: met.wait(10), "layering": lambda desk: met.wait(10)})
    assert sorted(done(five[:2], desk)) == ["diagnosis", "layering"]
    assert desk.most == 2


def test_a_step_begins_when_its_handoff_is_there_though_the_other_has_not_ended(five: list[Step]):
    begun = threading.Event()

    def plan(desk: Desk) -> None:
        desk.leave("strategy_plan")
        assert begun.wait(10)

    desk = Desk({"strategy": plan, "monitoring": lambda desk: begun.set()})
    assert done(five[2:4], desk) == ["strategy", "monitoring"]  # done in order, though the second ended first
    assert desk.log.index("monitoring begins") < desk.log.index("strategy ends")


def test_a_step_waits_for_a_handoff_that_is_late(five: list[Step]):
    def plan(desk: Desk) -> None:
        time.sleep(0.3)
        desk.leave("strategy_plan")

    seen: list[bool] = []
    desk = Desk({"strategy": plan, "monitoring": lambda desk: seen.append("strategy_plan" in desk.left)})
    done(five[2:4], desk)
    assert seen == [True]


def test_a_step_that_read_what_was_changed_later_is_executed_again(five: list[Step]):
    begun, read = threading.Event(), []

    def plan(desk: Desk) -> None:
        desk.leave("strategy_plan", 1)
        assert begun.wait(10)
        desk.leave("strategy_plan", 2)

    def watch(desk: Desk) -> str:
        read.append(desk.left["strategy_plan"])
        begun.set()
        return f"of {read[-1]}"

    found = list(Schedule(five[2:4], Desk({"strategy": plan, "monitoring": watch}), lambda step, n: None).run())
    assert read == [1, 2]
    assert found[1].notebook == "of 2"


def test_a_failure_counts_only_on_what_stands(five: list[Step]):
    begun = threading.Event()

    def plan(desk: Desk) -> None:
        desk.leave("strategy_plan", 1)
        assert begun.wait(10)
        desk.leave("strategy_plan", 2)

    def watch(desk: Desk) -> None:
        begun.set()
        if desk.left["strategy_plan"] == 1:
            raise ValueError("half a plan")

    assert done(five[2:4], Desk({"strategy": plan, "monitoring": watch})) == ["strategy", "monitoring"]


def test_the_first_failure_in_order_is_raised(five: list[Step]):
    failed = threading.Event()

    def late(desk: Desk) -> None:
        desk.leave("strategy_plan")
        assert failed.wait(10)
        time.sleep(0.1)
        raise ValueError("first")

    def early(desk: Desk) -> None:
        failed.set()
        raise ValueError("second")

    with pytest.raises(ValueError, match="first"):
        done(five[2:4], Desk({"strategy": late, "monitoring": early}))


@pytest.mark.parametrize(
    "source",
    [
        'name = "targets"; session.read(name)',
        "import own",
        "from own.part import look",
        "%run own.py",
        "from crm_lib import handoff",
        "this is no Python",
    ],
)
def test_a_playbook_whose_reads_are_hidden_waits_for_all_before_it(tmp_path: Path, source: str):
    (tmp_path / "own.py").touch()
    hidden = READS | {"layering": source}
    steps = [Step(playbook, {}) for playbook in playbooks(write_playbooks(tmp_path, hidden))][:2]
    desk = Desk({"diagnosis": lambda desk: time.sleep(0.2)})
    assert done(steps, desk) == ["diagnosis", "layering"]
    assert desk.log == ["diagnosis begins", "diagnosis ends", "layering begins", "layering ends"]


def test_what_is_known_is_not_executed_and_cells_are_told(five: list[Step]):
    desk = Desk({}, known=dict.fromkeys(("diagnosis", "layering", "strategy", "monitoring"), ""))
    told: list[str] = []
    assert done(five, desk, lambda step, n: told.append(step.playbook.phase)) == [s.playbook.phase for s in five]
    assert set(told) == {"review"}
    assert desk.log == ["review begins", "review ends"]


def test_all_five_come_out_whatever_their_pace(five: list[Step]):
    desk = Desk(dict.fromkeys(("diagnosis", "layering", "strategy", "monitoring", "review"), all_handoffs))
    assert sorted(done(five, desk)) == sorted(step.playbook.phase for step in five)
    assert desk.most <= 2
