"""A lesson on the screen: its captions in a panel, and the keys that lead through it."""

from __future__ import annotations

import os
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from textual.content import Content
from textual.timer import Timer
from textual.widgets import Static

from convstep.debugger import Session
from convstep.debugger.tour import Tour
from convstep.errors import VerbError, nearest
from convstep.printable import printable
from convstep.report.captions import reading_seconds, spans
from convstep.report.lessons import finish
from convstep.report.scripts import Folder, lessons, read_script
from convstep.tui.screens.keys import key_of

if TYPE_CHECKING:
    from convstep.tui.lines.canvas import ViewOptions
    from convstep.tui.screens.debug import DebugScreen

CALM = (
    "zoom",
    "channel",
    "theme",
    "help",
    "map",
    "contributions",
    "shapes",
    "copy",
    "decimals",
    "lesson",
    "prompt",
    "predict",
    "answer",
)
"""Verbs that don't lead away from the lesson."""
VIEWS = ("zoom", "channel", "mark", "weight", "theme")
"""Verbs that a lesson carries out as the screen does."""
STYLES = {"plain": "", "bold": "bold", "code": "$secondary"}


class LessonPanel(Static):
    """The caption of a lesson, below how far it is, the keys and its title.

    Attributes:
        shown: The heading and the caption.
    """

    shown: tuple[tuple[str, str, str], str] = (("", "", ""), "")

    def show(self, heading: tuple[str, str, str], caption: str) -> None:
        """Show a caption.

        Args:
            heading: How far the lesson is, the keys, and its title, which is cut where there is no room.
            caption: The caption.
        """
        self.shown = heading, caption
        self._draw()

    def on_resize(self) -> None:
        """Cut the heading anew."""
        self._draw()

    def _draw(self) -> None:
        parts, caption = self.shown
        place, keys, title = map(printable, parts)
        heading = Content.assemble(
            (place, "bold $primary"), "  ", f"{keys}  " if keys else "", (title, "$foreground 60%")
        )
        lines = [heading.truncate(max(1, self.content_size.width), ellipsis=True)]
        lines += (
            Content.assemble(*((printable(part), STYLES[stress]) for part, stress in spans(text)))
            for text in caption.split("\n")
        )
        self.update(Content("\n").join(lines))


class Guide:
    """Leads a screen through a lesson.

    Args:
        screen: The screen.
        tour: The lesson.
        name: Its name, if it is a bundled lesson; it is kept when its end is reached.
        auto: Whether it plays by itself.
        speed: How fast, if it does.
        keys: Whether to tell the keys.
    """

    def __init__(
        self,
        screen: DebugScreen,
        tour: Tour,
        name: str = "",
        *,
        auto: bool = False,
        speed: float = 1.0,
        keys: bool = True,
    ) -> None:
        self._screen = screen
        self._tour = tour
        self._name = name
        self._auto = auto
        self._speed = speed
        self._keys = keys
        self._away = False
        self._timer: Timer | None = None
        self._views: dict[int, ViewOptions] = {}
        tour.bind({name: screen.verbs[name] for name in VIEWS})

    def meaning(self, line: str) -> str:
        """Return what a key's line means during the lesson: space and backspace lead through it."""
        verb = line.partition(" ")[0]
        if not self._away and line in ("next", "prev"):
            return f"lesson {line}"
        if verb not in CALM and not self._away:
            self._away = True
            self._show()
        return line

    def do(self, words: list[str]) -> str:
        """Carry out the arguments of the verb `lesson`; return a message."""
        match words:
            case ["next"]:
                moved = self._tour.forward()
            case ["prev"]:
                moved = self._tour.backward()
            case [] | ["return"]:
                moved = True
                self._tour.come_back()
            case _:
                raise VerbError(f"expected next, prev, return or end, got '{' '.join(words)}'", where="lesson")
        self._arrive()
        if self._tour.stop.wrong:
            return self._tour.stop.wrong
        return "" if moved else "this is the end of the lesson" if words == ["next"] else "this is its beginning"

    @property
    def asks(self) -> bool:
        """Whether the caption that is shown is a question."""
        return not self._away and self._tour.stop.is_question

    def answer(self, text: str) -> str:
        """Take the learner's answer, and show the lesson's own; return a message."""
        said = self._tour.answer(text)
        self._arrive()
        return said

    def _arrive(self) -> None:
        """Show the caption that was reached."""
        self._away = False
        self._keep_view()
        self._show()
        self._schedule()
        if self._tour.finished and self._name:
            finish(self._name)
            self._name = ""

    def _keep_view(self) -> None:
        """Show the maps as they were at this caption, or remember how they are."""
        screen, at = self._screen, self._tour.at
        if at in self._views:
            screen.lens.close()
            screen.options = replace(self._views[at], palette=screen.options.palette)
        else:
            self._views[at] = screen.options

    @property
    def is_leading(self) -> bool:
        """Whether space and backspace lead through the lesson: not after the viewer has wandered off."""
        return not self._away

    def _show(self) -> None:
        tour, key = self._tour, partial(key_of, self._screen.verbs)
        if self._away:
            keys = f"{key('lesson return')} returns to the lesson"
        else:
            asked = f"{key('answer')} to answer, " if tour.stop.is_question else ""
            on = "shows it" if asked else "goes on"
            keys = f"{asked}{key('next')} {on}, {key('prev')} goes back"
        heading = (f"{tour.at + 1}/{max(tour.at + 1, tour.total)}", keys if self._keys else "", tour.about.title)
        self._screen.query_one(LessonPanel).show(heading, tour.stop.caption or tour.stop.wrong)

    def _schedule(self) -> None:
        """Go on by itself after a while, unless somebody has wandered off."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        if self._auto and not self._tour.finished:
            stop = self._tour.stop
            seconds = reading_seconds(stop.caption) + stop.seconds
            self._timer = self._screen.set_timer(seconds / self._speed, self._go_on)

    def _go_on(self) -> None:
        if not self._away:
            self._screen.action_do("lesson next")


class Led(NamedTuple):
    """A lesson, and how a screen leads through it.

    Attributes:
        tour: The lesson.
        name: Its name, if it is a bundled lesson.
        auto: Whether it plays by itself.
        speed: How fast, if it does.
        keys: Whether to tell the keys.
    """

    tour: Tour
    name: str = ""
    auto: bool = False
    speed: float = 1.0
    keys: bool = True

    def on(self, screen: DebugScreen) -> Guide:
        """Return what leads a screen through the lesson."""
        return Guide(screen, self.tour, self.name, auto=self.auto, speed=self.speed, keys=self.keys)


def bundled_lesson(name: str, session: Session) -> Led:
    """Return a bundled lesson, to go through it in a session.

    Raises:
        VerbError: There is none of that name.
    """
    known = {lesson.name: lesson.path for lesson in lessons()}
    if name not in known:
        hint = nearest(name, known) or f"There are {', '.join(known)}"
        raise VerbError(f"there is no lesson '{name}'", where="lesson", hint=hint)
    path = known[name]
    return Led(Tour(session, read_script(path), name, Folder(os.path.dirname(path)).include), name)
