"""Sessions that open specs."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any

from convstep import debugger
from convstep.loading import NOTHING, Given, load
from convstep.network import Network


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
