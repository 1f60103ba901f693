"""Sizes: against arrays really computed, counts made by hand, and values that really change."""

from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
import pytest
from nets import F32, averaged, branching, conv, every_kind, max_pool, meeting, residual

from convstep.answers.paddings import compare_paddings
from convstep.answers.seen import sees
from convstep.answers.shapes import shapes, totals
from convstep.answers.window import read_window
from convstep.engine.geometry import Padding, Sliding
from convstep.errors import ConvstepError, GeometryError
from convstep.layers.block import OperatorBlock
from convstep.layers.weights import Given
from convstep.network import Network
from convstep.report.answers.shapes import (
    compare_json,
    compare_text,
    details,
    overview_table,
    shapes_json,
    shapes_text,
    window_json,
    window_text,
)
from convstep.spec import load
from convstep.spec.samples import bundled

PARAMETERS = {
    "photo": 392 + 528 + 390,
    "course": 392 + 528 + 390,
    "tiny": 10,
    "residual": 108 + 16 + 144 + 16 + 144 + 16 + 30,
    "lenet5": 156 + 2416 + 48120 + 10164 + 850,
    "mnist": 832 + 51264 + 3212288 + 10250,
    "conv1d": 220,
}
"""Counted by hand: kernel · channels · filters + biases of each layer."""


@pytest.mark.parametrize("name", list(bundled()))
def test_sizes_are_those_of_the_arrays_that_are_computed(name: str) -> None:
    network, x = load(name)
    rows, outputs = shapes(network), network.forward(x)
    assert [row.name for row in rows] == list(outputs)
    for row in rows:
        Z = outputs[row.name][0]
        assert (row.output, row.neurons, row.memory) == (Z.shape, Z.size, Z.nbytes)
    whole = totals(rows)
    assert whole.neurons == sum(Z[0].size for Z in outputs.values())
    assert whole.memory == sum(Z[0].nbytes for Z in outputs.values())
    if name in PARAMETERS:
        assert whole.parameters == PARAMETERS[name]


def test_sharing_is_counted() -> None:
    network, _ = load("course")
    row = {row.name: row for row in shapes(network)}["conv1"]
    assert (row.weights_per_neuron, row.parameters, row.macs) == (48, 392, 32_768 * 48)
    assert row.parameters_unshared == 32_768 * (48 + 1)
    assert row.parameters_as_dense == 64 * 64 * 3 * 32_768 + 32_768
    assert row.formula == "⌊(64 + 1 + 2 − 4)/1⌋ + 1 = 64"


def test_layers_without_weights_have_nothing_to_share() -> None:
    rows = {row.name: row for row in shapes(load("residual")[0])}
    for name in ("batch_norm1", "relu1", "add1", "global_avg_pool"):
        assert rows[name].parameters_unshared == rows[name].parameters_as_dense == 0
    assert rows["stem"].parameters_unshared == 16 * 16 * 4 * 27  # it has no bias


def test_unreached_rows_and_columns_are_those_that_change_nothing() -> None:
    network = Network(
        "net", (10, 9, 2), (conv("c", Sliding((2, 3), (3, 4), (1, 2)), 2, weights=Given(np.ones((2, 3, 2, 2)))),), F32
    )
    x = np.zeros((1, 10, 9, 2), np.float32)
    before = network.forward(x)["c"]
    unreached: tuple[list[int], list[int]] = ([], [])
    for axis, length in enumerate((10, 9)):
        for place in range(length):
            changed = x.copy()
            changed[(slice(None),) * (1 + axis) + (place,)] = 1
            if np.array_equal(network.forward(changed)["c"], before):
                unreached[axis].append(place)
    (row,) = shapes(network)
    assert (list(row.unreached.rows), list(row.unreached.cols)) == unreached
    assert unreached == ([2, 5, 8, 9], [1, 3, 5, 7])
    assert "c: no window reaches 4 rows and 4 columns of its input" in shapes_text(network, [row])


def test_the_table_of_a_net_that_cannot_run_ends_with_the_reason() -> None:
    network, _ = load("mnist", padding="valid")
    lines = shapes_text(network, shapes(network))
    assert any(line.split() == ["dense1", "—", "can't", "work"] for line in lines)
    assert "1024 arrive: 4×4×64 = 1024 from pool2" in lines[-1]
    assert "total     51,712" in "\n".join(lines)


def test_json_has_the_same_numbers() -> None:
    network, _ = load("course")
    first = json.loads("\n".join(shapes_json(shapes(network))))[0]
    expected = {
        "layer": "conv1",
        "kind": "conv",
        "output": [64, 64, 8],
        "padding": [1, 2, 1, 2],
        "neurons": 32768,
        "parameters": 392,
        "macs": 1572864,
        "receptive_field": [4, 4],
        "jump": [1, 1],
        "formula": "⌊(64 + 1 + 2 − 4)/1⌋ + 1 = 64",
    }
    assert expected.items() <= first.items()


def test_paddings_side_by_side() -> None:
    columns = compare_paddings(load("mnist")[0])
    outputs = {column.name: {row.name: row.output for row in column.rows} for column in columns}
    assert outputs["its own"] == outputs["SAME"]
    assert [outputs["VALID"][name] for name in ("conv1", "pool1", "conv2", "pool2", "flatten")] == [
        (24, 24, 32),
        (12, 12, 32),
        (8, 8, 64),
        (4, 4, 64),
        (1024,),
    ]
    assert outputs["VALID"]["dense1"] is None
    text = compare_text(load("mnist")[0], columns)
    assert "  its own, SAME and p = (f − 1)//2: 7·7·64 = 3,136 arrive, which fits" in text
    assert "  VALID: 4·4·64 = 1,024 arrive, which does not fit" in text
    assert list(json.loads("\n".join(compare_json(columns)))) == ["its own", "SAME", "VALID", "p = (f − 1)//2"]


