"""Converters for operations of Paddle programs that OpenVINO does not read itself, or reads into slow ones."""

from typing import Any

from app.models.openvino.runtime import openvino


def extended_core() -> Any:
    """Return an OpenVINO core with these converters."""
    from openvino.frontend.paddle import ConversionExtension

    core = openvino.Core()
    core.add_extension(ConversionExtension("pixel_shuffle", _pixel_shuffle))
    core.add_extension(ConversionExtension("prelu", _prelu))
    core.add_extension(ConversionExtension("where", _where))
    return core


def _pixel_shuffle(node: Any) -> dict[str, list[Any]]:
    factor = node.get_attribute("upscale_factor")
    spread = openvino.opset13.depth_to_space(node.get_input("X"), "depth_first", factor)
    return {"Out": [spread.output(0)]}


def _prelu(node: Any) -> dict[str, list[Any]]:
    mode = node.get_attribute("mode")
    if mode not in ("all", "channel"):
        raise ValueError(f"prelu of the mode {mode}")
    return {"Out": [openvino.opset13.prelu(node.get_input("X"), node.get_input("Alpha")).output(0)]}


def _where(node: Any) -> dict[str, list[Any]]:
    # OpenVINO would broadcast the inputs by Paddle's rules, which is slow; they have one shape already.
    choices = [node.get_input(name) for name in ("Condition", "X", "Y")]
    return {"Out": [openvino.opset13.select(*choices, "numpy").output(0)]}
