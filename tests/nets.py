"""Small nets for tests: non-square, strided, many-channelled, with padding that is uneven."""

from __future__ import annotations

from typing import Any

import numpy as np

from convstep.engine.geometry import Padding, Sliding
from convstep.engine.steps import Array
from convstep.layers import (
    Add,
    AvgPool,
    BatchNorm,
    Concat,
    Conv,
    Conv1d,
    ConvTranspose,
    Dense,
    Flatten,
    GlobalAvgPool,
    Layer,
    MaxPool,
    Relu,
    Softmax,
)
from convstep.layers.weights import Drawn, Given
from convstep.network import Network

F32 = np.dtype(np.float32)


def x(*shape: int, seed: int = 0) -> Array:
    """Random values from −1 to 1 of `shape`."""
    return np.random.default_rng(seed).uniform(-1, 1, shape).astype(np.float32)


def window(sliding: Sliding) -> dict[str, Any]:
    """Return how a window slides as a layer's fields."""
    return {each: getattr(sliding, each) for each in ("kernel", "stride", "dilation", "padding")}


def conv(name: str, sliding: Sliding, filters: int, **more: Any) -> Conv:
    """Return a convolution."""
    return Conv(name, filters=filters, **window(sliding), **more)


def conv1d(name: str, sliding: Sliding, filters: int, **more: Any) -> Conv1d:
    """Return a convolution along a length."""
    return Conv1d(name, filters=filters, **window(sliding), **more)


def max_pool(name: str, sliding: Sliding, **more: Any) -> MaxPool:
    """Return a max-pool."""
    return MaxPool(name, **window(sliding), **more)


def avg_pool(name: str, sliding: Sliding, **more: Any) -> AvgPool:
    """Return an average-pool."""
    return AvgPool(name, **window(sliding), **more)


def every_kind() -> Network:
    """9x7x2 through the kinds of the course: 5x7x4, 5x7x4, 3x4x4, 3x2x6, 3x2x6, 36, 5, 5."""
    layers: tuple[Layer, ...] = (
        conv("conv1", Sliding((3, 2), (2, 1), padding="same"), 4, groups=2, bias=Drawn("normal", 3)),
        Relu("relu1"),
        max_pool("pool1", Sliding((2, 3), (2, 2), padding="same")),
        conv("conv2", Sliding((2, 2), (1, 2), (2, 1), Padding(1, 1, 1, 0)), 6, weights=Given(x(2, 2, 4, 6, seed=4))),
        avg_pool("pool2", Sliding((2, 2), (1, 1), padding="same")),
        Flatten("flatten"),
        Dense("fc", units=5, weights=Drawn("xavier", 5)),
        Softmax("softmax"),
    )
    return Network("every kind", (9, 7, 2), layers, F32)


def averaged() -> Network:
    """6x4x3 through a convolution and a global average pool."""
    layers: tuple[Layer, ...] = (
        conv("conv1", Sliding((2, 3)), 5, weights=Drawn("he", 2)),
        GlobalAvgPool("mean"),
        Dense("fc", units=2),
    )
    return Network("averaged", (6, 4, 3), layers, F32)


def branching() -> Network:
    """5x4x2 through two branches, added and joined to a third, then stamped to 10x12: windows of 0 to 16 taps."""
    layers: tuple[Layer, ...] = (
        conv("conv1", Sliding((3, 2), padding="same"), 4, weights=Given(x(3, 2, 2, 4, seed=1))),
        Relu("relu1"),
        MaxPool("pool1", kernel=(2, 3), stride=(1, 1), padding="same", sources=("conv1",)),
        conv("conv2", Sliding((2, 2), padding="same"), 4, weights=Given(x(2, 2, 4, 4, seed=2)), sources=("relu1",)),
        Add("add1", sources=("conv2", "pool1")),
        Concat("concat1", sources=("add1", "relu1")),
        ConvTranspose(
            "up1",
            filters=3,
            kernel=(3, 2),
            stride=(2, 3),
            padding="same",
            weights=Given(x(3, 2, 3, 8, seed=3)),
            bias=Given(x(3, seed=4)),
        ),
        avg_pool("pool2", Sliding((2, 3), (2, 3))),
        Flatten("flatten"),
        Dense("fc", units=2, weights=Drawn("xavier", 5)),
    )
    return Network("branching", (5, 4, 2), layers, F32)


