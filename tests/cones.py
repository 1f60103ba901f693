"""Nets whose layers are computed in parts, and an engine whose blocks are small enough for that."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from convstep import load
from convstep.engine.pointwise import PlaceByPlace, RoundedOnce
from convstep.engine.steps import Array
from convstep.network import Network

NET = """\
title: every way from one layer to the next
input: {shape: [3, 37, 11, 3], random: {distribution: normal, seed: 5}}
layers:
  - conv: {name: stem, filters: 6, kernel: [5, 3], stride: [2, 1], padding: same, groups: 3, bias: {init: normal}}
  - batch_norm: {name: bn, mean: [0.1, 0.2, 0, 0, -0.1, 0], variance: [1, 2, 1, 0.5, 1, 3]}
  - relu: {name: relu1}
  - depthwise_conv: {name: depth, kernel: 3, multiplier: 2, dilation: [2, 1], padding: same}
  - conv: {name: point, filters: 6, kernel: 1}
  - add: {name: add1, inputs: [point, relu1]}
  - max_pool: {name: pool1, kernel: [3, 2], stride: [2, 1], padding: same}
  - conv: {name: mirrored, filters: 4, kernel: [3, 5], padding: [[2, 2], [2, 1]], dilation: 2, padding_mode: reflect}
  - conv: {name: repeated, filters: 4, kernel: 3, padding: 2, padding_mode: edge, input: pool1, stride: [1, 2]}
  - conv_transpose: {name: up1, filters: 5, kernel: [3, 2], stride: [2, 1], dilation: [2, 1], input: mirrored}
  - upsample: {name: up2, scale: [3, 2], input: repeated}
  - avg_pool: {name: pool2, kernel: [4, 2], stride: [3, 1], ceil_mode: true, count_include_pad: true, padding: 1}
  - global_max_pool: {name: top}
  - tanh: {name: tanh, input: mirrored}
  - concat: {name: join, inputs: [tanh, mirrored]}
  - multiply: {name: product, inputs: [join, join]}
  - pad: {name: pad, padding: [[1, 3], [2, 0]], mode: reflect}
  - crop: {name: cut, cropping: [[2, 1], [1, 0]]}
  - softmax: {name: per_place}
  - global_avg_pool: {name: mean}
  - flatten: {name: flat, input: up1}
  - dense: {name: fc, units: 7}
  - concat: {name: ends, inputs: [mean, top, fc]}
  - log_softmax: {name: end}
"""
TALL = """\
title: tall
input: {shape: [160, 6, 2], random: {distribution: normal, seed: 5}}
layers:
  - conv: {name: a, filters: 4, kernel: 3, padding: same}
  - relu: {name: b}
  - conv: {name: c, filters: 4, kernel: 3, padding: same}
  - add: {name: d, inputs: [b, c]}
  - max_pool: {name: e, kernel: 2}
  - conv: {name: f, filters: 4, kernel: 3, padding: same}
"""


def shrink_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the engine's blocks be a row or two, or part of a row, of nets that are small."""
    for module in ("patches", "pool", "pointwise", "combine", "upsample", "transpose", "depthwise", "pad", "crop"):
        monkeypatch.setattr(import_module(f"convstep.engine.{module}"), "BLOCK", 150)
    monkeypatch.setattr(import_module("convstep.engine.patches"), "POSITIONS", 8)
    monkeypatch.setattr(import_module("convstep.engine.pool"), "SUMS", 100)
    monkeypatch.setattr(PlaceByPlace, "block", 40)
    monkeypatch.setattr(RoundedOnce, "block", 40)


def poison(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let outputs be NaN, not 0, where nothing is computed yet."""
    shim = SimpleNamespace(**vars(np))
    shim.zeros = lambda shape, dtype: np.full(shape, np.nan if np.dtype(dtype).kind == "f" else 0, dtype)
    monkeypatch.setattr("convstep.network.output.np", shim)


def open_net(directory: Path, text: str = NET) -> tuple[Network, Array]:
    """Return one of these nets, and its input."""
    path = directory / "net.yaml"
    path.write_text(text)
    return load(str(path))
