"""Git as values and functions; nothing outside this package starts it."""
