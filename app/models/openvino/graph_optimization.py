"""Graph optimisation: the passes applied to an OpenVINO model of known sizes before it is compiled."""

from typing import Any

from app.models.openvino.defer_upsampling_conv1x1 import defer_upsampling_conv1x1, upsample_by_matmul
from app.models.openvino.defer_upsampling_conv3x3 import (
    defer_upsampling_conv3x3,
    gather_conv3x3_taps,
    widen_conv3x3,
)
from app.models.openvino.split_concat_conv import split_concat_convs
from app.models.openvino.topk_memory_read import read_topk_memory
from app.models.openvino.winograd_pass import apply_winograd


def optimize_graph(model: Any, early: Any = None, bf16: bool = False, picture: int | None = None) -> None:
    """Rewrite subgraphs into faster ones that are equal up to rounding.

    early: an input that is known before the others, if any. bf16: whether the model will run in bfloat16.
    picture: see apply_winograd.
    """
    fold_constants(model)
    read_topk_memory(model)
    if early is not None:
        split_concat_convs(model, early)
    defer_upsampling_conv1x1(model)
    upsample_by_matmul(model)
    defer_upsampling_conv3x3(model)
    gather_conv3x3_taps(model)
    widen_conv3x3(model)
    apply_winograd(model, bf16, picture)


def fold_constants(model: Any) -> None:
    """Fold constants, and batch norms into convolutions; the other passes would hide them from OpenVINO."""
    from openvino._offline_transformations import apply_moc_transformations

    apply_moc_transformations(model, cf=True)
