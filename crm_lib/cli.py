"""The commands. `tasks.py` makes .venv and hands over to this."""

from __future__ import annotations

import argparse
import gc
import io
import os
import signal
import sys
import traceback
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, NoReturn, Protocol

from crm_lib.run import forkserver, private
from crm_lib.run.system_errors import MENDABLE, system_error

if TYPE_CHECKING:
    from rich.console import Console

    from crm_lib.language import Catalogue
    from crm_lib.run.pipeline import Order


class Texts(Protocol):
    """What the parser needs of a catalogue."""

    def text(self, message: str, /) -> str: ...


UNCUT = 10_000  # columns
FAILED, INTERRUPTED, PIPE_CLOSED, TERMINATED = 1, 130, 141, 143


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status of a command line: 0 done, 1 failed, 2 misused, 130 interrupted."""
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    for stream in (sys.stdout, sys.stderr):  # one that knows no Chinese stops no run
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    if arguments[:1] in (["run"], ["demo"]):
        forkserver.start(_preload)  # before anything is imported that has threads
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, _interrupt)
    from crm_lib.language import catalogue, user_language

    words = catalogue(user_language())
    try:
        given = understood(arguments, words)
        return _guarded(given.command, given, words)
    finally:
        forkserver.stop()
        private.sweep()
        gc.freeze()  # the interpreter would look through all of it once more as it ends


def understood(arguments: list[str], words: Texts) -> argparse.Namespace:
    """What a command line asks for; leaves with help, or with 2 where it cannot be. Needs the standard library only and of
    `words` no more than `text`: tasks.py asks before .venv is there."""
    return _parse(_parser(words), arguments)


def _parse(parser: argparse.ArgumentParser, arguments: list[str]) -> argparse.Namespace:
    """What stands behind `lab` and `test` goes to JupyterLab and pytest as it is, but for the folder of `lab`."""
    passing = arguments[:1] in (["lab"], ["test"]) and not {"-h", "--help"} & set(arguments)
    if not passing:
        given = parser.parse_args(arguments)
        given.rest = []
        return given
    own = 3 if arguments[0] == "lab" and arguments[1:2] == ["--playbooks"] else 1
    given = parser.parse_args(arguments[:own])
    given.rest = arguments[own:]
    return given


def _guarded(command: Callable[..., int], given: argparse.Namespace, words: Catalogue) -> int:
    from crm_lib.errors import UserError

    kind = "" if command in (_run, _demo) else ".elsewhere"  # the others publish nothing in any case
    try:
        done = command(given, words)
        sys.stdout.flush()
        return done
    except UserError as error:
        return _say_error(words.text("cli.problems", n=len(error.problems)), error.text(words))
    except KeyboardInterrupt:
        return _say_error(words.text(f"cli.interrupted{kind}"), status=INTERRUPTED)
    except _Terminated:
        return _say_error(words.text(f"cli.interrupted{kind}"), status=TERMINATED)
    except BrokenPipeError:  # who reads has read enough, as `head` does
        os.dup2(
            os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno()
        )  # else the interpreter tries once more as it ends
        return PIPE_CLOSED
    except forkserver.Killed as error:
        print(error, *getattr(error, "__notes__", ()), sep="\n", file=sys.stderr)
        return _say_error(words.text("cli.killed"))
    except Exception as error:
        refused = system_error(error)
        return _refused(refused, words, kind) if refused else _failed(error, words, kind)


def _refused(error: OSError, words: Catalogue, kind: str) -> int:
    """What the system refused; with a traceback where it is not plain to see what to mend."""
    if error.errno not in MENDABLE:
        traceback.print_exception(error)
    about = [error.strerror or str(error), error.filename, *getattr(error, "__notes__", ())]
    return _say_error(words.text(f"cli.system{kind}", reason=" ".join(str(part) for part in about if part)))


def _failed(error: Exception, words: Catalogue, kind: str) -> int:
    """A playbook that failed in its own words; any other error is this program's."""
    message = getattr(error, "message", None)
    if message is None:
        if isinstance(error, forkserver.RemoteError):  # its own traceback tells more than ours
            print(error, *getattr(error, "__notes__", ()), sep="\n", file=sys.stderr)
        else:
            traceback.print_exception(error)
        return _say_error(words.text(f"cli.defect{kind}", kind=type(error).__name__))
    kept = getattr(error, "kept", None)
    return _say_error(words.text(message), *([words.text("run.failed.kept", file=str(kept))] if kept else []))


