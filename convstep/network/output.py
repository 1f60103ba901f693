"""A layer's output, which is computed in parts."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Lock

import numpy as np

from convstep.engine.steps import Array, Known, Operation
from convstep.network.runs import Runs, union, within, without

BESIDE = 1 << 20
"""Values of blocks that are computed beside their layer's output, before that memory is given back."""


class Output:
    """A layer's output, of which some windows may not be computed yet.

    Args:
        operation: The layer's operation; of its inputs, too, some values may not be computed yet.

    Attributes:
        Z: `(m, n_H, n_W, n_C)`, read-only; 0 where nothing is computed yet.
        runs: The windows that are computed.

    Raises:
        MemoryError: There is not enough memory for it.
    """

    def __init__(self, operation: Operation) -> None:
        self._operation = operation
        self.Z: Array = np.zeros(operation.geometry.shape, operation.dtype)
        self._writeable = self.Z.view()  # the only way to write to it: operations need not copy what can't change
        self.Z.flags.writeable = False
        self.runs: Runs = ()
        self._ends = np.fromiter(operation.ends(), np.intp)
        self._writing = Lock()  # a computation that was cancelled may still be at its last block

    @property
    def everything(self) -> range:
        """All windows."""
        return range(self.Z.size)

    @property
    def is_whole(self) -> bool:
        """Whether all of it is computed."""
        return self.runs == (self.everything,)

    @property
    def known(self) -> Known | None:
        """What is computed now; None for all."""
        return None if self.is_whole else Known(self.Z.shape, self.runs)

    def blocks(self, windows: Runs) -> list[range]:
        """Return the blocks that hold any of some windows, in order."""
        held = np.zeros(len(self._ends), np.bool_)
        for run in windows:
            first, last = np.searchsorted(self._ends, (run.start, run.stop - 1), "right")
            held[first : last + 1] = True
        starts = np.append(0, self._ends).tolist()
        return [range(starts[n], starts[n + 1]) for n in np.flatnonzero(held).tolist()]

    def compute(self, windows: Runs) -> Iterator[tuple[int, int]]:
        """Compute some windows, the whole blocks first that are needed and new.

        A block of which not all is needed may be computed from input that is not known. It is computed in an array of
        its own, and so is one of which a part is known, as that may be looked at meanwhile: only what is right and new
        is copied.

        Args:
            windows: The windows; all that they depend on is known.

        Yields:
            How many windows are computed, and how many that will be, with those in their blocks.
        """
        lacking = [(block, without(within(windows, block), self.runs)) for block in self.blocks(windows)]
        count, done = sum(len(block) for block, _ in lacking), 0
        new: list[tuple[range, Runs]] = [(block, runs) for block, runs in lacking if runs == (block,)]
        parts = [(block, runs) for block, runs in lacking if runs != (block,)]
        for chosen in [new, *_batches(parts)]:
            if not chosen:
                continue
            Z = self._writeable if chosen is new else np.empty_like(self.Z)  # untouched but for these blocks
            compute = self._operation.computer(Z)
            for block, runs in chosen:
                with self._writing, np.errstate(all="ignore"):
                    if missing := without(runs, self.runs):
                        compute(block.start, block.stop)
                        for run in () if chosen is new else missing:
                            part = slice(run.start, run.stop)
                            self._writeable.reshape(-1)[part] = Z.reshape(-1)[part]
                        self.runs = union(*self.runs, *missing)
                done += len(block)
                yield done, count
            del compute, Z


def _batches(parts: list[tuple[range, Runs]]) -> Iterator[list[tuple[range, Runs]]]:
    """Yield blocks, with what is needed of each, in batches that together hold about `BESIDE` values."""
    batch: list[tuple[range, Runs]] = []
    for block, runs in parts:
        batch.append((block, runs))
        if sum(len(each) for each, _ in batch) >= BESIDE:
            yield batch
            batch = []
    yield batch
