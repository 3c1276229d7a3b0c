"""Allow list of the operations in a model file: arithmetic on tensors alone.

Paddle programs can also read and write files, print, use the network and call back into Python. A file with any other
operation is refused before Paddle reads it.
"""

import re

_PLUMBING = "assign assign_value cast combine data feed fetch full_int_array share_data split_with_num"
_NETWORK = """
affine_channel affine_grid batch_norm bilinear_interp bilinear_interp_v2 conv2d conv2d_fusion conv2d_transpose
conv3d deformable_conv depthwise_conv2d depthwise_conv2d_transpose dropout fc fused_conv2d fused_elementwise_add
fused_elementwise_mul fused_elementwise_sub fused_matmul fused_transpose grid_sample grid_sampler group_norm
instance_norm label_smooth layer_norm linear_interp_v2 lookup_table_v2 embedding matmul matmul_v2 mul
nearest_interp nearest_interp_v2 norm p_norm pad pad2d pad3d pixel_shuffle pixel_unshuffle pool2d prelu
bicubic_interp bicubic_interp_v2 shuffle_channel space_to_depth sync_batch_norm unfold fold
"""
_ELEMENTWISE = """
abs add add_n ceil clip cos divide elementwise_add elementwise_div elementwise_floordiv elementwise_max
elementwise_min elementwise_mod elementwise_mul elementwise_pow elementwise_sub elu equal erf exp floor
floor_divide gelu greater_equal greater_than hard_sigmoid hard_swish hardsigmoid hardswish increment isnan
leaky_relu less_equal less_than log log_softmax logical_and logical_not logical_or maximum minimum mish
multiply not_equal pow reciprocal relu relu6 remainder round rsqrt scale sigmoid sign silu sin softmax softplus
softsign sqrt square subtract swish tanh where
"""
_SHAPE = """
arange arg_max arg_min argmax argmin argsort bmm broadcast_tensors concat crop_tensor cumsum eye expand expand_as
expand_as_v2 expand_v2 fill_any_like fill_constant fill_constant_batch_size_like fill_zeros_like flatten
flatten2 flatten_contiguous_range flip full full_batch_size_like full_like full_with_tensor gather gather_nd
index_select index_sample linspace masked_select max mean meshgrid min one_hot one_hot_v2 prod put_along_axis
range reduce_all reduce_any reduce_max reduce_mean reduce_min reduce_prod reduce_sum repeat_interleave reshape
reshape2 roll scatter scatter_nd_add set_value set_value_with_tensor shape shape64 size slice split squeeze
squeeze2 stack strided_slice sum take_along_axis tile top_k top_k_v2 topk transpose transpose2 tril_triu unbind
unsqueeze unsqueeze2 unstack where_index nonzero diag_v2 diag
"""
_ALLOWED = frozenset(" ".join((_PLUMBING, _NETWORK, _ELEMENTWISE, _SHAPE)).split())
_DIALECT = re.compile(r"^(\d+|pd_op|builtin)\.")


def find_forbidden(operations: set[str]) -> list[str]:
    """Return the operations that are not allowed, sorted; Paddle 3 adds a dialect prefix and may append "_"."""
    return sorted(name for name in operations if _DIALECT.sub("", name).rstrip("_") not in _ALLOWED)
