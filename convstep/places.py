"""The place where each net was left, kept from one run to the next.

A net is identified by its spec, a path or a bundled name, and by the shapes of its layers: an edit that changes them
makes it another net.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple
from zlib import crc32

from convstep.debugger import Session
from convstep.debugger.verbs.screen import THEMES
from convstep.errors import ConvstepError
from convstep.folders import state_folder
from convstep.report.files import writing

MOST = 100
LARGEST = 1_000_000
"""The most bytes of the file that are read."""


class Place(NamedTuple):
    """The place where a net was left.

    Attributes:
        layer: The layer.
        neuron: `(i, h, w, c)`; None in a layer that can't work.
        theme: The theme chosen for this net; "" for the usual one.
    """

    layer: str
    neuron: tuple[int, ...] | None
    theme: str = ""


class Places:
    """Restores and keeps the places of the nets that are opened in a run.

    Args:
        fresh: Whether to ignore the places of earlier runs.
        usual_theme: The theme of nets for which no other was chosen.

    Attributes:
        theme: The current net's theme.
        is_first_start: Whether nothing was ever kept: the debugger starts for the first time.
    """

    def __init__(self, *, fresh: bool = False, usual_theme: str = THEMES[0]) -> None:
        self.theme = self._usual_theme = usual_theme
        self._fresh = fresh
        self.is_first_start = not os.path.isdir(state_folder())
        self._key = ""  # identifies the current net
        self._first: Place | None = None  # where the net opens by default: this is not kept

    def arrive(self, session: Session, spec: str) -> str:
        """Go to where a net was left; return a message, "" if nothing changed.

        Args:
            session: A session that has just opened the net.
            spec: The net's spec.
        """
        self._key, self._first = key_of(session, spec), place_of(session)
        left = None if self._fresh or not self._key else _read().get(self._key)
        self.theme = (left and left.theme) or self._usual_theme
        if left is not None:
            put_back(session, left)
        return "" if place_of(session) == self._first else "this is where you left it; --fresh begins anew"

    def leave(self, session: Session, theme: str) -> None:
        """Keep the current net's place and theme, if the file can be written.

        Args:
            session: The net's session.
            theme: The theme.
        """
        if not self._key:
            return
        theme = "" if theme == self._usual_theme else theme
        place, known = place_of(session), _read()
        before = list(known.items())
        known.pop(self._key, None)
        if place != self._first or theme:
            known[self._key] = place._replace(theme=theme)
        if list(known.items()) != before:
            _write(known)


def last_left() -> str:
    """Return the spec of the net that was left last; "" if none is known."""
    return next(reversed(_read()), "").rpartition(" ")[0]


def key_of(session: Session, spec: str) -> str:
    """Return a key that identifies a net; "" for one from standard input."""
    network = session.network
    shapes = [network.input_shape, *((stage.name, stage.layer.kind, stage.output) for stage in network.stages)]
    digest = f"{crc32(repr(shapes).encode()):08x}"
    if os.path.isfile(spec):
        return f"{os.path.realpath(spec)} {digest}"
    return "" if os.path.lexists(spec) or spec == "-" else f"{spec} {digest}"


def place_of(session: Session) -> Place:
    """Return a session's place."""
    try:
        return Place(session.layer, session.index)
    except ConvstepError:  # the layer can't work
        return Place(session.layer, None)


def put_back(session: Session, place: Place) -> None:
    """Go to a place, or to the nearest one if shapes have changed; do nothing if the layer is gone."""
    with suppress(ConvstepError):
        session.go(place.layer)
        if place.neuron is not None and len(place.neuron) == 4:
            i, h, w, c = (min(at, size - 1) for at, size in zip(place.neuron, session.shape, strict=True))
            session.jump((i, h, w, c))


def _file() -> str:
    return os.path.join(state_folder(), "places.json")


def _read() -> dict[str, Place]:
    """Return the kept places by their nets' keys, the last one left at the end; {} if the file can't be read."""
    try:
        if not os.path.isfile(_file()):  # reading a pipe might block
            return {}
        import json

        with open(_file(), "rb") as file:
            data = json.loads(file.read(LARGEST))
    except (OSError, ValueError, RecursionError):
        return {}
    return {key: place for key, entry in data.items() if (place := _place(entry))} if isinstance(data, dict) else {}


def _place(entry: Any) -> Place | None:
    match entry:
        case {"layer": str(layer), "neuron": neuron, "theme": str(theme)} if theme in ("", *THEMES):
            if neuron is None:
                return Place(layer, None, theme)
            if isinstance(neuron, list) and all(type(each) is int for each in neuron):
                return Place(layer, tuple(neuron), theme)
    return None


def _write(places: dict[str, Place]) -> None:
    kept = dict(list(places.items())[-MOST:])
    file = _file()
    if not os.path.isabs(file) or (os.path.exists(file) and not os.path.isfile(file)):
        return
    import json

    with suppress(ConvstepError, OSError):
        Path(file).parent.mkdir(parents=True, exist_ok=True)
        with writing(file) as out:
            out.write(json.dumps({key: place._asdict() for key, place in kept.items()}, indent=1).encode())
