"""Nested loops, written line by line with the values that they have at one step."""

from __future__ import annotations

from convstep.engine.geometry import Axis
from convstep.layers.base import Shape
from convstep.layers.scene import Scene
from convstep.layers.words import CodeLine, reach

INDENT = "  "


class Loops:
    """Lines of nested loops."""

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


def sliding(scene: Scene, *, clipped: bool = False) -> Loops:
    """Write the loops over examples, rows and columns, and cut out the window.

    Args:
        scene: A convolution or a pool.
        clipped: Whether to leave padding out of the window, rather than to fill it in.
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
    write.add(f"{cut} = {A}[i, {part}]", reach(scene.rows, word))
    if not scene.along_length:
        write.loop("w", n_W, w)
        part = _start(write, "horiz", "w", w, cols, clipped=clipped)
        write.add(f"a = rows[:, {part}]", reach(scene.cols, "col"))
    return write


def _start(write: Loops, way: str, name: str, at: int, axis: Axis, *, clipped: bool) -> str:
    """Write where the window starts along one axis; return the slice that cuts it out."""
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


def each(scene: Scene, *, channels: bool = True, of: Shape = (), at: tuple[int, ...] = ()) -> tuple[Loops, str]:
    """Write a loop for every axis of a shape; return what stands in the brackets there.

    Args:
        scene: The step.
        channels: Whether also one over the channels.
        of: The shape; that of the output, if none is given.
        at: Row, column and channel where the loops stand; those of the window, if none are given.
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
