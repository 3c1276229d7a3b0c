"""The 3D view beside the canvas. Main thread only."""
