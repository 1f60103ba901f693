"""The ONNX standard comes with a test of every operator's node; convstep's layers compute what it expects."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import numpy as np
import pytest

from convstep.engine import evaluate, walk
from convstep.engine.geometry import Padding, Pair
from convstep.engine.steps import Array, Operation
from convstep.errors import ConvstepError
from convstep.layers import (
    Add,
    AvgPool,
    BatchNorm,
    Clip,
    Concat,
    Conv,
    ConvTranspose,
    GlobalAvgPool,
    GlobalMaxPool,
    Layer,
    LeakyRelu,
    MaxPool,
    Pad,
    PRelu,
    Relu,
    Sigmoid,
    Softmax,
    Tanh,
    grid,
)
from convstep.layers.block import OperatorBlock
from convstep.layers.weights import Given
from convstep.models import Source
from convstep.models import read as read_model
from convstep.models.onnx.functions import FUNCTIONS, no_file
from convstep.models.onnx.operators import HANDLERS

MAPS = (
    *("Conv", "ConvTranspose", "MaxPool", "AveragePool", "GlobalAveragePool", "GlobalMaxPool"),
    *("BatchNormalization", "Pad"),
)
"""Operators of (examples, channels, height, width)."""
VALUES = ("Relu", "LeakyRelu", "PRelu", "Clip", "Sigmoid", "Tanh", "Softmax", "Add", "Concat")
"""Operators of any number of axes, at most one of which matters."""

NOT_EXPRESSED = {
    "test_add_bcast": "the shapes differ",
    "test_averagepool_3d_default": "three dimensions",
    "test_averagepool_3d_dilations_large_count_include_pad_is_0_ceil_mode_is_False": "three dimensions",
    "test_averagepool_3d_dilations_large_count_include_pad_is_0_ceil_mode_is_True": "three dimensions",
    "test_averagepool_3d_dilations_large_count_include_pad_is_1_ceil_mode_is_False": "three dimensions",
    "test_averagepool_3d_dilations_large_count_include_pad_is_1_ceil_mode_is_True": "three dimensions",
    "test_averagepool_3d_dilations_small": "three dimensions",
    "test_batchnorm_epsilon_training_mode": "training",
    "test_batchnorm_example_training_mode": "training",
    "test_clip_min_greater_than_max": "a min above max is refused",
    "test_convtranspose_3d": "three dimensions",
    "test_maxpool_3d_default": "three dimensions",
    "test_maxpool_3d_dilations": "three dimensions",
    "test_maxpool_3d_dilations_use_ref_impl": "three dimensions",
    "test_maxpool_3d_dilations_use_ref_impl_large": "three dimensions",
    "test_wrap_pad": "padding with the opposite side",
}
"""The nodes for which there is no layer, and why."""
SHORT = ("test_averagepool_2d_ceil_last_window_starts_on_pad",)
"""What is expected of them has four digits."""


@dataclass
class Node:
    """One node with its test: an input that it leaves out is None."""

    op: str
    attributes: dict[str, Any]
    inputs: list[Any]
    outputs: list[Any]

    def get(self, attribute: str, default: Any) -> Any:
        return self.attributes.get(attribute, default)

    @property
    def pads_with(self) -> Any:
        """Convstep pads with 0: what is padded with another number is padded as its distance from that."""
        value = self.inputs[2] if self.op == "Pad" and len(self.inputs) > 2 else None
        return 0 if value is None else value

    def arranged(self, x: Any) -> Array:
        """Return an input or output with its channels, or the axis that matters, last."""
        if self.op in MAPS:
            if x.ndim not in (3, 4):
                raise ConvstepError(f"{x.ndim - 2} dimensions")
            return np.asarray(np.moveaxis(x[..., None] if x.ndim == 3 else x, 1, -1) - self.pads_with)
        axis = self.get("axis", -1)
        channels = x.size if self.op == "PRelu" and self.inputs[1].ndim == x.ndim else x.shape[axis]
        return np.asarray(np.moveaxis(x, axis, -1).reshape(1, 1, -1, channels))


def read(case: Any, node: Any) -> Node:
    inputs, outputs = case.data_sets[0]
    there = iter(inputs)
    from onnx.helper import get_attribute_value

    attributes = {each.name: get_attribute_value(each) for each in node.attribute}
    return Node(node.op_type, attributes, [next(there) if name else None for name in node.input], outputs)


@cache
def made() -> list[Any]:
    """Return the tests of single nodes; onnx takes seconds to make them, so not while tests are collected."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from onnx.backend.test.case.node import collect_testcases

        found: list[Any] = [case for case in collect_testcases(None) if case.model is not None]
        return [case for case in found if len(case.model.graph.node) == 1]


def node_of(case: Any) -> Any:
    return case.model.graph.node[0]


