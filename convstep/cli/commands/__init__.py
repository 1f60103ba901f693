"""The commands, one a file: what each is called, what it takes, and what it does. Heavy imports wait until one runs."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import Protocol

from convstep.cli.commands import completion, debug, forward, replay, samples, shapes, trace


class Command(Protocol):
    """What a command's file declares.

    Attributes:
        NAME: The word that calls it.
        SUMMARY: What it does, for the list of commands.
        EXAMPLE: A line that calls it.
    """

    NAME: str
    SUMMARY: str
    EXAMPLE: str

    def arguments(self, sub: ArgumentParser, /) -> None:
        """Declare its arguments."""

    def run(self, args: Namespace, /) -> int:
        """Do it, and return the exit code."""


ALL: tuple[Command, ...] = (debug, samples, shapes, forward, trace, replay, completion)
"""In the order of the help."""
COMMANDS = tuple(command.NAME for command in ALL)
"""Their names."""
