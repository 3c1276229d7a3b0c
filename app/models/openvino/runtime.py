"""The one place that imports OpenVINO, which reports every import to its makers unless it cannot."""

from __future__ import annotations

import sys

# Patients' data is worked on here: a program that calls out, and be it to count its users, is not admissible.
sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]

import openvino  # noqa: E402

__all__ = ["openvino"]
