"""Training of the default model, from public data to the files that ship; README.md says how."""
