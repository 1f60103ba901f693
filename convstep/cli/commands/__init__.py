"""The commands, one file each, which import what they need when they run."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import Protocol

from convstep.cli.commands import (
    check,
    completion,
    contributions,
    convert,
    debug,
    diff,
    emit,
    forward,
    learn,
    replay,
    samples,
    shapes,
    trace,
    why,
)
from convstep.cli.commands import map as map_command


class Command(Protocol):
    """The contents of a command's module.

    Attributes:
        NAME: The command's name.
        SUMMARY: What it does, for the list of commands.
        EXAMPLE: An example line.
    """

    NAME: str
    SUMMARY: str
    EXAMPLE: str

    def arguments(self, sub: ArgumentParser, /) -> None:
        """Add the command's arguments."""

    def run(self, args: Namespace, /) -> int:
        """Run the command; return the exit code."""


ALL: tuple[Command, ...] = (
    debug,
    samples,
    shapes,
    map_command,
    contributions,
    why,
    diff,
    forward,
    trace,
    emit,
    convert,
    check,
    replay,
    learn,
    completion,
)
"""All commands, in the order of the help."""
COMMANDS = tuple(command.NAME for command in ALL)
"""Their names."""
