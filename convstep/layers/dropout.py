"""Dropout: nothing, when a net is used."""

from __future__ import annotations

from dataclasses import dataclass

from convstep.layers.base import register
from convstep.layers.fields import SHARE, field
from convstep.layers.values import Unchanged


@register
@dataclass(frozen=True)
class Dropout(Unchanged):
    """Every value as it comes: values are dropped only while a net is trained.

    Attributes:
        rate: Which part of the values would be dropped then.
    """

    rate: float = field(SHARE, 0.5, also=("p", "prob", "drop_prob"))
    kind = "dropout"
    also = ("dropout2d", "spatial_dropout2d", "alpha_dropout")
    why = "values drop out only in training"
