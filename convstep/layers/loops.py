"""The code panel's nested loops, with the values of their variables at one step."""

from __future__ import annotations

from convstep.engine.geometry import Axis
from convstep.layers.base import Shape
from convstep.layers.scene import Scene
from convstep.layers.words import CodeLine, short_span

INDENT = "  "


class Loops:
    """Collects lines of code; `depth` is the current indentation."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.lines: list[CodeLine] = []
        self.depth = 0

    def add(self, code: str, value: str = "", *, current: bool = False) -> None:
        self.lines.append(CodeLine(INDENT * self.depth + code, value, current))

    def loop(self, name: str, size: int, at: int | None) -> None:
        self.add(f"for {name} in range({size}):", "" if at is None else f"{name} = {at}")
        self.depth += 1

    def output(self, code: str, *, current: bool = True) -> None:
        self.add(code, self.scene.value, current=current)

    def total(self, code: str, tap: int) -> None:
        self.add(code, self.scene.number(self.scene.tap(tap).total), current=True)


def window_loops(scene: Scene, *, clipped: bool = False) -> Loops:
    """Return the loops over examples, rows and columns, with the window cut out as `a`.

    Args:
        scene: A step of a convolution or a pool.
        clipped: Whether the window is clipped to the input; otherwise the input is padded.
    """
    write = Loops(scene)
    i, h, w, _ = scene.index
    m, n_H, n_W, _ = scene.operation.geometry.shape
    rows, cols = scene.operation.geometry.rows, scene.operation.geometry.cols
    padded = not clipped and (rows.declared > rows.size or cols.declared > cols.size)
    A = "A_prev_pad" if padded else "A_prev"
    write.loop("i", m, i)
    write.loop("h", n_H, h)
    cut = "a" if scene.along_length else "rows"
    part = _start(write, "vert", "h", h, rows, clipped=clipped)
    word = "place" if scene.along_length else "row"
    write.add(f"{cut} = {A}[i, {part}]", short_span(scene.rows, word))
    if not scene.along_length:
        write.loop("w", n_W, w)
        part = _start(write, "horiz", "w", w, cols, clipped=clipped)
        write.add(f"a = rows[:, {part}]", short_span(scene.cols, "col"))
    return write


def _start(write: Loops, way: str, name: str, at: int, axis: Axis, *, clipped: bool) -> str:
    """Write the line that computes the window's start along one axis; return the slice that cuts the window out."""
    step = f":{axis.dilation}" if axis.dilation > 1 else ""
    if not clipped:
        write.add(f"{way}_start = {name} * {axis.stride}", str(at * axis.stride))
        return f"{way}_start:{way}_start+{axis.extent}{step}"
    first, end = at * axis.stride - axis.before, at * axis.stride - axis.before + axis.extent
    own, shift = f"{name} * {axis.stride}", axis.extent - axis.before
    start = f"{own} - {axis.before}" if axis.before else own
    low = f"({start}) % {axis.dilation}" if step else "0"
    stop = own if not shift else f"{own} {'+' if shift > 0 else '-'} {abs(shift)}"
    clip = f"max({low}, {start})" if axis.before else start
    write.add(f"{way}_start = {clip}", str(max(first % axis.dilation, first)))
    write.add(f"{way}_end = max(0, {stop})" if shift < 0 else f"{way}_end = {stop}", str(max(0, end)))
    return f"{way}_start:{way}_end{step}"


def nested_loops(scene: Scene, *, channels: bool = True, of: Shape = (), at: tuple[int, ...] = ()) -> tuple[Loops, str]:
    """Return a loop over every axis of a shape, and the index inside them, such as `i,h,w,c`.

    Args:
        scene: The step.
        channels: Whether to loop over the channels, too.
        of: The shape; by default the output's.
        at: Row, column and channel of the current turn; by default the window's first.
    """
    write = Loops(scene)
    shape = of or scene.leaving
    names = {3: "hwc", 2: "hc"}.get(len(shape), "c")
    places: dict[str, int] = dict(zip("hwc", at or (scene.rows[0], scene.cols[0], scene.channels[0]), strict=True))
    write.loop("i", scene.operation.geometry.m, scene.index[0])
    used = ["i"]
    for name, size in zip(names, shape, strict=True):
        if name != "c" or channels:
            write.loop(name, size, places[name])
            used.append(name)
    return write, ",".join(used)
