"""The faces of the layers that have no filter: pools, relu, flatten, softmax; and of one that can't work."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from convstep.debugger import Frame
from convstep.engine.steps import Array
from convstep.figures import Extent, Format, extent, fitting
from convstep.tui.window_conv import conv_lines, cut_text, heaviest
from convstep.tui.window_grid import HERE, TIE, Grid, Line, fitting_text, flow, wrap
from convstep.tui.window_ink import Ink
from convstep.tui.window_lists import Contributions, around, strength, table, tap_pieces
from convstep.tui.window_plan import SPACINGS
from convstep.tui.window_scene import Scene, position


def face(scene: Scene) -> list[Line]:
    """Return the lines of a step, in the way of its layer's kind."""
    return FACES[scene.kind](scene)


def fault_lines(frame: Frame, ink: Ink, width: int) -> list[Line]:
    """Return why a layer can't work."""
    fault = frame.fault
    if fault is None:
        return []
    lines: list[Line] = [[(fitting_text(width, f"{frame.layer} can't work now", "can't work now"), ink.title)], []]
    lines += wrap(fault.what, width, ink.plain)
    return [*lines, [], *wrap(fault.hint, width, ink.soft)] if fault.hint else lines


def convolution(scene: Scene) -> list[Line]:
    """Return the lines of a convolution."""
    if scene.slice.shape[:2] == (1, 1) and scene.slice.shape[2] > 1:
        return Contributions(scene, (scene.channel_name, lambda k: scene.channel_name(k, short=True))).lines()
    return conv_lines(scene)


def dense(scene: Scene) -> list[Line]:
    """Return the lines of a dense layer: its contributions, folded back to the map that they came from."""
    bare = len(scene.source[0])
    return Contributions(scene, (scene.source_name, lambda place: scene.source_name(place)[bare:])).lines()


# Pools


