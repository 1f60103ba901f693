"""Plays scripts: carries out line after line, and goes on after an expectation that does not hold."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Literal, NamedTuple, TypeVar

from convstep.debugger.script import Statement, statements
from convstep.debugger.session import Session
from convstep.debugger.verbs import VERBS, Verb, find
from convstep.debugger.verbs.screen import QUIT
from convstep.debugger.verbs.scripting import EXPECT, INCLUDE, SPOKEN, included
from convstep.errors import ConvstepError, ExpectationError, VerbError, nearest
from convstep.printable import excerpt, printable

Include = Callable[[str, str], tuple[str, str]]
"""Reads a script: its name as the line gives it, and that of the script that includes it, give its name and text."""
Outcome = Literal["done", "right", "failed", "refused"]
AnyError = TypeVar("AnyError", bound=ConvstepError)
MOST = 100_000
"""The most lines that are carried out, with those of included scripts."""


class Played(NamedTuple):
    """A line that was carried out.

    Attributes:
        statement: The line.
        verb: Its verb.
        said: Its message, often "".
        outcome: What became of it: done; right or failed for an expectation; refused, if an error was expected.
        error: The expectation that failed, with its place in the script.
    """

    statement: Statement
    verb: str
    said: str
    outcome: Outcome
    error: ExpectationError | None = None


def play(
    session: Session,
    text: str,
    name: str,
    include: Include | None = None,
    verbs: Mapping[str, Verb] = VERBS,
) -> Iterator[Played]:
    """Carry out a script; yield each line when it is done. Expectations that fail don't end it.

    Args:
        session: The session.
        text: The script.
        name: Its name in messages.
        include: Reads the scripts that it includes; None if it can't include any.
        verbs: The verbs.

    Raises:
        ConvstepError: A line can't be carried out; the message says where it is, and shows it.
    """
    lines = lines_of(text, name, include)
    waiting: list[Statement] = []
    for _ in range(MOST):
        statement = waiting.pop() if waiting else next(lines, None)
        if statement is None:
            return
        try:
            played = _do(session, statement, verbs)
        except ConvstepError as error:
            following = next(lines, None)
            if following is None or not expects_error(following):
                raise located(error, statement) from None
            waiting.append(following)
            session.refused = str(error)
            played = Played(statement, statement.verb, session.refused, "refused")
        yield played
        if played.verb == QUIT:
            return
    raise VerbError(f"carries out more than {MOST:,} lines", where=name)


def _do(session: Session, statement: Statement, verbs: Mapping[str, Verb]) -> Played:
    verb = find_verb(statement.verb, verbs)
    try:
        said = session.do(statement.text, verbs)
    except ExpectationError as error:
        return Played(statement, verb.name, error.what, "failed", located(error, statement))
    if verb.name == EXPECT.name:
        return Played(statement, verb.name, said, "right")
    if verb.name not in SPOKEN:
        session.said, session.refused = said, ""
    return Played(statement, verb.name, said, "done")


def find_verb(name: str, verbs: Mapping[str, Verb]) -> Verb:
    """Return the verb called `name`.

    Raises:
        VerbError: There is none; it names the nearest.
    """
    try:
        return find(name, verbs)
    except VerbError:
        near = re.search("'(.*)'", nearest(name, verbs))
        shown = printable(name[:40] + "…" if len(name) > 40 else name)
        meant = f" (did you mean {near[1]}?)" if near else ""
        raise VerbError(
            f"unknown verb '{shown}'{meant}", hint="" if near else f"The verbs are {', '.join(verbs)}"
        ) from None


def expects_error(statement: Statement) -> bool:
    """Return whether a line expects that the one before it was refused."""
    return statement.text.split()[:2] == [EXPECT.name, "error"]


def lines_of(text: str, name: str, include: Include | None = None) -> Iterator[Statement]:
    """Yield the lines of a script, with those of the scripts that it includes in their place.

    Raises:
        ConvstepError: A script can't be included; the message says where.
    """
    return _lines(text, name, include, (name,))


def _lines(text: str, name: str, include: Include | None, opened: tuple[str, ...]) -> Iterator[Statement]:
    for statement in statements(text, name):
        if statement.verb != INCLUDE.name:
            yield statement
            continue
        try:
            if include is None:
                raise VerbError("other scripts can't be read here", where=INCLUDE.name)
            inner, content = include(included(statement.rest), name)
            if inner in opened:
                raise VerbError(f"{inner} would include itself", where=INCLUDE.name)
        except ConvstepError as error:
            raise located(error, statement) from None
        yield from _lines(content, inner, include, (*opened, inner))


def located(error: AnyError, statement: Statement) -> AnyError:
    """Return an error with its place in a script and the line, with carets under the word that it quotes."""
    what, source = error.what, statement.source
    start = statement.column - 1
    quoted = next((word for word in re.findall(r"'([^']+)'", what) if word in source[start:]), statement.verb)
    at = source.find(quoted, start)
    place = f"{statement.script}:{statement.number}"
    if not isinstance(error, ExpectationError):
        place = f"{place}:{at + 1}"
    else:
        at, quoted = start, statement.text
    error.where = f"{place}: {error.where}" if error.where else place
    error.excerpt = error.excerpt or excerpt(source, at, len(quoted))
    return error
