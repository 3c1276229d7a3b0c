"""The worklist as data: entries, how work changes them, and the order in which they are shown. Pure."""
