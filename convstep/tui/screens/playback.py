"""Automatic playing on a screen: a timer, and the steps that a `Player` says are due."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

from textual.timer import Timer

from convstep.debugger.player import Player
from convstep.errors import ConvstepError

if TYPE_CHECKING:
    from convstep.tui.screens.debug import DebugScreen

FRAME_SECONDS = 1 / 60


class Playback:
    """Plays a screen's session.

    Args:
        screen: The screen.
        rate: Units a second at the start.
    """

    def __init__(self, screen: DebugScreen, rate: int) -> None:
        self._screen = screen
        self._player = Player(rate)
        self._timer: Timer | None = None

    @property
    def playing(self) -> bool:
        """Whether it plays."""
        return self._player.playing

    def play(self, words: list[str]) -> str:
        """Apply the arguments of the verb `play`: start or pause; return a message."""
        said = self._player.command(words)
        if self.playing and self._timer is None:
            self._timer = self._screen.set_interval(FRAME_SECONDS, self._tick)
        self._player.start(monotonic())
        return said

    def pause(self) -> None:
        """Stop playing."""
        self._player.playing = False
        if self._timer is not None:
            self._timer.stop()
            self._timer = None

    def _tick(self) -> None:
        """Take the steps that are due; pause where no step is possible or the session has a message."""
        if not self.playing:
            self.pause()
            return
        screen, session = self._screen, self._screen.session
        steps = 0 if screen.working else self._player.due(monotonic())
        if not steps:
            return
        before = session.cursor
        unit = self._player.unit if session.tap is None else "mac"
        try:
            said = session.do(f"{'step' if steps > 0 else 'back'} {abs(steps)} {unit}", gesture=self._timer)
        except ConvstepError as error:
            said = ConvstepError.__str__(error)
        if said or session.cursor == before:
            self.pause()
            screen.say(said)
        screen.present()
