"""Mutated inputs for every reader: python -m tool.dev.fuzz; see --help."""
