"""Films as a page in Markdown, with a picture for each caption."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from convstep.report.captions import spans
from convstep.report.film import Film

SPECIAL = re.compile(r"([\\`*_\[\]<>#|~$&!])")
"""Characters that would mean something."""
LEADING = re.compile(r"^(\s*)([-+]|\d+[.)])(?=\s)")
"""What would begin a list."""


def markdown(film: Film, pictures: Sequence[str]) -> Iterator[str]:
    """Yield a film as lines of Markdown.

    Args:
        film: The film.
        pictures: The path of the picture of each still, as an URL.
    """
    title, about, _ = film.about
    yield f"# {escaped(title or 'convstep')}"
    if about:
        yield ""
        yield escaped(about)
    for number, (shot, picture) in enumerate(zip(film.stills, pictures, strict=True), start=1):
        yield ""
        if shot.caption is not None:
            yield "  \n".join(map(marked, shot.caption.split("\n")))
            yield ""
        yield f"![Screen {number}]({picture})"


def marked(line: str) -> str:
    """Return a line of a caption as Markdown."""
    parts = []
    for text, stress in spans(line):
        if stress == "code":
            parts.append(f"`{text}`")
        else:
            parts.append(f"**{escaped(text)}**" if stress == "bold" else escaped(text))
    return LEADING.sub(r"\1\\\2", "".join(parts))


def escaped(text: str) -> str:
    """Return a text with what means something in Markdown escaped."""
    return SPECIAL.sub(r"\\\1", text)
