"""Evaluates conditions on arrays, at many thousands of windows at once."""

from __future__ import annotations

import operator
from collections.abc import Callable
from functools import cached_property, reduce
from math import isfinite, prod
from typing import Any, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from convstep.debugger.stops.conditions import COMMON_FLAGS, And, Comparison, Condition, Flag, InLayer, Not, Or
from convstep.engine.geometry import Index, index_of
from convstep.engine.steps import Array
from convstep.layers import Block, grid
from convstep.network import Stage, Values

Mask = NDArray[np.bool_]

BLOCK = 1 << 18
"""Windows in one block, unless a single row of the output has more."""

_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}


class Windows(NamedTuple):
    """A block of consecutive windows of one layer: some rows of one example, or all rows of some examples.

    Attributes:
        values: The net's values.
        layer: The layer's name.
        examples: Which examples.
        rows: Which rows of the output.
    """

    values: Values
    layer: str
    examples: range
    rows: range

    @property
    def stage(self) -> Stage:
        """The layer, with its shapes."""
        return self.values.network.stage(self.layer)

    @property
    def shape(self) -> Index:
        """Shape of the block's part of the output."""
        _, _, n_W, n_C = layer_shape(self.values, self.stage)
        return (len(self.examples), len(self.rows), n_W, n_C)

    @property
    def numbers(self) -> range:
        """The step numbers of the block's windows."""
        _, n_H, n_W, n_C = layer_shape(self.values, self.stage)
        start = (self.examples.start * n_H + self.rows.start) * n_W * n_C
        return range(start, start + len(self.examples) * len(self.rows) * n_W * n_C)


def layer_shape(values: Values, stage: Stage) -> Index:
    """Return the shape of the output of a layer that can work, `(m, n_H, n_W, n_C)`."""
    assert stage.output is not None
    return (values.m, *grid(stage.output))


def layer_count(values: Values, stage: Stage) -> int:
    """Return the number of windows of a layer that can work."""
    return prod(layer_shape(values, stage))


def blocks(values: Values, layer: str) -> list[Windows]:
    """Return all windows of a layer that can work, block by block in the order of the loops."""
    m, n_H, n_W, n_C = layer_shape(values, values.network.stage(layer))
    rows = max(1, BLOCK // (n_W * n_C))
    examples, rows = max(1, rows // n_H), min(rows, n_H)
    return [
        Windows(values, layer, range(i, min(i + examples, m)), range(h, min(h + rows, n_H)))
        for i in range(0, m, examples)
        for h in range(0, n_H, rows)
    ]


def holds(condition: Condition, values: Values, layer: str, number: int) -> bool:
    """Return whether a condition holds at step `number` of a layer."""
    i, h, _, _ = index_of(number, layer_shape(values, values.network.stage(layer)))
    row = Windows(values, layer, range(i, i + 1), range(h, h + 1))
    return bool(mask(condition, row)[number - row.numbers.start])


def mask(condition: Condition, block: Windows) -> Mask:
    """Return a flat mask of the windows of a block at which a condition holds."""
    with np.errstate(all="ignore"):
        found = _evaluate(condition, _Terms(block))
    whole: Mask = np.broadcast_to(found, block.shape).reshape(-1)
    whole.flags.writeable = False
    return whole


class _Terms:
    """The values of a condition's words at a block's windows, as arrays that broadcast to the block's shape."""

    def __init__(self, block: Windows) -> None:
        self.block = block

    @cached_property
    def i(self) -> Array:
        return np.array(self.block.examples)[:, None, None, None]

    @cached_property
    def h(self) -> Array:
        return np.array(self.block.rows)[:, None, None]

    @cached_property
    def w(self) -> Array:
        return np.arange(self.block.shape[2])[:, None]

    @cached_property
    def c(self) -> Array:
        return np.arange(self.block.shape[3])

    @cached_property
    def number(self) -> Array:
        numbers = self.block.numbers
        return np.arange(numbers.start + 1, numbers.stop + 1).reshape(self.block.shape)

    @cached_property
    def value(self) -> Array:
        return self.block.values.output(self.block.layer)[self._examples, self._rows]

    @cached_property
    def nan(self) -> Mask:
        return cast(Mask, np.isnan(self.value))

    @cached_property
    def pad(self) -> Mask:
        layer, shape = self.block.stage.layer, self.block.stage.input or ()
        return layer.in_padding(shape, 0, self.h) | layer.in_padding(shape, 1, self.w)

    def flag(self, word: str) -> Mask:
        """Return the mask of a flag; flags of other kinds of layer hold nowhere."""
        if word in COMMON_FLAGS:
            mask: Mask = getattr(self, word)
            return mask
        layer = self.block.stage.layer
        if all(word != flag.word for flag in layer.flags):
            return np.zeros((), np.bool_)
        operation = self.block.values.operation(self.block.layer)
        return layer.flagged(word, Block(operation, self.value, self.block.examples, self.block.rows))

    @property
    def _examples(self) -> slice:
        return slice(self.block.examples.start, self.block.examples.stop)

    @property
    def _rows(self) -> slice:
        return slice(self.block.rows.start, self.block.rows.stop)


def _evaluate(condition: Condition, terms: _Terms) -> Mask:
    match condition:
        case Flag(name):
            return terms.flag(name)
        case InLayer(name):
            return np.asarray(name == terms.block.layer)
        case Comparison(left, sign, right):
            return np.asarray(_COMPARE[sign](_number(left, right, terms), _number(right, left, terms)))
        case Not(term):
            return ~_evaluate(term, terms)
        case And(several):
            return reduce(operator.and_, (_evaluate(term, terms) for term in several))
        case Or(several):
            return reduce(operator.or_, (_evaluate(term, terms) for term in several))


def _number(operand: str | float, other: str | float, terms: _Terms) -> Any:
    """Return an operand's numbers; a given number that is compared with values is rounded to their dtype if it fits."""
    if isinstance(operand, str):
        return getattr(terms, operand)
    if other != "value":
        return np.float64(operand)
    rounded = terms.value.dtype.type(operand)
    fits = np.isfinite(rounded) == isfinite(operand) and bool(rounded) == bool(operand)
    return rounded if fits else np.float64(operand)
