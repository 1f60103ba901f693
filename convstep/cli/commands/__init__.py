"""The commands, one file each, which are imported by name, and import what they need when they run."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from importlib import import_module
from typing import Any, Protocol

COMMANDS = (
    "debug",
    "samples",
    "shapes",
    "map",
    "contributions",
    "why",
    "diff",
    "forward",
    "trace",
    "emit",
    "convert",
    "check",
    "replay",
    "learn",
    "completion",
)
"""The names of all commands and of their files, in the order of the help."""


class Command(Protocol):
    """The contents of a command's module.

    Attributes:
        SUMMARY: What it does, for the list of commands.
        EXAMPLE: An example line.
    """

    SUMMARY: str
    EXAMPLE: str

    def arguments(self, sub: ArgumentParser, /) -> None:
        """Add the command's arguments."""

    def run(self, args: Namespace, /) -> int:
        """Run the command; return the exit code."""


def command(name: str) -> Command:
    """Return the command called `name`, one of `COMMANDS`."""
    module: Any = import_module(f"convstep.cli.commands.{name}")
    found: Command = module
    return found
