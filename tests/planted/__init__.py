"""Every mistake that is known, planted in every function in three styles of code."""

from __future__ import annotations

from planted import backward, conv, cs231n, helpers, others, pool
from planted.styles import Planted, Style

__all__ = ["FEWER", "STYLES", "TIES_ALL", "TIES_FIRST", "Planted", "planted"]

STYLES: tuple[Style, ...] = (
    *conv.STYLES.values(),
    *pool.STYLES,
    *backward.STYLES,
    *helpers.STYLES,
    *cs231n.STYLES,
    *others.STYLES,
)

SQUARE = "the course's filters and windows are square"
LOOPS_ONLY = "without loops over places nothing runs past the output"
FEWER: dict[str, dict[str, str]] = {
    "conv_forward": {"f_for_both_axes": SQUARE, "loops_over_input": LOOPS_ONLY},
    "pool_forward": {"f_for_both_axes": SQUARE, "loops_over_input": LOOPS_ONLY},
    "conv_backward": {
        "loops_over_input": LOOPS_ONLY,
        "dA_overwritten": "the gradient at a place is one sum over the windows that see it: nothing is stored twice",
    },
    "pool_backward": {
        "loops_over_input": LOOPS_ONLY,
        "cache_of_views": "places of a window that are kept in one array are all equal, so that all win: mask_missing",
    },
    "zero_pad": {"rows_cols_swapped": "pad is one number for both axes"},
    "conv_single_step": {
        "bias_index_wrong": "there is one bias",
        "window_end_long": "the window is given, and no larger than the filter",
    },
}
"""By function, the kinds of mistakes that can't be made in all three styles, and why."""

TIES_FIRST = backward.POOL_LOOPS.replace("(a == a.max())", "(np.arange(a.size).reshape(a.shape) == a.argmax())")
TIES_ALL = cs231n.CS_POOL_BACK.replace(
    "dx[n, c, i * s + r, j * s + q] += dout",
    "dx[n, c, i * s:i * s + ph, j * s:j * s + pw] += (part == part.max()) * dout",
)
"""Functions that are right but for ties."""


def planted() -> list[Planted]:
    """Return every mistake in every function and style."""
    return [one for style in STYLES for one in style.planted()]
