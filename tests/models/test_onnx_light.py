"""The nets that the onnx package brings, with their real architectures and made-up weights, give its stored outputs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from convstep.loading import load

LIGHT = Path(onnx.__file__).parent / "backend" / "test" / "data" / "light"


def test_the_output_is_the_stored_one() -> None:
    stored = onnx.TensorProto.FromString((LIGHT / "light_shufflenet_output_0.pb").read_bytes())
    network, x = load(LIGHT / "light_shufflenet.onnx")
    found = network.forward(x)[network.names[-1]]
    np.testing.assert_allclose(found, numpy_helper.to_array(stored).reshape(found.shape), rtol=1e-4)


@pytest.mark.parametrize(
    ("name", "scores"), [("squeezenet", "global_avg_pool"), ("inception_v1", "dense1"), ("resnet50", "dense1")]
)
def test_scores_that_have_to_be_equal_are(name: str, scores: str) -> None:
    """A thousand filters are alike; scores of 10¹⁰ and more differ by rounding alone, which softmax magnifies."""
    network, x = load(LIGHT / f"light_{name}.onnx")
    found = network.forward(x)[scores]
    assert found.size == 1000
    assert abs(found).min() > 1e9
    np.testing.assert_allclose(found, np.full_like(found, found.mean(dtype=np.float64)), rtol=2e-5)
