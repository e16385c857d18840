#!/usr/bin/env python3
"""The one door: makes .venv from a lock with hashes, then hands over to crm_lib.cli.

Needs nothing but the standard library, and parses on every Python 3 so that an old one is told what is missing.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
VENV = HERE / ".venv"
WINDOWS = sys.platform == "win32"
PYTHON = VENV / ("Scripts/python.exe" if WINDOWS else "bin/python")
OLDEST = (3, 11)
GROUPS = {
    "main": ("main", "complete-journey", "spark", "test"),
    "complete-journey": ("complete-journey", "test"),
    "spark": ("spark", "test"),
    "test": ("test",),
}
COMPILE = "import compileall, sysconfig as s; compileall.compile_dir(s.get_path('purelib'), quiet=2, workers=0)"
UNFINISHED = VENV / ".setting-up"  # stands while .venv is being made: one that was interrupted is made anew


def main(arguments):
    # type: (list[str]) -> int
    if sys.version_info < OLDEST:
        return fail("old_python", version=sys.version.split()[0])
    group = wanted(arguments)
    if not ready(group):
        leave_if_misused(arguments)
        status = set_up(group)
        if status:
            return status
    compile_library()
    command = [str(PYTHON), "-P", "-m", "crm_lib.cli", *arguments]  # -P: not the crm_lib of where we stand
    if WINDOWS:
        return subprocess.call(command)
    os.execv(command[0], command)


def compile_library():
    # type: () -> None
    """What was changed in crm_lib, where Python is told to keep no bytecode: else every process compiles all of it anew."""
    if sys.dont_write_bytecode:
        import compileall

        compileall.compile_dir(str(HERE / "crm_lib"), quiet=2)


def leave_if_misused(arguments):
    # type: (list[str]) -> None
    """Help is given and a mistake is told at once, not after the minutes of a set-up."""
    sys.path.insert(0, str(HERE))
    from crm_lib.cli import understood

    understood(arguments, Words())
    sys.path.remove(str(HERE))


def wanted(arguments):
    # type: (list[str]) -> str
    """Dependency group of a command: that of the packages an engagement reads, else main."""
    if arguments[:1] in (["test"], ["lint"]):
        return "test"
    if arguments[:1] in (["run"], ["check"]):
        for folder in arguments[1:]:
            if (Path(folder) / "engagement.toml").is_file():
                return group_of_packages(Path(folder) / "engagement.toml")
    return "main"


def group_of_packages(path):
    # type: (Path) -> str
    import tomllib

    try:
        told = tomllib.loads(path.read_text(encoding="utf-8-sig"))
        packages = {normal(source["package"]) for source in told.get("sources", []) if "package" in source}
        spark = told.get("engine", "").startswith(("spark", "sc:"))
    except (ValueError, TypeError, AttributeError):
        return "main"  # what is wrong with the file is for the command to say
    if spark:
        return "test" if packages else "spark"
    if not packages:
        return "main"
    project = tomllib.loads((HERE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for group in GROUPS:
        requirements = project.get("optional-dependencies", {}).get(group, [])
        if packages & {normal(re.split(r"[^\w.-]", name)[0]) for name in requirements}:
            return group
    return "main"


def normal(name):
    # type: (str) -> str
    return re.sub(r"[-_.]+", "-", name).lower()


def ready(group):
    # type: (str) -> bool
    """Whether .venv was finished for the group, or for one that holds it, from these very locks."""
    if UNFINISHED.exists() or not PYTHON.exists():
        return False
    return any(stamp(g).exists() and stamp(g).read_text() == fingerprint(g) for g in GROUPS[group])


def stamp(group):
    # type: (str) -> Path
    return VENV / (".ready-" + group)


def lock(group):
    # type: (str) -> Path
    return HERE / "requirements" / (group + ".lock")


def fingerprint(group):
    # type: (str) -> str
    parts = [lock(group).read_bytes(), (HERE / "pyproject.toml").read_bytes(), str(HERE).encode(), sys.version.encode()]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def set_up(group):
    # type: (str) -> int
    """Make or complete .venv for a group. The stamp is written last."""
    with only_one():
        if ready(group):  # another process made it while we waited
            return 0
        say("first" if not PYTHON.exists() else "again", group=group)
        status = make_venv()
        if status:
            return status
        UNFINISHED.touch()
        install = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
        install.append("--no-compile")  # pip compiles on one core
        for what in (
            ["--require-hashes", "-r", str(lock(group))],
            ["--no-deps", "--no-build-isolation", "-e", str(HERE)],
        ):
            status = subprocess.call(install + what)
            if status > 0 and any(stamp(g).exists() for g in GROUPS):
                UNFINISHED.unlink()  # pip takes back what it could not finish: what was there still works
            if status:
                return fail("pip_failed")
        subprocess.call([str(PYTHON), "-W", "ignore", "-c", COMPILE])  # what does not compile is told where it is used
        stamp(group).write_text(fingerprint(group))
        UNFINISHED.unlink()
    return 0


def make_venv():
    # type: () -> int
    """A .venv with pip. One that was interrupted or no longer runs is removed first."""
    if UNFINISHED.exists() or (VENV.exists() and not runs()):
        shutil.rmtree(str(VENV))
    if VENV.exists():
        return 0
    try:
        import ensurepip  # noqa: F401
        import venv
    except ImportError:
        return fail("no_venv", package="python{}.{}-venv".format(*sys.version_info[:2]))
    VENV.mkdir()
    UNFINISHED.touch()
    try:
        venv.create(str(VENV), with_pip=True)
    except subprocess.CalledProcessError:
        return fail("no_venv", package="python{}.{}-venv".format(*sys.version_info[:2]))
    return 0


def runs():
    # type: () -> bool
    """Whether .venv's Python is this one and has pip."""
    told = "import pip, sys; print(sys.version)"
    try:
        done = subprocess.run([str(PYTHON), "-c", told], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    except OSError:
        return False
    return done.stdout.decode().strip() == sys.version.strip()


class only_one:
    """Two commands at once do not both make .venv."""

    def __enter__(self):
        # type: () -> None
        if not WINDOWS:
            import fcntl

            self.folder = os.open(str(HERE), os.O_RDONLY)
            fcntl.flock(self.folder, fcntl.LOCK_EX)

    def __exit__(self, *error):
        # type: (object) -> None
        if not WINDOWS:
            os.close(self.folder)


def say(id, **args):
    # type: (str, object) -> None
    sys.stderr.write(words()["cli.setup." + id].format(**args) + "\n")


def fail(id, **args):
    # type: (str, object) -> int
    say(id, **args)
    return 1


class Words:
    """What the parser needs of a catalogue."""

    def __init__(self):
        # type: () -> None
        self.known = words()

    def text(self, id):
        # type: (str) -> str
        return self.known[id].replace("{{", "{").replace("}}", "}")


def words():
    # type: () -> dict[str, str]
    """The catalogue's words for this file, in the language of whoever sits at the machine."""
    named = [os.environ.get(name) for name in ("CRM_LANG", "LC_ALL", "LC_MESSAGES", "LANG")]
    language = "zh" if next((name for name in named if name), "").lower().startswith("zh") else "en"
    with open(str(HERE / "templates" / "locale" / language / "cli.po"), encoding="utf-8") as stream:
        pairs = re.findall(r'^msgid "(.*)"\nmsgstr "(.*)"$', stream.read(), re.MULTILINE)
    return {id: text.replace("\\n", "\n").replace('\\"', '"') for id, text in pairs}


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
    except OSError as error:  # a full disk, a folder that may not be written to
        sys.exit(fail("system", reason=error))
