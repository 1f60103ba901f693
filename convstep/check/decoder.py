"""Which windows a learner's convolution really reads, from one call and without a bank.

With one filter for every tap (the identity), no bias, and an input that holds the numbers of its places, the output at
`(i, h, w)` is the window itself: output channel `(p, q, k)` holds the number of the place that this tap read, and 0 is
padding.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from convstep.check.problems import Array, Pair, Problem

Origin = tuple[int, int, int]
"""The example, and the row and the column of the input, at which a window starts."""


@dataclass(frozen=True)
class Windows:
    """The windows that a function reads.

    Attributes:
        sizes: How many there are, in rows and in columns.
        origins: By `(i, h, w)` where each starts, in the input's own coordinates; windows that are no block of the
            input, or read padding alone, are not there.
        starts: What is wrong with where they start, in sentences without a full stop; none if nothing is.
        others: What else is wrong with them.
    """

    sizes: Pair
    origins: Mapping[tuple[int, int, int], Origin] = field(default_factory=dict)
    starts: tuple[str, ...] = ()
    others: tuple[str, ...] = ()

    @property
    def says(self) -> tuple[str, ...]:
        """All that is wrong with them."""
        return (*self.starts, *self.others)


def decode(problem: Problem, Z: Array) -> Windows | None:
    """Return the windows that a function reads, from its output for the probe `places`, channels last.

    Returns:
        The windows; None if the output holds no numbers of places: something else than windows is summed up.
    """
    m, _, _, n_C_prev = problem.A.shape
    taps = problem.f[0] * problem.f[1] * n_C_prev
    if Z.ndim != 4 or Z.shape[3] != taps or Z.shape[0] != m or not np.isfinite(Z).all():
        return None
    numbers = np.rint(Z).astype(int)
    low, high = numbers.min(initial=0), numbers.max(initial=0)
    if np.abs(Z - numbers).max(initial=0) > 1e-3 or low < 0 or high > problem.A.size:
        return None
    read = numbers.reshape(*Z.shape[:3], *problem.f, n_C_prev)
    origins: dict[tuple[int, int, int], Origin] = {}
    torn = empty = 0
    for place in np.ndindex(*Z.shape[:3]):
        i, h, w = place
        found = _origins(read[i, h, w], problem.A.shape)
        if len(found) == 1:
            origins[i, h, w] = next(iter(found))
        elif found:
            torn += 1
        else:
            empty += 1
    sizes = (Z.shape[1], Z.shape[2])
    return Windows(
        sizes, origins, tuple(_wrong_starts(problem, origins)), tuple(_others(problem, sizes, origins, torn, empty))
    )


def _origins(window: Array, shape: tuple[int, ...]) -> set[Origin]:
    """Return where a window starts by each of its taps that read a place: one place if it is a block of the input."""
    found: set[Origin] = set()
    for p, q, k in np.ndindex(*window.shape):
        if window[p, q, k]:
            i, row, col, channel = (int(n) for n in np.unravel_index(int(window[p, q, k]) - 1, shape))
            found.add((i, row - p, col - q) if channel == k else (-1, row - p, col - q))
    return found


def _wrong_starts(problem: Problem, origins: Mapping[tuple[int, int, int], Origin]) -> list[str]:
    rows, cols = _starts(origins, 1), _starts(origins, 2)
    if _depends_on_other(rows) and _depends_on_other(cols):
        return ["rows follow w and columns follow h: they are swapped"]
    return [
        said
        for name, found, axis in (("rows", rows, 0), ("columns", cols, 1))
        for said in _compared(name, found, problem.stride[axis], problem.pad[axis])
    ]


def _others(
    problem: Problem, sizes: Pair, origins: Mapping[tuple[int, int, int], Origin], torn: int, empty: int
) -> list[str]:
    says = []
    if sizes != problem.sizes:
        says.append("there are {}x{} windows, and should be {}x{}".format(*sizes, *problem.sizes))
    wrong = sorted({(i, origin[0]) for (i, _, _), origin in origins.items() if origin[0] not in (i, -1)})
    if wrong:
        says.append("example {} reads example {}".format(*wrong[0]))
    if any(origin[0] == -1 for origin in origins.values()):
        says.append("channels are read in another order")
    if torn:
        says.append(f"{torn} windows are no block of the input: taps are in another order, or padding is not 0")
    if empty:
        says.append(f"{empty} windows read nothing but zeros")
    return says


def _starts(origins: Mapping[tuple[int, int, int], Origin], axis: int) -> dict[int, set[int]]:
    """Return the starts by h (axis 1) or by w (axis 2)."""
    found: dict[int, set[int]] = {}
    for place, origin in origins.items():
        found.setdefault(place[axis], set()).add(origin[axis])
    return dict(sorted(found.items()))


def _depends_on_other(found: Mapping[int, set[int]]) -> bool:
    return any(len(starts) > 1 for starts in found.values())


def _compared(name: str, found: Mapping[int, set[int]], stride: int, pad: int) -> list[str]:
    """Return what is wrong with the starts along one axis, in the padded input's coordinates."""
    if _depends_on_other(found):
        return [f"the {name} at which windows start depend on both h and w"]
    got = {n: next(iter(starts)) + pad for n, starts in found.items()}
    right = {n: n * stride for n in found}
    if got == right:
        return []
    which = "your windows" if list(got) == list(range(len(got))) else f"your windows number {', '.join(map(str, got))}"
    return [f"{which} start at {name} {_listed(got)}; they should start at {_listed(right)}"]


def _listed(starts: Mapping[int, int]) -> str:
    return ", ".join(map(str, starts.values()))
