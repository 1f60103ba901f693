"""The loop of the layer at hand in the course's words, with today's values in it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from convstep.debugger import Frame
from convstep.engine.geometry import VALID, Axis
from convstep.errors import GeometryError
from convstep.figures import minus
from convstep.network import Shape, Windowed, times
from convstep.report.explain_loops import CodeLine, Loops, sliding
from convstep.report.explain_scene import Scene, scene_of


def code_lines(frame: Frame) -> list[CodeLine]:
    """Return the loop that computes a frame's layer, with the values that it has at the frame's step.

    It reads the layer's input, `A_prev` (`A_prev_pad` with its padding around it, minus infinity for a max-pool; `Z`
    for relu and softmax), and fills its output, all in the layer's own shapes with the examples first. Where the step
    is opened into its taps, the loops over the window are there as well. A layer that can't work shows the line that
    fails, if there is one.
    """
    if frame.step is None:
        return _fault(frame)
    scene = scene_of(frame)
    tap = frame.cursor.tap if scene.products.size > 1 else None
    with np.errstate(all="ignore"):
        return _CODES[scene.kind](scene, tap)


def _conv(scene: Scene, tap: int | None) -> list[CodeLine]:
    write = sliding(scene)
    geometry, c = scene.operation.geometry, scene.index[3]
    write.loop("c", geometry.n_C, c)
    taken, Z, W = len(scene.channels), "Z[i,h,w,c]", "W[...,c]"
    groups = scene.arriving[-1] // taken
    if scene.along_length:
        Z, W = "Z[i,h,c]", "W[:,0,:,c]"
    a = "a"
    if groups > 1:
        first = f"c // {geometry.n_C // groups} * {taken}"
        write.add(f"first = {first}", str(scene.channels.start))
        write.add(f"a_c = a[..., first:first+{taken}]", times(scene.slice.shape))
        a = "a_c"
    if tap is None:
        write.output(f"{Z} = np.sum({a}*{W}) + b[c]")
        return write.lines
    write.add("z = 0")
    depth = write.depth
    at = [int(place) for place in np.unravel_index(tap, scene.products.shape)]
    sizes = scene.products.shape
    write.loop("row", sizes[0], at[0])
    if not scene.along_length:
        write.loop("col", sizes[1], at[1])
    write.loop("ch", sizes[2], at[2])
    place, weight = ("row,ch", "row,0,ch") if scene.along_length else ("row,col,ch", "row,col,ch")
    write.total(f"z += {a}[{place}]*W[{weight},c]", tap)
    write.depth = depth
    write.output(f"{Z} = z + b[c]", current=False)
    return write.lines


def _pool(scene: Scene, tap: int | None) -> list[CodeLine]:
    is_max = scene.kind == "max_pool"
    write = sliding(scene, clipped=not is_max and scene.operation.geometry.padding != VALID)
    write.loop("c", scene.operation.geometry.n_C, scene.index[3])
    A = "A[i,h,c]" if scene.along_length else "A[i,h,w,c]"
    if tap is None:
        write.output(f"{A} = np.{'max' if is_max else 'mean'}(a[...,c])")
        return write.lines
    write.add("z = -np.inf" if is_max else "z = 0")
    depth = write.depth
    row, col, _ = (int(place) for place in np.unravel_index(tap, scene.slice.shape))
    clipped = not is_max and scene.operation.geometry.padding != VALID
    names = ["row"] if scene.along_length else ["row", "col"]
    for axis, (name, at) in enumerate(zip(names, (row, col), strict=False)):
        write.add(f"for {name} in range(a.shape[{axis}]):", _tap_place(scene, axis, at, clipped=clipped, name=name))
        write.depth += 1
    value = f"a[{','.join(names)},c]"
    write.total(f"z = np.maximum(z, {value})" if is_max else f"z += {value}", tap)
    write.depth = depth
    mean = "np.divide(z, a[...,c].size)" if clipped and _has_empty(scene) else "z / a[...,c].size"
    write.output(f"{A} = {'z' if is_max else mean}", current=False)
    return write.lines


def _has_empty(scene: Scene) -> bool:
    """Return whether a window lies wholly in padding: its mean is 0 / 0, which NumPy takes and Python does not."""
    axes = (scene.operation.geometry.rows, scene.operation.geometry.cols)
    return any(not axis.inside(axis.window(place)) for axis in axes for place in range(axis.output))


def _tap_place(scene: Scene, axis: int, at: int, *, clipped: bool, name: str) -> str:
    """Return where a loop over the window stands; where padding is left out, it is not among its turns."""
    if not clipped:
        return f"{name} = {at}"
    inside = (scene.inside_rows, scene.inside_cols)[axis]
    return f"{name} = {at - inside.start}" if at in inside else "padding"


def _global_avg_pool(scene: Scene, tap: int | None) -> list[CodeLine]:
    write = Loops(scene)
    write.loop("i", scene.operation.geometry.m, scene.index[0])
    write.loop("c", scene.operation.geometry.n_C, scene.index[3])
    if len(scene.arriving) == 1:
        write.output("A[i,c] = A_prev[i,c]")
        return write.lines
    if tap is None:
        write.output("A[i,c] = np.mean(A_prev[i,...,c])")
        return write.lines
    write.add("z = 0")
    depth = write.depth
    names = ["h"] if scene.along_length else ["h", "w"]
    place = np.unravel_index(tap, scene.slice.shape)
    for name, size, at in zip(names, scene.arriving, place, strict=False):
        write.loop(name, size, int(at))
    write.total(f"z += A_prev[i,{','.join(names)},c]", tap)
    write.depth = depth
    write.output(f"A[i,c] = z / {scene.places}", current=False)
    return write.lines


def _dense(scene: Scene, tap: int | None) -> list[CodeLine]:
    write = Loops(scene)
    write.loop("i", scene.operation.geometry.m, scene.index[0])
    write.add("a = A_prev[i]", f"{scene.arriving[0]:,} values")
    write.loop("c", scene.operation.geometry.n_C, scene.index[3])
    if tap is None:
        write.output("Z[i,c] = np.sum(a*W[:,c]) + b[c]")
        return write.lines
    write.add("z = 0")
    write.loop("k", scene.arriving[0], tap)
    write.total("z += a[k]*W[k,c]", tap)
    write.depth -= 1
    write.output("Z[i,c] = z + b[c]", current=False)
    return write.lines


def _each(scene: Scene, *, channels: bool = True, of: Shape = ()) -> tuple[Loops, str]:
    """Write a loop for every axis of a shape; return what stands in the brackets there."""
    write = Loops(scene)
    shape = of or scene.leaving
    names = {3: "hwc", 2: "hc"}.get(len(shape), "c")
    places: dict[str, int] = dict(zip("hwc", (scene.rows[0], scene.cols[0], scene.channels[0]), strict=True))
    write.loop("i", scene.operation.geometry.m, scene.index[0])
    used = ["i"]
    for name, size in zip(names, shape, strict=True):
        if name != "c" or channels:
            write.loop(name, size, places[name])
            used.append(name)
    return write, ",".join(used)


def _relu(scene: Scene, tap: int | None) -> list[CodeLine]:
    write, place = _each(scene)
    write.output(f"A[{place}] = np.maximum(0, Z[{place}])")
    return write.lines


def _flatten(scene: Scene, tap: int | None) -> list[CodeLine]:
    write, place = _each(scene, of=scene.arriving)
    shape = scene.arriving
    if len(shape) == 1:
        write.output("A[i,c] = A_prev[i,c]")
        return write.lines
    along = f"h * {shape[1]} + c" if len(shape) == 2 else f"(h * {shape[1]} + w) * {shape[2]} + c"
    write.add(f"k = {along}", str(scene.index[3]))
    write.output(f"A[i,k] = A_prev[{place}]")
    return write.lines


def _softmax(scene: Scene, tap: int | None) -> list[CodeLine]:
    write, place = _each(scene, channels=False)
    n, c = scene.operation.geometry.n_C, scene.index[3]
    _, top, powers = scene.powers
    if tap is None:
        write.add(f"e = np.exp(Z[{place}] - np.max(Z[{place}]))", f"{n:,} values")
        write.loop("c", n, c)
        write.output(f"A[{place},c] = e[c] / np.sum(e)")
        return write.lines
    write.add(f"top = np.max(Z[{place}])", scene.number(top))
    write.add("z = 0")
    write.loop("k", n, tap)
    write.total(f"z += np.exp(Z[{place},k] - top)", tap)
    write.depth -= 1
    write.loop("c", n, c)
    write.add(f"e = np.exp(Z[{place},c] - top)", scene.number(powers[c]))
    write.output(f"A[{place},c] = e / z", current=False)
    return write.lines


_CODES: dict[str, Callable[[Scene, int | None], list[CodeLine]]] = {
    "conv": _conv,
    "conv1d": _conv,
    "dense": _dense,
    "max_pool": _pool,
    "avg_pool": _pool,
    "global_avg_pool": _global_avg_pool,
    "relu": _relu,
    "softmax": _softmax,
    "flatten": _flatten,
}


def _fault(frame: Frame) -> list[CodeLine]:
    """Return the line that fails: how many windows fit, where none does."""
    stage = frame.stage
    if not isinstance(stage.layer, Windowed) or not isinstance(stage.fault, GeometryError) or stage.input is None:
        return []
    sliding, sizes = stage.layer.sliding, stage.input[:-1]
    height, width = sizes if len(sizes) == 2 else (sizes[0], 1)
    top, bottom, left, right = sliding.padding_over(height, width)
    axes = [("n_H", Axis(height, sliding.kernel[0], sliding.stride[0], sliding.dilation[0], top, bottom))]
    if len(sizes) == 2:
        axes.append(("n_W", Axis(width, sliding.kernel[1], sliding.stride[1], sliding.dilation[1], left, right)))
    lines = []
    for name, axis in axes:
        padding = f" + {axis.before} + {axis.after}" if axis.before or axis.after else ""
        fits = (axis.padded - axis.extent) // axis.stride + 1
        code = f"{name} = ({axis.size}{padding} - {axis.extent}) // {axis.stride} + 1"
        lines.append(CodeLine(code, minus(fits), fits < 1))
    return lines
