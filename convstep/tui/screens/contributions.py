"""The screen of `contributions`: what a value is made of, back to the pixels, and what it adds to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.screen import ModalScreen
from textual.strip import Strip

from convstep.answers.contributions import MOST, Contribution, Origin, Place, effects_of, origin_of, value_of
from convstep.debugger import Session
from convstep.layers import place_in
from convstep.layers.words import named
from convstep.network import INPUT, Network, Values
from convstep.printable import printable
from convstep.report.answers.contributions import Row, effect_row, origin_rows
from convstep.report.text import precise
from convstep.tui.lines.canvas import Canvas, VerbRequested, ViewOptions
from convstep.tui.lines.text import Part, cell_len, centred_range, line, shortened
from convstep.tui.screens.background import QUICK_MACS
from convstep.tui.screens.modal import DismissedOnce
from convstep.tui.window.grid import bar

CHOSEN = "▸ "
SHORTEST_BAR, LONGEST_BAR = 4, 40
SPACED = 14
"""From so many lines on, the value is set apart."""


class Value(NamedTuple):
    """A value on the way from a neuron back to the pixels.

    Attributes:
        layer: Its layer; "input" for a pixel.
        at: Which of the layer's values.
        chosen: Which of the contributions is chosen, from 0.
    """

    layer: str
    at: Place
    chosen: int = 0


class Trail(NamedTuple):
    """The values from the neuron at which the screen was opened to the one that it shows.

    Attributes:
        values: The values, the first one's contributions lead to the second, and so on.
        forward: Whether it is shown what the last value adds to, and not what it is made of.
    """

    values: tuple[Value, ...]
    forward: bool = False

    @property
    def last(self) -> Value:
        """The value that is shown."""
        return self.values[-1]

    def choose(self, number: int) -> Trail:
        """Return the trail with another contribution of the last value chosen."""
        return self._replace(values=(*self.values[:-1], self.last._replace(chosen=number)))

    def follow(self, to: Contribution) -> Trail:
        """Return the trail that goes on to the value at the other end of a contribution."""
        return self._replace(values=(*self.values, Value(to.layer, to.at)))

    def back(self) -> Trail:
        """Return the trail without its last value; the first one stays."""
        return self._replace(values=self.values[:-1] or self.values) if len(self.values) > 1 else self


class Page(NamedTuple):
    """What the screen shows of a value.

    Attributes:
        trail: The values on the way to it.
        value: It.
        parts: What it is made of, or adds to.
        rows: The same as texts, and after them the bias and what else belongs to the sum.
        note: Why there is nothing more to see; may be empty.
    """

    trail: Trail
    value: float
    parts: tuple[Contribution, ...]
    rows: tuple[Row, ...]
    note: str = ""

    @property
    def chosen(self) -> int:
        """Which of the parts is chosen."""
        return min(self.trail.last.chosen, max(0, len(self.parts) - 1))


def page_of(values: Values, trail: Trail, example: int) -> Page:
    """Return what the screen shows of the last value of a trail."""
    layer, index, _ = trail.last
    value = value_of(values, layer, index, example)
    if trail.forward:
        if missing := uncomputed(values, layer):
            return Page(trail, value, (), (), f"{missing} is not computed yet: go there once, and come back")
        parts = effects_of(values, layer, index, example)
        return Page(trail, value, parts, tuple(map(effect_row, parts)), "" if parts else "no neuron takes it")
    if layer == INPUT:
        return Page(trail, value, (), (), "a value of the net's input: nothing comes before it")
    origin: Origin = origin_of(values, layer, index, example, MOST)
    return Page(trail, value, origin.largest, tuple(origin_rows(origin)))


def uncomputed(values: Values, layer: str) -> str:
    """Return a layer after `layer` that would take long to compute; "" if there is none."""
    for name in readers(values.network, layer):
        if not values.is_known(name) and values.work(name) > QUICK_MACS:
            return name
    return ""


def readers(network: Network, layer: str) -> list[str]:
    """Return the layers that take a layer's values, past those that only move them."""
    moved, found = {layer}, list[str]()
    for stage in network.stages:
        if stage.output is not None and moved & set(stage.sources):
            found.append(stage.name)
            if stage.layer.keeps_values:
                moved.add(stage.name)
    return found


def page_lines(page: Page, width: int, height: int) -> list[list[Part]]:
    """Return the way to the value, the value, and its parts, the chosen one marked."""
    last = page.trail.last
    name, word = named(last.layer, last.at), "adds most to" if page.trail.forward else "comes from"
    lines: list[list[Part]] = [*_way(page.trail, width)]
    lines.append([(f"{name} = {precise(page.value)}", "output"), ("" if page.note else f" {word}", "plain")])
    if height >= SPACED:
        lines.append([])
    room = height - len(lines)
    rows = [_row(page, number, width) for number in range(len(page.rows))]
    if room > 0:
        rows = [rows[number] for number in centred_range(page.chosen, room, len(rows))]
    lines = [*lines, *rows, *([[(page.note, "dim")]] if page.note else [])]
    return [shortened(parts, width) for parts in lines[: max(0, height)]]


def _way(trail: Trail, width: int) -> list[list[Part]]:
    """Return the values on the way, the last ones if there is no room for all."""
    names = [named(each.layer, each.at) for each in trail.values[:-1]]
    if not names:
        return []
    text = " → ".join([*names, ""])
    while cell_len(text) > width and len(names) > 1:
        names = names[1:]
        text = " → ".join(["…", *names, ""])
    return [[(text, "dim")]]


