"""Sessions that open specs."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from convstep import debugger
from convstep.loading import NOTHING, Given, load
from convstep.network import Network

if TYPE_CHECKING:
    from convstep.report.scripts import Folder


class Session(debugger.Session):
    """A session whose verb `open` takes bundled names and paths."""

    def __init__(self, network: Network, x: Any, notes: Sequence[str] = (), locate: Callable[[str], str] = str) -> None:
        super().__init__(
            network, x, opener=lambda spec: load(locate(spec), notify=lambda note: self.notes.append(note))
        )
        self.notes.extend(notes)


def open_session(
    spec: str | os.PathLike[str] = "photo",
    *,
    changes: Sequence[str] = (),
    padding: str | None = None,
    locate: Callable[[str], str] = str,
    given: Given = NOTHING,
) -> Session:
    """Return a session on a spec or a model file.

    Args:
        spec: A bundled name or a path.
        changes: Fields to change for this run, such as "conv1.padding=valid".
        padding: Padding for every convolution and pool.
        locate: Returns the path of a spec that the verb `open` names.
        given: What is given beside the file.

    Raises:
        SpecError: It can't be read.
    """
    notes: list[str] = []
    opened = load(spec, changes=changes, padding=padding, notify=notes.append, given=given)
    session = Session(*opened, notes, locate)
    session.spec = "" if changes or padding or given != NOTHING else os.fspath(spec)
    return session


def open_script(path: str, *, anywhere: bool = False) -> tuple[Session, str, Folder]:
    """Return a session for a script, the script's text, and the folder below which it may read and write.

    Args:
        path: The script; "-" is standard input.
        anywhere: Whether it may read and write outside its folder.

    Raises:
        ConvstepError: It can't be read.
    """
    from convstep.report.scripts import Folder, folder_of, read_script

    script, folder = read_script(path), Folder(folder_of(path), anywhere)
    session = open_session(locate=folder.spec)
    session.shoot = folder.shoot
    return session, script, folder
