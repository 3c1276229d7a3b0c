"""Folders of still images as sequences. Used in decoder and prober worker processes."""
