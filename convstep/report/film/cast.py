"""Films as asciicasts, version 2: what changes on a terminal, with a marker at each caption.

The format: https://docs.asciinema.org/manual/asciicast/v2/
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from convstep.report.captions import plain
from convstep.report.film import Cell, Film, Look, Row, Screen, cells

GAP = 4
"""Unchanged cells between changed ones, up to which it is shorter to write them again."""
START, END = "\x1b[?25l\x1b[2J", "\x1b[0m\x1b[?25h"
"""Hides the cursor and clears the screen; shows it again."""
LONGEST_LABEL = 80
ANSI = (
    *("#000000", "#cd3131", "#0dbc79", "#e5e510", "#2472c8", "#bc3fbc", "#11a8cd", "#e5e5e5"),
    *("#666666", "#f14c4c", "#23d18b", "#f5f543", "#3b8eea", "#d670d6", "#29b8db", "#ffffff"),
)
"""The 16 colours of a terminal: a theme must name them, though films have none of them."""


def cast(film: Film, caption_seconds: float | None = None) -> Iterator[str]:
    """Yield a film as lines of an asciicast.

    Args:
        film: The film.
        caption_seconds: How long each caption stands; None for as long as it takes to read it.
    """
    yield _line(
        {
            "version": 2,
            "width": film.width,
            "height": film.height,
            **({"title": film.about.title} if film.about.title else {}),
            "theme": {"fg": colour(film.plain.colour), "bg": colour(film.plain.background), "palette": ":".join(ANSI)},
        }
    )
    pen, at, before = Pen(), 0.0, None
    for shot in film.shots:
        text = pen.changes(before, shot.screen)
        if before is None:
            text = START + text
        if text:
            yield _line([at, "o", text])
        if shot.caption is not None:
            yield _line([at, "m", label(shot.caption)])
        still = shot.caption is not None and caption_seconds is not None
        at, before = round(at + (caption_seconds or 0 if still else shot.seconds), 3), shot.screen
    yield _line([at, "o", END])


def label(caption: str) -> str:
    """Return a caption as the label of a marker: one line without stress, shortened if it is long."""
    text = " ".join(plain(caption).split())
    return text if len(text) <= LONGEST_LABEL else f"{text[: LONGEST_LABEL - 1]}…"


def colour(packed: int) -> str:
    """Return a colour, 0xRRGGBB, as #rrggbb."""
    return f"#{packed:06x}"


def _line(data: object) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")) + "\n"


class Pen:
    """Writes on a terminal, and knows how it has been told to write."""

    def __init__(self) -> None:
        self._look: Look | None = None

    def changes(self, before: Screen | None, after: Screen) -> str:
        """Return what makes a terminal that shows `before`, or nothing, show `after`."""
        rows: Sequence[Row | None] = before.rows if before else [None] * after.height
        return "".join(
            self._row(y, cells(old) if old is not None else [], cells(new))
            for y, (old, new) in enumerate(zip(rows, after.rows, strict=True), start=1)
            if old is not new and old != new
        )

    def _row(self, y: int, old: list[Cell], new: list[Cell]) -> str:
        text, cursor = "", -1
        changed = [not old or was != now for was, now in zip(old or new, new, strict=True)]
        for x, (character, look) in enumerate(new):
            if changed[x] and not character:
                continue  # the wide character before it has changed, too
            wide = x + 1 < len(new) and not new[x + 1][0]
            if not (changed[x] or (wide and changed[x + 1])):
                continue
            if cursor < 0 or x - cursor > GAP:
                text += f"\x1b[{y};{x + 1}H"
            else:
                text += "".join(self._styled(*cell) for cell in new[cursor:x])
            text += self._styled(character, look)
            cursor = x + 1 + wide
        return text

    def _styled(self, character: str, look: Look) -> str:
        """Return a character with what the pen has to be told before it."""
        last = self._look
        if look == last or not character:
            return character
        self._look = look
        codes: list[str] = []
        if last is None or last[2:] != look[2:]:
            last = None
            codes.append("0")
            codes += [code for code, wanted in zip(("1", "3", "4", "9"), look[2:], strict=True) if wanted]
        for code, packed, known in zip(("38", "48"), look, last or (None, None), strict=False):
            if packed != known:
                codes.append(f"{code};2;{packed >> 16};{packed >> 8 & 255};{packed & 255}")
        return f"\x1b[{';'.join(codes)}m{character}"
