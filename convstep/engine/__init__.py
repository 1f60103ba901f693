"""Convolution and its kin on arrays: each layer as a generator of steps, and as a whole layer at once."""

from convstep.engine.conv import Conv, conv2d, conv_forward, working_numbers
from convstep.engine.dense import Dense, dense, dense_forward
from convstep.engine.depthwise import (
    DepthwiseConv,
    depthwise_conv2d,
    depthwise_conv_forward,
    depthwise_working_numbers,
)
from convstep.engine.pointwise import (
    Flatten,
    GlobalAvgPool,
    Relu,
    Softmax,
    flatten,
    flatten_forward,
    global_avg_pool,
    global_avg_pool2d,
    relu,
    relu_forward,
    softmax,
    softmax_forward,
)
from convstep.engine.pool import AvgPool, MaxPool, avg_pool, avg_pool2d, max_pool, max_pool2d
from convstep.engine.steps import Operation, Step, Tap, evaluate, walk
from convstep.engine.transpose import (
    ConvTranspose,
    Stamping,
    conv_transpose2d,
    conv_transpose_forward,
    transpose_working_numbers,
)
from convstep.engine.upsample import Upsample, upsample, upsample_forward

__all__ = [
    "AvgPool",
    "Conv",
    "ConvTranspose",
    "Dense",
    "DepthwiseConv",
    "Flatten",
    "GlobalAvgPool",
    "MaxPool",
    "Operation",
    "Relu",
    "Softmax",
    "Stamping",
    "Step",
    "Tap",
    "Upsample",
    "avg_pool",
    "avg_pool2d",
    "conv2d",
    "conv_forward",
    "conv_transpose2d",
    "conv_transpose_forward",
    "dense",
    "dense_forward",
    "depthwise_conv2d",
    "depthwise_conv_forward",
    "depthwise_working_numbers",
    "evaluate",
    "flatten",
    "flatten_forward",
    "global_avg_pool",
    "global_avg_pool2d",
    "max_pool",
    "max_pool2d",
    "relu",
    "relu_forward",
    "softmax",
    "softmax_forward",
    "transpose_working_numbers",
    "upsample",
    "upsample_forward",
    "walk",
    "working_numbers",
]
