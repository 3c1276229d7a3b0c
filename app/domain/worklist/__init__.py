"""The worklist as data: entries, their transitions, and the order in which they are shown. Pure."""
