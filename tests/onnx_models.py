"""ONNX models made for tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from onnx import ModelProto, TensorProto, helper, numpy_helper

from convstep.loading import Given, read_model
from convstep.models import Model


def model(
    nodes: Sequence[Any],
    shape: Sequence[int | str] = (1, 2, 5, 4),
    constants: Mapping[str, Any] = {},  # never changed
    *,
    outputs: Sequence[str] = ("y",),
    opset: int = 17,
    tensors: Sequence[TensorProto] = (),
) -> ModelProto:
    """Return a model of x, with constants as initialisers."""
    graph = helper.make_graph(
        list(nodes),
        "made",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs],
        [*(numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()), *tensors],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])


def opened(made: ModelProto, folder: Path, given: Given = Given(), shape: Sequence[int] = ()) -> Model:  # noqa: B008
    """Return what a model is read as."""
    file = folder / "made.onnx"
    file.write_bytes(made.SerializeToString())
    return read_model(str(file), "onnx", given, shape)


def outputs(read: Model, x: Any) -> Any:
    """Return the net's last output for an input as the model has it."""
    network = read.network
    own = read.from_own(np.asarray(x, network.dtype)).reshape(-1, *network.input_shape)
    return network.forward(own)[network.names[-1]]


def random(*shape: int, seed: int = 0) -> Any:
    """Return standard normal numbers, float32."""
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)
