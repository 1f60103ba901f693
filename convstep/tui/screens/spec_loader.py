"""Opens specs on a screen, and reloads the current one when it is edited."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from functools import partial
from shlex import quote
from typing import TYPE_CHECKING

from convstep.debugger.verbs.scripting import spec_of
from convstep.engine.steps import Array
from convstep.network import Network
from convstep.network.values import Progress
from convstep.places import Places, place_of, put_back
from convstep.tui.screens.recent import remember

if TYPE_CHECKING:
    from convstep.tui.screens.debug import DebugScreen
    from convstep.watching import Watch


class SpecLoader:
    """Reads specs in a worker thread, and shows them on a screen.

    Args:
        screen: The screen.
        places: Stores the position at which each net is left; None not to.
        watch: Watches the current spec for edits; None not to.
    """

    def __init__(self, screen: DebugScreen, places: Places | None, watch: Watch | None) -> None:
        self._screen = screen
        self._places = places
        self._watch = watch

    def open(self, words: list[str]) -> str:
        """Open the spec that the arguments of the verb `open` name; return a message."""
        spec = spec_of(words)
        self._screen.playback.pause()
        self._screen.work_through(self._read(spec), partial(self._show, spec))
        return f"opening {spec}"

    def _read(self, spec: str) -> Generator[Progress, None, tuple[Network, Array]]:
        yield spec, 0, 1
        network, x = self._screen.session.read(spec)
        remember(spec)
        return network, x

    def _show(self, spec: str, opened: tuple[Network, Array]) -> None:
        screen, session = self._screen, self._screen.session
        screen.options = replace(screen.options, channel=None)
        if self._places:
            self._places.leave(session, screen.theme_name)
        said = [session.carry_out(f"open {quote(spec)}", lambda: session.start(*opened, spec))]
        if self._places:
            said.append(self._places.arrive(session, spec))
        if self._watch:
            self._watch = type(self._watch)(spec)
        screen.say("; ".join(filter(None, said)))
        screen.present()

    def start_watching(self) -> None:
        """Check regularly whether the spec was edited."""
        if self._watch:
            from convstep.watching import WATCH_SECONDS

            self._screen.set_interval(WATCH_SECONDS, self._check)

    def _check(self) -> None:
        is_free = not self._screen.working and self._screen.behind is None
        if self._watch and is_free and self._watch.edited():
            self._screen.work_through(self._reread(self._watch), self._show_edited)

    def _reread(self, watch: Watch) -> Generator[Progress, None, tuple[Network, Array]]:
        yield watch.spec, 0, 1
        return watch.read()

    def _show_edited(self, read: tuple[Network, Array]) -> None:
        """Show the edited spec, at the same layer and neuron if they still exist."""
        screen, session = self._screen, self._screen.session
        place = place_of(session)
        screen.options = replace(screen.options, channel=None)
        session.start(*read, self._watch.spec if self._watch else "")
        gone = place.layer not in session.network.names
        if not gone:
            put_back(session, place)
        screen.say("read again: the spec was edited" + (f"; {place.layer} is gone" if gone else ""))
        screen.present()
