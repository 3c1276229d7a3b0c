"""Framewise: annotation of clinical videos and scans on a dedicated workstation."""

__version__ = "0.2.0"
