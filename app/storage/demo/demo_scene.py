"""A synthetic scene with ground truth: textured objects that move, turn, grow, deform, occlude and leave.

Lengths are in picture heights and times in [0, 1], so that any size and length shows the same scene.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import cos, pi, sin

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
Floats = NDArray[np.float32]

SEED = 20  # of the random textures; any other gives another picture of the same scene
TEXTURE = 512  # pixels, side of an object's texture: finer than its largest size on 1080p
MARGIN = 0.2  # picture heights of background on each side, for it to drift in
GROUND = (150, 92, 84)  # RGB, the colour of mucosa


@dataclass(frozen=True, slots=True)
class EllipsePose:
    """Pose of an object: an ellipse's centre, rotation in radians and half-axes, in picture heights."""

    x: float
    y: float
    turn: float
    along: float
    across: float


@dataclass(frozen=True, slots=True)
class DemoObject:
    """One moving object of the scene."""

    value: int  #: its label
    name: str
    color: tuple[int, int, int]  #: RGB around which its texture varies
    pose: Callable[[float], EllipsePose]  #: where it is at a time in [0, 1]
    #: radius for angles, float32 arrays, at a time; 1 on the ellipse
    outline: Callable[[Floats, float], Floats]


def _ball(t: float) -> EllipsePose:
    """Roll from left to right, coming nearer."""
    return EllipsePose(
        0.40 + 0.85 * t, 0.52 + 0.08 * sin(2 * pi * t), 2.5 * t, 0.13 + 0.07 * t, 0.12 + 0.06 * t
    )


def _jelly(t: float) -> EllipsePose:
    """Drift from right to left in front of the ball, going up and down."""
    return EllipsePose(1.45 - 0.95 * t, 0.55 + 0.16 * sin(3 * pi * t), 0.6 * sin(2 * pi * t), 0.15, 0.15)


def _rod(t: float) -> EllipsePose:
    """Cross the upper part of the picture and leave it at about three quarters of the time."""
    return EllipsePose(0.30 + 2.4 * t, 0.20 + 0.06 * cos(2 * pi * t), 0.25 - 0.5 * t, 0.26, 0.045)


def _round(angle: Floats, t: float) -> Floats:
    return np.ones_like(angle)


def _lobed(angle: Floats, t: float) -> Floats:
    wave = 0.20 * np.sin(3 * angle + 2 * pi * t) + 0.12 * np.sin(5 * angle - 4 * pi * t)
    return np.asarray(1 + (0.6 + 0.4 * cos(2 * pi * t)) * wave, np.float32)


def _boxed(angle: Floats, t: float) -> Floats:
    """Return a superellipse of the eighth degree, nearly a rectangle."""
    return np.asarray((np.cos(angle) ** 8 + np.sin(angle) ** 8) ** -0.125, np.float32)


DEMO_OBJECTS = (
    DemoObject(1, "ball", (214, 178, 120), _ball, _round),
    DemoObject(2, "jelly", (96, 140, 168), _jelly, _lobed),
    # Dark as steel in shadow: as light as the ball beside it, the first click took both for one.
    DemoObject(3, "rod", (60, 70, 78), _rod, _boxed),
)


def demo_frames(frames: int = 120, width: int = 960, height: int = 540) -> Iterator[tuple[Image, Image]]:
    """Yield (image, label map) for each frame: uint8 (h, w, 3) RGB and uint8 (h, w), the same every time.

    Where objects overlap, the one with the larger value is in front. An edge pixel belongs to the object
    that covers at least half of it.
    """
    scene = _Scene(width, height)
    for frame in range(frames):
        yield scene.draw(frame / max(frames - 1, 1))


