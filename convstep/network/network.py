"""A net: named layers in order, with the shapes that come about; or the reason why one can't work."""

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
"""What the net's own input is called, where a layer names it."""

SMALL_THINGS = 32_000_000
"""How many bytes are allowed for all that does not grow with the net: weights are drawn part by part, for example."""

ARRAYS_OF_A_WINDOW = 12
"""A window that is looked at: its slice of the input and its products, and in float64 its terms and running sum."""


Start = tuple[str, tuple[int, int, int]]


class Stage(NamedTuple):
    """One layer in its place in a net.

    Attributes:
        layer: The layer.
        sources: The layers that it takes its inputs from; "input" for the net's.
        input: Shape of one example that arrives, of all inputs together; None behind a layer that can't work.
        output: Shape of what leaves; None if it can't work.
        fault: Why it can't work; None if it can.
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

    def numbers_kept(self, m: int) -> int:
        """Return how many weights, biases and values of `m` examples it has; 0 if it can't work."""
        if not self.input or not self.output:
            return 0
        return self.layer.parameters(self.input) + m * prod(self.output)

    @property
    def numbers_worked_with(self) -> int:
        """How many numbers are held for a while as it is computed, or as one of its windows is looked at."""
        if not self.input or not self.output:
            return 0
        return max(self.layer.workspace(self.input), ARRAYS_OF_A_WINDOW * self.layer.taps(self.input))


@dataclass(frozen=True)
class Network:
    """Layers in order, for one input shape. Immutable: a change makes a new one.

    A layer takes what the one before it gives, or the outputs of earlier layers that it names.

    Attributes:
        title: What it is, in a line.
        input_shape: Shape of one example: (height, width, channels) or (length, channels).
        layers: The layers.
        dtype: Of input, weights and all values.
        picture: Whether the input is a picture, with values from 0 to 1.
        start: Where to begin: a layer, and the neuron's row, column and channel; None for the first window of all.
        stages: The layers with their shapes.
        names: The layers' names, in order.

    Raises:
        ArgumentError: A layer takes the output of one that is not before it.
    """

    title: str
    input_shape: Shape
    layers: tuple[Layer, ...]
    dtype: np.dtype[Any]
    picture: bool = False
    start: Start | None = None
    stages: tuple[Stage, ...] = field(init=False, compare=False)
    names: tuple[str, ...] = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", tuple(layer.name for layer in self.layers))
        object.__setattr__(self, "stages", tuple(self._stages()))

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
        """Say where a layer's inputs come from, and which padding would give what it was made for."""
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
        """Return which layer, from 0, is called `name`.

        Raises:
            ArgumentError: None is.
        """
        if name not in self.names:
            known = nearest(name, self.names) or f"The layers are {', '.join(self.names)}"
            raise ArgumentError(f"there is no layer '{name}'", hint=known)
        return self.names.index(name)

    def stage(self, name: str) -> Stage:
        """Return the layer called `name`, with its shapes.

        Raises:
            ArgumentError: None is.
        """
        return self.stages[self.position(name)]

    def shape_of(self, name: str) -> Shape:
        """Return the shape of a layer's output, or of the input; () if it can't work."""
        return self.input_shape if name == INPUT else self.stage(name).output or ()

    def origin(self, name: str) -> tuple[str, Shape]:
        """Return the layer that the values of `name` were made in, before any flatten, and their shape there."""
        while name != INPUT and (stage := self.stage(name)).layer.keeps_values and stage.output:
            name = stage.sources[0]
        return name, self.shape_of(name)

    def needed_for(self, name: str) -> list[str]:
        """Return the layers that layer `name` is computed from, itself the last, in order."""
        needed = {name}
        for stage in reversed(self.stages[: self.position(name) + 1]):
            if stage.name in needed:
                needed.update(stage.sources)
        return [each for each in self.names if each in needed]

    def arrivals(self, name: str) -> tuple[Arrival, ...]:
        """Return what arrives at layer `name`."""
        return tuple(
            Arrival(source, self.shape_of(source), source == INPUT and self.picture, self.origin(source))
            for source in self.stage(name).sources
        )

    def follows(self, name: str) -> bool:
        """Return whether layer `name` takes what the one before it gives, and nothing else."""
        at = self.position(name)
        return self.stages[at].sources == (self.names[at - 1] if at else INPUT,)

    def slide(self, name: str, **changes: Any) -> Network:
        """Return this net with the window of layer `name` changed.

        Args:
            name: A convolution or a pool.
            **changes: New values for its `padding`, `stride` or `dilation`.

        Raises:
            ArgumentError: There is no such layer, it has no window, or no such padding.
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
        """Return how many bytes it takes for `m` examples: input, weights, all outputs, and room to work in."""
        kept, working = m * prod(self.input_shape), 0
        for stage in self.stages:
            kept += stage.numbers_kept(m)
            working = max(working, stage.numbers_worked_with)
        size = self.dtype.itemsize
        return kept * size + working * max(size, 4) + SMALL_THINGS  # sums of float16 are float32


def _padded(layer: Layer, padding: Pad) -> Layer:
    return replace(layer, padding=padding) if isinstance(layer, Windowed) else layer


def _product(shape: Shape) -> str:
    return f"{times(shape)} = {prod(shape)}" if len(shape) > 1 else f"{prod(shape)}"
