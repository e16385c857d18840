"""The fork server: jobs and kernels in processes of their own that end with their client."""

import subprocess
import sys
from pathlib import Path

import pytest

from crm_lib.paths import PROJECT

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="fork is used on Linux only")

START = """
import os, sys, time
from crm_lib.run import forkserver
server = forkserver.start(lambda: [["json", "no_such_module"], ["duckdb"], ["decimal"]])
def call(target, *args, stages=0):
    worker = server.worker(stages)
    try:
        return worker.call(target, *args)
    finally:
        worker.close()
"""


def told(body: str, **options: object) -> str:
    """What a program that has started a server prints."""
    done = subprocess.run([sys.executable, "-c", START + body], cwd=PROJECT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_job_runs_elsewhere_and_gives_its_result():
    assert told("print(call('operator:mul', 6, 7), call('os:getpid') != os.getpid())") == "42 True"


def test_errors_come_back_as_they_are_or_with_their_traceback():
    assert told(
        """
for target, argument in (("os:listdir", "/no/such"), ("operator:index", "x"), ("os:_exit", 3), ("no:such", 0)):
    try:
        call(target, argument)
    except (OSError, forkserver.RemoteError, forkserver.Killed) as error:
        words = str(error).strip().splitlines()[-1] if str(error).strip() else ""
        print(type(error).__name__, words[:60])
"""
    ).splitlines() == [
        "FileNotFoundError [Errno 2] No such file or directory: '/no/such'",
        "RemoteError TypeError: 'str' object cannot be interpreted as an integer",
        "Killed os:_exit",
        "RemoteError ModuleNotFoundError: No module named 'no'",
    ]


def test_a_user_s_error_keeps_its_problems():
    body = """
from crm_lib.errors import UserError
from pathlib import Path
try:
    call("crm_lib.engagement:load", Path("/no/such"))
except UserError as error:
    print([problem.message.id for problem in error.problems])
"""
    assert told(body) == "['errors.engagement.no_file']"


def test_many_threads_may_ask_at_once():
    body = """
from concurrent.futures import ThreadPoolExecutor
with ThreadPoolExecutor(8) as pool:
    print(sorted(pool.map(lambda i: call("operator:add", i, i), range(20))) == [2 * i for i in range(20)])
"""
    assert told(body) == "True"


def test_duckdb_works_in_forks_of_a_process_that_has_imported_it():
    body = """
code = "import duckdb; assert duckdb.connect().execute('SELECT SUM(i) FROM range(1000000) t(i)').fetchone()[0] > 1"
for _ in range(3):
    call("builtins:exec", code, stages=2)
    call("builtins:exec", "import duckdb; assert duckdb.sql('SELECT 41 + 1').fetchone()[0] == 42", stages=2)
print("good")
"""
    assert told(body) == "good"


def test_a_job_ends_when_its_client_is_killed(tmp_path: Path):
    from small import gone

    body = f"""
import threading
mark = {str(tmp_path / "pid")!r}
code = f"import os, time; open({{mark!r}}, 'w').write(str(os.getpid())); time.sleep(60)"
threading.Thread(target=call, args=("builtins:exec", code), daemon=True).start()
while not os.path.exists(mark) or not open(mark).read():
    time.sleep(0.01)
print(server.pid, flush=True)
os.kill(os.getpid(), 9)
"""
    done = subprocess.run([sys.executable, "-c", START + body], cwd=PROJECT, capture_output=True, text=True, timeout=60)
    assert done.returncode == -9
    assert gone(int(done.stdout))
    assert gone(int((tmp_path / "pid").read_text()))


def test_what_a_killed_server_forked_is_dead_and_not_waited_for():
    body = """
process = server.fork_kernel(["-f", "/tmp/none"], dict(os.environ), "/")
os.kill(server.pid, 9)
process.send_signal(2)
print(process.poll(), process.wait())
try:
    call("os:getpid")
except forkserver.Killed:
    print("refused")
"""
    assert told(body) == "-9 -9\nrefused"


def test_closing_does_not_wait_for_an_import(tmp_path: Path):
    (tmp_path / "slow_to_import.py").write_text("import time\ntime.sleep(50)")
    body = f"""
forkserver.stop()
sys.path.append({str(tmp_path)!r})
forkserver.start(lambda: [["slow_to_import"]])
time.sleep(0.5)
began = time.perf_counter()
forkserver.stop()
print(time.perf_counter() - began < 5)
"""
    assert told(body) == "True"


def test_closing_ends_the_server_and_its_children():
    body = """
process = server.fork_kernel(["-f", "/tmp/none"], dict(os.environ), "/")
forkserver.stop()
try:
    os.kill(process.pid, 0)
    print("alive")
except ProcessLookupError:
    print("gone")
try:
    call("os:getpid")
except forkserver.ServerGone:
    print("refused")
"""
    assert told(body) == "gone\nrefused"
