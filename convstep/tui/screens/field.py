"""The screen of `map`: what a neuron sees, layer by layer back to the input, and which neurons see it."""

from __future__ import annotations

from shlex import quote
from typing import Any, ClassVar, NamedTuple

import numpy as np
from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.screen import ModalScreen
from textual.strip import Strip

from convstep.answers.seen import Marked, Seen, chain
from convstep.debugger import Session
from convstep.layers import grid, place_in, times
from convstep.network import INPUT
from convstep.printable import printable
from convstep.report.answers.seen import (
    box_texts,
    geometry_texts,
    neuron_name,
    place_name,
    rows_heading,
    seen_by_words,
    seen_words,
    share,
)
from convstep.report.text import without_empty_columns
from convstep.tui.lines.canvas import Canvas, VerbRequested, ViewOptions
from convstep.tui.lines.colours import Accent, Colouring, Palette
from convstep.tui.lines.headings import heading
from convstep.tui.lines.scale import Scale, output_scale, scale_of
from convstep.tui.lines.text import Part, blank, cell_len, centred_range, line, wrap
from convstep.tui.maps.chain import SmallMap, draw_small_map, small_map
from convstep.tui.screens.modal import DismissedOnce
from convstep.tui.screens.panels import clipped

GAP = 2
"""Columns between small maps."""
LEAST_HEIGHT = 6
"""The fewest lines of a small map with its title."""
TALLEST_LENGTH = 12
"""The most lines of a length's small map with its title."""
LEAST_SIDE = 8
"""The least side of small maps, in pixels, if all are shown."""
GOOD_HEIGHT = 9
"""The height of small maps of which not all fit."""
LEAST_TILE = 13
"""The least width of a small map."""
SPACIOUS = 28
"""From so many lines on, the sentences are set apart."""
FEWEST_ROWS = 4
"""Lines of the table that are left where there is little room."""

UNKNOWN = Scale("sequential", 0, 1)
"""The scale of values that are not computed yet."""

LESS_IMPORTANT = ("output", "with padding", "jump")
"""The columns of the table that are left out first."""
Pixel = tuple[str, tuple[int, ...]]
"""A layer, or the input, and a place in it."""


class Field(NamedTuple):
    """What the screen shows.

    Attributes:
        layer: The layer of the neuron, or of the pixel.
        place: The neuron, or the pixel.
        layers: What it sees, itself, and what sees it, from the input on.
        winners: Whether of a max-pool's window only the value that won counts.
    """

    layer: str
    place: tuple[int, ...]
    layers: tuple[Marked, ...]
    winners: bool = False

    @property
    def own(self) -> int:
        """The number of the neuron's own layer among the layers."""
        return next(number for number, each in enumerate(self.layers) if each.layer == self.layer)

    @property
    def is_neuron(self) -> bool:
        """Whether it is one neuron, and not a place with all its channels."""
        return self.layer != INPUT and len(self.place) == len(self.layers[self.own].shape)

    @property
    def name(self) -> str:
        """The neuron, or the pixel, in words."""
        return (neuron_name if self.is_neuron else place_name)(self.layer, self.place)

    @property
    def sentences(self) -> list[str]:
        """What the neuron sees of the input, and how many neurons see it."""
        own = self.own
        before = [each for each in self.layers[:own] if isinstance(each, Seen)][::-1]
        after = seen_by_words(self.layer, self.layers[own + 1 :])
        return [*([seen_words(before, winners=self.winners)] if before else []), after]


def field_of(session: Session, pixel: Pixel | None = None, *, winners: bool = False) -> Field:
    """Return what the current neuron of a session sees and is seen by, or which neurons see a pixel."""
    network, i = session.network, session.index[0]
    layer, place = pixel or (session.layer, place_in(network.shape_of(session.layer), session.index[1:]))
    values = session.values if winners and pixel is None else None
    return Field(layer, place, tuple(chain(network, layer, place, values, i)), values is not None)