def _say_error(*lines: str, status: int = FAILED) -> int:
    print(*lines, sep="\n", file=sys.stderr)
    return status


class _Terminated(BaseException):
    """SIGTERM."""


def _interrupt(number: int, frame: FrameType | None) -> NoReturn:
    """Once: a second Ctrl-C does not stop the tidying up."""
    for known in (signal.SIGINT, signal.SIGTERM):
        signal.signal(known, signal.SIG_IGN)
    raise KeyboardInterrupt if number == signal.SIGINT else _Terminated


def _preload() -> list[list[str]]:
    from crm_lib.run.preload import stages

    return stages()


def _parser(words: Texts) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tasks.py", description=words.text("cli.description"))
    commands = parser.add_subparsers(dest="name", required=True, metavar="COMMAND")

    def add(name: str, command: Callable[..., int]) -> argparse.ArgumentParser:
        made = commands.add_parser(
            name, help=words.text(f"cli.help.{name}"), description=words.text(f"cli.help.{name}")
        )
        made.set_defaults(command=command)
        return made

    _run_options(add("demo", _demo), words)
    run = add("run", _run)
    run.add_argument("folder", metavar="DIR", type=Path, help=words.text("cli.option.folder"))
    _run_options(run, words)
    check = add("check", _check)
    check.add_argument("folder", metavar="DIR", type=Path, help=words.text("cli.option.folder"))
    _what_options(check, words)
    new = add("new", _new)
    new.add_argument("folder", metavar="DIR", type=Path, help=words.text("cli.option.new_folder"))
    intake = add("intake", _intake)
    intake.add_argument("folder", metavar="DIR", type=Path, help=words.text("cli.option.intake_folder"))
    intake.add_argument("--lang", choices=("zh", "en"), help=words.text("cli.option.intake_lang"))
    merges = add("merges", _merges)
    merges.add_argument("folder", metavar="DIR", type=Path, help=words.text("cli.option.folder"))
    merges.add_argument("--customer", required=True, metavar="ID", help=words.text("cli.option.customer"))
    merges.add_argument("--undo", action="store_true", help=words.text("cli.option.undo"))
    merges.add_argument("--record", action="append", default=[], metavar="ID", help=words.text("cli.option.record"))
    _profile_options(add("profile", _profile), words)
    lab = add("lab", _lab)
    _playbooks_option(lab, words)
    lab.add_argument("rest", nargs="*", metavar="...", help=words.text("cli.option.lab"))
    add("test", _test).add_argument("rest", nargs="*", metavar="...", help=words.text("cli.option.pytest"))
    add("lint", _lint)
    add("lock", _lock)
    bench = add("bench", _bench)
    bench.add_argument("bench", nargs="?", metavar="NAME", help=words.text("cli.option.bench"))
    bench.add_argument("--rounds", type=int, default=3, metavar="N", help=words.text("cli.option.rounds"))
    bench.add_argument("--rows", type=int, action="append", default=[], metavar="N", help=words.text("cli.option.rows"))
    return parser


def _playbooks_option(parser: argparse.ArgumentParser, words: Texts) -> None:
    from crm_lib.paths import PLAYBOOKS

    parser.add_argument(
        "--playbooks", type=Path, default=PLAYBOOKS, metavar="DIR", help=words.text("cli.option.playbooks")
    )


