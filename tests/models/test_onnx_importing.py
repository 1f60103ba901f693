"""What an ONNX graph may look like: every form of constants, other orders of axes, and what is refused."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import TensorProto, helper
from onnx_models import model, opened, outputs, random

from convstep.debugger import Session
from convstep.errors import SpecError
from convstep.layers import Add, BatchNorm, Conv, Dense
from convstep.layers.block import FunctionBlock, OperatorBlock
from convstep.loading import Given
from convstep.models import Model
from convstep.models.onnx.functions import MOST
from convstep.report.explain import sum_text

node = helper.make_node


def kinds(read: Model) -> list[str]:
    return [layer.kind for layer in read.network.layers]


# Constants


WEIGHTS = np.array([[[[0.5, -2], [1, 3]]], [[[-1, 0.25], [4, 0]]]], np.float32)


def bits(values: Any) -> list[int]:
    return [int(each) for each in values.view(np.uint16).ravel()]


def upper_half(values: Any) -> list[int]:
    return [int(each) >> 16 for each in values.view(np.uint32).ravel()]


FORMS = {
    "float_data": helper.make_tensor("w", TensorProto.FLOAT, WEIGHTS.shape, WEIGHTS.ravel()),
    "raw_data": helper.make_tensor("w", TensorProto.FLOAT, WEIGHTS.shape, WEIGHTS.tobytes(), raw=True),
    "double_data": helper.make_tensor("w", TensorProto.DOUBLE, WEIGHTS.shape, WEIGHTS.ravel()),
    "float16 raw": helper.make_tensor(
        "w", TensorProto.FLOAT16, WEIGHTS.shape, WEIGHTS.astype(np.float16).tobytes(), raw=True
    ),
    "float16 as integers": TensorProto(
        name="w", data_type=TensorProto.FLOAT16, dims=WEIGHTS.shape, int32_data=bits(WEIGHTS.astype(np.float16))
    ),
    "bfloat16 as integers": TensorProto(
        name="w", data_type=TensorProto.BFLOAT16, dims=WEIGHTS.shape, int32_data=upper_half(WEIGHTS)
    ),
}


@pytest.mark.parametrize("form", FORMS)
def test_weights_in_every_form(form: str, tmp_path: Path) -> None:
    made = model([node("Conv", ["x", "w"], ["y"])], (1, 1, 3, 3), tensors=[FORMS[form]])
    conv = opened(made, tmp_path).network.layers[0]
    assert isinstance(conv, Conv)
    np.testing.assert_array_equal(
        conv.weights.of((2, 2, 1, 2), np.dtype(np.float32))[..., 0, :], np.moveaxis(WEIGHTS[:, 0], 0, -1)
    )


def test_numbers_in_unpacked_lists_are_read_alike(tmp_path: Path) -> None:
    """Protobuf 2 writes lists of numbers one by one; readers have to take both."""
    from convstep.models.onnx.functions import no_file
    from convstep.models.onnx.records import read_tensor

    floats = b"".join(b"\x25" + np.float32(each).tobytes() for each in (1.5, -2))
    found = read_tensor(memoryview(b"\x08\x02\x10\x01" + floats + b"\x42\x01w"), no_file)
    assert (found.name, found.array.tolist()) == ("w", [1.5, -2])
    integers = b"\x38\x05\x38" + b"\xff" * 9 + b"\x01"
    found = read_tensor(memoryview(b"\x0a\x01\x02\x10\x07" + integers), no_file)
    assert found.array.tolist() == [5, -1]


def test_constants_are_folded_into_padding_as_pytorch_exports_it(tmp_path: Path) -> None:
    """Pads from ConstantOfShape, Concat, Reshape, Slice, Transpose and Cast."""
    nodes = [
        node("ConstantOfShape", ["four"], ["zeros"], value=helper.make_tensor("v", TensorProto.INT64, [1], [0])),
        node("Concat", ["given", "zeros"], ["flat"], axis=0),
        node("Reshape", ["flat", "pairs"], ["rows"]),
        node("Slice", ["rows", "minus_one", "least", "first", "minus_one"], ["turned"]),
        node("Transpose", ["turned"], ["sides"], perm=[1, 0]),
        node("Reshape", ["sides", "minus_one"], ["long"]),
        node("Cast", ["long"], ["pads"], to=TensorProto.INT64),
        node("Pad", ["x", "pads"], ["y"]),
    ]
    numbers = {"four": [4], "given": [1, 2, 3, 0], "pairs": [-1, 2], "minus_one": [-1], "first": [0]}
    constants = {name: np.array(value, np.int64) for name, value in numbers.items()}
    constants["least"] = np.array([-(2**63) + 1], np.int64)
    read = opened(model(nodes, constants=constants), tmp_path)
    x = random(1, 2, 5, 4)
    expected = np.pad(x, [(0, 0), (0, 0), (3, 0), (1, 2)])
    np.testing.assert_array_equal(np.moveaxis(outputs(read, x), -1, 1), expected)
    assert kinds(read) == ["pad"]


def test_a_constant_that_repeats_a_number_takes_no_memory(tmp_path: Path) -> None:
    huge = node("ConstantOfShape", ["shape"], ["w"], value=helper.make_tensor("v", TensorProto.FLOAT, [1], [0.5]))
    made = model([huge, node("MatMul", ["x", "w"], ["y"])], (1, 20_000), {"shape": np.array([20_000, 10_000])})
    dense = opened(made, tmp_path).network.layers[0]
    assert isinstance(dense, Dense)
    made.graph.initializer[0].raw_data = np.array([2**40, 2**20]).tobytes()
    with pytest.raises(SpecError, match="ConstantOfShape: its result would have the shape 1099511627776×1048576"):
        opened(made, tmp_path)


# Orders of axes


def test_rows_of_a_dense_layer_follow_the_models_flatten(tmp_path: Path) -> None:
    """From channels first, from channels last, and after another transposition: three orders, one layer."""
    W, x = random(40, 3, seed=1), random(2, 2, 5, 4, seed=2)
    for perm in ([0, 1, 2, 3], [0, 2, 3, 1], [0, 3, 1, 2]):
        nodes = [
            node("Transpose", ["x"], ["t"], perm=perm),
            node("Flatten", ["t"], ["f"]),
            node("Gemm", ["f", "w"], ["y"]),
        ]
        read = opened(model(nodes, ("N", 2, 5, 4), {"w": W}), tmp_path)
        assert kinds(read) == ["flatten", "dense"]
        np.testing.assert_allclose(outputs(read, x), x.transpose(perm).reshape(2, 40) @ W, rtol=1e-5, atol=1e-5)


def test_what_the_model_says_of_its_input_may_be_channels_last(tmp_path: Path) -> None:
    W = random(3, 2, 3, 2, seed=1)
    nodes = [node("Transpose", ["x"], ["t"], perm=[0, 3, 1, 2]), node("Conv", ["t", "w"], ["y"])]
    made = model(nodes, (1, 5, 4, 2), {"w": W})
    found = opened(made, tmp_path)
    assert (found.layout, found.network.input_shape, kinds(found)) == ("NHWC", (5, 4, 2), ["conv"])
    asked = opened(made, tmp_path, Given(layout="NCHW"))
    assert (asked.network.input_shape, kinds(asked)) == ((4, 2, 5), ["block", "conv"])
    x = random(1, 5, 4, 2, seed=3)
    np.testing.assert_allclose(outputs(asked, x), outputs(found, x), rtol=1e-5, atol=1e-6)
    with pytest.raises(SpecError, match="its input has 4 axes: NCHW or NHWC, not NCL"):
        opened(made, tmp_path, Given(layout="NCL"))


def test_a_bias_added_later_belongs_to_the_layer_if_nobody_else_asks(tmp_path: Path) -> None:
    W, b = random(3, 2, 1, 1), random(3, 1, 1, seed=1)
    conv, added = node("Conv", ["x", "w"], ["c"]), node("Add", ["b", "c"], ["y"])
    assert kinds(opened(model([conv, added], constants={"w": W, "b": b}), tmp_path)) == ["conv"]
    twice = node("Add", ["y", "c"], ["z"])
    read = opened(model([conv, added, twice], constants={"w": W, "b": b}, outputs=["z"]), tmp_path)
    assert kinds(read) == ["conv", "batch_norm", "add"]
    x = random(1, 2, 5, 4, seed=3)
    c = np.einsum("mchw,fc->mfhw", x, W[:, :, 0, 0])
    np.testing.assert_allclose(np.moveaxis(outputs(read, x), -1, 1), 2 * c + b, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("half_first", [False, True])
def test_gelu_and_its_kin_are_known_where_they_are_spelled_out(half_first: bool, tmp_path: Path) -> None:
    constants = {"root": np.float32(np.sqrt(2)), "one": np.float32(1), "half": np.float32(0.5)}
    nodes = [node("Div", ["x", "root"], ["a"]), node("Erf", ["a"], ["e"]), node("Add", ["e", "one"], ["s"])]
    if half_first:
        nodes += [node("Mul", ["x", "half"], ["h"]), node("Mul", ["h", "s"], ["y"])]
    else:
        nodes += [node("Mul", ["x", "s"], ["d"]), node("Mul", ["d", "half"], ["y"])]
    assert kinds(opened(model(nodes, constants=constants), tmp_path)) == ["gelu"]
    silu = [node("Sigmoid", ["x"], ["s"]), node("Mul", ["x", "s"], ["y"])]
    assert kinds(opened(model(silu), tmp_path)) == ["silu"]
    swish = [node("HardSigmoid", ["x"], ["s"], alpha=1 / 6), node("Mul", ["s", "x"], ["y"])]
    assert kinds(opened(model(swish), tmp_path)) == ["hard_swish"]


def test_several_operators_without_a_map_between_them_are_one_block(tmp_path: Path) -> None:
    """The channel shuffle of ShuffleNet goes through five axes."""
    nodes = [
        node("Reshape", ["x", "five"], ["r"]),
        node("Transpose", ["r"], ["t"], perm=[0, 2, 1, 3, 4]),
        node("Reshape", ["t", "four"], ["s"]),
        node("Relu", ["s"], ["y"]),
    ]
    constants = {"five": np.array([1, 2, 3, 5, 4]), "four": np.array([1, 6, 5, 4])}
    read = opened(model(nodes, (1, 6, 5, 4), constants), tmp_path)
    block = read.network.layers[0]
    assert isinstance(block, OperatorBlock)
    assert block.operators == "Reshape, Transpose"
    x = random(1, 6, 5, 4)
    shuffled = np.maximum(x.reshape(1, 2, 3, 5, 4).transpose(0, 2, 1, 3, 4).reshape(1, 6, 5, 4), 0)
    np.testing.assert_array_equal(np.moveaxis(outputs(read, x), -1, 1), shuffled)


def test_a_shape_is_known_where_axes_are_in_the_way_of_a_map(tmp_path: Path) -> None:
    """The channel shuffle again, with a size taken from what is computed as a whole."""
    nodes = [
        node("Reshape", ["x", "five"], ["r"]),
        node("Transpose", ["r"], ["t"], perm=[0, 2, 1, 3, 4]),
        node("Shape", ["t"], ["sizes"]),
        node("Gather", ["sizes", "fourth"], ["one number"]),
        node("Reshape", ["one number", "one"], ["height"]),
        node("Concat", ["one", "six", "height", "four"], ["wanted"], axis=0),
        node("Reshape", ["t", "wanted"], ["y"]),
    ]
    constants = {"five": np.array([1, 2, 3, 5, 4]), "fourth": np.array(3)}
    constants |= {"one": np.array([1]), "six": np.array([6]), "four": np.array([4])}
    read = opened(model(nodes, (1, 6, 5, 4), constants), tmp_path)
    x = random(1, 6, 5, 4)
    shuffled = x.reshape(1, 2, 3, 5, 4).transpose(0, 2, 1, 3, 4).reshape(1, 6, 5, 4)
    np.testing.assert_array_equal(np.moveaxis(outputs(read, x), -1, 1), shuffled)


def test_a_normalisation_among_channels_is_computed_where_pytorch_spells_it_out(tmp_path: Path) -> None:
    """Its local response norm: a mean of squares by a pool along the channels, which are rows for a while."""
    nodes = [
        node("Mul", ["x", "x"], ["squares"]),
        node("Unsqueeze", ["squares", "one"], ["five"]),
        node("AveragePool", ["five"], ["mean"], kernel_shape=[3, 1, 1], pads=[1, 0, 0, 1, 0, 0], count_include_pad=1),
        node("Squeeze", ["mean", "one"], ["m"]),
        node("Mul", ["m", "alpha"], ["scaled"]),
        node("Add", ["scaled", "k"], ["sum"]),
        node("Pow", ["sum", "beta"], ["power"]),
        node("Div", ["x", "power"], ["y"]),
    ]
    numbers = {"alpha": 0.3, "k": 2.0, "beta": 0.75}
    constants: dict[str, Any] = {name: np.float32(value) for name, value in numbers.items()}
    read = opened(model(nodes, (1, 4, 3, 2), constants | {"one": np.array([1])}), tmp_path)
    x = random(1, 4, 3, 2)
    expected = np.empty_like(x)
    for c in range(4):
        mean = (x[:, max(0, c - 1) : c + 2] ** 2).sum(1) / 3
        expected[:, c] = x[:, c] / (2 + 0.3 * mean) ** 0.75
    np.testing.assert_allclose(np.moveaxis(outputs(read, x), -1, 1), expected, rtol=1e-5)


def test_a_net_of_many_blocks_stays_a_net_to_step_through(tmp_path: Path) -> None:
    """All layers' outputs are those of ONNX's own evaluator, and layers between blocks have their windows."""
    from onnx.reference import ReferenceEvaluator

    nodes = [
        node("Conv", ["x", "W"], ["c"], pads=[1, 1, 1, 1]),
        node("Split", ["c", "halves"], ["a", "b"], axis=1),
        node("Softplus", ["a"], ["p"]),
        node("Selu", ["b"], ["q"]),
        node("Concat", ["p", "q"], ["k"], axis=1),
        node("InstanceNormalization", ["k", "scale", "bias"], ["i"]),
        node("Mish", ["i"], ["m"]),
        node("Conv", ["m", "V"], ["d"]),
        node("LpNormalization", ["d"], ["l"], axis=1),
        node("Einsum", ["l", "M"], ["e"], equation="nchw,cf->nfhw"),
        node("ReduceLogSumExp", ["e", "axes"], ["r"], keepdims=0),
        node("Shrink", ["r"], ["y"], lambd=0.1),
    ]
    constants = {
        "W": random(4, 2, 3, 3, seed=1), "V": random(3, 4, 2, 2, seed=2), "halves": np.array([1, 3]),
        "scale": random(4, seed=3), "bias": random(4, seed=4), "M": random(3, 2, seed=5),
        "axes": np.array([2, 3]),
    }  # fmt: skip
    made = model(nodes, (1, 2, 5, 4), constants, opset=18)
    read, x = opened(made, tmp_path), random(1, 2, 5, 4, seed=6)
    found: Any = ReferenceEvaluator(made).run(None, {"x": x})
    np.testing.assert_allclose(outputs(read, x), found[0], rtol=1e-4, atol=1e-5)
    network = read.network
    blocks = [layer.operators for layer in network.layers if isinstance(layer, OperatorBlock)]
    assert blocks == [*("Split", "Split", "InstanceNormalization", "LpNormalization", "Einsum", "ReduceLogSumExp")]
    curves = [layer.operators for layer in network.layers if isinstance(layer, FunctionBlock)]
    assert curves == ["Softplus", "Selu", "Mish", "Shrink"]
    session = Session(network, read.from_own(x))
    second = [layer.name for layer in network.layers if layer.kind == "conv"][1]
    session.do(f"jump {second} 1 1 2")
    value = network.forward(read.from_own(x))[second][0, 1, 1, 2]
    assert sum_text(session.frame).endswith(f"= Z[0,1,1,2] = {value:.2f}".replace("-", "−"))
    session.do(f"jump {next(layer.name for layer in network.layers if layer.kind == 'function')} 1 1 0")
    line = sum_text(session.frame)
    assert re.fullmatch(r"Softplus\((−?\d\.\d+)\) = A\[0,1,1,0\] = (\d\.\d+)", line)
    before, after = (float(each.replace("−", "-")) for each in re.findall(r"−?\d\.\d+", line))
    assert abs(np.log1p(np.exp(before)) - after) < 0.01


@pytest.mark.parametrize(
    ("nodes", "rows", "cols"),
    [
        ([node("Slice", ["x", "starts", "ends", "axes"], ["y"])], slice(1, 4), slice(0, 2)),
        ([node("Slice", ["x", "one", "many", "rows"], ["y"])], slice(1, 5), slice(0, 4)),
        ([node("Pad", ["x", "less"], ["y"])], slice(1, 5), slice(2, 3)),
        ([node("Slice", ["x", "starts", "ends", "axes", "steps"], ["y"])], slice(1, 4, 2), slice(0, 2)),
        ([node("Pad", ["x", "mixed"], ["y"])], slice(1, 5), None),
    ],
)
def test_a_slice_of_rows_and_columns_and_a_negative_pad_are_crops(
    nodes: list[Any], rows: slice, cols: slice | None, tmp_path: Path
) -> None:
    """What also skips rows, or adds some, is a block."""
    constants: dict[str, Any] = {
        "starts": [1, 0], "ends": [-1, 2], "axes": [2, 3], "steps": [2, 1], "one": [1], "many": [2**62], "rows": [-2],
        "less": [0, 0, -1, -2, 0, 0, 0, -1], "mixed": [0, 0, -1, 1, 0, 0, 0, 0],
    }  # fmt: skip
    read = opened(model(nodes, constants={name: np.array(value) for name, value in constants.items()}), tmp_path)
    x = random(1, 2, 5, 4)
    expected = x[:, :, rows, cols] if cols else np.pad(x, [(0, 0), (0, 0), (0, 0), (1, 0)])[:, :, rows]
    np.testing.assert_array_equal(np.moveaxis(outputs(read, x), -1, 1), expected)
    assert kinds(read) == ["block" if rows.step or cols is None else "crop"]


def test_a_block_made_for_batches_of_two_takes_any_number_of_examples(tmp_path: Path) -> None:
    nodes = [
        node("Reshape", ["x", "five"], ["r"]),
        node("Transpose", ["r"], ["t"], perm=[0, 2, 1, 3, 4]),
        node("Reshape", ["t", "four"], ["y"]),
    ]
    constants = {"five": np.array([2, 2, 3, 5, 4]), "four": np.array([2, 6, 5, 4])}
    read = opened(model(nodes, (2, 6, 5, 4), constants), tmp_path)
    x = random(2, 6, 5, 4)
    shuffled = x.reshape(2, 2, 3, 5, 4).transpose(0, 2, 1, 3, 4).reshape(2, 6, 5, 4)
    np.testing.assert_array_equal(np.moveaxis(outputs(read, x), -1, 1), shuffled)
    for m in (1, 3):
        more = random(m, 6, 5, 4, seed=m)
        shuffled = more.reshape(m, 2, 3, 5, 4).transpose(0, 2, 1, 3, 4).reshape(m, 6, 5, 4)
        np.testing.assert_array_equal(np.moveaxis(outputs(read, more), -1, 1), shuffled)


def test_a_block_whose_input_makes_no_sense_gives_nothing_and_no_error(tmp_path: Path) -> None:
    """Indices that the input computes may lie outside."""
    made = model([node("Gather", ["w", "x"], ["y"])], (1, 3), {"w": random(4, 2)})
    read = opened(made, tmp_path)
    assert np.isfinite(outputs(read, [[0, 3, 1]])).all()
    assert np.isnan(outputs(read, [[0, 4, 1]])).all()


def test_axes_that_are_no_rows_columns_and_channels_are_put_in_place_by_a_block(tmp_path: Path) -> None:
    """A pool over channels and columns, say, after its rows were made channels."""
    nodes = [
        node("Transpose", ["x"], ["t"], perm=[0, 2, 1, 3]),
        node("MaxPool", ["t"], ["y"], kernel_shape=[2, 2], strides=[2, 2]),
    ]
    read = opened(model(nodes, (1, 6, 5, 4)), tmp_path)
    assert kinds(read) == ["block", "max_pool"]
    x = random(1, 6, 5, 4)
    expected = x.transpose(0, 2, 1, 3).reshape(1, 5, 3, 2, 2, 2).max((3, 5))
    np.testing.assert_array_equal(np.moveaxis(outputs(read, x), -1, 1), expected)


def test_names_are_those_of_the_parts_where_they_are_words(tmp_path: Path) -> None:
    constants = {"features.0.weight": random(3, 2, 1, 1), "input.weight": random(3, 3, 1, 1)}
    nodes = [
        node("Conv", ["x", "features.0.weight"], ["a"], name="/features/features.0/Conv"),
        node("Relu", ["a"], ["b"], name="/features/act 1/Relu"),
        node("Relu", ["b"], ["c"], name="/head/Relu"),
        node("Conv", ["c", "input.weight"], ["y"], name="\x1b[31m/red/Conv"),
    ]
    read = opened(model(nodes, constants=constants), tmp_path)
    assert read.network.names == ("features_0", "relu1", "head", "red")


# What is refused, or ends the net


BAD: dict[str, tuple[list[Any], dict[str, Any], str]] = {
    "no operators": ([], {}, "holds no operators"),
    "recurrent": ([node("LSTM", ["x", "w", "w"], ["y"], hidden_size=2)], {"w": random(1, 8, 2)}, "recurrent layers"),
    "a domain": ([node("Fancy", ["x"], ["y"], domain="com.acme")], {}, "com.acme.Fancy: operators of this domain"),
    "unknown": ([node("Det", ["x"], ["y"])], {}, "can't be shown: Det: convstep does not know this operator"),
    "quantised": ([node("QuantizeLinear", ["x", "w"], ["y"])], {"w": np.float32(1)}, "is a quantised model"),
    "training": (
        [node("Dropout", ["x", "r", "t"], ["y"])],
        {"r": np.float32(0.5), "t": np.array(True)},
        "Dropout: it is in training mode",
    ),
    "wrong channels": ([node("Conv", ["x", "w"], ["y"])], {"w": random(2, 3, 1, 1)}, "for 3 channels, and 2 arrive"),
    "too large a window": (
        [node("MaxPool", ["x"], ["y"], kernel_shape=[9, 9])],
        {},
        "a window of 9x9 does not fit",
    ),
    "a stride of 0": (
        [node("Conv", ["x", "w"], ["y"], strides=[0, 1])],
        {"w": random(2, 2, 1, 1)},
        "Conv: its stride is 0 × 1",
    ),
    "a loop": ([node("Relu", ["y"], ["z"]), node("Relu", ["z"], ["y"])], {}, "which nothing before it gives"),
    "only constants": ([node("Relu", ["w"], ["y"])], {"w": random(2)}, "gives a constant, whatever its input"),
    "nothing": ([node("Transpose", ["x"], ["y"], perm=[0, 1, 2, 3])], {}, "changes nothing"),
    "a huge tile": ([node("Tile", ["x", "n"], ["y"])], {"n": np.array([1, 2**40, 1, 1])}, "its result would have"),
}


@pytest.mark.parametrize("what", BAD)
def test_what_cannot_be_shown_is_said_in_one_sentence(what: str, tmp_path: Path) -> None:
    nodes, constants, message = BAD[what]
    with pytest.raises(SpecError) as caught:
        opened(model(nodes, constants=constants), tmp_path)
    assert message in str(caught.value)


def test_the_net_before_it_can_be_used(tmp_path: Path) -> None:
    nodes = [
        node("Relu", ["x"], ["a"]),
        node("Det", ["a"], ["b"]),
        node("Relu", ["b"], ["c"]),
        node("Add", ["c", "a"], ["y"]),
    ]
    read = opened(model(nodes), tmp_path)
    assert read.network.names == ("relu1",)
    assert "the net ends after relu1: Det: convstep does not know this operator" in read.notes


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ((1, 2, "h", "w"), "leaves sizes of its input open: 2×?×?"),
        ((1, 2, 3, 4, 5), "is a volume or a film"),
        ((4,), "has 1 axes"),
        ((1, 2, 2**31, 4), "its input would be 2,147,483,648 long"),
        ((1, 2, 1_000_000, 500_000), "the net needs"),
    ],
)
def test_inputs_that_cannot_be_shown(shape: tuple[int | str, ...], message: str, tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=message):
        opened(model([node("Relu", ["x"], ["y"])], shape), tmp_path)


def test_open_sizes_are_given(tmp_path: Path) -> None:
    made = model([node("Relu", ["x"], ["y"])], ("N", 2, "h", "w"))
    assert opened(made, tmp_path, shape=(7, 5, 2)).network.input_shape == (7, 5, 2)
    with pytest.raises(SpecError, match="its input has 3 sizes beside the batch: height, width, channels"):
        opened(made, tmp_path, shape=(7, 5))


def test_a_long_chain_of_blocks_ends_somewhere(tmp_path: Path) -> None:
    """Results that are no maps are carried along, and not for ever."""
    nodes = [node("Reshape", ["x", "five"], ["r0"])]
    nodes += [node("Neg", [f"r{n}"], [f"r{n + 1}"]) for n in range(40)]
    made = model([*nodes, node("Reshape", ["r40", "four"], ["y"])], constants={
        "five": np.array([1, 1, 10, 2, 2]), "four": np.array([1, 2, 5, 4])
    })  # fmt: skip
    with pytest.raises(SpecError, match="still is no map of rows, columns and channels"):
        opened(made, tmp_path)


def test_sums_of_many_and_of_itself(tmp_path: Path) -> None:
    nodes = [node("Relu", ["x"], ["a"]), node("Sum", ["a", "x", "a"], ["y"])]
    read = opened(model(nodes), tmp_path)
    assert isinstance(read.network.layers[-1], Add)
    x = random(1, 2, 5, 4)
    np.testing.assert_allclose(np.moveaxis(outputs(read, x), -1, 1), 2 * np.maximum(x, 0) + x, rtol=1e-6)


def test_a_number_for_each_channel_is_a_batch_norm_without_epsilon(tmp_path: Path) -> None:
    mean, std = random(2, 1, 1), np.float32(0.25)
    nodes = [node("Sub", ["x", "mean"], ["a"]), node("Div", ["a", "std"], ["b"]), node("Sub", ["one", "b"], ["y"])]
    read = opened(model(nodes, constants={"mean": mean, "std": std, "one": np.float32(1)}), tmp_path)
    assert [(type(each), getattr(each, "epsilon", None)) for each in read.network.layers] == [(BatchNorm, 0.0)] * 3
    x = random(1, 2, 5, 4)
    np.testing.assert_allclose(np.moveaxis(outputs(read, x), -1, 1), 1 - (x - mean) / std, rtol=1e-5, atol=1e-5)


def test_nothing_is_computed_as_a_whole_that_is_too_large(tmp_path: Path) -> None:
    side = int(np.sqrt(MOST)) + 1
    with pytest.raises(SpecError, match="Hardmax: it is too large to be computed as a whole"):
        opened(model([node("Hardmax", ["x"], ["y"])], (1, 1, side, side)), tmp_path)
