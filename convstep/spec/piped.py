"""Whether something is piped in, for commands that were started without a file."""

from __future__ import annotations

import fcntl
import os
import select
import stat
import sys
import termios

TIMEOUT = 3
"""Seconds after which a silent pipe counts as empty."""


def something_piped() -> bool:
    """Return whether standard input is a file that is not empty, or a pipe that sends something."""
    try:
        handle = sys.stdin.fileno()
        status = os.fstat(handle)
    except (AttributeError, ValueError, OSError):  # closed
        return False
    if stat.S_ISREG(status.st_mode):
        return status.st_size > 0
    if not (stat.S_ISFIFO(status.st_mode) or stat.S_ISSOCK(status.st_mode)):
        return False
    poll = select.poll()
    poll.register(handle, select.POLLIN | select.POLLHUP)
    return bool(poll.poll(1000 * TIMEOUT)) and _bytes_waiting(handle) > 0


def _bytes_waiting(handle: int) -> int:
    """Return how many bytes can be read without waiting; 0 at the end."""
    return int.from_bytes(fcntl.ioctl(handle, termios.FIONREAD, b"\0" * 4), sys.byteorder)
