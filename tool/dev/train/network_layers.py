# mypy: allow-subclassing-any
"""The default model as Paddle layers, batch norms folded into the convolutions before them.

build.py makes the static graphs that ship from these; names and shapes of parameters are those that export.py
writes. Architecture: app/models/default/README.md.
"""

from __future__ import annotations

from app.models.runtime.paddle_runtime import paddle
from tool.conversion.nets.layers import Tensor, nn

F = paddle.nn.functional

STAGES = (
    (3, 1, 1, 16, 1),
    (3, 2, 6, 24, 2),
    (5, 2, 6, 40, 2),
    (3, 2, 6, 80, 3),
    (5, 1, 6, 112, 3),
    (5, 2, 6, 192, 4),
    (3, 1, 6, 320, 1),
)
TAPS = {2: 24, 4: 40, 10: 112, 15: 320}
WIDTHS = (32, 64, 96, 128)
KERNELS = ((5,), (5, 5), (7, 7), (7, 7))
EMBEDDING = 32  # channels, as the shipped weights are trained; so are KEY and HINTS
KEY = 64
HINTS = 9


class Point(nn.Layer):
    """1×1 convolution."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.conv = nn.Conv2D(inputs, outputs, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(x)


class Stride(nn.Layer):
    """3×3 convolution of stride 2 with ReLU."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.conv = nn.Conv2D(inputs, outputs, 3, 2, 1)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.conv(x))


