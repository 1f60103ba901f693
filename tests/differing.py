"""Nets that differ in one thing, and a plain NumPy forward pass with mistakes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from nets import F32

from convstep.answers.diff import Net
from convstep.engine.geometry import VALID, Padding
from convstep.layers import AvgPool, BatchNorm, Conv, Dense, Flatten, LeakyRelu, Softmax
from convstep.layers.weights import Given
from convstep.network import Network, Values

RNG = np.random.default_rng(7)
SHAPE = (11, 8, 3)


def numbers(*shape: int, low: float = -1, high: float = 1) -> Any:
    return RNG.uniform(low, high, shape).astype(np.float32)


X = numbers(2, *SHAPE, low=0.05)
P = {
    "W1": numbers(4, 4, 3, 6),
    "b1": numbers(6),
    "gamma": numbers(6, low=0.5),
    "beta": numbers(6),
    "mean": numbers(6),
    "variance": numbers(6, low=0.01),
    "W2": numbers(3, 3, 6, 6),
    "b2": numbers(6),
    "W3": numbers(3 * 4 * 6, 5),
    "b3": numbers(5),
}


def network(p: dict[str, Any] = P, **layers: Any) -> Network:
    """The net; `layers` gives fields of layers: conv1={"padding": VALID}."""
    w = {name: Given(array) for name, array in p.items()}
    made = [
        Conv("conv1", filters=6, kernel=(4, 4), stride=(2, 1), padding="same", weights=w["W1"], bias=w["b1"]),
        BatchNorm("bn1", gamma=w["gamma"], beta=w["beta"], mean=w["mean"], variance=w["variance"], epsilon=1e-3),
        LeakyRelu("act1", alpha=0.1),
        Conv("conv2", filters=6, kernel=(3, 3), padding="same", weights=w["W2"], bias=w["b2"]),
        AvgPool("pool1", kernel=(2, 2), padding="same"),
        Flatten("flat"),
        Dense("fc", units=5, weights=w["W3"], bias=w["b3"]),
        Softmax("prob"),
    ]
    kept = [replace(each, **layers.get(each.name, {})) for each in made if layers.get(each.name, {}) is not None]
    return Network("test", SHAPE, tuple(kept), F32)


def net(name: str = "net", x: Any = X, p: dict[str, Any] = P, **layers: Any) -> Net:
    return Net(name, Values(network(p, **layers), x))


def conv(x: Any, W: Any, b: Any, stride: tuple[int, int], pads: Any, fill: str = "constant") -> Any:
    """A convolution as einsum over windows, in float64."""
    x = np.pad(x.astype(np.float64), [(0, 0), *pads, (0, 0)], mode=fill)  # type: ignore[call-overload]
    windows = np.lib.stride_tricks.sliding_window_view(x, W.shape[:2], (1, 2))[:, :: stride[0], :: stride[1]]
    return np.einsum("bhwcij,ijco->bhwo", windows, W.astype(np.float64)) + b


def framework(x: Any = X, first: bool = False, **wrong: Any) -> dict[str, Any]:
    """The same net computed by other means, with mistakes; `first` for channels first, and flattened so."""
    p = P | {name: value for name, value in wrong.items() if name in P}
    pads = wrong.get("pads", [(1, 2), (1, 2)])
    z = conv(x, p["W1"], p["b1"], (2, 1), pads, wrong.get("fill", "constant"))
    out = {"conv1": z}
    if "last" in wrong:
        return {"conv1": (z.transpose(0, 3, 1, 2) if first else z).astype(np.float32)}
    scale = p["gamma"] / np.sqrt(p["variance"].astype(np.float64) + wrong.get("epsilon", 1e-3))
    out["bn1"] = z = (z - p["mean"]) * scale + p["beta"]
    out["act1"] = z = np.where(z > 0, z, z * wrong.get("slope", 0.1))
    z = conv(z, p["W2"], p["b2"], (1, 1), [(1, 1), (1, 1)])
    out["conv2"] = z = wrong.get("after", lambda each: each)(z)
    m, n_H, n_W, n_C = z.shape
    out["pool1"] = z = z.reshape(m, n_H // 2, 2, n_W // 2, 2, n_C).mean((2, 4))
    rows = z.transpose(0, 3, 1, 2) if first or wrong.get("chw") else z
    out["flat"] = rows.reshape(m, -1)
    z = (z.transpose(0, 3, 1, 2) if wrong.get("chw") else z).reshape(m, -1) @ p["W3"].astype(np.float64)
    out["fc"] = z = z + p["b3"]
    z = z - z.max(1, keepdims=True)
    out["prob"] = np.exp(z) / np.exp(z).sum(1, keepdims=True)
    if first:
        out = {name: each.transpose(0, 3, 1, 2) if each.ndim == 4 else each for name, each in out.items()}
    return {name: each.astype(wrong.get("dtype", np.float32)) for name, each in out.items()}


IN_DUMPS: dict[str, tuple[dict[str, Any], str, str, str]] = {
    "symmetric": ({"pads": [(2, 1), (1, 2)]}, "conv1", "padding", "top 2, bottom 1, left 1, right 2"),
    "same_lower": ({"pads": [(2, 1), (2, 1)]}, "conv1", "padding", "same_lower"),
    "valid": ({"pads": [(0, 0), (0, 0)], "last": True}, "conv1", "padding", "VALID"),
    "reflect": ({"fill": "reflect"}, "conv1", "padding", "reflect"),
    "edge": ({"fill": "edge"}, "conv1", "padding", "edge"),
    "oihw": ({"W1": P["W1"].transpose(3, 2, 0, 1).reshape(4, 4, 3, 6)}, "conv1", "layout", "OIHW, read as HWIO"),
    "hwio": ({"W1": P["W1"].reshape(6, 3, 4, 4).transpose(2, 3, 1, 0)}, "conv1", "layout", "HWIO, read as OIHW"),
    "transposed": ({"W1": P["W1"].transpose(1, 0, 2, 3)}, "conv1", "layout", "rows for columns"),
    "flipped": ({"W1": P["W1"][::-1, ::-1]}, "conv1", "layout", "180°"),
    "in for out": ({"W2": P["W2"].transpose(0, 1, 3, 2)}, "conv2", "layout", "HWOI"),
    "epsilon": ({"epsilon": 1e-5}, "bn1", "epsilon", "epsilon 1e-05 instead of 0.001"),
    "slope": ({"slope": 0.3}, "act1", "slope", "slope 0.3"),
    "no bias": ({"b1": np.zeros(6)}, "conv1", "bias", "no bias"),
    "no bias in fc": ({"b3": np.zeros(5)}, "fc", "bias", "no bias"),
    "another bias": ({"b2": numbers(6)}, "conv2", "bias", "constant"),
    "flatten": ({"chw": True}, "fc", "flatten order", "CHW"),
    "activation": ({"after": lambda z: np.maximum(z, 0)}, "conv2", "activation", "relu"),
    "half": ({"after": lambda z: z.astype(np.float16)}, "conv2", "float16", "float16"),
    "255": ({"x": X * 255}, "conv1", "preprocessing", "times 255"),
    "1/255": ({"x": X / 255}, "conv1", "preprocessing", "divided by 255"),
    "-1..1": ({"x": X * 2 - 1}, "conv1", "preprocessing", "−1..1 instead of 0..1"),
    "bgr": ({"x": X[..., ::-1]}, "conv1", "preprocessing", "BGR instead of RGB"),
    "imagenet": (
        {"x": (X - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]}, "conv1", "preprocessing", "ImageNet's mean",
    ),
    "two": (
        {"W1": P["W1"].transpose(1, 0, 2, 3), "b1": np.zeros(6)}, "conv1", "layout+bias", "columns, and no bias",
    ),
}  # fmt: skip


IN_NETS: dict[str, tuple[dict[str, Any], str, str]] = {
    "padding": ({"conv1": {"padding": "same_lower"}}, "conv1", "padding"),
    "valid": ({"conv1": {"padding": VALID}}, "conv1", "padding"),
    "odd padding": ({"conv1": {"padding": Padding(3, 0, 0, 3)}}, "conv1", "padding"),
    "stride": ({"conv1": {"stride": (1, 2)}}, "conv1", "stride"),
    "dilation": ({"conv2": {"dilation": (2, 2)}}, "conv2", "dilation"),
    "epsilon": ({"bn1": {"epsilon": 0.37}}, "bn1", "epsilon"),
    "no bias": ({"conv1": {"bias": None}}, "conv1", "bias"),
    "bias": ({"conv1": {"bias": Given(numbers(6))}}, "conv1", "bias"),
    "weights": ({"conv2": {"weights": Given(numbers(3, 3, 6, 6))}}, "conv2", "weights"),
    "no activation": ({"act1": None}, "conv2", "missing layer"),
    "gamma": ({"bn1": {"gamma": Given(numbers(6))}}, "bn1", "gamma"),
    "counted": ({"pool1": {"padding": Padding(1, 0, 1, 0)}}, "pool1", "padding"),
}
