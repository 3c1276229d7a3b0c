"""Long and rough use: kills at random moments, and a working day in minutes."""
