"""The contact sheet: all frames as tiles, to look at many at once. Main thread only."""
