"""What a frame shows, to compare."""

from __future__ import annotations

import numpy as np

from convstep.debugger import Frame


def contents(frame: Frame) -> dict[str, object]:
    """Everything a frame shows, down to the bits."""
    found: dict[str, object] = {"cursor": frame.cursor, "shape": frame.shape, "fault": str(frame.fault)}
    step = frame.step
    if step is None:
        return found
    for name in ("index", "rows", "cols", "channels", "pad", "count", "argmax"):
        found[name] = getattr(step, name)
    for name in ("value", "bias", "input_slice", "filter", "products", "output"):
        array = getattr(step, name)
        found[name] = None if array is None else (np.shape(array), np.asarray(array).tobytes())
    found["input"] = frame.input.tobytes()
    found["tap"] = None if frame.tap is None else (frame.tap.place, frame.tap.source, frame.tap.total.tobytes())
    return found
