"""Real runs of small playbooks: what is published, and what is not when something goes wrong."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from small import Place, alive, gone, wait_for

from crm_lib.paths import PROJECT
from crm_lib.run.measure_process import tree
from crm_lib.run.plan import PHASES

ONE = ("--lang", "en", "--format", "xlsx")
FIRST = (*ONE, "--phase", "1")
NAMES = ("01-diagnosis", "02-data-layering", "03-strategy", "04-monitoring", "05-review")


def test_all_phases_in_both_languages_and_every_format(tmp_path: Path):
    place = Place(tmp_path)
    status, out, error = place.run_cold("--lang", "zh,en")
    assert status == 0, error
    run = place.runs / "2026-03-31-r001"
    assert place.latest == run.name
    files = {
        f"{name}.{language}.{form}" for name in NAMES for language in ("zh", "en") for form in ("html", "pdf", "xlsx")
    }
    assert {path.name for path in run.iterdir()} == files | {"index.html", "manifest.json", "notebooks"}
    assert place.leavings() == []
    assert str(run) in out
    assert all(f"{n} " in error for n in range(1, 6))
    manifest = json.loads((run / "manifest.json").read_text())
    assert manifest["phases"] == list(PHASES)
    assert manifest["parameters"]["diagnosis"]["share"] == 0.5
    assert list(manifest["inputs"]) == ["raw/orders.csv"]
    assert set(manifest["files"]) == files | {"index.html"} | {f"notebooks/{n.replace('-', '_')}.ipynb" for n in NAMES}
    assert manifest["files"]["index.html"]["bytes"] == (run / "index.html").stat().st_size
    notebook = json.loads((run / "notebooks" / "01_diagnosis.ipynb").read_text())
    assert any(
        "text/html" in output.get("data", {}) for cell in notebook["cells"] for output in cell.get("outputs", [])
    )
    assert (place.engagement / ".work").stat().st_mode & 0o777 == 0o700
    assert (place.engagement / ".work/handoffs/latest/cycle-1/scope_members.parquet").exists()


def test_a_second_run_takes_what_has_not_changed_from_the_cache(tmp_path: Path):
    place = Place(tmp_path)
    assert place.run(*ONE)[0] == 0
    status, _, error = place.run("--lang", "zh", "--format", "html")  # other language and format: nothing is executed
    assert status == 0, error
    manifest = json.loads((place.runs / "latest" / "manifest.json").read_text())
    assert (manifest["run"], manifest["from_cache"]) == ("2026-03-31-r002", list(PHASES))
    assert (place.runs / "latest" / "01-diagnosis.zh.html").exists()
    assert (place.engagement / ".work/handoffs/latest/cycle-1/scope_members.parquet").exists()
    assert place.run(*ONE, "-p", "smallest=4")[0] == 0
    manifest = json.loads((place.runs / "latest" / "manifest.json").read_text())
    assert manifest["from_cache"] == list(PHASES[1:])  # the same handoff came out
    assert place.run(*FIRST, "--fresh", "-p", "smallest=4")[0] == 0
    assert json.loads((place.runs / "latest" / "manifest.json").read_text())["from_cache"] == []


WRITE_PLAN = 'session.write("strategy_members", pd.DataFrame({"strategy": ["s"], "customer_id": ["x"]}))'
FAILURES = {
    "raises": ("1 / 0", "ZeroDivisionError"),
    "dies": ("import os; os._exit(0)", "its kernel died"),
    "is killed": ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "its kernel died"),
    "exits": ("import sys; sys.exit(0)", "ended before its last cell"),
    "asks": (
        "from crm_lib.errors import Problem, UserError\nraise UserError(Problem(literal('Mend this.'), 'there'))",
        "to mend:\nthere: Mend this.",
    ),
}


@pytest.mark.parametrize("kind", FAILURES)
def test_a_failed_playbook_publishes_nothing_and_is_kept_with_its_error(tmp_path: Path, kind: str):
    source, words = FAILURES[kind]
    place = Place(tmp_path, {"layering": source})
    status, _, error = place.run(*ONE, "--phase", "2")
    assert status == 1
    assert words in error
    assert "Data layering, cell 5 of 6 (c4)" in error
    assert "Traceback" not in error
    assert place.latest is None
    assert place.leavings() == []
    kept = place.engagement / ".work" / "failed" / "02_data_layering.ipynb"
    assert str(kept) in error
    first = json.loads(kept.read_text())["cells"][0]
    assert first["cell_type"] == "markdown"
    assert words.splitlines()[-1] in "".join(first["source"])


def test_what_stands_beside_the_playbooks_is_read_as_in_the_lab_and_read_again_when_it_changes(tmp_path: Path):
    place = Place(tmp_path, {"diagnosis": "import beside\nprint(beside.WORD, open('beside.csv').read())"})
    (place.playbooks / "beside.py").write_text("from beyond import WORD\n")
    (place.playbooks / "beyond.py").write_text("WORD = 'one1'\n")
    (place.playbooks / "beside.csv").write_text("a")
    shown = []
    for changed, words in (("beyond.py", "WORD = 'two2'\n"), ("beside.csv", "b"), ("unnamed.csv", "c")):
        status, _, error = place.run("--lang", "en", "--format", "html", "--phase", "1")
        assert status == 0, error
        shown.append((place.runs / "latest" / "01-diagnosis.en.html").read_text())
        (place.playbooks / changed).write_text(words)
    words = ["one1 a", "two2 a", "two2 b"]
    assert [[word for word in words if word in page] for page in shown] == [["one1 a"], ["two2 a"], ["two2 b"]]
    assert place.run(*FIRST)[0] == 0
    assert json.loads((place.runs / "latest" / "manifest.json").read_text())["from_cache"] == ["diagnosis"]


def test_a_failed_run_leaves_latest_as_it_was(tmp_path: Path):
    place = Place(tmp_path)
    assert place.run(*FIRST)[0] == 0
    before = place.latest
    path = place.playbooks / "01_diagnosis.ipynb"
    path.write_text(path.read_text().replace("session.done()", "undefined_name"))
    assert place.run(*FIRST)[0] == 1
    assert place.latest == before == "2026-03-31-r001"


def test_kernels_are_not_shared(tmp_path: Path):
    look = "leak = [name for name in ('secret_of_this_client', 'SECRET') if name in {**globals(), **os.environ}]\nassert not leak"
    leave = "import os; secret_of_this_client = 1; os.environ['SECRET'] = '1'; import decimal; decimal.left = 1"
    place = Place(
        tmp_path,
        {"diagnosis": leave, "layering": f"import os\n{look}\nimport decimal\nassert not hasattr(decimal, 'left')"},
    )
    status, _, error = place.run(*FIRST, "--phase", "2")
    assert status == 0, error


@pytest.mark.parametrize("fork", ["", "1"])
def test_a_run_s_cells_do_not_come_into_the_history_of_what_its_user_typed(tmp_path: Path, fork: str):
    place = Place(tmp_path, {"diagnosis": "SEEN = 7\n%history -n\nassert In[-1].startswith('SEEN') and len(In) > 3"})
    home = tmp_path / "ipython"
    status, _, error = place.run(*FIRST, IPYTHONDIR=str(home), **({"CRM_NO_FORK": fork} if fork else {}))
    assert status == 0, error
    assert not [path for path in home.rglob("history.sqlite*") if b"SEEN" in path.read_bytes()]


def test_without_fork_the_run_is_the_same(tmp_path: Path):
    place = Place(tmp_path)
    status, _, error = place.run(*FIRST, CRM_NO_FORK="1")
    assert status == 0, error
    assert (place.runs / "latest" / "01-diagnosis.en.xlsx").exists()


def processes_with(text: str) -> list[int]:
    """Ids of processes whose environment or command line holds the text."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and int(folder.name) != os.getpid():
            try:
                told = (folder / "environ").read_bytes() + (folder / "cmdline").read_bytes()
            except OSError:
                continue
            if text.encode() in told and alive(int(folder.name)):
                found.append(int(folder.name))
    return found


