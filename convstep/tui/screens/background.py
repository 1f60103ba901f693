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
LONG_MACS = 10 * QUICK_MACS
"""If so many are left when a window is known, it is shown before the rest of its layer; else with it, in one frame."""
BAR = 20
"""Width of the progress bar."""

T = TypeVar("T")


class BackgroundScreen(Screen[None]):
    """A screen that stays responsive during long computations.

    Attributes:
        working: Whether a computation is running that most keys have to wait for.
        behind: What is being computed behind what is shown, for which most keys need not wait; None for nothing.
    """

    working = False
    behind: object = None
    _job: object = None
    """Identifies the computation whose result is wanted; another may still be at its last block."""

    def say(self, text: str, *, wrong: bool = False) -> None:
        """Show a message; `wrong` marks it as an error."""
        raise NotImplementedError

    def work_through(self, steps: Generator[Progress, None, T], done: Callable[[T], None]) -> None:
        """Run a generator in a thread, showing its progress; then call `done` with its return value."""
        self.working, self.behind, self._job = True, None, object()
        self._run(self._job, steps, done)

    def work_behind(self, what: object, steps: Generator[Progress, None, T], done: Callable[[T], None]) -> None:
        """Run a generator that computes `what` in a thread, without a word about it; other computations cancel it."""
        self.working, self.behind, self._job = False, what, object()
        self._run(self._job, steps, done)

    def give_up(self) -> None:
        """Cancel the computation; its `done` is not called."""
        self.workers.cancel_all()
        self._end()

    def resume_behind(self) -> None:
        """Compute again what another computation has taken the place of; called when that one has come to nothing."""

    def _end(self) -> None:
        self.working, self.behind, self._job = False, None, None

    @work(thread=True, exclusive=True)
    def _run(self, job: object, steps: Generator[Progress, None, Any], done: Callable[[Any], None]) -> None:
        worker, last = get_current_worker(), monotonic()
        call = self.app.call_from_thread
        while not worker.is_cancelled:
            try:
                what, count, whole = next(steps)
            except StopIteration as end:
                call(self._worked, job, done, end.value)
                return
            except ConvstepError as error:
                call(self._failed, job, error)
                return
            except MemoryError:
                call(self._failed, job, ConvstepError("there is not enough memory for this"))
                return
            if monotonic() - last > PROGRESS_SECONDS:
                last = monotonic()
                call(self._progress, job, what, count / whole)

    def _progress(self, job: object, what: str, fraction: float) -> None:
        if job is self._job and self.working:
            filled = round(fraction * BAR)
            self.say(f"{what}  {'━' * filled}{'─' * (BAR - filled)}  {fraction:.0%}  esc cancels")

    def _worked(self, job: object, done: Callable[[Any], None], result: Any) -> None:
        if job is self._job:
            self._end()
            try:
                done(result)
            except ConvstepError as error:  # the net was changed meanwhile
                self.say(ConvstepError.__str__(error), wrong=True)
                self.resume_behind()

    def _failed(self, job: object, error: ConvstepError) -> None:
        if job is self._job:
            waited_for = self.working
            self._end()
            self.say(ConvstepError.__str__(error), wrong=True)
            if waited_for:
                self.resume_behind()
