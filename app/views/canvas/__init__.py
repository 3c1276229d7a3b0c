"""The canvas: frame, masks, outlines and clicks, and the mouse on them. Main thread only."""
