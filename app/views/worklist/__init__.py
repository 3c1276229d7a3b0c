"""The worklist over the whole window. Main thread only."""
