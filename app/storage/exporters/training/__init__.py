"""Writers of data sets for training: pictures with their masks, of one sequence or many."""
