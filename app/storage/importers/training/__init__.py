"""Readers of data sets for training, of one sequence or many: the masks of the sequence that is open."""
