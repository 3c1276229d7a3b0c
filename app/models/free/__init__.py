"""Weights of the default model that were trained on data for commercial use alone; its code is app.models.default."""