def course() -> Network:
    """The course's net."""
    layers: tuple[Layer, ...] = (
        conv("conv1", Sliding((4, 4), padding="same"), 8),
        Relu("relu1"),
        max_pool("pool1", Sliding((8, 8), (8, 8), padding="same")),
        conv("conv2", Sliding((2, 2), padding="same"), 16),
        Relu("relu2"),
        max_pool("pool2", Sliding((4, 4), (4, 4), padding="same")),
        Flatten("flatten"),
        Dense("fc", units=6),
    )
    return Network("course", (64, 64, 3), layers, F32)


def mnist() -> Network:
    """The MNIST example, whose dense layer was made for 7·7·64 inputs."""
    layers: tuple[Layer, ...] = (
        conv("conv1", Sliding((5, 5), padding="same"), 32),
        max_pool("pool1", Sliding((2, 2), (2, 2), padding="same")),
        conv("conv2", Sliding((5, 5), padding="same"), 64),
        max_pool("pool2", Sliding((2, 2), (2, 2), padding="same")),
        Flatten("flatten"),
        Dense("dense1", units=1024, inputs=3136),
        Relu("relu1"),
        Dense("dense2", units=10),
    )
    return Network("mnist", (28, 28, 1), layers, F32)


def meeting() -> Network:
    """7x6x3 on two ways, which meet in a concat of three and an add of two: 7x6x7, 7x6x4, 4."""
    layers: tuple[Layer, ...] = (
        conv("stem", Sliding((3, 2), padding="same"), 4),
        Relu("relu1"),
        conv("left", Sliding((1, 1)), 2, weights=Drawn("normal", 6), bias=Drawn("normal", 7)),
        max_pool("pool1", Sliding((3, 2), padding="same"), sources=("relu1",)),
        conv("right", Sliding((2, 3), padding="same"), 1, weights=Drawn("he", 8)),
        Concat("join", sources=("left", "relu1", "right")),
        conv("mix", Sliding((1, 1)), 4, weights=Drawn("xavier", 9)),
        Add("sum", sources=("mix", "pool1")),
        GlobalAvgPool("mean"),
    )
    return Network("meeting", (7, 6, 3), layers, F32)


def residual() -> Network:
    """8x6x3 through a block whose input skips two convolutions, and another whose skip is a convolution: 4x3x6, 5."""
    layers: tuple[Layer, ...] = (
        conv("conv1", Sliding((3, 3), padding="same"), 4, bias=None),
        BatchNorm("bn1", gamma=Given(x(4, seed=1)), mean=Given(x(4, seed=2)), variance=Given(x(4, seed=3) ** 2)),
        Relu("relu1"),
        conv("conv2", Sliding((3, 3), padding="same"), 4, bias=None, weights=Drawn("he", 4)),
        Relu("relu2"),
        conv("conv3", Sliding((3, 3), padding="same"), 4, weights=Drawn("he", 5)),
        Add("add1", sources=("conv3", "relu1")),
        Relu("relu3"),
        conv("conv4", Sliding((2, 2), (2, 2)), 6, weights=Drawn("he", 6)),
        conv("short", Sliding((1, 1), (2, 2)), 6, weights=Drawn("normal", 7), sources=("relu3",)),
        Add("add2", sources=("conv4", "short")),
        GlobalAvgPool("mean"),
        Dense("fc", units=5),
    )
    return Network("residual", (8, 6, 3), layers, F32)