def _what_options(parser: argparse.ArgumentParser, words: Texts) -> None:
    def option(*names: str, **settings: object) -> None:
        settings["help"] = words.text(f"cli.option.{names[-1].strip('-').replace('-', '_')}")
        parser.add_argument(*names, **settings)  # type: ignore[arg-type]

    option("--phase", type=int, action="append", default=[], choices=range(1, 6), metavar="N")
    option("--as-of", type=_day(words), metavar="YYYY-MM-DD")
    option("-p", "--parameter", action="append", default=[], metavar="NAME=VALUE")
    _playbooks_option(parser, words)


def _run_options(parser: argparse.ArgumentParser, words: Texts) -> None:
    from crm_lib.paths import REPORTS

    _what_options(parser, words)
    parser.add_argument("--lang", type=_some_of("zh", "en"), default=(), help=words.text("cli.option.lang"))
    parser.add_argument(
        "--format", type=_some_of("html", "pdf", "xlsx"), default=(), help=words.text("cli.option.format")
    )
    parser.add_argument("--out", type=Path, default=REPORTS, metavar="DIR", help=words.text("cli.option.out"))
    parser.add_argument("--fresh", action="store_true", help=words.text("cli.option.fresh"))
    parser.add_argument(
        "--cell-seconds", type=int, default=3600, metavar="N", help=words.text("cli.option.cell_seconds")
    )


def _profile_options(parser: argparse.ArgumentParser, words: Texts) -> None:
    from crm_lib.presets import INDUSTRIES

    parser.add_argument("files", nargs="+", metavar="FILE", type=Path, help=words.text("cli.option.profile_files"))
    parser.add_argument("--into", type=Path, metavar="DIR", help=words.text("cli.option.into"))
    parser.add_argument("--client", default="", metavar="NAME", help=words.text("cli.option.client"))
    parser.add_argument("--industry", default="", choices=INDUSTRIES, help=words.text("cli.option.industry"))


def _day(words: Texts) -> Callable[[str], date]:
    def parse(text: str) -> date:
        try:
            return date.fromisoformat(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text!r}: {words.text('cli.day_form')}") from None

    return parse


def _some_of(*known: str) -> Callable[[str], tuple[str, ...]]:
    def parse(text: str) -> tuple[str, ...]:
        given = tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
        if not given or set(given) - set(known):
            raise argparse.ArgumentTypeError(f"{text!r}: {','.join(known)}")
        return given

    return parse


def _order(given: argparse.Namespace, folder: Path) -> Order:
    from crm_lib.run.pipeline import Order

    return Order(_asked(given, folder), given.lang, given.format, given.out, given.fresh, given.cell_seconds)


def _asked(given: argparse.Namespace, folder: Path):  # type: ignore[no-untyped-def]
    from crm_lib.run.plan import Asked

    return Asked(folder, tuple(given.phase), given.as_of, tuple(given.parameter), given.playbooks.resolve())


def _run(given: argparse.Namespace, words: Catalogue, folder: Path | None = None) -> int:
    from rich.console import Console

    from crm_lib.run import summary
    from crm_lib.run.pipeline import run
    from crm_lib.run.progress import teller

    with teller(words, Console(stderr=True)) as told:
        made = run(_order(given, folder or given.folder), told)
    words = made.checked.engagement.words(words.language)
    summary.tell(made, words, Console())
    print(words.text("run.published", folder=str(made.folder), seconds=made.seconds["total"]))
    if made.lists:
        print(words.text("lists.written", file=str(made.lists)))
    return 0


def _demo(given: argparse.Namespace, words: Catalogue) -> int:
    from crm_lib.paths import DATA

    status = _run(given, words, DATA / "demo")
    index = given.out.resolve() / "demo" / "latest" / "index.html"
    print(words.text("cli.demo_done", index=str(index)))
    return status


def _check(given: argparse.Namespace, words: Catalogue) -> int:
    from crm_lib.run.contract import check

    checked = check(_asked(given, given.folder))
    words = checked.engagement.words(words.language)
    for sentence in checked.set_aside:
        print(words.text(sentence))
    print(words.text("cli.check_done", phases=len(checked.steps), files=len(checked.inputs)))
    return 0


