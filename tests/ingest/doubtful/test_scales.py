"""Scores that are given in another scale than the column's."""

import pytest

from crm_lib.errors import UserError
from crm_lib.language import catalogue
from tests.ingest.folder import canonical, rows, write_csv

SURVEY = {"name": "csi", "table": "surveys", "file": "csi.csv"}


def answers(folder, *scores):
    lines = [[str(i), "2026-01-05", score, f"m{i}"] for i, score in enumerate(scores)]
    write_csv(folder / "csi.csv", [["survey_id", "answered_on", "csat", "customer_key"], *lines])
    return folder


def test_scores_of_ten_are_refused(tmp_path):
    with pytest.raises(UserError) as caught:
        canonical(answers(tmp_path, "10", "9", "9", "8.5", "3"), SURVEY)
    (problem,) = caught.value.problems
    assert problem.message.id == "errors.data.other_scale"
    assert problem.where.endswith("(csi) columns.csat")
    english = catalogue("en").text(problem.message)
    assert "4 of 5 numbers" in english
    assert "8.5, 9, 10" in english


def test_once_each_is_said_they_count(tmp_path):
    said = {"10": "5", "9": "5", "8": "4", "3": "2"}
    made = canonical(answers(tmp_path, "10", "9", "8", "3"), SURVEY | {"values": {"csat": said}})
    assert rows(made, "SELECT csat FROM {surveys} ORDER BY ALL") == [(2,), (4,), (5,), (5,)]


@pytest.mark.parametrize("odd", [["99", "99", "99"], ["0", "0", "-1"], ["good", "bad", "?"]])
def test_a_code_or_a_word_is_no_other_scale(tmp_path, odd):
    made = canonical(answers(tmp_path, "5", "4", *odd), SURVEY)
    assert rows(made, "SELECT csat FROM {surveys} WHERE csat IS NOT NULL ORDER BY ALL") == [(4,), (5,)]


def test_a_few_slips_are_no_other_scale(tmp_path):
    made = canonical(answers(tmp_path, *["4"] * 20, "44", "6"), SURVEY)
    assert rows(made, "SELECT COUNT(csat) FROM {surveys}") == [(20,)]


@pytest.mark.parametrize(
    "header", ["Zufriedenheit (Schulnote 1-5)", "Zufriedenheit 1 = sehr gut", "满意度（1=非常满意）"]
)
def test_marks_of_which_1_is_the_best_are_refused_until_each_is_told(tmp_path, header):
    lines = [[str(i), "2026-01-05", mark, f"m{i}"] for i, mark in enumerate("1125")]
    write_csv(tmp_path / "csi.csv", [["survey_id", "answered_on", header, "customer_key"], *lines])
    source = SURVEY | {
        "columns": {name: name for name in ("survey_id", "answered_on", "customer_key")} | {"csat": header}
    }
    with pytest.raises(UserError) as caught:
        canonical(tmp_path, source)
    assert [problem.message.id for problem in caught.value.problems] == ["errors.data.upside_down"]
    made = canonical(tmp_path, source | {"values": {"csat": {"1": "5", "2": "4", "5": "1"}}})
    assert rows(made, "SELECT csat FROM {surveys} ORDER BY ALL") == [(1,), (4,), (5,), (5,)]


@pytest.mark.parametrize(
    "header", ["Zufriedenheit 1 bis 5 (5 = sehr gut)", "Note de satisfaction", "score 1-5, 1 = very poor"]
)
def test_points_of_which_5_is_the_best_are_read(tmp_path, header):
    write_csv(
        tmp_path / "csi.csv", [["survey_id", "answered_on", header, "customer_key"], ["1", "2026-01-05", "4", "m"]]
    )
    columns = {name: name for name in ("survey_id", "answered_on", "customer_key")} | {"csat": header}
    assert rows(canonical(tmp_path, SURVEY | {"columns": columns}), "SELECT csat FROM {surveys}") == [(4,)]
