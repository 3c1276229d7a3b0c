"""Static Paddle models run by OpenVINO on the processor, and what makes them faster there than OpenVINO alone."""
