"""Sessions and lessons that a notebook shows: as a still of the debugger's screen, and as a page to go through."""

from __future__ import annotations

from base64 import b64encode
from html import escape
from typing import Any

from convstep import opening
from convstep.errors import ConvstepError
from convstep.printable import printable

SIZE = (120, 36)
SCALE = 1
"""How large the picture of a session is: cells of 9 by 18 pixels."""
FRAME = (
    '<iframe sandbox="allow-scripts" srcdoc="{page}" title="{title}" '
    'style="width: 100%; height: {height}px; border: 0"></iframe>'
)
HEIGHT = 800
"""Of a lesson's page, in pixels."""
SCALE = 2
"""Of a picture, for screens with many pixels; a notebook makes it as wide as its page."""


class Session(opening.Session):
    """A session that a notebook shows as a still of the debugger's screen."""

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """Return the screen as a picture, and as text for those who see none."""
        from convstep.report.film.pictures import png
        from convstep.tui.recorder import still

        film = still(self, size=SIZE)
        screen = film.shots[0].screen
        picture = png(screen, film.plain.background, SCALE)
        return {"image/png": b64encode(picture).decode(), "text/plain": screen.text}


class Lesson:
    """A lesson that a notebook shows as a page, which stops at each caption.

    Args:
        script: A bundled lesson's name, or a script's path.
        size: Width and height of the screen, in cells.
        theme: dark or light.

    Attributes:
        path: The script.

    Raises:
        ConvstepError: There is no such lesson, or it can't be read.
    """

    def __init__(self, script: str, *, size: tuple[int, int] = SIZE, theme: str = "dark") -> None:
        from convstep.debugger.script import about
        from convstep.report.scripts import read_script, scripts

        paths = scripts([script])
        if len(paths) != 1:
            raise ConvstepError(f"one script at a time, got {len(paths)}", where=script)
        self.path = paths[0]
        self._about = about(read_script(self.path))
        self._size, self._theme = size, theme

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """Return the page, and the title for those who see none."""
        from convstep.report.film.page import page
        from convstep.report.scripts import Folder, folder_of, name_of, read_script
        from convstep.tui.recorder import film_of

        script, name = read_script(self.path), name_of(self.path)
        film = film_of(script, name, Folder(folder_of(self.path)), size=self._size, theme=self._theme)
        title = printable(self._about.title or name)
        frame = FRAME.format(page=escape("".join(page(film))), title=escape(title), height=HEIGHT)
        return {"text/html": frame, "text/plain": title}
