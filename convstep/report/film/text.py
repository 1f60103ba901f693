"""Films as text: each caption with what the screen shows, in words, as a screen reader wants them."""

from __future__ import annotations

from collections.abc import Iterator

from convstep.report.captions import plain
from convstep.report.film import Film

OTHER_CODE = "  "
"""How lines of code begin that are not the current one."""


def text(film: Film) -> Iterator[str]:
    """Yield a film as lines of text: a block for each caption, or for each screen if nothing is said."""
    title, about, _ = film.about
    yield from filter(None, (title, about))
    stills = film.stills
    for number, shot in enumerate(stills, start=1):
        if len(stills) > 1:
            yield ""
            yield f"{number}/{len(stills)}"
        if shot.caption is not None:
            yield from plain(shot.caption).split("\n")
            yield ""
        yield from (line for line in shot.words if line and not line.startswith(OTHER_CODE))
