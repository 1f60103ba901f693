"""The weight whose uses are marked on both maps, until it is picked again, or another layer is shown."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from convstep.debugger import Frame
from convstep.debugger.verbs.weight import place_of, use_in_words
from convstep.errors import ArgumentError
from convstep.tui.lines.canvas import Mask, ViewOptions

if TYPE_CHECKING:
    from convstep.answers.weight import Place
    from convstep.tui.screens.debug import DebugScreen


class WeightLens:
    """Marks the uses of one weight: of the filter that is shown, so that it follows from filter to filter.

    Args:
        screen: The screen that it belongs to.
    """

    def __init__(self, screen: DebugScreen) -> None:
        self._screen = screen
        self._picked: tuple[str, Place] | None = None
        self._channel: int | None = None

    @property
    def is_open(self) -> bool:
        """Whether a weight is picked."""
        return self._picked is not None

    def pick(self, words: list[str]) -> str:
        """Pick a weight, and return where it is used; without words, end it if one is picked."""
        from convstep.answers.weight import weight_use

        if self.is_open and not words:
            return self.close()
        frame = self._screen.session.frame
        place = place_of(self._screen.session, words)
        use = weight_use(frame.stage, place, frame.index[3])
        if not self.is_open:
            self._channel = self._screen.options.channel
        self._picked = frame.layer, place
        return use_in_words(use)

    def close(self) -> str:
        """End the marks; return a message."""
        if self.is_open:
            self._picked = None
            self._screen.options = self._without(self._screen.options)
        return "no weight is marked any more"

    def _without(self, options: ViewOptions) -> ViewOptions:
        return replace(options, channel=self._channel, marked=None, marked_inputs=None, picked=None)

    def seen(self, frame: Frame, options: ViewOptions) -> ViewOptions:
        """Return how a frame is displayed: with the uses of the weight, if its layer is still the same."""
        if self._picked is None:
            return options
        from convstep.answers.weight import weight_use
        from convstep.tui.maps.of_frame import marks_of

        layer, place = self._picked
        try:
            if frame.layer != layer or frame.step is None:
                raise ArgumentError("another layer is shown")
            use = weight_use(frame.stage, place, frame.index[3])
        except ArgumentError:  # or its filters are smaller now
            self.close()
            return self._without(options)
        inputs, outputs = marks_of(frame, use)
        inputs, outputs = _kept(options.marked_inputs, inputs), _kept(options.marked, outputs)
        weights = frame.step.filter
        whole = weights is not None and weights.shape == frame.stage.layer.filter_shape(frame.stage.input or ())
        picked = place if whole else None  # a neuron of a transposed convolution has but a part of its filter
        same = options.marked_inputs is inputs and options.marked is outputs
        if same and (options.channel, options.picked) == (use.source, picked):
            return options
        return replace(options, channel=use.source, marked=outputs, marked_inputs=inputs, picked=picked)


def _kept(before: Mask | None, now: Mask) -> Mask:
    """Return the mask before if it is equal, so that nothing is drawn again."""
    return before if before is not None and np.array_equal(before, now) else now
