"""The program with its window: puts views and pipeline together. Main thread only; see command_line.main."""
