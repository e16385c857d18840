"""What a user can mend, all problems at once, and what only the developers can."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from crm_lib.language import Catalogue, Message, catalogue, user_language


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
