"""How fast the engine is, beside others in the same run: pytest -n 0 -s tests/benchmarks/bench_engine.py.

Each test times two things in turns, asserts what the engine is held to, and puts the ratios into the report. Torch and
NumPy get as many threads as each other.
"""

from __future__ import annotations

import random
import statistics
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import threadpoolctl
import torch
from nets import conv

from convstep.debugger import Session
from convstep.engine import conv2d, conv_forward
from convstep.engine.conv import Conv
from convstep.engine.geometry import Padding, Sliding
from convstep.network import Network

CASES = {
    "course conv1": (64, 3, 4, 8, ((1, 2), (1, 2))),
    "course conv2": (8, 8, 2, 16, ((0, 1), (0, 1))),
    "mnist conv1": (28, 1, 5, 32, ((2, 2), (2, 2))),
    "mnist conv2": (14, 32, 5, 64, ((2, 2), (2, 2))),
    "224x224x3 to 64": (224, 3, 3, 64, ((1, 1), (1, 1))),
    "224x224x64 to 64": (224, 64, 3, 64, ((1, 1), (1, 1))),
    "56x56x256 to 256": (56, 256, 3, 256, ((1, 1), (1, 1))),
}
THREADS = max((pool["num_threads"] for pool in threadpoolctl.threadpool_info()), default=1)


def turns(*functions: Callable[[], Any], seconds: float = 1.5) -> list[float]:
    """Return each function's median time, in seconds.

    They take turns of 30 ms, each after a rest: the idle threads of one library spin for a while, and would otherwise
    take the other's core.
    """
    times: list[list[float]] = [[] for _ in functions]
    end = time.perf_counter() + seconds * len(functions)
    while time.perf_counter() < end:
        for function, taken in zip(functions, times, strict=True):
            time.sleep(0.02)
            function()
            turn = time.perf_counter() + 0.03
            while True:
                start = time.perf_counter()
                function()
                stop = time.perf_counter()
                taken.append(stop - start)
                if stop > turn:
                    break
    return [statistics.median(taken) for taken in times]