def _row(page: Page, number: int, width: int) -> list[Part]:
    """Return a row: an amount, its share, its name, a bar as long as the amount is large, and the arithmetic."""
    amounts, shares, names, sums = (list(column) for column in zip(*page.rows, strict=True))
    amount, share, name, sum_ = page.rows[number]
    is_chosen, sign = number == page.chosen and bool(page.parts), "negative" if amount.startswith("−") else "positive"
    parts: list[Part] = [
        (CHOSEN if is_chosen else "  ", "window"),
        (amount.rjust(_width(amounts)), sign),
        (f"  {share.rjust(_width(shares))}", "dim"),
        (f"  {name.ljust(_width(names))}", "window" if is_chosen else "plain"),
    ]
    used = sum(cell_len(text) for text, _ in parts)
    room = min(LONGEST_BAR, width - used - 2 - (_width(sums) + 2 if _width(sums) else 0))
    if room >= SHORTEST_BAR:
        filled = _bar(page, number, room)
        parts.append((f"  {filled}{' ' * (room - len(filled))}", sign))
    if sum_:
        parts.append((f"  {sum_}", "dim"))
    return parts


def _bar(page: Page, number: int, room: int) -> str:
    """Return a bar as long as a part's amount is large; none for the rows after the parts."""
    sizes = [abs(part.amount) for part in page.parts]
    most = max((size for size in sizes if size < float("inf")), default=0.0)
    return bar(sizes[number] / most, room) if number < len(sizes) and most else ""


def _width(texts: Sequence[str]) -> int:
    return max(map(cell_len, texts))


class ContributionsView(Canvas):
    """A page.

    Args:
        page: What to show.
        options: The palette.
    """

    def __init__(self, page: Page, options: ViewOptions) -> None:
        super().__init__(id="contributions")
        self.page = page
        self.set_reactive(ContributionsView.options, options)

    def show(self, page: Page) -> None:
        """Show another page."""
        self.page = page
        self.update_lines()

    def draw(self, width: int, height: int) -> list[Strip]:
        """Return the lines of the page."""
        return [line(parts, width, palette=self.options.palette) for parts in page_lines(self.page, width, height)]

    def verb_at(self, x: int, y: int) -> str:
        """Return "follow N" for a click on part N."""
        lines, page = page_lines(self.page, *self.size), self.page
        marked = [number for number, parts in enumerate(lines) if parts and parts[0][0] == CHOSEN]
        number = y - marked[0] + page.chosen if marked and y < len(lines) else -1
        return f"follow {number}" if 0 <= number < len(page.parts) else ""


class ContributionsScreen(ModalScreen[str | None], DismissedOnce):
    """What the current neuron's value is made of; the screen's result is the verb that goes to the value shown.

    Args:
        session: The session, at the neuron.
        palette: The palette.
    """

    BINDINGS: ClassVar[list[Any]] = [
        ("escape,w,q", "dismiss(None)", "Close"),
        ("up", "choose(-1)", "Larger"),
        ("down", "choose(1)", "Smaller"),
        ("right,enter,space", "follow", "Follow"),
        ("left,backspace", "back", "Back"),
        ("tab", "turn", "Other way"),
        ("g", "jump", "Go there"),
    ]

    def __init__(self, session: Session, options: ViewOptions) -> None:
        super().__init__()
        self._values, self._example = session.values, session.index[0]
        neuron = place_in(session.network.shape_of(session.layer), session.index[1:])
        trail = Trail((Value(session.layer, neuron),))
        self._view = ContributionsView(page_of(self._values, trail, self._example), options)

    def compose(self) -> ComposeResult:
        """Compose the view in a box."""
        self._view.add_class("box")
        self._set_titles()
        yield self._view

    def _set_titles(self) -> None:
        forward = self._view.page.trail.forward
        self._view.border_title = Content(printable("where it goes" if forward else "where it comes from"))
        other = "where it comes from" if forward else "where it goes"
        page = self._view.page
        keys = [
            *(["↑↓ choose", "→ follow"] if page.parts else []),
            *(["← back"] if len(page.trail.values) > 1 else []),
            f"⇥ {other}",
            *(["g go"] if page.trail.last.layer != INPUT else []),
            "esc",
        ]
        self._view.border_subtitle = " · ".join(keys)

    def _show(self, trail: Trail) -> None:
        self._view.show(page_of(self._values, trail, self._example))
        self._set_titles()

    def action_choose(self, by: int) -> None:
        """Choose another part."""
        page = self._view.page
        if page.parts:
            self._show(page.trail.choose(min(max(0, page.chosen + by), len(page.parts) - 1)))

    def action_follow(self) -> None:
        """Go on to the chosen part's value: at first, the largest."""
        page = self._view.page
        if page.parts:
            self._show(page.trail.follow(page.parts[page.chosen]))

    def action_back(self) -> None:
        """Go back to the value before."""
        self._show(self._view.page.trail.back())

    def action_turn(self) -> None:
        """Show what the value adds to, or again what it is made of."""
        trail = self._view.page.trail
        self._show(trail._replace(forward=not trail.forward).choose(0))

    def action_jump(self) -> None:
        """Close, and go to the neuron that is shown; a pixel of the input is none."""
        last = self._view.page.trail.last
        if last.layer != INPUT:
            self.dismiss(f"jump {last.layer} {' '.join(map(str, last.at))}")

    @on(VerbRequested)
    def _clicked(self, message: VerbRequested) -> None:
        message.stop()
        number, page = int(message.line.removeprefix("follow ")), self._view.page
        if number < len(page.parts):  # the click before may have led elsewhere meanwhile
            self._show(page.trail.choose(number).follow(page.parts[number]))
