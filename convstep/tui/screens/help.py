"""The help screen: keys that work here, colours and marks, the mouse, and all verbs, with a search line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar, NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.events import Click, Resize
from textual.geometry import Size
from textual.screen import ModalScreen
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widgets import Input

from convstep.debugger import Session, Verb
from convstep.tui.lines.colours import Palette
from convstep.tui.lines.text import Part, blank, line, width_of, wrap
from convstep.tui.screens.keys import key_name
from convstep.tui.screens.modal import DismissedOnce
from convstep.tui.screens.palette import PRINTABLE

INDENT, GAP = "  ", "   "
GROUPS = ("move", "look", "change", "find", "net", "lesson")
"""Groups of verbs, in the order of the help."""

Mark = tuple[Part, str]
"""A colour or a mark, and what it means."""

LEGEND: tuple[Mark, ...] = (
    (("orange", "positive"), "a positive number, the stronger the larger; the frame of the window on both maps"),
    (("blue", "negative"), "a negative number"),
    (("cyan", "output"), "the neuron that is computed, and its value"),
    (("≈0", "plain"), "a number that is not 0, but would be shown as 0.00"),
    (("╱╱╱", "dim"), "padding: cells outside the input"),
    (("···", "dim"), "still to come"),
    (("▸ ▾", "window"), "the rows and the columns of the window, beside a map; in the code, the line at hand"),
    (("╳ ╲", "dim"), "never reached: no window fits there, or its taps skip it"),
    (
        ("• ▌ ▴", "accent"),
        "marked: neurons that see a clicked pixel, values that a change has altered, uses of a weight",
    ),
    (("●", "accent"), "the value at hand, on a line that is a signal"),
    (("┄ ┊", "dim"), "the map, or the table, goes on beyond its panel"),
    (("*", "accent"), "a layer that was changed since the net was opened"),
    (("▁ ▎ ━", "accent"), "how far the layer is done"),
    (("✗", "error"), "a layer that can't run; its own screen says why"),
)
MOUSE = (
    ("click the output", "go to that neuron"),
    (
        "click the input",
        "mark the neurons that see that value; then map shows those of later layers",
    ),
    ("click a layer", "go to it"),
    ("click, drag the timeline", "go through the layer"),
    ("click a key", "do what it stands for"),
)


class Entry(NamedTuple):
    """An entry of the help.

    Attributes:
        heads: Keys or terms, none of them broken across lines.
        text: The explanation.
    """

    heads: tuple[tuple[Part, ...], ...]
    text: str

    @property
    def searched(self) -> str:
        """The text that is searched."""
        return " ".join([*(text for head in self.heads for text, _ in head), self.text]).lower()


class Section(NamedTuple):
    """A section of the help.

    Attributes:
        title: Its heading.
        entries: Its entries.
    """

    title: str
    entries: tuple[Entry, ...]


class Help(ModalScreen[None], DismissedOnce):
    """The search line, and the sections that match it.

    Args:
        sections: All sections.
        palette: The palette.
    """

    BINDINGS: ClassVar[list[Any]] = [
        Binding("escape,enter,f1", "dismiss", "Close", priority=True),
        *(
            Binding(key, f"scroll('{action}')", show=False)
            for key, action in (
                ("down", "scroll_down"),
                ("up", "scroll_up"),
                ("pagedown", "page_down"),
                ("pageup", "page_up"),
                ("ctrl+home", "scroll_home"),
                ("ctrl+end", "scroll_end"),
            )
        ),
    ]

    def __init__(self, sections: Iterable[Section], palette: Palette) -> None:
        super().__init__()
        self._text = HelpText(sections, palette)

    def compose(self) -> ComposeResult:
        """Compose the search line above the text."""
        with Vertical(classes="box") as box:
            box.border_title = "keys that work here"
            box.border_subtitle = "↑ ↓ page up page down scroll, esc closes"
            yield Input(placeholder="Type to search: padding, orange, breakpoint…", compact=True, restrict=PRINTABLE)
            yield self._text

    @on(Input.Changed)
    def _search(self, event: Input.Changed) -> None:
        if event.value == "?":  # the key that opens the help also closes it; the input takes it as text
            self.dismiss()
        else:
            self._text.search(event.value)

    def action_scroll(self, action: str) -> None:
        """Scroll the text."""
        getattr(self._text, f"action_{action}")()

    def on_click(self, event: Click) -> None:
        """Close at a click outside the box."""
        if not self.query_one(".box").region.contains(event.screen_x, event.screen_y):
            self.dismiss()


class HelpText(ScrollView, can_focus=False):
    """The scrollable text.

    Args:
        sections: All sections.
        palette: The palette.
    """

    def __init__(self, sections: Iterable[Section], palette: Palette) -> None:
        super().__init__()
        self._sections = tuple(sections)
        self._query = ""
        self._palette = palette
        self._strips: list[Strip] = []

    def on_resize(self, event: Resize) -> None:
        """Wrap the text to the new width."""
        del event
        self._lay_out()

    def search(self, query: str) -> None:
        """Show the entries that match a query, from the top."""
        self._query = query
        self.scroll_to(y=0, animate=False)
        self._lay_out()

    def _lay_out(self) -> None:
        width = self.scrollable_content_region.width
        shown = help_lines(found(self._sections, self._query), width) or [
            [(f"Nothing here matches '{self._query}'", "dim")]
        ]
        self._strips = [line(parts, width, palette=self._palette) for parts in shown]
        self.virtual_size = Size(width, len(self._strips))
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Return a line of the viewport."""
        y += self.scroll_offset.y
        width = self.scrollable_content_region.width
        return self._strips[y] if y < len(self._strips) else blank(width, self._palette)


