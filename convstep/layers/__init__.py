"""The kinds of layer, one file each: fields, shapes, operation, texts, and how the screen shows a step.

A new kind needs a file here, named in `kinds` and below, and an operation in the engine; everything else looks it up
in `KINDS`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from convstep.layers.base import (
    Block,
    Face,
    Flag,
    Layer,
    Reach,
    Shape,
    Windowed,
    factors,
    grid,
    place_in,
    times,
)
from convstep.layers.kinds import KINDS, register

if TYPE_CHECKING:
    from convstep.layers.add import Add
    from convstep.layers.batch_norm import BatchNorm
    from convstep.layers.clip import Clip
    from convstep.layers.concat import Concat
    from convstep.layers.conv import Conv, Conv1d
    from convstep.layers.conv_transpose import ConvTranspose
    from convstep.layers.crop import Crop
    from convstep.layers.dense import Dense
    from convstep.layers.depthwise_conv import DepthwiseConv
    from convstep.layers.dropout import Dropout
    from convstep.layers.elu import Elu
    from convstep.layers.flatten import Flatten
    from convstep.layers.gelu import Gelu
    from convstep.layers.hard_sigmoid import HardSigmoid
    from convstep.layers.hard_swish import HardSwish
    from convstep.layers.identity import Identity
    from convstep.layers.leaky_relu import LeakyRelu
    from convstep.layers.log_softmax import LogSoftmax
    from convstep.layers.multiply import Multiply
    from convstep.layers.pad import Pad
    from convstep.layers.pool import AvgPool, GlobalAvgPool, GlobalMaxPool, MaxPool
    from convstep.layers.prelu import PRelu
    from convstep.layers.relu import Relu
    from convstep.layers.sigmoid import Sigmoid
    from convstep.layers.silu import Silu
    from convstep.layers.softmax import Softmax
    from convstep.layers.tanh import Tanh
    from convstep.layers.upsample import Upsample

__all__ = [
    "KINDS",
    "Add",
    "AvgPool",
    "BatchNorm",
    "Block",
    "Clip",
    "Concat",
    "Conv",
    "Conv1d",
    "ConvTranspose",
    "Crop",
    "Dense",
    "DepthwiseConv",
    "Dropout",
    "Elu",
    "Face",
    "Flag",
    "Flatten",
    "Gelu",
    "GlobalAvgPool",
    "GlobalMaxPool",
    "HardSigmoid",
    "HardSwish",
    "Identity",
    "Layer",
    "LeakyRelu",
    "LogSoftmax",
    "MaxPool",
    "Multiply",
    "PRelu",
    "Pad",
    "Reach",
    "Relu",
    "Shape",
    "Sigmoid",
    "Silu",
    "Softmax",
    "Tanh",
    "Upsample",
    "Windowed",
    "factors",
    "grid",
    "place_in",
    "register",
    "times",
]


def __getattr__(name: str) -> Any:
    """Import the kind whose class is called `name` when it is first used."""
    for kind in KINDS:
        if kind.replace("_", "") == name.lower() and KINDS[kind].__name__ == name:
            return KINDS[kind]
    raise AttributeError(f"module 'convstep.layers' has no attribute '{name}'")
