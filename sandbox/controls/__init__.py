"""What a test controls: the clock, the limits, the faults."""
