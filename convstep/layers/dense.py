"""Dense layers: every neuron is connected to every input."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from convstep import engine
from convstep.engine.steps import Array, Operation, Step
from convstep.errors import MismatchError, ShapeError
from convstep.layers.base import Face, Reach, Shape, Uses, product_of, times
from convstep.layers.fields import BIAS, COUNT, WEIGHTS, choice, field
from convstep.layers.kinds import register
from convstep.layers.loops import Loops
from convstep.layers.products import Products, largest
from convstep.layers.scene import Scene
from convstep.layers.weights import XAVIER, ZEROS, Given, Weights
from convstep.layers.words import CodeLine, Part, count, named
from convstep.layers.writer import Writer


@register
@dataclass(frozen=True, eq=False, repr=False)
class Dense(Products):
    """A dense layer.

    Attributes:
        units: The number of neurons.
        inputs: How many inputs the weights were made for; None if they are made for whatever arrives.
        weights: `(inputs, units)`.
        bias: `(units,)`; None for none.
        order: The order of axes in which the weights' map was flattened: HWC, or CHW as in PyTorch.
    """

    units: int = field(COUNT, aliases=("out_features", "num_units", "n_out", "neurons"))
    inputs: int | None = field(COUNT, None, aliases=("in_features", "input_dim", "n_in"))
    weights: Weights = field(WEIGHTS, XAVIER, aliases=("weight", "W", "kernel_initializer"))
    bias: Weights | None = field(BIAS, ZEROS, aliases=("use_bias", "b"))
    order: str = field(choice("HWC", "CHW"), "HWC")
    kind = "dense"
    axis_letters = "IO"
    step_word = "neuron"
    aliases = ("fc", "linear", "fully_connected", "innerproduct", "gemm")

    def given_weights(self, weights: Weights, origin: Shape) -> dict[str, Any]:
        if self.order == "HWC" or not isinstance(weights, Given) or len(origin) == 1:
            return {"weights": weights}
        if len(weights.array) != prod(origin):
            return {"weights": weights}
        rows = np.moveaxis(weights.array.reshape(origin[-1], *origin[:-1], -1), 0, -2)
        return {"weights": Given(rows.reshape(weights.array.shape), weights.source, self.order), "order": "HWC"}

    @property
    def made_for(self) -> int | None:
        return self.inputs or (len(self.weights.array) if isinstance(self.weights, Given) else None)

    @property
    def declares_inputs(self) -> bool:
        return self.inputs is not None

    def parameter_shapes(self, shape: Shape | None) -> dict[str, Shape]:
        weights = (self.inputs or 0, self.units)  # 0: any number of inputs
        return {"weights": weights} | ({} if self.bias is None else {"bias": (self.units,)})

    def weight_shape(self, shape: Shape) -> Shape:
        return (prod(shape), self.units)

    def array_shapes(self, shape: Shape) -> dict[str, Shape]:
        return self.parameter_shapes(shape) | {"weights": (self.made_for or shape[0], self.units)}

    def output(self, shape: Shape) -> Shape:
        if len(shape) != 1:
            raise ShapeError(
                f"a dense layer needs its inputs in one row, but {times(shape)} arrives", hint="Put a flatten before it"
            )
        if self.made_for not in (None, shape[0]):
            raise MismatchError(f"its weights were made for {self.made_for} inputs, but {shape[0]} arrive")
        return (self.units,)

    def failing_code(self, shape: Shape) -> list[CodeLine]:
        if len(shape) != 1 or self.made_for in (None, shape[0]):
            return []
        product, weights = f"Z[i] = a @ W{' + b' * self.is_biased}", times((self.made_for or 0, self.units))
        return [CodeLine("a = A_prev[i]", f"{shape[0]:,} values"), CodeLine(product, f"W is {weights}", True)]

    def operation(self, inputs: Sequence[Array]) -> Operation:
        (A_prev,) = inputs
        weights = self.weights.of((prod(A_prev.shape[1:]), self.units), A_prev.dtype)
        bias = None if self.bias is None else self.bias.of((self.units,), A_prev.dtype)
        return engine.Dense(A_prev, weights, bias)

    def write(self, to: Writer, shape: Shape) -> None:
        to.dense(self.units, biased=self.is_biased)

    def reach(self, shape: Shape) -> tuple[Reach, Reach] | None:
        return None

    def channel_groups(self, shape: Shape) -> int:
        return 1

    def taps(self, shape: Shape) -> int:
        return shape[0]

    def parameters(self, shape: Shape) -> int:
        return ((self.made_for or shape[0]) + (self.bias is not None)) * self.units

    def parameter_product(self, shape: Shape) -> str:
        return product_of([(self.made_for or shape[0], self.units), *([] if self.bias is None else [(self.units,)])])

    def filter_shape(self, shape: Shape) -> tuple[int, int, int]:
        return (1, 1, shape[0])

    def uses(self, shape: Shape, place: tuple[int, int, int], c: int) -> Uses:
        return Uses((place[2], c), [(0, 0)], [(0, 0)], place[2])

    def macs(self, shape: Shape) -> int:
        return shape[0] * self.units

    def workspace(self, shape: Shape) -> int:
        return engine.conv_workspace(self.axes(shape), shape[0], self.units, 1)

    def formula(self, shape: Shape) -> str:
        return count(self.units, "unit")

    def face(self, step: Step) -> Face:
        return "contributions"

    def sum(self, scene: Scene) -> list[Part]:
        return self.sum_of_terms(scene, largest(scene.terms.ravel(), lambda k: named(*scene.source(k))))

    def intro(self, scene: Scene) -> str:
        n = scene.arriving[0]
        if n == 1:
            return "Each neuron multiplies the one input by a weight of its own."
        return f"Each neuron multiplies {n:,} inputs by weights of its own and adds them up."

    def sentence(self, scene: Scene) -> str:
        n = scene.arriving[0]
        joined = "the one input" if n == 1 else f"each of the {n:,} inputs"
        text = f"This neuron is joined to {joined}, by a {self.random}weight of its own. {self.sum_in_words(scene)}"
        products = scene.products.ravel()
        if n == 1 or not np.isfinite(products).all() or not products.any():
            return f"{text}."
        k = int(np.argmax(np.abs(products)))
        where = scene.source_in_words(k)
        return f"{text}; the product that weighs most is {scene.number(products[k])}, from {where}."

    def caption(self, scene: Scene) -> str:
        n = scene.arriving[0]
        return f"Joined to {f'all {n:,} inputs' if n > 1 else 'the one input'}; {self.terms_in_words(scene)}."

    def tap_name(self, scene: Scene, tap: int) -> str:
        return named(*scene.source(tap))

    def tap_place(self, scene: Scene, tap: int) -> str:
        return scene.source_in_words(tap)

    def title(self, scene: Scene) -> str:
        n = len(scene.channels)
        return f"all {n:,} inputs" if n > 1 else "value 0"

    def code(self, scene: Scene) -> list[CodeLine]:
        write = Loops(scene)
        bias = " + b[c]" if self.is_biased else ""
        write.loop("i", scene.operation.geometry.m, scene.index[0])
        write.add("a = A_prev[i]", f"{scene.arriving[0]:,} values")
        write.loop("c", scene.operation.geometry.n_C, scene.index[3])
        if scene.open_tap is None:
            write.output(f"Z[i,c] = np.sum(a*W[:,c]){bias}")
            return write.lines
        write.add("z = 0")
        write.loop("k", scene.arriving[0], scene.open_tap)
        write.total("z += a[k]*W[k,c]", scene.open_tap)
        write.depth -= 1
        write.output(f"Z[i,c] = z{bias}", current=False)
        return write.lines
