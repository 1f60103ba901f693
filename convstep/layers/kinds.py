"""`KINDS`: all kinds of layer, by name. A kind's file is imported when it is first looked up, for a faster start."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from importlib import import_module
from typing import TypeVar

from convstep.layers.base import Layer

FILES = {
    "add": "add",
    "batch_norm": "batch_norm",
    "clip": "clip",
    "concat": "concat",
    "conv": "conv",
    "conv1d": "conv",
    "max_pool": "pool",
    "avg_pool": "pool",
    "global_max_pool": "pool",
    "global_avg_pool": "pool",
    "conv_transpose": "conv_transpose",
    "crop": "crop",
    "dense": "dense",
    "depthwise_conv": "depthwise_conv",
    "dropout": "dropout",
    "elu": "elu",
    "flatten": "flatten",
    "gelu": "gelu",
    "hard_sigmoid": "hard_sigmoid",
    "hard_swish": "hard_swish",
    "identity": "identity",
    "leaky_relu": "leaky_relu",
    "log_softmax": "log_softmax",
    "multiply": "multiply",
    "pad": "pad",
    "prelu": "prelu",
    "relu": "relu",
    "sigmoid": "sigmoid",
    "silu": "silu",
    "softmax": "softmax",
    "tanh": "tanh",
    "upsample": "upsample",
}
"""The file of each kind here, in the order in which messages list them."""


class Kinds(MutableMapping[str, type[Layer]]):
    """Kinds of layer by name: those in `files`, and others that are registered."""

    def __init__(self, files: dict[str, str]) -> None:
        self._files = files
        self._kinds: dict[str, type[Layer]] = {}

    def __getitem__(self, name: str) -> type[Layer]:
        if name not in self._kinds and name in self._files:
            import_module(f"convstep.layers.{self._files[name]}")  # which registers it
        return self._kinds[name]

    def __setitem__(self, name: str, kind: type[Layer]) -> None:
        self._kinds[name] = kind

    def __delitem__(self, name: str) -> None:
        del self._kinds[name]

    def __iter__(self) -> Iterator[str]:
        return iter({**self._files, **self._kinds})

    def __len__(self) -> int:
        return len({**self._files, **self._kinds})


T = TypeVar("T", bound=type[Layer])

KINDS = Kinds(FILES)
"""All kinds of layer, by name."""


def register(kind: T) -> T:
    """Add a kind of layer to `KINDS`."""
    KINDS[kind.kind] = kind
    return kind
