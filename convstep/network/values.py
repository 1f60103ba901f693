"""Every layer's output for one input, computed when it is first needed."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from copy import copy
from math import prod
from threading import RLock
from typing import TYPE_CHECKING, Any

from convstep.engine.geometry import Index, number_of
from convstep.engine.steps import (
    Array,
    Known,
    Operation,
    Parts,
    PartStep,
    Step,
    as_floats,
)
from convstep.errors import ConvstepError, ShapeError
from convstep.layers import grid, times
from convstep.network.output import Output
from convstep.network.runs import Runs, union, without

if TYPE_CHECKING:
    from convstep.network.network import Network

Progress = tuple[str, int, int]
"""The layer being computed, how many of the windows that it lacked are done, and how many these are."""


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
        self._outputs: dict[str, Output] = {}
        self._operations: dict[str, Operation] = {}
        self._laying_out = RLock()  # an operation is built once, on the arrays that are then computed
        if known is not None:
            with known._laying_out:
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
        stage = self.network.stage(name)
        for source in () if stage.fault else stage.sources:
            self.source(source)
        return self._operation(name)

    def _operation(self, name: str) -> Operation:
        """Return the operation of layer `name`, whose inputs may not be computed yet.

        Raises:
            ShapeError: The layer can't work.
        """
        with self._laying_out:
            operation = self._operations.get(name)
            if operation is None:
                stage = self.network.stage(name)
                if stage.fault:
                    raise stage.fault
                inputs = [self._input if each == "input" else self._output(each).Z for each in stage.sources]
                operation = self._operations[name] = stage.layer.operation(inputs)
            return operation

    def _laid_out(self, name: str) -> Output:
        """Return the output of layer `name`, as `_output` does, with those of all layers before it; in their order."""
        if name not in self._outputs:
            for layer in self.network.needed_for(name):
                self._output(layer)
        return self._output(name)

    def _output(self, name: str) -> Output:
        """Return the output of layer `name`, of which nothing need be computed yet.

        Raises:
            ShapeError: The layer can't work.
            ConvstepError: There is not enough memory.
        """
        with self._laying_out:
            output = self._outputs.get(name)
            if output is None:
                try:
                    output = self._outputs[name] = Output(self._operation(name))
                except MemoryError:
                    raise _no_memory(name) from None
            return output

    @property
    def _input(self) -> Array:
        shaped: Array = self.x.reshape(self.m, *grid(self.network.input_shape))
        return shaped

    def source(self, name: str) -> Array:
        """Return a layer's output, or the net's input, `(m, height, width, channels)`."""
        return self._input if name == "input" else self.output(name)

    def output(self, name: str) -> Array:
        """Return the output of layer `name`, `(m, height, width, channels)`, read-only.

        Raises:
            ShapeError: The layer, or one before it, can't work.
        """
        for _ in self.compute(name):
            pass
        return self._outputs[name].Z

    def natural(self, name: str) -> Array:
        """Return the output of layer `name` in its own shape, `(m, *shape)`."""
        Z = self.output(name)
        return Z.reshape(self.m, *(self.network.stage(name).output or ()))

    def is_known(self, name: str) -> bool:
        """Return whether all of layer `name` has been computed; the net's input always is."""
        return name == "input" or (name in self._outputs and self._outputs[name].is_whole)

    def known(self, name: str) -> Known | None:
        """Return what has been computed of layer `name`, or of the net's input; None for all.

        Raises:
            ShapeError: The layer can't work.
        """
        return None if name == "input" else self._laid_out(name).known

    def work(self, name: str) -> int:
        """Return roughly how many multiply-accumulates computing layer `name` still takes; 0 if it can't work."""
        total = 0
        for stage in map(self.network.stage, self.network.needed_for(name)):
            if stage.input is None or stage.output is None:
                return 0
            if (output := self._outputs.get(stage.name)) is None:
                total += stage.layer.taps(stage.input) * prod(stage.output) * self.m
            else:
                total += stage.layer.taps(stage.input) * (output.Z.size - sum(map(len, output.runs)))
        return total

    def compute_all(self, names: Iterable[str]) -> Generator[Progress, None, None]:
        """Compute several layers, as `compute` does one."""
        for name in names:
            yield from self.compute(name)

    def compute(self, name: str) -> Generator[Progress, None, None]:
        """Compute what is missing of layer `name`, and of those before it, block by block.

        Yields:
            The layer being computed, how many of the windows that it lacked are done, and how many these are.

        Raises:
            ShapeError: The layer, or one before it, can't work.
            ConvstepError: There is not enough memory.
        """
        for layer in self.network.needed_for(name):
            if not self.is_known(layer):
                output = self._output(layer)
                yield from self._compute(layer, without((output.everything,), output.runs))

    def _compute(self, name: str, windows: Runs) -> Generator[Progress, None, None]:
        try:
            for done, count in self._output(name).compute(windows):
                yield name, done, count
        except MemoryError:
            raise _no_memory(name) from None

    # One window

    def compute_windows(self, name: str, windows: range) -> Generator[Progress, None, None]:
        """Compute some windows of layer `name`, and of the layers before it only what these depend on.

        The engine computes blocks, which take some milliseconds each. Of this layer, all windows in its blocks are made
        known; of those before it, whole rows that they see, for which whole blocks are computed.

        Args:
            name: The layer.
            windows: The numbers of its windows.

        Yields:
            The layer being computed, how many of the windows that it lacked are done, and how many these are.

        Raises:
            ShapeError: The layer, or one before it, can't work.
            ConvstepError: There is not enough memory.
        """
        for layer, lacking in self._cone(name, windows).items():
            yield from self._compute(layer, lacking)

    def compute_cone(self, name: str, index: Index) -> Generator[Progress, None, None]:
        """Compute the neuron `(i, h, w, c)` of layer `name`, all others at its place, and only what these depend on.

        Yields and raises are those of `compute_windows`.
        """
        yield from self.compute_windows(name, self._place(name, index))

    def cone_work(self, name: str, index: Index) -> int:
        """Return roughly how many multiply-accumulates `compute_cone` still takes.

        They are those of the whole layer as long as nothing of it has been computed: weights may have to be drawn, too.
        """
        if name not in self._outputs:
            return self.work(name)
        total = 0
        for layer, lacking in self._cone(name, self._place(name, index)).items():
            stage = self.network.stage(layer)
            total += stage.layer.taps(stage.input or ()) * sum(map(len, self._outputs[layer].blocks(lacking)))
        return total

    def partial(self, name: str) -> tuple[Operation, Array]:
        """Return the operation and the output of layer `name`, of which nothing need be computed yet.

        Raises:
            ShapeError: The layer can't work.
        """
        Z = self._laid_out(name).Z
        return self._operation(name), Z

    def step(self, name: str, index: Index) -> Step:
        """Return the step of a neuron of layer `name` whose cone is computed; it says what else is.

        Its operation is one of its own, so that what is cached about it is not taken for true of the whole layer.
        """
        operation, Z = self.partial(name)
        known = Parts(tuple(map(self.known, self.network.stage(name).sources)), self.known(name))
        values, number = Z.reshape(-1), number_of(index, Z.shape)
        if not any((*known.inputs, known.output)):
            return Step(operation, values, number)
        return PartStep(copy(operation), values, number, known)

    def _place(self, name: str, index: Index) -> range:
        """Return the windows of all channels at the place of a neuron."""
        n_C = grid(self.network.stage(name).output or (1,))[2]
        first = number_of((*index[:3], 0), self._laid_out(name).Z.shape)
        return range(first, first + n_C)

    def _cone(self, name: str, windows: range) -> dict[str, Runs]:
        """Return the windows that are missing for some windows of layer `name`, by their layers, in order."""
        if name in self._outputs and not without(union(windows), self._outputs[name].runs):
            return {}  # and so nothing that they depend on is missing
        target, layers = self._laid_out(name), self.network.needed_for(name)
        needed: dict[str, list[range]] = {layer: [] for layer in layers}
        needed[name] = target.blocks(union(windows))
        cone: dict[str, Runs] = {}
        for layer in reversed(layers):
            lacking = without(union(*needed[layer]), self._outputs[layer].runs)
            if lacking:
                cone[layer] = lacking
            for run in lacking:
                read = self._operations[layer].reads(run.start, run.stop)
                for source, ranges in zip(self.network.stage(layer).sources, read, strict=True):
                    needed.get(source, []).extend(ranges)  # all of the net's input is known
        return dict(reversed(cone.items()))


def _no_memory(layer: str) -> ConvstepError:
    return ConvstepError("there is not enough memory to compute it", where=layer)