HANG = "from pathlib import Path\nimport os, subprocess, time\nchild = subprocess.Popen(['sleep', '300'])\n"
HANG += "Path(os.environ['MARK']).write_text(f'{os.getpid()} {child.pid}')\ntime.sleep(300)"


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks at processes in /proc")
@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGKILL, -9)])
def test_an_ended_run_ends_everything_it_started_and_publishes_nothing(tmp_path: Path, number: int, status: int):
    place = Place(tmp_path)
    assert place.run(*FIRST)[0] == 0
    path = place.playbooks / "02_data_layering.ipynb"
    notebook = json.loads(path.read_text())
    notebook["cells"][3]["source"] = HANG
    path.write_text(json.dumps(notebook))
    mark = tmp_path / "mark"
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    process = place.start(*FIRST, "--phase", "2", MARK=str(mark), TMPDIR=str(temporary))
    wait_for(mark)
    while not (told := mark.read_text()):
        pass
    pids = [int(pid) for pid in told.split()]
    assert all(alive(pid) for pid in pids)
    process.send_signal(number)
    assert process.wait(30) == status
    assert all(gone(pid) for pid in pids)
    assert [pid for pid in processes_with(str(mark)) if not gone(pid)] == []
    assert place.latest == "2026-03-31-r001"
    assert not list(place.runs.glob("*r002"))
    if number == signal.SIGKILL:
        assert place.leavings()  # nobody was left to remove them: the next run does
        notebook["cells"][3]["source"] = "1"
        path.write_text(json.dumps(notebook))
        assert place.run(*FIRST, TMPDIR=str(temporary))[0] == 0
        assert place.latest == "2026-03-31-r002"
    assert place.leavings() == []
    assert list(temporary.iterdir()) == []


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="fork is used on Linux only")
def test_where_the_fork_server_is_killed_the_run_fails_at_once(tmp_path: Path):
    mark = tmp_path / "mark"
    place = Place(tmp_path, {"layering": HANG})
    process = place.start(*ONE, "--phase", "2", MARK=str(mark))
    wait_for(mark)
    os.kill(tree(process.pid)[1], signal.SIGKILL)
    _, error = process.communicate(timeout=20)  # not only when the cell's time is over
    assert process.returncode == 1
    assert "kernel died" in error
    assert place.latest is None
    assert place.leavings() == []


