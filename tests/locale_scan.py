"""Which message ids the code, the notebooks and the templates speak, as far as reading them can tell."""

import ast
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

from crm_lib.language import KINDS
from crm_lib.paths import PLAYBOOKS, PROJECT, TEMPLATES

ID = re.compile(r"[a-z_]+(\.[a-z0-9_]+)+")
SPEC = re.compile(r"(\w+):([a-z_]+)(?:@([\w.]+))?!?")
SPEAKERS = {"msg", "term", "word", "text", "Message"}  # their first argument is an id
JINJA = re.compile(r"""\b(?:word|text)\(\s*(["'])([a-z_]+\.[\w.]+)\1\s*(~)?""")


@dataclass(frozen=True)
class Spoken:
    """An id where it is spoken; `given` are the names of its arguments, None where they cannot be told."""

    id: str
    where: str
    by: str
    given: frozenset[str] | None


@dataclass
class Scan:
    """`put_together`: ids spoken that are made while running; `patterns`: every string that could make one;
    `quoted`: every string that could be one; `columns`: names in column specs.
    """

    spoken: list[Spoken] = field(default_factory=list)
    put_together: dict[str, str] = field(default_factory=dict)
    patterns: dict[str, str] = field(default_factory=dict)
    quoted: set[str] = field(default_factory=set)
    columns: set[str] = field(default_factory=set)


def scan() -> Scan:
    found = Scan()
    for where, tree in _sources():
        for node in ast.walk(_with_constants(tree)):
            _read(node, where, found)
    for path in sorted((TEMPLATES / "html").iterdir()):
        for _, id, joined in JINJA.findall(path.read_text(encoding="utf-8")):
            if joined:
                found.patterns[re.escape(id) + ".+"] = path.name
            else:
                found.spoken.append(Spoken(id, path.name, "word", None))
    return found


def _sources() -> Iterator[tuple[str, ast.AST]]:
    for path in [PROJECT / "tasks.py", *sorted((PROJECT / "crm_lib").rglob("*.py"))]:
        yield str(path.relative_to(PROJECT)), ast.parse(path.read_text(encoding="utf-8"))
    for path in sorted(PLAYBOOKS.glob("*.ipynb")):
        yield from _cells(path)


class _Constants(ast.NodeTransformer):
    """Puts the strings that a module names in the place of their names within f-strings."""

    def __init__(self, tree: ast.AST) -> None:
        assigned = [node for node in getattr(tree, "body", []) if isinstance(node, ast.Assign)]
        self.values = {
            target.id: node.value
            for node in assigned
            for target in node.targets
            if isinstance(target, ast.Name)
            and isinstance(node.value, ast.Constant)
            and isinstance(node.value.value, str)
        }

    def visit_FormattedValue(self, node: ast.FormattedValue) -> ast.AST:
        known = self.values.get(node.value.id) if isinstance(node.value, ast.Name) else None
        return known or node


def _with_constants(tree: ast.AST) -> ast.AST:
    return _Constants(tree).visit(tree)


def _cells(path: Path) -> Iterator[tuple[str, ast.AST]]:
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] == "code":
            yield f"{path.name} {cell['id']}", ast.parse("".join(cell["source"]))


def _read(node: ast.AST, where: str, found: Scan) -> None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        if ID.fullmatch(node.value):
            found.quoted.add(node.value)
        for name, kind, prefix in SPEC.findall(node.value):
            if kind in KINDS:
                found.columns.add(name)
                if prefix:
                    found.patterns[re.escape(prefix) + r"\..+"] = where
    elif isinstance(node, (ast.JoinedStr, ast.BinOp)):
        if (pattern := _pattern(node)) is not None:
            found.patterns[pattern] = where
    elif isinstance(node, ast.keyword) and node.arg == "prefix" and isinstance(node.value, ast.Constant):
        found.patterns[re.escape(str(node.value.value)) + ".+"] = where
    elif isinstance(node, ast.Call):
        _read_call(node, where, found)


def _pattern(node: ast.AST) -> str | None:
    """Regular expression of an f-string or sum whose known beginning names a subject."""
    if isinstance(node, ast.JoinedStr):
        parts = _joined([part.value if isinstance(part, ast.Constant) else None for part in node.values])
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add) and isinstance(node.left, ast.Constant):
        parts = [re.escape(str(node.left.value)), ".+"]
    else:
        return None
    return "".join(parts) if re.match(r"[a-z_]+\\\.", parts[0] if parts else "") and " " not in "".join(parts) else None


def _joined(parts: list[str | None]) -> list[str]:
    """Known neighbours as one expression each, what is not known as '.+'."""
    return [".+" if known is None else re.escape("".join(map(str, run))) for known, run in groupby(parts, _known)]


def _known(part: str | None) -> bool | None:
    return None if part is None else True


def _read_call(node: ast.Call, where: str, found: Scan) -> None:
    by = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
    place = f"{where}:{node.lineno}"
    if by in SPEAKERS and node.args:
        if (pattern := _pattern(node.args[0])) is not None:
            found.put_together[pattern] = place
        for id in _literals(node.args[0]):
            if by != "text" or ID.fullmatch(id):
                found.spoken.append(Spoken(id, place, by, _arguments(node) if by in ("msg", "text") else None))
    elif by == "term_or_text" and node.args:
        prefixes = [re.escape(part) for part in _literals(node.args[0])] or [_pattern(node.args[0]) or ""]
        found.patterns |= {rf"{prefix}\..+": place for prefix in prefixes if prefix}
    elif by == "column" and len(node.args) > 1:
        found.spoken += [Spoken(id, place, by, frozenset()) for id in _literals(node.args[1])]
    elif by in ("table", "chart", "columns"):
        found.spoken += [Spoken(id, place, by, frozenset()) for id in _column_labels(node, by)]


def _literals(node: ast.AST) -> list[str]:
    if isinstance(node, ast.IfExp):
        return _literals(node.body) + _literals(node.orelse)
    return [node.value] if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value else []


def _arguments(node: ast.Call) -> frozenset[str] | None:
    names = [keyword.arg for keyword in node.keywords]
    return None if None in names else frozenset(str(name) for name in names)


def _column_labels(node: ast.Call, by: str) -> list[str]:
    """Ids of the labels that `blocks.table`, `chart` and `columns` make of a column spec."""
    at_id, at_spec = {"table": (0, 3), "chart": (1, 4), "columns": (1, 0)}[by]
    named = {keyword.arg: keyword.value for keyword in node.keywords}
    spec = node.args[at_spec] if len(node.args) > at_spec else named.get("spec")
    if spec is None or len(node.args) <= at_id:
        return []
    subjects = [id.partition(".")[0] for id in _literals(node.args[at_id])]
    names = [part.partition(":")[0].rstrip("!") for words in _literals(spec) for part in words.split()]
    return [f"{subject}.col.{name}" for subject in subjects for name in names]
