"""Replaying a script without a screen."""

from __future__ import annotations

from collections.abc import Iterator

from convstep.debugger import Session
from convstep.debugger.script import statements
from convstep.errors import ConvstepError
from convstep.report.text import position

WIDTH = 32


def replay(session: Session, script: str, name: str) -> Iterator[str]:
    """Carry out a script; yield a line of text for each statement: what was asked, and where that led.

    Args:
        session: What carries it out.
        script: The script's text.
        name: What to call it in messages.

    Raises:
        ExpectationError: An `expect` did not hold.
        ConvstepError: A line can't be carried out. Either way the message names the line.
    """
    for number, statement in statements(script):
        try:
            said = session.do(statement)
            verb = statement.split()[0]
            if verb == "say":
                yield said
            else:
                yield f"{statement:<{WIDTH}}  {said or position(session.frame)}"
        except ConvstepError as error:
            error.where = f"{name}:{number}: {error.where}" if error.where else f"{name}:{number}"
            raise
