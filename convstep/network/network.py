"""A net: named layers in order, each with its shapes, or with the reason why it can't work."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from math import prod
from typing import Any, NamedTuple

import numpy as np

from convstep.engine.geometry import VALID, Pad, Padding
from convstep.engine.steps import Array
from convstep.errors import ArgumentError, MismatchError, ShapeError, nearest
from convstep.layers import Layer, Shape, Windowed, times
from convstep.layers.scene import Arrival
from convstep.network.values import Values

INPUT = "input"
"""The name of the net's input among the sources of a layer."""

FIXED_BYTES = 32_000_000
"""Bytes allowed for what does not grow with the net, such as the buffer for drawing weights."""

WINDOW_ARRAYS = 12
"""Elements for each tap of the window on screen: slice, filter and products, and in float64 terms and running sum."""

Start = tuple[str, tuple[int, int, int]]
"""Where a session begins: a layer, and the neuron's row, column and channel."""


class Stage(NamedTuple):
    """One layer of a net, with its sources and shapes.

    Attributes:
        layer: The layer.
        sources: The layers that it takes its inputs from; "input" for the net's.
        input: Shape of one example of the input, of all inputs together; None after a layer that can't work.
        output: Shape of one example of the output; None if the layer can't work.
        fault: Why the layer can't work; None if it can.
    """

    layer: Layer
    sources: tuple[str, ...]
    input: Shape | None
    output: Shape | None
    fault: ShapeError | None = None

    @property
    def name(self) -> str:
        """The layer's name."""
        return self.layer.name

    def stored_elements(self, m: int) -> int:
        """Return the number of parameters and of output values for `m` examples; 0 if the layer can't work."""
        if not self.input or not self.output:
            return 0
        return self.layer.parameters(self.input) + m * prod(self.output)

    @property
    def workspace(self) -> int:
        """How many array elements are needed while the layer is computed, or while one of its windows is shown."""
        if not self.input or not self.output:
            return 0
        return max(self.layer.workspace(self.input), WINDOW_ARRAYS * self.layer.taps(self.input))


