"""The canvas: frame, masks, outlines, clicks and their mouse gestures. Main thread only."""
