"""The debugger's screen: verbs go to the session, and its frames to the widgets."""

from __future__ import annotations

from asyncio import sleep
from collections.abc import Generator
from functools import lru_cache, partial
from time import monotonic
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.geometry import Region
from textual.layout import Layout
from textual.strip import Strip
from textual.timer import Timer

from convstep.debugger import Frame, Key, Session
from convstep.debugger.verbs import misread, perform
from convstep.engine.steps import Array
from convstep.errors import ConvstepError, VerbError
from convstep.network import Network
from convstep.network.values import Progress
from convstep.tui.arrangement import LEAST, Arrangement, arrange, is_compact
from convstep.tui.background import BackgroundScreen
from convstep.tui.bars import Bars, Said
from convstep.tui.canvas import MARGIN, Canvas, Do
from convstep.tui.colours import LIGHT, Palette, palette_for
from convstep.tui.lines import blank, line, wrap
from convstep.tui.map_model import Mask, Zoom
from convstep.tui.maps import InputMap, OutputMap
from convstep.tui.models import changed, input_channel, known, seers
from convstep.tui.panels import CodePanel, SumPanel
from convstep.tui.play import Player
from convstep.tui.prompt import Prompt
from convstep.tui.recent import remember
from convstep.tui.verbs import ZOOMS, is_whole, one_of, verb_table
from convstep.tui.window import WindowPanel

if TYPE_CHECKING:
    from convstep.debugger.breakpoints import Match, Miss

QUICK = 30_000_000
"""Multiply-accumulates that are done before anyone would notice; more go to a thread."""
FRAME_SECONDS = 1 / 60
ANSWER_SECONDS = 0.002
"""What a terminal takes to say that it can show whole frames at once."""
CANCEL = "taps close"
"""What escape stands for; while something is computed it cancels that."""


