"""What is shown adds up, in every dtype; and numbers that are too large are shown, not warned of."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import convstep
from convstep.engine import evaluate, walk
from convstep.engine.steps import Array
from convstep.figures import figure
from convstep.layers import AvgPool, GlobalAvgPool, Layer, Softmax
from convstep.network import Network
from convstep.network.values import Values

DTYPES = ("float16", "float32", "float64")

EVERY_KIND = """
  - conv: {name: conv, filters: 4, kernel: 3, padding: same, padding_mode: reflect, bias: {init: normal, seed: 1}}
  - conv: {name: groups, filters: 6, kernel: [2, 3], stride: [1, 2], groups: 2, bias: false}
  - depthwise_conv: {name: depthwise, kernel: 2, padding: same_lower, multiplier: 2, bias: {init: he, seed: 2}}
  - conv_transpose: {name: transpose, filters: 4, kernel: 3, stride: 2, bias: {init: normal, seed: 3}}
  - avg_pool: {name: avg, kernel: 3, stride: 2, padding: same}
  - avg_pool: {name: counted, kernel: 2, stride: 1, padding: 1, count_include_pad: true}
  - leaky_relu: {name: leaky}
  - prelu: {name: prelu}
  - batch_norm: {name: norm, gamma: {init: normal, seed: 4}, variance: [1, 2, 3, 0.1]}
  - add: {name: add, inputs: [norm, leaky, prelu]}
  - multiply: {name: multiply, inputs: [norm, add]}
  - concat: {name: concat, inputs: [add, multiply]}
  - pad: {name: pad, padding: 1, mode: edge}
  - crop: {name: crop, cropping: [[1, 0], [0, 1]]}
  - upsample: {name: upsample}
  - max_pool: {name: max, kernel: 3, ceil_mode: true}
  - sigmoid: {name: sigmoid}
  - tanh: {name: tanh, input: max}
  - clip: {name: clip, input: max}
  - dropout: {name: dropout, input: max}
  - identity: {name: identity, input: dropout}
  - concat: {name: sides, inputs: [sigmoid, tanh, clip, identity]}
  - global_max_pool: {name: largest}
  - global_avg_pool: {name: mean, input: sides}
  - add: {name: both, inputs: [largest, mean]}
  - dense: {name: dense, units: 3, bias: {init: normal, seed: 5}}
  - softmax: {name: softmax}
"""


MULTIPLIED = ("conv", "groups", "dense")
"""Matrix products, in the layer's own dtype: the order in which they are added up is the library's."""
MEANS = ("avg", "counted", "mean")
ADDED_UP = (*MULTIPLIED, *MEANS, "depthwise", "transpose", "add", "both", "multiply", "max", "largest")


def every_kind(folder: Path, dtype: str) -> tuple[Network, Array]:
    path = folder / "net.yaml"
    path.write_text(f"dtype: {dtype}\ninput: {{shape: [2, 7, 9, 2]}}\nlayers:{EVERY_KIND}", encoding="utf-8")
    return convstep.load(path)


def values(dtype: str, *shape: int) -> Array:
    """Values of both signs and very different sizes, whose rounded sums depend on the order."""
    random = np.random.default_rng(3)
    return np.asarray(random.standard_normal(shape) * 10.0 ** random.integers(-2, 3, shape)).astype(dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    "layer",
    [AvgPool("pool", kernel=(5, 4), stride=(2, 3), padding="same"), GlobalAvgPool("pool")],
    ids=["avg_pool", "global_avg_pool"],
)
def test_a_mean_is_the_exact_one_rounded_once(layer: Layer, dtype: str) -> None:
    """A mean of float64, whose sums are rounded, may differ by some units in the largest term's last place."""
    operation = layer.operation([values(dtype, 2, 23, 17, 3)])
    for step in walk(operation, Z=evaluate(operation)):
        terms = operation.terms(step.index).ravel()
        exact = math.fsum(terms) / step.count
        if dtype == "float64":
            assert abs(step.value - exact) <= 8 * np.spacing(np.abs(terms).max())
        else:
            assert step.value == np.dtype(dtype).type(exact)


def unit_shown(text: str) -> float:
    """The unit of a figure's last digit."""
    digits, _, power = text.partition("e")
    return float(10.0 ** (int(power.replace("−", "-") or 0) - len(digits.partition(".")[2])))


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_last_running_sum_is_the_value_that_is_shown(dtype: str, tmp_path: Path) -> None:
    """The last running sum, plus the bias or divided by the count, is the value once it is rounded."""
    network, x = every_kind(tmp_path, dtype)
    computed, of = Values(network, x), np.dtype(dtype).type
    for name in ADDED_UP:
        for step in walk(computed.operation(name), Z=computed.output(name)):
            taps, where = step.taps(), (name, step.index)
            total: Any = (taps[-1].total if taps else 0.0) + (0.0 if step.bias is None else float(step.bias))
            rounded = of(total / step.count if name in MEANS else total)
            off = abs(float(rounded) - float(step.value))
            if dtype == "float64" or name in MULTIPLIED:
                size = sum((abs(float(tap.product)) for tap in taps), start=abs(float(step.bias or 0)))
                assert off <= (len(taps) + 1) * np.finfo(of).eps * size, where
            else:
                assert not off, where
            assert off <= unit_shown(figure(step.value)), where


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("n_C", [2, 10, 1000])
def test_a_softmax_sums_to_1_but_for_the_rounding_of_each_value(n_C: int, dtype: str) -> None:
    Z = evaluate(Softmax("softmax").operation([values(dtype, 2, 3, 2, n_C)]))
    off = np.abs(Z.astype(np.float64).sum(axis=-1) - 1)
    assert (off <= np.spacing(Z).astype(np.float64).sum(axis=-1) / 2 + n_C * np.finfo(np.float64).eps).all()


@pytest.mark.parametrize("x", [60000, -60000, math.inf, -math.inf, math.nan])
def test_numbers_that_are_too_large_for_float16_come_out_without_a_warning(x: float, tmp_path: Path) -> None:
    """There is no warning from the layers, nor from any of their steps."""
    network, given = every_kind(tmp_path, "float16")
    huge = np.array(given)
    huge[:, 1:5] = x
    computed = network.forward(huge)
    assert not np.isfinite(computed["conv"]).all()
    seen = Values(network, huge)
    for name in network.names:
        for step in walk(seen.operation(name), Z=seen.output(name)):
            if step.number % 7 == 0:
                assert len(step.taps()) == step.input_slice.size
                assert step.products is None or step.products.shape == step.input_slice.shape
