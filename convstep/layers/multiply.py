"""Multiply: the product of several inputs, place by place."""

from __future__ import annotations

from collections.abc import Sequence

from convstep import engine
from convstep.engine.steps import Array, Operation
from convstep.layers.base import register
from convstep.layers.several import Elementwise


@register
class Multiply(Elementwise):
    """The product of all inputs, place by place."""

    kind = "multiply"
    also = ("mul", "times", "product", "scale")
    verb, sign, start, result = "multiplies", "×", "1", "product"
    whole = "np.prod([a[{}] for a in inputs])"

    def operation(self, inputs: Sequence[Array]) -> Operation:
        return engine.Multiply(inputs)