class DebugScreen(Canvas, BackgroundScreen):
    """The debugger's screen: panels, and around them lines that are drawn on the screen itself.

    Args:
        session: The run that it shows and steers.

    Attributes:
        said: What the last verb had to say.
        verbs: The verb table.
        keys: All keys that there are.
    """

    AUTO_FOCUS: ClassVar[str | None] = ""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.said = Said()
        self.verbs = verb_table(self)
        self.keys: tuple[Key, ...] = tuple(key for verb in self.verbs.values() for key in verb.keys)
        self._lines_of = {name: key.line for key in self.keys for name in key.key.split(",")}
        self._fresh: bool | None = None
        self._marks: Mask | None = None
        self._dragged = False
        self._player = Player()
        self._timer: Timer | None = None
        self._arrangement = Arrangement()
        self._prompt = Prompt(self.verbs, id="prompt")
        self._panels: tuple[Canvas, ...] = (
            InputMap(id="input"),
            WindowPanel(id="window"),
            OutputMap(id="output"),
            SumPanel(id="sum"),
            CodePanel(id="code"),
        )

    @property
    def layout(self) -> Layout:
        """The screen's own arrangement."""
        return self._arrangement

    def compose(self) -> ComposeResult:
        """Place the panels."""
        yield from self._panels

    def refresh(
        self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False
    ) -> DebugScreen:
        """Refresh, but for what Textual asks for when the first frame has just been drawn: to draw it once more."""
        if self._fresh and not (regions or layout or recompose):
            self._fresh = False
            return self
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    def render_lines(self, crop: Region) -> list[Strip]:
        """Return the ground that the panels stand on."""
        if self._fresh is None:
            self._fresh = True
        return super().render_lines(crop)

    def lines(self, width: int, height: int) -> list[Strip]:
        """Return the lines around the panels; where there is no room for these, say so."""
        places, palette = arrange(*self.size), self.look.palette
        return self.bars.lines(places, width, height, palette) if places else _no_room(width, height, palette)

    @property
    def bars(self) -> Bars:
        """What the lines around the panels show; of the keys those that do something now."""
        offered = (verb for verb in self.verbs.values() if verb.available(self.session))
        return Bars(self.frame, self.said, tuple(key for verb in offered for key in verb.keys if key.label))

    async def on_screen_resume(self) -> None:
        """Let the app hear what the terminal has answered, so that the first frame already appears at one stroke."""
        if self._fresh is None:
            await sleep(ANSWER_SECONDS)

    def on_mount(self) -> None:
        """Show the first frame."""
        self._colour()
        self.present()
        self.call_after_refresh(self._greet)

    def _greet(self) -> None:
        """Say how to begin, where there is a line for it."""
        if not (self.said.text or is_compact(*self.size)):
            self.say("space takes the next step, ? shows every key")

    # Verbs

    def press(self, key: str) -> bool:
        """Do what a key stands for, unless something has the focus that takes keys itself; return whether it did."""
        if self.focused is not None or key not in self._lines_of:
            return False
        self.action_do(self._lines_of[key])
        return True

    @on(Do)
    def _do(self, message: Do) -> None:
        self.action_do(message.line)

    def action_do(self, line: str) -> None:
        """Carry out one line, and show where it led; what can't be done is said."""
        if self.working and line == CANCEL:
            self.cancel()
            return
        network, before = self.session.network, self.frame
        try:
            said = perform(self.session, line, self.verbs)
        except ConvstepError as error:
            self.say(ConvstepError.__str__(error), wrong=True)
            return
        self.say(said)
        self.present(changed_from=before if self.session.network is not network else None)

    def say(self, text: str, *, wrong: bool = False) -> None:
        """Show one line of text until the next key."""
        if (text, wrong) != self.said:
            self.said = Said(text, wrong)
            self.paint()

    def present(self, changed_from: Frame | None = None) -> None:
        """Show the session's frame; a layer that takes long to compute is computed in a thread first.

        Args:
            changed_from: The frame before the net was changed: neurons whose value differs are marked.
        """
        if self.working:
            return
        values, layer = self.session.values, self.session.layer
        if values.work(layer) < QUICK:
            self.frame = self.session.frame
            differs = changed(changed_from, self.frame) if changed_from else None
            if differs is not None:
                self.say(f"{self.said.text} · {differs.sum():,} of {differs.size:,} values of this map differ")
                self._marks = differs & known(self.frame)
            self.look = self.look._replace(marked=self._marks)
            self._marks = None
            self._paint()
        else:
            said = self.said.text
            self.work_through(values.compute(layer), lambda _: self._computed(said, changed_from))

    def _computed(self, said: str, changed_from: Frame | None) -> None:
        self.say(said)
        self.present(changed_from)

    def _paint(self) -> None:
        if self.frame is None:
            return
        changes = self.changes()
        for panel in self._panels:
            if found := panel.show(self.frame, self.look):
                offset = panel.region.offset
                changes += [region.translate(offset) for region in found]
        if changes:
            self.refresh(*changes)

    def cancel(self) -> None:
        """Give up what is being computed, and go back to what is shown."""
        self.give_up()
        if self.frame is not None:
            self.session.return_to(self.frame)
        self.say("cancelled")

    # What the screen itself can do

    def play(self, words: list[str]) -> str:
        """Start stepping by itself, or stop."""
        said = self._player.told(words)
        if self._player.playing and self._timer is None:
            self._timer = self.set_interval(FRAME_SECONDS, self._tick)
        self._player.start(monotonic())
        return said

    def _tick(self) -> None:
        if not self._player.playing:
            self.pause()
            return
        if self.working:
            return
        steps = self._player.due(monotonic())
        if not steps:
            return
        before = self.session.cursor
        verb = self.session.step if steps > 0 else self.session.back
        try:
            said = verb(abs(steps), self._player.unit)
        except ConvstepError as error:
            said = ConvstepError.__str__(error)
        if said or self.session.cursor == before:
            self.pause()
            self.say(said)
        self.present()

    def pause(self) -> None:
        """Stop stepping by itself."""
        self._player.playing = False
        if self._timer is not None:
            self._timer.stop()
            self._timer = None

    def prompt(self, words: list[str]) -> None:
        """Open the command line."""
        self.pause()
        if not self._prompt.is_attached:
            self.mount(self._prompt)
        self._prompt.open(" ".join([*words, ""]) if words else "", self.session)

    def choose_channel(self, words: list[str]) -> None:
        """Show another channel of the input."""
        frame = self.session.frame
        if frame.step is None:
            return
        n_C_prev = frame.input.shape[3]
        current = input_channel(frame, self.look.channel)
        match words:
            case ["all"]:
                channel = None
            case ["next"]:
                channel = 0 if current is None else (current + 1) % n_C_prev
            case ["prev"]:
                channel = n_C_prev - 1 if current is None else (current - 1) % n_C_prev
            case [word] if word.isdecimal() and int(word) < n_C_prev:
                channel = int(word)
            case _:
                raise VerbError(f"expected next, prev, all or a number below {n_C_prev}", where="channel")
        self.look = self.look._replace(channel=channel)

    def mark(self, words: list[str]) -> str:
        """Mark the neurons that see a value of the input."""
        frame = self.session.frame
        match words:
            case [row, col] if all(map(is_whole, words)):
                self._marks = seers(frame, int(row), int(col))
                return f"{self._marks.sum():,} neurons of each map see row {int(row)}, column {int(col)}"
        raise VerbError(f"expected a row and a column, got '{' '.join(words)}'", where="mark")

    def choose_zoom(self, words: list[str]) -> str:
        """Show the maps whole, pixel for pixel, or as numbers; without a word, the next of these."""
        at = ZOOMS.index(self.look.zoom)
        chosen: Any = one_of(words, ZOOMS, "zoom") if words else ZOOMS[(at + 1) % len(ZOOMS)]
        zoom: Zoom = chosen
        self.look = self.look._replace(zoom=zoom)
        return f"zoom {zoom}"

    def choose_theme(self, words: list[str]) -> str:
        """Change the colours."""
        name = one_of(words, ("dark", "light"), "theme") if words else "dark" if self.look.palette is LIGHT else "light"
        self.app.theme = f"convstep-{name}"
        self._colour()
        return ""

    def _colour(self) -> None:
        dark = self.app.theme != "convstep-light"
        palette = palette_for(dark, self.app.console.color_system, self.app.no_color)
        self.look = self.look._replace(palette=palette)
        for panel in self._panels:
            panel.look = self.look

    def open(self, words: list[str]) -> str:
        """Open another net; a spec may take long to read, and is read in a thread."""
        if len(words) != 1:
            raise misread("open")
        self.pause()
        self.work_through(self._reading(words[0]), self._opened)
        return f"opening {words[0]}"

    def _reading(self, spec: str) -> Generator[Progress, None, tuple[Network, Array]]:
        yield spec, 0, 1
        network, x = self.session.read(spec)
        remember(spec)
        return network, x

    def _opened(self, opened: tuple[Network, Array]) -> None:
        self.look = self.look._replace(channel=None)
        self.say(self.session.start(*opened))
        self.present()

    def resume(self, words: list[str], *, forward: bool) -> str:
        """Go to the next window that a breakpoint matches; layers that take long are computed in a thread."""
        match words or ["1"]:
            case [word] if word.isdecimal() and int(word):
                found = self.session.searching(int(word), forward=forward)
                self.pause()
                self.work_through(found, partial(self._found, forward=forward))
                return ""
        raise VerbError(f"expected a number, got '{' '.join(words)}'", where="continue" if forward else "reverse")

    def _found(self, found: Match | Miss, *, forward: bool) -> None:
        self.say(self.session.stop_at(found, forward=forward))
        self.present()

    def gallery(self, words: list[str]) -> None:
        """Let another net be chosen."""
        from convstep.tui.gallery import Gallery

        del words
        self.pause()
        self.app.push_screen(Gallery(), self._chosen)

    def _chosen(self, name: str | None) -> None:
        if name is not None:
            self.action_do(f"open {name}")

    def help(self, words: list[str]) -> None:
        """Show all keys and verbs."""
        from convstep.tui.help import Help

        del words
        self.pause()
        self.app.push_screen(Help(self.verbs))

    def quit(self, words: list[str]) -> None:
        """Leave."""
        del words
        self.app.exit(0)

    # The mouse

    def line_at(self, x: int, y: int) -> str:
        """Return what a click on one of the lines around the panels stands for."""
        places = arrange(*self.size)
        return self.bars.line_at(places, x, y, self.size.width - 2 * MARGIN) if places else ""

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Go to where the mouse goes down on the timeline, and follow it."""
        places = arrange(*self.size)
        self._dragged = bool(places) and event.screen_y == places["timeline"].y
        self.on_mouse_move(event)

    def on_mouse_move(self, event: events.MouseEvent) -> None:
        """Follow the mouse while it is held."""
        self._dragged = self._dragged and event.button > 0
        if self._dragged:
            last = max(1, self.size.width - 2 * MARGIN - 1)
            self.action_do(f"jump {min(max((event.screen_x - MARGIN) / last, 0.0), 1.0):.4%}")


@lru_cache(maxsize=8)
def _no_room(width: int, height: int, palette: Palette) -> list[Strip]:
    """Return a screen that asks for more room."""
    words = wrap([(f"convstep needs a terminal of at least {LEAST.width}×{LEAST.height}", "plain")], width)
    texts = ["".join(text for text, _ in parts).center(width) for parts in words]
    above = [blank(width, palette)] * max(0, (height - len(texts)) // 2)
    return [*above, *(line([(text, "plain")], width, palette=palette) for text in texts)][:height]