def table_rows(field: Field) -> list[tuple[str, ...]]:
    """Return a heading and a row of numbers for each layer."""
    own = field.own
    before, itself = "from" if field.winners else "sees", "neuron" if field.is_neuron else "place"
    rows: list[tuple[str, ...]] = [
        ("", "layer", "output", "places", rows_heading(field.layers), "cols", "with padding", "jump")
    ]
    for number, each in enumerate(field.layers):
        says = before if number < own else "seen by" if number > own else itself
        padded, jump, _ = ("", "", "") if field.winners else geometry_texts(each)
        rows.append((says, each.layer, times(each.shape), share(each), *box_texts(each), padded, jump))
    return without_empty_columns(rows)


def table_lines(field: Field, chosen: int, width: int, height: int) -> list[list[Part]]:
    """Return the table of numbers, the chosen row marked; of a longer one the rows around the chosen one.

    Columns that the maps or other columns imply are left out if they do not fit.
    """
    heads, *rows = table_rows(field)
    widths = [max(map(cell_len, column)) for column in zip(heads, *rows, strict=True)]
    for head in LESS_IMPORTANT:
        if sum(widths) + 2 * len(widths) > width and head in heads:
            n = heads.index(head)
            heads, *rows = ((*row[:n], *row[n + 1 :]) for row in (heads, *rows))
            del widths[n]
    shown = centred_range(chosen, max(1, height - 1), len(rows))
    if sum(widths) + 2 * len(widths) > width:
        widths = [max(map(cell_len, column)) for column in zip(heads, *rows[shown.start : shown.stop], strict=True)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in (heads, *rows)]
    found: list[list[Part]] = [[]] if height > len(lines) else []
    found.append([("  ", "plain"), (lines[0], "dim")])
    for number in shown:
        mark = mark_of(number, chosen, shown, len(rows))
        found.append([mark, (lines[number + 1], "window" if number == chosen else "plain")])
    return found[: max(0, height)]


def mark_of(number: int, chosen: int, shown: range, count: int) -> Part:
    """Return the mark before a row: of the chosen one, or of the first or last of those shown if there are more."""
    if number == chosen:
        return "▸ ", "window"
    hides = (number == shown.start and number > 0) or (number == shown.stop - 1 and shown.stop < count)
    return "┊ " if hides else "  ", "dim"


class Tiling(NamedTuple):
    """How small maps are laid out.

    Attributes:
        rows: How many rows of them.
        cols: How many in a row.
        width: Of one, in characters.
        height: Of one with its title, in lines.
    """

    rows: int
    cols: int
    width: int
    height: int

    @property
    def side(self) -> int:
        """The room for a square map, in pixels: two a line, and one a column."""
        return min(self.width - 2, 2 * self.height - 4)


