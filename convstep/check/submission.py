"""A learner's file, read and taken apart; nothing of it has run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from convstep.errors import ConvstepError
from convstep.printable import printable

WIDEST = 100
"""The most characters of a line of theirs that a message shows."""


class SubmissionError(ConvstepError):
    """A learner's file that can't be checked.

    Attributes:
        excerpt: The line of theirs and a caret under it; may be empty.
    """

    def __init__(self, what: str, *, where: str = "", hint: str = "", excerpt: str = "") -> None:
        super().__init__(what, where=where, hint=hint)
        self.excerpt = excerpt

    def __str__(self) -> str:
        return "\n".join(self.lines)

    @property
    def lines(self) -> list[str]:
        message = f"{self.where}: {self.what}" if self.where else self.what
        return [line for line in (message, *self.excerpt.split("\n"), self.hint) if line]


def excerpt(line: str, column: int) -> str:
    """Return a line of theirs, and under it a caret at a column, from 0; long lines are cut."""
    start = max(0, column - WIDEST // 2) if len(line) > WIDEST else 0
    shown = printable(line[start : start + WIDEST].replace("\t", " "))
    indent = len(printable(line[start:column].replace("\t", " ")))
    return f"    {shown.rstrip()}\n    {' ' * indent}^"


@dataclass(frozen=True)
class Cell:
    """A code cell of a notebook.

    Attributes:
        number: Its number among the code cells, from 1.
        start: The line of the submission's text at which it starts, from 1.
        end: The line after its last one.
    """

    number: int
    start: int
    end: int


@dataclass(frozen=True)
class Function:
    """A function in a learner's file: its last definition.

    Attributes:
        name: Its name; `Layer.forward` for a method.
        line: The line of its `def`, in the submission's text, from 1.
        end: Its last line.
        parameters: The names of its parameters, in order; a method's `self` left out.
        required: How many of them have no default.
        earlier: The lines of earlier definitions of the same name, which don't count.
        unwritten: The lines that are still as in the template, such as `Z = None`.
        stub: Whether it surely isn't written: running it tells nothing more.
        missing: Names that it uses, and that are defined nowhere.
        uses: The functions of the same file that it calls, directly or not.
    """

    name: str
    line: int
    end: int
    parameters: tuple[str, ...]
    required: int
    earlier: tuple[int, ...] = ()
    unwritten: tuple[int, ...] = ()
    stub: bool = False
    missing: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()


@dataclass(frozen=True)
class Source:
    """The text of one file, and which of its statements are run.

    Attributes:
        name: The file's name, for messages.
        text: Its whole text, with the lines as they are.
        keep: The numbers of the statements at the top level that are run.
    """

    name: str
    text: str
    keep: tuple[int, ...]


@dataclass(frozen=True)
class Submission:
    """A learner's file, read.

    Attributes:
        name: The file's name, for messages.
        text: Its text; a notebook's code cells, one after the other.
        functions: All its functions, methods included, in the order of their last definitions.
        cells: A notebook's code cells; none for a `.py` file.
        main: The file itself, with the statements that are run.
        others: Files beside it that it imports and needs, by the names of the modules.
        imports: The lines of imports from modules that were not found beside it, by the names that they bind; "*"
            stands for everything.
    """

    name: str
    text: str
    functions: tuple[Function, ...]
    cells: tuple[Cell, ...]
    main: Source
    others: dict[str, Source] = field(default_factory=dict)
    imports: dict[str, int] = field(default_factory=dict)

    def function(self, name: str) -> Function | None:
        """Return the function of a name; None if there is none."""
        return next((each for each in self.functions if each.name == name), None)

    def place(self, line: int) -> str:
        """Return how a message names a line: `my_conv.py:31`, or `cell 4, line 13` of a notebook."""
        return place(self.name, self.cells, line)

    def line(self, number: int) -> str:
        """Return the text of a line, from 1; "" past the end."""
        lines = self.text.split("\n")
        return lines[number - 1] if 0 < number <= len(lines) else ""


def place(name: str, cells: Sequence[Cell], line: int) -> str:
    """Return how a message names a line of a file or a notebook."""
    for cell in cells:
        if cell.start <= line < cell.end:
            return f"cell {cell.number}, line {line - cell.start + 1}"
    return f"{printable(name)}:{line}"
