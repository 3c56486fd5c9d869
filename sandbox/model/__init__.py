"""What the small GitHub holds, as data."""