def help_sections(
    verbs: Mapping[str, Verb], session: Session, marks: Iterable[Mark] = (), *, working: bool = False
) -> tuple[Section, ...]:
    """Return all sections; verbs available now come first.

    Args:
        verbs: The verb table.
        session: The session, which decides what is available.
        marks: What the screen has of its own, beside colours and marks that all have.
        working: Whether a computation is running, during which most verbs are not available.
    """
    now = {
        name
        for name, verb in verbs.items()
        if (verb.while_busy or not working) and verb.available(session) and verb.keys
    }
    later = [verb for name, verb in verbs.items() if verb.keys and name not in now]
    return (
        *(
            Section(group, tuple(_keys(verbs[name]) for name in verbs if name in now and verbs[name].group == group))
            for group in GROUPS
        ),
        Section("keys that do nothing here, or not yet", tuple(map(_keys, later))),
        Section("colours and marks", tuple(Entry(((part,),), text) for part, text in (*marks, *LEGEND))),
        Section("mouse", tuple(Entry((((what, "window"),),), text) for what, text in MOUSE)),
        Section(
            "all verbs: after : and in scripts",
            tuple(Entry((((f":{verb.usage}", "strong"),),), verb.summary) for verb in verbs.values()),
        ),
    )


def _keys(verb: Verb) -> Entry:
    return Entry(
        tuple(((key_name(key.key), "window"), (f" {key.line}", "plain")) for key in verb.keys),
        verb.summary,
    )


def found(sections: Iterable[Section], query: str) -> list[Section]:
    """Return the entries that contain all words of a query, in themselves or in their section's title."""
    words = query.lower().split()
    narrowed = (
        Section(
            title,
            tuple(entry for entry in entries if all(word in f"{title} {entry.searched}" for word in words)),
        )
        for title, entries in sections
    )
    return [section for section in narrowed if section.entries]


def help_lines(sections: Iterable[Section], width: int) -> list[list[Part]]:
    """Return sections as lines of at most `width` cells."""
    lines: list[list[Part]] = []
    for title, entries in sections:
        lines += [[]] if lines else []
        lines.append([(title, "strong")])
        for entry in entries:
            lines += [[(INDENT, "plain"), *parts] for parts in _entry(entry, max(1, width - len(INDENT)))]
    return lines


def _entry(entry: Entry, width: int) -> Iterator[list[Part]]:
    """Yield the lines of an entry: its heads, and the explanation beside them, or below if it does not fit."""
    shown: list[Part] = []
    for head in entry.heads:
        if shown and width_of(shown) + len(GAP) + width_of(head) > width:
            yield shown
            shown = []
        shown += [*([(GAP, "plain")] if shown else []), *head]
    if len(entry.heads) == 1 and width_of(shown) + len(GAP) + width_of([(entry.text, "")]) <= width:
        yield [*shown, (GAP, "plain"), (entry.text, "dim")]
        return
    yield from wrap(shown, width)
    yield from ([(INDENT, "plain"), *parts] for parts in wrap([(entry.text, "dim")], max(1, width - len(INDENT))))
