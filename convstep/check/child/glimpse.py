"""Variables of a running function, as much of them as a message can show."""

from __future__ import annotations

from types import FunctionType, ModuleType
from typing import Any

import numpy as np

from convstep.check.child import wire

SMALL = 64
"""Arrays with more numbers are told by their shape."""
MOST = 40
"""The most variables of one function that are told."""

Variables = list[tuple[str, Any]]


def variables(names: dict[str, Any], arrays: wire.Arrays) -> Variables:
    """Return names and values, each as JSON holds it; modules, functions and classes are left out."""
    shown = [(name, value) for name, value in names.items() if not _is_code(name, value)]
    return [(name[:60], glimpse(value, arrays)) for name, value in shown[:MOST]]


def _is_code(name: str, value: Any) -> bool:
    return name.startswith(("_", ".")) or isinstance(value, (ModuleType, FunctionType, type))


def glimpse(value: Any, arrays: wire.Arrays, depth: int = 0) -> Any:
    """Return one value: small arrays whole, others by their shape, short collections item by item."""
    if isinstance(value, np.ndarray) and (value.size > SMALL or value.dtype.kind not in wire.NUMBERS):
        return {"t": "shape", "v": list(value.shape), "dtype": str(value.dtype)}
    if isinstance(value, (tuple, list, dict)) and (len(value) > 8 or depth > 2):
        return {"t": "odd", "v": f"a {type(value).__name__} of {len(value)}"}
    if isinstance(value, list) and any(isinstance(each, (list, tuple)) for each in value):
        return {"t": "odd", "v": f"a list of {len(value)} lists"}
    if type(value) is dict:
        return {"t": "dict", "v": [[str(key)[:60], glimpse(each, arrays, depth + 1)] for key, each in value.items()]}
    if type(value) in (tuple, list):
        return {"t": type(value).__name__, "v": [glimpse(each, arrays, depth + 1) for each in value]}
    if type(value) is str:
        return value[:100]
    return wire.encode(value, arrays)
