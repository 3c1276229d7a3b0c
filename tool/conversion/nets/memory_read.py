"""Memory read of MiVOS (Cheng et al., 2021, arXiv:2103.07941, section 3.1)."""

from __future__ import annotations

import math

from app.models.runtime.paddle_runtime import paddle
from tool.conversion.nets.layers import Tensor, nn, resize_bilinear, size_of

CELL = 16  # Pixels per memory position.


def affinity(keys: Tensor, query: Tensor) -> Tensor:
    """Return (K, HW, M): affinity of query positions of (1, C, H, W) and memory positions of (K, C, T, H, W)."""
    scale = 1.0 / math.sqrt(keys.shape[1])
    return paddle.matmul(query.flatten(2) * scale, keys.flatten(2), transpose_x=True)


def read_memory(keys: Tensor, values: Tensor, query: Tensor, top_k: int | None) -> Tensor:
    """Return the read of each query position, (K, Cv, H, W).

    top_k: memory positions in the softmax, None for all; at most their number, so that small frames work too.
    """
    liking = affinity(keys, query)
    weights = nn.functional.softmax(_keep(liking, top_k), axis=2)
    memory = paddle.matmul(values.flatten(2), weights, transpose_y=True)
    sides = paddle.shape(query)
    return memory.reshape([0, values.shape[1], sides[2], sides[3]])


def _keep(liking: Tensor, top_k: int | None) -> Tensor:
    if top_k is None:
        return liking
    count = paddle.minimum(paddle.shape(liking)[2].astype("int32"), paddle.full([], top_k, "int32"))
    best, _ = paddle.topk(liking, count, axis=2)
    return paddle.where(liking >= best[:, :, -1:], liking, paddle.full_like(liking, -1e30))


def transfer_change(memory_key: Tensor, query: Tensor, positive: Tensor, negative: Tensor) -> Tensor:
    """Transfer a person's change, (1, 1, h, w) twice, to another frame by attention: (1, 2, h, w)."""
    weights = nn.functional.softmax(affinity(memory_key, query), axis=2)
    change = nn.functional.avg_pool2d(paddle.concat([positive, negative], axis=1), CELL)
    carried = paddle.matmul(change.flatten(2), weights, transpose_y=True)
    sides = paddle.shape(query)
    return resize_bilinear(
        carried.reshape([0, 2, sides[2], sides[3]]), size_of(positive), align_corners=False
    )
