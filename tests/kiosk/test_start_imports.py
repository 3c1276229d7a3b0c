"""What the start of the program loads: nothing that only dialogs, exports or workers need."""

from __future__ import annotations

import subprocess
import sys

# Libraries of workers, exporters, importers and the network; each takes from a tenth of a second to seconds.
HEAVY = {
    *(
        "av",
        "dask",
        "distributed",
        "fontTools",
        "highdicom",
        "nibabel",
        "openvino",
        "paddle",
        "pandas",
        "PIL",
    ),
    *("pyarrow", "pydicom", "pynetdicom", "scipy", "SimpleITK", "skimage", "vtk", "vtkmodules"),
}


def modules_after(code: str) -> set[str]:
    """The modules that are loaded after some code in a fresh process."""
    words = [sys.executable, "-c", f"import sys; {code}; print(*sys.modules)"]
    return set(subprocess.run(words, capture_output=True, text=True, check=True).stdout.split())


def test_the_command_answers_before_it_loads_window_pipeline_or_library():
    loaded = modules_after("import framewise.__main__, app.kiosk.command_line")
    assert not loaded & {"numpy", "dearpygui", "app.headless", "app.pipeline", "app.views"}


def test_the_workers_are_started_before_the_views_are_loaded():
    loaded = modules_after("import app.kiosk.launch")
    assert "app.pipeline.host" in loaded
    assert not loaded & {"dearpygui", "app.views", *HEAVY}


def test_the_window_loads_nothing_that_only_workers_and_exports_need():
    loaded = modules_after("import app.kiosk.launch, app.kiosk.kiosk_window")
    assert "app.views.loop" in loaded
    assert not loaded & {*HEAVY, "app.headless"}


def test_exports_and_imports_of_videos_load_nothing_that_only_scans_need():
    assert not modules_after("import app.pipeline.roles.exchange") & {"pydicom", "highdicom", "SimpleITK"}


def test_names_of_the_library_are_loaded_when_they_are_asked_for():
    assert "app.headless" in modules_after("from framewise import Annotator, Workspace")