@cache
def nodes() -> dict[str, Node]:
    """Return the nodes of all tests by name."""
    chosen = (case for case in made() if node_of(case).op_type in MAPS + VALUES)
    return {case.name: read(case, node_of(case)) for case in chosen}


def pair(values: Any) -> Pair:
    """Return what is said of each axis, and 1 for the width that a length has not."""
    return (values[0], 1) if len(values) == 1 else (values[0], values[1])


def four(pads: Any) -> Padding:
    """Return the four sides; ONNX has what comes before all axes first."""
    top, left, bottom, right = (pads[0], 0, pads[1], 0) if len(pads) == 2 else pads
    return Padding(top, bottom, left, right)


def window(node: Node, sizes: tuple[int, ...]) -> dict[str, Any]:
    word = {b"SAME_UPPER": "same", b"SAME_LOWER": "same_lower"}.get(node.get("auto_pad", b""))
    return {
        "kernel": pair(node.get("kernel_shape", sizes)),
        "stride": pair(node.get("strides", (1, 1))),
        "dilation": pair(node.get("dilations", (1, 1))),
        "padding": word or four(node.get("pads", [0, 0, 0, 0])),
    }


def pool(node: Node) -> dict[str, Any]:
    return {**window(node, ()), "ceil_mode": bool(node.get("ceil_mode", 0))}


def filters(node: Node) -> dict[str, Any]:
    """Return the weights, from (filters, channels, height, width), or with the first two the other way round."""
    _, W, *b = node.inputs
    weights = Given(node.arranged(W).transpose(1, 2, 3, 0))
    return {"groups": node.get("group", 1), "weights": weights, "bias": Given(b[0]) if b else None}


