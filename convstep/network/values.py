"""Every layer's output for one input, computed when it is first needed."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from convstep.engine.steps import Array, Operation, as_floats, compute_blocks
from convstep.errors import ConvstepError, ShapeError
from convstep.layers import grid, times

if TYPE_CHECKING:
    from convstep.network.network import Network

Progress = tuple[str, int, int]
"""The layer being computed, how many of its windows are done, and how many it has."""


class Values:
    """A net's values on one input; each layer is computed once.

    Args:
        network: The net.
        x: `(m, *network.input_shape)`, or one example without the leading m.
        known: Values of another net on the same input; layers that both nets share are not computed again.

    Raises:
        ShapeError: `x` has another shape.
    """

    def __init__(self, network: Network, x: Any, known: Values | None = None) -> None:
        self.network = network
        x = as_floats(x, "x", network.dtype)
        if x.shape == network.input_shape:
            x = x[None]
        if x.shape[1:] != network.input_shape or not len(x):
            raise ShapeError(
                f"the net takes {times(network.input_shape)}, but the input is {times(x.shape)}", where="input"
            )
        self.x = x
        self._outputs: dict[str, Array] = {}
        self._operations: dict[str, Operation] = {}
        if known is not None:
            self._share(known)

    def _share(self, known: Values) -> None:
        """Reuse the values of equal layers with equal inputs."""
        same = {"input"}
        for stage in self.network.stages:
            name = stage.name
            if name not in known.network.names or not same.issuperset(stage.sources):
                continue
            other = known.network.stage(name)
            if (other.layer, other.sources) == (stage.layer, stage.sources):
                same.add(name)
                if name in known._operations:
                    self._operations[name] = known._operations[name]
                if name in known._outputs:
                    self._outputs[name] = known._outputs[name]

    @property
    def m(self) -> int:
        """Number of examples."""
        return len(self.x)

    def operation(self, name: str) -> Operation:
        """Return the operation of layer `name` on its inputs; computes the layers before it.

        Raises:
            ShapeError: The layer can't work.
        """
        operation = self._operations.get(name)
        if operation is None:
            stage = self.network.stage(name)
            if stage.fault:
                raise stage.fault
            operation = self._operations[name] = stage.layer.operation([self.source(each) for each in stage.sources])
        return operation

    def source(self, name: str) -> Array:
        """Return a layer's output, or the net's input, `(m, height, width, channels)`."""
        return self.x.reshape(self.m, *grid(self.network.input_shape)) if name == "input" else self.output(name)

    def output(self, name: str) -> Array:
        """Return the output of layer `name`, `(m, height, width, channels)`, read-only.

        Raises:
            ShapeError: The layer, or one before it, can't work.
        """
        for _ in self.compute(name):
            pass
        return self._outputs[name]

    def natural(self, name: str) -> Array:
        """Return the output of layer `name` in its own shape, `(m, *shape)`."""
        Z = self.output(name)
        return Z.reshape(self.m, *(self.network.stage(name).output or ()))

    def is_known(self, name: str) -> bool:
        """Return whether layer `name` has been computed; the net's input always is."""
        return name == "input" or name in self._outputs

    def work(self, name: str) -> int:
        """Return roughly how many multiply-accumulates computing layer `name` takes; 0 if it can't work."""
        total = 0
        for stage in map(self.network.stage, self.network.needed_for(name)):
            if stage.input is None or stage.output is None:
                return 0
            if stage.name not in self._outputs:
                total += stage.layer.taps(stage.input) * prod(stage.output)
        return total * self.m

    def compute_all(self, names: Iterable[str]) -> Generator[Progress, None, None]:
        """Compute several layers, as `compute` does one."""
        for name in names:
            yield from self.compute(name)

    def compute(self, name: str) -> Generator[Progress, None, None]:
        """Compute layer `name`, and those before it, block by block.

        Yields:
            The layer being computed, how many of its windows are done, and how many it has.

        Raises:
            ShapeError: The layer, or one before it, can't work.
            ConvstepError: There is not enough memory.
        """
        for layer in self.network.needed_for(name):
            if layer in self._outputs:
                continue
            try:
                operation = self.operation(layer)
                Z = np.empty(operation.geometry.shape, operation.dtype)
                for done in compute_blocks(operation, Z):
                    yield layer, done, operation.geometry.count
            except MemoryError:
                raise ConvstepError("there is not enough memory to compute it", where=layer) from None
            Z.flags.writeable = False
            self._outputs[layer] = Z
