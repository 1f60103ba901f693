"""Films a script on the debugger's own screen, without a terminal and with a clock of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, NamedTuple, TypeVar, cast

from textual.filter import LineFilter

from convstep.debugger import VERBS, Frame, Session
from convstep.debugger.history import State
from convstep.debugger.script import About
from convstep.debugger.tour import Tour
from convstep.debugger.verbs import perform
from convstep.errors import ConvstepError
from convstep.opening import open_session
from convstep.printable import printable
from convstep.report.captions import reading_seconds
from convstep.report.film import Film, Look, Shot
from convstep.report.scripts import Folder, frame_lines
from convstep.settings import Settings
from convstep.tui.app import ConvstepApp
from convstep.tui.lines.canvas import ViewOptions
from convstep.tui.lines.colours import DARK, LIGHT, Palette
from convstep.tui.screens.bars import StatusMessage
from convstep.tui.screens.capture import capture, film_of_screen, look_of
from convstep.tui.screens.debug import MIN_SIZE, DebugScreen
from convstep.tui.screens.lesson import Led, LessonPanel

SIZE = (120, 36)
WIDEST, TALLEST = 400, 200
"""The largest screen, in cells."""
FPS = 8.0
"""Steps a second."""
MOVE_SECONDS = 0.7
"""How long the screen stands after a move or a change that is more than a step."""
MOST_STEPS = 24
"""The most steps of one line that are shown one by one."""
LESSON = "lesson"
"""The verb that goes on to the next caption; it is no line of the script."""
Tell = Callable[[int, int], object]
T = TypeVar("T")


class Move(NamedTuple):
    """What a line of the script led to.

    Attributes:
        frame: The frame.
        options: How it is displayed.
        line: The line; "" for a step on the way.
        seconds: How long it stands.
    """

    frame: Frame
    options: ViewOptions
    line: str
    seconds: float


class FilmScreen(DebugScreen):
    """The debugger's screen in all colours, whatever the terminal is."""

    @property
    def palette(self) -> Palette:
        """The colours that suit the theme."""
        return DARK if self.app.current_theme.dark else LIGHT