def test_two_interrupts_leave_no_more_than_one(tmp_path: Path):
    mark, temporary = tmp_path / "mark", tmp_path / "tmp"
    temporary.mkdir()
    place = Place(tmp_path, {"diagnosis": HANG})
    process = place.start(*ONE, MARK=str(mark), TMPDIR=str(temporary))
    wait_for(mark)
    for _ in range(5):
        process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=30)
    assert (process.returncode, error.splitlines()[-1]) == (130, "Interrupted. Nothing was published.")
    assert "Traceback" not in error
    assert place.leavings() == list(temporary.iterdir()) == []


def test_a_long_temporary_folder_leaves_room_for_sockets(tmp_path: Path):
    temporary = tmp_path / ("t" * 100)
    temporary.mkdir()
    place = Place(tmp_path)
    status, _, error = place.run(*FIRST, TMPDIR=str(temporary))
    assert status == 0, error


def test_two_runs_of_an_engagement_do_not_mix(tmp_path: Path):
    mark, end = tmp_path / "mark", tmp_path / "end"
    wait = (
        f"import os, time\nopen({str(mark)!r}, 'w').close()\nwhile not os.path.exists({str(end)!r}): time.sleep(0.02)"
    )
    place = Place(tmp_path, {"diagnosis": wait})
    first = place.start(*FIRST)
    wait_for(mark)
    status, _, error = place.run(*FIRST)
    assert (status, "another run" in error) == (1, True)
    end.touch()
    assert first.wait(60) == 0
    assert place.latest == "2026-03-31-r001"


