"""Identity: the input unchanged."""

from __future__ import annotations

from convstep.layers.base import register
from convstep.layers.values import Unchanged


@register
class Identity(Unchanged):
    """The input unchanged."""

    kind = "identity"
    aliases = ("linear_activation", "noop", "input_layer")
    why = "identity does nothing"