class FilmApp(ConvstepApp):
    """The debugger in all colours, whatever the terminal is."""

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Return nothing: no colour is left out."""
        return ()

    def get_default_screen(self) -> FilmScreen:
        """Return the screen."""
        return FilmScreen(self.session, self.size, self.settings, VERBS, lesson=self.lesson)


def film_of(
    script: str,
    name: str,
    folder: Folder,
    *,
    size: tuple[int, int] = SIZE,
    theme: str = "dark",
    fps: float = FPS,
    speed: float = 1.0,
    tell: Tell = lambda done, total: None,
) -> Film:
    """Play a script in a session of its own, and return the film of it.

    Args:
        script: The script's text.
        name: Its name in messages.
        folder: Where it may read.
        size: Width and height of the screen, in cells.
        theme: dark or light.
        fps: Steps a second, where several follow each other.
        speed: How fast captions are read, as a multiple of what most people need.
        tell: Called after each caption with how many are done, and how many there are.

    Raises:
        ConvstepError: The script can't be read, or the screen can't have that size.
    """
    check_size(size)
    session = open_session(locate=folder.spec)
    session.begin()
    tour = Tour(session, script, name, folder.include, silent=True)
    return record(session, tour, size=size, theme=theme, fps=fps, speed=speed, tell=tell)


def record(
    session: Session,
    tour: Tour,
    *,
    size: tuple[int, int] = SIZE,
    theme: str = "dark",
    fps: float = FPS,
    speed: float = 1.0,
    tell: Tell = lambda done, total: None,
) -> Film:
    """Play a script, and return the film of it. The same script gives the same film.

    Args:
        session: The session that plays it.
        tour: The script.
        size: Width and height of the screen, in cells.
        theme: dark or light.
        fps: Steps a second, where several follow each other.
        speed: How fast captions are read, as a multiple of what most people need.
        tell: Called after each caption with how many are done, and how many there are.

    Raises:
        ConvstepError: The screen can't have that size.
    """
    check_size(size)
    camera = Camera(session, tour, theme, fps, speed)
    return _run(lambda: camera.film(size, tell))


def still(session: Session, *, size: tuple[int, int] = SIZE, theme: str = "dark", lines: Sequence[str] = ()) -> Film:
    """Return the screen of a session where it is, as a film that stands still; the session stays as it is.

    Args:
        session: The session.
        size: Width and height of the screen, in cells.
        theme: dark or light.
        lines: Verbs that change what is shown, such as "zoom numbers".

    Raises:
        ConvstepError: The screen can't have that size.
    """
    check_size(size)
    return _run(lambda: _still(session, size, theme, lines))


def _run(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run a coroutine in a thread of its own: this one may have a loop that runs already, as in a notebook."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: asyncio.run(work())).result()


def check_size(size: tuple[int, int]) -> None:
    """Check that there is room for the screen.

    Raises:
        ConvstepError: There is not, or the screen is too large.
    """
    width, height = size
    if not (MIN_SIZE.width <= width <= WIDEST and MIN_SIZE.height <= height <= TALLEST):
        raise ConvstepError(
            f"the screen can have {MIN_SIZE.width}x{MIN_SIZE.height} to {WIDEST}x{TALLEST} cells, got {width}x{height}"
        )


async def _still(session: Session, size: tuple[int, int], theme: str, lines: Sequence[str]) -> Film:
    app = FilmApp(session, Settings(theme=cast(Any, theme), decimals=session.decimals))
    notes, message = list(session.notes), session.said
    async with app.run_test(size=size) as pilot:
        screen = cast(FilmScreen, app.screen_stack[0])
        await app.workers.wait_for_complete()
        for line in lines:
            screen.action_do(line)
        screen.say("")
        screen.footer_keys = ()
        await pilot.pause()
        film = film_of_screen(screen)
    session.notes[:], session.said = notes, message
    return film


class Camera:
    """Films a tour.

    Args:
        session: The session.
        tour: The script.
        theme: dark or light.
        fps: Steps a second.
        speed: How fast captions are read.
    """

    def __init__(self, session: Session, tour: Tour, theme: str, fps: float, speed: float) -> None:
        self._session = session
        self._tour = tour
        self._speed = speed
        self._step_seconds = round(1 / fps, 3)
        self._app = FilmApp(session, Settings(theme=cast(Any, theme)), lesson=Led(tour, keys=False))
        self._moves: list[Move] = []
        self._shots: list[Shot] = []
        self._before: tuple[tuple[str, str, str], str] | None = None  # what the panel shows during the moves

    async def film(self, size: tuple[int, int], tell: Tell) -> Film:
        """Return the film."""
        session, tour, app = self._session, self._tour, self._app
        session.observers.append(self._observe)
        try:
            async with app.run_test(size=size) as pilot:
                screen = self._screen
                panel = screen.query_one(LessonPanel)
                panel.display = tour.total > 0
                at, asked, laid_out = None, False, False
                while at != tour.at:
                    await app.workers.wait_for_complete()
                    if at is None and tour.total:
                        self._moves.clear()  # they lead to where the lesson begins
                    at, stop = tour.at, tour.stop
                    if stop.wrong or not laid_out:  # a long message may come or go
                        await pilot.pause()
                    laid_out = not stop.wrong
                    caption = stop.caption or stop.wrong
                    if asked:
                        caption = caption.partition("\n")[2] or caption  # the question has been a caption before
                    self._shoot_moves(panel, said=bool(caption))
                    if caption or not self._shots:
                        seconds = (reading_seconds(caption) + stop.seconds) / self._speed
                        safe = "\n".join(map(printable, caption.split("\n"))) or None
                        self._shoot(seconds, safe, is_answer=asked)
                    asked = stop.is_question
                    tell(min(at + 1, tour.total), tour.total)
                    screen.action_do("lesson next")
                self._shoot_moves(panel, said=False)
                plain = look_of(screen.rich_style, Look(0, 0))
                dark = app.current_theme.dark
        finally:
            session.observers.remove(self._observe)
        return Film(About(*map(printable, tour.about)), dark, plain, tuple(self._shots))

    @property
    def _screen(self) -> DebugScreen:
        return cast(DebugScreen, self._app.screen_stack[0])

    @property
    def _last(self) -> Frame | None:
        return self._moves[-1].frame if self._moves else self._screen.frame

    def _observe(self, line: str) -> None:
        """Note what a line of the script has led to, step by step."""
        session, options = self._session, self._screen.options
        words = line.split()
        if words[0] == LESSON:
            return
        for layer in session.layers_shown:
            session.values.output(layer)
        frame, last = session.frame, self._last
        shown = self._moves[-1].options if self._moves else options
        if last is not None and same(frame, last) and options is shown:
            return
        steps = (each for each in self._steps(words, session.before) if not same(each, frame))
        self._moves += [Move(each, options, "", self._step_seconds) for each in steps]
        self._moves.append(Move(frame, options, line, MOVE_SECONDS))

    def _steps(self, words: list[str], before: State) -> Iterator[Frame]:
        """Yield the frames that several steps of one line have passed, without the last."""
        match words:
            case [("step" | "back") as verb, count, *unit] if count.isdecimal() and 1 < int(count) <= MOST_STEPS:
                for number in range(1, int(count)):
                    frame = self._session.peek(partial(self._repeat, before, " ".join([verb, str(number), *unit])))
                    if frame is not None:
                        yield frame

    def _repeat(self, before: State, line: str) -> None:
        self._session.restore(before)
        perform(self._session, line)

    def _shoot_moves(self, panel: LessonPanel, *, said: bool) -> None:
        """Film the moves since the last caption, with that caption below; the last move is filmed with the next one."""
        moves, self._moves = self._moves, []
        screen = self._screen
        frame, options, message, caption = screen.frame, screen.options, screen.message, panel.shown
        if self._before is not None:
            panel.show(*self._before)
        for move in moves[: len(moves) - said]:
            screen.options, screen.frame = move.options, move.frame
            screen.message = StatusMessage(f":{move.line}" if move.line else "")
            self._shoot(move.seconds, None)
        if said:
            screen.options, screen.frame, screen.message = options, frame, message
            panel.show(*caption)
            self._before = caption

    def _shoot(self, seconds: float, caption: str | None, *, is_answer: bool = False) -> None:
        screen = self._screen
        screen.footer_keys = ()
        words = tuple(map(printable, frame_lines(screen.frame))) if screen.frame is not None else ()
        taken = capture(screen)
        if self._shots:
            taken = taken.sharing(self._shots[-1].screen)
        self._shots.append(Shot(taken, round(seconds, 3), caption, words, is_answer))


def same(frame: Frame, other: Frame) -> bool:
    """Return whether two frames show the same."""
    return frame is other or (
        frame.network is other.network
        and (frame.cursor, frame.decimals, frame.question) == (other.cursor, other.decimals, other.question)
    )
