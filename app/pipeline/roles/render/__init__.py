"""The renderer role: VTK scenes rendered off screen in the renderer's worker process."""
