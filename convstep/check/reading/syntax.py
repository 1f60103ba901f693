"""A learner's code as a syntax tree, or the reason why it is none, in plain words."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Sequence

from convstep.check.submission import Cell, SubmissionError, excerpt, place
from convstep.printable import printable

INVISIBLE = {
    "\u00a0": "no-break spaces",
    "\u2007": "figure spaces",
    "\u202f": "narrow no-break spaces",
    "\u3000": "wide spaces",
    "\u200b": "zero-width spaces",
    "\u2060": "word joiners",
    "\ufeff": "byte-order marks",
    "\u00ad": "soft hyphens",
}
TYPOGRAPHIC = {
    "\u2018": "'",
    "\u2019": "'",
    "\u201c": '"',
    "\u201d": '"',
    "\u2013": "-",
    "\u2014": "-",
    "\u2212": "-",
    "\u00d7": "*",
    "\u22c5": "*",
    "\uff08": "(",
    "\uff09": ")",
    "\uff0c": ",",
    "\uff1a": ":",
    "\u2423": " ",
}
_PYTHON2 = re.compile(
    r"^\s*(?:print\s+[^(\s=]|print\s*>>|exec\s+[\"'\w]|except\s+[\w.]+\s*,\s*\w+\s*:|raise\s+\w+\s*,)"
)


def parsed(text: str) -> ast.Module:
    """Return a text's syntax tree.

    Raises:
        SyntaxError: It has none.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.parse(text)
        except (RecursionError, MemoryError) as error:
            raise SyntaxError("nested too deep") from error
        except ValueError as error:
            raise SyntaxError(str(error)) from error


def wrong_syntax(error: SyntaxError, text: str, name: str, cells: Sequence[Cell]) -> SubmissionError:
    """Return what a syntax error says to the learner, with their line and a caret."""
    number = error.lineno or 1
    lines = text.split("\n")
    line = lines[number - 1] if number <= len(lines) else ""
    column = min(max(0, (error.offset or 1) - 1), len(line))
    what, hint, column = _worded(error, text, line, column)
    where = place(name, cells, number)
    where = f"{where}, column {column + 1}" if cells else f"{where}:{column + 1}"
    return SubmissionError(what, where=where, hint=hint, excerpt=excerpt(line, column) if line.strip() else "")


def _worded(error: SyntaxError, text: str, line: str, column: int) -> tuple[str, str, int]:
    message = error.msg or "it can't be read"
    for at, character in enumerate(line):
        code = f"U+{ord(character):04X}"
        if character in INVISIBLE and "invalid" in message:
            what = f"this line has {INVISIBLE[character]} ({code}), pasted from a web page or a PDF"
            return what, "Replace them by plain spaces", at
        if character in TYPOGRAPHIC and "invalid character" in message:
            plain = TYPOGRAPHIC[character] if character != "\u2423" else "a space"
            return f"this line has {character} ({code}), pasted from a text or a PDF", f"Write {plain} instead", at
    if isinstance(error, TabError):
        return "tabs and spaces are mixed in the indentation", "Use four spaces for each level", column
    if python2(text):
        loops = ", xrange" if re.search(r"\bxrange\b", text) else ""
        return (
            f"this is Python 2 (print without brackets{loops})",
            "Write print(...) and range(...), as Python 3 does",
            column,
        )
    if isinstance(error, IndentationError):
        return f"the indentation is wrong: {message}", "", column
    return f"a syntax error: {printable(message)}", "", column


def python2(text: str) -> bool:
    """Return whether a text that does not parse looks like Python 2."""
    return any(_PYTHON2.match(line) for line in text.split("\n"))
