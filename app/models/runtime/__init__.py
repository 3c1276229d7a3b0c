"""Where and how a static graph runs: device selection, GPU checks, Paddle, and the `Network` protocol."""
