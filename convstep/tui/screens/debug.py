"""The debugger's screen: passes verbs to the session, and the session's frames to the widgets."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from textual import events, on
from textual.app import ComposeResult
from textual.geometry import Size
from textual.reactive import reactive
from textual.timer import Timer
from textual.widgets import Static

from convstep.debugger import VERBS, Frame, Key, Session, Verb
from convstep.debugger.marks import mark_pixel
from convstep.debugger.verbs import find
from convstep.debugger.verbs.emitting import code_for
from convstep.debugger.verbs.screen import COPIED, QUIT, THEMES, ZOOMS, channel_after, is_whole, one_of
from convstep.debugger.verbs.stopping import search_of, stop_at
from convstep.errors import ConvstepError, VerbError
from convstep.layers import times
from convstep.places import Places
from convstep.settings import Settings
from convstep.tui.lines.canvas import Canvas, LinesEntered, Mask, VerbRequested, ViewOptions, Zoom
from convstep.tui.lines.colours import Palette, palette_for
from convstep.tui.maps.of_frame import input_channel, known, shows_parts
from convstep.tui.maps.widgets import InputMap, OutputMap
from convstep.tui.screens.answers import Answers
from convstep.tui.screens.background import LONG_MACS, QUICK_MACS, BackgroundScreen
from convstep.tui.screens.bars import FilterStrip, StatusBar, StatusMessage, Timeline, fits
from convstep.tui.screens.header import Header
from convstep.tui.screens.keys import bindings, key_of, lines_of
from convstep.tui.screens.lens import WeightLens
from convstep.tui.screens.lookahead import Lookahead
from convstep.tui.screens.panels import CodePanel, FactsPanel, SumPanel
from convstep.tui.screens.playback import Playback
from convstep.tui.screens.quit_guard import QuitGuard
from convstep.tui.screens.spec_loader import SpecLoader
from convstep.tui.screens.verbs import KEYS, keys_of, verb_table
from convstep.tui.window.panel import WindowPanel

if TYPE_CHECKING:
    from textual.screen import ModalScreen

    from convstep.debugger.stops.search import Match, Miss
    from convstep.tui.screens.help import Mark
    from convstep.tui.screens.lesson import Guide, Led
    from convstep.tui.screens.message import LongMessage
    from convstep.tui.screens.prompt import Prompt
    from convstep.watching import Watch

INTRO_FRAMES = 4
"""For so many frames of a kind of layer the header explains what it does."""
CANCEL_LINE = "taps close"
"""The line of escape; during a computation it cancels that instead."""
QUIT_SECONDS = 0.2
"""How long the quit key waits for another letter, as it may be the first of a word."""
DEFAULTS = Settings()
THEME_PREFIX = "convstep-"
"""The prefix of our themes' names in Textual."""
MIN_SIZE = Size(60, 18)
"""The smallest terminal that has room for a window, its filter and the maps."""

ScreenT = TypeVar("ScreenT", bound="DebugScreen")


