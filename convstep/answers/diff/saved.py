"""Compares outputs that were saved with others."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from convstep.answers.diff.matching import Pairs, unmatched_layers
from convstep.answers.diff.results import Comparison, Difference, Seen
from convstep.answers.diff.rounding import exceeds, share
from convstep.answers.diff.sides import Saved, Side
from convstep.engine.steps import Array
from convstep.layers import Shape


class SavedValues:
    """Two sides of which only values are known: they are compared as they are."""

    def __init__(self, a: Side, b: Side, pairs: Pairs) -> None:
        assert isinstance(a, Saved)
        assert isinstance(b, Saved)
        self.a, self.b, self.pairs = a, b, pairs
        self._map: tuple[Shape, int, int] | None = None
        dtypes = [array.dtype for side in (a, b) for array in side.arrays.values()]
        self.dtype: np.dtype[Any] = max(dtypes, key=lambda each: float(np.finfo(each).eps))

    def _turned(self, theirs: Array, shape: Shape) -> Array:
        """Return an output of the other side with its channels where ours are."""
        for start, end in ((1, -1), (-1, 1)):
            if theirs.shape != shape and theirs.ndim > 2 and np.moveaxis(theirs, start, end).shape == shape:
                self._map = theirs.shape, start, end
                return np.moveaxis(theirs, start, end)
        if self._map and theirs.ndim == 2 and prod(self._map[0]) == theirs.size:  # that map, flattened
            before, start, end = self._map
            return np.moveaxis(theirs.reshape(before), start, end).reshape(shape)
        return theirs.reshape(shape)

    def comparison(self) -> Comparison:
        """Return the comparison."""
        first: Difference | None = None
        dtype = self.dtype
        for one, other in self.pairs.items():
            Z, theirs = self.a.arrays[one], self.b.arrays[other]
            shape = Z.shape[1:] or Z.shape
            theirs = self._turned(theirs, Z.shape)
            largest = float(np.abs(Z[np.isfinite(Z)]).max(initial=0.0))
            apart = exceeds(Z, theirs, 1000, dtype, lambda largest=largest: largest)
            if apart.any():
                at = tuple(int(k) for k in np.argwhere(apart)[0])
                values = Seen(self.a.name, one, float(Z[at])), Seen(self.b.name, other, float(theirs[at]))
                i, *place = at if Z.ndim > 1 else (0, *at)
                index = (i, 0, 0, 0)
                size = float(np.abs(Z.astype(np.float64) - theirs)[apart].max())
                first = Difference(
                    (one, other),
                    "",
                    (shape, shape),
                    index,
                    tuple(place),
                    int(apart.sum()),
                    apart.size,
                    size,
                    share(1000, dtype) * largest,
                    1000,
                    values,
                    None,
                    (),
                )
                break
        return Comparison(
            (self.a.name, self.b.name),
            tuple(self.pairs.items()),
            unmatched_layers(self.a, self.b, self.pairs),
            dtype,
            first,
            ("both are saved values: nothing can be computed to say why",),
        )
