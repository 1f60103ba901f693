"""Identity: the input unchanged."""

from __future__ import annotations

from convstep.layers.base import Shape
from convstep.layers.kinds import register
from convstep.layers.values import Unchanged
from convstep.layers.writer import Writer


@register
class Identity(Unchanged):
    """The input unchanged."""

    kind = "identity"
    aliases = ("linear_activation", "noop", "input_layer")
    why = "identity does nothing"

    def write(self, to: Writer, shape: Shape) -> None:
        to.identity()
