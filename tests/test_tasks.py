"""tasks.py: what it needs, what it finds ready, and that it stays out of the way."""

import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from crm_lib.paths import PROJECT

FILES = (
    "tasks.py",
    "pyproject.toml",
    "requirements/main.lock",
    "templates/locale/en/cli.po",
    "templates/locale/zh/cli.po",
)


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A copy of what tasks.py itself reads."""
    for name in (*FILES, "requirements/complete-journey.lock", "requirements/test.lock"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(PROJECT / name, tmp_path / name)
    (tmp_path / "crm_lib").symlink_to(PROJECT / "crm_lib")
    return tmp_path


@pytest.fixture
def tasks(clone: Path):
    spec = importlib.util.spec_from_file_location("tasks_of_clone", clone / "tasks.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def make_ready(tasks, clone: Path, group: str = "main") -> None:
    """A finished .venv whose Python says what it was asked to run."""
    (clone / ".venv" / "bin").mkdir(parents=True)
    python = clone / ".venv" / "bin" / "python"
    python.write_text('#!/bin/sh\necho "handed over: $@"\n')
    python.chmod(0o755)
    tasks.stamp(group).write_text(tasks.fingerprint(group))


def call(clone: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess:
    command = [sys.executable, str(clone / "tasks.py"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=os.environ | environment, timeout=60)


def test_it_needs_only_the_standard_library_and_parses_on_an_old_python():
    import ast

    tree = ast.parse((PROJECT / "tasks.py").read_text(encoding="utf-8"), feature_version=(3, 7))
    imported = {n.name for node in ast.walk(tree) if isinstance(node, ast.Import) for n in node.names}
    imported |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert imported - {"crm_lib.cli"} <= set(sys.stdlib_module_names)  # whose parser needs no package either: below


def test_an_old_python_is_told_what_is_needed(tasks, monkeypatch, capsys):
    monkeypatch.setattr(tasks, "OLDEST", (99, 0))
    assert tasks.main(["demo"]) == 1
    assert "Python 3.11 or newer is needed" in capsys.readouterr().err
    monkeypatch.setenv("CRM_LANG", "zh")
    assert tasks.main(["demo"]) == 1
    assert "需要 Python 3.11" in capsys.readouterr().err


def test_where_venv_is_missing_it_names_the_package(tasks, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "ensurepip", None)
    assert tasks.main(["demo"]) == 1
    assert f"apt install python3.{sys.version_info[1]}-venv" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "status", "told"),
    [
        (["--help"], 0, "profile"),
        ([], 2, "COMMAND"),
        (["run", "--help"], 0, "--as-of"),
        (["setup"], 2, "'setup'"),
        (["run", "x", "--formt", "pdf"], 2, "--formt"),
        (["profile"], 2, "FILE"),
    ],
)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_help_and_mistakes_are_answered_before_anything_is_set_up(clone: Path, arguments, status, told, language):
    done = call(clone, *arguments, CRM_LANG=language)
    assert done.returncode == status
    assert told in done.stdout + done.stderr
    assert ("执行" in done.stdout) == (language == "zh" and status == 0)
    assert "Traceback" not in done.stderr
    assert not (clone / ".venv").exists()


def test_help_needs_no_package(clone: Path):
    command = [sys.executable, "-S", str(clone / "tasks.py"), "check", "--help"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (done.returncode, "--parameter" in done.stdout) == (0, True)


def test_what_the_system_refuses_is_told_in_a_line(clone: Path):
    (clone / ".venv").write_text("not a folder")
    done = call(clone, "demo")
    assert done.returncode == 1
    assert "The set-up could not be finished: [Errno" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="a script stands for Python")
def test_a_finished_venv_is_found_quickly_and_nothing_is_installed(tasks, clone: Path):
    make_ready(tasks, clone)
    call(clone, "check", "x")
    began = time.perf_counter()
    done = call(clone, "check", "x")
    seconds = time.perf_counter() - began
    bare = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import subprocess, pathlib, hashlib"], check=True)
    assert done.stdout == "handed over: -P -m crm_lib.cli check x\n"
    assert seconds - (time.perf_counter() - bare) < 0.3


@pytest.mark.parametrize("told", ["", "1"])
def test_bytecode_of_the_library_is_there_where_python_is_told_to_keep_none(tasks, clone: Path, told: str):
    make_ready(tasks, clone)
    (clone / "crm_lib").unlink()
    (clone / "crm_lib" / "run").mkdir(parents=True)
    changed = clone / "crm_lib" / "run" / "one.py"
    changed.write_text("ONE = 1\n")
    call(clone, "demo", PYTHONDONTWRITEBYTECODE=told)
    kept = list(changed.parent.glob("__pycache__/one.*.pyc"))
    assert bool(kept) == bool(told)  # else Python keeps it itself, of what it imports
    if told:
        before = kept[0].read_bytes()
        changed.write_text("ONE = 1000\n")
        os.utime(changed, (0, 1_000_000_000))
        assert "handed over" in call(clone, "demo", PYTHONDONTWRITEBYTECODE=told).stdout
        assert kept[0].read_bytes() != before


def test_stamps_follow_the_locks_and_larger_groups_hold_smaller_ones(tasks, clone: Path):
    make_ready(tasks, clone, "test")
    assert tasks.ready("main")
    assert tasks.ready("complete-journey")
    with (clone / "requirements" / "test.lock").open("a") as lock:
        lock.write("# changed\n")
    assert not tasks.ready("main")
    make_stamp = tasks.stamp("main")
    make_stamp.write_text(tasks.fingerprint("main"))
    assert tasks.ready("main")
    assert not tasks.ready("test")
    with (clone / "pyproject.toml").open("a") as project:
        project.write("# changed\n")
    assert not tasks.ready("main")


BACKEND = """
import os, zipfile

