"""The map widgets: the layer's input with the window, and the output so far with the current neuron."""

from __future__ import annotations

from textual.strip import Strip

from convstep.debugger import Frame
from convstep.layers import grid
from convstep.report.mismatch import mismatch
from convstep.tui.lines.canvas import FrameCanvas, ViewOptions
from convstep.tui.lines.colours import Palette
from convstep.tui.lines.headings import Titles, heading
from convstep.tui.lines.text import role_style
from convstep.tui.maps.model import MapModel, pixel_layout
from convstep.tui.maps.of_frame import arriving_map, input_map, is_flat, missing_map, output_map
from convstep.tui.maps.strips import MapLayout, layout_of, render_rows
from convstep.tui.maps.titles import Legend, input_title, legend, output_title

MARGIN = 1
"""Columns at the right of a map, left free for an outline at its edge."""


class MapView(FrameCanvas):
    """Base of the two map panels.

    Attributes:
        in_pixels: Whether a whole map is shown in pixels even if its numbers would fit.
    """

    ROLE = ""
    """The role of the title."""
    in_pixels = False
    _modelled: tuple[Frame, ViewOptions, MapModel | None] | None = None
    _rows: tuple[MapModel, MapLayout, Palette, list[Strip]] | None = None

    def model_of(self, frame: Frame) -> MapModel | None:
        """Return the map of a frame; None if there is none."""
        raise NotImplementedError

    def title_of(self, frame: Frame, legend: Legend, width: int) -> Titles:
        """Return the panel's title."""
        raise NotImplementedError

    def verb_for(self, frame: Frame, row: int, col: int) -> str:
        """Return the verb that a click on a cell of the layer's array executes."""
        raise NotImplementedError

    @property
    def model(self) -> MapModel | None:
        """The map of the current frame."""
        return None if self.frame is None else self._model(self.frame)

    def _model(self, frame: Frame) -> MapModel | None:
        last = self._modelled
        if last is None or last[0] is not frame or last[1] is not self.options:
            self._modelled = last = (frame, self.options, self.model_of(frame))
        return last[2]

    @property
    def map_layout(self) -> MapLayout | None:
        """The layout of the map below its title; None if there is no map, or no room."""
        return self._layout(self.model, *self.size)

    def _layout(self, model: MapModel | None, width: int, height: int) -> MapLayout | None:
        if model is None or width <= MARGIN + 2 or height <= 3:
            return None
        room = width - MARGIN, height - 1
        if self.in_pixels and not model.line:
            return pixel_layout(model, *room)._replace(width=width)
        return layout_of(model, *room, self.options.zoom)._replace(width=width)

    def draw_frame(self, frame: Frame, width: int, height: int) -> list[Strip]:
        """Return the map below its title; rows are reused while model and layout stay the same."""
        model, palette = self._model(frame), self.options.palette
        layout = self._layout(model, width, height)
        title = heading(
            self.title_of(frame, legend(model, layout) if model else (), width), width - MARGIN, palette, self.ROLE
        )
        title = title.adjust_cell_length(width, role_style("plain", palette))
        if model is None or layout is None:
            return [title]
        last = self._rows
        if last is None or last[0] is not model or (layout, palette) != last[1:3]:
            self._rows = last = (model, layout, palette, render_rows(model, layout, palette))
        return [title, *last[3]]

    def verb_at(self, x: int, y: int) -> str:
        """Return the verb for the cell at a click; "" outside the map."""
        model, layout = self.model, self.map_layout
        cell = layout.cell_at(x, y - 1) if layout is not None else None
        if self.frame is None or self.frame.step is None or model is None or cell is None:
            return ""
        return self.verb_for(self.frame, *(cell[::-1] if model.transposed else cell))


class InputMap(MapView):
    """The layer's input, with the window; a click marks the neurons that see the value."""

    ROLE = "window"

    def model_of(self, frame: Frame) -> MapModel | None:
        """Return the map of the input, with marked places."""
        if frame.step is None:
            arriving = arriving_map(frame, 0)
            return arriving and arriving[2]
        return input_map(frame, self.options.channel, self.options.marked_inputs)

    def title_of(self, frame: Frame, legend: Legend, width: int) -> Titles:
        """Return the input map's title."""
        return input_title(frame, self.options.channel, legend, width)

    def verb_for(self, frame: Frame, row: int, col: int) -> str:
        """Return the verb that marks the neurons that see the value."""
        return f"mark {row} {col}"


class OutputMap(MapView):
    """The output so far, with the current neuron; a click jumps to another."""

    ROLE = "output"

    def model_of(self, frame: Frame) -> MapModel | None:
        """Return the map of the output, with marked neurons; of a layer that can't run, what else should arrive."""
        if frame.step is None:
            found, arriving = mismatch(frame), arriving_map(frame, 1)
            return missing_map(found.expected) if found and found.expected else arriving and arriving[2]
        return output_map(frame, self.options.marked, bordered=self.options.marked_inputs is not None)

    def title_of(self, frame: Frame, legend: Legend, width: int) -> Titles:
        """Return the output map's title."""
        return output_title(frame, legend, width)

    def verb_for(self, frame: Frame, row: int, col: int) -> str:
        """Return the verb that jumps to the neuron."""
        i, _, _, c = frame.index
        shape = grid(frame.shape or ())
        h, w, c = (0, 0, col) if is_flat((1, *shape)) else (row, col, c)
        return f"jump {i} {h} {w} {c}"
