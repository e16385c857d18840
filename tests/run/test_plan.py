"""Parameters, their types, and what a playbook reads and imports, from its cells."""

from pathlib import Path

import pytest
from small import write_playbooks

from crm_lib.language import catalogue
from crm_lib.paths import PLAYBOOKS
from crm_lib.run.plan import PHASES, Playbook, parse_given, playbooks, steps


@pytest.fixture
def small(tmp_path: Path) -> list[Playbook]:
    return playbooks(write_playbooks(tmp_path))


def told(problems) -> list[str]:
    return [problem.text(catalogue("en")) for problem in problems]


def test_phases_come_in_order_and_once(tmp_path: Path):
    assert [p.phase for p in playbooks(tmp_path)] == list(PHASES)
    assert [p.phase for p in playbooks(tmp_path, [4, 2, 4])] == ["layering", "monitoring"]
    assert [p.name for p in playbooks(tmp_path, [2])] == ["02-data-layering"]


def test_defaults_reads_and_imports_are_read_from_the_cells(small: list[Playbook]):
    own = {"smallest": 3, "share": 0.5, "label": "a", "strict": False}
    assert small[0].defaults == {"engagement": "../data/demo", "as_of": ""} | own
    assert small[2].reads == ["scope_members"]
    assert {"crm_lib.run.session", "pandas", "crm_lib.report.blocks"} <= set(small[0].imports)


@pytest.mark.parametrize(
    ("given", "value"),
    [
        ("smallest=7", 7),
        ("share=1", 1.0),
        ("share=1e-3", 0.001),
        ("label=", ""),
        ("label=a=b", "a=b"),
        ("strict=true", True),
        ("strict=No", False),
    ],
)
def test_text_becomes_the_type_of_the_default(small: list[Playbook], given: str, value: object):
    parsed, problems = parse_given([given])
    made, more = steps(small, parsed, {}, {"engagement": "x"})
    name = given.partition("=")[0]
    assert not problems
    assert not more
    assert made[0].parameters[name] == value
    assert type(made[0].parameters[name]) is type(value)
    assert name not in made[1].parameters
    assert all(step.parameters["engagement"] == "x" for step in made)


@pytest.mark.parametrize("given", ["smallest=1.5", "smallest=", "share=nan", "share=inf", "strict=2", "smallest=１x"])
def test_another_type_is_refused(small: list[Playbook], given: str):
    _, problems = steps(small, parse_given([given])[0], {}, {})
    assert len(problems) == 1
    assert "must be of type" in told(problems)[0]


def test_settings_of_the_engagement_keep_their_types(small: list[Playbook]):
    made, problems = steps(small, {}, {"diagnosis": {"share": 1, "smallest": 9}}, {})
    assert not problems
    assert made[0].parameters["share"] == 1.0
    assert type(made[0].parameters["share"]) is float
    wrong = {"diagnosis": {"smallest": True, "strict": 1, "label": 3, "as_of": "x"}}
    assert len(steps(small, {}, wrong, {})[1]) == 4


def test_a_parameter_that_only_an_unchosen_phase_knows_is_told_with_its_phase(small: list[Playbook]):
    _, problems = steps(small[1:2], {"smallest": "4", "smalest": "4"}, {}, {})
    assert told(problems) == [
        "-p smalest=4: no such parameter. Known: layering: -",
        "-p smallest=4: this parameter belongs to the phase Diagnosis, which does not run here. "
        "Add --phase 1, or leave the parameter out.",
    ]


def test_the_project_s_playbooks_have_literal_defaults_and_say_what_they_read():
    found = [playbook for playbook in playbooks() if playbook.path.is_file()]
    assert found
    for playbook in found:
        assert playbook.path.parent == PLAYBOOKS
        assert {"engagement", "as_of"} <= set(playbook.defaults)
        assert "crm_lib.run.session" in playbook.imports


@pytest.mark.parametrize("given", ["smallest=-1", "smallest=0", "share=-0.5"])
def test_a_size_or_share_must_stay_above_zero(small: list[Playbook], given: str):
    parsed, _ = parse_given([given])
    problems = steps(small, parsed, {}, {})[1]
    assert len(problems) == 1
    assert "above zero" in told(problems)[0]


def test_a_share_is_no_percentage(small: list[Playbook]):
    _, problems = steps(small, {"share": "5", "smallest": "5"}, {}, {})
    assert [(p.where, p.message.id) for p in problems] == [("-p share=5", "run.parameter.share")]
