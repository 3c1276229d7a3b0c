"""The propagator says why it has nothing to propagate in, and opens it when its drive is back."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.domain.errors import SequenceError
from app.pipeline.requests.propagator_requests import BeginPropagationRequest, OpenFramesRequest
from app.pipeline.requests.source_spec import SourceSpec
from app.pipeline.roles.propagator import PropagatorRole
from app.pipeline.workers.job_context import JobContext
from app.pipeline.workers.shared_memory import SharedPool
from tests.helpers.scans import voxels
from tests.storage.volume.itk_files import write_itk


def test_a_sequence_that_could_not_be_opened_is_named_or_opened_when_it_is_to_be_propagated(
    tmp_path: Path,
) -> None:
    role = PropagatorRole()

    def no_pool() -> SharedPool:
        raise AssertionError("no pixels are read")

    context: JobContext[None] = JobContext(1, lambda _: None, no_pool)
    with pytest.raises(SequenceError):
        role.open_source(OpenFramesRequest(SourceSpec(tmp_path / "scan.nii")), context)
    with pytest.raises(SequenceError, match=r"scan\.nii: The file is not there"):
        role.begin_propagation(BeginPropagationRequest(), context)
    write_itk(tmp_path / "scan.nii", voxels())
    role.begin_propagation(BeginPropagationRequest(), context)
    role.close()
