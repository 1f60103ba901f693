"""The debugger's screen: verbs go to the session, and its frames to the widgets."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from shlex import quote
from time import monotonic
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.geometry import Size
from textual.reactive import reactive
from textual.timer import Timer
from textual.widgets import Static

from convstep.debugger import Frame, Key, Session, Verb
from convstep.debugger.verbs import VERBS, find, perform
from convstep.debugger.verbs.scripting import spec_of
from convstep.debugger.verbs.stopping import search_of, stop_at
from convstep.engine.steps import Array
from convstep.errors import ConvstepError, VerbError
from convstep.layers import times
from convstep.network import Network
from convstep.network.values import Progress
from convstep.places import Places, place_of, put_back
from convstep.settings import Settings
from convstep.tui.lines.canvas import Canvas, FrameCanvas, LinesEntered, Mask, VerbRequested, ViewOptions, Zoom
from convstep.tui.lines.colours import palette_for
from convstep.tui.maps.of_frame import input_channel, known, neurons_seeing
from convstep.tui.maps.widgets import InputMap, OutputMap
from convstep.tui.screens.background import BackgroundScreen
from convstep.tui.screens.bars import FilterStrip, StatusBar, StatusMessage, Timeline, fits
from convstep.tui.screens.header import Header
from convstep.tui.screens.keys import bindings, key_of, lines_of
from convstep.tui.screens.panels import CodePanel, FactsPanel, SumPanel
from convstep.tui.screens.player import Player
from convstep.tui.screens.recent import remember
from convstep.tui.screens.verbs import ALL_VERBS, COPIED, KEYS, QUIT, ZOOMS, is_whole, keys_of, one_of, verb_table
from convstep.tui.window.panel import WindowPanel

if TYPE_CHECKING:
    from convstep.debugger.stops.search import Match, Miss
    from convstep.tui.screens.message import LongMessage
    from convstep.tui.screens.prompt import Prompt
    from convstep.watching import Watch

QUICK_MACS = 30_000_000
"""Multiply-accumulates that are done before anyone would notice; more go to a thread."""
FRAME_SECONDS = 1 / 60
PREPARE_SECONDS = 0.05
"""After so long without a key the next frame is prepared; a key that is held down repeats sooner."""
INTRO_FRAMES = 4
"""Frames of a kind of layer for which it is told what it does."""
CANCEL_LINE = "taps close"
"""What escape stands for; while something is computed it cancels that."""
WATCH_SECONDS = 0.5
WORD_SECONDS = 0.4
"""How soon after another a letter is taken for one of the same word."""
QUIT_SECONDS = 0.2
"""How long a letter that quits waits for another: it may be the first of a word."""
DEFAULTS = Settings()
THEME_PREFIX = "convstep-"
"""What the names of our themes begin with."""
MIN_SIZE = Size(60, 18)
"""Below this there is no room to show a window, its filter and where they are."""


class DebugScreen(BackgroundScreen):
    """The debugger's screen.

    Args:
        session: The run that it shows and steers.
        size: The terminal's size at the start.
        settings: What the user has set.
        verbs: The verbs with their keys, for which `screen_for` makes the bindings.
        places: Remembers where nets are left, if anything is to.
        watch: Says when the spec is edited, if it is to be read again then.

    Attributes:
        verbs: The verb table.
        frame: What is shown; None before there is anything.
        options: How.
        message: What the last verb had to say.
        footer_keys: The keys that do something now, of those that are named.
    """

    AUTO_FOCUS: ClassVar[str | None] = ""
    BINDINGS: ClassVar[list[Any]] = bindings(KEYS)
    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012  # as Textual declares it
        (0, "-too-narrow"),
        (MIN_SIZE.width, "-narrow"),
        (100, "-medium"),
        (190, "-wide"),
        (240, "-very-wide"),
    ]
    VERTICAL_BREAKPOINTS = [  # noqa: RUF012
        (0, "-too-low"),
        (MIN_SIZE.height, "-low"),
        (30, "-high"),
        (45, "-tall"),
    ]

    frame: reactive[Frame | None] = reactive(None, repaint=False)
    options: reactive[ViewOptions] = reactive(ViewOptions(), repaint=False)
    message: reactive[StatusMessage] = reactive(StatusMessage(), repaint=False)
    footer_keys: reactive[tuple[Key, ...]] = reactive((), repaint=False)

    def __init__(
        self,
        session: Session,
        size: Size,
        settings: Settings = DEFAULTS,
        verbs: Mapping[str, Verb] = ALL_VERBS,
        places: Places | None = None,
        watch: Watch | None = None,
    ) -> None:
        breakpoints = (self.HORIZONTAL_BREAKPOINTS, self.VERTICAL_BREAKPOINTS)
        classes = [
            max(each for each in row if each[0] <= length)[1] for row, length in zip(breakpoints, size, strict=True)
        ]
        super().__init__(classes=" ".join(classes))  # Textual sets them, too, but only after a first layout without
        self.session = session
        self.verbs = verb_table(self, verbs)
        self._lines = lines_of(keys_of(verbs))
        self._startup_batch = ExitStack()
        self._next_marks: Mask | None = None
        self._frames_of_kind: dict[str, int] = {}
        self._footer_state: tuple[object, ...] = ()
        self._player = Player(settings.speed)
        self._timer: Timer | None = None
        self._prompt: Prompt | None = None
        self._long_message: LongMessage | None = None
        self._last_letter = monotonic() - WORD_SECONDS
        self._quit_timer: Timer | None = None
        self._prepare_timer: Timer | None = None
        self._quit_confirmable = False
        self._places = places
        self._watch = watch
        if settings.zoom:
            zoom: Any = settings.zoom
            self.options = replace(self.options, zoom=zoom)

    def compose(self) -> ComposeResult:
        """Place the bars and the panels."""
        shown = DebugScreen.frame, DebugScreen.options
        yield Header(id="header").data_bind(*shown)
        yield WindowPanel(id="window").data_bind(*shown)
        yield InputMap(id="input").data_bind(*shown)
        yield OutputMap(id="output").data_bind(*shown)
        yield FilterStrip(id="filters").data_bind(*shown)
        yield CodePanel(id="code").data_bind(*shown)
        yield FactsPanel(id="facts").data_bind(*shown)
        yield SumPanel(id="sum").data_bind(*shown)
        yield Timeline(id="timeline").data_bind(*shown)
        yield StatusBar(id="status").data_bind(
            DebugScreen.options, message=DebugScreen.message, keys=DebugScreen.footer_keys
        )
        yield Static(f"convstep needs a terminal of at least {MIN_SIZE.width}×{MIN_SIZE.height}", id="too-small")

    def on_screen_resume(self) -> None:
        """Draw the first frame once, when all that Textual does at the start is done, and not at each step of it."""
        self._startup_batch.enter_context(self.app.batch_update())
        self.call_later(self.call_later, self._startup_batch.close)

    def on_mount(self) -> None:
        """Show the first frame, and how to begin where there is a line for it."""
        self._choose_palette()
        self.present()
        if self._watch:
            self.set_interval(WATCH_SECONDS, self._check_spec)
        if self.session.notes and not self.message.text:
            self.say("; ".join(self.session.notes))
            self.session.notes.clear()
        if not self.message.text:
            self.say(self._first_hint)

    @property
    def _first_hint(self) -> str:
        """What the first keys to press do."""
        next_, place, help_ = (key_of(self.verbs, line) for line in ("next", "next position", "help"))
        step = self.frame.step if self.frame is not None else None
        has_filters = step is not None and step.filter is not None and step.operation.geometry.n_C > 1
        what = "applies the next filter here" if has_filters else "takes the next step"
        return f"{next_} {what}, {place} moves the window on, {help_} shows every key"

    # Verbs

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Return whether a key's verb can be done: not while something has the focus that takes keys itself.

        A verb that can't be done now is shown as such; `on_key` says why.
        """
        if action not in ("do", "typed"):
            return True
        if self.focused is not None or action == "typed":
            return self.focused is None
        return self._verb(str(parameters[0])).available(self.session) or None

    def _verb(self, line: str) -> Verb:
        return find(line.partition(" ")[0], self.verbs)

    def on_key(self, event: events.Key) -> None:
        """Say why a key does nothing now."""
        if self.focused is None and event.key in self._lines:
            event.stop()
            self.action_do(self._lines[event.key])
        elif self._long_message_is_open:
            self.say("")

    def action_typed(self, letter: str) -> None:
        """Say why a letter does nothing now."""
        if letter in self._lines:
            self.action_do(self._lines[letter], letter=True)
            return
        self._last_letter, self._quit_confirmable = monotonic(), False
        self._cancel_quit()
        if self._long_message_is_open:
            self.say("")

    def on_paste(self, event: events.Paste) -> None:
        """Take what is pasted for lines of the command line."""
        event.stop()
        self.open_prompt("", event.text)

    @on(VerbRequested)
    def _do_verb(self, message: VerbRequested) -> None:
        self.action_do(message.line, message.gesture)

    @on(LinesEntered)
    def _do_lines(self, message: LinesEntered) -> None:
        """Carry out lines in turn, up to one that can't be."""
        for line in message.lines:
            if not self.action_do(line):
                break

    def action_do(self, line: str, gesture: object = None, letter: bool = False) -> bool:
        """Carry out one line, and show where it led; what can't be done is said, and False returned.

        Args:
            line: A verb with its words.
            gesture: What it is part of: lines of one are taken back together.
            letter: Whether a key stands for it that types a letter: then it may be one of a word.
        """
        if self._may_be_typing(line, letter):
            self.say(f"press {key_of(self.verbs, QUIT)} once more to quit")
            return False
        if letter and line == QUIT and not self._quit_is_pending:
            self._quit_timer = self.set_timer(QUIT_SECONDS, partial(self.action_do, QUIT))
            return True
        self._cancel_quit()
        if self.working and line == CANCEL_LINE:
            self.cancel()
            return True
        network, before = self.session.network, self.frame
        try:
            if self.working and not self._verb(line).while_busy:
                raise VerbError("something is still being computed", hint="Wait for it, or press esc to cancel it")
            said = self.session.do(line, self.verbs, gesture=gesture)
        except ConvstepError as error:
            self.say(ConvstepError.__str__(error), wrong=True)
            return False
        self.say(said)
        self.present(changed_from=before if self.session.network is not network else None)
        self._schedule_prepare(line)
        return True

    def _schedule_prepare(self, line: str) -> None:
        """See to it that what the same key leads to once more is drawn before it is pressed, if there is time."""
        if self._prepare_timer is not None:
            self._prepare_timer.stop()
            self._prepare_timer = None
        verb = self._verb(line)
        if verb.group == "move" and verb.name in VERBS and not self.working and not self._player.playing:
            self._prepare_timer = self.set_timer(PREPARE_SECONDS, partial(self._prepare, line))

    def _prepare(self, line: str) -> None:
        if self.working or self._player.playing:
            return
        frame = self.session.peek(partial(perform, self.session, line))
        if frame is not None and frame is not self.frame:
            for canvas in self.query(FrameCanvas):
                if canvas.display:
                    canvas.prepare(frame)

    @property
    def _quit_is_pending(self) -> bool:
        """Whether a letter that quits waits for what follows it."""
        return self._quit_timer is not None

    def _cancel_quit(self) -> None:
        """Don't quit: another key has followed the letter."""
        if self._quit_timer is not None:
            self._quit_timer.stop()
            self._quit_timer = None

    def _may_be_typing(self, line: str, letter: bool) -> bool:
        """Return whether a letter that quits comes so soon after another that it may be one of a word."""
        now, before, asked = monotonic(), self._last_letter, self._quit_confirmable
        self._last_letter = now if letter else now - WORD_SECONDS
        self._quit_confirmable = letter and line == QUIT and not asked and now - before < WORD_SECONDS
        return self._quit_confirmable

    def say(self, text: str, *, wrong: bool = False) -> None:
        """Show a text until the next key, over the panels if it is longer than a line."""
        self.message = StatusMessage(text, wrong)
        self._fit_message()

    def on_resize(self) -> None:
        """See whether what was said fits the line now."""
        self._fit_message()

    @property
    def _long_message_is_open(self) -> bool:
        """Whether what was said lies over the panels."""
        return self._long_message is not None and self._long_message.display

    def _fit_message(self) -> None:
        width = self.size.width - 2
        if self._long_message is None and not fits(self.message, width):
            from convstep.tui.screens.message import LongMessage

            self._long_message = LongMessage(id="long")
            self.mount(self._long_message)
        if self._long_message is not None:
            self._long_message.show(self.message, width)

    def present(self, changed_from: Frame | None = None) -> None:
        """Show the session's frame; a layer that takes long to compute is computed in a thread first.

        Args:
            changed_from: The frame before the net was changed: neurons that are new, or have another value, are marked.
        """
        if self.working:
            return
        self._update_footer()
        values, layer = self.session.values, self.session.layer
        if values.work(layer) < QUICK_MACS:
            frame = self.session.frame
            if changed_from is not None:
                self._compare(changed_from, frame)
            show_intro = self._needs_intro(frame.stage.layer.kind)
            if self.options.marked is not self._next_marks or self.options.show_intro != show_intro:
                self.options = replace(self.options, marked=self._next_marks, show_intro=show_intro)
            self._next_marks = None
            self.frame = frame
        else:
            said = self.message.text
            self.work_through(values.compute(layer), lambda _: self._computed(said, changed_from))

    def _compare(self, before: Frame, after: Frame) -> None:
        """Say what became of the map's neurons when the net was changed, and mark those that are another."""
        from convstep.tui.maps.compare import compare

        if (compared := compare(before, after)) is not None:
            self.say(f"{self.message.text} · {compared.words}")
            self._next_marks = compared.differs & known(after) if compared.same else None

    def _update_footer(self) -> None:
        """Name the keys that do something now: that depends on the layer, and not on the place in it."""
        session, is_open = self.session, self.session.tap is not None
        now = (session.values.network, session.layer, session.breakpoints, is_open)
        if now != self._footer_state:
            self._footer_state = now
            available = (verb for verb in self.verbs.values() if verb.available(session))
            keys = [key for verb in available for key in verb.keys if (key.opened if is_open else key.label)]
            self.footer_keys = tuple(key._replace(label=key.opened) if is_open else key for key in keys)

    def _needs_intro(self, kind: str) -> bool:
        """Return whether a kind of layer is among the first few frames that are shown of it."""
        self._frames_of_kind[kind] = self._frames_of_kind.get(kind, 0) + 1
        return self._frames_of_kind[kind] <= INTRO_FRAMES

    def _computed(self, said: str, changed_from: Frame | None) -> None:
        self.say(said)
        self.present(changed_from)

    def cancel(self) -> None:
        """Give up what is being computed, and go back to what is shown."""
        self.give_up()
        if self.frame is not None:
            self.session.return_to(self.frame)
        self.say("cancelled")

    # What the screen itself can do

    def play(self, words: list[str]) -> str:
        """Start stepping by itself, or stop."""
        said = self._player.command(words)
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
        unit = self._player.unit if self.session.tap is None else "mac"
        try:
            said = self.session.do(f"{'step' if steps > 0 else 'back'} {abs(steps)} {unit}", gesture=self._timer)
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

    def open_prompt(self, text: str, pasted: str = "") -> None:
        """Open the command line, with a text to begin with, or with lines that were pasted."""
        from convstep.tui.screens.prompt import Prompt

        self.pause()
        if self._prompt is None:
            self._prompt = Prompt(self.verbs, id="prompt")
            self.mount(self._prompt)
        self._prompt.open(text, self.session)
        if pasted:
            self._prompt.paste(pasted)

    def choose_channel(self, words: list[str]) -> None:
        """Show another channel of the input."""
        frame = self.session.frame
        if frame.step is None:
            return
        n_C_prev = frame.input.shape[3]
        current = input_channel(frame, self.options.channel)
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
        self.options = replace(self.options, channel=channel)

    def mark(self, words: list[str]) -> str:
        """Mark the neurons that see a value of the input."""
        frame = self.session.frame
        match words:
            case [row, col] if all(map(is_whole, words)):
                self._next_marks = neurons_seeing(frame, int(row), int(col))
                return f"{self._next_marks.sum():,} neurons of each map see row {int(row)}, column {int(col)}"
        raise VerbError(f"expected a row and a column, got '{' '.join(words)}'", where="mark")

    def choose_zoom(self, words: list[str]) -> str:
        """Show the maps whole, pixel for pixel, or as numbers; without a word, the next of these."""
        at = ZOOMS.index(self.options.zoom)
        chosen: Any = one_of(words, ZOOMS, "zoom") if words else ZOOMS[(at + 1) % len(ZOOMS)]
        zoom: Zoom = chosen
        self.options = replace(self.options, zoom=zoom)
        return f"zoom {zoom}"

    def copy(self, words: list[str]) -> str:
        """Copy the numbers, or the screen, to the terminal's clipboard."""
        from convstep.report.clipboard import numbers_code
        from convstep.tui.screens.copying import check_size, check_terminal, copied_message, text_of

        what = one_of(words, COPIED, "copy")
        check_terminal()
        if what == "screen":
            text, name = text_of(self.query(Canvas)), "the screen as text"
        elif self.frame is None or self.frame.step is None:
            raise VerbError("there are no numbers to copy yet", where="copy")
        else:
            shape = times(self.frame.step.input_slice.shape)
            text, name = numbers_code(self.frame), f"the slice, {shape}, as NumPy code"
        check_size(text, name)
        self.app.copy_to_clipboard(text)
        return copied_message(name)

    def choose_theme(self, words: list[str]) -> str:
        """Change the colours."""
        name = (
            one_of(words, ("dark", "light"), "theme") if words else "light" if self.app.current_theme.dark else "dark"
        )
        self.app.theme = f"{THEME_PREFIX}{name}"
        self._choose_palette()
        return ""

    def _choose_palette(self) -> None:
        palette = palette_for(self.app.current_theme.dark, self.app.console.color_system, self.app.no_color)
        self.options = replace(self.options, palette=palette)

    def open(self, words: list[str]) -> str:
        """Open another net; a spec may take long to read, and is read in a thread."""
        spec = spec_of(words)
        self.pause()
        self.work_through(self._read_spec(spec), partial(self._opened, spec))
        return f"opening {spec}"

    def _read_spec(self, spec: str) -> Generator[Progress, None, tuple[Network, Array]]:
        yield spec, 0, 1
        network, x = self.session.read(spec)
        remember(spec)
        return network, x

    def _opened(self, spec: str, opened: tuple[Network, Array]) -> None:
        self.options = replace(self.options, channel=None)
        if self._places:
            self._places.leave(self.session, self.app.theme.removeprefix(THEME_PREFIX))
        said = [self.session.carry_out(f"open {quote(spec)}", lambda: self.session.start(*opened))]
        if self._places:
            said.append(self._places.arrive(self.session, spec))
        if self._watch:
            self._watch = type(self._watch)(spec)
        self.say("; ".join(filter(None, said)))
        self.present()

    def _check_spec(self) -> None:
        """Read the spec again if it was edited."""
        if self._watch and not self.working and self._watch.edited():
            self.work_through(self._reread_spec(self._watch), self._show_reread)

    def _reread_spec(self, watch: Watch) -> Generator[Progress, None, tuple[Network, Array]]:
        yield watch.spec, 0, 1
        return watch.read()

    def _show_reread(self, read: tuple[Network, Array]) -> None:
        """Show the spec as it is now, at the same layer and neuron, if there still are such."""
        place = place_of(self.session)
        self.options = replace(self.options, channel=None)
        self.session.start(*read)
        gone = place.layer not in self.session.network.names
        if not gone:
            put_back(self.session, place)
        self.say("read again: the spec was edited" + (f"; {place.layer} is gone" if gone else ""))
        self.present()

    def resume(self, words: list[str], *, forward: bool) -> str:
        """Go to the next window that a breakpoint matches; layers that take long are computed in a thread."""
        found = search_of(self.session, words, forward=forward)
        line = " ".join(["continue" if forward else "reverse", *words])
        self.pause()
        self.work_through(found, partial(self._stopped, line, forward=forward))
        return ""

    def _stopped(self, line: str, found: Match | Miss, *, forward: bool) -> None:
        self.say(self.session.carry_out(line, partial(stop_at, self.session, found, forward=forward)))
        self.present()

    def gallery(self) -> None:
        """Let another net be chosen."""
        from convstep.tui.screens.gallery import Gallery

        self.pause()
        self.app.push_screen(Gallery(), self._chosen)

    def _chosen(self, name: str | None) -> None:
        if name is not None:
            self.action_do(f"open {quote(name)}")

    def open_palette(self) -> None:
        """Let a verb be found by its name."""
        from convstep.tui.screens.palette import VerbPalette, entries

        self.pause()
        self.app.push_screen(VerbPalette(entries(self.verbs, self.session)), self._found_verb)

    def _found_verb(self, line: str | None) -> None:
        if line is not None:
            self.action_do(f"prompt {line.strip()}" if line.endswith(" ") else line)

    def help(self) -> None:
        """Show the keys that work here, and what else there is to know."""
        from convstep.tui.screens.help import Help, help_sections

        self.pause()
        sections = help_sections(self.verbs, self.session, working=self.working)
        self.app.push_screen(Help(sections, self.options.palette))


def screen_for(verbs: Mapping[str, Verb]) -> type[DebugScreen]:
    """Return the debugger's screen with the keys of some verbs."""

    class Remapped(DebugScreen, inherit_bindings=False):
        BINDINGS: ClassVar[list[Any]] = bindings(keys_of(verbs))

    return Remapped