class Block(nn.Layer):
    """Residual pair of a large depthwise and a pointwise convolution."""

    def __init__(self, width: int, kernel: int) -> None:
        super().__init__()
        self.depth = nn.Conv2D(width, width, kernel, padding=kernel // 2, groups=width)
        self.point = Point(width, width)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(x + self.point(F.relu(self.depth(x))))


class Inverted(nn.Layer):
    """Inverted bottleneck of EfficientNet-Lite."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        wide = inputs * expansion
        self.expand = nn.Conv2D(inputs, wide, 1) if expansion > 1 else None
        self.depth = nn.Conv2D(wide, wide, kernel, stride, kernel // 2, groups=wide)
        self.project = nn.Conv2D(wide, outputs, 1)
        self.residual = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        y = x if self.expand is None else F.relu6(self.expand(x))
        y = self.project(F.relu6(self.depth(y)))
        return x + y if self.residual else y


class Backbone(nn.Layer):
    """EfficientNet-Lite0 without its head."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2D(3, 32, 3, 2, 1)
        blocks, inputs = [], 32
        for kernel, stride, expansion, outputs, repeats in STAGES:
            for index in range(repeats):
                blocks.append(Inverted(inputs, outputs, kernel, stride if index == 0 else 1, expansion))
                inputs = outputs
        self.blocks = nn.LayerList(blocks)

    def forward(self, x: Tensor) -> list[Tensor]:
        x = F.relu6(self.stem(x))
        taps = []
        for index, block in enumerate(self.blocks):
            x = block(x)
            if index in TAPS:
                taps.append(x)
        return taps


class Encoder(nn.Layer):
    """Image (1, 3, h, w) to features at strides 4..32."""

    def __init__(self) -> None:
        super().__init__()
        self.backbone = Backbone()
        pairs = zip(TAPS.values(), WIDTHS, strict=True)
        self.sides = nn.LayerList([Point(tap, width) for tap, width in pairs])
        self.downs = nn.LayerList([Point(WIDTHS[i + 1], WIDTHS[i]) for i in range(3)])
        kernels = zip(WIDTHS, (3, 5, 5, 7), strict=True)
        self.blocks = nn.LayerList([Block(width, kernel) for width, kernel in kernels])

    def forward(self, image: Tensor) -> list[Tensor]:
        taps = [side(tap) for side, tap in zip(self.sides, self.backbone(image), strict=True)]
        features = [self.blocks[3](taps[3])]
        for level in (2, 1, 0):
            above = _double(self.downs[level](features[0]))
            features.insert(0, self.blocks[level](taps[level] + above))
        return features


class KeyEncoder(nn.Layer):
    """Features at strides 4, 8 and 16 to the key by which memory is read."""

    def __init__(self) -> None:
        super().__init__()
        self.plain = nn.Conv2D(WIDTHS[2], KEY, 1)
        self.join = Point(sum(WIDTHS[:3]), WIDTHS[2])
        self.block = Block(WIDTHS[2], 5)
        self.out = nn.Conv2D(WIDTHS[2], KEY, 1)

    def forward(self, features: list[Tensor]) -> Tensor:
        fine = [F.avg_pool2d(features[0], 4), F.avg_pool2d(features[1], 2), features[2]]
        detail = self.block(F.relu(self.join(paddle.concat(fine, 1))))
        return self.plain(features[2]) + self.out(detail)


class EncoderGraph(nn.Layer):
    """All that is computed once per picture."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = Encoder()
        self.embedding = nn.Conv2D(WIDTHS[1], EMBEDDING, 1)
        self.key = KeyEncoder()

    def forward(self, image: Tensor) -> tuple[Tensor, ...]:
        """Return features at strides 4, 8, 16, 32, unit embedding at stride 8, key at stride 16."""
        features = self.encoder(image)
        embedding = F.normalize(self.embedding(features[1]), axis=1)
        return (*features, embedding, self.key(features))


class MaskDecoder(nn.Layer):
    """Features of one picture with hints, likeness and memory of n objects to n masks."""

    def __init__(self) -> None:
        super().__init__("decoder")  # The shipped graph names its one bare parameter after this scope.
        self.hints = nn.LayerList([nn.Conv2D(HINTS + 2, width, 1) for width in WIDTHS])
        self.recall = nn.Conv2D(WIDTHS[2], WIDTHS[2], 1, bias_attr=False)
        self.downs = nn.LayerList([Point(WIDTHS[i + 1], WIDTHS[i]) for i in range(3)])
        stacks = zip(WIDTHS, KERNELS, strict=True)
        self.blocks = nn.LayerList([nn.Sequential(*(Block(width, k) for k in ks)) for width, ks in stacks])
        self.head = nn.Conv2D(WIDTHS[0], 4, 3, padding=1)
        self.trust = self.create_parameter([1])
        self.score = nn.Sequential(nn.Linear(2 * WIDTHS[1], 32), nn.ReLU(), nn.Linear(32, 1))

    def forward(self, *inputs: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits (n, 1, h/2, w/2) and score (n, 1) in [0, 1].

        inputs: features at strides 4, 8, 16 and 32, hints, likeness, memory.
        """
        *features, hints, likeness, memory = inputs
        spread = paddle.concat([hints, F.interpolate(likeness, scale_factor=2.0, mode="nearest")], 1)
        # Expanded, since OpenVINO fuses a convolution with the following sum even if the other term has a batch of 1.
        deepest = paddle.expand(features[3], [paddle.shape(hints)[0], -1, -1, -1])
        x = middle = self.blocks[3](F.relu(deepest + self.hints[3](F.avg_pool2d(spread, 8))))
        for level in (2, 1, 0):
            pooled = F.avg_pool2d(spread, 2**level) if level else spread
            y = features[level] + _double(self.downs[level](x)) + self.hints[level](pooled)
            if level == 2:
                y = y + self.recall(memory)
            x = self.blocks[level](F.relu(y))
            middle = x if level == 1 else middle
        logits = F.pixel_shuffle(self.head(x), 2) + self._kept(hints)
        return logits, F.sigmoid(self.score(_summary(middle, logits)))

    def _kept(self, hints: Tensor) -> Tensor:
        kept = (2 * hints[:, 6:7] - 1) * hints[:, 7:8] * (1 - hints[:, 8:9]) * self.trust
        return _double(kept)


class ValueEncoder(nn.Layer):
    """Feature at stride 16 and masks (n, 2, h/4, w/4) to memory values (n, 96, h/16, w/16)."""

    def __init__(self) -> None:
        super().__init__()
        self.mask = nn.Sequential(Stride(2, 24), Stride(24, 48))
        self.join = Point(48 + WIDTHS[2], WIDTHS[2])
        self.blocks = nn.Sequential(Block(WIDTHS[2], 5), Block(WIDTHS[2], 5))
        self.out = nn.Conv2D(WIDTHS[2], WIDTHS[2], 1)

    def forward(self, feature: Tensor, masks: Tensor) -> Tensor:
        spread = paddle.expand(feature, [paddle.shape(masks)[0], -1, -1, -1])
        x = F.relu(self.join(paddle.concat([spread, self.mask(masks)], 1)))
        return self.out(self.blocks(x))


class MemoryReadLayer(nn.Layer):
    """Memory read: softmax of the negative squared distance of keys, shared by all objects."""

    def forward(self, query: Tensor, keys: Tensor, values: Tensor) -> Tensor:
        """query (1, k, p), keys (1, k, m), values (1, c, m) to (1, c, p)."""
        affinity = 2 * paddle.matmul(query, keys, transpose_x=True) - paddle.sum(
            keys**2, axis=1, keepdim=True
        )
        share = F.softmax(affinity / KEY**0.5, axis=-1)
        return paddle.matmul(values, share, transpose_y=True)


def _double(x: Tensor) -> Tensor:
    return F.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)


def _summary(x: Tensor, logits: Tensor) -> Tensor:
    """Mean of x over the mask and over everything, (n, 2c), by one product instead of two sums."""
    inside = F.sigmoid(F.avg_pool2d(logits, 4))
    even = paddle.ones_like(inside)
    shares = [inside / (inside.sum([2, 3], keepdim=True) + 1), even / even.sum([2, 3], keepdim=True)]
    return paddle.matmul(paddle.concat(shares, 1).flatten(2), x.flatten(2), transpose_y=True).flatten(1)
