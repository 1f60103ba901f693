"""What the child may not do: limits that the system keeps, and accidents that Python reports before they happen."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
NETWORK = (
    "socket.connect",
    "socket.bind",
    "socket.sendto",
    "socket.sendmsg",
    "socket.getaddrinfo",
    "socket.gethostbyname",
)
PROGRAMS = (
    "subprocess.Popen",
    "os.system",
    "os.exec",
    "os.fork",
    "os.forkpty",
    "os.posix_spawn",
    "os.spawn",
    "os.startfile",
    "os.kill",
    "os.killpg",
)
PATHS = {
    "os.chmod": 1,
    "os.chown": 1,
    "os.link": 2,
    "os.mkdir": 1,
    "os.remove": 1,
    "os.rename": 2,
    "os.rmdir": 1,
    "os.symlink": 2,
    "os.truncate": 1,
    "os.utime": 1,
    "shutil.chown": 1,
    "shutil.copyfile": 2,
    "shutil.move": 2,
    "shutil.rmtree": 1,
}
"""How many paths each of these has first; all must lie in the temporary folder, the sources of copies excepted."""


class ForbiddenError(PermissionError):
    """Something that learners' code may not do here."""


def limit(limits: dict[str, int]) -> None:
    """Set the limits that this system has.

    Args:
        limits: `memory` (bytes beyond what is used now), `cpu` (seconds), `file` (bytes), `files` (open ones).
    """
    try:
        import resource
    except ImportError:
        return
    wanted = {
        "RLIMIT_AS": limits["memory"] + _used(),
        "RLIMIT_CPU": limits["cpu"],
        "RLIMIT_FSIZE": limits["file"],
        "RLIMIT_NOFILE": limits["files"],
        "RLIMIT_NPROC": 0,
        "RLIMIT_CORE": 0,
    }
    for name, most in wanted.items():
        with suppress(AttributeError, ValueError, OSError):
            resource.setrlimit(getattr(resource, name), (most, most))


def _used() -> int:
    """Return the bytes of address space in use; half a gigabyte where the system doesn't say."""
    try:
        with open("/proc/self/statm", "rb") as stream:
            return int(stream.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError):
        return 512 << 20


def forbid(folder: str) -> None:
    """Refuse the network, other programs, and every change of a file outside `folder`, from now on.

    Python announces these before it does them. What goes past Python, in compiled code, isn't seen.
    """
    inside = os.path.realpath(folder)

    def refuse_network(_: Sequence[Any]) -> None:
        raise ForbiddenError("there is no network here")

    def refuse_program(_: Sequence[Any]) -> None:
        raise ForbiddenError("no other program may be started or stopped here")

    def check_open(arguments: Sequence[Any]) -> None:
        path, mode, flags = arguments
        writes = any(each in mode for each in "wax+") if isinstance(mode, str) else bool((flags or 0) & WRITING)
        if writes and not isinstance(path, int):
            check(path)

    def check(path: Any) -> None:
        if isinstance(path, int):
            return
        real = os.path.realpath(os.fsdecode(path))
        if real not in (inside, os.devnull) and not real.startswith(inside + os.sep):
            raise ForbiddenError("files may only be written in the working folder here, which is an empty one")

    def check_paths(count: int, copies: bool) -> Callable[[Sequence[Any]], None]:
        def check_each(arguments: Sequence[Any]) -> None:
            for each in arguments[1 if copies else 0 : count]:
                check(each)

        return check_each

    table: dict[str, Callable[[Sequence[Any]], None]] = dict.fromkeys(NETWORK, refuse_network)
    table |= dict.fromkeys(PROGRAMS, refuse_program)
    table |= {name: check_paths(count, name == "shutil.copyfile") for name, count in PATHS.items()}
    table["open"] = check_open

    def hook(event: str, arguments: Sequence[Any]) -> None:
        if (known := table.get(event)) is not None:
            known(arguments)

    sys.addaudithook(hook)
