"""Where a database source's address is: in an environment variable or in a file, never in the engagement."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Collection
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

from crm_lib.addresses import is_odd
from crm_lib.paths import PROJECT

DRIVERS = {
    "postgresql": "postgresql",
    "postgres": "postgresql",
    "mysql": "mysql",
    "mariadb": "mysql",
    "sqlite": "sqlite",
}
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9]*)(?:\+[a-z0-9]+)?:")
_LARGEST = 1 << 14  # bytes of a file that holds an address
_LONGEST = 300  # characters of a database's words


class Addressed(Protocol):
    """What says where an address stands: a source, or the engagement for its engine."""

    @property
    def url_env(self) -> str | None: ...
    @property
    def url_file(self) -> str | None: ...


class DatabaseFailed(Exception):
    """`rule` has words `errors.data.sql.<rule>` that take `given`; neither holds a secret or a customer's data."""

    def __init__(self, rule: str, **given: str | int) -> None:
        super().__init__(rule)
        self.rule, self.given = rule, given


def called(source: Addressed) -> str:
    """What a database source is called where a file would be named: the variable, or the name of the file."""
    return source.url_env or Path(source.url_file or "").name


def database_url(source: Addressed, folder: Path, schemes: Collection[str] = DRIVERS) -> str:
    """The address of a source's database, of one of the schemes. Raise DatabaseFailed."""
    if source.url_env:
        url = os.environ.get(source.url_env, "").strip()
        if not url:
            raise DatabaseFailed("not_set", variable=source.url_env)
    else:
        url = _from_file(source, folder)
    scheme = _SCHEME.match(url)
    if scheme is None or scheme[1].lower() not in schemes:
        raise DatabaseFailed("scheme", place=called(source), known=", ".join(sorted(schemes)))
    return url


def driver(url: str) -> str:
    found = _SCHEME.match(url)
    return DRIVERS[found[1].lower()] if found else ""


def lies_in(source: Addressed, folder: Path, *roots: Path) -> bool:
    """Whether the file with a source's address lies in one of several folders."""
    return bool(source.url_file) and any(
        _path(source.url_file or "", folder).is_relative_to(r.resolve()) for r in roots
    )


def _path(name: str, folder: Path) -> Path:
    return (folder / Path(name).expanduser()).resolve()


def _from_file(source: Addressed, folder: Path) -> str:
    """The first line that is no comment, of a file that nobody but its owner reads and that is never handed on."""
    name = source.url_file or ""
    path = _path(name, folder)
    if lies_in(source, folder, folder, PROJECT):
        raise DatabaseFailed("file_published", file=name)
    try:
        with path.open("rb") as stream:
            state = os.fstat(stream.fileno())
            if not stat.S_ISREG(state.st_mode):
                raise DatabaseFailed("no_file", file=name)
            if os.name == "posix" and state.st_mode & 0o077:
                raise DatabaseFailed("file_open", file=name, mode=f"{stat.S_IMODE(state.st_mode):o}")
            text = stream.read(_LARGEST).decode("utf-8-sig", "replace")
    except OSError:
        raise DatabaseFailed("no_file", file=name) from None
    lines = [line.strip() for line in text.splitlines()]
    return next((line for line in lines if line and not line.startswith("#")), "")


def without_secrets(reason: str, url: str) -> str:
    """A database's words without the address, the user, the password and what looks like a customer's number."""
    if is_odd(url):
        return "***"
    user, _, password = urlsplit(url).netloc.rpartition("@")[0].partition(":")
    for secret in sorted({url, user, password, unquote(user), unquote(password)} - {""}, key=len, reverse=True):
        reason = reason.replace(secret, "***")
    return re.sub(r"\S+@\S+|\d{5,}", "***", " ".join(reason.split()))[:_LONGEST]
