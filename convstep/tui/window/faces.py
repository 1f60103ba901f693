"""The faces of all kinds of layer: how the window panel lays out a step."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from rich.style import Style

from convstep.figures import Extent, extent, fitting, minus
from convstep.layers import Face, place_in
from convstep.tui.lines.text import centred_range
from convstep.tui.window.equation import conv_lines
from convstep.tui.window.grid import DOT, Line, fitting_text, flow, length, wrap
from convstep.tui.window.lists import (
    Contributions,
    Row,
    channel_contributions,
    output_channels,
    padded_cell,
    table,
    table_width,
    tap_count,
    tap_lines,
)
from convstep.tui.window.plot import curve
from convstep.tui.window.pool import pool_lines
from convstep.tui.window.view import WindowView, position

PLOT = 5
"""The least height of a curve."""
TALL_PLOT = 12
"""The greatest height of a curve."""


def face(view: WindowView) -> list[Line]:
    """Return the lines of a step in its layer's face, including the panel's title."""
    if not view.slice.size:
        return [view.title(), *empty(view)]
    return FACES[view.scene.layer.face(view.step)](view)


def below_title(draw: Callable[[WindowView], list[Line]]) -> Callable[[WindowView], list[Line]]:
    """Return a function that puts the panel's title above a face."""
    return lambda view: [view.title(), *draw(view)]


def contributions(view: WindowView) -> list[Line]:
    """Return the products as a list; those of a flattened input are named by their place in the map."""
    if len(view.scene.arriving) > 1:
        return channel_contributions(view)
    source = view.scene.arrivals[0].origin[0]
    source = "the input" if source == "input" else source
    return Contributions(view, (view.source_words, view.source_brackets), source).lines()


# Value by value


