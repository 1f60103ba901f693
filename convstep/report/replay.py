"""Replays a script without a screen."""

from __future__ import annotations

from collections.abc import Iterator

from convstep.debugger import Session
from convstep.debugger.script import statements
from convstep.errors import ConvstepError
from convstep.report.text import position

WIDTH = 32


def replay(session: Session, script: str, name: str) -> Iterator[str]:
    """Carry out a script; yield lines of text for each statement, with its message or the new place.

    Args:
        session: The session.
        script: The script's text.
        name: Its name in messages.

    Raises:
        ExpectationError: An `expect` failed; the message names the line.
        ConvstepError: A line can't be carried out; the message names it.
    """
    for number, statement in statements(script):
        try:
            message = session.do(statement)
            verb = statement.split()[0]
            if verb == "say":
                yield message
            else:
                first, *others = (message or position(session.frame)).split("\n")
                yield f"{statement:<{WIDTH}}  {first}"
                yield from (f"{'':<{WIDTH}}  {line}" for line in others)
        except ConvstepError as error:
            error.where = f"{name}:{number}: {error.where}" if error.where else f"{name}:{number}"
            raise
    if session.score is not None:
        yield str(session.score)
