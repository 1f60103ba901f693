"""What a screen shows, as cells of a film: for pictures of it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from rich.color import blend_rgb
from rich.color_triplet import ColorTriplet
from rich.style import Style
from textual.geometry import Region
from textual.screen import Screen as TextualScreen
from textual.strip import Strip
from textual.widget import Widget

from convstep.debugger.script import About
from convstep.printable import printable
from convstep.report.film import Film, Look, Run, Screen, Shot, row_of
from convstep.report.scripts import frame_lines

if TYPE_CHECKING:
    from convstep.tui.screens.debug import DebugScreen

DIM = 0.5
"""How far dim text is from its background."""
STILL_SECONDS = 1.0
"""How long a film of a single screen is."""


def film_of_screen(screen: DebugScreen) -> Film:
    """Return what the debugger's screen shows, as a film that stands still."""
    words = tuple(map(printable, frame_lines(screen.session.frame)))
    shot = Shot(capture(screen), STILL_SECONDS, None, words)
    return Film(About(), screen.app.current_theme.dark, look_of(screen.rich_style, Look(0, 0)), (shot,))


def capture(screen: TextualScreen[Any]) -> Screen:
    """Return what a screen shows."""
    width, height = screen.size
    rows = screen.render_lines(Region(0, 0, width, height))
    for widget in _in_order(screen):
        region = widget.region.intersection(screen.region)
        left, top = region.offset - widget.region.offset
        strips = widget.render_lines(Region(left, top, *region.size))
        for y, strip in zip(range(region.y, region.bottom), strips, strict=True):
            rows[y] = Strip.join([rows[y].crop(0, region.x), strip, rows[y].crop(region.right)])
    plain = look_of(screen.rich_style, Look(0, 0))
    runs = ([Run(each.text, look_of(each.style, plain)) for each in row] for row in rows)
    return Screen(width, tuple(row_of(row, width, plain) for row in runs))


def _in_order(parent: Widget) -> Iterator[Widget]:
    """Yield the widgets in a widget, from the lowest layer to the highest."""
    levels = {layer: level for level, layer in enumerate(parent.layers)}
    for child in sorted(parent.displayed_children, key=lambda each: levels.get(each.layer, 0)):
        if child.visible and child.region:
            yield child
        yield from _in_order(child)


@lru_cache(4096)
def look_of(style: Style | None, plain: Look) -> Look:
    """Return how a style looks where `plain` is the look of text without one."""
    if style is None:
        return plain
    colour, background = (
        default if each is None or each.is_default else _packed(each.get_truecolor())
        for each, default in ((style.color, plain.colour), (style.bgcolor, plain.background))
    )
    if style.reverse:
        colour, background = background, colour
    if style.dim:
        colour = _packed(blend_rgb(_triplet(background), _triplet(colour), DIM))
    return Look(colour, background, bool(style.bold), bool(style.italic), bool(style.underline), bool(style.strike))


def _packed(triplet: ColorTriplet) -> int:
    return triplet.red << 16 | triplet.green << 8 | triplet.blue


def _triplet(packed: int) -> ColorTriplet:
    return ColorTriplet(packed >> 16, packed >> 8 & 255, packed & 255)
