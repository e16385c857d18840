"""Which playbooks run, in which order, with which parameters."""

from __future__ import annotations

import ast
import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crm_lib.errors import Problem, closest, hint
from crm_lib.handoff import ARTIFACTS
from crm_lib.language import Message, msg, term
from crm_lib.paths import PLAYBOOKS

if TYPE_CHECKING:
    from crm_lib.engagement import Engagement

PHASES = ("diagnosis", "layering", "strategy", "monitoring", "review")
FILES = ("01_diagnosis", "02_data_layering", "03_strategy", "04_monitoring", "05_review")
PLANNING = frozenset(PHASES[:3])  # these see only what was known at baseline
HANDOFFS_ENV = "CRM_HANDOFFS"  # set by the runner: the staging folder of this run's handoffs
CANONICAL_ENV = "CRM_CANONICAL"  # set by the runner: the folder that every phase of this run reads
RESERVED = frozenset({"engagement", "as_of"})  # given by the command itself
LISTS_FILE = Path(".work") / "lists.xlsx"  # of an engagement: its customers by name
# Handoff -> the column whose values are lists of their own.
LISTS = {
    "key_customer_list": "pain_point",
    "churn_contacts": "finding",
    "strategy_members": "strategy",
    "layers": "operating_class",
}
Plain = str | int | float | bool
_RUN = re.compile(r"^\s*%run\s+(?:-\S+\s+)*(\S+)", re.MULTILINE)
_MODULE = (".py", "/__init__.py")  # what a name that is imported may stand for
_LONGEST_NAME = 255  # bytes of a file's name


@dataclass(frozen=True)
class Playbook:
    """A phase's notebook; `name` is how its deliverables begin."""

    number: int
    phase: str
    path: Path

    @property
    def name(self) -> str:
        return self.path.stem.replace("_", "-")

    @cached_property
    def cells(self) -> list[dict[str, Any]]:
        return json.loads(self.path.read_text(encoding="utf-8"))["cells"]

    @cached_property
    def code(self) -> list[tuple[str, list[str]]]:
        """Source and tags of the code cells."""
        return [
            ("".join(cell["source"]), cell.get("metadata", {}).get("tags", []))
            for cell in self.cells
            if cell["cell_type"] == "code"
        ]

    @cached_property
    def defaults(self) -> dict[str, Plain]:
        """Parameter -> default, from the cell tagged `parameters`."""
        source = next((source for source, tags in self.code if "parameters" in tags), "")
        return dict(_assignments(ast.parse(source)))

    @cached_property
    def trees(self) -> list[ast.Module]:
        """Of the cells that are plain Python; what is wrong with another, its kernel will tell."""
        return [tree for source, _ in self.code if (tree := _parsed(source))]

    @property
    def problem(self) -> Problem | None:
        """What keeps the playbook from being read."""
        try:
            _ = self.cells, self.defaults
        except json.JSONDecodeError:
            return Problem(msg("run.playbook.no_notebook"), self.path.name)
        except (SyntaxError, ValueError):
            return Problem(msg("run.playbook.parameters"), self.path.name)
        except (KeyError, TypeError, AttributeError):
            return Problem(msg("run.playbook.no_notebook"), self.path.name)
        return None

    @cached_property
    def imports(self) -> list[str]:
        """Modules that the cells import."""
        return list(dict.fromkeys(name for tree in self.trees for node in ast.walk(tree) for name in _imported(node)))

    @cached_property
    def files(self) -> list[Path]:
        """Files that the cells name, as seen from the notebook, and the modules beside it that they import, with theirs."""
        folder, found, trees = self.path.parent, set[Path](), list(self.trees)
        named = {name for source, _ in self.code for name in _RUN.findall(source)}
        while trees or named:
            if trees:
                nodes = list(ast.walk(trees.pop()))
                named |= {
                    node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)
                }
                named |= {
                    f"{name.replace('.', '/')}{end}" for node in nodes for name in _imported(node) for end in _MODULE
                }
            name = named.pop() if named else ""
            path = folder / name
            if len(name) > _LONGEST_NAME or path in found or not path.is_file():
                continue
            found.add(path)
            if path.suffix == ".py" and (tree := _parsed(path.read_text(encoding="utf-8", errors="replace"))):
                trees.append(tree)
        return sorted(found)

    @cached_property
    def reads(self) -> list[str]:
        """Artifacts of this cycle that the playbook cannot do without: `session.read("...")`."""
        calls = [call for call in self._reading if call.func.attr == "read" and len(call.args) == 1]
        return sorted({name for call in calls if not call.keywords and (name := _constant(call))})

    @cached_property
    def may_read(self) -> frozenset[str]:
        """Artifacts that the playbook may read, of any cycle; all of them where its cells do not tell."""
        if not self.tells_reads:
            return frozenset(ARTIFACTS)
        return frozenset(name for call in self._reading if (name := _constant(call)) in ARTIFACTS)

    @cached_property
    def tells_reads(self) -> bool:
        """Whether the cells name all that they read: each is plain Python, and what they import stands elsewhere."""
        if not self.path.is_file() or self.problem:
            return False
        beside = {path.stem for path in self.path.parent.iterdir()} - {self.path.stem}
        hidden = any(name.split(".")[0] in beside or name.startswith("crm_lib.handoff") for name in self.imports)
        hidden |= any("%run" in source for source, _ in self.code)
        return not hidden and len(self.trees) == len(self.code) and None not in map(_constant, self._reading)

    @cached_property
    def _reading(self) -> list[Any]:
        """Calls of `.read(...)` and `.read_or_none(...)`."""
        nodes = [node for tree in self.trees for node in ast.walk(tree) if isinstance(node, ast.Call)]
        return [c for c in nodes if isinstance(c.func, ast.Attribute) and c.func.attr in ("read", "read_or_none")]


