"""Progress on standard error, where that is a terminal."""

from __future__ import annotations

import sys
from time import monotonic

from convstep.printable import printable

FIRST = 0.5
"""Seconds before anything is said."""
EVERY = 0.1
"""Seconds between two messages."""
WIDEST = 78
BAR = 20
"""Width of the progress bar."""
CLEAR = "\r\x1b[K"


class Progress:
    """A line that tells how far something is, and disappears when it is done.

    Args:
        wanted: Whether to tell; standard error must be a terminal, too.
    """

    def __init__(self, *, wanted: bool = True) -> None:
        self._due = monotonic() + FIRST if wanted and sys.stderr.isatty() else float("inf")
        self._shown = False

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *error: object) -> None:
        if self._shown:
            sys.stderr.write(CLEAR)
            sys.stderr.flush()

    def tell(self, done: int, total: int, what: str) -> None:
        """Tell that `done` of `total` are done, unless it was told just now.

        Args:
            done: How many.
            total: Of how many; 0 if that is unknown.
            what: Of what.
        """
        if monotonic() < self._due:
            return
        self._due, self._shown = monotonic() + EVERY, True
        told = f"{done:,}"
        if total:
            filled = BAR * min(done, total) // total
            told = f"{'━' * filled}{'─' * (BAR - filled)}  {done:,} of {total:,}"
        sys.stderr.write(CLEAR + printable(f"{what}  {told}")[:WIDEST])
        sys.stderr.flush()
