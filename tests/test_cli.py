"""The command line: its language, its statuses, and what stands in its help."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from crm_lib.cli import _parse, _parser, main
from crm_lib.language import LANGUAGES, catalogue
from crm_lib.paths import PROJECT

COMMANDS = ("demo", "run", "check", "new", "profile", "lab", "test", "lint", "lock", "bench")


def call(*arguments: str, **environment: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "crm_lib.cli", *arguments]
    return subprocess.run(
        command, cwd=PROJECT, capture_output=True, text=True, env=os.environ | environment, timeout=60
    )


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_and_option_has_help(language: str, command: str, capsys: pytest.CaptureFixture):
    words = catalogue(language)
    with pytest.raises(SystemExit) as end:
        _parser(words).parse_args([command, "--help"])
    assert end.value.code == 0
    assert words.word(f"cli.help.{command}")[:20] in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"CRM_LANG": "zh"}, "需要修正的问题"),
        ({"CRM_LANG": "", "LC_ALL": "", "LANG": "zh_CN.UTF-8"}, "需要修正的问题"),
        ({"CRM_LANG": "en", "LANG": "zh_CN.UTF-8"}, "To mend"),
        ({"CRM_LANG": "", "LC_ALL": "", "LC_MESSAGES": "", "LANG": "de_DE.UTF-8"}, "To mend"),
    ],
)
def test_it_speaks_the_user_s_language(tmp_path: Path, variables: dict[str, str], words: str):
    done = call("check", str(tmp_path), PYTHONUTF8="1", **variables)
    assert done.returncode == 1
    assert words in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("fly",),
        ("run",),
        ("profile", "x.csv", "--industry", "gym"),
        ("run", "x", "--phase", "6"),
        ("run", "x", "--lang", "fr"),
        ("run", "x", "--lang", ""),
        ("run", "x", "--format", "docx"),
        ("run", "x", "--as-of", "soon"),
        ("run", "x", "--no-such-option"),
    ],
)
def test_misuse_ends_with_2_and_says_how(arguments: tuple[str, ...]):
    done = call(*arguments)
    assert done.returncode == 2
    assert "usage: tasks.py" in done.stderr


def test_a_day_written_otherwise_is_told_how(capsys: pytest.CaptureFixture):
    with pytest.raises(SystemExit):
        _parser(catalogue("en")).parse_args(["run", "x", "--as-of", "30.06.2026"])
    assert "YYYY-MM-DD, such as 2026-06-30" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["lab", "test"])
def test_lab_and_test_pass_on_what_follows(command: str):
    parser = _parser(catalogue("en"))
    assert _parse(parser, [command, "--no-browser", "-k", "x"]).rest == ["--no-browser", "-k", "x"]
    assert _parse(parser, [command]).rest == []


def test_lab_opens_playbooks_of_one_s_own(tmp_path: Path, capsys: pytest.CaptureFixture):
    given = _parse(_parser(catalogue("en")), ["lab", "--playbooks", "own", "--no-browser"])
    assert (given.playbooks, given.rest) == (Path("own"), ["--no-browser"])
    assert main(["lab", "--playbooks", str(tmp_path / "none")]) == 1
    assert "There is no such folder" in capsys.readouterr().err


def test_a_folder_without_engagement_is_refused(tmp_path: Path):
    done = call("run", str(tmp_path / "none"), "--out", str(tmp_path / "out"))
    assert done.returncode == 1
    assert "engagement.toml" in done.stderr
    assert not (tmp_path / "out").exists()
    assert not (tmp_path / "none").exists()


def test_new_then_check(tmp_path: Path, capsys: pytest.CaptureFixture):
    folder = str(tmp_path / "acme")
    assert main(["new", folder]) == 0
    assert main(["new", folder]) == 1
    assert main(["check", folder, "--phase", "1"]) == 1
    told = capsys.readouterr().err
    assert "raw/orders.csv" in told
    assert "raw/customers.csv" in told


def test_bench_lists_what_there_is(capsys: pytest.CaptureFixture):
    assert main(["bench"]) == 0
    assert "pipeline" in capsys.readouterr().out
    assert main(["bench", "no_such"]) == 2


def test_nothing_is_cut_where_it_is_piped_and_a_draft_is_no_failed_run(tmp_path: Path):
    header = "a_rather_long_header_that_says_much_of_what_the_column_is_for_and_of_its_origin"
    rows = "\n".join(f"A{i},2026-01-{i + 10},9.5,{i}" for i in range(9))
    (tmp_path / "x.csv").write_text(f"order_id,ordered_on,amount,{header}\n{rows}\n", "utf-8")
    (tmp_path / "bad.xlsx").write_bytes(b"PK\x03\x04 cut off")
    done = call("profile", str(tmp_path / "x.csv"), str(tmp_path / "bad.xlsx"), "--into", str(tmp_path / "e"))
    assert header in done.stdout
    assert "…" not in done.stdout
    assert "Draft written" in done.stdout
    assert done.returncode == 1
    assert "bad.xlsx" in done.stderr
    assert "Nothing was run" not in done.stderr
