"""DICOM series and multi-frame files as volumes."""
