"""What OpenVINO itself makes of a graph, as the measure of the graph said in other operations."""

from __future__ import annotations

from app.models.openvino.runtime import openvino


def answers(model, inputs):
    """All outputs, in float32."""
    compiled = openvino.Core().compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    return list(compiled(inputs).values())


def answer(model, inputs):
    """The first output."""
    return answers(model, inputs)[0]