@dataclass(frozen=True)
class Network:
    """Layers in order, for one input shape. Immutable: changes return a new net.

    A layer takes the output of the layer before it, or of the earlier layers that it names.

    Attributes:
        title: What the net is, in a line.
        input_shape: Shape of one example: (height, width, channels) or (length, channels).
        layers: The layers.
        dtype: The dtype of input, weights and all values.
        picture: Whether the input is a picture, with values from 0 to 1.
        start: Where a session begins; None for the first window of the first layer.
        examples: What the input's examples are called; () if they have no names.
        stages: The layers with their shapes.
        names: The layers' names, in order.

    Raises:
        ArgumentError: A layer names a source that is not before it.
    """

    title: str
    input_shape: Shape
    layers: tuple[Layer, ...]
    dtype: np.dtype[Any]
    picture: bool = False
    start: Start | None = None
    examples: tuple[str, ...] = ()
    stages: tuple[Stage, ...] = field(init=False, compare=False)
    names: tuple[str, ...] = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", tuple(layer.name for layer in self.layers))
        object.__setattr__(self, "stages", tuple(self._stages()))

    def title_of(self, example: int) -> str:
        """Return the title, with the name of an example before it if it has one."""
        return f"{self.examples[example]} · {self.title}" if example < len(self.examples) else self.title

    def _stages(self) -> Iterator[Stage]:
        shapes: dict[str, Shape | None] = {INPUT: self.input_shape}
        before, culprits = INPUT, dict[str, str]()
        for layer in self.layers:
            sources = layer.sources or (before,)
            for source in sources:
                if source not in shapes:
                    raise ArgumentError(
                        f"it can't take the output of {source}, which is not before it", where=layer.name
                    )
            stage = self._stage(layer, sources, [shapes[source] for source in sources], culprits)
            if stage.output is None:
                culprits[layer.name] = next((culprits[s] for s in sources if s in culprits), layer.name)
            yield stage
            before, shapes[layer.name] = layer.name, stage.output

    def _stage(
        self, layer: Layer, sources: tuple[str, ...], arriving: list[Shape | None], culprits: dict[str, str]
    ) -> Stage:
        shapes = [shape for shape in arriving if shape is not None]
        if len(shapes) < len(arriving):
            culprit = next(culprits[source] for source in sources if source in culprits)
            return Stage(layer, sources, None, None, ShapeError(f"waits for {culprit}", where=layer.name))
        joined = shapes[0]
        try:
            joined = layer.combined_shape(*shapes)
            return Stage(layer, sources, joined, layer.output(joined))
        except ShapeError as error:
            fault = type(error)(error.what, where=layer.name, hint=error.hint)
            if isinstance(error, MismatchError):
                fault.what, fault.hint = self._explain(layer, fault)
            return Stage(layer, sources, joined, None, fault)

    def _explain(self, layer: Layer, fault: ShapeError) -> tuple[str, str]:
        """Return where a mismatch's inputs come from, and a hint which padding would give as many as expected."""
        before = self.layers[: self.layers.index(layer)]
        source = layer.sources[0] if layer.sources else before[-1].name if before else INPUT
        made_in, shape = replace(self, layers=before).origin(source)
        what = f"{fault.what}: {_product(shape)} from {made_in}"
        choices: tuple[tuple[Pad, str], ...] = (("same", "SAME"), (VALID, "VALID"))
        for padding, word in choices:
            other = replace(self, layers=tuple(_padded(each, padding) for each in before))
            shape = other.origin(source)[1]
            if shape and prod(shape) == layer.made_for:
                return what, f"With {word} padding everywhere, {_product(shape)} would arrive"
        return what, ""

    @property
    def fault(self) -> ShapeError | None:
        """Why the net can't run to its end; None if it can."""
        return next((stage.fault for stage in self.stages if stage.fault), None)

    def position(self, name: str) -> int:
        """Return the position, from 0, of the layer called `name`.

        Raises:
            ArgumentError: There is no such layer.
        """
        if name not in self.names:
            known = nearest(name, self.names) or f"The layers are {', '.join(self.names)}"
            raise ArgumentError(f"there is no layer '{name}'", hint=known)
        return self.names.index(name)

    def stage(self, name: str) -> Stage:
        """Return the layer called `name`, with its shapes.

        Raises:
            ArgumentError: There is no such layer.
        """
        return self.stages[self.position(name)]

    def shape_of(self, name: str) -> Shape:
        """Return the shape of a layer's output, or of the input; () if the layer can't work."""
        return self.input_shape if name == INPUT else self.stage(name).output or ()

    def origin(self, name: str) -> tuple[str, Shape]:
        """Return the layer that computed the values of `name`, before any flatten, and its output's shape."""
        while name != INPUT and (stage := self.stage(name)).layer.keeps_values and stage.output:
            name = stage.sources[0]
        return name, self.shape_of(name)

    def needed_for(self, name: str) -> list[str]:
        """Return the layers that have to be computed for layer `name`, in order, itself included."""
        needed = {name}
        for stage in reversed(self.stages[: self.position(name) + 1]):
            if stage.name in needed:
                needed.update(stage.sources)
        return [each for each in self.names if each in needed]

    def culprit(self, name: str) -> Stage:
        """Return layer `name`, or if it waits for a layer that can't work, that one."""
        stage = self.stage(name)
        while stage.fault and stage.input is None:
            stage = next(each for each in map(self.stage, stage.sources) if each.fault)
        return stage

    def arrivals(self, name: str) -> tuple[Arrival, ...]:
        """Return the inputs of layer `name`."""
        return tuple(
            Arrival(source, self.shape_of(source), source == INPUT and self.picture, self.origin(source))
            for source in self.stage(name).sources
        )

    def follows(self, name: str) -> bool:
        """Return whether the only source of layer `name` is the layer before it."""
        at = self.position(name)
        return self.stages[at].sources == (self.names[at - 1] if at else INPUT,)

    def with_window(self, name: str, **changes: Any) -> Network:
        """Return this net with the window of layer `name` changed.

        Args:
            name: A convolution or a pool.
            **changes: New values for `kernel`, `padding`, `stride` or `dilation`.

        Raises:
            ArgumentError: There is no such layer, it has no window, or it can't have that padding.
        """
        at = self.position(name)
        layer = self.layers[at]
        if not isinstance(layer, Windowed):
            raise ArgumentError(f"{name} has no window that slides", hint="Convolutions and pools have one")
        arriving, padding = self.stages[at].input, changes.get("padding")
        if padding == "causal" and len(self.input_shape) == 3:
            raise ArgumentError("causal padding goes along a length, and the input has rows and columns", where=name)
        if arriving and len(arriving) == 2 and isinstance(padding, Padding):
            changes["padding"] = padding._replace(left=0, right=0)
        return replace(self, layers=(*self.layers[:at], replace(layer, **changes), *self.layers[at + 1 :]))

    def forward(self, x: Any) -> dict[str, Array]:
        """Return every layer's output, `(m, *shape)`, by layer name.

        Args:
            x: The input, `(m, *input_shape)`.

        Raises:
            ShapeError: A layer can't work, or `x` doesn't fit.
        """
        if self.fault:
            raise self.fault
        values = Values(self, x)
        return {stage.name: values.natural(stage.name) for stage in self.stages}

    def bytes_needed(self, m: int) -> int:
        """Return how many bytes `m` examples need: input, parameters, all outputs, and workspace."""
        kept, working = m * prod(self.input_shape), 0
        for stage in self.stages:
            kept += stage.stored_elements(m)
            working = max(working, stage.workspace)
        size = self.dtype.itemsize
        return kept * size + working * max(size, 4) + FIXED_BYTES  # sums of float16 are float32


def _padded(layer: Layer, padding: Pad) -> Layer:
    return replace(layer, padding=padding) if isinstance(layer, Windowed) else layer


def _product(shape: Shape) -> str:
    return f"{times(shape)} = {prod(shape)}" if len(shape) > 1 else f"{prod(shape)}"
