"""The demo sequence, which the program draws itself."""
