"""Runs long computations in a worker thread, with progress and cancelling."""

from __future__ import annotations

from collections.abc import Callable, Generator
from time import monotonic
from typing import Any, TypeVar

from textual import work
from textual.screen import Screen
from textual.worker import get_current_worker

from convstep.errors import ConvstepError
from convstep.network.values import Progress

PROGRESS_SECONDS = 1 / 20
QUICK_MACS = 30_000_000
"""Layers of fewer multiply-accumulates are computed at once, others in a worker thread."""
BAR = 20
"""Width of the progress bar."""

T = TypeVar("T")


class BackgroundScreen(Screen[None]):
    """A screen that stays responsive during long computations.

    Attributes:
        working: Whether a computation is running.
    """

    working = False

    def say(self, text: str, *, wrong: bool = False) -> None:
        """Show a message; `wrong` marks it as an error."""
        raise NotImplementedError

    def work_through(self, steps: Generator[Progress, None, T], done: Callable[[T], None]) -> None:
        """Run a generator in a thread, showing its progress; then call `done` with its return value."""
        self.working = True
        self._run(steps, done)

    def give_up(self) -> None:
        """Cancel the computation; its `done` is not called."""
        self.workers.cancel_all()
        self.working = False

    @work(thread=True, exclusive=True)
    def _run(self, steps: Generator[Progress, None, Any], done: Callable[[Any], None]) -> None:
        worker, last = get_current_worker(), monotonic()
        call = self.app.call_from_thread
        while not worker.is_cancelled:
            try:
                what, count, whole = next(steps)
            except StopIteration as end:
                call(self._worked, done, end.value)
                return
            except ConvstepError as error:
                call(self._failed, error)
                return
            except MemoryError:
                call(self._failed, ConvstepError("there is not enough memory for this"))
                return
            if monotonic() - last > PROGRESS_SECONDS:
                last = monotonic()
                call(self._progress, what, count / whole)

    def _progress(self, what: str, fraction: float) -> None:
        if self.working:
            filled = round(fraction * BAR)
            self.say(f"{what}  {'━' * filled}{'─' * (BAR - filled)}  {fraction:.0%}  esc cancels")

    def _worked(self, done: Callable[[Any], None], result: Any) -> None:
        if self.working:
            self.working = False
            try:
                done(result)
            except ConvstepError as error:  # the net was changed meanwhile
                self._failed(error)

    def _failed(self, error: ConvstepError) -> None:
        self.working = False
        self.say(ConvstepError.__str__(error), wrong=True)