def _new(given: argparse.Namespace, words: Catalogue) -> int:
    from crm_lib.run.template import create

    path = create(given.folder, words)
    print(words.text("cli.new_done", file=str(path), folder=str(given.folder)))
    return 0


def _intake(given: argparse.Namespace, words: Catalogue) -> int:
    from crm_lib.run.intake import create

    made = create(given.folder, given.lang or words.language)
    print(words.text("intake.done", file=str(made.path)), made.sources, sep="\n\n")
    if made.noted:
        print(words.text("intake.noted", file=str(made.noted)))
    return 0


def _wide_console() -> Console:
    """At a terminal as wide as that; elsewhere, such as in a file or a pipe, no table is cut."""
    from rich.console import Console

    found = Console()
    return found if found.is_terminal else Console(width=UNCUT)


def _merges(given: argparse.Namespace, words: Catalogue) -> int:
    from crm_lib.run import merges

    if given.undo:
        print(merges.undo(given.folder, given.customer, given.record, words))
    else:
        merges.show(given.folder, given.customer, words, _wide_console())
    return 0


def _profile(given: argparse.Namespace, words: Catalogue) -> int:
    from crm_lib.errors import UserError
    from crm_lib.run import profile
    from crm_lib.run.profile_draft import open_heads

    found, problems = profile.look_at(given.files)
    profile.tell(found, words, _wide_console())
    if given.into and found:
        path = profile.write_draft(found, given.into, words, given.client, given.industry)
        print(words.text("cli.profile_done", file=str(path), folder=str(given.into)))
        if lacking := open_heads(given.into, given.client, given.industry):
            print(words.text("profile.set_heads", keys=", ".join(lacking)))
    if problems and not found:
        raise UserError(problems)
    if problems:
        return _say_error(words.text("profile.not_read", n=len(problems)), UserError(problems).text(words))
    return 0


def _lab(given: argparse.Namespace, words: Catalogue) -> int:
    from crm_lib.errors import Problem, UserError
    from crm_lib.language import msg

    folder = given.playbooks.resolve()
    if not folder.is_dir():
        raise UserError(Problem(msg("cli.no_playbooks"), str(folder)))
    environment = os.environ | {"JUPYTER_PREFER_ENV_PATH": "1"}
    command = [sys.executable, "-m", "jupyterlab", str(folder), *given.rest]
    os.chdir(folder)
    return _become(command, environment)


def _become(command: list[str], environment: dict[str, str]) -> int:
    if sys.platform == "win32":
        import subprocess

        return subprocess.call(command, env=environment)
    os.execve(command[0], command, environment)


def _test(given: argparse.Namespace, words: Catalogue) -> int:
    from crm_lib.run.checks import test

    return test(given.rest)


def _lint(given: argparse.Namespace, words: Catalogue) -> int:
    from crm_lib.run.checks import lint

    return lint()


def _lock(given: argparse.Namespace, words: Catalogue) -> int:
    from crm_lib.run.checks import lock

    return lock(words)


def _bench(given: argparse.Namespace, words: Catalogue) -> int:
    from crm_lib.run.bench import BENCHES

    if given.bench not in BENCHES:
        print(words.text("cli.benches"))
        for name in BENCHES:
            print(f"  {name}: {words.text(f'run.bench.{name}.about')}")
        return 0 if given.bench is None else 2
    sized = ("ingest", "identity", "metrics", "churn", "clv")
    sizes = {"rows": tuple(given.rows)} if given.rows and given.bench in sized else {}
    return BENCHES[given.bench](given.rounds, words, **sizes)


def _leave(status: int) -> NoReturn:
    """End at once: taking the interpreter apart takes as long as a phase."""
    sys.stdout.flush()
    sys.stderr.flush()
    if not forkserver.available():  # the semaphores of spawned workers are given back on the way
        sys.exit(status)
    os._exit(status)


if __name__ == "__main__":
    try:
        _leave(main())
    except KeyboardInterrupt:  # before anything had begun
        _leave(INTERRUPTED)