class _Scene:
    """The textures of a scene at one size."""

    def __init__(self, width: int, height: int) -> None:
        random = np.random.default_rng(SEED)
        self._size = width, height
        self._ground = _ground(random, width, height)
        self._skins = {thing.value: _texture(random, thing.color) for thing in DEMO_OBJECTS}

    def draw(self, t: float) -> tuple[Image, Image]:
        """Return the picture and its labels at a time."""
        width, height = self._size
        image = self._background(t)
        labels = np.zeros((height, width), np.uint8)
        for thing in DEMO_OBJECTS:
            self._paint(thing, t, image, labels)
        return np.clip(image + 0.5, 0, 255).astype(np.uint8), labels

    def _background(self, t: float) -> Floats:
        width, height = self._size
        room = MARGIN * height
        shift = np.array(
            [[1, 0, -room * (0.5 + 0.4 * sin(2 * pi * t))], [0, 1, -room * (0.5 + 0.3 * cos(2 * pi * t))]],
            np.float32,
        )
        moved = cv2.warpAffine(self._ground, shift, (width, height), flags=cv2.INTER_LINEAR)
        return np.asarray(moved, np.float32)

    def _paint(self, thing: DemoObject, t: float, image: Floats, labels: Image) -> None:
        pose, height = thing.pose(t), self._size[1]
        rows, columns = self._box(pose)
        y, x = np.mgrid[rows, columns].astype(np.float32)
        if not x.size:
            return
        x, y = x / height - np.float32(pose.x), y / height - np.float32(pose.y)
        along = (x * cos(pose.turn) + y * sin(pose.turn)) / pose.along
        across = (y * cos(pose.turn) - x * sin(pose.turn)) / pose.across
        radius, edge = np.hypot(along, across), thing.outline(np.arctan2(across, along), t)
        thickness = min(pose.along, pose.across) * height
        cover = np.clip((edge - radius) * thickness + 0.5, 0, 1).astype(np.float32)
        skin = self._skin(thing, along, across) * (1.1 - 0.45 * np.clip(radius / edge, 0, 1) ** 2)[..., None]
        image[rows, columns] += (skin - image[rows, columns]) * cover[..., None]
        labels[rows, columns][cover >= 0.5] = thing.value

    def _skin(self, thing: DemoObject, along: Floats, across: Floats) -> Floats:
        """Look up the texture, which is fixed to the thing and stretches with it."""
        scale = np.float32(TEXTURE / 4)
        u, v = (np.asarray((part + 2) * scale, np.float32) for part in (along, across))
        found = cv2.remap(self._skins[thing.value], u, v, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
        return np.asarray(found, np.float32)

    def _box(self, pose: EllipsePose) -> tuple[slice, slice]:
        width, height = self._size
        reach = 1.5 * max(pose.along, pose.across)
        left, right = (round(min(max((pose.x + side) * height, 0), width)) for side in (-reach, reach))
        top, bottom = (round(min(max((pose.y + side) * height, 0), height)) for side in (-reach, reach))
        return slice(top, bottom), slice(left, right)


def _ground(random: np.random.Generator, width: int, height: int) -> Floats:
    """Return a cloudy background with a margin to drift in, float32 (h, w, 3)."""
    room = int(MARGIN * height) + 2
    cloud = _clouds(random, height + room, width + room, coarsest=height / 3)
    return np.asarray(np.array(GROUND, np.float32) + 26 * cloud, np.float32)


def _texture(random: np.random.Generator, color: tuple[int, int, int]) -> Floats:
    cloud = _clouds(random, TEXTURE, TEXTURE, coarsest=TEXTURE / 8)
    return np.asarray(np.clip(np.asarray(color, np.float32) + 34 * cloud, 0, 255), np.float32)


def _clouds(random: np.random.Generator, height: int, width: int, coarsest: float) -> Floats:
    """Return smooth noise on several scales, float32 (h, w, 3), mean 0, spread about 1."""
    total = np.zeros((height, width, 3), np.float32)
    size, strength = coarsest, 1.0
    while size >= 2:
        grid = max(int(height / size), 1) + 3, max(int(width / size), 1) + 3
        noise = random.standard_normal((*grid, 3)).astype(np.float32)
        noise = noise.mean(axis=2, keepdims=True) + 0.15 * noise
        total += np.float32(strength) * cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC)
        size, strength = size / 2.5, strength * 0.62
    return np.asarray(total / total.std(), np.float32)
