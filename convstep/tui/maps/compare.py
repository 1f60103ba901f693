"""Compares a layer's feature map before and after a change of the net, by receptive field."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from convstep.debugger import Frame
from convstep.engine.geometry import Pair
from convstep.engine.steps import Array
from convstep.figures import minus
from convstep.layers import Reach
from convstep.network import INPUT, Network
from convstep.tui.lines.canvas import Mask
from convstep.tui.maps.of_frame import is_flat

ROUNDING = 8
"""Sums of the same terms may differ by so many units in the last place."""
SINGLE_PIXEL = Reach(Fraction(0), Fraction(0), Fraction(1))


@dataclass(frozen=True, eq=False)
class Comparison:
    """How a feature map has changed. Neurons with the same receptive field in the net's input are matched.

    Attributes:
        differs: `(n_H, n_W)`, which neurons of the new map have no match, or another value than it.
        same: How many have the same value as their match.
        changed: How many have another value than their match.
        new: How many have no match.
        gone: How many neurons of the old map have no match.
        shift: By how many rows and columns the matches are shifted; None if the stride has changed.
        length: Whether the map is one-dimensional.
    """

    differs: Mask
    same: int
    changed: int
    new: int
    gone: int
    shift: Pair | None
    length: bool = False

    @property
    def words(self) -> str:
        """A summary: 3,721 of 4,096 as before, shifted by (1, 1); 375 at the border are new."""
        where = "at the border" if self.shift is not None else "between them"
        if not self.same:
            return f"all {self.differs.size:,} values of this map are new"
        count = f"{self.same:,} of {self.differs.size:,}" if self.same < self.differs.size else f"all {self.same:,}"
        said = [f"{count} as before{self._moved}"]
        said += [f"{self.new:,} {where} {_are(self.new)} new"] if self.new else []
        said += [f"{self.changed:,} {'has' if self.changed == 1 else 'have'} another value"] if self.changed else []
        said += [f"{self.gone:,} {where} {_are(self.gone)} gone"] if self.gone else []
        return "; ".join(said)

    @property
    def _moved(self) -> str:
        if self.shift is None or not any(self.shift):
            return ""
        places = self.shift[:1] if self.length else self.shift
        text = ", ".join(map(minus, places))
        return f", shifted by {text if self.length else f'({text})'}"


def _are(count: int) -> str:
    return "is" if count == 1 else "are"


def compare(before: Frame, after: Frame) -> Comparison | None:
    """Compare the current feature map in two frames; None if either has none, or the layer is another."""
    if before.step is None or after.step is None or before.layer != after.layer:
        return None
    old = before.step.values.reshape(before.step.operation.geometry.shape)
    new = after.step.values.reshape(after.step.operation.geometry.shape)
    i, _, _, c = after.index
    was, now = _receptive_field(before.network, before.layer), _receptive_field(after.network, after.layer)
    if is_flat(new.shape) or i >= len(old) or c >= old.shape[3] or was is None or now is None:
        return None
    rows, old_rows = _matching(was[0], now[0], old.shape[1], new.shape[1])
    cols, old_cols = _matching(was[1], now[1], old.shape[2], new.shape[2])
    found = np.ix_(rows, cols)
    equal = _nearly_equal(new[i, :, :, c][found], old[i, :, :, c][np.ix_(old_rows, old_cols)])
    differs = np.ones(new.shape[1:3], np.bool_)
    differs[found] = ~equal
    shift = None
    if all(one.jump == other.jump for one, other in zip(was, now, strict=True)) and equal.size:
        shift = int(rows[0] - old_rows[0]), int(cols[0] - old_cols[0])
    return Comparison(
        differs,
        same=int(equal.sum()),
        changed=int(equal.size - equal.sum()),
        new=differs.size - equal.size,
        gone=old[i, :, :, c].size - equal.size,
        shift=shift,
        length=len(after.shape or ()) == 2,
    )


def _nearly_equal(one: Array, other: Array) -> Mask:
    """Return where values are equal but for rounding, which depends on how a layer is split for computing."""
    eps, finite = float(np.finfo(one.dtype).eps), one[np.isfinite(one)]
    size = float(np.abs(finite).max()) if finite.size else 0.0
    with np.errstate(all="ignore"):
        return np.isclose(one, other, rtol=ROUNDING * eps, atol=ROUNDING * eps * size, equal_nan=True)


def _matching(old: Reach, new: Reach, old_size: int, new_size: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the new positions along one axis that have a match, and the old positions that they match."""
    pairs = [(at, (new.first + at * new.jump - old.first) / old.jump) for at in range(new_size)]
    if old.span != new.span:
        pairs = []
    matching = [(at, int(was)) for at, was in pairs if was.denominator == 1 and 0 <= was < old_size]
    one, other = np.array(matching, np.intp).reshape(-1, 2).T
    return one, other


def _receptive_field(network: Network, name: str) -> tuple[Reach, Reach] | None:
    """Return the receptive field in the net's input along rows and columns; None if it is the whole input.

    Layers with several inputs are followed through their first.
    """
    if name == INPUT:
        return SINGLE_PIXEL, SINGLE_PIXEL
    stage = network.stage(name)
    own, before = stage.layer.reach(stage.input or ()), _receptive_field(network, stage.sources[0])
    if own is None or before is None:
        return None
    rows, cols = (_composed(first, then) for first, then in zip(before, own, strict=True))
    return rows, cols


def _composed(before: Reach, own: Reach) -> Reach:
    """Return the reach of two successive layers."""
    return Reach(before.first + before.jump * own.first, before.span + before.jump * own.span, before.jump * own.jump)
