"""The widgets that show maps: the layer's input with the window, and the running output with the current cell."""

from __future__ import annotations

from textual.events import Click
from textual.message import Message
from textual.strip import Strip

from convstep.debugger import Frame
from convstep.tui.canvas import Canvas, Look
from convstep.tui.colours import Palette
from convstep.tui.map_model import Layout, MapModel, layout, legend
from convstep.tui.map_strips import changed, render_rows
from convstep.tui.models import input_map, output_map


class MapView(Canvas):
    """A map in its panel."""

    _modelled: tuple[Frame, Look, MapModel | None] | None = None
    _rows: tuple[MapModel, Layout, Palette, list[Strip]] | None = None

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

    def model_of(self, frame: Frame) -> MapModel | None:
        """Return the map to show of a frame; None in a layer that can't work."""
        raise NotImplementedError

    @property
    def model(self) -> MapModel | None:
        """The map at hand."""
        if self.frame is None:
            return None
        last = self._modelled
        if last is None or last[0] is not self.frame or last[1] is not self.look:
            self._modelled = last = (self.frame, self.look, self.model_of(self.frame))
        return last[2]

    @property
    def map_layout(self) -> Layout | None:
        """Where the map lies in the panel; None while there is none, or no room."""
        model, (width, height) = self.model, self.size
        return layout(model, width, height, self.look.zoom) if model and min(width, height) > 2 else None

    @property
    def legend(self) -> str:
        """What the map's colours mean, and which part of it is in view."""
        return legend(self.model, self.map_layout) if self.model else ""

    def draw(self, frame: Frame, width: int, height: int) -> list[Strip]:
        """Return the map; the same rows as before if it is the same map."""
        model, place, palette = self.model, self.map_layout, self.look.palette
        if model is None or place is None:
            return []
        last = self._rows
        if last is None or last[0] is not model or (place, palette) != last[1:3]:
            self._rows = last = (model, place, palette, render_rows(model, place, palette))
        return list(last[3])

    def span(self, before: Strip, after: Strip) -> tuple[int, int]:
        """Return where two rows of the map differ."""
        return changed(before, after)

    def on_click(self, event: Click) -> None:
        """Say which cell was clicked."""
        place = self.map_layout
        if place is not None and (cell := place.cell_at(event.x, event.y)) is not None:
            event.stop()
            self.post_message(self.CellClicked(self, *cell))


class InputMap(MapView):
    """The layer's input, with the window."""

    def model_of(self, frame: Frame) -> MapModel | None:
        """Return the input in the channel that was chosen."""
        return input_map(frame, self.look.channel)


class OutputMap(MapView):
    """The running output, with the current cell."""

    def model_of(self, frame: Frame) -> MapModel | None:
        """Return the output, with the neurons that are to be marked."""
        return output_map(frame, self.look.marked)
