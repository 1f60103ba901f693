"""What all tests share."""

from __future__ import annotations

import gc
import os

if "PYTEST_XDIST_WORKER" in os.environ:  # which share the cores: more threads took a tenth of the time
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def pytest_collection_finish() -> None:
    """Spare Python to search for garbage in what lives to the end, which took a sixth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000)