class DebugScreen(BackgroundScreen):
    """The debugger's screen.

    Args:
        session: The session to debug.
        size: The terminal's size at the start.
        settings: The user's settings.
        verbs: The verbs with their keys; see `screen_for` for other keys than the default ones.
        places: Stores the position at which each net is left; None not to.
        watch: Watches the spec for edits, to reload it; None not to.
        lesson: The lesson to lead through, and how; None for none.

    Attributes:
        verbs: The verb table, bound to the screen.
        playback: Plays the session automatically.
        loader: Opens specs.
        lens: Marks the uses of a weight.
        frame: The frame shown; None before the first one.
        options: How it is displayed.
        message: The message of the last verb.
        footer_keys: The keys shown in the status bar.
    """

    AUTO_FOCUS: ClassVar[str | None] = ""
    BINDINGS: ClassVar[list[Any]] = bindings(KEYS)
    MARKS: ClassVar[tuple[Mark, ...]] = ()
    """What only this screen shows, for the help."""
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
        verbs: Mapping[str, Verb] = VERBS,
        places: Places | None = None,
        watch: Watch | None = None,
        lesson: Led | None = None,
    ) -> None:
        breakpoints = (self.HORIZONTAL_BREAKPOINTS, self.VERTICAL_BREAKPOINTS)
        classes = [
            max(each for each in row if each[0] <= length)[1] for row, length in zip(breakpoints, size, strict=True)
        ]
        super().__init__(classes=" ".join(classes))  # Textual sets these, too, but after a first layout
        self.session = session
        self.verbs = verb_table(self, verbs)
        self._lines = lines_of(keys_of(verbs))
        self._startup_batch = ExitStack()
        self._next_marks: Mask | None = None
        self._frames_of_kind: dict[str, int] = {}
        self._footer_state: tuple[object, ...] = ()
        self.playback: Playback = Playback(self, settings.speed)
        self.loader: SpecLoader = SpecLoader(self, places, watch)
        self.lens: WeightLens = WeightLens(self)
        self.answers: Answers = Answers(self)
        self._is_first_start = places is not None and places.is_first_start
        self._guide: Guide | None = lesson and lesson.on(self)
        self._lookahead = Lookahead(self)
        self._quit_guard = QuitGuard()
        self._prompt: Prompt | None = None
        self._long_message: LongMessage | None = None
        self._quit_timer: Timer | None = None
        if settings.zoom:
            zoom: Any = settings.zoom
            self.options = replace(self.options, zoom=zoom)

    def compose(self) -> ComposeResult:
        """Compose the bars and the panels."""
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
        if self._guide is not None:
            from convstep.tui.screens.lesson import LessonPanel

            yield LessonPanel(id="lesson")
        yield Static(f"convstep needs a terminal of at least {MIN_SIZE.width}×{MIN_SIZE.height}", id="too-small")

    def on_screen_resume(self) -> None:
        """Delay repaints until Textual has finished its start, so that the first frame is rendered once."""
        self._startup_batch.enter_context(self.app.batch_update())
        self.call_later(self.call_later, self._startup_batch.close)

    def on_mount(self) -> None:
        """Show the first frame, and the session's notes or the first hint."""
        self._choose_palette()
        self.present()
        self.loader.start_watching()
        if self.session.notes and not self.message.text:
            self.say("; ".join(self.session.notes))
            self.session.notes.clear()
        if self._guide is not None:
            self.action_do("lesson next")
        elif not self.message.text:
            self.say(self._lesson_hint if self._is_first_start else self._first_hint)

    @property
    def _lesson_hint(self) -> str:
        """A message about the first step and lesson; it fits the smallest screen, where it hides the keys."""
        from convstep.report.scripts import ORDER

        next_, help_ = (key_of(self.verbs, line) for line in ("next", "help"))
        return f"new? {next_} steps, :lesson {ORDER[0]} explains, {help_} helps"

    @property
    def _first_hint(self) -> str:
        """A message about the first keys to press."""
        next_, place, help_ = (key_of(self.verbs, line) for line in ("next", "next position", "help"))
        step = self.frame.step if self.frame is not None else None
        has_filters = step is not None and step.filter is not None and step.operation.geometry.n_C > 1
        what = "applies the next filter here" if has_filters else "takes the next step"
        return f"{next_} {what}, {place} moves the window on, {help_} shows every key"

    # Verbs

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Return whether a key's verb is available: False while an input has the focus, None if it is disabled.

        `on_key` says why a verb is disabled.
        """
        if action not in ("do", "typed"):
            return True
        if self.focused is not None or action == "typed":
            return self.focused is None
        return self._verb(str(parameters[0])).available(self.session) or None

    def _verb(self, line: str) -> Verb:
        return find(line.partition(" ")[0], self.verbs)

    def on_key(self, event: events.Key) -> None:
        """Say why the verb of a key is disabled; other keys close a long message."""
        if self.focused is None and event.key in self._lines:
            event.stop()
            self.action_do(self._lines[event.key])
        elif self._long_message_is_open:
            self.say("")

    def action_typed(self, letter: str) -> None:
        """Handle a letter whose verb is disabled, or that is bound to nothing."""
        if letter in self._lines:
            self.action_do(self._lines[letter], letter=True)
            return
        self._quit_guard.add_letter(monotonic())
        self._cancel_quit()
        if self._long_message_is_open:
            self.say("")

    def on_paste(self, event: events.Paste) -> None:
        """Paste into the command line."""
        event.stop()
        self.open_prompt("", event.text)

    @on(VerbRequested)
    def _do_verb(self, message: VerbRequested) -> None:
        self.action_do(message.line, message.gesture)

    @on(LinesEntered)
    def _do_lines(self, message: LinesEntered) -> None:
        """Execute lines in order, up to the first that fails."""
        for line in message.lines:
            if not self.action_do(line):
                break

    def action_do(self, line: str, gesture: object = None, letter: bool = False) -> bool:
        """Execute a line, and show its message and the new frame; return whether it succeeded.

        Args:
            line: A verb with its arguments.
            gesture: Identifies lines that undo takes back together.
            letter: Whether it comes from a key that is a letter, which may be part of a word.
        """
        if self._quit_guard.refuses(line, monotonic(), letter=letter):
            self.say(f"press {key_of(self.verbs, QUIT)} once more to quit")
            return False
        if letter and line == QUIT and not self._quit_is_pending:
            self._quit_timer = self.set_timer(QUIT_SECONDS, partial(self.action_do, QUIT))
            return True
        self._cancel_quit()
        if self.working and line == CANCEL_LINE:
            self.cancel()
            return True
        if line == CANCEL_LINE and self.lens.is_open:
            line = "weight"
        if self._guide is not None:
            line = self._guide.meaning(line)
        network, before = self.session.network, self.frame
        try:
            self._refuse_while_computing(self._verb(line))
            said = self.session.do(line, self.verbs, gesture=gesture)
        except ConvstepError as error:
            self.say(ConvstepError.__str__(error), wrong=True)
            return False
        notes = self.session.notes
        self.say("; ".join(filter(None, [said, *notes])), wrong=bool(notes))
        notes.clear()
        altered = self.session.network is not network and not line.startswith(("lesson ", "answer "))
        self.present(changed_from=before if altered and before is not None and before.is_whole else None)
        self._lookahead.schedule(line)
        return True

    def _refuse_while_computing(self, verb: Verb) -> None:
        """Refuse a verb that needs values which are still being computed."""
        if self.working and not verb.while_busy:
            raise VerbError("something is still being computed", hint="Wait for it, or press esc to cancel it")
        if self.behind is not None and not (verb.while_busy or verb.on_window or verb.group in ("move", "change")):
            raise VerbError(
                f"the rest of {self.session.layer} is still being computed", hint="You can move on meanwhile"
            )

    @property
    def _quit_is_pending(self) -> bool:
        """Whether the quit key is waiting for another letter."""
        return self._quit_timer is not None

    def _cancel_quit(self) -> None:
        """Stop the quit key from quitting, as another key has followed."""
        if self._quit_timer is not None:
            self._quit_timer.stop()
            self._quit_timer = None

    def say(self, text: str, *, wrong: bool = False) -> None:
        """Show a message until the next key, in an overlay if it is longer than a line."""
        self.message = StatusMessage(text, wrong)
        self._fit_message()

    def on_resize(self) -> None:
        """Move the message to or from the overlay."""
        self._fit_message()

    @property
    def _long_message_is_open(self) -> bool:
        """Whether the overlay with a long message is open."""
        return self._long_message is not None and self._long_message.display

    def _fit_message(self) -> None:
        is_shown = self.size.width >= MIN_SIZE.width and self.size.height >= MIN_SIZE.height
        width = self.size.width - 2 if is_shown else sys.maxsize
        if self._long_message is None and not fits(self.message, width):
            from convstep.tui.screens.message import LongMessage

            self._long_message = LongMessage(id="long")
            self.mount(self._long_message)
        if self._long_message is not None:
            self._long_message.show(self.message, width)

    def present(self, changed_from: Frame | None = None) -> None:
        """Show the session's frame.

        Of a large layer no more than what the window needs is computed first, in a worker thread where that takes long,
        too; the rest follows behind.

        Args:
            changed_from: The frame before a change of the net, to mark the neurons that it has altered.
        """
        if self.working:
            return
        self.answers.close_if_replaced()
        self._update_footer()
        session, values, layers = self.session, self.session.values, self.session.layers_shown
        if (left := sum(map(values.work, layers))) >= QUICK_MACS:
            self._compute(left, changed_from)
            return
        for layer in layers:
            values.output(layer)
        if self.behind is not None:
            self.give_up()
        if changed_from is not None:
            self._compare(changed_from, session.frame)
        self._display(session.frame)

    def _compute(self, left: int, changed_from: Frame | None) -> None:
        """Compute what the frame shows, where `left` multiply-accumulates are left, and show it; first the window."""
        session, values, layers = self.session, self.session.values, self.session.layers_shown
        said, here = self.message.text, session.cursor
        at_once = (left < LONG_MACS and self.behind is None) or not shows_parts(session.network, session.layer)
        if at_once or values.cone_work(session.layer, session.index) >= QUICK_MACS:
            steps = values.compute_all(layers) if at_once else values.compute_cone(session.layer, session.index)
            self.work_through(steps, lambda _: self._computed(said, changed_from))
            return
        self._display(session.window_frame)
        if self.behind != (values, layers):
            self.work_behind(
                (values, layers),
                values.compute_all(layers),
                lambda _: self.present(changed_from if session.cursor == here else None),
            )

    def _display(self, frame: Frame) -> None:
        show_intro = self._needs_intro(frame.stage.layer.kind)
        options = self.options
        if not self.lens.is_open and options.marked is not self._next_marks:
            options = replace(options, marked=self._next_marks)
        if options.channel is not None and self.frame is not None and frame.layer != self.frame.layer:
            options = replace(options, channel=None)
        options = self.lens.seen(frame, options)
        if options is not self.options or options.show_intro != show_intro:
            self.options = replace(options, show_intro=show_intro)
        self._next_marks = None
        self.frame = frame

    def _compare(self, before: Frame, after: Frame) -> None:
        """Add to the message how the feature map has changed, and mark the neurons that have."""
        from convstep.tui.maps.compare import compare

        if (compared := compare(before, after)) is not None:
            self.say(f"{self.message.text} · {compared.words}")
            self._next_marks = compared.differs & known(after) if compared.same else None

    def _update_footer(self) -> None:
        """Show the keys that are available now, which depends on the layer but not on the position in it."""
        session, is_open = self.session, self.session.is_open
        leads = self._guide is not None and self._guide.is_leading
        now = (session.values.network, session.layer, session.breakpoints, is_open, leads)
        if now != self._footer_state:
            self._footer_state = now
            available = (verb for verb in self.verbs.values() if verb.available(session))
            keys = [key for verb in available for key in verb.keys if (key.opened if is_open else key.label)]
            labels = {"next": "go on", "prev": "go back"} if leads else {}
            self.footer_keys = tuple(
                key._replace(label=labels.get(key.line, key.opened if is_open else key.label)) for key in keys
            )

    def _needs_intro(self, kind: str) -> bool:
        """Count a frame of a kind of layer; return whether the header should still explain it."""
        self._frames_of_kind[kind] = self._frames_of_kind.get(kind, 0) + 1
        return self._frames_of_kind[kind] <= INTRO_FRAMES

    def _computed(self, said: str, changed_from: Frame | None) -> None:
        self.say(said)
        self.present(changed_from)

    def cancel(self) -> None:
        """Cancel the computation, and return the session to the frame shown."""
        self.give_up()
        self.say("cancelled")
        if self.frame is not None:
            self.session.return_to(self.frame)
        self.resume_behind()

    def resume_behind(self) -> None:
        """Compute the rest of the layer of which only a window is shown."""
        if self.frame is not None and not self.frame.is_whole:
            self.present()

    # Verbs of the screen

    def open_prompt(self, text: str, pasted: str = "") -> None:
        """Open the command line with an initial text, then paste into it."""
        from convstep.tui.screens.prompt import Prompt

        self.playback.pause()
        if self._prompt is None:
            self._prompt = Prompt(self.verbs, id="prompt")
            self.mount(self._prompt)
        self._prompt.open(text, self.session)
        if pasted:
            self._prompt.paste(pasted)

    def choose_channel(self, words: list[str]) -> None:
        """Show another channel of the input."""
        frame = self.frame if self.frame is not None and self.behind is not None else self.session.frame
        if frame.step is None:
            return
        current = input_channel(frame, self.options.channel)
        channel = channel_after(words, current, frame.input.shape[3])
        self.options = replace(self.options, channel=channel)

    def predict(self, words: list[str]) -> str:
        """Ask for a prediction, and open the command line for it; or take one."""
        said = VERBS["predict"].effect(self.session, words)
        if (question := self.session.question) is not None:
            self.call_later(self.open_prompt, f"predict {question.subject} ")
        return said

    def mark(self, words: list[str]) -> str:
        """Mark the neurons that see a value of the input, and remember it for `map`; or set a bookmark."""
        match words:
            case [row, col] if is_whole(row) and is_whole(col):
                marked = mark_pixel(self.session.frame, int(row), int(col))
                self._next_marks = marked.neurons
                self.answers.pixel = (marked.layer, marked.place) if marked.layer else None
                self.lens.close()
                return marked.said
        return VERBS["mark"].effect(self.session, words)

    def keep_marks(self) -> None:
        """Keep the marked neurons, which the next frame would drop."""
        self._next_marks = self.options.marked

    def open_over(self, screen: ModalScreen[str | None]) -> None:
        """Open a screen whose result is a line to carry out."""
        self.playback.pause()
        self.app.push_screen(screen, self._do_chosen)

    def _do_chosen(self, line: str | None) -> None:
        if line is not None:
            self.action_do(line)

    def choose_zoom(self, words: list[str]) -> str:
        """Show the maps whole, pixel for pixel, or as numbers; without a word, the next of these."""
        at = ZOOMS.index(self.options.zoom)
        chosen: Any = one_of(words, ZOOMS, "zoom") if words else ZOOMS[(at + 1) % len(ZOOMS)]
        zoom: Zoom = chosen
        self.options = replace(self.options, zoom=zoom)
        return f"zoom {zoom}"

    def copy(self, words: list[str]) -> str:
        """Copy the numbers or the screen to the terminal's clipboard."""
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

    def copy_call(self, words: list[str]) -> str:
        """Copy the current layer's call in a framework to the terminal's clipboard."""
        from convstep.tui.screens.copying import check_size, check_terminal, copied_message

        code, name = code_for(self.session, words), f"the call of {self.session.layer}, as code"
        check_terminal()
        check_size(code, name)
        self.app.copy_to_clipboard(f"{code}\n")
        return copied_message(name)

    def choose_theme(self, words: list[str]) -> str:
        """Change the colours."""
        name = one_of(words, THEMES, "theme") if words else "light" if self.app.current_theme.dark else "dark"
        self.app.theme = f"{THEME_PREFIX}{name}"
        self._choose_palette()
        return ""

    @property
    def theme_name(self) -> str:
        """The name of the theme: dark or light."""
        return self.app.theme.removeprefix(THEME_PREFIX)

    @property
    def palette(self) -> Palette:
        """The colours that suit the theme and the terminal."""
        return palette_for(self.app.current_theme.dark, self.app.console.color_system, self.app.no_color)

    def _choose_palette(self) -> None:
        self.options = replace(self.options, palette=self.palette)

    def resume(self, words: list[str], *, forward: bool) -> str:
        """Go to the next window that matches a breakpoint, searching in a worker thread."""
        found = search_of(self.session, words, forward=forward)
        line = " ".join(["continue" if forward else "reverse", *words])
        self.playback.pause()
        self.work_through(found, partial(self._stopped, line, forward=forward))
        return ""

    def _stopped(self, line: str, found: Match | Miss, *, forward: bool) -> None:
        self.say(self.session.carry_out(line, partial(stop_at, self.session, found, forward=forward)))
        self.present()

    def lead(self, words: list[str]) -> str:
        """Go on, back, or back to the lesson; begin one by its name, or end it."""
        self.playback.pause()
        match words:
            case ["end"]:
                self._guide = None
                self.query("#lesson").remove()
                return "the lesson has ended"
            case [name] if name not in ("next", "prev", "return"):
                from convstep.tui.screens.lesson import LessonPanel, bundled_lesson

                led = bundled_lesson(name, self.session)
                if not self.query("#lesson"):
                    self.mount(LessonPanel(id="lesson"))
                self._guide = led.on(self)
                return self._guide.do(["next"])
        if self._guide is None:
            raise VerbError("no lesson is open", where="lesson", hint="convstep learn lists them")
        return self._guide.do(words)

    def answer(self, words: list[str]) -> str:
        """Take an answer to what is asked, in a lesson or by `predict`; without one, open the command line for it."""
        asked_in_lesson = self._guide is not None and self._guide.asks
        if not words[0] and (asked_in_lesson or self.session.question is not None):
            self.call_later(self.open_prompt, "answer ")
            return ""
        if self._guide is not None and asked_in_lesson:
            return self._guide.answer(words[0])
        return VERBS["answer"].effect(self.session, words)

    def record(self, words: list[str]) -> str:
        """Begin to write what is done to a script, or end it."""
        from convstep.report.recording import Recording

        recording = self.session.recording
        if words == ["stop"]:
            if recording is None:
                raise VerbError("nothing is recorded", where="record", hint="record FILE begins")
            return recording.stop()
        if len(words) != 1:
            raise VERBS["record"].usage_error()
        if recording is not None:
            raise VerbError(f"{recording.path} is recorded already", where="record", hint="record stop ends it")
        Recording(words[0], self.session)
        return f"recording to {words[0]}; record stop ends it"

    def shoot(self, words: list[str]) -> str:
        """Write the screen to a file."""
        from convstep.report.film.formats import exporting, notes, target
        from convstep.tui.screens.capture import film_of_screen

        if len(words) != 1:
            raise VERBS["shot"].usage_error()
        where = target(os.path.expanduser(words[0]))
        with exporting(where) as write:
            film = film_of_screen(self)
            write(film, lambda done, total: None)
        return "; ".join([f"written to {words[0]}", *notes(film, where)])

    def gallery(self) -> None:
        """Open the list of nets."""
        from convstep.tui.screens.gallery import Gallery

        self.open_over(Gallery())

    def open_palette(self) -> None:
        """Open the command palette."""
        from convstep.tui.screens.palette import VerbPalette, entries

        self.playback.pause()
        self.app.push_screen(VerbPalette(entries(self.verbs, self.session)), self._found_verb)

    def _found_verb(self, line: str | None) -> None:
        if line is not None:
            self.action_do(f"prompt {line.strip()}" if line.endswith(" ") else line)

    def help(self) -> None:
        """Open the help."""
        from convstep.tui.screens.help import Help, help_sections

        self.playback.pause()
        sections = help_sections(self.verbs, self.session, self.MARKS, working=self.working)
        self.app.push_screen(Help(sections, self.options.palette))


def screen_for(verbs: Mapping[str, Verb], screen: type[ScreenT]) -> type[ScreenT]:
    """Return a subclass of a screen with the keys of `verbs` as its bindings."""

    class Remapped(screen, inherit_bindings=False):  # type: ignore[call-arg, misc, valid-type]  # depends on the screen
        BINDINGS: ClassVar[list[Any]] = bindings(keys_of(verbs))

    return Remapped