def tiling(count: int, width: int, height: int, *, stacked: bool = False) -> Tiling | None:
    """Return the layout of small maps that makes them largest, or shows as many as fit; None without room.

    Args:
        count: How many maps there are.
        width: Of the room for all, in characters.
        height: Of the room for all, in lines.
        stacked: Whether they are long and thin, and stand one below the other if there is room.
    """
    if stacked and height // count >= LEAST_HEIGHT:
        return _tiled(count, 1, width, min(height, count * TALLEST_LENGTH))
    whole = [_tiled(rows, -(-count // rows), width, height) for rows in range(1, count + 1)]
    best = max(whole, key=lambda each: each.side)
    if best.side >= LEAST_SIDE and best.width >= LEAST_TILE:
        return best
    if height < LEAST_HEIGHT or width < LEAST_TILE:
        return None
    return _tiled(max(1, height // GOOD_HEIGHT), max(1, (width + GAP) // (2 * GOOD_HEIGHT - 2 + GAP)), width, height)


def _tiled(rows: int, cols: int, width: int, height: int) -> Tiling:
    return Tiling(rows, cols, (width + GAP) // cols - GAP, height // rows)


class FieldView(Canvas):
    """The small maps above the table of numbers.

    Args:
        session: The session, whose values are shown.
        field: What to show.
        options: The palette.
    """

    def __init__(self, session: Session, field: Field, options: ViewOptions) -> None:
        super().__init__(id="field")
        self._session = session
        self._network, self._values = session.network, session.values  # what is shown is of this net, if another comes
        self.field = field
        self.chosen = field.own
        self.set_reactive(FieldView.options, options)

    def choose(self, number: int) -> None:
        """Choose a layer by its number among those shown."""
        self.chosen = min(max(0, number), len(self.field.layers) - 1)
        self.update_lines()

    def show(self, field: Field) -> None:
        """Show something else of the same layers."""
        self.field = field
        self.update_lines()

    def draw(self, width: int, height: int) -> list[Strip]:
        """Return sentences, small maps and table."""
        palette = self.options.palette
        said, tiles, room = self._areas(width, height)
        lines = [line(parts, width, palette=palette) for parts in said]
        if tiles is not None:
            lines += self._tiles(tiles, width)
        table = table_lines(self.field, self.chosen, width, room)
        return [*lines, *(line(parts, width, palette=palette) for parts in table)]

    def _areas(self, width: int, height: int) -> tuple[list[list[Part]], Tiling | None, int]:
        """Return the sentences, the layout of the small maps, and the lines that are left for the table."""
        said = [parts for text in self.field.sentences for parts in wrap([(text, "plain")], width)]
        said = said[: max(1, height // 6)]
        if height >= SPACIOUS:
            said.append([])
        count, rest = len(self.field.layers), height - len(said)
        table = min(count + 1, max(FEWEST_ROWS + 1, rest * 2 // 5))
        lengths = all(len(each.shape) < 3 for each in self.field.layers)
        tiles = tiling(count, width, rest - table, stacked=lengths)
        return said, tiles, rest - (tiles.rows * tiles.height if tiles else 0)

    def _shown(self, tiles: Tiling) -> range:
        return centred_range(self.chosen, tiles.rows * tiles.cols, len(self.field.layers))

    def _tiles(self, tiles: Tiling, width: int) -> list[Strip]:
        palette, shown = self.options.palette, self._shown(tiles)
        lines = []
        for first in range(shown.start, shown.start + tiles.rows * tiles.cols, tiles.cols):
            drawn = [self._tile(number, tiles) for number in range(first, min(first + tiles.cols, shown.stop))]
            rest = blank(width - len(drawn) * (tiles.width + GAP) + (GAP if len(drawn) == tiles.cols else 0), palette)
            for row in range(tiles.height):
                gaps = [cell for tile in drawn for cell in (tile[row], blank(GAP, palette))]
                lines.append(Strip.join([*gaps, rest]).crop(0, width))
        return lines

    def _tile(self, number: int, tiles: Tiling) -> list[Strip]:
        """Return one small map below its title."""
        palette, marked = self.options.palette, self.field.layers[number]
        mark = "▸ " if number == self.chosen else ""
        role = "window" if number == self.chosen else "strong"
        name = clipped(f"{mark}{marked.layer}", tiles.width - 2)
        title = heading((name, (times(marked.shape),)), tiles.width, palette, role)
        drawn = draw_small_map(self._small_map(number), tiles.width, tiles.height - 1, palette)
        empty = [blank(tiles.width, palette)] * (tiles.height - 1 - len(drawn))
        return [title, *drawn, *empty]

    def _small_map(self, number: int) -> SmallMap:
        field, marked, values = self.field, self.field.layers[number], self._values
        accent: Accent = "amber" if number < field.own or (not field.is_neuron and number == field.own) else "cyan"
        name, i, channels = marked.layer, self._session.index[0], grid(marked.shape)[2]
        last = self._session.visited(name)[3] if name != INPUT else 0
        channel = channel_of(marked, min(last, channels - 1))
        if name == INPUT:
            x = np.asarray(values.x[i].reshape(grid(marked.shape)))
            if not self._network.picture:
                return small_map(marked, x, channel, scale_of(x), accent)
            colouring: Colouring = "rgb" if channels == 3 else "grey"
            return small_map(marked, x, None if channels == 3 else channel, Scale(colouring, 0, 1), accent)
        if not values.is_known(name):
            return small_map(marked, None, channel, UNKNOWN, accent)
        Z = values.output(name)
        return small_map(marked, Z[i], channel, output_scale(values.operation(name), Z, None), accent)

    def verb_at(self, x: int, y: int) -> str:
        """Return the verb that goes to the layer of the small map at a click."""
        said, tiles, _ = self._areas(*self.size)
        if tiles is None:
            return ""
        col, row = x // (tiles.width + GAP), (y - len(said)) // tiles.height
        number = self._shown(tiles).start + row * tiles.cols + col
        inside = y >= len(said) and row < tiles.rows and col < tiles.cols and number in self._shown(tiles)
        return jump_line(self.field.layers[number], self._session) if inside else ""


def channel_of(marked: Marked, last: int) -> int:
    """Return a channel with marked values: `last` if it has some."""
    some = np.asarray(marked.mask.any((0, 1)))
    return last if len(some) == 1 or some[last] or not some.any() else int(np.argmax(some))


def jump_line(marked: Marked, session: Session) -> str:
    """Return the verb that goes to the middle of a layer's marked places; "" for the input and for an empty set."""
    at = np.argwhere(marked.where)
    if marked.layer == INPUT or not len(at):
        return ""
    middle = (at[0] + at[-1]) / 2
    row, col = (int(each) for each in at[np.argmin(np.abs(at - middle).sum(1))])
    last = min(session.visited(marked.layer)[3], grid(marked.shape)[2] - 1)
    if len(marked.shape) == 1:
        place = 0, 0, col
    else:
        channels = marked.mask[row, col]
        place = row, col, last if len(channels) == 1 or channels[last] else int(np.argmax(channels))
    return " ".join(["jump", quote(marked.layer), *map(str, (session.index[0], *place))])


class FieldScreen(ModalScreen[str | None], DismissedOnce):
    """What a neuron sees, and what sees it; the screen's result is the verb that goes to the chosen layer.

    Args:
        session: The session, at the neuron.
        palette: The palette.
        pixel: The pixel whose neurons to show instead.
    """

    BINDINGS: ClassVar[list[Any]] = [
        ("escape,m,q", "dismiss(None)", "Close"),
        ("left,up", "choose(-1)", "Before"),
        ("right,down", "choose(1)", "After"),
        ("home", "choose(-1000000)", "First"),
        ("end", "choose(1000000)", "Last"),
        ("enter", "jump", "Go there"),
        ("w", "winners", "Winners"),
    ]

    def __init__(self, session: Session, palette: Palette, pixel: Pixel | None = None) -> None:
        super().__init__()
        self._session = session
        field = field_of(session, pixel)
        self._can_win = field.is_neuron and any(
            session.network.stage(each.layer).layer.takes_winner for each in field.layers[1 : field.own + 1]
        )
        self._view = FieldView(session, field, ViewOptions(palette=palette))

    def compose(self) -> ComposeResult:
        """Compose the view."""
        field = self._view.field
        self._view.add_class("box")
        self._view.border_title = Content(printable(field.name))
        self._view.border_subtitle = subtitle(field, can_win=self._can_win)
        yield self._view

    def action_choose(self, by: int) -> None:
        """Choose another layer."""
        self._view.choose(self._view.chosen + by)

    def action_jump(self) -> None:
        """Close, and go to the chosen layer; the input is none."""
        if line := jump_line(self._view.field.layers[self._view.chosen], self._session):
            self.dismiss(line)

    def action_winners(self) -> None:
        """Show only what won in the max-pools, or all that is seen again."""
        if self._can_win:
            field = field_of(self._session, winners=not self._view.field.winners)
            self._view.show(field)
            self._view.border_subtitle = subtitle(field, can_win=True)

    @on(VerbRequested)
    def _clicked(self, message: VerbRequested) -> None:
        message.stop()
        self.dismiss(message.line)


def subtitle(field: Field, *, can_win: bool) -> str:
    """Return the keys of the screen; `can_win` is whether the neuron sees max-pools, whose winners can be shown."""
    winners = f" · w {'all that it sees' if field.winners else 'winners of the max-pools'}" if can_win else ""
    return f"←→ layer · ⏎ goes there{winners} · esc closes"