def build_editable(folder, config_settings=None, metadata_directory=None):
    name = "crm_playbooks-0.1.0-py3-none-any.whl"
    info = "crm_playbooks-0.1.0.dist-info/"
    with zipfile.ZipFile(os.path.join(folder, name), "w") as wheel:
        wheel.writestr("crm_playbooks.pth", os.getcwd() + "\\n")
        wheel.writestr(info + "METADATA", "Metadata-Version: 2.1\\nName: crm-playbooks\\nVersion: 0.1.0\\n")
        wheel.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr(info + "RECORD", "")
    return name
"""
PROJECT_TOML = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
[project]
name = "crm-playbooks"
version = "0.1.0"
"""

COMMAND = """import sys
def understood(arguments, words):
    pass
if __name__ == "__main__":
    print("handed over:", *sys.argv[1:])
"""


@pytest.fixture
def small_project(clone: Path) -> Path:
    """A project without dependencies whose command says that it was called: set up for real, without a network."""
    (clone / "backend.py").write_text(BACKEND)
    (clone / "pyproject.toml").write_text(PROJECT_TOML)
    (clone / "crm_lib").unlink()
    (clone / "crm_lib").mkdir()
    (clone / "crm_lib" / "__init__.py").touch()
    (clone / "crm_lib" / "cli.py").write_text(COMMAND)
    for lock in (clone / "requirements").iterdir():
        lock.write_text("")
    return clone


@pytest.mark.skipif(sys.platform == "win32", reason="kills a process group")
def test_an_interrupted_set_up_is_not_ready_and_is_made_anew(small_project: Path):
    command = [sys.executable, str(small_project / "tasks.py"), "demo"]
    process = subprocess.Popen(command, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    mark = small_project / ".venv" / ".setting-up"
    while not mark.exists():
        assert process.poll() is None
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    left = small_project / ".venv" / "half"
    left.touch()
    done = call(small_project, "demo", PIP_NO_INDEX="1")
    assert (done.returncode, done.stdout) == (0, "handed over: demo\n"), done.stderr
    assert "Setting up" in done.stderr or "Completing" in done.stderr
    assert not left.exists()
    assert not mark.exists()
    again = call(small_project, "demo", PIP_NO_INDEX="1")
    assert (again.returncode, again.stdout, again.stderr) == (0, "handed over: demo\n", "")
    (small_project / "requirements" / "test.lock").write_text("no-such-package==1 --hash=sha256:" + "0" * 64 + "\n")
    failed = call(small_project, "test", PIP_NO_INDEX="1")
    assert failed.returncode == 1
    assert "pip could not install" in failed.stderr
    assert call(small_project, "demo", PIP_NO_INDEX="1").returncode == 0  # what was there still works
    (small_project / "requirements" / "main.lock").write_text("no-such-package==1 --hash=sha256:" + "0" * 64 + "\n")
    assert call(small_project, "demo", PIP_NO_INDEX="1").returncode == 1


@pytest.mark.parametrize(
    ("arguments", "group"),
    [
        (["demo"], "main"),
        (["test"], "test"),
        (["lint"], "test"),
        (["run", "data/complete-journey"], "complete-journey"),
        (["check", "data/complete-journey", "--phase", "1"], "complete-journey"),
        (["run", "--phase", "1", "data/complete-journey"], "complete-journey"),
        (["run", "data/demo"], "main"),
        (["run", "no/such/folder"], "main"),
        ([], "main"),
    ],
)
def test_the_group_follows_the_command_and_the_packages_it_reads(tasks, clone, monkeypatch, arguments, group):
    shutil.copytree(PROJECT / "data", clone / "data", ignore=shutil.ignore_patterns("raw", ".work"))
    monkeypatch.chdir(clone)
    assert tasks.wanted(arguments) == group


def test_the_locks_hold_hashes_and_name_no_host():
    for lock in (PROJECT / "requirements").glob("*.lock"):
        text = lock.read_text()
        assert "://" not in text, lock
        assert "index-url" not in text, lock
        pinned = [line for line in text.splitlines() if line and not line.startswith((" ", "#"))]
        assert pinned
        assert all("==" in line for line in pinned)
        assert text.count("--hash=sha256:") >= len(pinned)


def test_the_locks_agree():
    def pins(name: str) -> dict[str, str]:
        lines = (PROJECT / "requirements" / f"{name}.lock").read_text().splitlines()
        return dict(line.split(" ")[0].split("==") for line in lines if "==" in line)

    assert pins("main").items() <= pins("complete-journey").items() <= pins("test").items()