def test_symmetric_padding_of_an_even_kernel_loses_a_row() -> None:
    network = Network("net", (9, 8, 1), (conv("c", Sliding((4, 3)), 1), max_pool("p", Sliding((2, 2), (2, 2)))), F32)
    symmetric = compare_paddings(network)[3]
    assert [row.output for row in symmetric.rows] == [(8, 8, 1), (4, 4, 1)]
    assert symmetric.rows[0].padding == Padding(1, 1, 1, 1)


class TestOneWindow:
    def test_its_size_is_told_with_the_arithmetic(self) -> None:
        assert window_text(read_window("64,4,1,same")) == [
            "64×64 = ⌊(64 + 1 + 2 − 4)/1⌋ + 1 = 64",
            "4×4 over 64×64, stride 1. SAME pads 1 above, 2 below, 1 left, 2 right: ⌈64 / 1⌉ = 64 windows of 4 rows "
            "need 64 + 3 rows: 1 above, 2 below; columns likewise: 1 left, 2 right.",
        ]

    def test_rows_and_columns_may_differ(self) -> None:
        assert window_text(read_window("28x20, 5x3, 2x1, valid")) == [
            "12×18 = ⌊(28 − 5)/2⌋ + 1 = 12, ⌊(20 − 3)/1⌋ + 1 = 18",
            "5×3 over 28×20, stride 2×1. VALID: no padding.",
            "row 27 is never reached",
        ]
        assert json.loads(window_json(read_window("7x9,3,2,1x0"))[0]) == {
            "output": [4, 4],
            "padding": [1, 1, 0, 0],
            "unreached": {"rows": [], "cols": []},
            "formula": "⌊(7 + 1 + 1 − 3)/2⌋ + 1 = 4, ⌊(9 − 3)/2⌋ + 1 = 4",
        }

    def test_stride_and_padding_may_be_left_out(self) -> None:
        assert read_window("7,3").axes[0].output == 5
        assert read_window("7,3,2").axes[0].output == 3
        assert read_window("9,3,1,0,2").axes[0].output == 5

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("64", "can't read '64'"),
            ("64,4,1,same,1,1", "can't read"),
            ("64,0", "the kernel as a number from 1 on, or as HxW, got '0'"),
            ("a,4", "the size"),
            ("64,4,1,sam", "the padding as a number from 0 on, or as HxW, or same, valid or full, got 'sam'"),
            ("64,4,-1", "the stride"),
            ("64,4,1x2x3", "the stride"),
        ],
    )
    def test_what_cannot_be_read_is_said(self, text: str, message: str) -> None:
        with pytest.raises(ConvstepError, match=r".") as error:
            read_window(text)
        assert message in str(error.value)

    def test_a_window_larger_than_the_map_is_refused(self) -> None:
        with pytest.raises(GeometryError, match="does not fit"):
            window_text(read_window("3,5,1,valid"))


def with_a_block() -> Network:
    """Return a net whose middle is computed as a whole, and has a map of another size."""
    layers = (
        conv("c", Sliding((2, 2), (1, 1)), 2),
        OperatorBlock(
            "halved",
            operators="Slice",
            made_from=((9, 8, 2),),
            result=(4, 7, 2),
            function=lambda arrays: arrays[0][:, 1::2, 1:],
        ),
        conv("d", Sliding((3, 2), (1, 2)), 3),
        max_pool("p", Sliding((2, 3))),
    )
    return Network("net", (10, 9, 2), layers, F32)


@pytest.mark.parametrize("net", [every_kind, averaged, branching, meeting, residual, with_a_block])
def test_the_field_inside_is_the_largest_box_of_what_a_neuron_sees(net: Callable[[], Network]) -> None:
    network = net()
    for row in shapes(network):
        assert row.output is not None
        boxes = [sees(network, row.name, index)[-1].box for index in np.ndindex(row.output)]
        largest = tuple(max(len(box[axis]) for box in boxes) for axis in (0, 1))
        if row.kind == "concat":  # its channels see what their own input sees, and no more
            assert all(a <= b for a, b in zip(largest, row.field_inside, strict=True))
        else:
            assert row.field_inside == largest


def test_all_neurons_of_a_block_and_after_it_may_see_the_whole_input() -> None:
    rows = {row.name: row for row in shapes(with_a_block())}
    for name in ("halved", "d", "p"):
        field = rows[name].field
        assert field is not None
        assert (field.size, rows[name].field_inside) == ((10, 9), (10, 9))
        assert list(field.jump) == [0, 0]


def test_only_a_neuron_with_neighbours_on_its_map_has_one_that_looks_further() -> None:
    network = load("mnist")[0]
    rows = shapes(network)
    said = {row.name: any("neighbour" in line for line in details(network, row)) for row in rows}
    assert [name for name, found in said.items() if found] == ["conv1", "relu1", "pool1", "conv2", "relu2", "pool2"]


def test_memory_has_a_column_of_its_own_where_there_is_room() -> None:
    network = load("mnist")[0]
    wide, narrow = (overview_table(network, shapes(network), width) for width in (94, 70))
    assert wide[0].endswith("sees     memory")
    assert wide[-1].endswith(" 360 kB")
    assert wide[-1].index("360 kB") + len("360 kB") == len(wide[0])
    assert narrow[0].endswith("sees")
    assert "kB" not in "".join(narrow)