def pool(scene: Scene) -> list[Line]:
    """Return the lines of a pool: its window, and what is made of it."""
    values = scene.slice[..., 0]
    form = fitting(extent(values if scene.padded is None else values[~scene.padded]), scene.arriving)
    if scene.kind == "max_pool":
        form = _with_infinity(form, scene)
    footer = _largest(scene, form) if scene.kind == "max_pool" else _mean(scene, form)
    if scene.tap is not None:
        footer = _pool_tap(scene, form)
    rows, cols = values.shape
    name = scene.channel_name(0)
    title: Line = [("window", scene.ink.title), (fitting_text(scene.width - 8, f"  {name}"), scene.ink.soft)]
    if form.factor:
        title.append((f" {form.factor}", scene.ink.soft))
    spacing = next((spacing for spacing in SPACINGS if _width(form, cols, spacing) <= scene.width), SPACINGS[-1])
    high = min(rows, max(1, scene.height - 1 - len(footer)))
    wide = cols if _width(form, cols, spacing) <= scene.width else max(1, scene.width // _width(form, 1, spacing))
    if high < rows or wide < cols:
        high = min(rows, max(1, scene.height - 2 - len(footer)))
    part = _part(scene, values, high, wide)
    grid = _pool_grid(scene, values, form, part).lines(scene.ink, *spacing)
    cut = cut_text(scene.ranges[:2], part, scene.width)
    lines = [title, *grid, *([[(cut, scene.ink.soft)]] if cut else [])]
    return [*lines, *([[]] if len(lines) + len(footer) < scene.height else []), *footer]


def _width(form: Format, cols: int, spacing: tuple[int, int, int]) -> int:
    before, after, trail = spacing
    return cols * (before + form.width + after) + trail


def _with_infinity(form: Format, scene: Scene) -> Format:
    width = max(form.width, 2 + form.tail) if scene.padded is not None else form.width
    return Format(form.decimals, form.exponent, width)


def _part(scene: Scene, values: Array, high: int, wide: int) -> tuple[slice, slice]:
    rows, cols = values.shape
    centre = scene.place or _winner(scene)
    if centre:
        top, left = min(max(centre[0] - high // 2, 0), rows - high), min(max(centre[1] - wide // 2, 0), cols - wide)
    else:
        top, left = heaviest(strength(np.where(np.isfinite(values), values, 0)), high, wide)
    return slice(top, top + high), slice(left, left + wide)


def _winner(scene: Scene) -> tuple[int, int] | None:
    argmax = scene.step.argmax
    if argmax is None:
        return None
    rows, cols, _ = scene.ranges
    return rows.index(argmax[1]), cols.index(argmax[2])


def _ties(scene: Scene) -> list[tuple[int, int]]:
    """Return the places that are as large as the winner, itself left out."""
    winner, values = _winner(scene), scene.slice[..., 0]
    if winner is None:
        return []
    equal = values == values[winner]
    if scene.padded is not None:
        equal &= ~scene.padded
    equal[winner] = False
    return [(row, col) for row, col in np.argwhere(equal).tolist()]


def _pool_grid(scene: Scene, values: Array, form: Format, part: tuple[slice, slice]) -> Grid:
    rows, cols = values.shape
    largest_wins = scene.kind == "max_pool"
    marks = {}
    order = None
    if scene.tap is not None:
        order = (np.arange(rows * cols).reshape(rows, cols) - scene.tap)[part]
    elif largest_wins:
        top, left = part[0].start, part[1].start
        marks = {(row - top, col - left): TIE for row, col in _ties(scene)}
        if winner := _winner(scene):
            marks[winner[0] - top, winner[1] - left] = HERE
    padded = None if scene.padded is None else scene.padded[part]
    padding = "−∞" if largest_wins else ""
    return Grid(values[part], form, scene.colouring(0), scene.scale, padded, padding, order, marks=marks)


def _largest(scene: Scene, form: Format) -> list[Line]:
    ink, step = scene.ink, scene.step
    pieces: list[Line] = [[(f"{HERE} ", ink.amber), ("largest ", ink.soft), (form.alone(step.value), ink.cyan)]]
    if step.argmax:
        pieces.append([(f"row {step.argmax[1]}, column {step.argmax[2]}", ink.soft)])
    if ties := len(_ties(scene)):
        pieces.append(
            [
                (f"{TIE} ", ink.amber),
                (fitting_text(scene.width - 2, f"{ties} as large: the first wins", f"{ties} as large"), ink.soft),
            ]
        )
    return flow(pieces, scene.width, ink, gap=2)


def _mean(scene: Scene, form: Format) -> list[Line]:
    ink, step = scene.ink, scene.step
    total = scene.slice.sum(dtype=np.float64)
    like = Format(max(form.decimals, 0), 0, 0)
    equation: Line = [
        ("Σ ", ink.soft),
        (like.alone(total), ink.plain),
        (" ÷ ", ink.soft),
        (f"{step.count:,}", ink.plain),
        (" = ", ink.soft),
        (Format(2, 0, 0).alone(step.value), ink.cyan),
    ]
    pieces = [equation]
    if left_out := scene.slice.size - step.count:
        text = fitting_text(
            scene.width, f"{left_out} of {scene.slice.size} are padding and don't count", "padding not counted"
        )
        pieces.append([(text, ink.soft)])
    return flow(pieces, scene.width, ink)


def _pool_tap(scene: Scene, form: Format) -> list[Line]:
    assert scene.tap is not None
    assert scene.place is not None
    total = scene.operation.running(scene.step.index)[scene.tap]
    outside = scene.padded is not None and bool(scene.padded[scene.place[:2]])
    before = "padding" if outside else form.alone(scene.slice[scene.place])
    so_far = "largest so far" if scene.kind == "max_pool" else "sum so far"
    return flow(tap_pieces(scene, before, "", so_far, form.alone(total)), scene.width, scene.ink)


# Value by value


def relu(scene: Scene) -> list[Line]:
    """Return the lines of a relu: before and after, and the other channels of the same place."""
    ink, step = scene.ink, scene.step
    i, h, w, c = step.index
    before, after = scene.operation.A_prev[i, h, w], step.values.reshape(scene.operation.geometry.shape)[i, h, w]
    form = fitting(extent(before), scene.arriving)
    value = float(before[c])
    word = "below 0: 0 comes out" if value < 0 else "not below 0: it stays" if value >= 0 else "not a number"
    head: list[Line] = [
        [
            ("max(0, ", ink.soft),
            (form.alone(value), ink.amber),
            (") = ", ink.soft),
            (form.alone(after[c]), ink.cyan),
        ],
        [(fitting_text(scene.width, word), ink.soft)],
        [],
    ]
    places = around(c, scene.height - len(head) - 1, len(before))
    title = fitting_text(scene.width, f"before → after at h {h}, w {w} {form.factor}".rstrip(), "before → after")
    rows = []
    for k in places:
        result = form.text(after[k]) if k <= c else form.symbol("·")
        cells = [
            (_channel(scene, k), ink.amber if k == c else ink.soft),
            (form.text(before[k]), ink.sign(float(before[k]))),
            ("→", ink.soft),
            (result, ink.cyan if k == c else ink.plain if k < c else ink.quiet),
        ]
        part = float(after[k]) / (scene.scale or 1.0)
        rows.append((k == c, cells, (part, ink.cyan if k == c else ink.positive) if k <= c and part > 0 else None))
    return [*head, [(title, ink.bold)], *table(rows, scene)]


def _channel(scene: Scene, k: int) -> str:
    return f"channel {k}" if scene.width >= 32 else f"c {k}"


def flatten(scene: Scene) -> list[Line]:
    """Return the lines of a flatten: where its value goes, and its neighbours."""
    ink, step = scene.ink, scene.step
    i, n = step.index[0], step.index[3]
    _, n_H, n_W, n_C = scene.operation.A_prev.shape
    flat = scene.operation.A_prev[i].reshape(-1)
    form = fitting(scene.arriving | extent(flat[n : n + 1]), scene.arriving)
    h, w, c = position(n, (n_H, n_W, n_C))
    sum_ = f"({h}·{n_W} + {w})·{n_C} + {c} = {n:,}"
    title = "[h, w, c] → place"
    foot: list[Line] = [
        [(fitting_text(scene.width, "(h·n_W + w)·n_C + c"), ink.soft)],
        [(fitting_text(scene.width, f"{sum_}", f"place {n:,}"), ink.plain)],
    ]
    spaced = scene.height >= 10
    places = around(n, max(1, scene.height - 1 - len(foot) - spaced), len(flat))
    rows = []
    for k in places:
        a, b, d = position(k, (n_H, n_W, n_C))
        here = k == n
        cells = [
            (f"[{a}, {b}, {d}]", ink.amber if here else ink.soft),
            (form.text(flat[k]), ink.title if here else ink.plain if k < n else ink.quiet),
            ("→" if k <= n else "·", ink.soft),
            (f"{k:,}", ink.cyan if here else ink.plain if k < n else ink.quiet),
        ]
        rows.append((here, cells, None))
    return [[(f"{title} {form.factor}", ink.bold)], *table(rows, scene), *([[]] if spaced else []), *foot]


def softmax(scene: Scene) -> list[Line]:
    """Return the lines of a softmax: all outputs as bars."""
    ink, step = scene.ink, scene.step
    i, h, w, c = step.index
    before = scene.slice.ravel()
    after = step.values.reshape(scene.operation.geometry.shape)[i, h, w]
    source, result = fitting(extent(before), scene.arriving), fitting(Extent(1.0, whole=False))
    tap = scene.tap
    foot: list[Line] = []
    if tap is not None:
        total = scene.operation.running(step.index)[tap]
        text = f"exp({source.alone(before[tap])} − {source.alone(before.max())})"
        foot = flow(tap_pieces(scene, text, "", "sum so far", result.alone(total)), scene.width, ink)
    current = c if tap is None else tap
    spaced = bool(foot) and scene.height >= 10
    places = around(current, max(1, scene.height - 1 - len(foot) - spaced), len(after))
    rows = []
    for k in places:
        known = k <= c
        cells = [
            (str(k).rjust(len(str(len(after) - 1))), ink.amber if k == current else ink.soft),
            (source.text(before[k]), ink.sign(float(before[k]))),
            ("→", ink.soft),
            (
                result.text(after[k]) if known else result.symbol("·"),
                ink.cyan if k == c else ink.plain if known else ink.quiet,
            ),
        ]
        rows.append((k == current, cells, (float(after[k]), ink.cyan if k == c else ink.soft) if known else None))
    title = fitting_text(scene.width, f"x{source.factor} → exp(x) ÷ Σ exp", "x → softmax")
    return [[(title, ink.bold)], *table(rows, scene), *([[]] if spaced else []), *foot]


FACES: dict[str, Callable[[Scene], list[Line]]] = {
    "conv": convolution,
    "conv1d": convolution,
    "max_pool": pool,
    "avg_pool": pool,
    "global_avg_pool": pool,
    "relu": relu,
    "flatten": flatten,
    "dense": dense,
    "softmax": softmax,
}
