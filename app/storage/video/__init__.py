"""Videos as sequences: an exact index of frames, and decoding of any of them. Used in decoder and prober workers."""