def test_unknown_and_mistyped_parameters_are_refused_at_once(tmp_path: Path):
    place = Place(tmp_path)
    toml = place.engagement / "engagement.toml"
    toml.write_text(toml.read_text() + '[parameters.diagnosis]\nshare = "much"\n[parameters.diagnose]\nx = 1\n')
    given = (
        "-p",
        "smalest=4",
        "-p",
        "smallest=few",
        "-p",
        "strict=perhaps",
        "-p",
        "as_of=2026-01-01",
        "-p",
        "nonsense",
    )
    status, _, error = place.run(*given)
    assert status == 1
    assert "To mend: 7" in error
    assert (
        "-p smalest=4: no such parameter. Did you mean smallest? Known: diagnosis: label, share, smallest, strict"
        in error
    )
    assert "-p smallest=few: must be of type int, as the default 3" in error
    assert "parameters.diagnosis.share = 'much': must be of type float" in error
    assert "parameters.diagnose: no such phase" in error
    assert not (place.engagement / ".work" / "handoffs").exists()
    assert not place.out.exists()


def test_a_phase_alone_needs_what_it_reads(tmp_path: Path):
    place = Place(tmp_path)
    status, _, error = place.run(*ONE, "--phase", "3")
    assert status == 1
    assert "needs scope_members of the phase Diagnosis: run that first (--phase 1)" in error
    assert place.run(*FIRST)[0] == 0
    status, _, error = place.run(*ONE, "--phase", "3")
    assert status == 0, error
    latest = place.runs / "latest"
    assert [path.name for path in sorted(latest.glob("*.xlsx"))] == ["01-diagnosis.en.xlsx", "03-strategy.en.xlsx"]
    assert (place.engagement / ".work/handoffs/latest/cycle-1/scope_members.parquet").exists()


def test_what_cannot_be_is_told_at_once(tmp_path: Path):
    place = Place(tmp_path)
    toml = place.engagement / "engagement.toml"
    targets = [("a", "nps"), ("b", "no_such_metric")]
    toml.write_text(
        toml.read_text()
        + "".join(f'[[targets]]\nid = "{id}"\nmetric = "{m}"\nvalue = 1\ndue = 2026-03-31\n' for id, m in targets)
    )
    status, _, error = place.run("--as-of", "2031-01-01")
    assert status == 1
    assert "[[targets]] #1 (a) metric: nps cannot be computed" in error
    assert "[[targets]] #2 (b) metric: no metric is called no_such_metric" in error
    assert "2031" in error


def test_a_full_disk_leaves_latest_as_it_was(tmp_path: Path):
    """Files may not grow beyond 10 kB: what a full disk does, at the first larger file."""
    place = Place(tmp_path)
    assert place.run(*FIRST)[0] == 0
    limit = "import resource, runpy, sys\nresource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))\n"
    limit += (
        f"sys.argv[1:] = {place.command('--phase', '2')[3:]!r}\nrunpy.run_module('crm_lib.cli', run_name='__main__')"
    )
    done = subprocess.run([sys.executable, "-c", limit], cwd=PROJECT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 1
    assert "Nothing was published" in done.stderr.splitlines()[-1], done.stderr
    assert place.latest == "2026-03-31-r001"
    assert place.leavings() == []


@pytest.mark.skipif(not Path("/proc/mounts").exists() or os.geteuid() != 0, reason="mounts a small file system")
@pytest.mark.parametrize("size", ["30k", "80k"])
def test_a_full_file_system_leaves_latest_as_it_was(tmp_path: Path, size: str):
    place = Place(tmp_path)
    place.out.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "none", str(place.out)], capture_output=True
    )
    if mounted.returncode:
        pytest.skip(f"no small file system to fill: {mounted.stderr.decode().strip()}")
    try:
        status, _, error = place.run("--lang", "en", "--phase", "1", "--phase", "2")
        assert status == 1
        assert re.search("No space left|disk", error.splitlines()[-1]), error
        assert place.latest is None
        assert place.leavings() == []
    finally:
        subprocess.run(["umount", str(place.out)], check=True)


