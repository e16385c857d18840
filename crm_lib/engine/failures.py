"""What keeps an engine elsewhere from answering, told so that a person can mend it.

Neither the engine's own words nor its address are told: they may hold a customer's data or a password.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from crm_lib.errors import Problem, UserError
from crm_lib.language import msg


@contextmanager
def connecting(server: str, *failures: type[Exception], rule: str = "no_connection") -> Iterator[None]:
    """Any of the driver's `failures` as what a person can mend."""
    try:
        yield
    except failures:
        raise failed(rule, server) from None


def failed(rule: str, server: str) -> UserError:
    """The error in the words `errors.engine.<rule>`."""
    return UserError(Problem(msg(f"errors.engine.{rule}", server=server)))