def stamps(node: Node) -> dict[str, Any]:
    """Return the window of a transposed convolution; what its output is longer than all stamps is padding of that."""
    x, W = node.inputs[:2]
    fields, more = window(node, W.shape[2:]), list(node.get("output_padding", (0, 0)))
    if isinstance(fields["padding"], str):
        return fields
    if "output_shape" in node.attributes:
        cut = []
        for n, length in enumerate(node.attributes["output_shape"]):
            extent = (fields["kernel"][n] - 1) * fields["dilation"][n] + 1
            total = fields["stride"][n] * (x.shape[n + 2] - 1) + more[n] + extent - length
            more[n] += max(-total, 0)
            cut.append(max(total, 0))
        fields["padding"] = four([total - total // 2 for total in cut] + [total // 2 for total in cut])
    return {**fields, "output_padding": tuple(more)}


def padding(node: Node) -> dict[str, Any]:
    x, pads, *more = node.inputs
    axes = more[1].tolist() if len(more) > 1 else range(x.ndim)
    before, after = np.zeros((2, x.ndim), int)
    before[axes], after[axes] = pads.reshape(2, -1)
    mode = {b"constant": "zero", b"reflect": "reflect", b"edge": "edge"}.get(node.get("mode", b"constant"))
    if mode is None or before[:2].any() or after[:2].any():
        raise ConvstepError("no such padding")
    return {"padding": four([*before[2:].tolist(), *after[2:].tolist()]), "mode": mode}


PLAIN: dict[str, Callable[[str], Layer]] = {
    "GlobalAveragePool": GlobalAvgPool,
    "GlobalMaxPool": GlobalMaxPool,
    "Relu": Relu,
    "Sigmoid": Sigmoid,
    "Tanh": Tanh,
    "Softmax": Softmax,
    "Add": Add,
    "Concat": Concat,
}
"""Kinds without a field."""


def layer_of(node: Node) -> Layer:
    """Return the layer that a node stands for."""
    match node.op:
        case "Conv":
            W = node.inputs[1]
            return Conv("layer", filters=len(W), **window(node, W.shape[2:]), **filters(node))
        case "ConvTranspose":
            n_C = node.inputs[1].shape[1] * node.get("group", 1)
            return ConvTranspose("layer", filters=n_C, **stamps(node), **filters(node))
        case "MaxPool":
            return MaxPool("layer", **pool(node))
        case "AveragePool":
            return AvgPool("layer", **pool(node), count_include_pad=bool(node.get("count_include_pad", 0)))
        case "BatchNormalization":
            if node.get("training_mode", 0):
                raise ConvstepError("training")
            gamma, beta, mean, variance = map(Given, node.inputs[1:])
            epsilon = node.get("epsilon", 1e-5)
            return BatchNorm("layer", gamma=gamma, beta=beta, mean=mean, variance=variance, epsilon=epsilon)
        case "Pad":
            return Pad("layer", **padding(node))
        case "LeakyRelu":
            return LeakyRelu("layer", alpha=node.get("alpha", 0.01))
        case "PRelu":
            return PRelu("layer", alpha=Given(node.inputs[1]))
        case "Clip":
            low, high, *_ = *node.inputs[1:], None, None
            return Clip(
                "layer", min=-np.inf if low is None else float(low), max=np.inf if high is None else float(high)
            )
        case plain:
            return PLAIN[plain]("layer")


def computing(node: Node) -> Operation:
    """Return a layer's work on a node's inputs.

    Raises:
        ConvstepError: There is no such layer, or it can't take such inputs.
    """
    arriving = [node.arranged(x) for x in (node.inputs if node.op in ("Add", "Concat") else node.inputs[:1])]
    layer = layer_of(node)
    operation = layer.operation(arriving)
    assert operation.geometry.shape[1:] == grid(layer.output(layer.combined_shape(*(x.shape[1:] for x in arriving))))
    return operation


def is_expressed(node: Node) -> bool:
    try:
        computing(node)
    except ConvstepError:
        return False
    return True


def test_layers_compute_what_onnx_expects(subtests: pytest.Subtests) -> None:
    for name, node in nodes().items():
        if name not in NOT_EXPRESSED:
            with subtests.test(name):
                compare(name, node)


def compare(name: str, node: Node) -> None:
    operation, (expected, *more) = computing(node), node.outputs
    Z = evaluate(operation)
    atol = 1e-4 if name in SHORT else 1e-6
    np.testing.assert_allclose(Z, node.arranged(expected), rtol=1e-5, atol=atol, strict=expected.dtype.kind == "f")
    for indices in more:
        _, rows, cols, _ = zip(*[step.argmax or () for step in walk(operation)], strict=True)
        order: Literal["C", "F"] = "F" if node.get("storage_order", 0) else "C"
        places = np.ravel_multi_index((rows, cols), node.inputs[0].shape[2:], order=order)
        assert places.tolist() == indices.ravel().tolist()


def test_these_nodes_and_no_others_have_no_layer() -> None:
    assert {name for name, node in nodes().items() if not is_expressed(node)} == set(NOT_EXPRESSED)
    assert {node.op for name, node in nodes().items() if name not in NOT_EXPRESSED} == {*MAPS, *VALUES}


# Read from files: the first input is the net's, the others are constants


ELSEWHERE = {
    "test_flatten_axis1": "a row in our order, not in the model's",
    "test_flatten_default_axis": "a row in our order, not in the model's",
    "test_flatten_negative_axis3": "a row in our order, not in the model's",
    "test_reshape_reduced_dims": "a row in our order, not in the model's",
    "test_averagepool_2d_ceil_last_window_starts_on_pad": "what is expected has four digits",
    "test_resize_downsample_scales_linear_align_corners": "its scale gives no whole number of places",
}
"""The tests whose expectation differs, and why."""


def files() -> Iterator[tuple[str, bytes, Array, Array]]:
    """Yield name, file content, input and output of the tests that a file can be made of."""
    from onnx import numpy_helper

    for case in made():
        node, (inputs, outputs) = node_of(case), case.data_sets[0]
        names = [name for name in node.input if name]
        if node.domain or node.op_type not in {*HANDLERS, *FUNCTIONS} or not names or len(names) != len(inputs):
            continue
        if not all(isinstance(each, np.ndarray | np.generic) for each in inputs):
            continue
        if inputs[0].dtype not in (np.float32, np.float64):
            continue
        model = type(case.model)()
        model.CopyFrom(case.model)
        constants = zip(inputs[1:], names[1:], strict=True)
        model.graph.initializer.extend(numpy_helper.from_array(np.asarray(array), name) for array, name in constants)
        yield case.name, model.SerializeToString(), inputs[0], np.asarray(outputs[0])


def test_what_is_read_from_a_file_computes_what_onnx_expects() -> None:
    opened, stepped, kinds = 0, 0, set[str]()
    with np.errstate(all="ignore"):
        for name, content, x, expected in files():
            try:
                found = read_model(memoryview(content), "onnx", Source(name, no_file))
            except ConvstepError:
                continue
            network = found.network
            own = found.from_own(x.astype(network.dtype)).reshape(-1, *network.input_shape)
            Z = network.forward(own)[network.names[-1]]
            alike = any(
                each.size == expected.size
                and np.allclose(each.reshape(expected.shape), expected, rtol=1e-4, atol=1e-5, equal_nan=True)
                for each in (Z, np.moveaxis(Z, -1, 1))
            )
            assert alike != (name in ELSEWHERE), name
            whole = any(isinstance(layer, OperatorBlock) for layer in network.layers)
            opened, stepped = opened + 1, stepped + (not whole)
            kinds.update(layer.kind for layer in network.layers)
    assert opened >= 310
    assert stepped >= 100
    assert {"conv", "conv_transpose", "max_pool", "avg_pool", "batch_norm", "softmax", "gelu", "clip"} <= kinds
