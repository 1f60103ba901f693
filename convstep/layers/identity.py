"""Identity: every value as it comes."""

from __future__ import annotations

from convstep.layers.base import register
from convstep.layers.values import Unchanged


@register
class Identity(Unchanged):
    """Every value as it comes."""

    kind = "identity"
    also = ("linear_activation", "noop", "input_layer")
    why = "identity does nothing"
