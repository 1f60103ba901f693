"""Frames: everything that is shown at one cursor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from convstep.debugger.changes import changes
from convstep.engine.geometry import Index, number_of
from convstep.engine.steps import Array, Step, Tap
from convstep.errors import ShapeError
from convstep.layers import Shape
from convstep.network import Network, Stage, Values

Subject = Literal["shape", "value", "window"]
"""What a learner predicts."""


class Cursor(NamedTuple):
    """A place in a debugging run.

    Attributes:
        layer: Name of the layer.
        number: The layer's step, from 0.
        tap: The open tap of the step, from 0; None if the step is not opened into taps.
    """

    layer: str
    number: int
    tap: int | None = None


class Question(NamedTuple):
    """What the learner is asked to predict.

    Attributes:
        subject: What is asked.
        layer: The layer whose shape is asked, or in which the value or the window lies.
        cursor: Where it is asked: a value's own place.
    """

    subject: Subject
    layer: str
    cursor: Cursor


@dataclass(frozen=True, eq=False, slots=True)
class Frame:
    """Everything that is shown at one cursor: a pure function of net, input and cursor.

    Attributes:
        network: The net.
        cursor: The cursor.
        step: The step at the cursor; None in a layer that can't work. Its `known` says which values of the maps are
            known, where not all of them are.
        decimals: The most decimals that numbers are shown with.
        original: The net as it was opened; None if that is unknown.
        question: What the learner is asked here, and what is therefore hidden; None for nothing.
        values: The net's values, of which a layer that can't work shows those that arrive; None if it can.
    """

    network: Network
    cursor: Cursor
    step: Step | None
    decimals: int = 2
    original: Network | None = None
    question: Question | None = None
    values: Values | None = None

    @property
    def is_whole(self) -> bool:
        """Whether all of the layer's inputs and output is computed, not only what the window needs."""
        return self.step is None or self.step.known is None

    @property
    def hides_value(self) -> bool:
        """Whether the value is hidden, because the learner is asked for it."""
        return self.question is not None and self.question.subject == "value"

    @property
    def hidden_from(self) -> int | None:
        """The position of the first layer whose shape is hidden, as are all after it; None if none is."""
        if self.question is None or self.question.subject != "shape":
            return None
        return self.network.position(self.question.layer)

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
        """How the layer differs from the spec's: stride 2 (was 1); VALID (was SAME)."""
        own = next((each for each in self.original.layers if each.name == self.layer), None) if self.original else None
        return changes(self.stage.layer, own) if own else ()

    @property
    def fault(self) -> ShapeError | None:
        """Why the layer can't work; None if it can."""
        return self.stage.fault

    @property
    def culprit(self) -> Stage:
        """The layer, or if it waits for one that can't work, that one."""
        return self.network.culprit(self.layer)

    @property
    def arriving(self) -> tuple[tuple[str, Array], ...]:
        """The maps that the culprit takes, before any flatten, each with its layer's name, as far as they are known."""
        if self.values is None:
            return ()
        names = [self.network.origin(source)[0] for source in self.culprit.sources]
        return tuple((name, self.values.source(name)) for name in names if self.values.is_known(name))

    @property
    def shape(self) -> Shape | None:
        """Shape of one example of the layer's output; None if the layer can't work."""
        return self.stage.output

    @property
    def title(self) -> str:
        """The net's title, with the name of the example before it if it has one."""
        return self.network.title_of(self.step.index[0] if self.step is not None else 0)

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
        """The layer's whole input, `(m, height, width, channels)`; 0 where it is not known, unless `is_whole`."""
        return self._step.operation.A_prev

    @property
    def output(self) -> Array:
        """The running output, `(m, n_H, n_W, n_C)`: NaN where nothing is computed yet."""
        return self._step.output

    @property
    def tap(self) -> Tap | None:
        """The open tap; None if the step is not opened into taps."""
        return None if self.cursor.tap is None else self._step.tap(self.cursor.tap)


def frame_at(values: Values, layer: str, index: Index, decimals: int = 2, original: Network | None = None) -> Frame:
    """Return the frame at a neuron `(i, h, w, c)`, which must be in the layer's output; computes the layer."""
    number = number_of(index, values.operation(layer).geometry.shape)
    step = Step(values.operation(layer), values.output(layer).reshape(-1), number)
    return Frame(values.network, Cursor(layer, number), step, decimals, original)
