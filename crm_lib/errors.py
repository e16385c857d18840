"""What a user can mend, all problems at once, and what only the developers can."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

from crm_lib.language import Catalogue, Message, catalogue, msg, user_language

_MOST_NAMES = 40  # of what is known


@dataclass(frozen=True)
class Problem:
    """What is wrong and what to do. `where` names file, table, column or key; never a customer's data."""

    message: Message
    where: str = ""
    row: int | None = None

    def text(self, words: Catalogue) -> str:
        place = self.where + (f":{self.row}" if self.row is not None else "")
        return f"{place}: {words.text(self.message)}" if place else words.text(self.message)


class UserError(Exception):
    """Everything the user has to mend, at once. `text(words)` is what the command line prints."""

    def __init__(self, problems: Iterable[Problem] | Problem) -> None:
        self.problems = [problems] if isinstance(problems, Problem) else list(problems)
        super().__init__(self.text(catalogue(user_language())))

    def text(self, words: Catalogue) -> str:
        return "\n".join(problem.text(words) for problem in self.problems)

    def __reduce__(self) -> tuple[type[UserError], tuple[list[Problem]]]:
        return type(self), (self.problems,)


class Defect(Exception):
    """A fault of this program: a broken promise between rooms."""


def closest(word: str, known: Iterable[str]) -> str:
    """The known word that is most like another; '' where none is."""
    plain = {name.casefold(): name for name in known}
    near = difflib.get_close_matches(word.casefold(), plain, n=1, cutoff=0.6)
    begun = [name for name in plain if word and (name.startswith(word.casefold()) or word.casefold().startswith(name))]
    return plain[(near or begun or [""])[0]] if near or begun else ""


def hint(word: str, known: Iterable[str]) -> Message:
    """'Did you mean ...?' and what is known, for a word that is not."""
    names = sorted(known)
    shown = ", ".join(names[:_MOST_NAMES]) + (", ..." if len(names) > _MOST_NAMES else "")
    if near := closest(word, names):
        return msg("errors.hint.near", near=near, known=shown)
    return msg("errors.hint.known", known=shown) if names else msg("errors.hint.none")
