"""Arithmetic on arrays: masks, polygons, windows of intensity, measures and the geometry of volumes.

Pure NumPy and OpenCV without I/O; called by workers, services and views.
"""
