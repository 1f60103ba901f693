"""The screen of `shapes`: the sizes of all layers, those of one in sentences, and four paddings side by side."""

from __future__ import annotations

from typing import Any, ClassVar, NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.screen import ModalScreen
from textual.strip import Strip

from convstep.answers.paddings import Column, compare_paddings
from convstep.answers.shapes import LayerShape, shapes
from convstep.network import Network
from convstep.printable import printable
from convstep.report.answers.shapes import compare_table, details, made_for_lines, overview_table
from convstep.tui.lines.canvas import Canvas, VerbRequested, ViewOptions
from convstep.tui.lines.text import Part, cell_len, centred_range, line, shortened, wrap
from convstep.tui.screens.field import mark_of
from convstep.tui.screens.modal import DismissedOnce

BEFORE = 2
"""Lines of a table before its first layer: the heading and the input."""
LEAST_ROWS = 5
"""At least so many lines of the table are shown, at the cost of the sentences."""


class Sizes(NamedTuple):
    """What the screen shows.

    Attributes:
        network: The net.
        rows: Its layers' sizes.
        chosen: Which layer is chosen, from 0.
        columns: The sizes with several paddings, if these are compared; else None.
    """

    network: Network
    rows: list[LayerShape]
    chosen: int
    columns: list[Column] | None = None

    def choose(self, number: int) -> Sizes:
        """Return the same with another layer chosen."""
        return self._replace(chosen=min(max(0, number), len(self.rows) - 1))


def size_lines(sizes: Sizes, width: int, height: int) -> list[list[Part]]:
    """Return the table with the chosen layer marked, and below it sentences about that layer, or about the paddings."""
    table, sentences = _table(sizes, width), _sentences(sizes, width)
    room = min(max(min(LEAST_ROWS, len(table)), height - len(sentences) - 1), height)
    return [*_cut(table, sizes.chosen, width, room), [], *sentences][: max(0, height)]


def _table(sizes: Sizes, width: int) -> list[str]:
    if sizes.columns is None:
        return overview_table(sizes.network, sizes.rows, width - 2)
    table = compare_table(sizes.network, sizes.columns)
    if max(map(cell_len, table)) + 2 > width:
        return compare_table(sizes.network, sizes.columns, paddings=False)
    return table


def _cut(table: list[str], chosen: int, width: int, room: int) -> list[list[Part]]:
    """Return a table's lines, the chosen layer marked; of a longer one the heading and the lines around the chosen."""
    heading, *rows = table
    chosen += BEFORE - 1
    shown = centred_range(chosen, room - 1, len(rows))
    lines = [shortened([("  ", "plain"), (heading, "dim")], width)]
    for number in shown:
        mark = mark_of(number, chosen, shown, len(rows))
        lines.append(shortened([mark, (rows[number], "window" if number == chosen else "plain")], width))
    return lines


def _sentences(sizes: Sizes, width: int) -> list[list[Part]]:
    if sizes.columns is None:
        first, *others = details(sizes.network, sizes.rows[sizes.chosen])
        said: list[Part] = [(first, "strong"), *((text, "plain") for text in others)]
    else:
        said = [(text, "plain") for each in made_for_lines(sizes.network, sizes.columns) for text in each]
    return [parts for part in said for parts in wrap([part], width)]


class SizesView(Canvas):
    """The table and the sentences.

    Args:
        sizes: What to show.
        options: The palette.
    """

    def __init__(self, sizes: Sizes, options: ViewOptions) -> None:
        super().__init__(id="shapes")
        self.sizes = sizes
        self.set_reactive(SizesView.options, options)

    def show(self, sizes: Sizes) -> None:
        """Show something else."""
        self.sizes = sizes
        self.update_lines()

    def draw(self, width: int, height: int) -> list[Strip]:
        """Return the lines."""
        return [line(parts, width, palette=self.options.palette) for parts in size_lines(self.sizes, width, height)]

    def verb_at(self, x: int, y: int) -> str:
        """Return the verb that goes to the layer on a line of the table."""
        lines = size_lines(self.sizes, *self.size)
        names = [row.name for row in self.sizes.rows]
        word = "".join(text for text, _ in lines[y])[2:].split()[:1] if y < len(lines) else []
        return f"layer {word[0]}" if word and word[0] in names else ""


class ShapesScreen(ModalScreen[str | None], DismissedOnce):
    """The sizes of all layers; the screen's result is the verb that goes to the chosen one.

    Args:
        network: The net.
        layer: The layer that is chosen at first.
        options: The palette.
    """

    BINDINGS: ClassVar[list[Any]] = [
        ("escape,i,q", "dismiss(None)", "Close"),
        ("up", "choose(-1)", "Before"),
        ("down", "choose(1)", "After"),
        ("home", "choose(-1000000)", "First"),
        ("end", "choose(1000000)", "Last"),
        ("enter", "jump", "Go there"),
        ("c,tab", "compare", "Compare"),
    ]

    def __init__(self, network: Network, layer: str, options: ViewOptions) -> None:
        super().__init__()
        self._view = SizesView(Sizes(network, shapes(network), network.position(layer)), options)

    def compose(self) -> ComposeResult:
        """Compose the view in a box."""
        self._view.add_class("box")
        self._view.border_title = Content(printable(self._view.sizes.network.title))
        self._set_subtitle()
        yield self._view

    def _set_subtitle(self) -> None:
        other = "compare paddings" if self._view.sizes.columns is None else "this net alone"
        self._view.border_subtitle = f"↑↓ layer · ⏎ goes there · c {other} · esc closes"

    def action_choose(self, by: int) -> None:
        """Choose another layer."""
        self._view.show(self._view.sizes.choose(self._view.sizes.chosen + by))

    def action_jump(self) -> None:
        """Close, and go to the chosen layer."""
        self.dismiss(f"layer {self._view.sizes.rows[self._view.sizes.chosen].name}")

    def action_compare(self) -> None:
        """Show SAME, VALID, p = (f − 1)//2 and the net's own padding side by side, or the net alone again."""
        sizes = self._view.sizes
        self._view.show(sizes._replace(columns=compare_paddings(sizes.network) if sizes.columns is None else None))
        self._set_subtitle()

    @on(VerbRequested)
    def _clicked(self, message: VerbRequested) -> None:
        message.stop()
        self.dismiss(message.line)
