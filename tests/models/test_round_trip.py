"""A net written as PyTorch's code, run there, exported to ONNX and opened again is the same net. Needs torch."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import nets
import numpy as np
import pytest

from convstep.answers.emit import emit
from convstep.engine.steps import Array
from convstep.loading import load
from convstep.network import Network

torch: Any = pytest.importorskip("torch")


def net_of(name: str) -> tuple[Network, Array]:
    """Return a net and its input: a sample, or one of the tests' own."""
    made = {"every kind": (nets.every_kind, 2), "branching": (nets.branching, 1)}
    if name not in made:
        return load(name)
    make, m = made[name]
    network = make()
    return network, nets.x(m, *network.input_shape)


@pytest.mark.parametrize("name", ["every kind", "branching", "photo", "lenet5", "residual", "digits", "conv1d"])
def test_a_net_comes_back_from_pytorch_and_onnx(name: str, tmp_path: Path) -> None:
    network, x = net_of(name)
    program: dict[str, Any] = {"__name__": "__main__"}
    with pytest.raises(SystemExit) as ended:
        exec(emit(network, "torch", x, embed=True).code, program)
    assert not ended.value.code
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter's own
        torch.onnx.export(program["net"], (program["x"],), tmp_path / "net.onnx", dynamo=False, opset_version=17)
    back, _ = load(tmp_path / "net.onnx")
    expected, found = network.forward(x), back.forward(x)
    np.testing.assert_allclose(found[back.names[-1]], expected[network.names[-1]], rtol=1e-4, atol=1e-5)