def told_by_index(place: Place) -> str:
    return re.sub(r"<[^>]+>|\s+", " ", (place.runs / "latest" / "index.html").read_text())


def manifest_of(place: Place) -> dict:
    return json.loads((place.runs / "latest" / "manifest.json").read_text())


def test_a_run_of_one_phase_takes_over_the_others(tmp_path: Path):
    place = Place(tmp_path)
    assert place.run("--lang", "zh,en", "--format", "xlsx", "-p", "smallest=4")[0] == 0
    status, _, error = place.run(*ONE, "--phase", "3")
    assert status == 0, error
    assert "Builds on run 2026-03-31-r001: Diagnosis" in error
    assert "Taken over from run 2026-03-31-r001: Diagnosis, Data layering, " in error
    first, latest = place.runs / "2026-03-31-r001", place.runs / "latest"
    names = {f"{name}.{language}.xlsx" for name in NAMES for language in ("zh", "en")} - {"03-strategy.zh.xlsx"}
    assert {path.name for path in latest.glob("*.xlsx")} == names
    for name in ("01-diagnosis.zh.xlsx", "notebooks/05_review.ipynb"):
        assert (latest / name).read_bytes() == (first / name).read_bytes()
        assert (latest / name).stat().st_ino != (first / name).stat().st_ino
    manifest = manifest_of(place)
    assert manifest["phases"] == ["strategy"]
    assert manifest["taken_over"] == dict.fromkeys(("diagnosis", "layering", "monitoring", "review"), "fits")
    assert manifest["parameters"]["diagnosis"]["smallest"] == 4
    assert manifest["origins"]["diagnosis"]["run"] == "2026-03-31-r001"
    assert manifest["origins"]["strategy"]["run"] == "2026-03-31-r002"
    assert set(manifest["files"]) == names | {"index.html"} | {f"notebooks/{n.replace('-', '_')}.ipynb" for n in NAMES}
    index = told_by_index(place)
    assert index.count("From run 2026-03-31-r001") == 4
    assert "have changed since" not in index
    assert "沿用运行 2026-03-31-r001" in index  # taken over in Chinese, too
    assert place.leavings() == []


def test_another_client_s_runs_are_not_taken_over(tmp_path: Path):
    place, other = Place(tmp_path), tmp_path / "other"
    shutil.copytree(place.engagement, other)
    assert place.run(*ONE, "--phase", "1")[0] == 0
    before = place.latest
    _rename(other, "Small", "Others")
    place.engagement = other
    status, _, error = place.run(*ONE, "--phase", "2")
    assert status != 0
    assert "made for Small" in error
    assert place.latest == before
    _rename(other, "Others", "Small")
    assert place.run(*ONE, "--phase", "2")[0] == 0  # a copy of the same client's engagement
    _rename(other, "Small", "Small Ltd")
    assert place.run(*ONE, "--phase", "2")[0] == 0  # its own runs, though the name was corrected


def _rename(engagement: Path, name: str, to: str) -> None:
    file = engagement / "engagement.toml"
    file.write_text(file.read_text().replace(f'name = "{name}"', f'name = "{to}"'))


def test_what_was_made_before_its_basis_changed_is_taken_over_and_said_to_be_so(tmp_path: Path):
    place = Place(tmp_path)
    assert place.run(*ONE)[0] == 0
    orders = place.engagement / "raw" / "orders.csv"
    orders.write_text(orders.read_text() + "900,C1,2026-02-01,5.00\n")
    status, _, error = place.run(*ONE, "--phase", "1", "--phase", "2")
    assert status == 0, error
    assert "To renew: --phase 3 --phase 4 --phase 5" in error
    assert manifest_of(place)["taken_over"] == dict.fromkeys(("strategy", "monitoring", "review"), "outdated")
    assert told_by_index(place).count("have changed since") == 3
    assert place.run(*ONE, "--phase", "3")[0] == 0
    found = manifest_of(place)["taken_over"]
    assert found == {"diagnosis": "fits", "layering": "fits", "monitoring": "outdated", "review": "outdated"}


