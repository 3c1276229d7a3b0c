"""The built-in engine without weights: region graphs for clicks, dense flow and colour for tracking."""
