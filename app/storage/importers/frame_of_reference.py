"""Frame of reference of a DICOM file: whether its positions can be compared with those of a scan (PS3.3 C.7.4.1)."""

from pathlib import Path

from pydicom import Dataset

from app.storage.volume.dicom.dicom_stack import DicomStack


def say_frame_of_reference(document: Dataset, stack: DicomStack | None, path: Path) -> list[str]:
    """Return a warning where a segmentation or structure set names another frame of reference than the scan.

    What its structures name counts more than what the whole file does. A scan or file that names none is no reason.
    """
    own = {header.reference_uid for header in stack.slices} if stack is not None else set()
    items = document.get("StructureSetROISequence") or ()
    named = {str(item.get("ReferencedFrameOfReferenceUID") or "") for item in items} - {""}
    named = (named or {str(document.get("FrameOfReferenceUID") or "")}) - {""}
    if not named - own or not own - {""}:
        return []
    return [
        f"{path.name} names another frame of reference than the scan, so it may be of another examination:"
        " check that its masks lie where they should."
    ]
