"""Widgets and helpers on top of Dear PyGui: textures, fonts, themes, lists, text fields. Main thread only."""
