"""The one place that imports Paddle, quietly and with the settings that must precede the import."""

from __future__ import annotations

import os
import warnings

# MKL takes a path three times slower on processors of other makers unless told which one to take.
os.environ.setdefault("MKL_DEBUG_CPU_TYPE", "5")
os.environ.setdefault("GLOG_minloglevel", "2")

with warnings.catch_warnings():
    # A GPU build on a machine without a GPU falls back on the CPU, which is what we want.
    warnings.filterwarnings("ignore", message="You are using GPU version Paddle")
    warnings.filterwarnings("ignore", message="No ccache found")
    # Paddle's generated modules still use names that protobuf and numpy have deprecated.
    warnings.filterwarnings("ignore", category=DeprecationWarning)
    import paddle

__all__ = ["paddle"]
