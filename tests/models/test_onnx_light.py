"""The nets that the onnx package brings, with their real architectures and made-up weights, give its stored outputs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from convstep.loading import load

LIGHT = Path(onnx.__file__).parent / "backend" / "test" / "data" / "light"


@pytest.mark.parametrize("name", ["inception_v1", "resnet50", "shufflenet"])
def test_the_output_is_the_stored_one(name: str) -> None:
    stored = onnx.TensorProto.FromString((LIGHT / f"light_{name}_output_0.pb").read_bytes())
    network, x = load(LIGHT / f"light_{name}.onnx")
    found = network.forward(x)[network.names[-1]]
    np.testing.assert_allclose(found, numpy_helper.to_array(stored).reshape(found.shape), rtol=1e-4)


def test_scores_that_have_to_be_equal_are() -> None:
    """SqueezeNet's thousand filters are alike; its scores of 10¹⁰ differ by rounding alone, which softmax magnifies."""
    network, x = load(LIGHT / "light_squeezenet.onnx")
    scores = network.forward(x)["global_avg_pool"]
    assert scores.size == 1000
    np.testing.assert_allclose(scores, scores.mean(), rtol=1e-6)
