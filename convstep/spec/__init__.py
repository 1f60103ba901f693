"""Reads specs: files in, a net and its input out."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

from convstep.engine.steps import Array
from convstep.errors import nearest
from convstep.network import Network
from convstep.spec.build import build
from convstep.spec.document import read
from convstep.spec.files import STANDARD_INPUT
from convstep.spec.mistake import LocatedError
from convstep.spec.samples import bundled, copy_sample, samples

__all__ = ["LocatedError", "copy_sample", "load", "samples"]


def load(
    spec: str | os.PathLike[str] = "photo",
    *,
    changes: Sequence[str] = (),
    padding: str | None = None,
    notify: Callable[[str], None] = lambda note: None,
) -> tuple[Network, Array]:
    """Return the net that a spec describes, and its input.

    Args:
        spec: A bundled spec's name, or a file; "-" is standard input.
        changes: Fields to change for this run, as 'conv1.padding=valid' or 'input.image=cat.png'.
        padding: Padding for every convolution and pool.
        notify: Called with notes for the user, such as that a column of labels was left out.

    Returns:
        The net, and `(m, *network.input_shape)` in its dtype, read-only.

    Raises:
        SpecError: The spec has a mistake; the message says where and what.
    """
    name, known = os.fspath(spec), bundled()
    path = known.get(name, spec)
    if path is spec and name not in STANDARD_INPUT and not os.path.lexists(name):
        hint = nearest(name, known) or f"The bundled specs are {', '.join(known)}"
        raise LocatedError("there is no such file, and no bundled spec of that name", where=name, hint=hint)
    try:
        document = read(path, name if path is spec else f"{name}.yaml")
        document.notify, document.bundled = notify, path is not spec
        return build(document, changes, padding)
    except MemoryError:
        raise LocatedError("there is not enough memory to read it", where=name) from None
