"""The faces of the layers that have no filter: pools, relu, flatten, softmax; and of one that can't work."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from convstep.debugger import Frame
from convstep.engine.steps import Array
from convstep.figures import Extent, Format, extent, fitting, minus
from convstep.layers import Face
from convstep.tui.window.equation import conv_lines, cut_text, heaviest
from convstep.tui.window.grid import HERE, TIE, Grid, Line, fitting_text, flow, length, wrap
from convstep.tui.window.ink import Ink
from convstep.tui.window.lists import Contributions, around, strength, table, tap_count, tap_pieces
from convstep.tui.window.plan import SPACINGS
from convstep.tui.window.view import WindowView, position


def face(view: WindowView) -> list[Line]:
    """Return the lines of a step, with the face that its layer has."""
    return FACES[view.scene.layer.face(view.step)](view) if view.slice.size else empty(view)


def fault_lines(frame: Frame, ink: Ink, width: int) -> list[Line]:
    """Return why a layer can't work."""
    fault = frame.fault
    if fault is None:
        return []
    lines: list[Line] = [[(fitting_text(width, f"{frame.layer} can't work now", "can't work now"), ink.title)], []]
    lines += wrap(fault.what, width, ink.plain)
    return [*lines, [], *wrap(fault.hint, width, ink.soft)] if fault.hint else lines


def contributions(view: WindowView) -> list[Line]:
    """Return the products one below the other: of a row folded back to the map that it came from."""
    if len(view.scene.arriving) > 1:
        return Contributions(view, (view.channel_name, lambda k: view.channel_name(k, short=True))).lines()
    bare = len(view.source)
    return Contributions(view, (view.source_name, lambda place: view.source_name(place)[bare:])).lines()


# Pools


