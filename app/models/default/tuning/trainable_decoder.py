"""A decoder as a program of Paddle that learns, and answers like any network meanwhile."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.models.runtime.paddle_runtime import paddle

Array = NDArray[np.float32]
TRUTH = "truth"
# Adam's own (Kingma and Ba, ICLR 2015).
MOMENTUM, VARIANCE, LEAST = 0.9, 0.999, 1e-8
AVERAGE = 0.97
"""Of the moving average of the weights a step, which is what is saved: some 33 steps, a sixth of a course. By hand."""
PULL = 1e-3
"""Share of its way from the shipped weights that a weight goes back a step. Chosen by hand: a course of 200 steps keeps
what the shipped weights know of things that the site does not have."""


@dataclass(frozen=True, slots=True, eq=False)
class DecoderSample:
    """A question to the decoder and its right answer."""

    inputs: tuple[Array, ...]  #: as the network takes them
    truth: Array  #: float32 (n, 1, h, w) in [0, 1], at stride 2


class TrainableDecoder:
    """A decoder, its loss and Adam; see Network. Not safe from several threads."""

    outputs = 2

    def __init__(self, graph: Path, rate: float) -> None:
        """graph: path of the program and the weights to begin with, without endings; rate: greatest change of a
        weight a step, about.
        """
        self._scope = paddle.static.Scope()
        self.rate = rate
        with _static_programs(self._scope):
            self._executor = paddle.static.Executor(paddle.CPUPlace())
            program, self._names, answers = paddle.static.load_inference_model(str(graph), self._executor)
            self._answers = program.clone()
            self._fetched = [self._answers.global_block().var(answer.name) for answer in answers]
            self._program, self._loss, self._gradients = _with_loss(program, answers[0])
        self._weights = {name: self._read(name) for name in self._gradients}
        self._start = {name: value.copy() for name, value in self._weights.items()}
        self._average = {name: value.copy() for name, value in self._weights.items()}
        self._moments = {name: (np.zeros_like(v), np.zeros_like(v)) for name, v in self._weights.items()}
        self._steps = 0

    def __call__(self, *arrays: NDArray[Any]) -> list[Array]:
        """See Network."""
        return self._run(self._answers, arrays, {}, self._fetched)

    def train(self, samples: Sequence[DecoderSample]) -> float:
        """Take one step towards the right answers of a non-empty batch; return the mean loss."""
        total, sums = 0.0, {name: np.zeros_like(value) for name, value in self._weights.items()}
        for sample in samples:
            found = self._run(
                self._program, sample.inputs, {TRUTH: sample.truth}, [self._loss, *self._gradients.values()]
            )
            total += float(found[0])
            for name, gradient in zip(self._gradients, found[1:], strict=True):
                sums[name] += gradient / np.float32(len(samples))
        self._steps += 1
        for name, gradient in sums.items():
            self._move(name, gradient)
        return total / len(samples)

    def save(self, path: Path, share: float = 1.0) -> None:
        """Write weights between those to begin with and the moving average, as a .pdiparams file, and go on from them.

        share: of the way; 1 is the average. Between is often better than either (Wortsman et al., CVPR 2022).
        """
        for name, value in self._average.items():
            start = self._start[name]
            self._write(name, start + np.float32(share) * (value - start))
        program = self._answers
        with _static_programs(self._scope):
            stored = sorted(
                (var for var in program.list_vars() if _is_weight(var)), key=lambda var: str(var.name)
            )
            paddle.static.save_vars(self._executor, str(path.parent), program, stored, filename=path.name)

    def _move(self, name: str, gradient: Array) -> None:
        mean, square = self._moments[name]
        mean += (1 - MOMENTUM) * (gradient - mean)
        square += (1 - VARIANCE) * (gradient**2 - square)
        size = np.sqrt(square / (1 - VARIANCE**self._steps)) + LEAST
        value = self._weights[name]
        value -= np.float32(self.rate) * (mean / (1 - MOMENTUM**self._steps) / size)
        value -= np.float32(PULL) * (value - self._start[name])
        self._average[name] += np.float32(1 - AVERAGE) * (value - self._average[name])
        self._write(name, value)

    def _read(self, name: str) -> Array:
        return np.array(self._scope.find_var(name).get_tensor(), np.float32)

    def _write(self, name: str, value: Array) -> None:
        self._scope.find_var(name).get_tensor().set(value, paddle.CPUPlace())

    def _run(
        self, program: Any, inputs: Sequence[NDArray[Any]], more: dict[str, Array], fetched: list[Any]
    ) -> list[Array]:
        feed = {
            name: np.ascontiguousarray(array, np.float32)
            for name, array in zip(self._names, inputs, strict=True)
        }
        with _static_programs(self._scope):
            found: list[Array] = self._executor.run(program, feed=feed | more, fetch_list=fetched)
        return found


@contextmanager
def _static_programs(scope: Any) -> Iterator[None]:
    """Have Paddle run static programs, with the weights of a scope; what the process does else is as it was after."""
    is_dynamic = paddle.in_dynamic_mode()
    paddle.enable_static()
    try:
        with paddle.static.scope_guard(scope):
            yield
    finally:
        if is_dynamic:
            paddle.disable_static()


def _with_loss(program: Any, logits: Any) -> tuple[Any, Any, dict[str, Any]]:
    """Add the loss and its gradients to a loaded program; return it, the loss, and the gradients by weight."""
    block = program.global_block()
    for place in reversed(range(len(block.ops))):
        if block.ops[place].type in ("feed", "fetch"):
            block._remove_op(place)  # noqa: SLF001 - Paddle has no public way, and the executor adds its own
    weights = [var for var in program.list_vars() if _is_weight(var)]
    for var in program.list_vars():
        var.stop_gradient = False
    # Names of its own: those that Paddle would choose may be in the loaded program.
    with paddle.static.program_guard(program), paddle.utils.unique_name.guard("tuning_"):
        truth = paddle.static.data(TRUTH, [-1, 1, -1, -1], "float32")
        loss = _mask_loss(logits, truth)
        gradients = paddle.static.gradients([loss], weights)
    # The weights of the score have none: what it says stays as it was calibrated.
    known = {w.name: g for w, g in zip(weights, gradients, strict=True) if g is not None}
    return program, loss, known


def _mask_loss(logits: Any, truth: Any) -> Any:
    """Cross entropy and soft Dice, a mean over all masks."""
    cross = paddle.nn.functional.binary_cross_entropy_with_logits(logits, truth)
    probability = paddle.nn.functional.sigmoid(logits)
    both = paddle.sum(probability * truth, axis=[1, 2, 3])
    each = paddle.sum(probability, axis=[1, 2, 3]) + paddle.sum(truth, axis=[1, 2, 3])
    return cross + paddle.mean(1 - (2 * both + 1) / (each + 1))


def _is_weight(var: Any) -> bool:
    return bool(var.persistable) and var.name not in ("feed", "fetch")