def test_a_changed_handoff_makes_the_phases_old_that_build_on_it(tmp_path: Path):
    place = Place(tmp_path, {"strategy": WRITE_PLAN, "monitoring": 'len(session.read("strategy_members"))'})
    assert place.run(*ONE)[0] == 0
    path = place.playbooks / "01_diagnosis.ipynb"
    path.write_text(path.read_text().replace('\\"x\\"', '\\"y\\"'))
    assert place.run(*FIRST)[0] == 0
    # monitoring reads the plan of a strategy that is old; the other two read nothing that has changed
    found = {"layering": "fits", "strategy": "outdated", "monitoring": "outdated", "review": "fits"}
    assert manifest_of(place)["taken_over"] == found


@pytest.mark.parametrize("broken", ["", "no notebook", None])
def test_a_phase_runs_though_the_playbook_of_another_cannot_be_read(tmp_path: Path, broken: str | None):
    place = Place(tmp_path)
    assert place.run(*ONE)[0] == 0
    other = place.playbooks / "05_review.ipynb"
    other.unlink() if broken is None else other.write_text(broken)
    status, _, error = place.run(*FIRST)
    assert status == 0, error
    assert manifest_of(place)["phases"][0] == "diagnosis"


def test_other_days_are_not_taken_over_and_not_built_on(tmp_path: Path):
    place = Place(tmp_path)
    assert place.run(*ONE)[0] == 0
    status, _, error = place.run(*ONE, "--phase", "4", "--as-of", "2026-03-20")
    assert status == 0, error
    assert place.latest == "2026-03-20-r001"
    assert "Not taken over, made for other days" in error
    assert "--phase 5" in error
    # planning phases see nothing after the baseline
    assert set(manifest_of(place)["taken_over"]) == {"diagnosis", "layering", "strategy"}
    assert not list((place.runs / "latest").glob("05*"))
    status, _, error = place.run(*ONE, "--phase", "5")
    assert status == 0, error
    # of the same days as the run before last
    assert set(manifest_of(place)["taken_over"]) == {"diagnosis", "layering", "strategy", "monitoring"}
    toml = place.engagement / "engagement.toml"
    toml.write_text(toml.read_text().replace("baseline = 2026-02-28", "baseline = 2026-02-20"))
    status, _, error = place.run(*ONE, "--phase", "3")
    assert status == 1
    assert "run that phase again with this one (--phase 1)" in error
    assert place.run(*FIRST)[0] == 0
    assert manifest_of(place)["taken_over"] == {}


def test_a_log_has_whole_lines_and_no_codes_whatever_it_can_write(tmp_path: Path):
    place = Place(tmp_path)
    status, out, error = place.run(*FIRST, COLUMNS="20", CRM_LANG="zh", PYTHONIOENCODING="ascii", FORCE_COLOR="")
    assert status == 0, error
    assert "\x1b" not in out + error
    assert "01-diagnosis" in out
    status, out, error = place.run(*ONE, "--phase", "3", COLUMNS="20")
    assert status == 0, error
    line = "01-diagnosis: Diagnosis (CRM Optimisation Objectives and Scope Statement), taken over"
    assert line in out.splitlines()
    assert [line for line in out.splitlines() if line.startswith("03-strategy: Interaction strategy (")]
    assert f"Published in {place.runs / '2026-03-31-r002'} " in out


