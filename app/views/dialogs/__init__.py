"""Dialogs, one at a time, with the keyboard to themselves. Main thread only."""
