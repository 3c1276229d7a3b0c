"""Menus, lists and status around the canvas. Main thread only."""
