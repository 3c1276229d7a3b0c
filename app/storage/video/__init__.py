"""Videos as sequences: an exact index of frames, and decoding of any frame. Used in decoder and prober worker processes."""