def test_an_analyst_s_figures_write_chinese(tmp_path: Path):
    draw = "import matplotlib.pyplot as plt\nfigure, axes = plt.subplots(); axes.set_title('分析师')"
    themed = "\nplt.rcParams['font.family'] = ['sans-serif']\nplt.subplots()[1].set_title('主题')"
    place = Place(tmp_path, {"diagnosis": draw + themed, "layering": draw + "\nfigure"})
    status, _, error = place.run(*FIRST, "--phase", "2")
    assert status == 0, error
    for name in ("01_diagnosis", "02_data_layering"):
        cell = json.loads((place.runs / "latest" / "notebooks" / f"{name}.ipynb").read_text())["cells"][-2]
        assert sum("image/png" in output.get("data", {}) for output in cell["outputs"]) == 2
        assert [output for output in cell["outputs"] if output["output_type"] == "stream"] == []


def test_what_an_analyst_prints_by_a_slip_is_cut_and_not_fatal(tmp_path: Path):
    place = Place(tmp_path, {"diagnosis": "print('x' * 200_000)", "layering": "print('😀' * 200_000)"})
    status, _, error = place.run("--lang", "en", "--phase", "1", "--phase", "2")
    assert status == 0, error
    page = (place.runs / "latest" / "01-diagnosis.en.html").read_text()
    assert "x" * 8_000 in page
    assert "x" * 8_001 not in page


def test_magics_run_and_a_slip_of_the_pen_is_told_with_its_cell(tmp_path: Path):
    place = Place(tmp_path, {"diagnosis": "%matplotlib inline\n!true\nprint?", "layering": "%%time\n1 + 1"})
    status, _, error = place.run(*FIRST, "--phase", "2")
    assert status == 0, error
    path = place.playbooks / "02_data_layering.ipynb"
    path.write_text(path.read_text().replace('"1 + 1"', '"def ("').replace("%%time\\n1 + 1", "def ("))
    status, _, error = place.run(*ONE, "--phase", "2")
    assert status == 1
    assert "Data layering, cell " in error
    assert "SyntaxError" in error
    assert "\x1b" not in error


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "this is not a notebook"),
        ("{}", "this is not a notebook"),
        ("", "the cell tagged parameters may hold only"),
    ],
)
def test_a_playbook_that_cannot_be_read_is_told(tmp_path: Path, text: str, words: str):
    place = Place(tmp_path)
    path = place.playbooks / "02_data_layering.ipynb"
    path.write_text(text or path.read_text().replace("# folder", "+ today()"))
    status, _, error = place.run(*ONE)
    assert status == 1
    assert f"02_data_layering.ipynb: {words}" in error
    assert "Traceback" not in error


@pytest.mark.parametrize("kind", ["fork", "no fork"])
def test_where_nothing_can_be_written_the_last_line_says_where(tmp_path: Path, kind: str):
    environment = {"CRM_NO_FORK": "1"} if kind == "no fork" else {}
    place = Place(tmp_path)
    place.out.write_text("a file")
    status, _, error = place.run(*FIRST, **environment)
    assert status == 1
    assert "Traceback" not in error
    last = error.splitlines()[-1]
    assert last.startswith(f"Nothing was published: Not a directory {place.runs}")


@pytest.mark.skipif(not Path("/proc/mounts").exists() or os.geteuid() != 0, reason="mounts a small file system")
def test_a_full_disk_under_the_prepared_tables_is_no_fault_of_the_program(tmp_path: Path):
    place = Place(tmp_path)
    work = place.engagement / ".work"
    work.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=60k", "none", str(work)]
    if subprocess.run(command, capture_output=True).returncode:
        pytest.skip("no small file system to fill")
    try:
        status, _, error = place.run(*FIRST)
        assert status == 1
        assert error.splitlines()[-1].startswith("Nothing was published: No space left on device")
    finally:
        subprocess.run(["umount", str(work)], check=True)


def test_displays_that_come_long_after_the_cell_has_ended_are_waited_for(tmp_path: Path):
    late = "import time\nget_ipython().kernel.post_handler_hook = lambda: time.sleep(5)\nprint('late')"
    place = Place(tmp_path, {"diagnosis": late})
    status, _, error = place.run(*FIRST)
    assert status == 0, error
