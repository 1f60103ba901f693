"""Small nets for tests: non-square, strided, many-channelled, with padding that is uneven."""

from __future__ import annotations

import numpy as np

from convstep.engine.geometry import Padding, Sliding
from convstep.engine.steps import Array
from convstep.network import Network
from convstep.network.layers import (
    AvgPool,
    Conv2d,
    Dense,
    Flatten,
    GlobalAvgPool,
    Layer,
    MaxPool,
    Relu,
    Softmax,
)
from convstep.network.weights import Drawn, Given

F32 = np.dtype(np.float32)


def x(*shape: int, seed: int = 0) -> Array:
    """Random values from −1 to 1 of `shape`."""
    return np.random.default_rng(seed).uniform(-1, 1, shape).astype(np.float32)


def every_kind() -> Network:
    """9x7x2 through every kind of layer: 5x7x4, 5x7x4, 3x4x4, 3x2x6, 3x2x6, 36, 5, 5."""
    layers: tuple[Layer, ...] = (
        Conv2d("conv1", Sliding((3, 2), (2, 1), padding="same"), 4, groups=2, bias=Drawn("normal", 3)),
        Relu("relu1"),
        MaxPool("pool1", Sliding((2, 3), (2, 2), padding="same")),
        Conv2d("conv2", Sliding((2, 2), (1, 2), (2, 1), Padding(1, 1, 1, 0)), 6, weights=Given(x(2, 2, 4, 6, seed=4))),
        AvgPool("pool2", Sliding((2, 2), (1, 1), padding="same")),
        Flatten("flatten"),
        Dense("fc", 5, weights=Drawn("xavier", 5)),
        Softmax("softmax"),
    )
    return Network("every kind", (9, 7, 2), layers, F32)


def averaged() -> Network:
    """6x4x3 through a convolution and a global average pool."""
    layers: tuple[Layer, ...] = (
        Conv2d("conv1", Sliding((2, 3)), 5, weights=Drawn("he", 2)),
        GlobalAvgPool("mean"),
        Dense("fc", 2),
    )
    return Network("averaged", (6, 4, 3), layers, F32)


def course() -> Network:
    """The course's net."""
    layers: tuple[Layer, ...] = (
        Conv2d("conv1", Sliding((4, 4), padding="same"), 8),
        Relu("relu1"),
        MaxPool("pool1", Sliding((8, 8), (8, 8), padding="same")),
        Conv2d("conv2", Sliding((2, 2), padding="same"), 16),
        Relu("relu2"),
        MaxPool("pool2", Sliding((4, 4), (4, 4), padding="same")),
        Flatten("flatten"),
        Dense("fc", 6),
    )
    return Network("course", (64, 64, 3), layers, F32)


def mnist() -> Network:
    """The MNIST example, whose dense layer was made for 7·7·64 inputs."""
    layers: tuple[Layer, ...] = (
        Conv2d("conv1", Sliding((5, 5), padding="same"), 32),
        MaxPool("pool1", Sliding((2, 2), (2, 2), padding="same")),
        Conv2d("conv2", Sliding((5, 5), padding="same"), 64),
        MaxPool("pool2", Sliding((2, 2), (2, 2), padding="same")),
        Flatten("flatten"),
        Dense("dense1", 1024, inputs=3136),
        Relu("relu1"),
        Dense("dense2", 10),
    )
    return Network("mnist", (28, 28, 1), layers, F32)
