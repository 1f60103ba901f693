"""A net's sizes with several paddings side by side."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from convstep.answers.shapes import LayerShape, shapes
from convstep.engine.geometry import VALID, Pad, Padding
from convstep.layers import Windowed
from convstep.network import Network

PaddingOf = Callable[[Windowed], Pad]


class Column(NamedTuple):
    """A net's sizes with one padding in all layers whose window slides.

    Attributes:
        name: The padding: its own, SAME, VALID, or p = (f − 1)//2.
        network: The net with that padding.
        rows: Its layers' sizes.
    """

    name: str
    network: Network
    rows: list[LayerShape]


def symmetric(layer: Windowed) -> Padding:
    """Return the padding p = (f − 1)//2 on every side, which PyTorch's users write for SAME."""
    down, across = ((size - 1) // 2 for size in layer.kernel)
    return Padding(down, down, across, across)


PADDINGS: dict[str, PaddingOf] = {
    "its own": lambda layer: layer.padding,
    "SAME": lambda layer: "same",
    "VALID": lambda layer: VALID,
    "p = (f − 1)//2": symmetric,
}
"""The paddings that are compared, by name."""


def compare_paddings(network: Network) -> list[Column]:
    """Return a net's sizes with its own padding, with SAME, with VALID, and with p = (f − 1)//2."""
    columns = []
    for name, padding in PADDINGS.items():
        changed = network
        for layer in network.layers:
            if isinstance(layer, Windowed):
                changed = changed.with_window(layer.name, padding=padding(layer))
        columns.append(Column(name, changed, shapes(changed)))
    return columns
