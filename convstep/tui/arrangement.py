"""Where everything is on the screen: a pure function of its size."""

from __future__ import annotations

from textual.geometry import NULL_OFFSET, Region, Size, Spacing
from textual.layout import ArrangeResult, Layout, WidgetPlacement
from textual.widget import Widget

LEAST = Size(60, 18)
"""Below this there is no room to show a window, its filter and where they are."""

NARROW, LOW = 100, 30
CODE, OPENED_CODE = 10, 15
"""Lines that the code needs, with its title: of a window, and of one opened into its taps."""

WINDOW = 26
"""Columns that a 4x4 filter needs in numbers."""

SLICE_AND_FILTER = 48
"""Columns that a 4x4 slice needs beside its filter."""

PICTURE = 68
"""Columns that a picture 64 wide needs pixel for pixel, with its padding and the ruler."""


def is_compact(width: int, height: int) -> bool:
    """Return whether there is only room for the maps, the window and the sum."""
    return width < NARROW or height < LOW


def arrange(width: int, height: int) -> dict[str, Region]:
    """Return where each bar and each panel is, by name; one that is not there has no room.

    Panels touch: each keeps a margin of its own. Below LEAST there is none.
    """
    if width < LEAST.width or height < LEAST.height:
        return {}
    compact = is_compact(width, height)
    head, timeline = (2, height - 2) if compact else (3, height - 3)
    words = 2 if compact else 1 + (OPENED_CODE if height >= 45 else CODE)
    maps = timeline - words - head
    rows = {"top": 0, "net": 1, "timeline": timeline, "said": timeline + 1, "keys": height - 1}
    places = {name: Region(0, y, width, 1) for name, y in rows.items()}
    places["prompt"] = places["said"]
    left = width if compact else width // 2
    places["sum"] = Region(0, head + maps, left, words)
    if not compact:
        places["code"] = Region(left, head + maps, width - left, words)
    x = 0
    for name, columns in zip(("input", "window", "output"), _columns(width, compact), strict=True):
        places[name] = Region(x, head, columns, maps)
        x += columns
    return places


def _columns(width: int, compact: bool) -> tuple[int, int, int]:
    """Return the widths of input, window and output, their margins of one column at either side included."""
    room = width - 6
    middle = WINDOW if compact else room * 3 // 7
    if room - 2 * PICTURE >= SLICE_AND_FILTER:
        middle = min(middle, room - 2 * PICTURE)
    side = (room - middle) // 2 + 2
    return side, width - 2 * side, side


class Arrangement(Layout):
    """Puts a screen's children where `arrange` says, by their id."""

    name = "arrangement"

    def arrange(self, parent: Widget, children: list[Widget], size: Size, greedy: bool = True) -> ArrangeResult:
        """Return where the children are."""
        del parent, greedy
        places = arrange(size.width, size.height)
        nowhere = Region(0, 0, 0, 0)
        return [
            WidgetPlacement(places.get(child.id or "", nowhere), NULL_OFFSET, Spacing(), child) for child in children
        ]
