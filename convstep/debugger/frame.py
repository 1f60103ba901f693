"""Everything there is to show at one cursor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from convstep.debugger.changes import changes
from convstep.engine.geometry import Index
from convstep.engine.steps import Array, Step, Tap
from convstep.errors import ShapeError
from convstep.layers import Shape
from convstep.network import Network, Stage


class Cursor(NamedTuple):
    """A place in a debugging run.

    Attributes:
        layer: Name of the layer.
        number: The step in it, from 0.
        tap: The multiply-accumulate in that step, from 0; None where the step is seen as a whole.
    """

    layer: str
    number: int
    tap: int | None = None


@dataclass(frozen=True, eq=False, slots=True)
class Frame:
    """What there is to show at one cursor: a pure function of net, input and cursor.

    Attributes:
        network: The net.
        cursor: The place.
        step: What happens there; None in a layer that can't work.
        decimals: How many decimals numbers are shown with, at most.
        original: The net as it was opened; None where that is not known.
    """

    network: Network
    cursor: Cursor
    step: Step | None
    decimals: int = 2
    original: Network | None = None

    @property
    def stage(self) -> Stage:
        """The layer, with its shapes."""
        return self.network.stage(self.cursor.layer)

    @property
    def layer(self) -> str:
        """The layer's name."""
        return self.cursor.layer

    @property
    def number(self) -> int:
        """The step's number, from 0."""
        return self.cursor.number

    @property
    def changes(self) -> tuple[str, ...]:
        """How the layer differs from the one that was opened: stride 2 (was 1); VALID (was SAME)."""
        own = next((each for each in self.original.layers if each.name == self.layer), None) if self.original else None
        return changes(self.stage.layer, own) if own else ()

    @property
    def fault(self) -> ShapeError | None:
        """Why the layer can't work; None if it can."""
        return self.stage.fault

    @property
    def shape(self) -> Shape | None:
        """Shape of the layer's output, for one example; None if it can't work."""
        return self.stage.output

    @property
    def _step(self) -> Step:
        if self.step is None:
            assert self.fault is not None
            raise self.fault
        return self.step

    @property
    def index(self) -> Index:
        """The neuron, `(i, h, w, c)`."""
        return self._step.index

    @property
    def value(self) -> object:
        """The neuron's value."""
        return self._step.value

    @property
    def input(self) -> Array:
        """The layer's whole input, `(m, height, width, channels)`."""
        return self._step.operation.A_prev

    @property
    def output(self) -> Array:
        """The running output, `(m, n_H, n_W, n_C)`: NaN where nothing is computed yet."""
        return self._step.output

    @property
    def tap(self) -> Tap | None:
        """The multiply-accumulate at the cursor; None where the step is seen as a whole."""
        return None if self.cursor.tap is None else self._step.tap(self.cursor.tap)
