"""Every layer's output for one input, computed when it is first looked at."""

from __future__ import annotations

from collections.abc import Generator
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from convstep.engine.steps import Array, Operation, as_floats, computing
from convstep.errors import ConvstepError, ShapeError
from convstep.network.layers import grid, times

if TYPE_CHECKING:
    from convstep.network.network import Network

Progress = tuple[str, int, int]
"""What is being computed, how much of it is done, and how much there is."""


class Values:
    """A net's values on one input; each layer is computed once.

    Args:
        network: The net.
        x: `(m, *network.input_shape)`, or one example without the leading m.
        known: Values of another net on the same input: layers that both have in common are not computed again.

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
        self._outputs: list[Array | None] = [None] * len(network.layers)
        self._operations: list[Operation | None] = [None] * len(network.layers)
        if known is not None:
            for at, (layer, same) in enumerate(zip(network.layers, known.network.layers, strict=False)):
                if layer != same:
                    break
                self._outputs[at], self._operations[at] = known._outputs[at], known._operations[at]

    @property
    def m(self) -> int:
        """Number of examples."""
        return len(self.x)

    def operation(self, name: str) -> Operation:
        """Return the work of layer `name` on what arrives there; computes the layers before it.

        Raises:
            ShapeError: It can't work.
        """
        at = self.network.position(name)
        operation = self._operations[at]
        if operation is None:
            stage = self.network.stages[at]
            if stage.fault:
                raise stage.fault
            if at:
                A_prev = self.output(self.network.names[at - 1])
            else:
                A_prev = self.x.reshape(self.m, *grid(self.network.input_shape))
            operation = self._operations[at] = stage.layer.operation(A_prev)
        return operation

    def output(self, name: str) -> Array:
        """Return the output of layer `name`, `(m, height, width, channels)`, read-only.

        Raises:
            ShapeError: It, or one before it, can't work.
        """
        for _ in self.compute(name):
            pass
        Z = self._outputs[self.network.position(name)]
        assert Z is not None
        return Z

    def natural(self, name: str) -> Array:
        """Return the output of layer `name` in its own shape, `(m, *shape)`."""
        Z = self.output(name)
        return Z.reshape(self.m, *(self.network.stage(name).output or ()))

    def is_known(self, name: str) -> bool:
        """Return whether layer `name` is computed already."""
        return self._outputs[self.network.position(name)] is not None

    def work(self, name: str) -> int:
        """Return about how many multiply-accumulates it takes until layer `name` is known; 0 if it can't work."""
        total = 0
        for stage, Z in zip(self.network.stages[: self.network.position(name) + 1], self._outputs, strict=False):
            if stage.input is None or stage.output is None:
                return 0
            if Z is None:
                total += stage.layer.taps(stage.input) * prod(stage.output)
        return total * self.m

    def compute(self, name: str) -> Generator[Progress, None, None]:
        """Compute layer `name`, and those before it, bit by bit.

        Yields:
            The layer at work, how many of its windows are done, and how many there are.

        Raises:
            ShapeError: It, or one before it, can't work.
            ConvstepError: There is not enough memory for it.
        """
        for at in range(self.network.position(name) + 1):
            if self._outputs[at] is None:
                layer = self.network.names[at]
                try:
                    operation = self.operation(layer)
                    Z = np.empty(operation.geometry.shape, operation.dtype)
                    for done in computing(operation, Z):
                        yield layer, done, operation.geometry.count
                except MemoryError:
                    raise ConvstepError("there is not enough memory to compute it", where=layer) from None
                Z.flags.writeable = False
                self._outputs[at] = Z
