"""ONNX Runtime with its telemetry off; the one place that imports it.

Invariant: left to itself, the library writes an identifier of this machine into the user's cache and reports to its
maker. Its variable stands in the environment before the library is loaded, since loading is what starts that, and its
own switch is thrown as well, for parts that look at nothing else.
"""

# ONNX Runtime annotates some of its functions and not others.
# mypy: untyped-calls-exclude=onnxruntime

from __future__ import annotations

import os

os.environ["ORT_DISABLE_TELEMETRY"] = "1"

from onnxruntime import __version__ as VERSION  # noqa: N812, TID251
from onnxruntime import cuda_version as CUDA_VERSION  # noqa: N812, TID251
from onnxruntime import preload_dlls  # noqa: TID251
from onnxruntime.capi.onnxruntime_inference_collection import InferenceSession, OrtValue  # noqa: TID251
from onnxruntime.capi.onnxruntime_pybind11_state import (  # noqa: TID251
    RunOptions,
    SessionOptions,
    disable_telemetry_events,
    get_available_providers,
)

disable_telemetry_events()

__all__ = [
    "CUDA_VERSION",
    "VERSION",
    "InferenceSession",
    "OrtValue",
    "RunOptions",
    "SessionOptions",
    "get_available_providers",
    "preload_dlls",
]