def pool(view: WindowView) -> list[Line]:
    """Return the lines of a pool: its window, and what is made of it."""
    values = view.slice[..., 0]
    form = fitting(extent(values if view.padded is None else values[~view.padded]), view.arriving)
    if _wins(view):
        form = _with_infinity(form, view)
    footer = _largest(view, form) if _wins(view) else _mean(view, form)
    if view.tap is not None:
        footer = _pool_tap(view, form)
    rows, cols = values.shape
    name = view.channel_name(0)
    title: Line = [("window", view.ink.title), (fitting_text(view.width - 8, f"  {name}"), view.ink.soft)]
    if form.factor:
        title.append((f" {form.factor}", view.ink.soft))
    spacing = next((spacing for spacing in SPACINGS if _width(form, cols, spacing) <= view.width), SPACINGS[-1])
    high = min(rows, max(1, view.height - 1 - len(footer)))
    wide = cols if _width(form, cols, spacing) <= view.width else max(1, view.width // _width(form, 1, spacing))
    if high < rows or wide < cols:
        high = min(rows, max(1, view.height - 2 - len(footer)))
    part = _part(view, values, high, wide)
    grid = _pool_grid(view, values, form, part).lines(view.ink, *spacing)
    cut = cut_text(view.ranges[:2], part, view.width)
    lines = [title, *grid, *([[(cut, view.ink.soft)]] if cut else [])]
    return [*lines, *([[]] if len(lines) + len(footer) < view.height else []), *footer]


def _wins(view: WindowView) -> bool:
    return view.scene.layer.face(view.step) == "winner"


def _width(form: Format, cols: int, spacing: tuple[int, int, int]) -> int:
    before, after, trail = spacing
    return cols * (before + form.width + after) + trail


def _with_infinity(form: Format, view: WindowView) -> Format:
    width = max(form.width, 2 + form.tail) if view.padded is not None else form.width
    return Format(form.decimals, form.exponent, width)


def _part(view: WindowView, values: Array, high: int, wide: int) -> tuple[slice, slice]:
    rows, cols = values.shape
    centre = view.place or _winner(view)
    if centre:
        top, left = min(max(centre[0] - high // 2, 0), rows - high), min(max(centre[1] - wide // 2, 0), cols - wide)
    else:
        top, left = heaviest(strength(np.where(np.isfinite(values), values, 0)), high, wide)
    return slice(top, top + high), slice(left, left + wide)


def _winner(view: WindowView) -> tuple[int, int] | None:
    argmax = view.step.argmax
    if argmax is None:
        return None
    rows, cols, _ = view.ranges
    return rows.index(argmax[1]), cols.index(argmax[2])


def _ties(view: WindowView) -> list[tuple[int, int]]:
    """Return the places that are as large as the winner, itself left out."""
    winner, values = _winner(view), view.slice[..., 0]
    if winner is None:
        return []
    equal = values == values[winner]
    if view.padded is not None:
        equal &= ~view.padded
    equal[winner] = False
    return [(row, col) for row, col in np.argwhere(equal).tolist()]


def _pool_grid(view: WindowView, values: Array, form: Format, part: tuple[slice, slice]) -> Grid:
    rows, cols = values.shape
    largest_wins = _wins(view)
    marks = {}
    order = None
    if view.tap is not None:
        order = (np.arange(rows * cols).reshape(rows, cols) - view.tap)[part]
    elif largest_wins:
        top, left = part[0].start, part[1].start
        marks = {(row - top, col - left): TIE for row, col in _ties(view)}
        if winner := _winner(view):
            marks[winner[0] - top, winner[1] - left] = HERE
    padded = None if view.padded is None else view.padded[part]
    padding = "−∞" if largest_wins else ""
    return Grid(values[part], form, view.colouring(0), view.scale, padded, padding, order, marks=marks)


def _largest(view: WindowView, form: Format) -> list[Line]:
    ink, step = view.ink, view.step
    pieces: list[Line] = [[(f"{HERE} ", ink.amber), ("largest ", ink.soft), (form.alone(step.value), ink.cyan)]]
    if step.argmax:
        pieces.append([(f"row {step.argmax[1]}, column {step.argmax[2]}", ink.soft)])
    if ties := len(_ties(view)):
        pieces.append(
            [
                (f"{TIE} ", ink.amber),
                (fitting_text(view.width - 2, f"{ties} as large: the first wins", f"{ties} as large"), ink.soft),
            ]
        )
    return flow(pieces, view.width, ink, gap=2)


def _mean(view: WindowView, form: Format) -> list[Line]:
    ink, step = view.ink, view.step
    total = view.slice.sum(dtype=np.float64)
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
    if left_out := view.slice.size - step.count:
        text = fitting_text(
            view.width, f"{left_out} of {view.slice.size} are padding and don't count", "padding not counted"
        )
        pieces.append([(text, ink.soft)])
    return flow(pieces, view.width, ink)


def _pool_tap(view: WindowView, form: Format) -> list[Line]:
    assert view.tap is not None
    assert view.place is not None
    total = view.operation.running(view.step.index)[view.tap]
    outside = view.padded is not None and bool(view.padded[view.place[:2]])
    before = "padding" if outside else form.alone(view.slice[view.place])
    so_far = "largest so far" if _wins(view) else "sum so far"
    return flow(tap_pieces(view, before, "", so_far, form.alone(total)), view.width, view.ink)


# Value by value


def before_after(view: WindowView) -> list[Line]:
    """Return the lines of a layer that goes value by value, and the other channels of the same place."""
    ink, step = view.ink, view.step
    i, h, w, c = step.index
    before, after = view.operation.A_prev[i, h, w], step.values.reshape(view.operation.geometry.shape)[i, h, w]
    form, result_form = fitting(extent(before), view.arriving), fitting(extent(after), view.leaving)
    arithmetic = _arithmetic(view)
    if length(arithmetic) > view.width:
        arithmetic = [(form.alone(before[c]), ink.amber), (" → ", ink.soft), (result_form.alone(after[c]), ink.cyan)]
    head = _head(view, [arithmetic])
    places = around(c, max(1, view.height - len(head) - 1), len(before))
    title = fitting_text(view.width, f"before → after at h {h}, w {w} {form.factor}".rstrip(), "before → after")
    rows = []
    for k in places:
        result = result_form.text(after[k]) if k <= c else result_form.symbol("·")
        cells = [
            (_channel(view, k), ink.amber if k == c else ink.soft),
            (form.text(before[k]), ink.sign(float(before[k]))),
            ("→", ink.soft),
            (result, ink.cyan if k == c else ink.plain if k < c else ink.quiet),
        ]
        part = float(after[k]) / (view.leaving.largest or 1.0)
        rows.append((k == c, cells, (part, ink.cyan if k == c else ink.positive) if k <= c and part > 0 else None))
    return [*head, [(title, ink.bold)], *table(rows, view)]


def _arithmetic(view: WindowView) -> Line:
    """Return the step's sum, with the value alone as its result."""
    ink, scene = view.ink, view.scene
    styles = {"positive": ink.amber, "negative": ink.amber, "plain": ink.amber, "output": ink.cyan}
    parts = [part for part in scene.layer.sum(scene) if part.role != "output"]
    return [*((part.text, styles.get(part.role, ink.soft)) for part in parts), (scene.value, ink.cyan)]


def _head(view: WindowView, sum_: list[Line]) -> list[Line]:
    """Return the lines of a sum, and what becomes of its value where a title and a row have room below that."""
    room = max(1, view.height - 3)
    brief = wrap(view.scene.layer.brief(view.scene), view.width, view.ink.soft)
    return [*sum_[:room], *(brief if len(sum_) + len(brief) <= room else []), []]


def _channel(view: WindowView, k: int) -> str:
    return f"channel {k}" if view.width >= 32 else f"c {k}"


def parts(view: WindowView) -> list[Line]:
    """Return the values that the inputs have at one place, and what is made of them."""
    ink, scene, tap = view.ink, view.scene, view.tap
    values, value = view.slice.ravel(), view.step.value if tap is None else scene.tap(tap).total
    form = fitting(extent(np.append(values, value)), view.arriving | view.leaving)
    rows = []
    for k, (arrival, part) in enumerate(zip(scene.arrivals, values.tolist(), strict=True)):
        here, known = k == tap, tap is None or k <= tap
        name = (f"{k + 1} {arrival.name}", ink.amber if here else ink.soft)
        bar = (abs(part) / (view.arriving.largest or 1.0), ink.sign(part))
        rows.append((here, [name, (form.text(part), ink.sign(part) if known else ink.quiet)], bar if known else None))
    result = scene.layer.brief(scene) + ("" if tap is None else " so far")
    rows.append((False, [(result, ink.soft), (form.text(value), ink.cyan)], None))
    title = fitting_text(view.width, f"{scene.layer.kind} {form.factor}".rstrip())
    foot = [] if tap is None else [[], tap_count(view)]
    return [[(title, ink.bold)], *table(rows, view), *foot]


def moved(view: WindowView) -> list[Line]:
    """Return where a value comes from, and those of the other channels of the same place."""
    ink, scene = view.ink, view.scene
    i, h, w, c = view.step.index
    values = view.step.values.reshape(view.operation.geometry.shape)[i, h, w]
    form = fitting(extent(values), view.leaving)
    head = _head(view, flow([_arithmetic(view)], view.width, ink))
    rows = []
    for k in around(c, max(1, view.height - len(head) - 1), len(values)):
        operation, index = view.operation, (i, h, w, k)
        row, col, channel = (axis[0] for axis in operation.window(index))
        arrival = scene.arrivals[operation.input_of(index)]
        place = {3: (row, col, channel), 2: (row, channel)}.get(len(arrival.shape), (channel,))
        known = k <= c
        name = arrival.name if len(scene.arrivals) > 1 else ""
        cells = [
            (f"{name}[{','.join(map(minus, place))}]", ink.amber if k == c else ink.soft),
            (form.text(values[k]) if known else form.symbol("·"), ink.plain if known else ink.quiet),
            ("→", ink.soft),
            (_channel(view, k), ink.cyan if k == c else ink.soft),
        ]
        rows.append((k == c, cells, None))
    title = fitting_text(view.width, f"from → to, at h {h}, w {w} {form.factor}".rstrip(), "from → to")
    return [*head, [(title, ink.bold)], *table(rows, view)]


def empty(view: WindowView) -> list[Line]:
    """Return what there is to say of a window that looks at nothing."""
    return wrap(view.scene.layer.caption(view.scene), view.width, view.ink.plain)


def flatten(view: WindowView) -> list[Line]:
    """Return the lines of a flatten: where its value goes, and its neighbours."""
    ink, step = view.ink, view.step
    i, n = step.index[0], step.index[3]
    _, n_H, n_W, n_C = view.operation.A_prev.shape
    flat = view.operation.A_prev[i].reshape(-1)
    form = fitting(view.arriving | extent(flat[n : n + 1]), view.arriving)
    h, w, c = position(n, (n_H, n_W, n_C))
    sum_ = f"({h}·{n_W} + {w})·{n_C} + {c} = {n:,}"
    title = "[h, w, c] → place"
    foot: list[Line] = [
        [(fitting_text(view.width, "(h·n_W + w)·n_C + c"), ink.soft)],
        [(fitting_text(view.width, f"{sum_}", f"place {n:,}"), ink.plain)],
    ]
    spaced = view.height >= 10
    places = around(n, max(1, view.height - 1 - len(foot) - spaced), len(flat))
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
    return [[(f"{title} {form.factor}", ink.bold)], *table(rows, view), *([[]] if spaced else []), *foot]


def softmax(view: WindowView) -> list[Line]:
    """Return the lines of a softmax: all outputs as bars."""
    ink, step = view.ink, view.step
    i, h, w, c = step.index
    before = view.slice.ravel()
    after = step.values.reshape(view.operation.geometry.shape)[i, h, w]
    source, result = fitting(extent(before), view.arriving), fitting(Extent(1.0, whole=False))
    tap = view.tap
    foot: list[Line] = []
    if tap is not None:
        total = view.operation.running(step.index)[tap]
        text = f"exp({source.alone(before[tap])} − {source.alone(before.max())})"
        foot = flow(tap_pieces(view, text, "", "sum so far", result.alone(total)), view.width, ink)
    current = c if tap is None else tap
    spaced = bool(foot) and view.height >= 10
    places = around(current, max(1, view.height - 1 - len(foot) - spaced), len(after))
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
    title = fitting_text(view.width, f"x{source.factor} → exp(x) ÷ Σ exp", "x → softmax")
    return [[(title, ink.bold)], *table(rows, view), *([[]] if spaced else []), *foot]


FACES: dict[Face, Callable[[WindowView], list[Line]]] = {
    "equation": conv_lines,
    "contributions": contributions,
    "winner": pool,
    "mean": pool,
    "before_after": before_after,
    "parts": parts,
    "moved": moved,
    "row": flatten,
    "bars": softmax,
}
