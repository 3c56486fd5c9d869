"""`drover doctor`: what is wrong, and what to do. `serve` and `work` refuse to start for the same reasons."""
