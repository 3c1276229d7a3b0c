"""The networks of EISeg's models, from the papers, with the parameter names of the public checkpoints."""
