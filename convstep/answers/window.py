"""A single window that slides over a map, as someone types it: 64,4,1,same."""

from __future__ import annotations

import re
from typing import NamedTuple

from convstep.engine.geometry import Axis, Pad, Padding, Pair, Sliding
from convstep.errors import ConvstepError

USAGE = "SIZE,KERNEL[,STRIDE[,PADDING[,DILATION]]], each a number or HxW, padding also same, valid or full"
WORDS: dict[str, Pad] = {
    "same": "same",
    "same_lower": "same_lower",
    "valid": Padding(0, 0, 0, 0),
    "full": "full",
}


class Window(NamedTuple):
    """A window and the size of the map that it slides over.

    Attributes:
        size: The map's height and width.
        sliding: The window's parameters.
        word: The padding's word in capitals; PAD for a number.
    """

    size: Pair
    sliding: Sliding
    word: str

    @property
    def axes(self) -> tuple[Axis, Axis]:
        """The window along rows and columns.

        Raises:
            GeometryError: The window is larger than the padded input.
        """
        return self.sliding.over(*self.size)

    @property
    def padding(self) -> Padding:
        """Rows and columns added around the map."""
        return self.sliding.padding_over(*self.size)


def read_window(text: str) -> Window:
    """Return the window that `text` describes; the stride is 1, and the padding VALID, if they are left out.

    Raises:
        ConvstepError: It can't be read.
    """
    parts = [part.strip().lower() for part in text.split(",")]
    if not 2 <= len(parts) <= 5:
        raise ConvstepError(f"can't read '{text}'", hint=f"Give {USAGE}: 64,4,1,same or 28x20,5x3,2")
    size, kernel, stride, padding, dilation = [*parts, *("1", "valid", "1")[len(parts) - 2 :]]
    pad = WORDS.get(padding)
    if pad is None:
        down, across = _pair(padding, "padding", 0, ", or same, valid or full")
        pad = Padding(down, down, across, across)
    sliding = Sliding(_pair(kernel, "kernel"), _pair(stride, "stride"), _pair(dilation, "dilation"), pad)
    return Window(_pair(size, "size"), sliding, padding.upper() if padding in WORDS else "PAD")


def _pair(text: str, what: str, least: int = 1, others: str = "") -> Pair:
    """Return a number, or two with an x between them, as (height, width)."""
    found = re.fullmatch(r"(\d{1,9})(?:\s*[x×*]\s*(\d{1,9}))?", text, re.ASCII)
    pair = (int(found[1]), int(found[2] or found[1])) if found else (-1, -1)
    if min(pair) < least:
        raise ConvstepError(f"expected the {what} as a number from {least} on, or as HxW{others}, got '{text}'")
    return pair
