"""Framewise: annotation of clinical videos and scans on a dedicated workstation."""
