"""The notebooks keep to the form that papermill, the runner and an analyst rely on."""

import ast
import json

import pytest

from crm_lib.paths import PLAYBOOKS

NAMES = ("01_diagnosis", "02_data_layering", "03_strategy", "04_monitoring", "05_review")


def cells(name: str) -> list[dict]:
    return json.loads((PLAYBOOKS / f"{name}.ipynb").read_text(encoding="utf-8"))["cells"]


def code(name: str) -> list[dict]:
    return [cell for cell in cells(name) if cell["cell_type"] == "code"]


def test_the_five_playbooks_are_there_and_no_other():
    assert sorted(path.stem for path in PLAYBOOKS.glob("*.ipynb")) == list(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_stored_but_the_cells(name: str):
    assert all(not cell["outputs"] and cell["execution_count"] is None for cell in code(name))
    ids = [cell["id"] for cell in cells(name)]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("name", NAMES)
def test_logic_stands_in_the_library(name: str):
    banned = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda, ast.For, ast.While, ast.Try)
    for cell in code(name):
        nodes = [
            type(node).__name__ for node in ast.walk(ast.parse("".join(cell["source"]))) if isinstance(node, banned)
        ]
        assert not nodes, f"{name} {cell['id']}: {nodes}"


@pytest.mark.parametrize("name", NAMES)
def test_one_cell_holds_the_parameters_each_with_a_comment(name: str):
    tagged = [cell for cell in code(name) if "parameters" in cell["metadata"].get("tags", [])]
    assert tagged == code(name)[:1]
    lines = [line for line in "".join(tagged[0]["source"]).splitlines() if line and not line.startswith("#")]
    assert {"engagement", "as_of"} <= {line.split("=")[0].strip() for line in lines}
    assert all("#" in line for line in lines), lines


@pytest.mark.parametrize("name", NAMES)
def test_the_last_cell_says_that_the_playbook_is_done(name: str):
    assert "".join(code(name)[-1]["source"]).rstrip().endswith("session.done()")
