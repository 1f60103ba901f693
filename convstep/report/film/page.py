"""Films as a page: one file that needs no network, stops at each caption, and has the captions as text beside it.

The player is asciinema's, under the Apache licence, version 2.0: https://github.com/asciinema/asciinema-player, 3.18.0.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html import escape
from importlib.resources import files
from typing import Any

from convstep.report.captions import spans
from convstep.report.film import Film
from convstep.report.film.cast import cast, colour

CAPTION_SECONDS = 0.2
"""How long a caption stands in the player after it has stopped there."""
DATA = files("convstep.report.film") / "data"
MARKS = {"plain": "{}", "bold": "<strong>{}</strong>", "code": "<code>{}</code>"}
POLICY = (
    "default-src 'none'; script-src 'unsafe-inline' 'wasm-unsafe-eval'; style-src 'unsafe-inline'; img-src data:; "
    "font-src data:"
)
"""What the page may do: nothing comes from elsewhere, and nothing goes there."""


def page(film: Film) -> Iterator[str]:
    """Yield a film as the parts of a page."""
    stills = [(shot, shot.caption) for shot in film.shots if shot.caption is not None]
    title, about, language = film.about
    title = title or "convstep"
    values = {
        "language": escape(language),
        "policy": POLICY,
        "title": escape(title),
        "about": f"<p>{escape(about)}</p>" if about else "",
        "scheme": "dark" if film.dark else "light",
        "foreground": colour(film.plain.colour),
        "background": colour(film.plain.background),
        "captions": "\n".join(item(caption, is_answer=shot.is_answer) for shot, caption in stills),
        "licence": escape(_data("asciinema-player.LICENSE")),
        "player_style": re.sub(r"/\*.*?\*/", "", _data("asciinema-player.css"), flags=re.DOTALL),
        "player": _data("asciinema-player.min.js"),
        "cast": _script_json("".join(cast(film, CAPTION_SECONDS))),
        "seconds": _script_json([shot.seconds for shot, _ in stills]),
        "width": str(film.width),
        "height": str(film.height),
    }
    for number, part in enumerate(re.split(r"\{\{(\w+)\}\}", _data("page.html"))):
        yield values[part] if number % 2 else part


def item(caption: str, *, is_answer: bool) -> str:
    """Return a caption as an item of a list; an answer is hidden until it is reached."""
    hidden = ' class="answer"' if is_answer else ""
    return f'<li{hidden}><button type="button"><span>{marked(caption)}</span></button></li>'


def marked(caption: str) -> str:
    """Return a caption as HTML."""
    lines = (
        "".join(MARKS[stress].format(escape(text)) for text, stress in spans(line)) for line in caption.split("\n")
    )
    return "<br>".join(lines)


def _data(name: str) -> str:
    return DATA.joinpath(name).read_text(encoding="utf-8")


def _script_json(data: Any) -> str:
    """Return data as JSON that can't end the script that holds it."""
    return json.dumps(data, ensure_ascii=False).replace("<", "\\u003c").replace("\u2028", "\\u2028")
