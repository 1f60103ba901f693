"""The check's screen: the debugger on the right function, with the learner's own beside it."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from time import monotonic, strftime
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from textual.app import ComposeResult
from textual.geometry import Size
from textual.reactive import reactive
from textual.widgets import Static
from textual.worker import get_current_worker

from convstep.check.beside import Beside
from convstep.check.checking import Report
from convstep.check.opening import Opened
from convstep.debugger import VERBS, Frame, Session, Verb
from convstep.engine.geometry import Index
from convstep.network.values import Progress
from convstep.places import Places
from convstep.report.beside import change, on_probe
from convstep.settings import Settings
from convstep.tui.lines.canvas import Mask
from convstep.tui.screens.bars import FilterStrip, StatusBar
from convstep.tui.screens.beside_panels import (
    TheirCode,
    TheirHeader,
    TheirInput,
    TheirOutput,
    Theirs,
    TheirSum,
    TheirTimeline,
    TheirWindow,
)
from convstep.tui.screens.debug import DEFAULTS, MIN_SIZE, DebugScreen
from convstep.tui.screens.differences import DifferencesScreen
from convstep.tui.screens.keys import key_of

if TYPE_CHECKING:
    from convstep.watching import Edits

QUICK_SECONDS, AHEAD = 0.05, 100
"""Where asking takes at most so long, the code at so many windows that follow is asked for before they are shown."""

Again = Callable[[Beside], tuple[Report, Opened | None]]
"""Checks the file again; takes what was open before."""


class Checking(NamedTuple):
    """A learner's function to open on the screen.

    Attributes:
        opened: The function.
        hint: How much is told.
        edits: Tells when its file was edited; None not to watch it.
        again: Checks the file again.
    """

    opened: Opened
    hint: int = 2
    edits: Edits | None = None
    again: Again | None = None


def session_of(beside: Beside) -> Session:
    """Return a session on the right function, at the first window that differs."""
    session = Session(beside.network, beside.probe.problem.A)
    session.begin()
    session.jump(beside.first)
    return session


class CheckScreen(DifferencesScreen):
    """The check's screen.

    Args:
        session: A session on the right function; see `session_of`.
        size: The terminal's size at the start.
        settings: The user's settings.
        verbs: The verbs with their keys.
        checking: The function, and how it is shown.

    Attributes:
        theirs: What is known of their function at the window.
        opened: Their function.
    """

    MARKS = (
        (("✗ ×", "error"), "where your function differs: in the sum and the code, on the timeline"),
        (("•", "strong"), "values of yours that differ, on the output and in your slice beside the right one"),
        (("║ ═", "error"), "the part of the input that your function reads for this window"),
        (("✓", "output"), "as it should be"),
        (("▇", "window"), "largest products: those that change the right value most, orange up and blue down"),
    )

    SUMMARIES: ClassVar[Mapping[str, str]] = {
        "continue": "Go on to the next window at which yours differs, or to the Nth; with breakpoints set, to these.",
        "reverse": "Go back to the window before at which yours differs, or to the Nth before.",
        "gallery": "Take the next of the inputs that your function is wrong on.",
    }
    LABELS: ClassVar[Mapping[str, str]] = {
        "continue": "next difference",
        "reverse": "",
        "gallery": "other input",
        "follow": "",  # there is one layer
    }
    LEADING = ("next", "continue", "reverse", "gallery")
    REASON, ABOUT = "your function was asked with these sizes", "a function of yours is"

    theirs: reactive[Theirs | None] = reactive(None, repaint=False)

    def __init__(
        self,
        session: Session,
        size: Size,
        settings: Settings = DEFAULTS,
        verbs: Mapping[str, Verb] = VERBS,
        places: Places | None = None,
        checking: Checking | None = None,
    ) -> None:
        assert checking is not None
        super().__init__(session, size, settings, verbs, places)
        self.opened = checking.opened
        self._hint, self._edits, self._again = checking.hint, checking.edits, checking.again
        self._wanted: tuple[Opened, Index] | None = None
        self._is_tracing = False
        self.begin_here()
        self.add_class("check")

    @property
    def differs(self) -> Mask:
        """Which windows differ."""
        return self.opened.beside.differs

    def said_of_none(self) -> str:
        """Return what is said where no window differs."""
        return "yours is the same at all windows"

    def compose(self) -> ComposeResult:
        """Compose the bars and the panels."""
        shown = DebugScreen.frame, DebugScreen.options
        theirs = CheckScreen.theirs
        yield TheirHeader(id="header").data_bind(*shown, theirs)
        yield TheirWindow(id="window").data_bind(*shown, theirs)
        yield TheirInput(id="input").data_bind(*shown, theirs)
        yield TheirOutput(id="output").data_bind(*shown, theirs)
        yield FilterStrip(id="filters").data_bind(*shown)
        yield TheirCode(id="code").data_bind(*shown, theirs)
        yield TheirSum(id="sum").data_bind(*shown, theirs)
        yield TheirTimeline(id="timeline").data_bind(*shown, theirs)
        yield StatusBar(id="status").data_bind(
            DebugScreen.options, message=DebugScreen.message, keys=DebugScreen.footer_keys
        )
        yield Static(f"convstep needs a terminal of at least {MIN_SIZE.width}×{MIN_SIZE.height}", id="too-small")

    def on_mount(self) -> None:
        """Watch the file."""
        super().on_mount()
        if self._edits is not None:
            from convstep.watching import WATCH_SECONDS

            self.set_interval(WATCH_SECONDS, self._check_edits)

    def on_unmount(self) -> None:
        """End the process in which their code runs."""
        self.opened.close()

    @property
    def _first_hint(self) -> str:
        """A message about the first keys to press."""
        next_, resume, back, other = (key_of(self.verbs, line) for line in ("next", "continue", "reverse", "gallery"))
        count = int(self.opened.beside.differs.sum())
        if count > 1:
            return f"{resume} goes on to the next window that differs, {back} back, {next_} steps through all"
        inside = f"{key_of(self.verbs, 'taps open')} opens this window" if count else f"{next_} steps on"
        return f"{inside}, {other} takes another input, {key_of(self.verbs, 'help')} shows every key"

    # Theirs

    def watch_frame(self, frame: Frame | None) -> None:
        """Show what is known of their code at the window, and ask for it if it is not."""
        if frame is None or frame.step is None or frame.network is not self.opened.beside.network:
            return
        at = self.opened.known_at(frame.index)
        self.theirs = Theirs(self.opened.beside, at, self._hint)
        if at is None:
            self._wanted = self.opened, frame.index
            self._start_tracing()

    def _start_tracing(self) -> None:
        if not self._is_tracing:
            self._is_tracing = True
            self.run_worker(self._trace, thread=True, group="trace")

    def _trace(self) -> None:
        """Ask for their code at the window that is wanted, and then at those that follow; in a thread."""
        worker, opened, ahead = get_current_worker(), self.opened, iter(range(0))
        while not worker.is_cancelled:
            wanted, self._wanted = self._wanted, None
            if wanted is not None:
                opened, index = wanted
                began = monotonic()
                opened.at(index)
                quick = monotonic() - began < QUICK_SECONDS
                first = opened.beside.number(index) + 1
                ahead = iter(range(first, min(first + AHEAD, opened.beside.ours.size)) if quick else range(0))
                if not worker.is_cancelled:
                    self.app.call_from_thread(self._traced)
            elif opened is self.opened and (number := next(ahead, None)) is not None:
                opened.at(opened.beside.index(number))
            else:
                break
        self._is_tracing = False
        if not worker.is_cancelled:
            self.app.call_from_thread(self._traced)

    def _traced(self) -> None:
        """Show what is known now, and ask on if something else is wanted meanwhile."""
        self.watch_frame(self.frame)

    # Edits

    def _check_edits(self) -> None:
        if self._edits is not None and not self.working and self._edits.edited():
            self._edits.take()
            self.work_through(self._recheck(), self._show_again)

    def _recheck(self) -> Generator[Progress, None, tuple[Report, Opened | None]]:
        assert self._again is not None
        yield "check", 0, 1
        return self._again(self.opened.beside)

    def _show_again(self, found: tuple[Report, Opened | None]) -> None:
        """Show the edited file at the same window, if it still is one, and say what has changed."""
        _, opened = found
        if opened is None:
            self.say("saved: no function is left that goes through windows", wrong=True)
            return
        before = self.opened.beside
        self.opened.close()
        self._show(opened, f"saved at {strftime('%H:%M:%S')}: {change(before, opened.beside)}")

    def gallery(self) -> None:
        """Take another input: the next one that their function is wrong on."""
        self.work_through(self._on_next_probe(), lambda opened: self._show(opened, on_probe(opened.beside)))

    def _on_next_probe(self) -> Generator[Progress, None, Opened]:
        probe = self.opened.next_probe()
        yield probe.name, 0, 1
        return self.opened.on(probe)

    def _show(self, opened: Opened, said: str) -> None:
        """Show a function, at the same window if its probe is the same."""
        before, now, place = self.opened.beside, opened.beside, self.session.index
        self.opened = opened
        self.session.start(now.network, now.probe.problem.A)
        same = now.probe.name == before.probe.name and now.ours.shape == before.ours.shape
        self.session.jump(place if same else now.first)
        self.say(said)
        self.present()
