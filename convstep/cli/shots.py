"""What the verb `shot` writes."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from convstep.errors import VerbError

VIEWS = ("zoom", "channel", "theme")
"""Verbs that change what a screen shows, and nothing else."""

if TYPE_CHECKING:
    from convstep.debugger import Frame, Session
    from convstep.report.scripts import Folder

SIZE = (120, 36)
"""The screen's width and height, unless another one is wanted, in cells."""


class Shooter:
    """Writes what a session shows to files: in words, or as it is on the screen.

    Args:
        session: The session.
        folder: Where files may be written.
        size: Width and height of the screen, in cells.
        theme: dark or light.
    """

    def __init__(self, session: Session, folder: Folder, size: tuple[int, int] = SIZE, theme: str = "dark") -> None:
        self._session = session
        self._folder = folder
        self._size = size
        self._theme = theme
        self._views: dict[str, tuple[str, str]] = {}
        session.observers.append(self._note)

    def _note(self, line: str) -> None:
        """Note a line that changes what a screen shows, and the layer that it was said in."""
        if (verb := line.partition(" ")[0]) in VIEWS:
            self._views[verb] = line, self._session.layer

    def __call__(self, frame: Frame, path: str) -> str:
        """Write the frame that the session shows to a file, by its ending; return a message.

        Raises:
            ConvstepError: Files of that kind can't be written, or it is outside the folder.
        """
        from convstep.report.film.formats import ENDINGS, exporting, target

        ending = os.path.splitext(path)[1].lower()
        if ending not in ENDINGS:
            raise VerbError(f"can't write '{path}'", where="shot", hint=f"Files can end in {', '.join(ENDINGS)}")
        if ending == ".txt":
            return self._folder.shoot(frame, path)
        where = target(self._folder.inside(path), force=True)
        if where.is_folder:
            raise VerbError(f"'{path}' is a folder", where="shot")
        from convstep.tui.recorder import still

        layer = self._session.layer
        lines = [line for line, there in self._views.values() if there == layer or not line.startswith("channel")]
        with exporting(where) as write:
            write(still(self._session, size=self._size, theme=self._theme, lines=lines), lambda done, total: None)
        return f"written to {path}"
