"""A learner's function beside the right one on one probe: both outputs, and where they differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from convstep.check.checking import BAD, Checked, Report
from convstep.check.contracts import Contract, Failure
from convstep.check.live import At
from convstep.check.made_of import part_of, readings
from convstep.check.probes import Probe
from convstep.check.problems import Array
from convstep.check.variables import Window, alike, right_window
from convstep.engine.geometry import Index
from convstep.network import Network

NO_ERROR = Failure("", "")


@dataclass(frozen=True, eq=False)
class Beside:
    """A learner's function and the right one on one probe.

    Attributes:
        report: What is to be said about the whole file.
        checked: What is to be said about the function.
        contract: What it promises.
        probe: The probe.
        network: A net of one layer that does the same.
        ours: The right output, `(m, n_H, n_W, n_C)`.
        theirs: Their output, channels last; None if there is none that can be compared.
        differs: `(m, n_H, n_W, n_C)`, True where their output has another value, or none.
        first: The window to open, `(i, h, w, c)`: the first that differs.
        windows: By `(i, h, w)` the part of the input that they read, as far as it is known.
        error: What their function raised on this probe; no type if nothing.
        inside: Whether it was raised at a window of the right output, which is then the first one.
    """

    report: Report
    checked: Checked
    contract: Contract
    probe: Probe
    network: Network
    ours: Array
    theirs: Array | None
    differs: NDArray[np.bool_]
    first: Index
    windows: Mapping[tuple[int, int, int], Window] = field(default_factory=dict)
    error: Failure = NO_ERROR
    inside: bool = True

    def number(self, index: Index) -> int:
        """Return a window's number, from 0."""
        return int(np.ravel_multi_index(index, self.ours.shape))

    def index(self, number: int) -> Index:
        """Return the window of a number, `(i, h, w, c)`."""
        i, h, w, c = (int(n) for n in np.unravel_index(number, self.ours.shape))
        return i, h, w, c

    def their_value(self, index: Index) -> float | None:
        """Return their value at a window; None if their output has none there."""
        if self.theirs is None or any(at >= size for at, size in zip(index, self.theirs.shape, strict=True)):
            return None
        return float(self.theirs[index])

    def their_window(self, index: Index, at: At | None = None) -> Window | None:
        """Return the part of the input that they read for a window; None if it is unknown."""
        known = self.windows.get(index[:3])
        return known or (at.window if at is not None and at.index == index else None)

    def right_window(self, index: Index) -> Window:
        """Return the part of the input that the window covers, padding included."""
        return right_window(self.probe.problem, index)

    def their_slice(self, index: Index, at: At | None = None) -> Array | None:
        """Return the values that they read for a window where these are not the right ones.

        Returns:
            The values, `(f_h, f_w, n_C_prev)`, of a pool those of the window's channel, `(f_h, f_w, 1)`; None if it
            is unknown which they are, or if they lie beyond the padding.
        """
        window = self.their_window(index, at)
        if window is None or window.same_place(self.right_window(index)) or not (window.rows and window.cols):
            return None
        part = part_of(self.probe.problem, index[0], window.rows, window.cols)
        channel = index[3] if self.probe.problem.W is None and window.channel is None else window.channel
        return part if part is None or channel is None else part[..., channel : channel + 1]

    def made_of(self, index: Index, window: Window | None) -> str:
        """Return what their value at a window is made of, if one reading of it alone gives this value; "" if none."""
        value = self.their_value(index)
        if value is None:
            return ""
        found = {words for words, made in readings(self.probe.problem, index, window) if alike(made, value)}
        return found.pop() if len(found) == 1 else ""


def wrong_elsewhere(beside: Beside) -> list[str]:
    """Return the names of the other functions of the file that are wrong."""
    own = beside.contract.name
    return [
        each.verdict.function
        for each in beside.report.functions
        if each.verdict.verdict in BAD and each.verdict.function != own
    ]
