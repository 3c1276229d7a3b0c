"""The catalogue of models, and the folder in which those of this machine lie."""