def before_after(view: WindowView) -> list[Line]:
    """Return the lines of an elementwise layer: its arithmetic, the neighbouring channels, and its curve."""
    styles, step = view.styles, view.step
    i, h, w, c = step.index
    before, after = view.operation.A_prev[i, h, w], step.values.reshape(view.operation.geometry.shape)[i, h, w]
    decimals = view.scene.most_decimals
    form = fitting(extent(before), view.input_extent, decimals)
    result_form = fitting(extent(after), view.output_extent, decimals)
    arithmetic = _arithmetic(view)
    if length(arithmetic) > view.width:
        arithmetic = [
            (view.number(before[c]), styles.amber),
            (" → ", styles.soft),
            (view.number(after[c]), styles.cyan),
        ]
    head = _head(view, [arithmetic])
    room = view.height - len(head) - 1
    drawn = room - min(len(before), room // 2) - 2
    plot = _curve(view, min(drawn, TALL_PLOT)) if drawn >= PLOT else []
    rows = []
    for k in centred_range(c, max(1, room - (len(plot) + 1 if plot else 0)), len(before)):
        result = result_form.text(after[k]) if k <= c else result_form.symbol(DOT)
        cells = [
            (view.place_name(k), styles.amber if k == c else styles.soft),
            padded_cell(form.text(before[k]), view.tinted_style(before[k], view.scale_of(0, k))),
            ("→", styles.soft),
            padded_cell(result, view.tinted_style(after[k], view.out_scale) if k <= c else styles.muted),
        ]
        part = abs(float(after[k])) / (view.output_extent.largest or 1.0)
        rows.append(
            Row(k == c, cells, (part, styles.cyan if k == c else styles.sign(float(after[k]))) if k <= c else None)
        )
    factors = " → ".join(each.factor or "1" for each in (form, result_form))
    factors = f" {factors}" if factors != "1 → 1" else ""
    title = fitting_text(
        view.width, f"before → after{_place(view)}{factors}", f"before → after{factors}", "before → after"
    )
    return [*head, [(title, styles.bold)], *table(rows, view), *([[], *plot] if plot else [])]


def _place(view: WindowView) -> str:
    """Return the neuron's place for a list's heading: at h 3, w 4; at 3 along a length; "" in a vector."""
    _, h, w, _ = view.step.index
    return {3: f" at h {h}, w {w}", 2: f" at {h}"}.get(len(view.scene.leaving), "")


def _curve(view: WindowView, height: int) -> list[Line]:
    """Return a scatter plot of the layer's function: the values of the neuron's channel, or of a whole vector."""
    styles, (i, h, w, c), shape = view.styles, view.step.index, view.operation.geometry.shape
    before, after = view.operation.A_prev[i], view.step.values.reshape(shape)[i]
    here = float(before[h, w, c]), float(after[h, w, c])
    if shape[1] * shape[2] > 1:
        before, after = before[..., c], after[..., c]
        if (known := view.step.known_output) is not None:
            done = known.of_map(i, c)
            before, after = before[done], after[done]
    dots = curve(before, after, here, (view.width, height - 1), styles)
    name = f"channel {c}: " if shape[1] * shape[2] > 1 else ""
    said = fitting_text(view.width - 2, f"{name}before across, after upwards", "before across, after upwards", "")
    return [[("● ", styles.amber), (said, styles.soft)], *dots] if dots else []


def _arithmetic(view: WindowView) -> Line:
    """Return the step's sum with its value, without the neuron's name."""
    styles, scene = view.styles, view.scene
    role_styles = {"positive": styles.amber, "negative": styles.amber, "plain": styles.amber, "output": styles.cyan}
    parts = [part for part in scene.layer.sum(scene) if part.role != "output"]
    return [*((part.text, role_styles.get(part.role, styles.soft)) for part in parts), (scene.value, styles.cyan)]


def _head(view: WindowView, sum_: list[Line]) -> list[Line]:
    """Return the lines of a sum, and the layer's brief if a title and a row still fit below."""
    room = max(1, view.height - 3)
    brief = wrap(view.scene.layer.brief(view.scene), view.width, view.styles.soft)
    return [*sum_[:room], *(brief if len(sum_) + len(brief) <= room else []), []]


def parts(view: WindowView) -> list[Line]:
    """Return the values of all inputs at one place, the result, and the other channels there."""
    styles, scene, tap = view.styles, view.scene, view.tap
    values, value = view.slice.ravel(), view.step.value if tap is None else scene.tap(tap).total
    form = fitting(extent(np.append(values, value)), view.input_extent | view.output_extent, scene.most_decimals)
    rows = []
    for k, (arrival, part) in enumerate(zip(scene.arrivals, values.tolist(), strict=True)):
        here, known = k == tap, tap is None or k <= tap
        name = (f"{k + 1} {arrival.name}", styles.amber if here else styles.soft)
        bar = (abs(part) / (view.input_extent.largest or 1.0), styles.sign(part))
        look = view.tinted_style(part, view.scale_of(k, scene.channels[0])) if known else styles.muted
        rows.append(Row(here, [name, padded_cell(form.text(part), look)], bar if known else None))
    result = scene.layer.brief(scene) + ("" if tap is None else " so far")
    share = abs(float(value)) / (view.input_extent.largest or 1.0)
    rows.append(Row(False, [(result, styles.soft), padded_cell(form.text(value), styles.cyan)], (share, styles.cyan)))
    title = fitting_text(view.width, f"{scene.layer.kind} {form.factor}".rstrip())
    foot = [] if tap is None else [[], tap_count(view)]
    lines = [[(title, styles.bold)], *table(rows, view), *foot]
    here_ = output_channels(view, view.height - len(lines) - 1)
    return [*lines, *([[], *here_] if here_ else [])]


def moved(view: WindowView) -> list[Line]:
    """Return where a value is copied from, and the same for the other channels at its place."""
    styles, scene = view.styles, view.scene
    i, h, w, c = view.step.index
    values = view.step.values.reshape(view.operation.geometry.shape)[i, h, w]
    form = fitting(extent(values), view.output_extent, scene.most_decimals)
    head = _head(view, flow([_arithmetic(view)], view.width, styles))
    rows = []
    for k in centred_range(c, max(1, view.height - len(head) - 1), len(values)):
        operation, index = view.operation, (i, h, w, k)
        row, col, channel = (axis[0] for axis in operation.window(index))
        arrival = scene.arrivals[operation.input_of(index)]
        place = place_in(arrival.shape, (row, col, channel))
        known, value = k <= c, float(values[k])
        name = arrival.name if len(scene.arrivals) > 1 else ""
        cells = [
            (f"{name}[{','.join(map(minus, place))}]", styles.amber if k == c else styles.soft),
            padded_cell(form.text(value), view.tinted_style(value, view.out_scale))
            if known
            else padded_cell(form.symbol(DOT), styles.muted),
            ("→", styles.soft),
            (view.place_name(k), styles.cyan if k == c else styles.soft),
        ]
        share = abs(value) / (view.output_extent.largest or 1.0)
        rows.append(Row(k == c, cells, (share, styles.cyan if k == c else styles.sign(value)) if known else None))
    if table_width(rows) > view.width:
        rows = [row._replace(cells=[*row.cells[:-1], _bare_number(row.cells[-1])]) for row in rows]
    factor = f" {form.factor}".rstrip()
    title = fitting_text(view.width, f"from → to{_place(view)}{factor}", f"from → to{factor}", "from → to")
    return [*head, [(title, styles.bold)], *table(rows, view, least=1)]


def _bare_number(cell: tuple[str, Style]) -> tuple[str, Style]:
    """Return a cell with the number of a channel alone."""
    name, style = cell
    return name.rpartition(" ")[2], style


def empty(view: WindowView) -> list[Line]:
    """Return the caption of an empty window, and the other channels at its place."""
    said = wrap(view.scene.layer.caption(view.scene), view.width, view.styles.plain)
    here = output_channels(view, view.height - len(said) - 1)
    return [*said, *([[], *here] if here else [])]


def flatten(view: WindowView) -> list[Line]:
    """Return the lines of a flatten: the new index of its value and of its neighbours."""
    styles, step = view.styles, view.step
    i, n = step.index[0], step.index[3]
    _, n_H, n_W, n_C = view.operation.A_prev.shape
    flat = view.operation.A_prev[i].reshape(-1)
    form = fitting(view.input_extent | extent(flat[n : n + 1]), view.input_extent, view.scene.most_decimals)
    h, w, c = position(n, (n_H, n_W, n_C))
    along_length = view.scene.along_length
    rule, sum_ = "(h·n_W + w)·n_C + c", f"({h}·{n_W} + {w})·{n_C} + {c} = {n}"
    title = "[h, w, c] → place"
    if along_length:
        rule, sum_, title = "h·n_C + c", f"{h}·{n_C} + {c} = {n}", "[h, c] → place"
    foot: list[Line] = [
        [(fitting_text(view.width, rule), styles.soft)],
        [(fitting_text(view.width, sum_, f"place {n}"), styles.plain)],
    ]
    spaced = view.height >= 10
    places = centred_range(n, max(1, view.height - 1 - len(foot) - spaced), len(flat))
    most = view.input_extent.largest or 1.0
    rows = []
    for k in places:
        a, b, d = position(k, (n_H, n_W, n_C))
        place = (a, d) if along_length else (a, b, d)
        here, value = k == n, float(flat[k])
        cells = [
            (f"[{', '.join(map(str, place))}]", styles.amber if here else styles.soft),
            padded_cell(form.text(value), view.tinted_style(value, view.scale_of(0, d))),
            ("→" if k <= n else DOT, styles.soft),
            (
                str(k).rjust(len(str(len(flat) - 1))),
                styles.cyan if here else styles.plain if k < n else styles.muted,
            ),
        ]
        bar = (abs(value) / most, styles.cyan if here else styles.sign(value)) if k <= n else None
        rows.append(Row(here, cells, bar))
    lines = table(rows, view, least=1)
    return [[(f"{title} {form.factor}".rstrip(), styles.bold)], *lines, *([[]] if spaced else []), *foot]


def softmax(view: WindowView) -> list[Line]:
    """Return the lines of a softmax: all outputs as bars."""
    styles, step = view.styles, view.step
    i, h, w, c = step.index
    before = view.slice.ravel()
    after = step.values.reshape(view.operation.geometry.shape)[i, h, w]
    decimals, tap = view.scene.most_decimals, view.tap
    source = fitting(extent(before), view.input_extent, decimals)
    result = fitting(Extent(1.0, whole=False), None, decimals)
    foot: list[Line] = []
    if tap is not None:
        text = f"exp({view.number(before[tap])} − {view.number(before.max())})"
        foot = tap_lines(view, [(text, styles.plain)], "sum so far")
    current = c if tap is None else tap
    spaced = bool(foot) and view.height >= 10
    places = centred_range(current, max(1, view.height - 1 - len(foot) - spaced), len(after))
    rows = []
    for k in places:
        known = k <= c
        cells = [
            (str(k).rjust(len(str(len(after) - 1))), styles.amber if k == current else styles.soft),
            padded_cell(source.text(before[k]), view.tinted_style(before[k], view.scale_of(0, k))),
            ("→", styles.soft),
            padded_cell(result.text(after[k]), view.tinted_style(after[k], view.out_scale))
            if known
            else padded_cell(result.symbol(DOT), styles.muted),
        ]
        bar = (float(after[k]), styles.cyan if k == c else styles.positive) if known else None
        rows.append(Row(k == current, cells, bar))
    title = fitting_text(view.width, f"x{source.factor} → exp(x) ÷ Σ exp", "x → softmax")
    lines = table(rows, view)
    if 2 * len(lines) + len(foot) + spaced <= view.height:
        lines = [part for line in lines for part in (line, [])]
    return [[(title, styles.bold)], *lines, *([[]] if spaced else []), *foot]


FACES: dict[Face, Callable[[WindowView], list[Line]]] = {
    "equation": conv_lines,
    "contributions": below_title(contributions),
    "winner": below_title(pool_lines),
    "mean": below_title(pool_lines),
    "before_after": below_title(before_after),
    "parts": below_title(parts),
    "moved": below_title(moved),
    "row": below_title(flatten),
    "bars": below_title(softmax),
}