def playbooks(folder: Path = PLAYBOOKS, numbers: Iterable[int] = ()) -> list[Playbook]:
    """Playbooks of the phases by number, in order; all five where none are named."""
    chosen = sorted(set(numbers)) or range(1, len(PHASES) + 1)
    return [Playbook(n, PHASES[n - 1], folder / f"{FILES[n - 1]}.ipynb") for n in chosen]


def _parsed(source: str) -> ast.Module | None:
    """Tree of a cell without its magics and shell lines; None where that is no Python."""
    lines = source.splitlines()
    lines = lines[1:] if source.startswith("%%") else lines
    plain = ("" if line.lstrip().startswith(("%", "!", "?")) or line.rstrip().endswith("?") else line for line in lines)
    try:
        return ast.parse("\n".join(plain))
    except (SyntaxError, ValueError):
        return None


def _assignments(tree: ast.Module) -> Iterator[tuple[str, Plain]]:
    for node in tree.body:
        target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
        value = getattr(node, "value", None)
        if isinstance(target, ast.Name) and value is not None:
            yield target.id, ast.literal_eval(value)


def _imported(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
        yield node.module
        # `from crm_lib import diagnosis` names a module, `from x import function` does not: whoever imports, tries.
        yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _constant(call: ast.Call) -> str | None:
    """The call's first argument where it is written out."""
    first = call.args[0] if call.args else None
    return str(first.value) if isinstance(first, ast.Constant) else None


@dataclass(frozen=True)
class Step:
    """A playbook with its validated parameters, `engagement` and `as_of` among them."""

    playbook: Playbook
    parameters: Mapping[str, Plain]


def parse_given(given: Sequence[str]) -> tuple[dict[str, str], list[Problem]]:
    """Parameters of `-p name=value` arguments, and what is wrong with them."""
    found, problems = {}, []
    for item in given:
        name, equals, value = item.partition("=")
        if not equals or not name.strip().isidentifier():
            problems.append(Problem(msg("run.parameter.form"), where=f"-p {item}"))
        elif name.strip() in RESERVED:
            problems.append(Problem(msg("run.parameter.reserved"), where=f"-p {item}"))
        else:
            found[name.strip()] = value.strip()
    return found, problems


def steps(
    chosen: Sequence[Playbook],
    given: Mapping[str, str],
    settings: Mapping[str, Mapping[str, Plain]],
    fixed: Mapping[str, Plain],
) -> tuple[list[Step], list[Problem]]:
    """Steps, and every parameter that is unknown or of another type.

    `given` comes from the command line as text and goes to each phase that knows it; `settings` are the engagement's,
    by phase; `fixed` are `engagement` and `as_of`.
    """
    problems = [*_unknown_given(chosen, given), *_unknown_phases(settings)]
    made = []
    for playbook in chosen:
        values: dict[str, Plain] = dict(playbook.defaults)
        for name, value in settings.get(playbook.phase, {}).items():
            where = f"engagement.toml parameters.{playbook.phase}.{name} = {value!r}"
            _set(values, name, value, where, playbook, problems)
        for name, text in given.items():
            if name in playbook.defaults:
                _set(values, name, _from_text(text, playbook.defaults[name]), f"-p {name}={text}", playbook, problems)
        made.append(Step(playbook, values | dict(fixed)))
    return made, problems


def _set(
    values: dict[str, Plain], name: str, value: Plain | None, where: str, playbook: Playbook, problems: list[Problem]
) -> None:
    if name not in playbook.defaults or name in RESERVED:
        problems.append(Problem(_unknown(name, [playbook]), where))
        return
    default = playbook.defaults[name]
    if isinstance(default, float) and type(value) is int:
        value = float(value)
    if value is None or type(value) is not type(default):
        problem = msg("run.parameter.type", type=type(default).__name__, default=repr(default))
        problems.append(Problem(problem, where))
        return
    if _positive(default) and not _positive(value):
        problems.append(Problem(msg("run.parameter.positive", default=repr(default)), where))
        return
    if isinstance(default, float) and 0 < default < 1 < float(value):
        problems.append(Problem(msg("run.parameter.share", default=repr(default)), where))
        return
    values[name] = value


def _positive(value: Plain) -> bool:
    """A number above zero; a parameter that has one by default is a size, a share or a span, and needs one."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value > 0


def _from_text(text: str, default: Plain) -> Plain | None:
    """The text as a value of the default's type; None where it is none."""
    if isinstance(default, bool):
        return {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}.get(text.lower())
    if isinstance(default, str):
        return text
    try:
        value = type(default)(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _unknown_given(chosen: Sequence[Playbook], given: Mapping[str, str]) -> Iterator[Problem]:
    known = {name for playbook in chosen for name in playbook.defaults}
    for name in sorted(set(given) - known):
        elsewhere = next((other for other in _others(chosen) if name in other.defaults), None)
        yield Problem(_of_another(elsewhere) if elsewhere else _unknown(name, chosen), f"-p {name}={given[name]}")


def _others(chosen: Sequence[Playbook]) -> Iterator[Playbook]:
    """The playbooks beside these that can be read."""
    numbers = {playbook.number for playbook in chosen}
    for playbook in playbooks(chosen[0].path.parent) if chosen else ():
        if playbook.number not in numbers and playbook.path.is_file() and playbook.problem is None:
            yield playbook


def _of_another(playbook: Playbook) -> Message:
    return msg("run.parameter.other_phase", phase=term(f"phase.{playbook.phase}"), number=playbook.number)


def _unknown(name: str, playbooks: Sequence[Playbook]) -> Message:
    near = closest(name, {known for playbook in playbooks for known in playbook.defaults} - RESERVED)
    return msg("run.parameter.unknown_near" if near else "run.parameter.unknown", near=near, known=_known(playbooks))


def _unknown_phases(settings: Mapping[str, Any]) -> Iterator[Problem]:
    for phase in sorted(set(settings) - set(PHASES)):
        yield Problem(msg("run.parameter.phase", hint=hint(phase, PHASES)), f"engagement.toml parameters.{phase}")


def _known(chosen: Sequence[Playbook]) -> str:
    """'diagnosis: smallest_rise, months; review: ...'"""
    listed = {playbook.phase: sorted(set(playbook.defaults) - RESERVED) for playbook in chosen}
    return "; ".join(f"{phase}: {', '.join(names) or '-'}" for phase, names in listed.items())


@dataclass(frozen=True)
class Asked:
    """What the command line asked for."""

    folder: Path
    phases: tuple[int, ...] = ()
    as_of: date | None = None
    parameters: tuple[str, ...] = ()
    playbooks: Path = PLAYBOOKS


@dataclass(frozen=True)
class Checked:
    """A run that may start. `inputs`: fingerprint of each input file; `canonical`: the prepared tables;
    `set_aside`: a sentence for each file with rows that could not be used."""

    engagement: Engagement
    steps: list[Step]
    canonical: Path
    inputs: dict[str, str]
    set_aside: list[Message] = field(default_factory=list)
