"""Dropout: no effect outside training."""

from __future__ import annotations

from dataclasses import dataclass

from convstep.layers.base import Shape
from convstep.layers.fields import SHARE, field
from convstep.layers.kinds import register
from convstep.layers.values import Unchanged
from convstep.layers.writer import Writer


@register
@dataclass(frozen=True, eq=False, repr=False)
class Dropout(Unchanged):
    """The input unchanged: values are dropped only in training.

    Attributes:
        rate: The share of values dropped in training.
    """

    rate: float = field(SHARE, 0.5, aliases=("p", "prob", "drop_prob"))
    kind = "dropout"
    aliases = ("dropout2d", "spatial_dropout2d", "alpha_dropout")
    why = "values drop out only in training"

    def write(self, to: Writer, shape: Shape) -> None:
        to.dropout(self.rate)
