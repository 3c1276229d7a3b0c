"""Mouse and keyboard input, and the commands of the views. Main thread only."""
