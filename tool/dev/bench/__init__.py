"""The bench, one module a subject: python -m tool.dev.bench."""
