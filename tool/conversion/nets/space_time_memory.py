# mypy: allow-subclassing-any
"""MiVOS's propagation network (Cheng et al., 2021, arXiv:2103.07941), a space-time memory network."""

from __future__ import annotations

from app.models.runtime.paddle_runtime import paddle
from tool.conversion.nets.layers import Tensor, conv, nn
from tool.conversion.nets.memory_read import read_memory
from tool.conversion.nets.resnet import MemoryEncoder, QueryEncoder

KEY, VALUE, TOP_K = 128, 512, 50


class KeyValue(nn.Layer):
    """Projects encoder features to a key and a value."""

    def __init__(self) -> None:
        super().__init__()
        self.key_proj = conv(1024, KEY, bias=True)
        self.val_proj = conv(1024, VALUE, bias=True)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return self.key_proj(x), self.val_proj(x)


class ResidualBlock(nn.Layer):
    """Two 3x3 convolutions, ReLU before each; a convolution in the shortcut if the width changes."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.downsample = conv(inputs, outputs, bias=True) if inputs != outputs else None
        self.conv1 = conv(inputs, outputs, bias=True)
        self.conv2 = conv(outputs, outputs, bias=True)

    def forward(self, x: Tensor) -> Tensor:
        y = self.conv2(nn.functional.relu(self.conv1(nn.functional.relu(x))))
        return y + (x if self.downsample is None else self.downsample(x))


def upsample_by_factor(x: Tensor, factor: int) -> Tensor:
    """Resize bilinearly by a whole factor, corners not aligned."""
    return nn.functional.interpolate(x, scale_factor=factor, mode="bilinear", align_corners=False)


class UpsampleBlock(nn.Layer):
    """Adds the upsampled coarse result to a skip feature of twice its size."""

    def __init__(self, skip: int, inputs: int, outputs: int) -> None:
        super().__init__()
        self.skip_conv1 = conv(skip, inputs, bias=True)
        self.skip_conv2 = ResidualBlock(inputs, inputs)
        self.out_conv = ResidualBlock(inputs, outputs)

    def skip(self, feature: Tensor) -> Tensor:
        """Compute what depends on the frame alone and is shared by all objects."""
        return self.skip_conv2(self.skip_conv1(feature))

    def forward(self, skip: Tensor, x: Tensor) -> Tensor:
        return self.out_conv(skip + upsample_by_factor(x, 2))


class PropagationDecoder(nn.Layer):
    """[memory read, query value] and two skips to the probability of each object."""

    def __init__(self) -> None:
        super().__init__()
        self.compress = ResidualBlock(1024, 512)
        self.up_16_8 = UpsampleBlock(512, 512, 256)
        self.up_8_4 = UpsampleBlock(256, 256, 256)
        self.pred = conv(256, 1, bias=True)

    def forward(self, x: Tensor, skip8: Tensor, skip4: Tensor) -> Tensor:
        x = self.up_8_4(skip4, self.up_16_8(skip8, self.compress(x)))
        return nn.functional.sigmoid(upsample_by_factor(self.pred(nn.functional.relu(x)), 4))


class PropagationNetwork(nn.Layer):
    """Memory encoder, query encoder, memory read and decoder."""

    def __init__(self, top_k: int | None = TOP_K) -> None:
        super().__init__()
        self.top_k = top_k
        self.mask_rgb_encoder = MemoryEncoder()
        self.rgb_encoder = QueryEncoder()
        self.kv_m_f16 = KeyValue()
        self.kv_q_f16 = KeyValue()
        self.decoder = PropagationDecoder()

    def memorize(self, frame: Tensor, masks: Tensor) -> tuple[Tensor, Tensor]:
        """Return keys (K, 128, 1, h/16, w/16) and values (K, 512, 1, h/16, w/16).

        frame (1, 3, h, w); masks (K, 1, h, w): the probability of each object.
        """
        others = masks.sum(axis=0, keepdim=True) - masks
        frames = frame.expand([paddle.shape(masks)[0], -1, -1, -1])
        features = self.mask_rgb_encoder(paddle.concat([frames, masks, others], axis=1))
        key, value = self.kv_m_f16(features)
        return key.unsqueeze(2), value.unsqueeze(2)

    def encode(self, frame: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return query key, query value and the two skips: all that depends on the frame alone."""
        f16, f8, f4 = self.rgb_encoder(frame)
        key, value = self.kv_q_f16(f16)
        return key, value, self.decoder.up_16_8.skip(f8), self.decoder.up_8_4.skip(f4)

    def decode(self, memory: Tensor, value: Tensor, skip8: Tensor, skip4: Tensor) -> Tensor:
        """Return probabilities (K, 1, h, w) of a memory read (K, 512, h/16, w/16) and encode's features."""
        values = value.expand([paddle.shape(memory)[0], -1, -1, -1])
        return self.decoder(paddle.concat([memory, values], axis=1), skip8, skip4)

    def segment(self, frame: Tensor, keys: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
        """Return probabilities (K, 1, h, w) and the query key (1, 128, h/16, w/16)."""
        query, value, skip8, skip4 = self.encode(frame)
        memory = read_memory(keys, values, query, self.top_k)
        return self.decode(memory, value, skip8, skip4), query
