"""A static model run by Paddle: on a GPU, and on the processor if OpenVINO cannot."""

import threading
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.domain.errors import ModelError
from app.models.runtime.device import Device
from app.models.runtime.paddle_runtime import paddle

Array = NDArray[np.float32]
_GPU_MEGABYTES = 500  # Reserved at first; Paddle grows it.
_CACHED_SHAPES = 10  # Input shapes for which oneDNN keeps its primitives: more take memory. Chosen by hand.
# These fuse convolutions with what follows in a form that some cards cannot run; EISeg disables them too.
_GPU_TRAPS = (
    "conv_elementwise_add_act_fuse_pass",
    "conv_elementwise_add2_act_fuse_pass",
    "conv_elementwise_add_fuse_pass",
)
# This adds in another memory layout than the product's, which oneDNN does a thousand times slower.
_CPU_TRAPS = ("matmul_elementwise_add_mkldnn_fuse_pass",)


class PaddleNetwork:
    """A loaded model; calls from several threads take turns."""

    def __init__(self, config: Any, name: str) -> None:
        self._name = name
        self._lock = threading.Lock()
        try:
            self._predictor = paddle.inference.create_predictor(config)
        except (RuntimeError, ValueError, OSError) as error:
            raise _model_error(name, "loaded", error) from error
        self._inputs = [self._predictor.get_input_handle(n) for n in self._predictor.get_input_names()]
        self._outputs = self._predictor.get_output_names()

    @property
    def outputs(self) -> int:
        """See Network."""
        return len(self._outputs)

    def __call__(self, *arrays: NDArray[Any]) -> list[Array]:
        """See Network."""
        with self._lock:
            try:
                for handle, array in zip(self._inputs, arrays, strict=True):
                    handle.reshape(array.shape)
                    handle.copy_from_cpu(np.ascontiguousarray(array, np.float32))
                self._predictor.run()
                handles = [self._predictor.get_output_handle(name) for name in self._outputs]
                return [handle.copy_to_cpu() for handle in handles]
            except (RuntimeError, ValueError, OSError) as error:
                raise _model_error(self._name, "run", error) from error


def load_network(program: Path, parameters: Path | None, device: Device, bf16: bool = False) -> PaddleNetwork:
    """Load a model as it is; on the processor it should be one that optimise_network wrote, or it is slow."""
    config = _make_config(program, parameters, device, bf16)
    config.switch_ir_optim(device.kind == "gpu")
    return PaddleNetwork(config, program.name)


def optimise_network(
    program: Path, parameters: Path | None, device: Device, bf16: bool, folder: Path
) -> PaddleNetwork:
    """Load a model and write Paddle's optimised program to folder.

    That takes up to half a minute, mostly for one pass that fuses convolutions with the sums after them.
    """
    config = _make_config(program, parameters, device, bf16)
    config.switch_ir_optim(True)
    config.enable_save_optim_model(True)
    config.set_optim_cache_dir(str(folder))
    return PaddleNetwork(config, program.name)


def _make_config(program: Path, parameters: Path | None, device: Device, bf16: bool) -> Any:
    config = paddle.inference.Config(str(program), str(parameters) if parameters else "")
    config.disable_glog_info()
    config.enable_memory_optim()
    if device.kind == "gpu":
        config.enable_use_gpu(_GPU_MEGABYTES, device.index)
        traps: tuple[str, ...] = _GPU_TRAPS
    else:
        config.disable_gpu()
        config.enable_mkldnn()
        config.set_mkldnn_cache_capacity(_CACHED_SHAPES)
        config.set_cpu_math_library_num_threads(device.threads)
        if bf16:
            config.enable_mkldnn_bfloat16()
        traps = _CPU_TRAPS
    for name in traps:
        config.delete_pass(name)
    return config


def _model_error(name: str, verb: str, error: Exception) -> ModelError:
    return ModelError(
        f"The model cannot be {verb}: {_extract_reason(str(error))}",
        subject=name,
        remedy="Choose another model, or copy this one again.",
    )


def _extract_reason(text: str) -> str:
    """Return the error sentence from between Paddle's C++ stack and source location."""
    summary = text.rpartition("Error Message Summary:")[2]
    lines = [line.strip() for line in summary.splitlines()]
    sentence = next((line for line in lines if line.strip("- ")), "Paddle gave no reason.")
    return sentence.partition(" [Hint:")[0][:300]
