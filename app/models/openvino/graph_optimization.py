"""What makes an OpenVINO model of known sizes faster than OpenVINO itself makes it."""

from __future__ import annotations

from typing import Any

from app.models.openvino.defer_upsampling_conv1x1 import enlarge_by_products, multiply_early
from app.models.openvino.defer_upsampling_conv3x3 import convolve_early, fill_vectors, gather_taps
from app.models.openvino.split_concat_conv import share
from app.models.openvino.topk_memory_read import read_sparsely
from app.models.openvino.winograd_pass import multiply_less


def quicken(model: Any, early: Any = None, bf16: bool = False, picture: int | None = None) -> None:
    """Say parts of a model in other operations, which give the same up to rounding.

    early: an input that is known before the others, if there is one. bf16: whether it will run in bfloat16.
    picture: see multiply_less.
    """
    fold(model)
    read_sparsely(model)
    if early is not None:
        share(model, early)
    multiply_early(model)
    enlarge_by_products(model)
    convolve_early(model)
    gather_taps(model)
    fill_vectors(model)
    multiply_less(model, bf16, picture)


def fold(model: Any) -> None:
    """Compute what is known, and join norms to convolutions; OpenVINO could not do so any more later."""
    from openvino._offline_transformations import apply_moc_transformations

    apply_moc_transformations(model, cf=True)
