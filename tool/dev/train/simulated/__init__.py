"""Pictures of kinds that have no data with terms for commercial use, drawn by rules with everything random."""
