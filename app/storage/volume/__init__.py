"""Scans as sequences of slices in native intensities. Used in decoder and prober worker processes."""