def course_forward(A_prev: Any, W: Any, b: Any, stride: int, pad: int) -> Any:
    """The course's conv_forward: four loops, and conv_single_step inside."""
    m, n_H_prev, n_W_prev, _ = A_prev.shape
    f, n_C = W.shape[0], W.shape[3]
    n_H = int((n_H_prev - f + 2 * pad) / stride) + 1
    n_W = int((n_W_prev - f + 2 * pad) / stride) + 1
    Z = np.zeros((m, n_H, n_W, n_C))
    A_prev_pad = np.pad(A_prev, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    for i in range(m):
        a_prev_pad = A_prev_pad[i]
        for h in range(n_H):
            for w in range(n_W):
                for c in range(n_C):
                    vert_start = h * stride
                    vert_end = vert_start + f
                    horiz_start = w * stride
                    horiz_end = horiz_start + f
                    a_slice_prev = a_prev_pad[vert_start:vert_end, horiz_start:horiz_end, :]
                    s = np.multiply(a_slice_prev, W[:, :, :, c])
                    Z[i, h, w, c] = np.sum(s) + float(b[0, 0, 0, c])
    return Z


def test_stepping_beside_the_courses_loop(benchmark: Any) -> None:
    """At least 6 times its windows a second."""
    generator = np.random.default_rng(1)
    A_prev, W = generator.standard_normal((1, 64, 64, 3)), generator.standard_normal((4, 4, 3, 8))
    b = generator.standard_normal((1, 1, 1, 8))

    def stepped() -> None:
        for _ in conv_forward(A_prev, W, b, {"stride": 1, "pad": 1}):
            pass

    def stepped_and_read() -> None:
        for step in conv_forward(A_prev, W, b, {"stride": 1, "pad": 1}):
            _ = step.index, step.value

    np.testing.assert_allclose(
        course_forward(A_prev, W, b, 1, 1), conv2d(A_prev, W, b, {"stride": 1, "pad": 1}), atol=1e-12
    )
    ours, read, course = turns(stepped, stepped_and_read, lambda: course_forward(A_prev, W, b, 1, 1), seconds=3)
    benchmark.pedantic(stepped, rounds=3)
    benchmark.extra_info["times the course's loop"] = round(course / ours, 2)
    print(f"\nstepping: {course / ours:.2f} times the course's loop; {course / read:.2f} with index and value read")
    assert course / ours >= 6


@pytest.mark.parametrize("threads", sorted({1, THREADS}))
def test_whole_layers_beside_torch(benchmark: Any, threads: int) -> None:
    """Geometric mean of time ratios at most 1.3."""
    torch.set_num_threads(threads)
    generator = np.random.default_rng(1)
    ratios = {}
    with threadpoolctl.threadpool_limits(threads), torch.inference_mode():
        for name, (size, channels, f, filters, pad) in CASES.items():
            A_prev = generator.standard_normal((1, size, size, channels), dtype=np.float32)
            W = generator.standard_normal((f, f, channels, filters), dtype=np.float32)
            b = generator.standard_normal(filters, dtype=np.float32)
            x = torch.tensor(A_prev).permute(0, 3, 1, 2).contiguous()
            kernel = torch.tensor(W).permute(3, 2, 0, 1).contiguous()
            bias = torch.tensor(b)

            def theirs(x: Any = x, kernel: Any = kernel, bias: Any = bias, pad: Any = pad) -> Any:
                (top, bottom), (left, right) = pad
                if (top, left) == (bottom, right):
                    return torch.nn.functional.conv2d(x, kernel, bias, padding=(top, left))
                return torch.nn.functional.conv2d(torch.nn.functional.pad(x, (left, right, top, bottom)), kernel, bias)

            def ours(A_prev: Any = A_prev, W: Any = W, b: Any = b, pad: Any = pad) -> Any:
                return conv2d(A_prev, W, b, {"pad": pad})

            np.testing.assert_allclose(ours(), theirs().permute(0, 2, 3, 1).numpy(), rtol=1e-3, atol=1e-3)
            mine, torchs = turns(ours, theirs)
            ratios[name] = mine / torchs
            print(
                f"\n{threads} threads {name:17} {mine * 1e6:9.1f} µs, torch {torchs * 1e6:9.1f} µs: {ratios[name]:.2f}",
                end="",
            )
    mean = float(np.exp(np.mean(np.log(list(ratios.values())))))
    print(f"\n{threads} threads  geometric mean of ratios {mean:.3f}")
    benchmark.pedantic(lambda: None, rounds=1)
    benchmark.extra_info["ratios"] = {name: round(ratio, 2) for name, ratio in ratios.items()}
    benchmark.extra_info["geometric mean"] = round(mean, 3)
    assert mean <= 1.3


def test_seeking_costs_the_same_in_a_large_layer(benchmark: Any) -> None:
    """Within 1.5 times, after the layer has been computed once."""

    def session(size: int, channels: int, filters: int) -> Session:
        layer = conv("conv1", Sliding((3, 3), padding="same"), filters)
        network = Network("seek", (size, size, channels), (layer,), np.dtype(np.float32))
        x = np.random.default_rng(1).standard_normal((1, size, size, channels), dtype=np.float32)
        found = Session(network, x)
        assert found.frame.step is not None
        return found

    small, large = session(8, 1, 1), session(224, 64, 64)
    numbers = random.Random(1)

    def seek(found: Session) -> Callable[[], None]:
        count = found.frame.step.operation.geometry.count  # type: ignore[union-attr]  # it works

        def once() -> None:
            for _ in range(100):
                found.jump(numbers.randrange(count))
                assert found.frame.value is not None

        return once

    in_small, in_large = turns(seek(small), seek(large))
    benchmark.pedantic(seek(large), rounds=3)
    benchmark.extra_info["large / small"] = round(in_large / in_small, 2)
    print(f"\nseeking: {in_large * 1e4:.1f} µs in the large layer, {in_small * 1e4:.1f} µs in the small one")
    assert in_large / in_small <= 1.5


def test_memory_of_a_large_layer(benchmark: Any) -> None:
    """At most 64 MB beyond input, weights and output."""
    generator = np.random.default_rng(1)
    A_prev = generator.standard_normal((1, 224, 224, 64), dtype=np.float32)
    W = generator.standard_normal((3, 3, 64, 64), dtype=np.float32)
    Z = np.empty((1, 224, 224, 64), np.float32)
    tracemalloc.start()
    operation = Conv(A_prev, W, None, Sliding((3, 3), padding=Padding(1, 1, 1, 1)))
    for _ in operation.blocks(Z):
        pass
    peak = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    benchmark.pedantic(lambda: None, rounds=1)
    benchmark.extra_info["MB"] = round(peak, 1)
    print(
        f"\nmemory: {peak:.1f} MB beyond input, weights and output (a copy of the input that steps can keep is in it)"
    )
    assert peak <= 64
