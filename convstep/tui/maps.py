"""The widget that shows a map."""

from __future__ import annotations

import numpy as np
from textual.events import Click, Resize
from textual.geometry import Region
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip

from convstep.tui.canvas import Canvas
from convstep.tui.colours import DARK, Palette
from convstep.tui.map_model import Layout, MapModel, Zoom, layout
from convstep.tui.map_paint import Cells
from convstep.tui.map_strips import cells_of, strip


class MapView(Canvas):
    """A map in its panel: the layer's input with the window, or the running output with the current cell.

    It has no border and no padding of its own: what it has shown it keeps as finished rows.
    """

    model: reactive[MapModel | None] = reactive(None, repaint=False)
    zoom: reactive[Zoom] = reactive("auto", repaint=False)
    palette: reactive[Palette] = reactive(DARK, repaint=False)

    class CellClicked(Message):
        """A cell of the map was clicked.

        Attributes:
            map_view: Where.
            row: The cell's row in the map.
            col: Its column.
        """

        def __init__(self, map_view: MapView, row: int, col: int) -> None:
            super().__init__()
            self.map_view = map_view
            self.row = row
            self.col = col

        @property
        def control(self) -> MapView:
            """The map view."""
            return self.map_view

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 # as Textual has it
        super().__init__(id=id, classes=classes)
        self._cells: Cells | None = None

    @property
    def map_layout(self) -> Layout | None:
        """Where the map lies in the panel; None while there is none, or no room."""
        width, height = self.size
        return layout(self.model, width, height, self.zoom) if self.model and width and height else None

    def watch_model(self) -> None:
        """Show another model; repaint what differs."""
        self._show()

    def watch_zoom(self) -> None:
        """Show the map at another zoom."""
        self._show()

    def watch_palette(self) -> None:
        """Show the map in other colours."""
        self._show()

    def on_resize(self, event: Resize) -> None:
        """Fit the map into its new room."""
        del event
        self._show()

    def _show(self) -> None:
        before, place = self._cells, self.map_layout
        if self.model is None or place is None:
            self._cells = None
            self.refresh()
            return
        self._cells = cells = cells_of(self.model, place, self.palette)
        if before is None or before.shape != cells.shape:
            self.refresh()
        elif regions := changed(before, cells):
            self.refresh(*regions)

    def render_line(self, y: int) -> Strip:
        """Return a row of the map."""
        if self._cells is None or y >= len(self._cells):
            return Strip.blank(self.size.width, self.rich_style)
        return strip(self._cells[y].tobytes())

    def on_click(self, event: Click) -> None:
        """Say which cell was clicked."""
        place = self.map_layout
        if place is not None and (cell := place.cell_at(event.x, event.y)) is not None:
            event.stop()
            self.post_message(self.CellClicked(self, *cell))


def changed(before: Cells, after: Cells) -> list[Region]:
    """Return the regions in which two pictures of the same size differ: one for each run of rows."""
    differ = (before != after).any(axis=1)
    rows = np.flatnonzero(differ.any(axis=1))
    if not len(rows):
        return []
    regions = []
    for run in np.split(rows, np.flatnonzero(np.diff(rows) > 1) + 1):
        cols = np.flatnonzero(differ[run[0] : run[-1] + 1].any(axis=0))
        regions.append(Region(int(cols[0]), int(run[0]), int(cols[-1] - cols[0]) + 1, int(run[-1] - run[0]) + 1))
    return regions
